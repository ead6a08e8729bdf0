//! What AWS takes along when something is deleted: the associations, propagations and routes that refer to it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::{Live, LiveResource};
use crate::graph::Address;
use crate::kinds::{Observed, Owner, Spec, Tagging};
use crate::plan::order::Step;
use crate::plan::{Action, Change, Plan, stranger_address};

/// Something that goes along, or leads nowhere afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    /// Its address; one made of its id where nobody asked for it.
    pub address: Address,
    /// The account it is in.
    pub owner: Owner,
    /// How it is before.
    pub observed: Observed<Spec>,
}

/// By the address of each deletion of a plan, what goes along and has no deletion of its own. A rollback makes it again with
/// what was deleted.
pub fn along(plan: &Plan, live: &Live) -> BTreeMap<Address, Vec<Along>> {
    // A duplicate is not recreated.
    let deletions =
        || plan.changes.values().filter(|change| change.action().deletes() && change.duplicate_of().is_none());
    let by_id: BTreeMap<&str, &Change> = deletions().filter_map(|change| Some((change.id()?, change))).collect();
    if by_id.is_empty() {
        return BTreeMap::new();
    }
    let going: BTreeSet<&str> =
        plan.changes.values().filter(|change| change.action().deletes()).filter_map(Change::id).collect();
    let of_changes = plan.changes.values().filter_map(|one| Some((one.id()?, &one.address)));
    let unchanged = plan.unchanged.iter().map(|(address, id)| (id.as_str(), address));
    let addresses: BTreeMap<&str, &Address> = unchanged.chain(of_changes).collect();
    let mut all: BTreeMap<Address, Vec<Along>> = BTreeMap::new();
    for there in live.resources.iter().filter(|there| is_relation(there)) {
        if going.contains(there.observed.id.as_str()) {
            continue;
        }
        let ids = there.observed.spec.ids();
        let Some(whole) = ids.iter().find_map(|id| by_id.get(id.as_str())) else { continue };
        let address = match addresses.get(there.observed.id.as_str()) {
            Some(address) => (*address).clone(),
            // Nobody asked for it, and it comes and goes with what it belongs to.
            None if !there.observed.spec.kind().deletable() => continue,
            None => stranger_address(there),
        };
        // What is changed at another time has a record of its own.
        let is_after = |one: &Change, whole: &Change| {
            plan.order.before(&Step::build(&one.address)).any(|first| *first == Step::build(&whole.address))
        };
        let change = plan.changes.get(&address);
        if change.is_some_and(|one| one.action() == Action::Update && !is_after(one, whole)) {
            continue;
        }
        let (owner, observed) = (there.owner.clone(), there.observed.clone());
        all.entry(whole.address.clone()).or_default().push(Along { address, owner, observed });
    }
    all
}

/// True for what hangs between two resources, and lz can make again.
fn is_relation(there: &LiveResource) -> bool {
    let kind = there.observed.spec.kind();
    kind.made() && kind.tagging() == Tagging::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Ref;
    use crate::kinds::{
        KindName, Scope, State, TransitGatewayAttachment, TransitGatewayAttachmentAcceptance,
        TransitGatewayPropagation, Vpc,
    };
    use crate::plan::{Reason, There, Transition};
    use crate::values::{Cidr, Label};

    fn live(id: &str, spec: Spec) -> LiveResource {
        let (aliases, tags, state) = (Vec::new(), BTreeMap::new(), State::Ready);
        let observed = Observed { id: id.to_owned(), aliases, tags, state, spec };
        LiveResource { owner: Owner::Management, observed }
    }

    fn propagation(attachment: &str, table: &str) -> LiveResource {
        let spec = TransitGatewayPropagation { attachment: Ref::id(attachment), route_table: Ref::id(table) };
        live(&format!("{table}|{attachment}"), spec.into())
    }

    fn attachment(id: &str) -> LiveResource {
        let spec = TransitGatewayAttachment {
            transit_gateway: Ref::id("tgw-1"),
            vpc: Ref::id("vpc-1"),
            subnets: BTreeSet::new(),
            appliance_mode: false,
            dns_support: true,
        };
        live(id, spec.into())
    }

    fn delete(name: &str, there: &LiveResource, duplicate_of: Option<Address>) -> Change {
        let there_now = There { observed: there.observed.clone(), identified_by: None };
        Change {
            address: Address::parse(name).unwrap(),
            owner: there.owner.clone(),
            scope: Scope::Hub,
            reason: Reason::NoLongerWanted,
            transition: Transition::Delete { there: there_now, attributes: Vec::new(), duplicate_of },
        }
    }

    #[test]
    fn what_refers_to_it_and_has_no_deletion_of_its_own_goes_along() {
        let gone = attachment("tgw-attach-1");
        let (known, deleted) = (propagation("tgw-attach-1", "rtb-1"), propagation("tgw-attach-1", "rtb-2"));
        // An attachment that AWS accepts by itself shows an acceptance that nobody asked for.
        let accepted = TransitGatewayAttachmentAcceptance { attachment: Ref::id("tgw-attach-1") };
        let accepted = live("tgw-attach-1-accepted", accepted.into());
        let (unknown, other) = (propagation("tgw-attach-1", "rtb-3"), propagation("tgw-attach-2", "rtb-1"));
        let vpc = live("vpc-1", Vpc { cidr: Cidr::EVERYWHERE, dns_support: true, dns_hostnames: true }.into());
        let mut plan = Plan::empty(Label::parse("demo").unwrap());
        for change in [delete("a/attachment", &gone, None), delete("a/deleted", &deleted, None)] {
            plan.changes.insert(change.address.clone(), change);
        }
        plan.unchanged.insert(Address::parse("a/known").unwrap(), known.observed.id.clone());
        let resources = vec![gone, known, deleted, accepted, unknown, other, vpc];
        let found = along(&plan, &Live { resources, ..Live::default() });
        let told: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|(address, all)| (address.as_str(), all.iter().map(|one| one.address.as_str()).collect()))
            .collect();
        let stranger = "management/unmanaged/transit-gateway-propagation/rtb-3-tgw-attach-1";
        assert_eq!(told, [("a/attachment", vec!["a/known", stranger])]);
        assert!(found.values().flatten().all(|one| one.observed.spec.kind() == KindName::TransitGatewayPropagation));

        let other = Address::parse("a/other").unwrap();
        let duplicate = delete("a/attachment", &attachment("tgw-attach-1"), Some(other));
        plan.changes.insert(duplicate.address.clone(), duplicate);
        let resources = vec![attachment("tgw-attach-1"), propagation("tgw-attach-1", "rtb-1")];
        assert!(along(&plan, &Live { resources, ..Live::default() }).is_empty(), "a duplicate is not recreated");
    }
}
