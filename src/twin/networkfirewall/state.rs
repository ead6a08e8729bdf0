//! What is known of rule groups, policies and firewalls, and what all three have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::firewall_state::Firewall;
use super::policy_document::PolicyDocument;
use super::rule_group_document::RuleGroupDocument;
use crate::twin::ec2::visibility;
use crate::twin::time::Moment;
use crate::twin::world::{AccountId, Caller, Region};

/// All of Network Firewall, by account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    regions: BTreeMap<AccountId, BTreeMap<Region, Regional>>,
}

impl State {
    /// The caller's part, in the caller's region.
    pub(super) fn of(&mut self, caller: &Caller) -> &mut Regional {
        self.regions.entry(caller.account.clone()).or_default().entry(caller.region.clone()).or_default()
    }

    /// From now on every call sees all that was made.
    pub(in crate::twin) fn settle_news(&mut self) {
        self.regions.values_mut().flat_map(BTreeMap::values_mut).for_each(|state| state.visibility.settle());
    }
}

/// Network Firewall in one account and region. Everything is found by its name, which AWS keeps unique.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Regional {
    pub(super) rule_groups: BTreeMap<String, RuleGroup>,
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) firewalls: BTreeMap<String, Firewall>,
    pub(super) visibility: visibility::State,
}

/// What AWS keeps of every resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// A UUID.
    pub(super) id: String,
    pub(super) description: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    /// Changes with every change of the resource.
    pub(super) update_token: String,
    pub(super) modified: Moment,
    /// Until when AWS takes it for used after the last one that used it has let it go.
    pub(super) held_until: Moment,
    /// When it is gone, once its deletion was asked for.
    pub(super) gone_at: Option<Moment>,
}

impl Record {
    pub(super) fn is_there(&self, now: Moment) -> bool {
        self.gone_at.is_none_or(|gone| now < gone)
    }

    /// `ResourceStatus` of rule groups and policies.
    pub(super) fn status(&self) -> &'static str {
        if self.gone_at.is_some() { "DELETING" } else { "ACTIVE" }
    }
}

/// A stateful rule group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RuleGroup {
    pub(super) record: Record,
    /// How many rules it may ever hold.
    pub(super) capacity: u32,
    pub(super) document: RuleGroupDocument,
}

/// A firewall policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Policy {
    pub(super) record: Record,
    pub(super) document: PolicyDocument,
}

/// A kind of resource.
pub(super) trait Resource: Sized + 'static {
    /// What stands before the name in its ARN.
    const PATH: &'static str;
    /// What it is called in messages.
    const NOUN: &'static str;

    fn all(regional: &mut Regional) -> &mut BTreeMap<String, Self>;
    fn record(&self) -> &Record;
    fn record_mut(&mut self) -> &mut Record;
}

impl Resource for RuleGroup {
    const PATH: &'static str = "stateful-rulegroup";
    const NOUN: &'static str = "rule group";

    fn all(regional: &mut Regional) -> &mut BTreeMap<String, Self> {
        &mut regional.rule_groups
    }

    fn record(&self) -> &Record {
        &self.record
    }

    fn record_mut(&mut self) -> &mut Record {
        &mut self.record
    }
}

impl Resource for Policy {
    const PATH: &'static str = "firewall-policy";
    const NOUN: &'static str = "firewall policy";

    fn all(regional: &mut Regional) -> &mut BTreeMap<String, Self> {
        &mut regional.policies
    }

    fn record(&self) -> &Record {
        &self.record
    }

    fn record_mut(&mut self) -> &mut Record {
        &mut self.record
    }
}

impl Resource for Firewall {
    const PATH: &'static str = "firewall";
    const NOUN: &'static str = "firewall";

    fn all(regional: &mut Regional) -> &mut BTreeMap<String, Self> {
        &mut regional.firewalls
    }

    fn record(&self) -> &Record {
        &self.record
    }

    fn record_mut(&mut self) -> &mut Record {
        &mut self.record
    }
}

impl Regional {
    /// How many firewalls have a policy.
    pub(super) fn users_of_policy(&self, policy: &str, now: Moment) -> usize {
        let there = self.firewalls.values().filter(|firewall| firewall.record.is_there(now));
        there.filter(|firewall| firewall.policy == policy).count()
    }

    /// How many policies hold a rule group, by its ARN.
    pub(super) fn users_of_rule_group(&self, arn: &str, now: Moment) -> usize {
        let there = self.policies.values().filter(|policy| policy.record.is_there(now));
        there.filter(|policy| policy.document.rule_groups().any(|one| one == arn)).count()
    }
}
