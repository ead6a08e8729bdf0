//! What `lz.lock` pins after runs: exactly what a look identifies.

use std::collections::BTreeMap;

use lz::apply::Outcome;
use lz::kinds::{KindName, Scope};
use lz::plan::identify;
use lz::twin::faults::Kind;
use lz::zone::lock::Lock;

use super::world::{World, label};

/// The ids by address that a look without any lock or journal identifies, of the kinds that are pinned.
fn identified(world: &mut World) -> BTreeMap<String, String> {
    let (loaded, desired) = world.load();
    let live = world.discover();
    let identified = identify(&loaded.zone.name, &desired, &live, &Default::default());
    let pinned = identified.by_address.iter().filter(|(_, one)| one.observed.spec.kind().pinned());
    pinned.map(|(address, one)| (address.to_string(), one.observed.id.clone())).collect()
}

fn pinned(world: &World) -> BTreeMap<String, String> {
    world.lock().resources.into_iter().map(|(address, id)| (address.to_string(), id)).collect()
}

#[test]
fn after_bootstrap_and_onboarding_the_pins_are_what_is_identified() {
    let mut world = World::small(11);
    world.build();
    let there = identified(&mut world);
    assert_eq!(pinned(&world), there);
    let kinds: std::collections::BTreeSet<&str> = there.values().filter_map(|id| id.split('-').next()).collect();
    for start in ["vpc", "subnet", "igw", "nat", "eipalloc", "rtb", "tgw", "ou", "vpce"] {
        assert!(kinds.contains(start), "no {start}-… among {kinds:?}");
    }
    let lock = world.lock();
    let zone = lock.zone.as_ref().expect("a zone");
    let live = world.discover();
    let organization = live.organization.as_ref().expect("an organization");
    assert_eq!(zone.name, world.load().0.zone.name);
    assert_eq!(zone.organization.as_ref(), Some(&organization.organization));
    assert_eq!(zone.management_account.as_ref(), Some(&organization.management_account));
    assert_eq!(zone.account, None);
    assert_eq!(lock.accounts, live.accounts);
    assert_eq!(world.copy().lock(), lock);
    // Accounts that are pinned are the zone's own.
    let accounts = world.load().0.zone.accounts;
    assert!(accounts.values().all(|account| account.id.as_ref() == lock.accounts.get(&account.name)));
    world.check();
}

#[test]
fn pins_that_were_lost_come_back_with_a_run_that_changes_nothing() {
    let mut world = World::small(12);
    world.build();
    let lock = world.lock();
    world.write("lz.lock", lock.clone().without_ids().to_text().expect("a lock"));
    // A look alone pins nothing.
    world.discover();
    world.plan();
    assert_eq!((world.lock().resources.len(), world.lock().zone), (0, None));
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    assert_eq!(world.lock(), lock);
}

#[test]
fn a_pin_goes_when_a_run_has_seen_its_resource_deleted() {
    let mut world = World::small(13);
    world.build();
    let before = pinned(&world);
    world.edit("blueprints/container.toml", "[endpoints.logs]\ntype = \"interface\"\ntier = \"private\"\n", "");
    // The pin of what has left the files stays until then.
    world.plan();
    assert_eq!(pinned(&world), before);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    let left = identified(&mut world);
    assert!(left.len() < before.len());
    assert_eq!(pinned(&world), left);
}

/// What the files ask for no more can't be known by being as they ask for it.
#[test]
fn what_a_rollback_has_made_again_is_pinned() {
    let mut world = World::small(15);
    world.rollback = true;
    world.build();
    let before = pinned(&world);
    world.edit("lz.toml", "traffic = \"all\"", "traffic = \"reject\"");
    world.fault(Kind::Denied, None, "CreateFlowLogs", 1, 1);
    let workload = [Scope::Workload(label("payments-prod"))];
    let done = world.apply(&workload);
    assert_eq!(done.report.outcome, Outcome::RolledBack, "{:?}", done.errors());
    let after = pinned(&world);
    let flow_log = "payments-prod/container/flow-log";
    assert_ne!(before[flow_log], after[flow_log], "it was deleted, and made again");
    assert_eq!(after, identified(&mut world));
    // So the next run may replace it.
    assert_eq!(world.apply(&workload).errors(), Vec::<String>::new());
    assert_eq!(pinned(&world), identified(&mut world));
}

#[test]
fn without_a_lock_nothing_that_aws_gave_is_pinned() {
    let mut world = World::small(14);
    world.without_lock = true;
    world.build();
    let Lock { zone, accounts, resources, networks, .. } = world.lock();
    assert_eq!((zone, accounts.len(), resources.len()), (None, 0, 0));
    assert_eq!(networks.len(), world.load().0.zone.networks.len());
}

#[test]
fn kinds_are_pinned_whose_tags_could_be_changed_and_those_that_are_costly_to_lose() {
    let pinned: Vec<&str> = KindName::ALL.iter().filter(|kind| kind.pinned()).map(|kind| kind.as_str()).collect();
    assert_eq!(
        pinned,
        [
            "organizational-unit",
            "vpc",
            "subnet",
            "internet-gateway",
            "elastic-ip",
            "nat-gateway",
            "route-table",
            "security-group",
            "vpc-endpoint",
            "flow-log",
            "dhcp-options",
            "stack-resource",
            "firewall-rule-group",
            "firewall-policy",
            "firewall",
            "transit-gateway",
            "resource-share",
            "transit-gateway-attachment",
            "transit-gateway-route-table",
        ]
    );
}
