//! Network Firewall's answers.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_networkfirewall::operation::describe_firewall::DescribeFirewallOutput;
use aws_sdk_networkfirewall::operation::describe_firewall_policy::DescribeFirewallPolicyOutput;
use aws_sdk_networkfirewall::operation::describe_rule_group::DescribeRuleGroupOutput;
use aws_sdk_networkfirewall::types;
use futures::future::join_all;

use super::{Answers, CollectError};
use crate::cloud::{AccountCloud, Operation, Service, pages};
use crate::reach::recorded::documents::{
    Firewall, FirewallAttachment, FirewallDescription, FirewallMetadata, FirewallPolicy, FirewallPolicyDescription,
    FirewallPolicyResponse, FirewallStatus, Firewalls, PolicyVariables, RuleGroup, RuleGroupDescription,
    RuleGroupReference, RuleGroupResponse, RuleHeader, RuleOption, RuleVariables, RulesSource, RulesSourceList,
    StatefulEngineOptions, StatefulRule, SyncState, VariableDefinition,
};

const LIST: Operation = Service::NetworkFirewall.read("ListFirewalls");
const DESCRIBE: Operation = Service::NetworkFirewall.read("DescribeFirewall");
const DESCRIBE_POLICY: Operation = Service::NetworkFirewall.read("DescribeFirewallPolicy");
const DESCRIBE_RULE_GROUP: Operation = Service::NetworkFirewall.read("DescribeRuleGroup");

/// How many entries a page has at most (Network Firewall API reference, "ListFirewalls").
const PAGE: i32 = 100;

/// Every firewall, its policy, and the policy's stateful rule groups. Each file is named like what it describes.
pub(super) async fn collect(cloud: &AccountCloud) -> Result<Answers, CollectError> {
    let mut answers = Answers::default();
    let client = cloud.network_firewall();
    let listed = pages(
        cloud,
        LIST,
        |token| client.list_firewalls().max_results(PAGE).set_next_token(token).send(),
        |page| (page.firewalls, page.next_token),
    )
    .await;
    let Some(listed) = answers.unless_denied(listed)? else { return Ok(answers) };
    answers.add("list-firewalls", &Firewalls { firewalls: listed.iter().map(metadata).collect() })?;
    let arns: BTreeSet<&str> = listed.iter().filter_map(types::FirewallMetadata::firewall_arn).collect();
    let describe = |arn| async move {
        let send = || client.describe_firewall().firewall_arn(arn).send();
        cloud.call(DESCRIBE, send).await
    };
    let mut policies = BTreeSet::new();
    for described in join_all(arns.into_iter().map(describe)).await {
        let Some(described) = answers.unless_denied(described)? else { continue };
        let document = firewall(&described);
        if let Some(firewall) = &document.firewall {
            policies.insert(firewall.firewall_policy_arn.clone());
            answers.add(format!("describe-firewall.{}", firewall.firewall_name), &document)?;
        }
    }
    collect_policies(cloud, &policies, &mut answers).await?;
    Ok(answers)
}

async fn collect_policies(
    cloud: &AccountCloud,
    arns: &BTreeSet<String>,
    answers: &mut Answers,
) -> Result<(), CollectError> {
    let client = cloud.network_firewall();
    let describe = |arn| async move {
        let send = || client.describe_firewall_policy().firewall_policy_arn(arn).send();
        cloud.call(DESCRIBE_POLICY, send).await
    };
    let mut groups = BTreeSet::new();
    for described in join_all(arns.iter().map(describe)).await {
        let Some(described) = answers.unless_denied(described)? else { continue };
        let document = policy(&described);
        let references = document.firewall_policy.iter().flat_map(|policy| &policy.stateful_rule_group_references);
        groups.extend(references.map(|reference| reference.resource_arn.clone()));
        if let Some(response) = &document.firewall_policy_response {
            answers.add(format!("describe-firewall-policy.{}", response.firewall_policy_name), &document)?;
        }
    }
    let describe = |arn| async move {
        cloud.call(DESCRIBE_RULE_GROUP, || client.describe_rule_group().rule_group_arn(arn).send()).await
    };
    for described in join_all(groups.iter().map(describe)).await {
        let Some(described) = answers.unless_denied(described)? else { continue };
        let document = rule_group(&described);
        if let Some(response) = &document.rule_group_response {
            answers.add(format!("describe-rule-group.{}", response.rule_group_name), &document)?;
        }
    }
    Ok(())
}

fn metadata(one: &types::FirewallMetadata) -> FirewallMetadata {
    FirewallMetadata { firewall_name: text(one.firewall_name()), firewall_arn: owned(one.firewall_arn()) }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn firewall(description: &DescribeFirewallOutput) -> FirewallDescription {
    let sync_state = |state: &types::SyncState| SyncState {
        attachment: state.attachment().map(|attachment| FirewallAttachment {
            subnet_id: owned(attachment.subnet_id()),
            endpoint_id: owned(attachment.endpoint_id()),
            status: attachment.status().map(|status| status.as_str().to_owned()),
        }),
    };
    let states = |status: &types::FirewallStatus| {
        let all: BTreeMap<&String, &types::SyncState> = status.sync_states().into_iter().flatten().collect();
        all.into_iter().map(|(zone, state)| (zone.clone(), sync_state(state))).collect()
    };
    FirewallDescription {
        firewall: description.firewall().map(|firewall| Firewall {
            firewall_name: text(firewall.firewall_name()),
            firewall_arn: text(firewall.firewall_arn()),
            vpc_id: firewall.vpc_id().to_owned(),
            firewall_policy_arn: firewall.firewall_policy_arn().to_owned(),
        }),
        firewall_status: description.firewall_status().map(|status| FirewallStatus {
            status: Some(status.status().as_str().to_owned()),
            sync_states: states(status),
        }),
    }
}

fn policy(description: &DescribeFirewallPolicyOutput) -> FirewallPolicyDescription {
    let stateful = |one: &types::StatefulRuleGroupReference| RuleGroupReference {
        resource_arn: one.resource_arn().to_owned(),
        priority: one.priority(),
    };
    let stateless = |one: &types::StatelessRuleGroupReference| RuleGroupReference {
        resource_arn: one.resource_arn().to_owned(),
        priority: Some(one.priority()),
    };
    FirewallPolicyDescription {
        firewall_policy_response: description.firewall_policy_response().map(|response| FirewallPolicyResponse {
            firewall_policy_name: response.firewall_policy_name().to_owned(),
            firewall_policy_arn: response.firewall_policy_arn().to_owned(),
        }),
        firewall_policy: description.firewall_policy().map(|policy| FirewallPolicy {
            stateless_rule_group_references: policy.stateless_rule_group_references().iter().map(stateless).collect(),
            stateless_default_actions: policy.stateless_default_actions().to_vec(),
            stateless_fragment_default_actions: policy.stateless_fragment_default_actions().to_vec(),
            stateful_rule_group_references: policy.stateful_rule_group_references().iter().map(stateful).collect(),
            stateful_default_actions: policy.stateful_default_actions().to_vec(),
            stateful_engine_options: policy.stateful_engine_options().map(|options| StatefulEngineOptions {
                rule_order: options.rule_order().map(|order| order.as_str().to_owned()),
            }),
            policy_variables: policy
                .policy_variables()
                .map(|variables| PolicyVariables { rule_variables: definitions(variables.rule_variables()) }),
        }),
    }
}

/// Sets of addresses by name, as the SDK holds them.
fn definitions<'sets>(
    sets: Option<impl IntoIterator<Item = (&'sets String, &'sets types::IpSet)>>,
) -> BTreeMap<String, VariableDefinition> {
    let definition = |set: &types::IpSet| VariableDefinition { definition: set.definition().to_vec() };
    sets.into_iter().flatten().map(|(name, set)| (name.clone(), definition(set))).collect()
}

fn rule_group(description: &DescribeRuleGroupOutput) -> RuleGroupDescription {
    RuleGroupDescription {
        rule_group_response: description.rule_group_response().map(|response| RuleGroupResponse {
            rule_group_name: response.rule_group_name().to_owned(),
            rule_group_arn: response.rule_group_arn().to_owned(),
            group_type: response.r#type().map(|kind| kind.as_str().to_owned()),
        }),
        rule_group: description.rule_group().map(|group| RuleGroup {
            rule_variables: group
                .rule_variables()
                .map(|variables| RuleVariables { ip_sets: definitions(variables.ip_sets()) }),
            rules_source: group.rules_source().map(rules_source),
        }),
    }
}

fn rules_source(source: &types::RulesSource) -> RulesSource {
    let target_type = |one: &types::TargetType| one.as_str().to_owned();
    let list = |list: &types::RulesSourceList| RulesSourceList {
        targets: list.targets().to_vec(),
        target_types: list.target_types().iter().map(target_type).collect(),
        generated_rules_type: list.generated_rules_type().as_str().to_owned(),
    };
    let header = |header: &types::Header| RuleHeader {
        protocol: header.protocol().as_str().to_owned(),
        source: header.source().to_owned(),
        source_port: header.source_port().to_owned(),
        direction: header.direction().as_str().to_owned(),
        destination: header.destination().to_owned(),
        destination_port: header.destination_port().to_owned(),
    };
    let option = |option: &types::RuleOption| RuleOption {
        keyword: option.keyword().to_owned(),
        settings: option.settings().to_vec(),
    };
    let rule = |rule: &types::StatefulRule| StatefulRule {
        action: rule.action().as_str().to_owned(),
        header: rule.header().map(header),
        rule_options: rule.rule_options().iter().map(option).collect(),
    };
    RulesSource {
        rules_string: owned(source.rules_string()),
        rules_source_list: source.rules_source_list().map(list),
        stateful_rules: source.stateful_rules().iter().map(rule).collect(),
    }
}
