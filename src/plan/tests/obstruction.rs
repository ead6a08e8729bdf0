//! What is in the way of a creation.

use super::super::order::Step;
use super::super::{Action, Authority, Barrier, Plan, Reason, Strangers, stranger_address};
use super::duplicates::{Scene, id};
use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::Spec;
use crate::values::Cidr;

const NAT: &str = "networking/egress/public/az1/nat";
const SUBNET: &str = "networking/egress/public/az1/subnet";

/// Somebody's gateway has the address of one that is gone, in the other zone's subnet.
fn nat_gateway(scene: &mut Scene) {
    let other = id("networking/egress/public/az2/subnet");
    scene.add(NAT, "nat-theirs", &[("networking/egress/public/az1/subnet", other.as_str())]);
}

/// Somebody's subnet has a part of the range of one that is gone.
fn subnet(scene: &mut Scene) {
    scene.add(SUBNET, "subnet-theirs", &[]);
    let Spec::Subnet(subnet) = &mut scene.live("subnet-theirs").observed.spec else { panic!("a subnet") };
    subnet.cidr = Cidr::holding(subnet.cidr.first(), subnet.cidr.prefix_length() + 1).unwrap();
}

/// A scene in which something of lz's is gone, and something that carries none of lz's tags is in its place.
fn obstructed(gone: &str, obstruct: fn(&mut Scene)) -> (Scene, String) {
    let mut scene = Scene::built();
    obstruct(&mut scene);
    let theirs = scene.live.resources.pop().unwrap();
    // What refers to it is gone with it.
    let refers = |one: &LiveResource| one.observed.spec.ids().contains(&id(gone));
    scene.live.resources.retain(|one| one.observed.id != id(gone) && !refers(one));
    let there = theirs.observed.id.clone();
    scene.live.resources.push(theirs);
    scene.live(&there).observed.tags.clear();
    (scene, there)
}

fn told(plan: &Plan) -> Vec<String> {
    plan.changes.values().map(|change| format!("{} {}", change.action().as_str(), change.address)).collect()
}

#[test]
fn what_is_in_the_way_is_told_and_goes_first_where_removals_are_allowed() {
    for (gone, obstruct) in [(NAT, nat_gateway as fn(&mut Scene)), (SUBNET, subnet)] {
        let (mut scene, theirs) = obstructed(gone, obstruct);
        let address = Address::parse(gone).unwrap();
        for authority in [Authority::Files, Authority::Repair] {
            scene.authority = authority;
            scene.strangers = Strangers::Kept;
            let plan = scene.plan();
            let barrier = plan.blocked.get(&address).map(|one| one.barrier.clone());
            let in_the_way = Barrier::InTheWay { id: theirs.clone(), is_allowed: false };
            assert_eq!(barrier, Some(in_the_way), "{gone}: {:#?}", told(&plan));
            let needs_it = |address: &&Address| {
                let wanted = &scene.desired[*address];
                wanted.dependencies().contains(&self::address(gone))
            };
            let begun: Vec<&Address> =
                plan.changes.keys().filter(|one| scene.desired.contains_key(*one)).filter(needs_it).collect();
            assert_eq!(begun, Vec::<&Address>::new(), "{gone} is not made");
            let is_refused = plan.problems.iter().any(|problem| problem.message.contains(&theirs));
            assert_eq!(is_refused, authority == Authority::Files, "{gone}: {:#?}", plan.problems);

            scene.strangers = Strangers::Removed;
            let plan = scene.plan();
            let there = scene.live.resources.iter().find(|one| one.observed.id == theirs).unwrap();
            let deletion = &plan.changes[&stranger_address(there)];
            assert!(matches!(deletion.reason, Reason::NobodyAsked { .. }), "{deletion:#?}");
            assert_eq!(plan.changes[&address].action(), Action::Create);
            let mut before = plan.order.before(&Step::build(&address));
            assert!(before.any(|step| *step == Step::delete(&deletion.address)), "{gone}: {:#?}", plan.order);
        }
    }
}

fn address(name: &str) -> Address {
    Address::parse(name).unwrap()
}
