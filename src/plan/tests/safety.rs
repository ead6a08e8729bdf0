//! What is unread changes nothing, and wrong tags neither build nor destroy.

use std::collections::{BTreeMap, BTreeSet};

use super::super::*;
use super::duplicates::{Scene, id};
use crate::graph::Address;
use crate::kinds::{Identity, KindName, Owner, State, TAG_ADDRESS, TAG_RUN, TAG_ZONE};

/// A scene whose runs have all ended.
fn settled() -> Scene {
    thread_local! {
        static BUILT: Scene = Scene::built();
    }
    Scene { evidence: Evidence::default(), ..BUILT.with(Clone::clone) }
}

/// The same, with the ids that a lock pins.
fn pinned() -> Scene {
    let mut scene = settled();
    let all = scene.desired.iter().filter(|(_, wanted)| wanted.spec.kind().identity() == Identity::Tag);
    scene.evidence.pinned = all.map(|(address, _)| (address.clone(), id(address.as_str()))).collect();
    scene
}

fn told(plan: &Plan) -> Vec<String> {
    plan.changes
        .values()
        .map(|change| format!("{} {}: {}", change.action().as_str(), change.address, change.reason))
        .collect()
}

#[test]
fn a_kind_that_could_not_be_read_changes_nothing() {
    let built = settled();
    let owners: BTreeSet<Owner> = built.desired.values().map(|wanted| wanted.owner.clone()).collect();
    for owner in &owners {
        for kind in KindName::ALL.iter().copied() {
            let is_it = |there: &Owner, other: KindName| there == owner && other == kind;
            let mut scene = settled();
            scene.live.resources.retain(|one| !is_it(&one.owner, one.observed.spec.kind()));
            scene.live.unread_kinds =
                BTreeMap::from([(owner.clone(), BTreeMap::from([(kind, "it was denied".to_owned())]))]);
            let is_wanted = scene.desired.values().any(|wanted| is_it(&wanted.owner, wanted.spec.kind()));
            for (authority, strangers) in [
                (Authority::Files, Strangers::Kept),
                (Authority::Files, Strangers::Removed),
                (Authority::Repair, Strangers::Removed),
            ] {
                (scene.authority, scene.strangers) = (authority, strangers);
                let plan = scene.plan();
                assert!(plan.changes.is_empty(), "{owner} {}: {:#?}", kind.as_str(), told(&plan));
                assert!(plan.blocked.is_empty(), "{owner} {}: {:#?}", kind.as_str(), plan.blocked);
                assert_eq!(plan.undecided.is_empty(), !is_wanted, "{owner} {}", kind.as_str());
                let is_refused = authority == Authority::Files && is_wanted;
                assert_eq!(plan.problems.is_empty(), !is_refused, "{owner} {}", kind.as_str());
            }
        }
    }
}

#[test]
fn what_does_not_hang_on_the_unread_is_mended() {
    let mut scene = settled();
    scene.authority = Authority::Repair;
    let hub = Owner::Account(scene.zone.transit_gateway.account.clone());
    let gateways = BTreeMap::from([(KindName::InternetGateway, "it was denied".to_owned())]);
    scene.live.unread_kinds = BTreeMap::from([(hub, gateways)]);
    let attachment = scene.desired.iter().find(|(address, wanted)| {
        wanted.spec.kind() == KindName::TransitGatewayAttachment && !address.as_str().starts_with("networking/")
    });
    let attachment = attachment.map(|(address, _)| address.clone()).unwrap();
    let gone = id(attachment.as_str());
    scene.live.resources.retain(|one| one.observed.id != gone && !one.observed.id.contains("internet-gateway"));
    let plan = scene.plan();
    assert_eq!(plan.changes.get(&attachment).map(|change| change.action()), Some(Action::Create), "{:#?}", told(&plan));
}

/// What somebody does to the tags of a resource, which stands in the scene under the first id; a second one of its kind
/// and account, where there is one, under the other.
type Mistake = (&'static str, fn(&mut Scene, &str, Option<&str>));

const MISTAKES: &[Mistake] = &[
    ("address removed", |scene, id, _| drop(scene.live(id).observed.tags.remove(TAG_ADDRESS))),
    ("zone removed", |scene, id, _| drop(scene.live(id).observed.tags.remove(TAG_ZONE))),
    ("both removed", |scene, id, _| scene.live(id).observed.tags.retain(|key, _| key == TAG_RUN)),
    ("all removed", |scene, id, _| scene.live(id).observed.tags.clear()),
    ("address mistyped", |scene, id, _| change(scene, id, TAG_ADDRESS, |text| format!("{text}x"))),
    ("address in capitals", |scene, id, _| change(scene, id, TAG_ADDRESS, |text| text.to_uppercase())),
    ("zone mistyped", |scene, id, _| change(scene, id, TAG_ZONE, |text| format!("{text}x"))),
    ("zone in capitals", |scene, id, _| change(scene, id, TAG_ZONE, |text| text.to_uppercase())),
    ("swapped", |scene, id, other| {
        let Some(other) = other else { return };
        let (first, second) = (scene.live(id).observed.tags.clone(), scene.live(other).observed.tags.clone());
        scene.live(id).observed.tags = second;
        scene.live(other).observed.tags = first;
    }),
];

fn change(scene: &mut Scene, id: &str, key: &str, change: fn(&str) -> String) {
    if let Some(text) = scene.live(id).observed.tags.get_mut(key) {
        *text = change(text);
    }
}

/// Every resource that is known by its tags, with another of its kind and account where there is one.
fn tagged(scene: &Scene) -> Vec<(Address, Option<Address>)> {
    let is_tagged = |address: &&Address| scene.desired[*address].spec.kind().identity() == Identity::Tag;
    let all: Vec<&Address> = scene.desired.keys().filter(is_tagged).collect();
    let like = |address: &Address| {
        let (one, same) = (&scene.desired[address], |other: &&&Address| **other != address);
        let fits = |other: &&&Address| {
            let other = &scene.desired[**other];
            (other.spec.kind(), &other.owner) == (one.spec.kind(), &one.owner)
        };
        all.iter().filter(same).find(fits).map(|other| (*other).clone())
    };
    // One of a kind in an account stands for all that are like it.
    let mut seen = BTreeSet::new();
    let first = all.iter().filter(|address| {
        let wanted = &scene.desired[**address];
        seen.insert((wanted.spec.kind(), wanted.owner.clone()))
    });
    first.map(|address| ((*address).clone(), like(address))).collect()
}

#[test]
fn with_a_lock_wrong_tags_are_put_back_and_nothing_else() {
    for (address, other) in tagged(&settled()) {
        for (name, mistake) in MISTAKES {
            for authority in [Authority::Files, Authority::Repair] {
                let mut scene = pinned();
                (scene.authority, scene.strangers) = (authority, Strangers::Removed);
                let other = other.as_ref().map(|other| id(other.as_str()));
                mistake(&mut scene, &id(address.as_str()), other.as_deref());
                let plan = scene.plan();
                for change in plan.changes.values() {
                    let attributes: Vec<&str> = change.attributes().iter().map(|one| one.attribute.name()).collect();
                    let by_lock = change.identified_by() == Some(Source::Lock);
                    assert!(
                        change.action() == Action::Update && attributes == ["tags"] && by_lock,
                        "{address} {name}: {:#?}",
                        told(&plan)
                    );
                }
                let none = plan.undecided.is_empty() && plan.blocked.is_empty() && plan.unmanaged.is_empty();
                assert!(none && plan.problems.is_empty(), "{address} {name}: {plan:#?}");
                let expected = usize::from(other.is_some() || *name != "swapped")
                    + usize::from(other.is_some() && *name == "swapped");
                assert_eq!(plan.changes.len(), expected, "{address} {name}: {:#?}", told(&plan));
            }
        }
    }
}

#[test]
fn without_a_lock_wrong_tags_neither_build_nor_destroy() {
    for (address, other) in tagged(&settled()) {
        for (name, mistake) in MISTAKES {
            for authority in [Authority::Files, Authority::Repair] {
                let mut scene = settled();
                (scene.authority, scene.strangers) = (authority, Strangers::Kept);
                let other = other.as_ref().map(|other| id(other.as_str()));
                mistake(&mut scene, &id(address.as_str()), other.as_deref());
                let plan = scene.plan();
                let is_harmless = plan.changes.values().all(|change| change.action() == Action::Update);
                // What nothing refers to and carries no mark at all is nobody's.
                let is_lost = *name == "all removed" || *name == "both removed";
                assert!(is_harmless || is_lost, "{address} {name}: {:#?}", told(&plan));
                assert!(
                    !plan.changes.values().any(|change| change.action().deletes()),
                    "{address} {name}: {:#?}",
                    told(&plan)
                );
            }
        }
    }
}

#[test]
fn a_copy_of_the_tags_takes_nothing_over_and_is_left_alone() {
    for (address, _) in tagged(&settled()) {
        for (scene, has_lock) in [(pinned(), true), (settled(), false)] {
            let mut scene = scene;
            scene.add(address.as_str(), "a-stranger", &[]);
            for authority in [Authority::Files, Authority::Repair] {
                scene.authority = authority;
                let plan = scene.plan();
                assert!(
                    !plan.changes.values().any(|change| change.action().deletes()),
                    "{address}: {:#?}",
                    told(&plan)
                );
                if has_lock {
                    assert!(plan.changes.is_empty(), "{address}: {:#?}", told(&plan));
                    assert!(plan.unmanaged.iter().any(|one| one.observed.id == "a-stranger"), "{address} is not told");
                }
            }
        }
    }
}

#[test]
fn a_repair_replaces_nothing_and_deletes_what_failed_only() {
    let mut scene = pinned();
    scene.authority = Authority::Repair;
    scene.strangers = Strangers::Removed;
    let nat = scene.desired.iter().find(|(_, wanted)| wanted.spec.kind() == KindName::NatGateway);
    let nat = nat.map(|(address, _)| address.clone()).unwrap();
    scene.desired.remove(&nat);
    let kept = scene.plan();
    assert_eq!(kept.blocked.get(&nat).map(|one| one.barrier.clone()), Some(Barrier::Repair), "{:#?}", told(&kept));
    let mut scene = pinned();
    scene.authority = Authority::Repair;
    scene.live(&id(nat.as_str())).observed.state = State::Failed(crate::kinds::Failure::passing("why"));
    let plan = scene.plan();
    assert_eq!(plan.changes.get(&nat).map(|change| change.action()), Some(Action::Replace), "{:#?}", told(&plan));
}

#[test]
fn what_is_costly_to_lose_goes_only_where_removals_are_allowed() {
    let mut scene = pinned();
    let of_egress = |address: &Address| address.as_str().starts_with("networking/egress/public/az1/nat");
    scene.desired.retain(|address, wanted| {
        let refers = wanted.spec.addresses().iter().any(of_egress);
        !of_egress(address) && !refers
    });
    let plan = scene.plan();
    assert!(plan.changes.is_empty(), "{:#?}", told(&plan));
    let barriers: BTreeSet<String> = plan.blocked.values().map(|one| one.barrier.to_string()).collect();
    assert_eq!(barriers, BTreeSet::from([Barrier::Costly.to_string()]));
    scene.strangers = Strangers::Removed;
    let plan = scene.plan();
    let gone: BTreeSet<KindName> = plan.changes.values().map(|change| change.kind()).collect();
    assert!(gone.contains(&KindName::NatGateway) && gone.contains(&KindName::ElasticIp), "{:#?}", told(&plan));
    assert!(!plan.interruptions(&scene.desired).is_empty());
}
