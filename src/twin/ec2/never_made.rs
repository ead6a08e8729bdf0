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
    ("DescribeVpcBlockPublicAccessOptions", describe_vpc_block_public_access_options),
];

const INSTANCE: Kind = Kind {
    prefix: "i-",
    resource_type: "instance",
    not_found: "InvalidInstanceID.NotFound",
    not_found_message: "The instance ID '{}' does not exist",
    malformed: "InvalidInstanceID.Malformed",
    exists: |_, _, _| false,
};

fn describe_instances(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let filters = ["instance-id", "instance-state-name", "subnet-id", "tag", "vpc-id"];
    let describe = Describe::read(form, &INSTANCE, "InstanceId", &filters, Some(USUAL))?;
    write_none(call, &describe, "reservationSet", xml)
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
        assert!(bench.done("Action=DescribeVpcBlockPublicAccessOptions").contains("<internetGatewayBlockMode>off<"));
        let by_id = "Action=DescribeInstances&InstanceId.1=i-0123456789abcdef0";
        assert_eq!(bench.code(by_id), "InvalidInstanceID.NotFound");
    }
}
