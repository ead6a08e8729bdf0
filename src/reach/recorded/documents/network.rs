//! VPCs and what filters and routes inside them.

use super::{State, Tag, documents};

documents! {
    /// `aws ec2 describe-vpcs`
    Vpcs { vpcs: Vec<Vpc>, }
    /// A VPC.
    Vpc {
        vpc_id: String,
        owner_id: Option<String>,
        cidr_block: Option<String>,
        cidr_block_association_set: Vec<CidrBlockAssociation>,
        block_public_access_states: Option<BlockPublicAccessStates>,
        tags: Vec<Tag>,
    }
    /// How VPC Block Public Access restricts a VPC or subnet, with all exclusions taken into account.
    BlockPublicAccessStates { internet_gateway_block_mode: Option<String>, }
    /// One of a VPC's ranges.
    CidrBlockAssociation { cidr_block: String, cidr_block_state: Option<State>, }

    /// `aws ec2 describe-subnets`
    Subnets { subnets: Vec<Subnet>, }
    /// A subnet.
    Subnet {
        subnet_id: String,
        vpc_id: String,
        cidr_block: Option<String>,
        availability_zone_id: String,
        block_public_access_states: Option<BlockPublicAccessStates>,
        tags: Vec<Tag>,
    }

    /// `aws ec2 describe-route-tables`
    RouteTables { route_tables: Vec<RouteTable>, }
    /// A route table.
    RouteTable {
        route_table_id: String,
        vpc_id: String,
        associations: Vec<RouteTableAssociation>,
        routes: Vec<Route>,
        tags: Vec<Tag>,
    }
    /// What uses a route table.
    RouteTableAssociation {
        main: bool,
        subnet_id: Option<String>,
        gateway_id: Option<String>,
        association_state: Option<State>,
    }
    /// A route.
    Route {
        destination_cidr_block: Option<String>,
        destination_ipv6_cidr_block: Option<String>,
        destination_prefix_list_id: Option<String>,
        gateway_id: Option<String>,
        nat_gateway_id: Option<String>,
        transit_gateway_id: Option<String>,
        network_interface_id: Option<String>,
        instance_id: Option<String>,
        vpc_peering_connection_id: Option<String>,
        egress_only_internet_gateway_id: Option<String>,
        carrier_gateway_id: Option<String>,
        local_gateway_id: Option<String>,
        core_network_arn: Option<String>,
        origin: Option<String>,
        state: Option<String>,
    }

    /// `aws ec2 describe-network-acls`
    NetworkAcls { network_acls: Vec<NetworkAcl>, }
    /// A network ACL.
    NetworkAcl {
        network_acl_id: String,
        vpc_id: String,
        associations: Vec<NetworkAclAssociation>,
        entries: Vec<NetworkAclEntry>,
        tags: Vec<Tag>,
    }
    /// A subnet that a network ACL filters.
    NetworkAclAssociation { subnet_id: String, }
    /// A rule of a network ACL.
    NetworkAclEntry {
        rule_number: i32,
        egress: bool,
        rule_action: String,
        protocol: String,
        cidr_block: Option<String>,
        port_range: Option<PortRange>,
        icmp_type_code: Option<IcmpTypeCode>,
    }
    /// ICMP types and codes; -1 is all.
    IcmpTypeCode {
        #[serde(rename = "Type")]
        icmp_type: Option<i32>,
        code: Option<i32>,
    }
    /// Ports.
    PortRange { from: i32, to: i32, }

    /// `aws ec2 describe-security-groups`
    SecurityGroups { security_groups: Vec<SecurityGroup>, }
    /// A security group.
    SecurityGroup {
        group_id: String,
        vpc_id: Option<String>,
        ip_permissions: Vec<IpPermission>,
        ip_permissions_egress: Vec<IpPermission>,
        tags: Vec<Tag>,
    }
    /// Rules of a security group that share protocol and ports.
    IpPermission {
        ip_protocol: String,
        from_port: Option<i32>,
        to_port: Option<i32>,
        ip_ranges: Vec<IpRange>,
        user_id_group_pairs: Vec<UserIdGroupPair>,
        prefix_list_ids: Vec<PrefixListId>,
    }
    /// A range in a security group's rule.
    IpRange { cidr_ip: String, }
    /// A security group in another one's rule.
    UserIdGroupPair { group_id: String, }
    /// A prefix list in a security group's rule.
    PrefixListId { prefix_list_id: String, }

    /// `aws ec2 describe-managed-prefix-lists`
    ManagedPrefixLists { prefix_lists: Vec<ManagedPrefixList>, }
    /// A prefix list without its ranges.
    ManagedPrefixList {
        prefix_list_id: String,
        address_family: Option<String>,
        state: Option<String>,
        prefix_list_name: Option<String>,
        owner_id: Option<String>,
    }
    /// `aws ec2 describe-prefix-lists`
    PrefixLists { prefix_lists: Vec<PrefixList>, }
    /// A prefix list of AWS's own, with its ranges.
    PrefixList { prefix_list_id: String, prefix_list_name: Option<String>, cidrs: Vec<String>, }
    /// `aws ec2 get-managed-prefix-list-entries`
    PrefixListEntries { entries: Vec<PrefixListEntry>, }
    /// A range of a prefix list.
    PrefixListEntry { cidr: String, }

    /// `aws ec2 describe-network-interfaces`
    NetworkInterfaces { network_interfaces: Vec<NetworkInterface>, }
    /// A network interface.
    NetworkInterface {
        network_interface_id: String,
        subnet_id: String,
        interface_type: Option<String>,
        source_dest_check: Option<bool>,
        groups: Vec<GroupIdentifier>,
        private_ip_address: Option<String>,
        private_ip_addresses: Vec<PrivateIpAddress>,
        association: Option<PublicAddress>,
        attachment: Option<InterfaceAttachment>,
        tag_set: Vec<Tag>,
    }
    /// A security group that something is in.
    GroupIdentifier { group_id: String, }
    /// A private address.
    PrivateIpAddress { private_ip_address: String, primary: Option<bool>, association: Option<PublicAddress>, }
    /// The public address of a private one.
    PublicAddress { public_ip: Option<String>, }
    /// What a network interface is attached to.
    InterfaceAttachment { instance_id: Option<String>, device_index: Option<i32>, }

    /// `aws ec2 describe-instances`
    Instances { reservations: Vec<Reservation>, }
    /// Instances that were started together.
    Reservation { instances: Vec<Instance>, }
    /// An instance.
    Instance {
        instance_id: String,
        state: Option<InstanceState>,
        network_interfaces: Vec<InstanceInterface>,
        tags: Vec<Tag>,
    }
    /// An instance's state.
    InstanceState { name: String, }
    /// A network interface as an instance shows it.
    InstanceInterface { network_interface_id: String, attachment: Option<InterfaceAttachment>, }
}
