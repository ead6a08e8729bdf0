//! Two resources with one address, and parts of plans.

use std::collections::{BTreeMap, BTreeSet};

use super::super::order::Step;
use super::super::*;
use crate::blueprint::expand;
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef};
use crate::kinds::{
    Desired, Failure, Identity, KindName, Observed, Occupant, OrganizationIds, Scope, Spec, State, TAG_ADDRESS,
    TAG_RUN, TAG_ZONE, Tagging,
};
use crate::values::AccountId;
use crate::zone::Zone;
use crate::zone::sample::{Topology, sample};

/// A zone and what AWS shows of it.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) zone: Zone,
    pub(super) desired: Desired,
    pub(super) live: Live,
    pub(super) evidence: Evidence,
    pub(super) strangers: Strangers,
    pub(super) authority: Authority,
}

/// The run that has made everything, and has not ended.
const RUN: &str = "20260101T000000Z-000001";

impl Scene {
    /// Everything is there as it is wanted; ids are made of addresses.
    pub(super) fn built() -> Self {
        let zone = sample(Topology::Segmented, 2, 1);
        let desired = expand(&zone).unwrap();
        let mut scene = Self {
            zone,
            desired,
            live: Live::default(),
            evidence: Evidence { unfinished_runs: BTreeSet::from([RUN.to_owned()]), ..Evidence::default() },
            strangers: Strangers::Kept,
            authority: Authority::Files,
        };
        let accounts = scene.zone.accounts.keys().zip(1_u64..);
        let account_id = |id: u64| AccountId::parse(&format!("{id:012}")).unwrap();
        scene.live.accounts = accounts.map(|(name, id)| (name.clone(), account_id(id))).collect();
        scene.live.organization = Some(OrganizationIds {
            organization: "o-1".to_owned(),
            root: "r-1".to_owned(),
            management_account: account_id(999),
        });
        for (address, resource) in &scene.desired {
            let spec = resource.spec.map_references(&mut |reference| match reference {
                AnyRef::Address(address) => Some(AnyRef::Id(id(address.as_str()))),
                AnyRef::Id(_) => None,
            });
            let observed = Observed {
                id: id(address.as_str()),
                aliases: Vec::new(),
                tags: match resource.spec.kind().tagging() {
                    Tagging::None => BTreeMap::new(),
                    _ => {
                        let run = (TAG_RUN.to_owned(), RUN.to_owned());
                        scene.intent().tags_of(address).into_iter().chain([run]).collect()
                    }
                },
                state: State::Ready,
                spec,
            };
            scene.live.resources.push(LiveResource { owner: resource.owner.clone(), observed });
        }
        scene
    }

    fn intent(&self) -> Intent<'_> {
        Intent {
            zone: &self.zone.name,
            networking: &self.zone.transit_gateway.account,
            tags: &self.zone.tags,
            desired: &self.desired,
            strangers: self.strangers,
            evidence: &self.evidence,
            authority: self.authority,
        }
    }

    pub(super) fn plan(&self) -> Plan {
        plan(&self.intent(), &self.live).unwrap()
    }

    pub(super) fn live(&mut self, id: &str) -> &mut LiveResource {
        self.live.resources.iter_mut().find(|one| one.observed.id == id).unwrap_or_else(|| panic!("no {id}"))
    }

    /// Adds a copy of what has an address, under another id, that refers to other ids.
    pub(super) fn add(&mut self, address: &str, new: &str, references: &[(&str, &str)]) {
        let mut copy = self.live(&id(address)).clone();
        let references: BTreeMap<String, &str> = references.iter().map(|(from, to)| (id(from), *to)).collect();
        copy.observed.spec = copy.observed.spec.map_references(&mut |reference| match reference {
            AnyRef::Id(id) => references.get(id).map(|to| AnyRef::Id((*to).to_owned())),
            AnyRef::Address(_) => None,
        });
        copy.observed.id = new.to_owned();
        self.live.resources.push(copy);
    }

    fn remove(&mut self, gone: impl Fn(&str) -> bool) {
        self.live.resources.retain(|one| !gone(&one.observed.id));
    }
}

pub(super) fn id(address: &str) -> String {
    format!("id-{}", address.replace('/', "."))
}

/// The ids that are deleted as duplicates.
fn deduplicated(plan: &Plan) -> BTreeSet<&str> {
    let deduplicating = plan.changes.values().filter(|change| change.duplicate_of().is_some());
    deduplicating.filter_map(Change::id).collect()
}

/// The other changes: action and address.
fn others(plan: &Plan) -> Vec<String> {
    let others = plan.changes.values().filter(|change| change.duplicate_of().is_none());
    others.map(|change| format!("{} {}", change.action().as_str(), change.address)).collect()
}

const VPC: &str = "networking/egress/vpc";
const SUBNET: &str = "networking/egress/public/az1/subnet";

#[test]
fn what_is_built_needs_no_change() {
    let plan = Scene::built().plan();
    assert_eq!((others(&plan), deduplicated(&plan)), (Vec::new(), BTreeSet::new()));
}

#[test]
fn the_one_that_others_refer_to_is_kept_whatever_its_id() {
    for second in ["a-second", "z-second"] {
        let mut scene = Scene::built();
        scene.add(VPC, second, &[]);
        let plan = scene.plan();
        assert_eq!((others(&plan), deduplicated(&plan)), (Vec::new(), BTreeSet::from([second])));
        let reason = plan.changes.values().next().unwrap().reason.to_string();
        let kept = format!("duplicate of {VPC}: {} is kept, since ", id(VPC));
        assert!(reason.starts_with(&kept) && reason.ends_with(" resources refer to it"), "{reason}");
    }
}

#[test]
fn what_nothing_refers_to_is_told_apart_by_state_then_by_the_files_then_by_id() {
    let group = "networking/transit-gateway/share";
    let check = |change: &dyn Fn(&mut Scene), kept: &str| {
        let mut scene = Scene::built();
        scene.add(group, "a-second", &[]);
        change(&mut scene);
        let plan = scene.plan();
        let gone = if kept == "a-second" { id(group) } else { "a-second".to_owned() };
        assert_eq!(deduplicated(&plan), BTreeSet::from([gone.as_str()]));
    };
    let pending = |scene: &mut Scene, one: &str| scene.live(one).observed.state = State::Pending("pending".to_owned());
    let failed = |scene: &mut Scene, one: &str| scene.live(one).observed.state = State::Failed(Failure::passing("why"));
    let rename = |scene: &mut Scene, one: &str| match &mut scene.live(one).observed.spec {
        Spec::ResourceShare(share) => share.name.push('2'),
        other => panic!("{other:?}"),
    };
    check(&|_| (), "a-second");
    check(&|scene| rename(scene, "a-second"), &id(group));
    check(&|scene| (pending(scene, &id(group)), rename(scene, "a-second")).1, "a-second");
    check(&|scene| (pending(scene, "a-second"), failed(scene, &id(group))).1, "a-second");
}

#[test]
fn of_two_trees_one_is_kept_whole() {
    // The same VPC twice, each with a subnet of the same addresses, and nothing else: only ids tell them apart.
    for (vpc, subnet, kept) in [("a-vpc", "z-subnet", false), ("z-vpc", "a-subnet", true)] {
        let mut scene = Scene::built();
        let (first, inside) = (id(VPC), id(SUBNET));
        scene.remove(|one| one.starts_with("id-networking.egress.") && one != first && one != inside);
        scene.add(VPC, vpc, &[]);
        scene.add(SUBNET, subnet, &[(VPC, vpc)]);
        let gone = if kept { [vpc, subnet] } else { [first.as_str(), inside.as_str()] };
        let plan = scene.plan();
        assert_eq!(deduplicated(&plan), BTreeSet::from(gone));
        let first = plan
            .changes
            .values()
            .find(|change| change.kind() == KindName::Vpc && change.duplicate_of().is_some())
            .unwrap();
        let before = plan.order.before(&Step::delete(&first.address));
        assert_eq!(before.count(), 1, "its subnet goes first");
    }
}

#[test]
fn what_is_only_in_the_tree_that_goes_is_made_in_the_other() {
    let mut scene = Scene::built();
    scene.add(VPC, "vpc-2", &[]);
    scene.add(SUBNET, "subnet-2", &[(VPC, "vpc-2")]);
    scene.remove(|one| one.starts_with("id-networking.egress.public.az1."));
    let plan = scene.plan();
    assert_eq!(deduplicated(&plan), BTreeSet::from(["subnet-2", "vpc-2"]));
    assert!(others(&plan).contains(&format!("create {SUBNET}")), "{:?}", others(&plan));
}

#[test]
fn a_duplicate_that_somebody_else_uses_is_told_and_stays() {
    let check = |change: &dyn Fn(&mut Scene), reason: &str| {
        let mut scene = Scene::built();
        scene.add(VPC, "vpc-2", &[]);
        scene.add(SUBNET, "subnet-2", &[(VPC, "vpc-2")]);
        change(&mut scene);
        let plan = scene.plan();
        assert_eq!(deduplicated(&plan), BTreeSet::new());
        let told = plan.unmanaged.iter().map(|one| (one.observed.id.as_str(), one.reason.as_str()));
        assert!(told.clone().any(|(id, why)| id == "vpc-2" && why.contains(reason)), "{:?}", told.collect::<Vec<_>>());
    };
    let untag = |scene: &mut Scene| scene.live("subnet-2").observed.tags.clear();
    let occupy = |scene: &mut Scene| {
        let uses = BTreeSet::from(["subnet-2".to_owned(), "vpc-2".to_owned()]);
        scene.live.occupants.push(Occupant { id: "eni-1".to_owned(), uses });
    };
    check(&occupy, "network interface eni-1");
    check(&untag, "subnet subnet-2, which lz did not make, needs it");
    let somewhere = |scene: &mut Scene| {
        let account = scene.zone.accounts.keys().next().unwrap().clone();
        scene.live.unreadable.insert(account, "denied".to_owned());
    };
    check(&somewhere, "what could not be read may need it");
}

#[test]
fn what_refers_to_a_duplicate_is_led_elsewhere_before_it_goes() {
    let mut scene = Scene::built();
    let (table, association) =
        ("networking/egress/public/az1/route-table", "networking/egress/public/az1/route-table-association");
    scene.add(table, "table-2", &[]);
    // The subnet uses the second table; the first has the routes.
    scene.add(association, "led-astray", &[(table, "table-2")]);
    scene.remove(|one| one == id(association));
    let plan = scene.plan();
    assert_eq!(
        (others(&plan), deduplicated(&plan)),
        (vec![format!("update {association}")], BTreeSet::from(["table-2"]))
    );
    let deletion = plan.changes.values().find(|change| change.duplicate_of().is_some()).unwrap();
    let before: Vec<&Step> = plan.order.before(&Step::delete(&deletion.address)).collect();
    assert_eq!(before, [&Step::build(&Address::parse(association).unwrap())]);
}

#[test]
fn what_another_scope_uses_is_not_replaced_without_it() {
    let mut scene = Scene::built();
    let gateway = "networking/transit-gateway/self";
    scene.live(&id(gateway)).observed.state = State::Failed(Failure::passing("why"));
    scene.evidence.pinned = scene.desired.keys().map(|address| (address.clone(), id(address.as_str()))).collect();
    scene.strangers = Strangers::Removed;
    let whole = scene.plan();
    assert!(whole.problems.is_empty(), "all of it together can be done");
    let scopes = |scopes: &[Scope]| Selection::Scopes(scopes.iter().cloned().collect());
    let part = whole.only(&scopes(&[Scope::Organization, Scope::Hub]));
    assert!(part.changes.is_empty(), "{:#?}", part.changes);
    let messages: Vec<&str> = part.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains(gateway) && messages[0].contains("still uses it"), "{messages:?}");
    assert_eq!(whole.only(&Selection::Everything), whole);
}

#[test]
fn what_has_lost_one_of_its_two_tags_is_known_by_the_other_and_its_likeness() {
    let built = Scene::built();
    let tagged = |address: &&Address| built.desired[*address].spec.kind().identity() == Identity::Tag;
    for address in built.desired.keys().filter(tagged) {
        for tag in [TAG_ADDRESS, TAG_ZONE] {
            let mut scene = Scene::built();
            scene.live(&id(address.as_str())).observed.tags.remove(tag);
            let plan = scene.plan();
            let changes: Vec<&Change> = plan.changes.values().collect();
            let [change] = changes[..] else { panic!("{address} without {tag}: {changes:#?}") };
            let attributes: Vec<&str> = change.attributes().iter().map(|one| one.attribute.name()).collect();
            assert_eq!((change.action(), &change.address, &attributes[..]), (Action::Update, address, &["tags"][..]));
        }
    }
}

#[test]
fn what_has_lost_its_tags_is_known_by_what_refers_to_it() {
    let addresses = ["az1", "az2"].map(|zone| format!("networking/egress/public/{zone}/nat-address"));
    let mut scene = Scene::built();
    for address in &addresses {
        scene.live(&id(address)).observed.tags.remove(TAG_ADDRESS);
    }
    let plan = scene.plan();
    for address in addresses.iter().map(|one| Address::parse(one).unwrap()) {
        let change = &plan.changes[&address];
        assert_eq!((change.action(), change.identified_by()), (Action::Update, Some(Source::Connection)), "{address}");
    }
    let mut scene = Scene::built();
    scene.live(&id(&addresses[0])).observed.tags.clear();
    let change = &scene.plan().changes[&Address::parse(&addresses[0]).unwrap()];
    assert_eq!((change.action(), change.identified_by()), (Action::Update, Some(Source::Connection)));
}
