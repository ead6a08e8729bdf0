//! What a rule group holds besides text: lz makes none of it, and must see what others make.

use std::collections::BTreeMap;

use aws_sdk_networkfirewall::types::{
    GeneratedRulesType, RuleGroup, RuleOrder, RuleVariables, RulesSourceList, StatefulAction, StatefulRule,
    StatefulRuleDirection, TargetType,
};

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

/// A rule that AWS holds in parts.
fn stateful_rule(rule: &StatefulRule) -> String {
    let action = rule.action().as_str().to_ascii_lowercase();
    let options: Vec<String> = rule
        .rule_options()
        .iter()
        .map(|option| match option.settings() {
            [] => format!("{};", option.keyword()),
            settings => format!("{}:{};", option.keyword(), settings.join(",")),
        })
        .collect();
    let Some(header) = rule.header() else { return format!("# {action} ({})", options.join(" ")) };
    let direction = match header.direction() {
        StatefulRuleDirection::Any => "<>",
        _ => "->",
    };
    format!(
        "{action} {} {} {} {direction} {} {} ({})",
        header.protocol().as_str().to_ascii_lowercase(),
        header.source(),
        header.source_port(),
        header.destination(),
        header.destination_port(),
        options.join(" ")
    )
}

/// The rules that AWS makes of a list of domains (Network Firewall developer guide, "Stateful domain list rule groups"):
/// what matches is passed, dropped, rejected or told; what matches no list of allowed ones is dropped.
fn domain_list(list: &RulesSourceList) -> Vec<String> {
    let action = match list.generated_rules_type() {
        GeneratedRulesType::Allowlist => StatefulAction::Pass,
        GeneratedRulesType::Denylist => StatefulAction::Drop,
        GeneratedRulesType::Rejectlist => StatefulAction::Reject,
        GeneratedRulesType::Alertlist => StatefulAction::Alert,
        other => return vec![format!("# domain list {}", other.as_str())],
    };
    let mut rules = Vec::new();
    for target_type in list.target_types() {
        let (protocol, place) = match target_type {
            TargetType::TlsSni => ("tls", "tls.sni"),
            TargetType::HttpHost => ("http", "http.host"),
            other => {
                rules.push(format!("# domain list for {}", other.as_str()));
                continue;
            }
        };
        let flow = format!("{protocol} $HOME_NET any -> $EXTERNAL_NET any");
        for target in list.targets() {
            let word = action.as_str().to_ascii_lowercase();
            let matched = match target.strip_prefix('.') {
                Some(_) => format!("dotprefix; content:\"{target}\"; nocase; endswith;"),
                None => format!("content:\"{target}\"; startswith; nocase; endswith;"),
            };
            rules.push(format!(
                "{word} {flow} ({place}; {matched} flow:to_server, established; sid:{};)",
                rules.len() + 1
            ));
        }
        if action == StatefulAction::Pass {
            rules.push(format!("drop {flow} (flow:to_server, established; sid:{};)", rules.len() + 1));
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use aws_sdk_networkfirewall::types::{IpSet, RulesSource, StatefulRuleOptions};

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
                "pass tls $HOME_NET any -> $EXTERNAL_NET any (tls.sni; dotprefix; content:\".example.com\"; nocase; \
                 endswith; flow:to_server, established; sid:1;)",
                "drop tls $HOME_NET any -> $EXTERNAL_NET any (flow:to_server, established; sid:2;)",
            ]
        );
    }
}
