//! The firewall's rule files: found, read, and judged together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::diagnostic::{Fault, Origin, SourceText};
use crate::config::findings::Findings;
use crate::config::firewall_table::FirewallSpec;
use crate::config::read::Sourced;
use crate::config::spelling;
use crate::config::zone_file::duplicates;
use crate::firewall::{self as lint, RuleFault, normalise, parse};
use crate::values::{Cidr, Label};
use crate::zone::RuleFile;
use crate::zone::firewall::FIRST_WORKLOAD_SID;

/// The files of rules, by name without `.rules`.
pub(super) type RuleTexts = BTreeMap<Label, Arc<SourceText>>;

/// Reports what is wrong with the syntax of any file, whether or not a firewall names it.
pub(super) fn check_syntax(texts: &RuleTexts, findings: &Findings) {
    for text in texts.values() {
        for fault in parse(&text.text).err().unwrap_or_default() {
            findings.refuse(syntax_fault(text, &fault));
        }
    }
}

fn syntax_fault(text: &Arc<SourceText>, fault: &RuleFault) -> Fault {
    let hint = fault.hint.as_deref().unwrap_or("see the Suricata user guide, \"Rules Format\"");
    place(text, fault.line).error(fault.message.clone(), hint)
}

/// The files that a firewall names, the first to decide first; none where any is at fault.
pub(super) fn read(
    spec: &FirewallSpec,
    home_net: Option<&BTreeSet<Cidr>>,
    texts: &RuleTexts,
    findings: &Findings,
) -> Option<Vec<RuleFile>> {
    let names = spec.rules.as_ref().ok()?;
    duplicates(names, "file of rules", findings);
    let found: Vec<_> = names.iter().map(|name| find(name, texts, findings)).collect();
    let found: Vec<_> = found.into_iter().collect::<Option<_>>()?;
    // What could not be read was reported with the file.
    let read = found.into_iter().map(|(name, text)| Some((name, text, parse(&text.text).ok()?)));
    let read: Vec<_> = read.collect::<Option<_>>()?;
    let capacity = spec.rule_capacity.as_ref().ok().and_then(|capacity| usize::try_from(capacity.value).ok());
    let files: Vec<lint::RuleFile<'_>> =
        read.iter().map(|(_, text, rules)| lint::RuleFile { name: &text.name, rules, capacity }).collect();
    for fault in lint::lint(&files, &context(home_net?)) {
        if let Some((_, text, _)) = read.iter().find(|(_, text, _)| text.name == fault.file) {
            findings.refuse(place(text, fault.line).error(fault.message, fault.hint));
        }
    }
    let file = |(name, text, _): (Label, &Arc<SourceText>, _)| RuleFile {
        name,
        rules: normalise(&text.text).trim_end().to_owned(),
    };
    Some(read.into_iter().map(file).collect())
}

fn context(home_net: &BTreeSet<Cidr>) -> lint::LintContext {
    lint::LintContext {
        address_variables: BTreeMap::from([("HOME_NET".to_owned(), home_net.clone())]),
        reserved_sids: Some(FIRST_WORKLOAD_SID..=u32::MAX),
    }
}

fn find<'a>(name: &Sourced<String>, texts: &'a RuleTexts, findings: &Findings) -> Option<(Label, &'a Arc<SourceText>)> {
    let stem = name.value.strip_suffix(".rules").and_then(|stem| Label::parse(stem).ok());
    if let Some((label, text)) = stem.as_ref().and_then(|stem| texts.get_key_value(stem)) {
        return Some((label.clone(), text));
    }
    let known: Vec<String> = texts.keys().map(|label| format!("{label}.rules")).collect();
    let hint = spelling::suggestion(&name.value, &known, &format!("write blueprints/{}", name.value));
    findings.refuse(name.origin.error(format!("there is no file of rules `{}`", name.value), hint));
    None
}

/// A line of a file; lines count from 1.
fn place(text: &Arc<SourceText>, line: usize) -> Origin {
    let start = text.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    let length = text.text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    Origin { source: Arc::clone(text), span: start..start + length, key: String::new() }
}
