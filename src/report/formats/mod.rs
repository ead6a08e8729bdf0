//! What a sweep has found, in the formats of other programs.
//!
//! What AWS or people have named can hold anything. It is made [visible](escape) before it is put in, and then escaped as
//! the format asks for it: a line break of a tag is no line of a message.
//!
//! Every format is a pure function of a [`Sweep`]; which file or stream it goes to is decided by the command line.

mod asff;
mod junit;
mod prometheus;
mod sarif;
#[cfg(test)]
pub(in crate::report) mod testing;

use std::time::SystemTime;

use jiff::Timestamp;

pub use asff::asff;
pub use junit::junit;
pub use prometheus::prometheus;
pub use sarif::sarif;

use crate::sweep::{Control, Finding, Remedy, Standard, Sweep};
use crate::text::escape;

/// What a finding is about, as short as can be: its address, what breaks an invariant, AWS's id, or else the account.
fn subject(finding: &Finding) -> String {
    let address = finding.address.as_ref().map(ToString::to_string);
    let at = finding.violation.as_ref().and_then(|violation| violation.at.as_ref()).map(ToString::to_string);
    let subject = address.or(at).or_else(|| finding.aws_id.clone()).unwrap_or_else(|| finding.owner.to_string());
    escape(&subject).into_owned()
}

/// What was found, in a sentence.
fn sentence(finding: &Finding) -> String {
    escape(&finding.sentence).into_owned()
}

/// What a finding is an example of, such as `changed/route-table` or `violated/egress-inspected`: the same for all findings
/// of one sort.
fn rule(finding: &Finding) -> String {
    let class = finding.class.as_str();
    match (&finding.violation, finding.kind) {
        (Some(violation), _) => format!("{class}/{}", violation.invariant),
        (None, Some(kind)) => format!("{class}/{}", kind.as_str()),
        (None, None) => class.to_owned(),
    }
}

/// All that there is to say of a finding besides its sentence, a line each.
fn details(finding: &Finding) -> Vec<String> {
    lines(finding).iter().map(|line| escape(line).into_owned()).collect()
}

fn lines(finding: &Finding) -> Vec<String> {
    let attributes = finding.attributes.iter();
    let mut lines: Vec<String> =
        attributes.map(|one| format!("{}: expected {}, is {}", one.attribute, one.to, one.from)).collect();
    if let Some(violation) = &finding.violation {
        lines.push(format!("invariant: {}", violation.invariant));
        lines.extend(violation.witness.as_ref().map(|witness| format!("packet that shows it: {witness}")));
    }
    lines.extend(finding.by.as_ref().map(|author| format!("done by: {author}")));
    lines.push(format!("to do: {}", to_do(&finding.remedy)));
    let account = finding.account.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    lines.push(format!("account: {}{account}", finding.owner));
    lines.extend(finding.address.as_ref().map(|address| format!("address: {address}")));
    lines.extend(finding.aws_id.as_ref().map(|id| format!("AWS id: {id}")));
    lines.extend(finding.console.as_ref().map(|link| format!("console: {link}")));
    if !finding.controls.is_empty() {
        let controls: Vec<String> = finding.controls.iter().map(requirement).collect();
        lines.push(format!("controls: {}", controls.join(", ")));
    }
    lines
}

fn to_do(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Command(text) | Remedy::Manual(text) => escape(text).into_owned(),
    }
}

/// A control as Security Hub names the requirements that a control is related to, such as `NIST.800-53.r5 SC-7` (AWS
/// Security Hub user guide, "NIST SP 800-53 Revision 5 in Security Hub").
fn requirement(control: &Control) -> String {
    match control.standard {
        Standard::Nist80053 => format!("NIST.800-53.r5 {}", control.id),
        standard => format!("{} {}", standard.as_str(), control.id),
    }
}

/// What was found, and what is suppressed with the reason for it.
fn all(sweep: &Sweep) -> impl Iterator<Item = (&Finding, Option<&str>)> {
    let suppressed = sweep.suppressed.iter().map(|(finding, reason)| (finding, Some(reason.as_str())));
    sweep.findings.iter().map(|finding| (finding, None)).chain(suppressed)
}

/// A moment as `2026-11-22T08:00:00Z`.
fn rfc3339(moment: SystemTime) -> String {
    // A moment that no calendar reaches is one that a machine's clock was set to in error: the epoch's says so best.
    let moment = Timestamp::try_from(moment).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
