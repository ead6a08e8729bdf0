//! What a rule group holds besides text: lz makes none of it, and must see what others make.

use std::collections::BTreeMap;

use aws_sdk_networkfirewall::types::{self, RuleGroup, RuleOrder, RuleVariables};

use crate::firewall::{DomainList, Rule, StatefulRule};

/// What a group holds besides its text, as lines of text: rules where they are rules, comments where they are settings.
/// The text of a group that lz made has no comments, so that each of them is a difference.
pub(super) fn lines(group: &RuleGroup) -> Vec<String> {
    let mut lines = Vec::new();
    let order = group.stateful_rule_options().and_then(|options| options.rule_order());
    match order.unwrap_or(&RuleOrder::DefaultActionOrder) {
        RuleOrder::StrictOrder => {}
        other => lines.push(format!("# rule order {}", other.as_str())),
    }
    lines.extend(group.rule_variables().map(variables).unwrap_or_default());
    if group.reference_sets().is_some_and(|sets| sets.ip_set_references().is_some_and(|sets| !sets.is_empty())) {
        lines.push("# references to sets of addresses".to_owned());
    }
    if let Some(source) = group.rules_source() {
        lines.extend(source.stateful_rules().iter().map(stateful_rule));
        lines.extend(source.rules_source_list().map(domain_list).unwrap_or_default());
    }
    lines
}

fn variables(variables: &RuleVariables) -> Vec<String> {
    let addresses = variables.ip_sets().into_iter().flatten().map(|(name, set)| (name, set.definition()));
    let ports = variables.port_sets().into_iter().flatten().map(|(name, set)| (name, set.definition()));
    let all: BTreeMap<&String, &[String]> = addresses.chain(ports).collect();
    all.into_iter().map(|(name, values)| format!("# ${name} = [{}]", values.join(", "))).collect()
}

/// A rule that AWS holds in parts; a comment where it lacks some.
fn stateful_rule(rule: &types::StatefulRule) -> String {
    let action = rule.action().as_str();
    let Some(header) = rule.header() else { return format!("# {} without a header", action.to_ascii_lowercase()) };
    let options = rule.rule_options().iter();
    let rule = StatefulRule {
        action: action.to_owned(),
        protocol: header.protocol().as_str().to_owned(),
        source: header.source().to_owned(),
        source_port: header.source_port().to_owned(),
        direction: header.direction().as_str().to_owned(),
        destination: header.destination().to_owned(),
        destination_port: header.destination_port().to_owned(),
        options: options.map(|option| (option.keyword().to_owned(), option.settings().to_vec())).collect(),
    };
    rule.to_string()
}

/// The rules that AWS makes of a list of domains; a comment where lz does not know them.
fn domain_list(list: &types::RulesSourceList) -> Vec<String> {
    let places = list.target_types().iter().map(types::TargetType::as_str);
    match DomainList::of_words(list.targets(), places, list.generated_rules_type().as_str()) {
        Ok(list) => list.rules().iter().map(Rule::to_string).collect(),
        Err(unknown) => vec![format!("# {unknown}")],
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_networkfirewall::types::{
        GeneratedRulesType, IpSet, RulesSource, RulesSourceList, StatefulRuleOptions, TargetType,
    };

    use super::*;

    #[test]
    fn a_group_of_lz_holds_nothing_else() {
        let options = StatefulRuleOptions::builder().rule_order(RuleOrder::StrictOrder).build();
        let source = RulesSource::builder().rules_string("pass ip any any -> any any (sid:1;)").build();
        let group = RuleGroup::builder().rules_source(source).stateful_rule_options(options).build();
        assert_eq!(lines(&group), Vec::<String>::new());
    }

    #[test]
    fn variables_and_domain_lists_are_seen() {
        let home = IpSet::builder().definition("10.0.0.0/8").build().unwrap();
        let list = RulesSourceList::builder()
            .targets(".example.com")
            .target_types(TargetType::TlsSni)
            .generated_rules_type(GeneratedRulesType::Allowlist)
            .build()
            .unwrap();
        let group = RuleGroup::builder()
            .rule_variables(RuleVariables::builder().ip_sets("HOME_NET", home).build())
            .rules_source(RulesSource::builder().rules_source_list(list).build())
            .build();
        assert_eq!(
            lines(&group),
            [
                "# rule order DEFAULT_ACTION_ORDER",
                "# $HOME_NET = [10.0.0.0/8]",
                "pass tls $HOME_NET any -> $EXTERNAL_NET any (ssl_state:client_hello; tls.sni; dotprefix; \
                 content:\".example.com\"; nocase; endswith; flow:established, to_server; sid:1;)",
                "drop tls $HOME_NET any -> $EXTERNAL_NET any (ssl_state:client_hello; flow:established, to_server; sid:2;)",
            ]
        );
    }
}
