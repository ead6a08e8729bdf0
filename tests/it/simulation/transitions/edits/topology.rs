//! Edits of the transit gateway's tables.

use fastrand::Rng;
use toml::Value;

use super::super::super::world::World;
use super::super::files::{list, toml};
use super::vpc::route;
use super::{HUB, SEGMENTED, put_texts, some, texts};

edits! {
    isolation ["topology.isolates_segments"]
    a_table_renamed ["topology.tables.NAME"]
    one_table_of_all_segments ["topology.tables.NAME.per_segment"]
    in_another_table ["topology.tables.NAME.associates"]
    other_propagations ["topology.tables.NAME.propagates_from"]
    other_static_routes ["topology.tables.NAME.routes"]
}

fn isolation(world: &mut World, _: &mut Rng) -> bool {
    world.flip(SEGMENTED, &["isolates_segments"], true, false);
    true
}

fn a_table_renamed(world: &mut World, drawn: &mut Rng) -> bool {
    let mut topology = world.table(SEGMENTED);
    let Some(tables) = topology.get_mut("tables").and_then(Value::as_table_mut) else { return false };
    let names: Vec<String> = tables.keys().cloned().collect();
    let Some(name) = some(&names, drawn) else { return false };
    let other = if let Some(former) = name.strip_suffix("-too") { former.to_owned() } else { format!("{name}-too") };
    let Some(table) = tables.remove(&name) else { return false };
    tables.insert(other, table);
    world.put(SEGMENTED, &topology);
    true
}

fn table_with(world: &World, word: &str) -> Option<String> {
    let tables = world.names(SEGMENTED, &["tables"]);
    tables
        .into_iter()
        .find(|name| texts(world, SEGMENTED, &["tables", name, "associates"]).iter().any(|one| one == word))
}

fn one_table_of_all_segments(world: &mut World, _: &mut Rng) -> bool {
    let (name, per_segment, words) = match (table_with(world, "segment"), table_with(world, "workloads")) {
        (Some(name), _) => (name, false, list(&["workloads"])),
        (None, Some(name)) => (name, true, list(&["segment"])),
        (None, None) => return false,
    };
    world.put_key(SEGMENTED, &["tables", &name, "per_segment"], per_segment);
    world.put_key(SEGMENTED, &["tables", &name, "associates"], words);
    true
}

/// The ingress VPC is in the egress VPC's table, or in its own again.
fn in_another_table(world: &mut World, _: &mut Rng) -> bool {
    let (Some(own), Some(other)) = (table_with(world, "ingress"), table_with(world, "egress")) else { return false };
    let mut topology = world.table(SEGMENTED);
    let Some(tables) = topology.get_mut("tables").and_then(Value::as_table_mut) else { return false };
    if own == other {
        let table = toml("associates = [\"ingress\"]\npropagates_from = [\"workloads\"]\n");
        tables.insert("ingress".to_owned(), table);
        if let Some(Value::Table(table)) = tables.get_mut(&other) {
            table.insert("associates".to_owned(), list(&["egress"]));
        }
    } else {
        tables.remove(&own);
        if let Some(Value::Table(table)) = tables.get_mut(&other) {
            table.insert("associates".to_owned(), list(&["egress", "ingress"]));
        }
    }
    world.put(SEGMENTED, &topology);
    true
}

fn other_propagations(world: &mut World, drawn: &mut Rng) -> bool {
    let Some(name) = some(&world.names(SEGMENTED, &["tables"]), drawn) else { return false };
    let hub = world.names(HUB, &["networks"]);
    let mut words = texts(world, SEGMENTED, &["tables", &name, "propagates_from"]);
    match drawn.bool() && !words.is_empty() {
        true => drop(words.remove(drawn.usize(..words.len()))),
        false => {
            let Some(word) = some(&hub, drawn).filter(|word| !words.contains(word)) else { return false };
            words.push(word);
        }
    }
    put_texts(world, SEGMENTED, &["tables", &name, "propagates_from"], &words);
    true
}

fn other_static_routes(world: &mut World, drawn: &mut Rng) -> bool {
    let Some(name) = some(&world.names(SEGMENTED, &["tables"]), drawn) else { return false };
    let routes = world.get(SEGMENTED, &["tables", &name, "routes"]);
    let mut routes = routes.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    let to = ["172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "203.0.113.0/24"][drawn.usize(..4)];
    let before = routes.len();
    routes.retain(|route| route.get("to").and_then(Value::as_str) != Some(to));
    if routes.len() == before {
        routes.push(route(to, "blackhole"));
    }
    world.put_key(SEGMENTED, &["tables", &name, "routes"], Value::Array(routes));
    true
}
