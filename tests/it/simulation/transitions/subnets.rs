//! From one zone to another: subnets that go or move under an attachment, an endpoint or a firewall that stays.

use std::collections::{BTreeMap, BTreeSet};

use lz::graph::Address;
use lz::kinds::Scope;
use lz::plan::{Selection, Strangers};
use lz::twin::faults::{Kind, Rule};

use super::super::world::{Disturbance, World};
use super::paths::{Views, shared};

const SEED: u64 = 131;
const WORKLOADS: [&str; 2] = ["payments-prod", "payments-dev"];

/// Edits the ranges that the lock pins for a tier of a network.
fn pin_ranges(world: &mut World, network: &str, tier: &str, ranges: Option<&str>) {
    let mut section = String::new();
    let mut lines: Vec<String> = Vec::new();
    for line in world.files["lz.lock"].lines() {
        if line.starts_with('[') {
            section = line.to_owned();
        }
        let is_it = section == format!("[networks.\"{network}\".subnets]") && line.starts_with(&format!("{tier} = "));
        match (is_it, ranges) {
            (false, _) => lines.push(line.to_owned()),
            (true, Some(ranges)) => lines.push(format!("{tier} = {ranges}")),
            (true, None) => {}
        }
    }
    world.write("lz.lock", lines.join("\n") + "\n");
}

/// The range of a network that the lock pins, up to its third number.
fn beginning(world: &World, network: &str) -> String {
    let lock = &world.files["lz.lock"];
    let (_, rest) = lock.split_once(&format!("[networks.\"{network}\"]\ncidr = \"")).expect("the network");
    let cidr = rest.split('"').next().expect("a range");
    cidr.rsplit_once('.').expect("four numbers").0.to_owned()
}

/// Builds a zone, edits its files, and applies them; asserts that the plan tells no interruption, and that none is.
fn turn_without_a_gap(shape: impl FnOnce(&mut World), edit: impl FnOnce(&mut World)) {
    let mut world = World::small(SEED);
    for quota in ["L-0263D0A3", "L-A4707A72"] {
        world.twin.with_world(|aws| aws.quotas.insert(quota.to_owned(), 50));
    }
    shape(&mut world);
    world.build();
    let before = world.load().1;
    edit(&mut world);
    world.strangers = Strangers::Removed;
    let plan = world.plan();
    assert_ne!(plan.changes.len(), 0, "there is something to do");
    let wanted = world.load().1;
    assert_eq!(plan.interruptions(&wanted), Vec::new());
    let held = shared(&before, &wanted);
    assert_ne!(held.len(), 0, "there are paths");
    let views = Views::of(&world.twin);
    world.views = Some(views.clone());
    for done in [world.bootstrap(), world.onboard_all()] {
        assert_eq!(done.errors(), Vec::<String>::new());
    }
    world.views = None;
    world.assert_conformant();
    assert_eq!(world.gaps(&views, &held), Vec::new());
}

/// Builds a zone, edits its files, and applies them; asserts that nothing is left to do.
fn turn(shape: impl FnOnce(&mut World), edit: impl FnOnce(&mut World)) {
    let mut world = World::small(SEED);
    shape(&mut world);
    world.build();
    edit(&mut world);
    world.strangers = Strangers::Removed;
    world.rollback = true;
    assert_ne!(world.plan().changes.len(), 0, "there is something to do");
    for done in [world.bootstrap(), world.onboard_all()] {
        assert_eq!(done.errors(), Vec::<String>::new());
    }
    world.assert_conformant();
}

fn with_a_third_zone(world: &mut World) {
    world.edit("lz.toml", "\"euw1-az1\", \"euw1-az2\"]", "\"euw1-az1\", \"euw1-az2\", \"euw1-az3\"]");
}

#[test]
fn one_zone_less() {
    turn(with_a_third_zone, |world| {
        world.edit("lz.toml", ", \"euw1-az3\"]", "]");
    });
}

#[test]
fn a_zone_is_exchanged_by_the_lock() {
    turn(
        |_| {},
        |world| {
            world.edit("lz.toml", "\"euw1-az2\"]", "\"euw1-az3\"]");
            world.edit("lz.lock", "az2 = \"euw1-az2\"", "az2 = \"euw1-az3\"");
        },
    );
}

#[test]
fn the_attachment_s_tier_is_cut_anew() {
    turn(
        |_| {},
        |world| {
            let tier = "[tiers.transit]\nprefix_length = 28";
            world.edit("blueprints/container.toml", tier, "[tiers.transit]\nprefix_length = 27");
            for workload in WORKLOADS {
                let network = format!("{workload}/container");
                let begin = beginning(world, &network);
                let ranges = format!("[\"{begin}.192/27\", \"{begin}.224/27\"]");
                pin_ranges(world, &network, "transit", Some(&ranges));
            }
        },
    );
}

#[test]
fn the_attachment_and_the_endpoints_move_to_other_tiers() {
    turn(
        |world| {
            let more = world.files["blueprints/container.toml"].clone() + "\n[tiers.other]\nprefix_length = 28\n";
            world.write("blueprints/container.toml", more);
        },
        |world| {
            let former = "[attachment]\ntier = \"transit\"";
            world.edit("blueprints/container.toml", former, "[attachment]\ntier = \"other\"");
            let former = "type = \"interface\"\ntier = \"private\"";
            world.edit("blueprints/container.toml", former, "type = \"interface\"\ntier = \"other\"");
        },
    );
}

fn with_a_wider_tier_of_the_firewall(world: &mut World) {
    let tier = "[tiers.firewall]\nprefix_length = 28";
    world.edit("blueprints/egress.toml", tier, "[tiers.firewall]\nprefix_length = 27");
    let begin = beginning(world, "networking/egress");
    let ranges = format!("[\"{begin}.128/27\", \"{begin}.160/27\"]");
    pin_ranges(world, "networking/egress", "firewall", Some(&ranges));
}

#[test]
fn the_firewall_s_tier_is_cut_anew() {
    turn(|_| {}, with_a_wider_tier_of_the_firewall);
}

#[test]
fn the_firewall_s_tier_is_cut_anew_after_a_run_that_came_half_way() {
    let mut built = World::small(SEED);
    built.build();
    built.strangers = Strangers::Removed;
    with_a_wider_tier_of_the_firewall(&mut built);
    for change in [5, 11, 12, 19] {
        for denied in [false, true] {
            let mut world = built.copy();
            if denied {
                let rule = Rule { kind: Kind::Denied, account: None, action: None, from: change, times: 3, seen: 0 };
                world.twin.with_world(|aws| aws.faults.rules.push(rule));
                world.rollback = true;
                drop(world.bootstrap());
                world.twin.with_world(|aws| aws.faults.rules.clear());
            } else {
                drop(world.apply_disturbed(&world.foundation(), Disturbance::DiesAfterChange(change)));
            }
            world.rollback = true;
            for done in [world.bootstrap(), world.onboard_all()] {
                assert_eq!(done.errors(), Vec::<String>::new(), "after {change} changes, denied: {denied}");
            }
            world.assert_conformant();
        }
    }
}

fn without_the_firewall(world: &mut World) {
    world.edit("accounts/networking.toml", "blueprint = \"egress\"", "blueprint = \"egress-uninspected\"");
}

fn with_wider_public_subnets(blueprint: &'static str) -> impl Fn(&mut World) {
    move |world| {
        world.edit(blueprint, "[tiers.public]\nprefix_length = 28", "[tiers.public]\nprefix_length = 27");
        let begin = beginning(world, "networking/egress");
        let ranges = format!("[\"{begin}.128/27\", \"{begin}.160/27\"]");
        pin_ranges(world, "networking/egress", "public", Some(&ranges));
    }
}

#[test]
fn nat_gateways_are_made_anew_without_a_gap() {
    turn_without_a_gap(|_| {}, with_wider_public_subnets("blueprints/egress.toml"));
    turn_without_a_gap(without_the_firewall, with_wider_public_subnets("blueprints/egress-uninspected.toml"));
}

#[test]
fn nat_gateways_move_without_a_gap() {
    turn_without_a_gap(
        |_| {},
        |world| {
            world.edit("blueprints/egress.toml", "[tiers.public]", "[tiers.outside]");
        },
    );
}

#[test]
fn a_firewall_s_endpoints_are_exchanged_without_a_gap() {
    turn_without_a_gap(|_| {}, with_a_wider_tier_of_the_firewall);
}

#[test]
fn what_would_be_in_no_subnet_for_a_while_is_refused_with_the_way() {
    let mut world = World::small(SEED);
    world.build();
    let tier = "[tiers.firewall]\nprefix_length = 28";
    world.edit("blueprints/egress.toml", tier, "[tiers.firewall]\nprefix_length = 27");
    pin_ranges(&mut world, "networking/egress", "firewall", None);
    world.strangers = Strangers::Removed;
    let before = world.exchanges().len();
    let errors = world.bootstrap().errors();
    assert!(errors.iter().any(|one| one.contains("give them ranges in lz.lock")), "{errors:?}");
    let sent = world.exchanges().split_off(before);
    assert!(sent.iter().all(|one| one.is_read() || one.action == "AssumeRole"), "something was begun");
}

/// Tables of the transit gateway that workloads are in go after these have moved: the first run says so.
#[test]
fn what_workloads_use_goes_in_a_later_run_and_the_first_one_says_so() {
    let mut world = World::small(SEED);
    world.build();
    world.edit("lz.toml", "topology = \"segmented\"", "topology = \"flat\"");
    world.strangers = Strangers::Removed;
    let hub: BTreeSet<Scope> = world.foundation().into_iter().collect();
    let part = world.plan().only(&Selection::Scopes(hub.clone()));
    assert!(part.put_off.keys().any(|address| address.as_str().starts_with("networking/transit-gateway/")));
    for (address, scopes) in &part.put_off {
        assert!(!part.changes.contains_key(address), "{address} goes in this run");
        assert!(!scopes.is_empty() && scopes.is_disjoint(&hub), "{address} waits for {scopes:?}");
    }
    for done in [world.bootstrap(), world.onboard_all()] {
        assert_eq!(done.errors(), Vec::<String>::new());
    }
    let last = world.plan();
    let gone: Vec<&Address> = part.put_off.keys().collect();
    assert_eq!(last.changes.keys().collect::<Vec<_>>(), gone);
    assert_eq!(last.only(&Selection::Scopes(hub)).put_off, BTreeMap::new());
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    world.assert_conformant();
}
