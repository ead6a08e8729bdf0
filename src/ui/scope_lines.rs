//! What the scopes of a run are doing, as lines of text.

use std::collections::BTreeMap;

use crate::apply::Event;
use crate::graph::Address;
use crate::kinds::Scope;
use crate::plan::Plan;

/// The widest that the column of scopes gets.
const WIDEST_SCOPE: usize = 24;

/// What the scopes of a run are doing.
#[derive(Debug)]
pub(super) struct ScopeLines {
    scopes: BTreeMap<Scope, Progressing>,
    width: usize,
    verifying: bool,
}

#[derive(Debug, Default)]
struct Progressing {
    changes: usize,
    done: usize,
    failed: bool,
    ended: bool,
    /// What is under way, with AWS's word for its state.
    under_way: BTreeMap<Address, String>,
    /// The one that was told of last.
    latest: Option<Address>,
}

impl ScopeLines {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut scopes: BTreeMap<Scope, Progressing> = BTreeMap::new();
        for change in plan.changes.values() {
            scopes.entry(change.scope.clone()).or_default().changes += 1;
        }
        let width = scopes.keys().map(|scope| scope.to_string().len()).max().unwrap_or_default().min(WIDEST_SCOPE);
        Self { scopes, width, verifying: false }
    }

    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::Started { address, scope, action, .. } => self.goes_on(scope, address, action.as_str()),
            Event::Waiting { address, scope, state } => self.goes_on(scope, address, state),
            Event::Recreated { address, scope, .. } => self.goes_on(scope, address, "recreated"),
            Event::Done { address, scope, .. } => {
                let scope = self.scopes.entry(scope.clone()).or_default();
                scope.under_way.remove(address);
                scope.done += 1;
            }
            Event::Failed { address, scope, .. } => {
                let scope = self.scopes.entry(scope.clone()).or_default();
                scope.under_way.remove(address);
                scope.failed = true;
            }
            Event::RollingBack { scopes } => {
                self.verifying = false;
                for scope in scopes {
                    self.scopes.entry(scope.clone()).or_default().ended = false;
                }
            }
            Event::Verifying => self.verifying = true,
            Event::ScopeEnded { scope, complete } => {
                let scope = self.scopes.entry(scope.clone()).or_default();
                scope.ended = true;
                scope.failed |= !complete;
            }
        }
    }

    fn goes_on(&mut self, scope: &Scope, address: &Address, state: &str) {
        let scope = self.scopes.entry(scope.clone()).or_default();
        scope.under_way.insert(address.clone(), state.to_owned());
        scope.latest = Some(address.clone());
    }

    /// A line for each scope that something is under way in, up to a number of them.
    pub(super) fn under_way(&self, rows: usize) -> Vec<String> {
        self.busy().take(rows).map(|(scope, progressing)| progressing.line(scope, self.width)).collect()
    }

    /// A line that sums it up, and says how many scopes are under way besides those that have a row.
    pub(super) fn sum(&self, rows: usize) -> String {
        if self.verifying {
            return "looking at everything again".to_owned();
        }
        let count = |of: fn(&Progressing) -> usize| self.scopes.values().map(of).sum::<usize>();
        let mut sum = format!(
            "{} of {} changes, {} of {} scopes done",
            count(|scope| scope.done),
            count(|scope| scope.changes),
            count(|scope| usize::from(scope.ended && !scope.failed)),
            self.scopes.len(),
        );
        let failed = count(|scope| usize::from(scope.failed));
        if failed > 0 {
            sum.push_str(&format!(", {failed} failed"));
        }
        let hidden = self.busy().count().saturating_sub(rows);
        if hidden > 0 {
            sum.push_str(&format!(", {hidden} more under way"));
        }
        sum
    }

    fn busy(&self) -> impl Iterator<Item = (&Scope, &Progressing)> {
        self.scopes.iter().filter(|(_, progressing)| !progressing.ended && !progressing.under_way.is_empty())
    }
}

impl Progressing {
    fn line(&self, scope: &Scope, width: usize) -> String {
        let scope = scope.to_string();
        let latest = self.latest.as_ref().and_then(|address| self.under_way.get_key_value(address));
        let Some((address, state)) = latest.or_else(|| self.under_way.first_key_value()) else {
            return scope;
        };
        // The column before it says it already.
        let address = address.as_str().strip_prefix(&format!("{scope}/")).unwrap_or(address.as_str());
        let others = match self.under_way.len() - 1 {
            0 => String::new(),
            others => format!(" (+{others})"),
        };
        format!("{scope:<width$} {:>5}/{:<5} {address}: {state}{others}", self.done, self.changes)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::kinds::KindName;
    use crate::plan::Action;
    use crate::values::Label;

    fn started(scope: &Scope, address: &str) -> Event {
        let address = Address::parse(address).unwrap();
        Event::Started { address, kind: KindName::Vpc, scope: scope.clone(), action: Action::Create }
    }

    #[test]
    fn a_line_tells_what_was_told_last_and_how_much_else_is_under_way() {
        let empty = Plan::empty(Label::parse("acme").unwrap());
        let mut lines = ScopeLines::new(&empty);
        let scope = Scope::Workload(Label::parse("payments").unwrap());
        lines.note(&started(&scope, "payments/container/vpc"));
        lines.note(&started(&scope, "networking/tables/self"));
        let address = Address::parse("payments/container/vpc").unwrap();
        lines.note(&Event::Waiting { address: address.clone(), scope: scope.clone(), state: "pending".to_owned() });
        assert_eq!(lines.under_way(9), ["payments     0/0     container/vpc: pending (+1)"]);
        lines.note(&Event::Done { address, scope, action: Action::Create, took: Duration::ZERO });
        assert_eq!(lines.under_way(9), ["payments     1/0     networking/tables/self: create"]);
        assert_eq!(lines.under_way(0), [""; 0]);
        assert_eq!(lines.sum(0), "1 of 0 changes, 0 of 1 scopes done, 1 more under way");
    }
}
