//! Rule groups of Network Firewall.

use aws_sdk_networkfirewall::operation::describe_rule_group::DescribeRuleGroupOutput;
use aws_sdk_networkfirewall::types::{
    ResourceStatus, RuleGroup, RuleGroupType, RuleOrder, RulesSource, StatefulRuleOptions,
};

use super::answer::{Answer, gone};
use super::fields::with_fields;
use super::foreign_rules;
use super::rule_text::{RuleText, rules};
use super::tag::{firewall_tags, tags_of_firewall};
use super::view::{DESCRIBE_RULE_GROUP, describe_rule_group, list_rule_groups};
use super::{
    Calls, FindingRule, Identity, Kind, Observed, Realm, SecurityHubType, Specification, State, Tagging, Task, Timing,
    View, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::values::Severity;

with_fields! {
    /// A stateful rule group in strict order, as text in Suricata's language.
    ///
    /// A group may be shared: it holds rules of its own and rules of workloads, which carry `metadata:lz NAME` and are
    /// resources themselves ([`FirewallWorkloadRules`](super::FirewallWorkloadRules)).
    ///
    /// AWS can change neither a group's name nor its capacity. So a group's name ends in its capacity (`lz-acme-egress-rules-baseline-500`),
    /// and a group of another capacity is another group. When that is made, it takes over the workloads' rules of the groups
    /// whose names differ in the capacity alone, so that no workload is cut off while the policy turns to it.
    pub struct FirewallRuleGroup with FirewallRuleGroupField {
        /// Its name, which begins with [`name_prefix`](super::firewall::name_prefix) and ends in `-` and its capacity.
        #[immutable]
        pub name: String,
        /// The number of rules that it can hold.
        #[immutable]
        pub capacity: u32,
        /// The rules of its own: one rule a line, no comments or blank lines.
        pub rules: String,
    }
}

impl Specification for FirewallRuleGroup {
    const NAME: &'static str = "firewall-rule-group";
    const IDENTITY: Identity = Identity::Tag;
    const HELD: bool = true;
    const TIMING: Timing = Timing::seconds(2, 90, 5);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::NetworkFirewall;
    const CALLS: Calls = Calls::new(&["CreateRuleGroup"], &["UpdateRuleGroup"], &["DeleteRuleGroup"]);
    const OPERATIONS: &'static [Operation] = &[
        CREATE,
        UPDATE,
        DELETE,
        Service::NetworkFirewall.read("ListRuleGroups"),
        Service::NetworkFirewall.read("DescribeRuleGroup"),
    ];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsNetworkFirewallRuleGroup");
    const FINDINGS: &'static [FindingRule<FirewallRuleGroupField>] = &[
        FindingRule::weakened(FirewallRuleGroupField::rules, When::Differs, Severity::High).nist(&["AC-4", "SC-7"]),
        FindingRule::missing(Severity::High).nist(&["AC-4", "SC-7"]),
    ];

    fn excludes(&self, other: &Self) -> bool {
        self.name == other.name
    }

    // AWS keeps it unique: a name.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

const CREATE: Operation = Service::NetworkFirewall.create("CreateRuleGroup");
/// Carries an update token: sent twice, the second is refused.
pub(super) const UPDATE: Operation = Service::NetworkFirewall.idempotent("UpdateRuleGroup");
const DELETE: Operation = Service::NetworkFirewall.delete("DeleteRuleGroup");

impl Kind for FirewallRuleGroup {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE_RULE_GROUP);
        let mut all = Vec::new();
        for group in view.rule_groups().await? {
            let arn = arn_of(answer, group)?;
            let state = state_of(group, view.in_force(arn).await?);
            all.push(observed(answer, group, state)?);
        }
        Ok(all)
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let mut text = RuleText { own: rules(&self.rules), ..RuleText::default() };
        for predecessor in self.predecessors(task).await? {
            text.workloads.extend(predecessor.workloads);
        }
        let group = document(&text);
        let capacity = capacity_for_aws(CREATE, self.capacity, task)?;
        let send = || {
            let request = task.cloud.network_firewall().create_rule_group().rule_group_name(&self.name);
            request
                .r#type(RuleGroupType::Stateful)
                .capacity(capacity)
                .rule_group(group.clone())
                .set_tags(Some(firewall_tags(task.tags)))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.rule_group_response.map(|group| group.rule_group_arn))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.rules == live.spec.rules {
            return Ok(());
        }
        let change = async || {
            let there = read(&live.id, task).await?;
            let mut text = text_of(&there);
            text.own = rules(&self.rules);
            replace(&live.id, &there, document(&text), task).await
        };
        task.cloud.by_update_token(&live.id, change).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.network_firewall().delete_rule_group().rule_group_arn(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

impl FirewallRuleGroup {
    /// What the groups hold whose names differ from this one's in the capacity alone.
    async fn predecessors(&self, task: &Task<'_>) -> Result<Vec<RuleText>, CallError> {
        let Some(stem) = stem_of(&self.name) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for arn in list_rule_groups(task.cloud, stem).await? {
            let there = describe_rule_group(task.cloud, &arn).await?;
            let name = there.rule_group_response().map(|group| group.rule_group_name());
            if name.is_some_and(|name| name != self.name && stem_of(name) == Some(stem)) {
                found.push(text_of(&there));
            }
        }
        Ok(found)
    }
}

/// A group's name up to its capacity; none where it does not end in one.
fn stem_of(name: &str) -> Option<&str> {
    let stem = name.trim_end_matches(|character: char| character.is_ascii_digit());
    (stem.len() < name.len() && stem.ends_with('-')).then_some(stem)
}

fn capacity_for_aws(operation: Operation, capacity: u32, task: &Task<'_>) -> Result<i32, CallError> {
    let refused =
        |_| task.answer(operation).error(None, format!("a capacity of {capacity} is more than AWS counts to"));
    i32::try_from(capacity).map_err(refused)
}

/// A group's document: its text, in strict order.
fn document(text: &RuleText) -> RuleGroup {
    let options = StatefulRuleOptions::builder().rule_order(RuleOrder::StrictOrder).build();
    let source = RulesSource::builder().rules_string(text.joined()).build();
    RuleGroup::builder().rules_source(source).stateful_rule_options(options).build()
}

/// A group as it is now.
pub(super) async fn read(arn: &str, task: &Task<'_>) -> Result<DescribeRuleGroupOutput, CallError> {
    describe_rule_group(task.cloud, arn).await
}

/// The text of a group.
pub(super) fn text_of(there: &DescribeRuleGroupOutput) -> RuleText {
    let source = there.rule_group().and_then(|group| group.rules_source());
    RuleText::parse(source.and_then(|source| source.rules_string()).unwrap_or_default())
}

/// Replaces a group's document, if it is still what was read.
pub(super) async fn replace(
    arn: &str,
    read: &DescribeRuleGroupOutput,
    document: RuleGroup,
    task: &Task<'_>,
) -> Result<(), CallError> {
    let send = || {
        let request = task.cloud.network_firewall().update_rule_group().rule_group_arn(arn);
        request.update_token(read.update_token()).rule_group(document.clone()).send()
    };
    task.cloud.call(UPDATE, send).await.map(drop)
}

/// A group's ARN.
pub(super) fn arn_of<'g>(answer: Answer<'_>, group: &'g DescribeRuleGroupOutput) -> Result<&'g str, CallError> {
    Ok(answer.part(group.rule_group_response(), "RuleGroupResponse")?.rule_group_arn())
}

/// A group's state, given how far the firewalls are with it.
pub(super) fn state_of(group: &DescribeRuleGroupOutput, in_force: State) -> State {
    match group.rule_group_response().and_then(|group| group.rule_group_status()) {
        Some(ResourceStatus::Deleting) => State::Deleting,
        Some(ResourceStatus::Error) => State::Pending(ResourceStatus::Error.as_str().to_owned()),
        _ => in_force,
    }
}

/// A group, with its own rules; the workloads' are resources themselves.
fn observed(
    answer: Answer<'_>,
    group: &DescribeRuleGroupOutput,
    state: State,
) -> Result<Observed<FirewallRuleGroup>, CallError> {
    let described = answer.part(group.rule_group_response(), "RuleGroupResponse")?;
    let capacity = answer.part(described.capacity(), "Capacity")?;
    let mut lines = text_of(group).own;
    lines.extend(group.rule_group().map(foreign_rules::lines).unwrap_or_default());
    Ok(Observed {
        id: described.rule_group_arn().to_owned(),
        aliases: Vec::new(),
        tags: tags_of_firewall(described.tags.as_ref()),
        state,
        spec: FirewallRuleGroup {
            name: described.rule_group_name().to_owned(),
            capacity: u32::try_from(capacity).map_err(|_| answer.error(None, "Capacity is negative"))?,
            rules: lines.join("\n"),
        },
    })
}
