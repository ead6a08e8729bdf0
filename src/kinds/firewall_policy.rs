//! Policies of Network Firewall.

use std::collections::BTreeSet;

use aws_sdk_networkfirewall::operation::describe_firewall_policy::DescribeFirewallPolicyOutput;
use aws_sdk_networkfirewall::types::{
    FirewallPolicy as Document, IpSet, PolicyVariables, ResourceStatus, RuleOrder, StatefulEngineOptions,
    StatefulRuleGroupReference, StreamExceptionPolicy,
};

use super::answer::{Answer, gone};
use super::fields::with_fields;
use super::tag::{firewall_tags, tags_of_firewall};
use super::view::{DESCRIBE_POLICY, describe_policy, rule_groups_of};
use super::{
    Calls, FindingRule, FirewallRuleGroup, Identity, Kind, Observed, Realm, SecurityHubType, Specification, State,
    Tagging, Task, Timing, View, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::{Cidr, Severity};

with_fields! {
    /// A firewall policy. Actions and orders are AWS's words (Network Firewall API reference, "FirewallPolicy").
    pub struct FirewallPolicy with FirewallPolicyField {
        /// Its name, which begins with [`name_prefix`](super::firewall::name_prefix).
        #[immutable]
        pub name: String,
        /// Its rule groups, the first one first. A group's priority is 100 times its place, from 1.
        pub rule_groups: Vec<Ref<FirewallRuleGroup>>,
        /// The ranges behind the firewall: the variable `HOME_NET`. None leaves AWS's default, the range of the firewall's VPC.
        pub home_net: BTreeSet<Cidr>,
        /// What becomes of packets that no stateless rule matches.
        pub stateless_default_actions: BTreeSet<String>,
        /// The same for fragments of packets.
        pub stateless_fragment_default_actions: BTreeSet<String>,
        /// What becomes of flows that no stateful rule decides.
        pub stateful_default_actions: BTreeSet<String>,
        /// What becomes of flows whose beginning the firewall has not seen: `DROP`, `CONTINUE` or `REJECT`.
        pub stream_exception_policy: String,
        /// How stateful rules are ordered: [`STRICT_ORDER`], or what others have made.
        #[immutable]
        pub rule_order: String,
    }
}

/// Rules are judged by their groups' priorities, and within a group as they are written.
pub const STRICT_ORDER: &str = "STRICT_ORDER";

impl Specification for FirewallPolicy {
    const NAME: &'static str = "firewall-policy";
    const IDENTITY: Identity = Identity::Tag;
    const HELD: bool = true;
    const TIMING: Timing = Timing::seconds(2, 90, 5);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::NetworkFirewall;
    const CALLS: Calls = Calls::new(&["CreateFirewallPolicy"], &["UpdateFirewallPolicy"], &["DeleteFirewallPolicy"]);
    const OPERATIONS: &'static [Operation] = &[
        CREATE,
        UPDATE,
        DELETE,
        Service::NetworkFirewall.read("ListFirewallPolicies"),
        Service::NetworkFirewall.read("DescribeFirewallPolicy"),
    ];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsNetworkFirewallFirewallPolicy");
    const FINDINGS: &'static [FindingRule<FirewallPolicyField>] = &[
        FindingRule::weakened(FirewallPolicyField::rule_groups, When::Narrowed, Severity::Critical)
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(FirewallPolicyField::rule_groups, When::Widened, Severity::Critical)
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(FirewallPolicyField::home_net, When::Narrowed, Severity::High).nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(FirewallPolicyField::stateless_default_actions, When::Differs, Severity::Critical)
            .fsbp(&["NetworkFirewall.4"])
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(FirewallPolicyField::stateless_fragment_default_actions, When::Differs, Severity::High)
            .fsbp(&["NetworkFirewall.5"])
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(FirewallPolicyField::stateful_default_actions, When::Differs, Severity::Critical)
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(FirewallPolicyField::stream_exception_policy, When::Differs, Severity::Medium)
            .nist(&["SC-7"]),
        FindingRule::missing(Severity::Critical).nist(&["SC-7"]),
    ];

    fn excludes(&self, other: &Self) -> bool {
        self.name == other.name
    }

    // AWS keeps it unique: a name.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

const CREATE: Operation = Service::NetworkFirewall.create("CreateFirewallPolicy");
/// Carries an update token: sent twice, the second is refused.
const UPDATE: Operation = Service::NetworkFirewall.idempotent("UpdateFirewallPolicy");
const DELETE: Operation = Service::NetworkFirewall.delete("DeleteFirewallPolicy");

/// Which ranges are inside, in Suricata's language.
const HOME_NET: &str = "HOME_NET";

impl Kind for FirewallPolicy {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE_POLICY);
        let mut all = Vec::new();
        for policy in view.firewall_policies().await? {
            let described = answer.part(policy.firewall_policy_response(), "FirewallPolicyResponse")?;
            let in_force = view.in_force(described.firewall_policy_arn()).await?;
            all.push(observed(answer, policy, in_force)?);
        }
        Ok(all)
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let document = self.document(CREATE, task)?;
        let send = || {
            let request = task.cloud.network_firewall().create_firewall_policy().firewall_policy_name(&self.name);
            request.firewall_policy(document.clone()).set_tags(Some(firewall_tags(task.tags))).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.firewall_policy_response.map(|policy| policy.firewall_policy_arn))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if *self == live.spec {
            return Ok(());
        }
        let document = self.document(UPDATE, task)?;
        let change = async || {
            let there = describe_policy(task.cloud, &live.id).await?;
            let send = || {
                let request = task.cloud.network_firewall().update_firewall_policy().firewall_policy_arn(&live.id);
                request.update_token(there.update_token()).firewall_policy(document.clone()).send()
            };
            task.cloud.call(UPDATE, send).await.map(drop)
        };
        task.cloud.by_update_token(&live.id, change).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.network_firewall().delete_firewall_policy().firewall_policy_arn(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

impl FirewallPolicy {
    /// The policy as AWS takes it, which is always the whole.
    fn document(&self, operation: Operation, task: &Task<'_>) -> Result<Document, CallError> {
        let incomplete = |error| task.answer(operation).error(None, format!("{error}"));
        let mut references = Vec::new();
        for (arn, priority) in task.ids(operation, &self.rule_groups)?.into_iter().zip((1..).map(|place| place * 100)) {
            let reference = StatefulRuleGroupReference::builder().resource_arn(arn).priority(priority);
            references.push(reference.build().map_err(incomplete)?);
        }
        let options = StatefulEngineOptions::builder()
            .rule_order(RuleOrder::from(self.rule_order.as_str()))
            .stream_exception_policy(StreamExceptionPolicy::from(self.stream_exception_policy.as_str()));
        let document = Document::builder()
            .set_stateless_default_actions(Some(listed(&self.stateless_default_actions)))
            .set_stateless_fragment_default_actions(Some(listed(&self.stateless_fragment_default_actions)))
            .set_stateful_rule_group_references(Some(references))
            .set_stateful_default_actions(Some(listed(&self.stateful_default_actions)))
            .stateful_engine_options(options.build());
        if self.home_net.is_empty() {
            return document.build().map_err(incomplete);
        }
        let ranges = self.home_net.iter().map(ToString::to_string).collect();
        let home_net = IpSet::builder().set_definition(Some(ranges)).build().map_err(incomplete)?;
        let variables = PolicyVariables::builder().rule_variables(HOME_NET, home_net).build();
        document.policy_variables(variables).build().map_err(incomplete)
    }
}

fn listed(actions: &BTreeSet<String>) -> Vec<String> {
    actions.iter().cloned().collect()
}

/// A policy, with what it leaves to AWS's defaults filled in (Network Firewall API reference, "StatefulEngineOptions").
fn observed(
    answer: Answer<'_>,
    policy: &DescribeFirewallPolicyOutput,
    in_force: State,
) -> Result<Observed<FirewallPolicy>, CallError> {
    let described = answer.part(policy.firewall_policy_response(), "FirewallPolicyResponse")?;
    let document = answer.part(policy.firewall_policy(), "FirewallPolicy")?;
    let options = document.stateful_engine_options();
    let order = options.and_then(|options| options.rule_order()).unwrap_or(&RuleOrder::DefaultActionOrder);
    let exception = options.and_then(|options| options.stream_exception_policy());
    let state = match described.firewall_policy_status() {
        Some(ResourceStatus::Deleting) => State::Deleting,
        Some(ResourceStatus::Error) => State::Pending(described.status_message().unwrap_or("ERROR").to_owned()),
        _ => in_force,
    };
    Ok(Observed {
        id: described.firewall_policy_arn().to_owned(),
        aliases: Vec::new(),
        tags: tags_of_firewall(described.tags.as_ref()),
        state,
        spec: FirewallPolicy {
            name: described.firewall_policy_name().to_owned(),
            rule_groups: rule_groups_of(document).into_iter().map(Ref::id).collect(),
            home_net: home_net_of(document),
            stateless_default_actions: document.stateless_default_actions().iter().cloned().collect(),
            stateless_fragment_default_actions: document.stateless_fragment_default_actions().iter().cloned().collect(),
            stateful_default_actions: document.stateful_default_actions().iter().cloned().collect(),
            stream_exception_policy: exception.unwrap_or(&StreamExceptionPolicy::Drop).as_str().to_owned(),
            rule_order: order.as_str().to_owned(),
        },
    })
}

/// The IPv4 ranges of `HOME_NET`. An address stands for itself; IPv6, which lz routes nowhere, is left out.
fn home_net_of(document: &Document) -> BTreeSet<Cidr> {
    let variables = document.policy_variables().and_then(|variables| variables.rule_variables());
    let ranges = variables.and_then(|variables| variables.get(HOME_NET)).map(|ranges| ranges.definition());
    let range = |text: &String| text.parse().or_else(|_| format!("{text}/32").parse()).ok();
    ranges.into_iter().flatten().filter_map(range).collect()
}
