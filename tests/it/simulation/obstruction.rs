//! What people put in the place of something that lz has made.

use std::time::Duration;

use lz::apply::ScopeOutcome;
use lz::graph::Address;
use lz::kinds::Scope;
use lz::plan::Strangers;

use super::drift::{HUB, Scene};
use super::world::Console;

const NAT: &str = "networking/egress/public/az1/nat";
const ADDRESS: &str = "networking/egress/public/az1/nat-address";

#[test]
fn a_gateway_with_lz_s_address_is_told_and_goes_first_where_removals_are_allowed() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let (nat, address) = (scene.id(NAT), scene.id(ADDRESS));
    let other = scene.id("networking/egress/public/az2/subnet");
    world.by_hand(&world.account(HUB), async |by: Console| {
        by.ec2.delete_nat_gateway().nat_gateway_id(&nat).send().await.expect("done");
        by.clock.sleep(Duration::from_secs(1200)).await;
        let create = by.ec2.create_nat_gateway().subnet_id(&other).allocation_id(&address);
        create.send().await.expect("done");
        by.clock.sleep(Duration::from_secs(1200)).await;
    });
    let before = world.exchanges().len();
    let done = world.repair();
    let hub = done.report.scopes.iter().find(|one| one.scope == Scope::Hub).expect("the hub");
    assert_eq!(hub.outcome, ScopeOutcome::Failed, "{hub:?}");
    let left = |address: &str| hub.left.iter().find(|one| one.address.as_ref().map(Address::as_str) == Some(address));
    let reason = &left(NAT).expect("it is left").reason();
    assert!(hub.error().as_ref().is_some_and(|error| error.contains(reason.as_str())), "the cause is told first");
    assert!(reason.contains("is in its way; --allow-removals deletes that first"), "{reason}");
    let made = world.exchanges().split_off(before).into_iter().filter(|one| one.action == "CreateNatGateway").count();
    assert_eq!(made, 0, "AWS would refuse it");

    world.strangers = Strangers::Removed;
    assert_eq!(world.repair().errors(), Vec::<String>::new());
    world.assert_conformant();
}
