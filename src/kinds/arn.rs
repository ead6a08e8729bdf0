//! Amazon Resource Names. Where AWS asks for one and lz knows a thing by its id or name, or the reverse.

use super::resource_share::Principal;
use super::{OrganizationIds, TransitGateway};
use crate::graph::Ref;
use crate::values::{AccountId, Region};

/// The partition of all regions that lz knows; China's and GovCloud's have others.
const PARTITION: &str = "aws";

/// The service and the resource of an ARN.
fn parts(arn: &str) -> Option<(&str, &str)> {
    let mut fields = arn.strip_prefix("arn:")?.splitn(5, ':');
    let (_partition, service, _region, _account) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    Some((service, fields.next()?))
}

/// The reference to a shared resource: a transit gateway's id. What is shared besides transit gateways stays an ARN, so
/// that it is seen.
pub(super) fn to_transit_gateway(arn: &str) -> Ref<TransitGateway> {
    let id = parts(arn).and_then(|(service, resource)| match service {
        "ec2" => resource.strip_prefix("transit-gateway/"),
        _ => None,
    });
    Ref::id(id.unwrap_or(arn))
}

/// The ARN of a shared resource: the reverse of [`to_transit_gateway`].
pub(super) fn of_transit_gateway(id: &str, region: &Region, owner: &AccountId) -> String {
    if id.starts_with("arn:") {
        id.to_owned()
    } else {
        format!("arn:{PARTITION}:ec2:{region}:{owner}:transit-gateway/{id}")
    }
}

/// The principal that RAM names.
pub(super) fn to_principal(name: &str) -> Principal {
    let Some(("organizations", resource)) = parts(name) else {
        return Principal::Other(name.to_owned());
    };
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["organization", organization] => Principal::Organization(Ref::id(*organization)),
        ["ou", _organization, unit] => Principal::OrganizationalUnit(Ref::id(*unit)),
        _ => Principal::Other(name.to_owned()),
    }
}

/// The organization's ARN.
pub(super) fn of_organization(organization: &str, ids: &OrganizationIds) -> String {
    format!("arn:{PARTITION}:organizations::{}:organization/{organization}", ids.management_account)
}

/// A unit's ARN.
pub(super) fn of_unit(unit: &str, ids: &OrganizationIds) -> String {
    format!("arn:{PARTITION}:organizations::{}:ou/{}/{unit}", ids.management_account, ids.organization)
}

/// A log group's ARN, as CloudWatch Logs takes it for tags.
pub(super) fn of_log_group(name: &str, region: &Region, owner: &AccountId) -> String {
    format!("arn:{PARTITION}:logs:{region}:{owner}:log-group:{name}")
}

/// The name in a log group's ARN.
pub(super) fn to_log_group_name(arn: &str) -> Option<&str> {
    let ("logs", resource) = parts(arn)? else { return None };
    resource.strip_prefix("log-group:")
}

/// The name in an ARN of Network Firewall, where it is of this type of resource: `firewall`, `firewall-policy`,
/// `stateful-rulegroup`.
pub(super) fn name_in_network_firewall<'a>(arn: &'a str, resource_type: &str) -> Option<&'a str> {
    let ("network-firewall", resource) = parts(arn)? else { return None };
    resource.strip_prefix(resource_type)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> OrganizationIds {
        OrganizationIds {
            organization: "o-exampleorg".to_owned(),
            root: "r-ab12".to_owned(),
            management_account: AccountId::parse("111111111111").unwrap(),
        }
    }

    #[test]
    fn arns_and_ids_are_each_others_reverse() {
        let region = Region::parse("eu-west-1").unwrap();
        let owner = AccountId::parse("222222222222").unwrap();
        let arn = "arn:aws:ec2:eu-west-1:222222222222:transit-gateway/tgw-1";
        assert_eq!(of_transit_gateway("tgw-1", &region, &owner), arn);
        assert_eq!(to_transit_gateway(arn), Ref::id("tgw-1"));

        let organization = "arn:aws:organizations::111111111111:organization/o-exampleorg";
        assert_eq!(of_organization("o-exampleorg", &ids()), organization);
        assert_eq!(to_principal(organization), Principal::Organization(Ref::id("o-exampleorg")));

        let unit = "arn:aws:organizations::111111111111:ou/o-exampleorg/ou-ab12-11111111";
        assert_eq!(of_unit("ou-ab12-11111111", &ids()), unit);
        assert_eq!(to_principal(unit), Principal::OrganizationalUnit(Ref::id("ou-ab12-11111111")));
    }

    #[test]
    fn names_in_arns() {
        let region = Region::parse("eu-west-1").unwrap();
        let owner = AccountId::parse("222222222222").unwrap();
        let group = of_log_group("/aws/vendedlogs/lz/acme/alert", &region, &owner);
        assert_eq!(to_log_group_name(&group), Some("/aws/vendedlogs/lz/acme/alert"));
        assert_eq!(to_log_group_name("arn:aws:s3:::bucket"), None);
        let policy = "arn:aws:network-firewall:eu-west-1:222222222222:firewall-policy/lz-acme-egress";
        assert_eq!(name_in_network_firewall(policy, "firewall-policy"), Some("lz-acme-egress"));
        assert_eq!(name_in_network_firewall(policy, "firewall"), None);
    }

    #[test]
    fn what_others_share_stays_visible() {
        let region = Region::parse("eu-west-1").unwrap();
        let owner = AccountId::parse("222222222222").unwrap();
        let subnet = "arn:aws:ec2:eu-west-1:222222222222:subnet/subnet-1";
        assert_eq!(to_transit_gateway(subnet), Ref::id(subnet));
        assert_eq!(of_transit_gateway(subnet, &region, &owner), subnet);
        assert_eq!(to_principal("333333333333"), Principal::Other("333333333333".to_owned()));
        let role = "arn:aws:iam::333333333333:role/reader";
        assert_eq!(to_principal(role), Principal::Other(role.to_owned()));
    }
}
