//! Hubs that are rolled back when workloads are built on them: what those use is kept, and said.

use std::collections::{BTreeMap, BTreeSet};

use lz::apply::ScopeOutcome;
use lz::kinds::Scope;
use lz::twin::faults::Kind;

use super::small::assert_same;
use super::trace::Exchange;
use super::world::{Done, World};

const SEED: u64 = 83;
fn of_hub(done: &Done) -> (ScopeOutcome, String) {
    let one = done.report.scopes.iter().find(|one| one.scope == Scope::Hub).expect("the scope");
    (one.outcome, one.error().unwrap_or_default())
}

/// What the report of a rollback says is kept because somebody uses it, by who does.
fn kept(error: &str) -> BTreeMap<String, BTreeSet<String>> {
    let told = error.split("; ").filter_map(|part| part.strip_suffix(" by now, and the next run goes on from there"));
    let by_users = told.map(|part| {
        let (kept, users) = part.split_once(" is left as it is: ").expect("addresses and users");
        let kept = kept.trim_start_matches("each of ").split(", ").map(str::to_owned);
        (users.to_owned(), kept.collect())
    });
    by_users.collect()
}

/// The zone's resources of the hub that are there.
fn hub(world: &mut World) -> BTreeSet<String> {
    let (_, desired) = world.load();
    let of_hub = desired.iter().filter(|(_, resource)| resource.scope == Scope::Hub);
    let of_hub: BTreeSet<String> = of_hub.map(|(address, _)| address.to_string()).collect();
    world.end_state().into_keys().filter(|address| of_hub.contains(address)).collect()
}

#[test]
fn what_finished_workloads_use_of_a_hub_that_is_rolled_back_is_kept_and_named() {
    for in_one_run in [true, false] {
        let mut world = World::small(SEED);
        world.rollback = in_one_run;
        // Workloads do not wait for the firewall's logs.
        world.fault(Kind::Denied, None, "UpdateLoggingConfiguration", 1, u64::MAX);
        let done = if in_one_run {
            world.apply(&world.everything())
        } else {
            let left = world.bootstrap();
            assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
            world.undo_run(Some(&left.report.run), &[Scope::Hub])
        };
        let (outcome, error) = of_hub(&done);
        assert_eq!(outcome, ScopeOutcome::RolledBack, "{error}");
        let kept = kept(&error);
        // What they refer to, and what was there before their packets were looked up in a table.
        for (users, used) in [
            ("workload payments-dev and workload payments-prod use it", "self"),
            ("workload payments-dev and workload payments-prod use it", "share"),
            ("workload payments-dev and workload payments-prod use it", "tables/egress/self"),
            ("workload payments-dev uses it", "tables/spokes-dev/self"),
            ("workload payments-dev uses it", "tables/spokes-dev/routes/10.0.0.0-8"),
            ("workload payments-prod uses it", "tables/spokes-prod/self"),
        ] {
            assert!(
                kept[users].contains(&format!("networking/transit-gateway/{used}")),
                "{users}: {used} in {kept:#?}"
            );
        }
        let of_firewall = "networking/egress/firewall/groups/workloads/prod/2000";
        assert!(kept["workload payments-prod uses it"].contains(of_firewall), "{kept:#?}");
        // Nothing else is left, but for what can't be deleted, and AWS was asked for nothing that it would refuse.
        let mut left = hub(&mut world);
        left.retain(|address| !address.contains("/logs/") && !address.ends_with("/default-security-group"));
        assert_eq!(left, kept.into_values().flatten().collect());
        let exchanges = world.exchanges();
        let deleted = |action: &str| exchanges.iter().any(|exchange| exchange.action == action);
        assert!(deleted("DeleteFirewall") && deleted("DeleteNatGateway"));
        assert!(!deleted("DeleteTransitGatewayRouteTable") && !deleted("DeleteResourceShare") && !deleted("DeleteVpc"));
        world.check_unfinished();

        world.twin.with_world(|aws| aws.faults.rules.clear());
        assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
        world.check();
    }
}

#[test]
fn what_a_workload_did_without_before_is_not_kept_for_it() {
    let mut world = World::small_hub(SEED);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    let former = world.files.clone();
    // Every association comes after its table's blackholes: those that are there are older than this one.
    let blackhole = "{ to = \"100.64.0.0/10\", via = \"blackhole\" },";
    world.edit(
        "blueprints/segmented.toml",
        blackhole,
        &format!("{blackhole}\n  {{ to = \"198.18.0.0/15\", via = \"blackhole\" }},"),
    );
    world.edit("blueprints/egress.toml", "appliance_mode = true", "appliance_mode = false");
    let before = {
        let own = std::mem::replace(&mut world.files, former.clone());
        let end = world.end_state();
        world.files = own;
        end
    };
    world.rollback = true;
    world.fault(Kind::Denied, None, "ModifyTransitGatewayVpcAttachment", 1, 1);
    let (outcome, error) = of_hub(&world.apply(&world.everything()));
    assert_eq!(outcome, ScopeOutcome::RolledBack, "{error}");
    assert_eq!(kept(&error), BTreeMap::new());
    let made = |exchange: &Exchange| exchange.action == "CreateTransitGatewayRoute" && exchange.error.is_none();
    assert!(world.exchanges().iter().filter(|exchange| made(exchange)).count() > 0);
    world.files = former;
    assert_same(&world.end_state(), &before);
}
