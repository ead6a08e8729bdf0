//! Firewalls and their endpoints, as moments from which their states are judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::input::{arn, regional};
use super::logging::{LogDestination, LogType};
use super::state::{Policy, Record, Regional};
use crate::twin::time::{Duration, Moment};
use crate::twin::world::{Call, Caller};

/// How long a change of rules takes to reach an endpoint.
const SYNC: Duration = Duration::seconds(90, 240, 900);

/// A firewall in a VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Firewall {
    pub(super) record: Record,
    /// The policy's name.
    pub(super) policy: String,
    pub(super) vpc_id: String,
    /// Its endpoints, in the order in which they were asked for.
    pub(super) attachments: Vec<Attachment>,
    pub(super) delete_protection: bool,
    pub(super) subnet_change_protection: bool,
    pub(super) policy_change_protection: bool,
    /// Where its logs go.
    pub(super) logging: BTreeMap<LogType, LogDestination>,
}

/// A firewall's endpoint in one Availability Zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attachment {
    pub(super) subnet_id: String,
    /// The zone's name in the firewall's account.
    pub(super) zone: String,
    /// The VPC endpoint; none where there will never be one.
    pub(super) endpoint_id: Option<String>,
    /// From when on the firewall's status has the zone.
    pub(super) shown_at: Moment,
    /// From when on the status tells the endpoint's id.
    pub(super) endpoint_at: Moment,
    /// From when on it takes packets; never where it gets stuck.
    pub(super) ready_at: Option<Moment>,
    pub(super) failure: Option<Failure>,
    /// When it is gone, once somebody asked for that.
    pub(super) gone_at: Option<Moment>,
    /// From when on it has the present version of a policy or rule group, by the ARN, where that changed since it was made.
    pub(super) synced: BTreeMap<String, Moment>,
}

/// Why an endpoint will never be there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) failed_at: Moment,
    /// The reason is told later than the failure.
    pub(super) told_at: Moment,
    pub(super) message: String,
}

impl Attachment {
    pub(super) fn is_there(&self, now: Moment) -> bool {
        self.gone_at.is_none_or(|gone| now < gone)
    }

    /// `AttachmentStatus`.
    pub(super) fn status(&self, now: Moment) -> &'static str {
        if self.gone_at.is_some() {
            return "DELETING";
        }
        match &self.failure {
            Some(failure) if failure.failed_at <= now => "FAILED",
            None if self.is_ready(now) => "READY",
            _ => "CREATING",
        }
    }

    pub(super) fn is_ready(&self, now: Moment) -> bool {
        self.gone_at.is_none() && self.ready_at.is_some_and(|ready| ready <= now)
    }

    /// True where the endpoint has the present version of a policy or rule group.
    pub(super) fn has(&self, arn: &str, now: Moment) -> bool {
        self.is_ready(now) && self.synced.get(arn).is_none_or(|synced| *synced <= now)
    }
}

impl Firewall {
    /// The endpoints that it is to have.
    pub(super) fn configured(&self) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(|attachment| attachment.gone_at.is_none())
    }

    /// The policy and the rule groups that its endpoints must have: ARN and update token.
    pub(super) fn configuration(&self, regional: &Regional, caller: &Caller) -> Vec<(String, String)> {
        let Some(policy) = regional.policies.get(&self.policy) else { return Vec::new() };
        let own = (arn::<Policy>(caller, &self.policy), policy.record.update_token.clone());
        let groups = policy.document.rule_groups().filter_map(|group_arn| {
            let group = regional.rule_groups.get(group_arn.rsplit_once('/')?.1)?;
            Some((group_arn.clone(), group.record.update_token.clone()))
        });
        std::iter::once(own).chain(groups).collect()
    }
}

/// Lets the endpoints of every firewall that uses the changed policy or rule group fetch it. With a policy they fetch its
/// rule groups too.
pub(super) fn resync(call: &mut Call<'_>, changed: &str) {
    let caller = call.caller.clone();
    let regional = regional(call);
    let users: Vec<(String, Vec<String>)> = regional
        .firewalls
        .iter()
        .filter_map(|(name, firewall)| {
            let objects: Vec<String> =
                firewall.configuration(regional, &caller).into_iter().map(|(object, _)| object).collect();
            let is_policy = objects.first().is_some_and(|policy| policy == changed);
            let uses = objects.iter().any(|object| object == changed);
            uses.then(|| (name.clone(), if is_policy { objects } else { vec![changed.to_owned()] }))
        })
        .collect();
    for (name, objects) in users {
        resync_firewall(call, &name, &objects);
    }
}

/// Lets a firewall's endpoints fetch policies and rule groups, each in its own time.
pub(super) fn resync_firewall(call: &mut Call<'_>, name: &str, objects: &[String]) {
    let count = regional(call).firewalls.get(name).map_or(0, |firewall| firewall.attachments.len());
    let synced: Vec<Moment> = (0..count).map(|_| call.done_after("network-firewall/sync", SYNC)).collect();
    let Some(firewall) = regional(call).firewalls.get_mut(name) else { return };
    for (attachment, moment) in firewall.attachments.iter_mut().zip(synced) {
        attachment.synced.extend(objects.iter().map(|object| (object.clone(), moment)));
    }
}
