//! The firewall: put into a running zone and taken out again, and the rules that workloads have in it.

mod coming_and_going;
mod endpoints;
mod intruder;
mod workloads;

use std::collections::BTreeMap;

use lz::plan::Plan;
use lz::twin::organizations::ACCOUNTS_QUOTA;
use lz::twin::world::World as Aws;
use serde_json::Value;

pub use self::intruder::Intruder;
use super::trace::Exchange;
use super::world::World;

const NETWORKING: &str = "accounts/networking.toml";

impl World {
    /// The starter zone with a number of workloads, all like payments-prod.
    fn of_workloads(seed: u64, number: usize) -> Self {
        let mut world = Self::new(seed);
        world.twin.with_world(|aws| aws.quotas.insert(ACCOUNTS_QUOTA.to_owned(), 50));
        world.files.remove("accounts/orders-prod.toml");
        world.files.remove("accounts/payments-dev.toml");
        for number in 2..=number {
            world.add_workload(&format!("workload-{number:02}"));
        }
        world
    }

    /// What changed something since then and was not refused.
    fn changes_since(&self, before: usize) -> Vec<Exchange> {
        let since = self.exchanges().split_off(before).into_iter();
        since.filter(|one| !one.is_read() && one.error.is_none() && one.action != "AssumeRole").collect()
    }

    /// The rules of every rule group of the networking account, by the group's name.
    fn rule_groups(&self) -> BTreeMap<String, Vec<String>> {
        self.twin.with_world(|aws| rule_groups(aws))
    }

    /// The rules of a workload, wherever they are.
    fn rules_of(&self, workload: &str) -> Vec<String> {
        let mark = format!("metadata:lz {workload}.");
        self.rule_groups().into_values().flatten().filter(|rule| rule.contains(&mark)).collect()
    }
}

fn id(plan: &Plan, address: &str) -> String {
    let found = plan.unchanged.iter().find(|(other, _)| other.as_str() == address);
    found.map(|(_, id)| id.clone()).unwrap_or_else(|| panic!("{address} is not there"))
}

fn rule_groups(aws: &Aws) -> BTreeMap<String, Vec<String>> {
    let state = serde_json::to_value(&aws.network_firewall).expect("a state");
    let regions = state["regions"].as_object().expect("accounts").values();
    let groups = regions.flat_map(|account| account.as_object().expect("regions").values());
    let groups = groups.flat_map(|region| region["rule_groups"].as_object().expect("groups").clone());
    let there = groups.filter(|(_, group)| group["record"]["gone_at"] == Value::Null);
    let lines = |group: &Value| {
        let text = group["document"]["RulesSource"]["RulesString"].as_str().unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    there.map(|(name, group)| (name, lines(&group))).collect()
}

/// Where the first exchange stands that a test asks for.
fn place(exchanges: &[Exchange], what: &str, wanted: impl Fn(&Exchange) -> bool) -> usize {
    exchanges.iter().position(wanted).unwrap_or_else(|| panic!("{what}: no such call"))
}
