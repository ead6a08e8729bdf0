//! VPCs and what filters and routes inside them.

use aws_sdk_ec2::types;

use super::super::{Answers, CollectError};
use super::{group, owned, tags, text};
use crate::cloud::{AccountCloud, Operation, Service, pages};
use crate::reach::recorded::documents::{
    BlockPublicAccessStates, CidrBlockAssociation, IcmpTypeCode, Instance, InstanceInterface, InstanceState, Instances,
    InterfaceAttachment, IpPermission, IpRange, NetworkAcl, NetworkAclAssociation, NetworkAclEntry, NetworkAcls,
    NetworkInterface, NetworkInterfaces, PortRange, PrefixListId, PrivateIpAddress, PublicAddress, Reservation, Route,
    RouteTable, RouteTableAssociation, RouteTables, SecurityGroup, SecurityGroups, State, Subnet, Subnets,
    UserIdGroupPair, Vpc, Vpcs,
};

const VPCS: Operation = Service::Ec2.read("DescribeVpcs");
const SUBNETS: Operation = Service::Ec2.read("DescribeSubnets");
const ROUTE_TABLES: Operation = Service::Ec2.read("DescribeRouteTables");
const NETWORK_ACLS: Operation = Service::Ec2.read("DescribeNetworkAcls");
const SECURITY_GROUPS: Operation = Service::Ec2.read("DescribeSecurityGroups");
const INTERFACES: Operation = Service::Ec2.read("DescribeNetworkInterfaces");
const INSTANCES: Operation = Service::Ec2.read("DescribeInstances");

/// All pages of a describe call.
macro_rules! described {
    ($cloud:expr, $operation:expr, $call:ident, $items:ident) => {
        described!($cloud, $operation, $call, $items, 1000)
    };
    ($cloud:expr, $operation:expr, $call:ident, $items:ident, $page:expr) => {
        pages(
            $cloud,
            $operation,
            |token| $cloud.ec2().$call().max_results($page).set_next_token(token).send(),
            |page| (page.$items, page.next_token),
        )
    };
}
pub(super) use described;

pub(in crate::snapshot) async fn collect(cloud: &AccountCloud) -> Result<Answers, CollectError> {
    let (vpcs, subnets, tables, acls, groups, interfaces, reservations) = futures::join!(
        described!(cloud, VPCS, describe_vpcs, vpcs),
        described!(cloud, SUBNETS, describe_subnets, subnets),
        described!(cloud, ROUTE_TABLES, describe_route_tables, route_tables, 100),
        described!(cloud, NETWORK_ACLS, describe_network_acls, network_acls),
        described!(cloud, SECURITY_GROUPS, describe_security_groups, security_groups),
        described!(cloud, INTERFACES, describe_network_interfaces, network_interfaces),
        described!(cloud, INSTANCES, describe_instances, reservations),
    );
    let mut answers = Answers::default();
    answers.keep("describe-vpcs", vpcs, |all| Vpcs { vpcs: all.iter().map(vpc).collect() })?;
    answers.keep("describe-subnets", subnets, |all| Subnets { subnets: all.iter().map(subnet).collect() })?;
    let document = |all: &Vec<_>| RouteTables { route_tables: all.iter().map(route_table).collect() };
    answers.keep("describe-route-tables", tables, document)?;
    let document = |all: &Vec<_>| NetworkAcls { network_acls: all.iter().map(network_acl).collect() };
    answers.keep("describe-network-acls", acls, document)?;
    let document = |all: &Vec<_>| SecurityGroups { security_groups: all.iter().map(security_group).collect() };
    answers.keep("describe-security-groups", groups, document)?;
    let document = |all: &Vec<_>| NetworkInterfaces { network_interfaces: all.iter().map(network_interface).collect() };
    answers.keep("describe-network-interfaces", interfaces, document)?;
    let instances =
        |one: &types::Reservation| Reservation { instances: one.instances().iter().map(instance).collect() };
    let document = |all: &Vec<_>| Instances { reservations: all.iter().map(instances).collect() };
    answers.keep("describe-instances", reservations, document)?;
    Ok(answers)
}

fn vpc(vpc: &types::Vpc) -> Vpc {
    let range = |one: &types::VpcCidrBlockAssociation| CidrBlockAssociation {
        cidr_block: text(one.cidr_block()),
        cidr_block_state: one
            .cidr_block_state()
            .and_then(|state| state.state())
            .map(|state| State { state: state.as_str().to_owned() }),
    };
    Vpc {
        vpc_id: text(vpc.vpc_id()),
        owner_id: owned(vpc.owner_id()),
        cidr_block: owned(vpc.cidr_block()),
        cidr_block_association_set: vpc.cidr_block_association_set().iter().map(range).collect(),
        block_public_access_states: vpc.block_public_access_states().map(block_public_access),
        tags: tags(vpc.tags()),
    }
}

fn block_public_access(states: &types::BlockPublicAccessStates) -> BlockPublicAccessStates {
    let mode = states.internet_gateway_block_mode();
    BlockPublicAccessStates { internet_gateway_block_mode: mode.map(|mode| mode.as_str().to_owned()) }
}

fn subnet(subnet: &types::Subnet) -> Subnet {
    Subnet {
        subnet_id: text(subnet.subnet_id()),
        vpc_id: text(subnet.vpc_id()),
        cidr_block: owned(subnet.cidr_block()),
        availability_zone_id: text(subnet.availability_zone_id()),
        block_public_access_states: subnet.block_public_access_states().map(block_public_access),
        tags: tags(subnet.tags()),
    }
}

fn route_table(table: &types::RouteTable) -> RouteTable {
    let association = |one: &types::RouteTableAssociation| RouteTableAssociation {
        main: one.main() == Some(true),
        subnet_id: owned(one.subnet_id()),
        gateway_id: owned(one.gateway_id()),
        association_state: one
            .association_state()
            .and_then(|state| state.state())
            .map(|state| State { state: state.as_str().to_owned() }),
    };
    RouteTable {
        route_table_id: text(table.route_table_id()),
        vpc_id: text(table.vpc_id()),
        associations: table.associations().iter().map(association).collect(),
        routes: table.routes().iter().map(route).collect(),
        tags: tags(table.tags()),
    }
}

fn route(route: &types::Route) -> Route {
    Route {
        destination_cidr_block: owned(route.destination_cidr_block()),
        destination_ipv6_cidr_block: owned(route.destination_ipv6_cidr_block()),
        destination_prefix_list_id: owned(route.destination_prefix_list_id()),
        gateway_id: owned(route.gateway_id()),
        nat_gateway_id: owned(route.nat_gateway_id()),
        transit_gateway_id: owned(route.transit_gateway_id()),
        network_interface_id: owned(route.network_interface_id()),
        instance_id: owned(route.instance_id()),
        vpc_peering_connection_id: owned(route.vpc_peering_connection_id()),
        egress_only_internet_gateway_id: owned(route.egress_only_internet_gateway_id()),
        carrier_gateway_id: owned(route.carrier_gateway_id()),
        local_gateway_id: owned(route.local_gateway_id()),
        core_network_arn: owned(route.core_network_arn()),
        origin: route.origin().map(|origin| origin.as_str().to_owned()),
        state: route.state().map(|state| state.as_str().to_owned()),
    }
}

fn network_acl(acl: &types::NetworkAcl) -> NetworkAcl {
    let entry = |one: &types::NetworkAclEntry| NetworkAclEntry {
        rule_number: one.rule_number().unwrap_or_default(),
        egress: one.egress() == Some(true),
        rule_action: text(one.rule_action().map(types::RuleAction::as_str)),
        protocol: text(one.protocol()),
        cidr_block: owned(one.cidr_block()),
        port_range: one
            .port_range()
            .map(|ports| PortRange { from: ports.from().unwrap_or_default(), to: ports.to().unwrap_or_default() }),
        icmp_type_code: one.icmp_type_code().map(|icmp| IcmpTypeCode { icmp_type: icmp.r#type(), code: icmp.code() }),
    };
    let association = |one: &types::NetworkAclAssociation| NetworkAclAssociation { subnet_id: text(one.subnet_id()) };
    NetworkAcl {
        network_acl_id: text(acl.network_acl_id()),
        vpc_id: text(acl.vpc_id()),
        associations: acl.associations().iter().map(association).collect(),
        entries: acl.entries().iter().map(entry).collect(),
        tags: tags(acl.tags()),
    }
}

fn security_group(group: &types::SecurityGroup) -> SecurityGroup {
    SecurityGroup {
        group_id: text(group.group_id()),
        vpc_id: owned(group.vpc_id()),
        ip_permissions: group.ip_permissions().iter().map(permission).collect(),
        ip_permissions_egress: group.ip_permissions_egress().iter().map(permission).collect(),
        tags: tags(group.tags()),
    }
}

fn permission(permission: &types::IpPermission) -> IpPermission {
    let range = |one: &types::IpRange| IpRange { cidr_ip: text(one.cidr_ip()) };
    let pair = |one: &types::UserIdGroupPair| UserIdGroupPair { group_id: text(one.group_id()) };
    let list = |one: &types::PrefixListId| PrefixListId { prefix_list_id: text(one.prefix_list_id()) };
    IpPermission {
        ip_protocol: text(permission.ip_protocol()),
        from_port: permission.from_port(),
        to_port: permission.to_port(),
        ip_ranges: permission.ip_ranges().iter().map(range).collect(),
        user_id_group_pairs: permission.user_id_group_pairs().iter().map(pair).collect(),
        prefix_list_ids: permission.prefix_list_ids().iter().map(list).collect(),
    }
}

fn network_interface(interface: &types::NetworkInterface) -> NetworkInterface {
    let public = |one: Option<&types::NetworkInterfaceAssociation>| {
        one.map(|one| PublicAddress { public_ip: owned(one.public_ip()) })
    };
    let address = |one: &types::NetworkInterfacePrivateIpAddress| PrivateIpAddress {
        private_ip_address: text(one.private_ip_address()),
        primary: one.primary(),
        association: public(one.association()),
    };
    NetworkInterface {
        network_interface_id: text(interface.network_interface_id()),
        subnet_id: text(interface.subnet_id()),
        interface_type: interface.interface_type().map(|one| one.as_str().to_owned()),
        source_dest_check: interface.source_dest_check(),
        groups: interface.groups().iter().map(|one| group(one.group_id())).collect(),
        private_ip_address: owned(interface.private_ip_address()),
        private_ip_addresses: interface.private_ip_addresses().iter().map(address).collect(),
        association: public(interface.association()),
        attachment: interface
            .attachment()
            .map(|one| InterfaceAttachment { instance_id: owned(one.instance_id()), device_index: one.device_index() }),
        tag_set: tags(interface.tag_set()),
    }
}

fn instance(instance: &types::Instance) -> Instance {
    let interface = |one: &types::InstanceNetworkInterface| InstanceInterface {
        network_interface_id: text(one.network_interface_id()),
        attachment: one
            .attachment()
            .map(|one| InterfaceAttachment { instance_id: None, device_index: one.device_index() }),
    };
    let name = instance.state().and_then(|state| state.name());
    Instance {
        instance_id: text(instance.instance_id()),
        state: name.map(|name| InstanceState { name: name.as_str().to_owned() }),
        network_interfaces: instance.network_interfaces().iter().map(interface).collect(),
        tags: tags(instance.tags()),
    }
}
