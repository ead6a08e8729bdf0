//! Request rate limits: token buckets, as AWS publishes them.
//!
//! A bucket starts full, is refilled once a second and holds no more than its capacity. A request whose bucket is empty
//! is answered with the service's throttling error and does nothing.
//! EC2: <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>; Organizations:
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::service::{Handling, Operation, Service};
use super::time::Moment;
use super::wire::Form;
use super::world::{Caller, World};

/// A bucket's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Requests that a full bucket admits at once.
    pub capacity: u64,
    /// Thousandths of a request that are added each second.
    pub refill: u64,
}

impl Limit {
    const fn new(capacity: u64, refill: u64) -> Self {
        Self { capacity, refill: refill * 1000 }
    }

    const fn slow(capacity: u64, refill_thousandths: u64) -> Self {
        Self { capacity, refill: refill_thousandths }
    }
}

/// After this long, in milliseconds, every bucket is full again.
const IDLE: u64 = 120_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bucket {
    /// Thousandths of a request.
    level: u64,
    refilled: Moment,
}

/// All buckets that were ever used, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    buckets: BTreeMap<String, Bucket>,
}

impl State {
    /// Takes one request out of a bucket; false where it is empty.
    pub fn take(&mut self, name: &str, limit: Limit, now: Moment) -> bool {
        let full = limit.capacity * 1000;
        let bucket = self.buckets.entry(name.to_owned()).or_insert(Bucket { level: full, refilled: now });
        let seconds = now.since(bucket.refilled) / 1000;
        bucket.refilled = bucket.refilled.after(seconds * 1000);
        bucket.level = full.min(bucket.level.saturating_add(seconds.saturating_mul(limit.refill)));
        if bucket.level < 1000 {
            return false;
        }
        bucket.level -= 1000;
        true
    }

    /// Drops the buckets that are long full again, for a bucket that is not there is full.
    pub fn forget_idle(&mut self, now: Moment) {
        self.buckets.retain(|_, bucket| now.since(bucket.refilled) < IDLE);
    }
}

/// The limit of an EC2 action, per account and region. `unfiltered`: the request has neither filters nor pages nor ids.
#[must_use]
pub fn ec2(action: &str, unfiltered: bool) -> Limit {
    match action {
        "CreateNatGateway"
        | "DeleteNatGateway"
        | "AssociateNatGatewayAddress"
        | "CreateVpcEndpointServiceConfiguration"
        | "AcceptVpcEndpointConnections" => Limit::new(10, 1),
        "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints" => Limit::slow(4, 300),
        "CreateTags" | "DeleteTags" => Limit::new(100, 10),
        "CreateNetworkInterface" | "DeleteNetworkInterface" | "ModifyNetworkInterfaceAttribute" => Limit::new(100, 5),
        "CreateDefaultVpc" | "CreateDefaultSubnet" => Limit::new(1, 1),
        "DescribeSecurityGroupReferences" | "DescribeStaleSecurityGroups" => Limit::new(20, 5),
        "CreateSubnetCidrReservation" => Limit::new(5, 1),
        "DescribeNetworkInterfaces"
        | "DescribeSecurityGroups"
        | "DescribeInstances"
        | "DescribeInstanceStatus"
        | "DescribeSnapshots"
        | "DescribeSpotInstanceRequests"
        | "DescribeVolumes"
            if unfiltered =>
        {
            Limit::new(50, 10)
        }
        _ if is_read(action) => Limit::new(100, 20),
        _ => Limit::new(50, 5),
    }
}

/// The limit that all accounts of an organization share for calls about VPC endpoints. AWS documents that there is one
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html>) but not how large it is: the numbers
/// are the twin's own.
pub const PRIVATE_LINK_OF_ORGANIZATION: Limit = Limit::new(40, 3);

/// The limits of an Organizations action: per account, and per organization.
#[must_use]
pub fn organizations(action: &str) -> (Limit, Limit) {
    let both = |limit| (limit, limit);
    match action {
        "CreateOrganization" => both(Limit::new(1, 1)),
        "DescribeOrganization" | "CreateOrganizationalUnit" | "EnableAWSServiceAccess" | "DisableAWSServiceAccess" => {
            both(Limit::new(2, 1))
        }
        "CreateAccount" => both(Limit::slow(3, 100)),
        "ListRoots" => (Limit::new(2, 1), Limit::new(3, 1)),
        "DescribeCreateAccountStatus" => (Limit::new(2, 2), Limit::new(3, 2)),
        "DeleteOrganizationalUnit" | "UpdateOrganizationalUnit" | "MoveAccount" => both(Limit::new(3, 2)),
        "ListCreateAccountStatus" | "ListParents" | "ListAccountsForParent" | "ListOrganizationalUnitsForParent" => {
            (Limit::new(8, 5), Limit::new(10, 6))
        }
        "ListAccounts" => (Limit::new(12, 8), Limit::new(15, 9)),
        "DescribeAccount" => (Limit::new(30, 20), Limit::new(36, 24)),
        "TagResource" | "UntagResource" => both(Limit::new(6, 4)),
        "ListTagsForResource" => (Limit::new(15, 10), Limit::new(18, 12)),
        // Not among the numbers that the twin has: taken to be as tight as the tightest read.
        _ => both(Limit::new(2, 1)),
    }
}

/// The limit of a RAM action, per account and region. AWS publishes none: the numbers are the twin's own.
pub const RAM: Limit = Limit::new(10, 2);

/// The limit of a Network Firewall action, per account and region. AWS publishes none: the numbers are the twin's own.
pub const NETWORK_FIREWALL: Limit = Limit::new(10, 2);

/// The limit of a CloudWatch Logs action, per account and region, where AWS publishes one; where it does not, the numbers
/// are the twin's own. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
#[must_use]
pub fn logs(action: &str) -> Limit {
    match action {
        "CreateLogGroup" | "DeleteLogGroup" | "DescribeLogGroups" => Limit::new(10, 10),
        _ => Limit::new(5, 5),
    }
}

/// The limit of LookupEvents, per account and region: "limited to two per second"
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>).
pub const CLOUDTRAIL: Limit = Limit::new(2, 2);

/// The limit of a Cloud Control action, per account and region. AWS publishes none; users report 5 changes and some 25 reads
/// a second (cdkd's troubleshooting page, aws-nuke#510): the numbers are the twin's own.
#[must_use]
pub fn cloud_control(action: &str) -> Limit {
    if is_read(action) { Limit::new(40, 20) } else { Limit::new(10, 5) }
}

/// The limits of the services behind Cloud Control that are published and slow: those of API Gateway's control plane, per
/// account and region. <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
#[must_use]
pub fn behind_cloud_control(type_name: &str, operation: &str) -> Option<Limit> {
    match (type_name, operation) {
        ("AWS::ApiGateway::Deployment", "CREATE") => Some(Limit::slow(1, 200)),
        ("AWS::ApiGateway::RestApi", "CREATE") => Some(Limit::slow(1, 334)),
        ("AWS::ApiGateway::RestApi", "DELETE") => Some(Limit::slow(1, 34)),
        ("AWS::ApiGatewayV2::VpcLink", "CREATE") => Some(Limit::slow(1, 67)),
        ("AWS::ApiGatewayV2::VpcLink", "DELETE") => Some(Limit::slow(1, 34)),
        _ => None,
    }
}

/// The limit of an action of the Resource Groups Tagging API, per account and region
/// (<https://docs.aws.amazon.com/general/latest/gr/arg.html>: 15 GetResources, 5 of the others a second).
#[must_use]
pub fn tagging(action: &str) -> Limit {
    if action == "GetResources" { Limit::new(15, 15) } else { Limit::new(5, 5) }
}

/// The limit that all of STS shares, per calling account and region
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
pub const STS: Limit = Limit::new(600, 600);

/// Takes a request out of every bucket that counts it; false where one is empty.
pub fn admit(world: &mut World, operation: &Operation, caller: &Caller, now: Moment) -> bool {
    let Caller { account, region, .. } = caller;
    let action = operation.action.as_str();
    let organization = world.organizations.organization_of(account).map(|organization| organization.id.clone());
    let buckets = &mut world.throttle;
    match &operation.handling {
        Handling::Ec2(_, form) => {
            let own = ec2(action, is_unfiltered(form));
            let shared = organization.filter(|_| action.contains("VpcEndpoint") && !is_read(action));
            buckets.take(&format!("ec2/{account}/{region}/{action}"), own, now)
                && shared.is_none_or(|organization| {
                    let name = format!("ec2/{organization}/{region}/PrivateLink");
                    buckets.take(&name, PRIVATE_LINK_OF_ORGANIZATION, now)
                })
        }
        Handling::Json(..) if operation.service == Service::Organizations => {
            let (own, shared) = organizations(action);
            buckets.take(&format!("organizations/{account}/{action}"), own, now)
                && organization.is_none_or(|organization| {
                    buckets.take(&format!("organizations/{organization}/{action}"), shared, now)
                })
        }
        Handling::Json(..) => {
            let name = operation.service.name();
            let limit = match operation.service {
                Service::CloudControl => cloud_control(action),
                Service::CloudTrail => CLOUDTRAIL,
                Service::Tagging => tagging(action),
                Service::Logs => logs(action),
                _ => NETWORK_FIREWALL,
            };
            buckets.take(&format!("{name}/{account}/{region}/{action}"), limit, now)
        }
        Handling::Ram(_) => buckets.take(&format!("ram/{account}/{region}/{action}"), RAM, now),
        Handling::Sts(..) => buckets.take(&format!("sts/{account}/{region}"), STS, now),
    }
}

/// True where a request asks for everything at once.
fn is_unfiltered(form: &Form) -> bool {
    let narrowing = [
        "Filter",
        "MaxResults",
        "GroupId",
        "GroupName",
        "NetworkInterfaceId",
        "InstanceId",
        "SnapshotId",
        "SpotInstanceRequestId",
        "VolumeId",
    ];
    !narrowing.iter().any(|name| form.has(name))
}

/// True where an action of any service changes nothing, by its name.
#[must_use]
pub fn is_read(action: &str) -> bool {
    ["Describe", "List", "Get", "Search", "Lookup"].iter().any(|verb| action.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_admits_its_capacity_and_then_its_refill() {
        let (mut state, limit) = (State::default(), ec2("CreateVpcEndpoint", false));
        let admitted = |state: &mut State, now| (0..10).filter(|_| state.take("endpoint", limit, now)).count();
        let start = Moment::EPOCH;
        assert_eq!(admitted(&mut state, start), 4);
        assert_eq!(admitted(&mut state, start.after(3_999)), 0, "three seconds give nine tenths of a request");
        assert_eq!(admitted(&mut state, start.after(4_000)), 1);
        assert_eq!(admitted(&mut state, start.after(3_600_000)), 4, "what does not fit in is lost");
    }
}
