//! What a VPC may hold in AWS, and the twin has no action to make: its lists are there and empty, and an id that is asked for
//! is not found. What can't be turned on is off.

use std::collections::BTreeMap;

use super::Actions;
use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("DescribeInstances", describe_instances),
    ("DescribeTransitGatewayPolicyTables", describe_transit_gateway_policy_tables),
    ("DescribeVpcBlockPublicAccessOptions", describe_vpc_block_public_access_options),
    ("DescribeVpcPeeringConnections", describe_vpc_peering_connections),
    ("DescribeVpnGateways", describe_vpn_gateways),
];

const INSTANCE: Kind = Kind {
    prefix: "i-",
    resource_type: "instance",
    not_found: "InvalidInstanceID.NotFound",
    not_found_message: "The instance ID '{}' does not exist",
    malformed: "InvalidInstanceID.Malformed",
    exists: |_, _, _| false,
};

const PEERING_CONNECTION: Kind = Kind {
    prefix: "pcx-",
    resource_type: "vpc-peering-connection",
    not_found: "InvalidVpcPeeringConnectionID.NotFound",
    not_found_message: "The vpcPeeringConnection ID '{}' does not exist",
    malformed: "InvalidVpcPeeringConnectionId.Malformed",
    exists: |_, _, _| false,
};

const VPN_GATEWAY: Kind = Kind {
    prefix: "vgw-",
    resource_type: "vpn-gateway",
    not_found: "InvalidVpnGatewayID.NotFound",
    not_found_message: "The vpnGateway ID '{}' does not exist",
    malformed: "InvalidVpnGatewayID.Malformed",
    exists: |_, _, _| false,
};

const POLICY_TABLE: Kind = Kind {
    prefix: "tgw-ptb-",
    resource_type: "transit-gateway-policy-table",
    not_found: "InvalidTransitGatewayPolicyTableId.NotFound",
    not_found_message: "Transit Gateway Policy Table {} was deleted or does not exist.",
    malformed: "InvalidTransitGatewayPolicyTableId.Malformed",
    exists: |_, _, _| false,
};

fn describe_instances(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let filters = ["instance-id", "instance-state-name", "subnet-id", "tag", "vpc-id"];
    let describe = Describe::read(form, &INSTANCE, "InstanceId", &filters, Some(USUAL))?;
    write_none(call, &describe, "reservationSet", xml)
}

fn describe_vpc_peering_connections(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let filters =
        ["accepter-vpc-info.vpc-id", "requester-vpc-info.vpc-id", "status-code", "tag", "vpc-peering-connection-id"];
    let describe = Describe::read(form, &PEERING_CONNECTION, "VpcPeeringConnectionId", &filters, Some(USUAL))?;
    write_none(call, &describe, "vpcPeeringConnectionSet", xml)
}

fn describe_vpn_gateways(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    // The only one of the three without pages (EC2 API reference, DescribeVpnGateways).
    let filters = ["attachment.vpc-id", "state", "tag", "vpn-gateway-id"];
    let describe = Describe::read(form, &VPN_GATEWAY, "VpnGatewayId", &filters, None)?;
    write_none(call, &describe, "vpnGatewaySet", xml)
}

fn describe_transit_gateway_policy_tables(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &POLICY_TABLE, "TransitGatewayPolicyTableIds", &[], Some(USUAL))?;
    write_none(call, &describe, "transitGatewayPolicyTables", xml)
}

/// Accounts begin with it off (VPC user guide, "Block public access to VPCs and subnets"), and the twin can't turn it on.
fn describe_vpc_block_public_access_options(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    form.finish()?;
    let (account, region) = (call.caller.account.clone(), call.caller.region.clone());
    xml.element("vpcBlockPublicAccessOptions", |options| {
        options.text("awsAccountId", account).text("awsRegion", region).text("state", "default-state");
        options
            .text("internetGatewayBlockMode", "off")
            .text("managedBy", "account")
            .text("exclusionsAllowed", "allowed");
    });
    Ok(())
}

fn write_none(call: &mut Call<'_>, describe: &Describe<'_>, list: &str, xml: &mut Xml) -> Answer<()> {
    let look = Look::at(call);
    let none: BTreeMap<String, ()> = BTreeMap::new();
    let selection = describe.select(look.state, look.now, &none, |_, _, _| Vec::new())?;
    selection.write(xml, list, |_, _, _| {});
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::bench;

    #[test]
    fn lists_are_empty_and_ids_are_not_found() {
        let mut bench = bench();
        bench.done("Action=DescribeInstances");
        bench.done("Action=DescribeTransitGatewayPolicyTables");
        assert!(bench.done("Action=DescribeVpcBlockPublicAccessOptions").contains("<internetGatewayBlockMode>off<"));
        bench.done("Action=DescribeVpcPeeringConnections&Filter.1.Name=status-code&Filter.1.Value.1=active");
        assert_eq!(
            bench.code("Action=DescribeVpnGateways&VpnGatewayId.1=vgw-0123456789abcdef0"),
            "InvalidVpnGatewayID.NotFound"
        );
        assert_eq!(bench.code("Action=DescribeVpnGateways&MaxResults=5"), "UnknownParameter");
    }
}
