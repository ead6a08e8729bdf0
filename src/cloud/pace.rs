//! Pacing: no more calls than AWS's published limits allow.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::operation::{Effect, Operation, Service};

/// A token bucket: it starts full, and each call takes a token.
///
/// AWS refills its own once a second, and nobody knows when in the second (EC2 API reference, "Request throttling for the
/// Amazon EC2 API"), while this one is filled all the time. So that it never holds more than AWS's, it holds one second's
/// refill less.
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

impl Limit {
    /// How many calls may be sent at once, whenever in the second AWS refills its bucket.
    fn burst(self) -> f64 {
        (self.capacity - self.refill).max(1.0)
    }

    /// How many calls a second are sent: a little less than AWS takes, since its clock and ours do not tick together.
    fn rate(self) -> f64 {
        self.refill / 1.02
    }
}

/// The published limit of an operation, per account and region. EC2: EC2 API reference, "Request throttling for the
/// Amazon EC2 API". Organizations: Organizations user guide, "Quotas and service limits". STS: IAM user guide, "IAM and AWS
/// STS quotas", 600 a second. CloudTrail: CloudTrail API reference, LookupEvents. CloudWatch Logs: CloudWatch Logs user guide, "CloudWatch Logs quotas". RAM, Network Firewall,
/// Cloud Control and the tagging API publish none; the limits here are cautious guesses.
#[must_use]
pub fn limit(operation: Operation) -> Limit {
    let (capacity, refill) = match (operation.service, operation.name) {
        (Service::Sts, _) => (600.0, 600.0),
        (Service::Ram | Service::NetworkFirewall, _) => (10.0, 2.0),
        (Service::Logs, "CreateLogGroup" | "DescribeLogGroups") => (10.0, 10.0),
        (Service::Logs, _) => (5.0, 5.0),
        (Service::CloudTrail, _) => (2.0, 2.0),
        (Service::CloudControl, _) if operation.effect == Effect::Read => (20.0, 15.0),
        (Service::CloudControl, _) => (6.0, 4.0),
        (Service::Tagging, _) => (6.0, 5.0),
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
            .or_insert(Bucket { tokens: limit.burst(), filled_at: now });
        let since = now.saturating_sub(bucket.filled_at).as_secs_f64();
        bucket.tokens = (bucket.tokens + since * limit.rate()).min(limit.burst()) - 1.0;
        bucket.filled_at = now;
        if bucket.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-bucket.tokens / limit.rate()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AWS's bucket: refilled once a second, at this time of it, in milliseconds.
    struct Theirs {
        limit: Limit,
        phase: u64,
        tokens: f64,
        ticks: u64,
    }

    impl Theirs {
        fn admits(&mut self, at: u64) -> bool {
            let ticks = (at + 1000 - self.phase) / 1000;
            let refilled = self.tokens + (ticks - self.ticks) as f64 * self.limit.refill;
            (self.tokens, self.ticks) = (refilled.min(self.limit.capacity), ticks);
            self.tokens -= 1.0;
            // Tenths of a call have been added up.
            self.tokens >= -1e-6
        }
    }

    #[test]
    fn no_call_is_throttled_whenever_aws_refills() {
        for operation in [
            Service::Organizations.read("ListTagsForResource"),
            Service::Organizations.read("DescribeCreateAccountStatus"),
            Service::Organizations.create("CreateAccount"),
            Service::Organizations.create("CreateOrganization"),
            Service::Ec2.read("DescribeVpcs"),
            Service::Ec2.create("CreateVpcEndpoint"),
            Service::Logs.read("DescribeLogGroups"),
            Service::Sts.idempotent("AssumeRole"),
        ] {
            let limit = limit(operation);
            for phase in (0..1000).step_by(50) {
                let pace = Pace::default();
                let mut theirs = Theirs { limit, phase, tokens: limit.capacity, ticks: 0 };
                // A crowd, a trickle while it waits, and after a pause another crowd.
                let asked = (0..1000_u64).map(|call| match call {
                    0..500 => 950,
                    500..700 => 950 + (call - 500) * 370,
                    _ => 200_000,
                });
                let mut last = 0;
                for now in asked.map(Duration::from_millis) {
                    let sent = now + pace.take(operation, now);
                    let millis = u64::try_from(sent.as_millis()).unwrap();
                    assert!(millis >= last, "{operation}: callers are served in the order in which they ask");
                    assert!(theirs.admits(millis), "{operation} at {millis} ms, refilled at {phase} ms");
                    last = millis;
                }
            }
        }
    }
}
