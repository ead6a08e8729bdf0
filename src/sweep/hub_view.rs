//! What the hub shows of accounts that could not be read: their attachments, and what it has of its own for them.

use std::collections::BTreeMap;

use super::finding::{Finding, Remedy};
use super::id::Subject;
use super::{Look, Thing, rulebook};
use crate::graph::{Address, AnyRef};
use crate::kinds::{Field, Identity, KindName, Observed, Owner, Resource, Scope, Spec, State};
use crate::plan::{AttributeChange, differences};
use crate::values::Label;

/// What the hub shows of an account's attachment.
enum Shown {
    /// It is there, by its id.
    Attached(String),
    /// It is not there.
    Detached,
}

impl Look<'_> {
    /// Parts of accounts that could not be read, judged by what the hub shows of them.
    pub(super) fn seen_by_hub(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for name in self.sweeping.live.unreadable.keys() {
            let Some((address, shown)) = self.attachment_of(name) else { continue };
            match shown {
                Shown::Detached => findings.extend(self.missing_of_unread(address)),
                Shown::Attached(id) => findings.extend(self.parts_of_unread(name, address, &id)),
            }
        }
        findings
    }

    /// An account's attachment, as the gateway's owner sees it; none where that can't be told.
    fn attachment_of(&self, name: &Label) -> Option<(&Address, Shown)> {
        let (live, desired) = (self.sweeping.live, self.sweeping.desired);
        let hub = self.hub_account();
        if live.unknown(&hub, KindName::ForeignTransitGatewayAttachment).is_some() {
            return None;
        }
        let owner = Owner::Account(name.clone());
        let is_attachment = |wanted: &Resource| wanted.spec.kind() == KindName::TransitGatewayAttachment;
        let mut wanted = desired.iter().filter(|(_, wanted)| wanted.owner == owner && is_attachment(wanted));
        let (Some((address, _)), None) = (wanted.next(), wanted.next()) else { return None };
        let account = live.accounts.get(name)?;
        let of_account = live.resources.iter().filter_map(|one| match &one.observed.spec {
            Spec::ForeignTransitGatewayAttachment(view) if one.owner == hub && view.account == account.as_str() => {
                Some((view, &one.observed.state))
            }
            _ => None,
        });
        let views: Vec<_> = of_account.filter(|(_, state)| **state != State::Deleting).collect();
        match views.as_slice() {
            [] => Some((address, Shown::Detached)),
            [(view, _)] => Some((address, Shown::Attached(view.attachment.as_id()?.to_owned()))),
            _ => None,
        }
    }

    fn hub_account(&self) -> Owner {
        Owner::Account(self.sweeping.zone.transit_gateway.account.clone())
    }

    /// What the hub has of its own for an attachment of a known id.
    fn parts_of_unread(&self, name: &Label, attachment: &Address, id: &str) -> Vec<Finding> {
        let (live, hub) = (self.sweeping.live, self.hub_account());
        let mut ids: BTreeMap<&Address, &str> =
            self.identified.addresses.iter().map(|(id, one)| (one, id.as_str())).collect();
        ids.insert(attachment, id);
        let scope = Scope::Workload(name.clone());
        let mut findings = Vec::new();
        for (address, wanted) in self.sweeping.desired.iter().filter(|(_, one)| one.owner == hub && one.scope == scope)
        {
            let kind = wanted.spec.kind();
            if kind.identity() == Identity::Tag {
                continue;
            }
            let is_judged = self.identified.by_address.contains_key(address);
            if is_judged || !self.sweeping.plan.undecided.contains_key(address) || live.unknown(&hub, kind).is_some() {
                continue;
            }
            let Some(spec) = resolve(&wanted.spec, &ids) else { continue };
            let mut found: Option<(&Observed<Spec>, Vec<AttributeChange>)> = None;
            for there in live.resources.iter().filter(|one| one.owner == hub && one.observed.spec.kind() == kind) {
                let differing = differences(&spec, &there.observed.spec);
                if !differing.iter().any(|one| one.attribute.field().is_some_and(Field::is_key)) {
                    found = Some((&there.observed, differing));
                }
            }
            match found {
                None => findings.extend(self.missing_of_unread(address)),
                Some((_, differing)) if differing.is_empty() => {}
                Some((observed, differing)) => {
                    findings.push(self.of_unread(address, wanted, Some(observed), &differing));
                }
            }
        }
        findings
    }

    fn missing_of_unread(&self, address: &Address) -> Option<Finding> {
        let wanted = self.sweeping.desired.get(address)?;
        Some(self.of_unread(address, wanted, None, &[]))
    }

    fn of_unread(
        &self,
        address: &Address,
        wanted: &Resource,
        observed: Option<&Observed<Spec>>,
        attributes: &[AttributeChange],
    ) -> Finding {
        let kind = wanted.spec.kind();
        let names: Vec<&str> = attributes.iter().map(|one| one.attribute.name()).collect();
        let subject = Subject::Asked { kind: kind.as_str(), address: address.as_str(), attributes: &names };
        let (judgement, state) = match observed {
            None => (rulebook::missing(kind), "is missing".to_owned()),
            Some(_) => (rulebook::changed(kind, attributes), format!("differs in {}", names.join(", "))),
        };
        let scope = Some(wanted.scope.clone());
        let thing = Thing { scope, address: Some(address), kind: Some(kind), observed, attributes };
        let sentence = format!("{} {address} {state}, as the hub shows it", kind.as_str());
        let remedy = Remedy::Manual("see that the account can be read; then `lz sweep --repair` mends it".to_owned());
        self.finding(subject, judgement, &wanted.owner, thing, (sentence, remedy))
    }
}

/// A specification with ids for its addresses; none where one has no id.
fn resolve(spec: &Spec, ids: &BTreeMap<&Address, &str>) -> Option<Spec> {
    let resolved =
        spec.map_references(&mut |reference| Some(AnyRef::Id((*ids.get(reference.as_address()?)?).to_owned())));
    resolved.addresses().is_empty().then_some(resolved)
}
