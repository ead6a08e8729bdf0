//! The firewall comes into a running zone, changes, and goes.

use super::world::World;

const HUB_FILE: &str = "accounts/networking.toml";
const INSPECTED: &str = "blueprint = \"egress\"";
const UNINSPECTED: &str = "blueprint = \"egress-uninspected\"";

/// The starter zone without its firewall, in an AWS that has it all.
fn uninspected(seed: u64) -> World {
    let mut world = World::new(seed);
    world.edit(HUB_FILE, INSPECTED, UNINSPECTED).build();
    world.check();
    world
}

/// The id that a resource has in AWS.
fn id(world: &mut World, address: &str) -> String {
    let plan = world.plan();
    let found = plan.unchanged.iter().find(|(other, _)| other.as_str() == address);
    found.map(|(_, id)| id.clone()).unwrap_or_else(|| panic!("{address} is not there"))
}

/// The egress VPC's tables of a tier, by Availability Zone.
fn tables(world: &mut World, tier: &str) -> Vec<String> {
    ["az1", "az2"].map(|zone| id(world, &format!("networking/egress/{tier}/{zone}/route-table"))).into()
}

/// Where in the trace a route of a table was turned elsewhere, the last time.
fn turned(world: &World, table: &str) -> usize {
    let exchanges = world.exchanges();
    let turns = |one: &super::trace::Exchange| one.action == "ReplaceRoute" && one.request.contains(table);
    exchanges.iter().rposition(turns).unwrap_or_else(|| panic!("no route of {table} was turned"))
}

#[test]
fn a_firewall_comes_with_the_way_back_first() {
    let mut world = uninspected(41);
    let (public, transit) = (tables(&mut world, "public"), tables(&mut world, "transit"));
    world.edit(HUB_FILE, UNINSPECTED, INSPECTED).build();
    world.check();
    for (public, transit) in public.iter().zip(&transit) {
        assert!(turned(&world, public) < turned(&world, transit), "the default turned before the way back");
    }
}

#[test]
fn a_firewall_goes_when_everything_has_left_it_the_default_first() {
    let mut world = World::built(42);
    let (public, transit) = (tables(&mut world, "public"), tables(&mut world, "transit"));
    world.edit(HUB_FILE, INSPECTED, UNINSPECTED).build();
    world.check();
    let exchanges = world.exchanges();
    let deleted = exchanges.iter().position(|one| one.action.starts_with("Delete")).expect("a deletion");
    for (public, transit) in public.iter().zip(&transit) {
        assert!(turned(&world, transit) < turned(&world, public), "the way back turned before the default");
        assert!(turned(&world, public) < deleted, "{:?} before the way back was turned", exchanges[deleted]);
    }
    assert!(exchanges.iter().all(|one| one.error.as_deref() != Some("InvalidRequestException")));
}

#[test]
fn what_a_workload_may_reach_follows_its_file() {
    let mut world = World::built(43);
    let file = "accounts/payments-prod.toml";
    world.edit(file, "\"api.binance.com\", ", "").build();
    world.check();
    world.edit(file, "domains = [\".example.com\"]\naddresses", "# addresses").build();
    world.check();
    world.edit(file, "# addresses", "domains = [\"api.binance.com\"]\naddresses").build();
    world.check();
}

#[test]
fn rules_and_capacities_change_while_the_firewall_is_at_work() {
    let mut world = World::built(44);
    world.edit("blueprints/baseline.rules", "sid:100021;", "sid:100022;");
    world.edit("blueprints/egress.toml", "workload_capacity = 2000", "workload_capacity = 3000").build();
    world.check();
    let exchanges = world.exchanges();
    let position = |action: &str| exchanges.iter().rposition(|one| one.action == action);
    assert!(position("UpdateFirewallPolicy") < position("DeleteRuleGroup"), "a group went before the policy left it");
}
