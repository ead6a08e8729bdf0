//! Network Firewall.

use std::collections::{BTreeMap, BTreeSet};

use super::super::documents::{self, VariableDefinition};
use super::{Assembly, UnusableAnswer};
use crate::firewall::{DomainList, Rule, RuleFault, RuleGroup, StatefulRule, parse, stateful_rules};
use crate::reach::network::{Firewall, ObjectId};
use crate::reach::words::PolicyWords;
use crate::values::{Cidr, ZoneId};

const FIREWALL: &str = "describe-firewall";
const POLICY: &str = "describe-firewall-policy";
const RULE_GROUP: &str = "describe-rule-group";

impl Assembly<'_> {
    /// The account's firewalls, with policies and rule groups, which may be another account's that shares them.
    pub(super) fn firewalls(&mut self) -> Result<(), UnusableAnswer> {
        let place = self.place;
        let listed: documents::Firewalls = place.answer("list-firewalls")?.unwrap_or_default();
        for name in listed.firewalls.iter().map(|one| &one.firewall_name) {
            if !place.answers.contains_key(&format!("{FIREWALL}.{name}")) {
                self.network.caveats.insert(format!("the firewall {name} is not recorded: what it does is not known"));
            }
        }
        let groups = self.rule_groups()?;
        let policies = place.answers::<documents::FirewallPolicyDescription>(POLICY)?;
        for (name, description) in place.answers::<documents::FirewallDescription>(FIREWALL)? {
            let Some(firewall) = description.firewall else { continue };
            let endpoints = self.endpoints(description.firewall_status.unwrap_or_default());
            let is_its = |policy: &documents::FirewallPolicyDescription| {
                let response = policy.firewall_policy_response.as_ref();
                response.is_some_and(|one| one.firewall_policy_arn == firewall.firewall_policy_arn)
            };
            let policy = policies.iter().find(|(_, policy)| is_its(policy));
            let Some((file, Some(policy))) = policy.map(|(name, policy)| (name, policy.firewall_policy.as_ref()))
            else {
                let arn = &firewall.firewall_policy_arn;
                self.network.caveats.insert(format!("the policy {arn} of the firewall {name} is not recorded"));
                continue;
            };
            let vpc = ObjectId::from(firewall.vpc_id.as_str());
            let command = format!("{POLICY}.{file}");
            let policy = self.policy(&command, policy, &groups, &vpc)?;
            let id = ObjectId::from(firewall.firewall_arn.as_str());
            // AWS makes the endpoints and nobody can tag them.
            for (zone, endpoint) in &endpoints {
                self.network.names.insert(endpoint.clone(), format!("{} in {zone}", firewall.firewall_name));
            }
            self.network.names.insert(id.clone(), firewall.firewall_name);
            self.network.firewalls.insert(id.clone(), Firewall { id, vpc, endpoints, policy });
        }
        Ok(())
    }

    /// The endpoints by the zones of their subnets: a zone's name means another place in every account.
    fn endpoints(&self, status: documents::FirewallStatus) -> BTreeMap<ZoneId, ObjectId> {
        let attachments = status.sync_states.into_values().filter_map(|state| state.attachment);
        let endpoint = |attachment: documents::FirewallAttachment| {
            let subnet = self.network.subnets.get(&attachment.subnet_id?.as_str().into())?;
            Some((subnet.zone.clone(), attachment.endpoint_id?.as_str().into()))
        };
        attachments.filter_map(endpoint).collect()
    }

    fn policy(
        &mut self,
        command: &str,
        policy: &documents::FirewallPolicy,
        groups: &BTreeMap<String, RuleGroup>,
        vpc: &ObjectId,
    ) -> Result<crate::firewall::Policy, UnusableAnswer> {
        let mut references: Vec<&documents::RuleGroupReference> =
            policy.stateful_rule_group_references.iter().collect();
        references.sort_by_key(|reference| reference.priority);
        let mut in_order = Vec::new();
        for reference in references {
            match groups.get(&reference.resource_arn) {
                Some(group) => in_order.push(group.clone()),
                None => {
                    let caveat = format!("the rule group {} is not recorded", reference.resource_arn);
                    self.network.caveats.insert(caveat);
                }
            }
        }
        let variables = policy.policy_variables.as_ref().map(|variables| &variables.rule_variables);
        let variables = self.address_variables(command, variables)?;
        let ranges = self.network.vpcs.get(vpc).map(|vpc| vpc.ranges.clone()).unwrap_or_default();
        let order = policy.stateful_engine_options.as_ref().and_then(|options| options.rule_order.as_deref());
        let words = PolicyWords {
            stateless: words(&policy.stateless_default_actions),
            fragments: words(&policy.stateless_fragment_default_actions),
            has_stateless_groups: !policy.stateless_rule_group_references.is_empty(),
            stateful: words(&policy.stateful_default_actions),
            order: order.unwrap_or_default(),
        };
        Ok(words.policy(in_order, variables, &ranges))
    }

    /// Address variables; one that is no list of IPv4 ranges (a port, an IPv6 range) is left out.
    fn address_variables(
        &self,
        command: &str,
        variables: Option<&BTreeMap<String, VariableDefinition>>,
    ) -> Result<BTreeMap<String, BTreeSet<Cidr>>, UnusableAnswer> {
        let mut all = BTreeMap::new();
        for (name, variable) in variables.into_iter().flatten() {
            let mut ranges = BTreeSet::new();
            for range in variable.definition.iter().filter(|range| !range.contains(':')) {
                let with_length = if range.contains('/') { range.clone() } else { format!("{range}/32") };
                ranges.insert(self.value(command, &with_length)?);
            }
            all.insert(name.clone(), ranges);
        }
        Ok(all)
    }

    /// Stateful rule groups by ARN.
    fn rule_groups(&mut self) -> Result<BTreeMap<String, RuleGroup>, UnusableAnswer> {
        let place = self.place;
        let mut all = BTreeMap::new();
        for (name, description) in place.answers::<documents::RuleGroupDescription>(RULE_GROUP)? {
            let (Some(response), Some(group)) = (description.rule_group_response, description.rule_group) else {
                continue;
            };
            if response.group_type.as_deref() == Some("STATELESS") {
                continue;
            }
            let command = format!("{RULE_GROUP}.{name}");
            let sets = group.rule_variables.as_ref().map(|variables| &variables.ip_sets);
            let address_variables = self.address_variables(&command, sets)?;
            let rules = self.rules(&command, &group.rules_source.unwrap_or_default())?;
            let group = RuleGroup { name: response.rule_group_name, rules, address_variables };
            all.insert(response.rule_group_arn, group);
        }
        Ok(all)
    }

    fn rules(&self, command: &str, source: &documents::RulesSource) -> Result<Vec<Rule>, UnusableAnswer> {
        let unreadable = |faults: Vec<RuleFault>| {
            let faults: Vec<String> =
                faults.iter().map(|fault| format!("line {}: {}", fault.line, fault.message)).collect();
            self.place.unusable(command, format!("rules that lz can't read: {}", faults.join("; ")))
        };
        let mut rules = parse(source.rules_string.as_deref().unwrap_or_default()).map_err(unreadable)?;
        if let Some(list) = &source.rules_source_list {
            let types = list.target_types.iter().map(String::as_str);
            let list = DomainList::of_words(&list.targets, types, &list.generated_rules_type);
            rules.extend(list.map_err(|unknown| self.place.unusable(command, unknown))?.rules());
        }
        let given: Vec<StatefulRule> = source.stateful_rules.iter().filter_map(five_fields).collect();
        rules.extend(stateful_rules(&given).map_err(unreadable)?);
        Ok(rules)
    }
}

fn words(words: &[String]) -> BTreeSet<&str> {
    words.iter().map(String::as_str).collect()
}

/// A rule given as five fields, where it has them.
fn five_fields(rule: &documents::StatefulRule) -> Option<StatefulRule> {
    let header = rule.header.clone()?;
    Some(StatefulRule {
        action: rule.action.clone(),
        protocol: header.protocol,
        source: header.source,
        source_port: header.source_port,
        direction: header.direction,
        destination: header.destination,
        destination_port: header.destination_port,
        options: rule.rule_options.iter().map(|option| (option.keyword.clone(), option.settings.clone())).collect(),
    })
}
