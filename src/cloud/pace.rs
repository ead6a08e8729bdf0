//! Pacing: no more calls than AWS's published limits allow.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::operation::{Effect, Operation, Service};

/// A token bucket, as AWS describes its own: it starts full, and each call takes a token.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    filled_at: Duration,
}

/// How many calls AWS takes at once, and how many more each second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The bucket's capacity, in calls.
    pub capacity: f64,
    /// Calls per second.
    pub refill: f64,
}

/// The published limit of an operation, per account and region. EC2: EC2 API reference, "Request throttling for the
/// Amazon EC2 API". Organizations: Organizations user guide, "Quotas and service limits". STS: IAM user guide, "IAM and AWS
/// STS quotas", 600 a second. CloudWatch Logs: CloudWatch Logs user guide, "CloudWatch Logs quotas". RAM and Network Firewall
/// publish none; the limits here are cautious guesses.
#[must_use]
pub fn limit(operation: Operation) -> Limit {
    let (capacity, refill) = match (operation.service, operation.name) {
        (Service::Sts, _) => (600.0, 600.0),
        (Service::Ram | Service::NetworkFirewall, _) => (10.0, 2.0),
        (Service::Logs, "CreateLogGroup" | "DescribeLogGroups") => (10.0, 10.0),
        (Service::Logs, _) => (5.0, 5.0),
        (Service::Organizations, name) => match name {
            "CreateAccount" => (3.0, 0.1),
            "CreateOrganization" => (1.0, 1.0),
            "DescribeOrganization" | "CreateOrganizationalUnit" | "ListRoots" => (2.0, 1.0),
            "DescribeCreateAccountStatus" => (2.0, 2.0),
            "MoveAccount" => (3.0, 2.0),
            "ListAccounts" => (12.0, 8.0),
            "ListCreateAccountStatus"
            | "ListParents"
            | "ListAccountsForParent"
            | "ListOrganizationalUnitsForParent" => (8.0, 5.0),
            "DescribeAccount" => (30.0, 20.0),
            "TagResource" | "UntagResource" => (6.0, 4.0),
            "ListTagsForResource" => (15.0, 10.0),
            _ => (2.0, 1.0),
        },
        (Service::Ec2, name) => match name {
            "CreateNatGateway" | "DeleteNatGateway" => (10.0, 1.0),
            "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints" => (4.0, 0.3),
            "CreateTags" | "DeleteTags" => (100.0, 10.0),
            _ if operation.effect == Effect::Read => (100.0, 20.0),
            _ => (50.0, 5.0),
        },
    };
    Limit { capacity, refill }
}

/// The buckets of one account and region.
#[derive(Debug, Default)]
pub struct Pace {
    buckets: Mutex<BTreeMap<(Service, &'static str), Bucket>>,
}

impl Pace {
    /// Waits until AWS should take one more call of this operation. Callers are served in the order in which they ask:
    /// each takes its token at once, on credit if need be, and waits until the credit is covered.
    pub async fn wait(&self, operation: Operation, clock: Clock) {
        let wait = self.take(operation, clock.elapsed());
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }

    /// Gives way after AWS refused a call: whatever lz believed was left is not.
    pub fn empty(&self, operation: Operation, now: Duration) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket =
            buckets.entry((operation.service, operation.name)).or_insert(Bucket { tokens: 0.0, filled_at: now });
        bucket.tokens = bucket.tokens.min(0.0);
    }

    fn take(&self, operation: Operation, now: Duration) -> Duration {
        let limit = limit(operation);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((operation.service, operation.name))
            .or_insert(Bucket { tokens: limit.capacity, filled_at: now });
        let since = now.saturating_sub(bucket.filled_at).as_secs_f64();
        bucket.tokens = (bucket.tokens + since * limit.refill).min(limit.capacity) - 1.0;
        bucket.filled_at = now;
        // A little more than the exact time: AWS's clock and ours do not tick together.
        if bucket.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(-bucket.tokens / limit.refill * 1.02)
        }
    }
}
