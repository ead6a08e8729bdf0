//! What is wrong with rules that read well: two of one sid, rules that never decide anything, too many of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::flow::{FlowBox, FlowSet};
use super::resolve::{ResolvedRule, STREAM_WORDS, Step, Variables, variables};
use super::{Action, Condition, Rule, RuleProtocol};
use crate::values::Cidr;

/// How many stateful rules a policy may have (Network Firewall guide, "Quotas").
const MOST_RULES: usize = 30_000;

/// A file of rules: a rule group. Files stand in the order in which the policy asks them.
#[derive(Debug, Clone, Copy)]
pub struct RuleFile<'rules> {
    /// The file's path, as people know it.
    pub name: &'rules str,
    /// Its rules.
    pub rules: &'rules [Rule],
    /// The capacity that is reserved for its group, in rules; none where it is not known.
    pub capacity: Option<usize>,
}

/// What the rules are for.
#[derive(Debug, Clone, Default)]
pub struct LintContext {
    /// The policy's address variables.
    pub address_variables: BTreeMap<String, BTreeSet<Cidr>>,
    /// The sids that files may not use, where there are any.
    pub reserved_sids: Option<RangeInclusive<u32>>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct LintFault {
    /// The file.
    pub file: String,
    /// The line that the rule begins on, from 1; 1 too where the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Everything that is wrong with the rules of a policy in strict order.
#[must_use]
pub fn lint(files: &[RuleFile<'_>], context: &LintContext) -> Vec<LintFault> {
    let mut faults = sids(files, context);
    faults.extend(capacities(files));
    let variables = variables(&context.address_variables);
    faults.extend(never_asked(&resolved(files, &variables)));
    faults
}

fn fault(file: &str, line: usize, message: String, hint: impl Into<String>) -> LintFault {
    LintFault { file: file.to_owned(), line, message, hint: hint.into() }
}

fn sids(files: &[RuleFile<'_>], context: &LintContext) -> Vec<LintFault> {
    let mut seen: BTreeMap<u32, (&str, usize)> = BTreeMap::new();
    let mut faults = Vec::new();
    for (file, rule) in files.iter().flat_map(|file| file.rules.iter().map(|rule| (file.name, rule))) {
        if let Some(reserved) = context.reserved_sids.as_ref().filter(|reserved| reserved.contains(&rule.sid)) {
            let message = format!("sid {} is among those that are kept for workloads' rules", rule.sid);
            let hint = format!("take one outside of {} to {}", reserved.start(), reserved.end());
            faults.push(fault(file, rule.line, message, hint));
        }
        match seen.get(&rule.sid) {
            Some((other, line)) => {
                let message = format!("sid {} is taken by {other}:{line}", rule.sid);
                faults.push(fault(file, rule.line, message, "a sid is unique over all files of a policy"));
            }
            None => drop(seen.insert(rule.sid, (file, rule.line))),
        }
    }
    faults
}

fn capacities(files: &[RuleFile<'_>]) -> Vec<LintFault> {
    let over = |file: &RuleFile<'_>| {
        let capacity = file.capacity.filter(|capacity| *capacity < file.rules.len())?;
        let message = format!("{} rules are more than the capacity of {capacity}", file.rules.len());
        Some(fault(file.name, 1, message, "raise the capacity; AWS then needs a new rule group in place of this one"))
    };
    let mut faults: Vec<LintFault> = files.iter().filter_map(over).collect();
    let total: usize = files.iter().map(|file| file.rules.len()).sum();
    if let Some(last) = files.last().filter(|_| total > MOST_RULES) {
        let message = format!("the policy has {total} rules; AWS allows {MOST_RULES}");
        faults.push(fault(last.name, 1, message, "drop some, or ask AWS for more"));
    }
    faults
}

fn resolved<'rules>(files: &[RuleFile<'rules>], variables: &Variables) -> Vec<ResolvedRule<'rules>> {
    let rules = files.iter().flat_map(|file| file.rules.iter().map(|rule| (file.name, rule)));
    rules.map(|(file, rule)| ResolvedRule::new(file, rule, variables)).collect()
}

/// Rules that never decide, or never write a log line: their header is for nothing, or others decide first.
fn never_asked(rules: &[ResolvedRule<'_>]) -> Vec<LintFault> {
    let mut faults = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let matching: Vec<Step> = Step::ALL.into_iter().filter(|step| !rule.flows(*step).is_empty()).collect();
        if matching.is_empty() {
            let message = format!("the rule with sid {} matches nothing", rule.rule.sid);
            faults.push(fault(
                rule.group,
                rule.rule.line,
                message,
                "its addresses, ports and direction exclude each other",
            ));
            continue;
        }
        let mut by: Vec<&ResolvedRule<'_>> = Vec::new();
        if matching.iter().all(|step| decided_before(rules, place, *step, &mut by)) {
            let names: Vec<String> = by
                .iter()
                .map(|other| format!("sid {} ({}:{})", other.rule.sid, other.group, other.rule.line))
                .collect();
            let message =
                format!("the rule with sid {} is never asked: {} decides first", rule.rule.sid, names.join(", "));
            let later = by.iter().any(|other| rules[place..].iter().any(|after| std::ptr::eq(after, *other)));
            let hint = if later {
                "a connection's first packets are decided before what it speaks is seen, in whatever order the rules stand"
            } else {
                "move it before them, narrow them, or drop it"
            };
            faults.push(fault(rule.group, rule.rule.line, message, hint));
        }
    }
    faults
}

/// True where other rules decide all flows that a rule is for before it is asked at a step; `by` gets those rules.
fn decided_before<'all, 'rules>(
    rules: &'all [ResolvedRule<'rules>],
    place: usize,
    step: Step,
    by: &mut Vec<&'all ResolvedRule<'rules>>,
) -> bool {
    let rule = &rules[place];
    let mut left: FlowSet = rule.flows(step).iter().cloned().collect();
    let earlier_steps =
        Step::ALL.into_iter().take_while(|one| *one < step).flat_map(|one| rules.iter().map(move |other| (one, other)));
    let same_step = rules[..place].iter().map(|other| (step, other));
    for (at, other) in earlier_steps.chain(same_step) {
        if left.is_empty() {
            return true;
        }
        let cuts: Vec<&FlowBox> = other.flows(at).iter().filter(|one| left.overlaps(one)).collect();
        if cuts.is_empty() || std::ptr::eq(other, rule) || !decides_whatever(other, rule) {
            continue;
        }
        cuts.into_iter().for_each(|cut| left.remove(cut));
        if !by.iter().any(|known| std::ptr::eq(*known, other)) {
            by.push(other);
        }
    }
    left.is_empty()
}

/// True where a rule surely decides each flow of its header that another one would match.
fn decides_whatever(one: &ResolvedRule<'_>, other: &ResolvedRule<'_>) -> bool {
    let decides = one.rule.action != Action::Alert && !one.passes_packets_only() && one.is_known();
    let protocol = match &one.rule.protocol {
        RuleProtocol::Ip | RuleProtocol::Tcp | RuleProtocol::Udp | RuleProtocol::Icmp => true,
        special => *special == other.rule.protocol,
    };
    let implied = |wanted: &Condition| {
        match wanted {
        // Which packets a rule is for by their direction and state, its steps say; how packets are put together, nothing.
        Condition::Flow(words) => words.iter().filter(|word| STREAM_WORDS.contains(&word.as_str())).all(|word| {
            let same = |given: &Condition| matches!(given, Condition::Flow(words) if words.contains(word));
            other.rule.conditions.iter().any(same)
        }),
        Condition::TlsClientHello => other.rule.protocol == RuleProtocol::Tls,
        Condition::Domain { place, pattern } => other.rule.conditions.iter().any(|given| {
            matches!(given, Condition::Domain { place: at, pattern: narrower } if at == place && pattern.covers(narrower))
        }),
        // Parts of conditions that lz can't judge may hang together: only the same in the same order are the same.
        Condition::Other(_) => unknown(other.rule) == unknown(one.rule),
    }
    };
    decides && protocol && one.rule.conditions.iter().all(implied)
}

fn unknown(rule: &Rule) -> Vec<&Condition> {
    rule.conditions.iter().filter(|condition| matches!(condition, Condition::Other(_))).collect()
}
