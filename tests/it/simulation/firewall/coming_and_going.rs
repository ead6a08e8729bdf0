//! A firewall that is put into a running zone, and taken out again; rule groups that are replaced by larger ones.

use std::collections::{BTreeMap, BTreeSet};

use lz::plan::Plan;
use lz::plan::Strangers;

use super::super::small::assert_same;
use super::super::trace::Exchange;
use super::super::world::World;
use super::{NETWORKING, id, place};

const EGRESS: &str = "blueprints/egress.toml";
const INSPECTED: &str = r#"blueprint = "egress""#;
const UNINSPECTED: &str = r#"blueprint = "egress-uninspected""#;
const ZONES: [&str; 2] = ["az1", "az2"];

/// Where the calls stand that turn the default route and the return route of a zone, among all calls.
fn turns(plan: &Plan, calls: &[Exchange], zone: &str) -> (usize, usize) {
    let turn = |tier: &str, destination: &str| {
        let table = id(plan, &format!("networking/egress/{tier}/{zone}/route-table"));
        place(calls, &format!("{tier} in {zone}"), |one| {
            let parts = [format!("DestinationCidrBlock={destination}"), format!("RouteTableId={table}")];
            one.action == "ReplaceRoute" && parts.iter().all(|part| one.request.contains(part))
        })
    };
    (turn("transit", "0.0.0.0%2F0"), turn("public", "10.32.0.0%2F11"))
}

fn first(calls: &[Exchange], action: &str) -> usize {
    place(calls, action, |one| one.action == action)
}

fn last(calls: &[Exchange], action: &str) -> usize {
    calls.iter().rposition(|one| one.action == action).unwrap_or_else(|| panic!("{action}: no such call"))
}

fn actions(calls: &[Exchange]) -> BTreeSet<&str> {
    calls.iter().map(|one| one.action.as_str()).collect()
}

/// What was there before is there afterwards, with the same ids, but for the egress VPC's routes.
fn assert_left_alone(before: &Plan, after: &Plan) {
    for (address, id) in &before.unchanged {
        assert_eq!(after.unchanged.get(address), Some(id), "{address}");
    }
}

/// A zone without a firewall, which is then asked for.
fn asked_for(seed: u64) -> (World, Plan, BTreeMap<String, String>) {
    let mut world = World::new(seed);
    world.edit(NETWORKING, INSPECTED, UNINSPECTED).build();
    let (before, end) = (world.check(), world.end_state());
    world.edit(NETWORKING, UNINSPECTED, INSPECTED);
    (world, before, end)
}

#[test]
fn a_firewall_is_put_into_a_running_zone_and_taken_out_again() {
    let (mut world, before, end) = asked_for(101);
    let begun = world.exchanges().len();
    world.build();
    let inspected = world.check();
    assert_left_alone(&before, &inspected);
    let calls = world.changes_since(begun);
    let expected = BTreeSet::from([
        "AssociateRouteTable",
        "CreateFirewall",
        "CreateFirewallPolicy",
        "CreateLogGroup",
        "CreateRoute",
        "CreateRouteTable",
        "CreateRuleGroup",
        "CreateSubnet",
        "PutRetentionPolicy",
        "ReplaceRoute",
        "UpdateLoggingConfiguration",
        "UpdateRuleGroup",
    ]);
    assert_eq!(actions(&calls), expected);
    assert_eq!(calls.iter().filter(|one| one.action == "ReplaceRoute").count(), 2 * ZONES.len());
    for zone in ZONES {
        let (default, answers) = turns(&inspected, &calls, zone);
        assert!(last(&calls, "UpdateLoggingConfiguration") < default && last(&calls, "CreateRoute") < default);
        assert!(answers < default, "{zone}: the way back turns first");
    }

    world.edit(NETWORKING, INSPECTED, UNINSPECTED);
    let begun = world.exchanges().len();
    // A firewall is costly to lose.
    world.strangers = Strangers::Removed;
    world.build();
    world.strangers = Strangers::Kept;
    let after = world.check();
    assert_left_alone(&before, &after);
    let (logs, rest) = world.end_state().into_iter().partition(|(address, _)| address.contains("/firewall/logs/"));
    let _: &BTreeMap<String, String> = &logs;
    assert_eq!(logs.len(), 2, "what it has logged is kept");
    assert_same(&rest, &end);
    let calls = world.changes_since(begun);
    for zone in ZONES {
        let (default, answers) = turns(&before, &calls, zone);
        assert!(default < answers, "{zone}: the default route turns away first");
        assert!(answers < first(&calls, "DeleteFirewall"));
    }
    assert!(first(&calls, "UpdateFirewallDeleteProtection") < first(&calls, "DeleteFirewall"));
    assert!(last(&calls, "UpdateLoggingConfiguration") < first(&calls, "DeleteFirewall"));
    assert!(first(&calls, "DeleteFirewall") < first(&calls, "DeleteFirewallPolicy"));
    assert!(first(&calls, "DeleteFirewallPolicy") < first(&calls, "DeleteRuleGroup"));
    assert!(first(&calls, "DeleteFirewall") < first(&calls, "DeleteSubnet"));
}

#[test]
fn a_firewall_can_have_the_workloads_rules_before_the_first_packet_passes_it() {
    let (mut world, ..) = asked_for(102);
    let inspected = world.files[EGRESS].clone();
    world.edit(EGRESS, r#"{ to = "0.0.0.0/0", via = "firewall" }"#, r#"{ to = "0.0.0.0/0", via = "nat" }"#);
    world.edit(EGRESS, r#"{ to = "workloads", via = "firewall" }"#, r#"{ to = "workloads", via = "transit-gateway" }"#);
    let begun = world.exchanges().len();
    world.build();
    world.check();
    assert!(!actions(&world.changes_since(begun)).contains("ReplaceRoute"));
    assert_eq!((world.rules_of("payments-prod").len(), world.rules_of("orders-prod").len()), (5, 2));

    world.write(EGRESS, inspected);
    let begun = world.exchanges().len();
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    let after = world.check();
    let calls = world.changes_since(begun);
    assert_eq!(actions(&calls), BTreeSet::from(["ReplaceRoute"]));
    for zone in ZONES {
        let (default, answers) = turns(&after, &calls, zone);
        assert!(answers < default, "{zone}");
    }
}

#[test]
fn a_larger_group_takes_its_place_without_cutting_anybody_off() {
    let mut world = World::built(103);
    let rules = world.rules_of("payments-prod");
    let begun = world.exchanges().len();
    world.edit(EGRESS, "workload_capacity = 2000", "workload_capacity = 3000");
    // At the same time the files' rules change.
    world.edit("blueprints/baseline.rules", "sid:100021;", "sid:100022;");
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    assert_eq!(world.rules_of("payments-prod"), rules);
    let calls = world.changes_since(begun);
    let made = place(&calls, "the larger group", |one| {
        one.action == "CreateRuleGroup" && rules.iter().all(|rule| one.request.contains(&escaped(rule)))
    });
    let turned = first(&calls, "UpdateFirewallPolicy");
    let expected = ["CreateRuleGroup", "DeleteRuleGroup", "UpdateFirewallPolicy", "UpdateRuleGroup"];
    assert_eq!(actions(&calls), BTreeSet::from(expected));
    assert!(made < turned && turned < first(&calls, "DeleteRuleGroup"));
    assert_eq!(calls.iter().filter(|one| one.action == "UpdateFirewallPolicy").count(), 1, "all groups at once");
    let updated = |one: &&Exchange| one.action == "UpdateRuleGroup";
    assert!(calls.iter().filter(updated).all(|one| one.request.contains("rules-baseline-500")));
    world.check();
    let names: Vec<String> = world.rule_groups().into_keys().collect();
    assert_eq!(
        names,
        [
            "lz-acme-egress-rules-baseline-500",
            "lz-acme-egress-workloads-dev-3000",
            "lz-acme-egress-workloads-prod-3000"
        ]
    );
}

/// A rule as it stands in a request's JSON.
fn escaped(rule: &str) -> String {
    let quoted = serde_json::to_string(rule).expect("a text");
    quoted.trim_matches('"').to_owned()
}
