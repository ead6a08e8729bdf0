//! Edits of a zone's files, by the keys that they change.
//!
//! An edit is made whatever other edits were made before; one that has nothing to edit says so. Whether what comes of it is a
//! zone at all is for lz to tell.

/// Declares a file's edits: each a function's name, and the keys that it is about.
macro_rules! edits {
    ($($name:ident [$($key:literal),+ $(,)?])+) => {
        /// The edits of this file.
        pub const EDITS: &[$crate::simulation::transitions::edits::Edit] = &[$(
            $crate::simulation::transitions::edits::Edit { name: stringify!($name), keys: &[$($key),+], make: $name }
        ),+];
    };
}

mod topology;
mod vpc;

use fastrand::Rng;
use toml::{Table, Value};

use super::super::world::World;
use super::files::{list, toml};

/// An edit.
pub struct Edit {
    pub name: &'static str,
    /// The keys that it is about, as the documentation has them.
    pub keys: &'static [&'static str],
    /// Edits the files; false where there is nothing to edit.
    pub make: fn(&mut World, &mut Rng) -> bool,
}

const ZONE: &str = "lz.toml";
const LOCK: &str = "lz.lock";
const HUB: &str = "accounts/networking.toml";
const ZONES: [&str; 3] = ["euw1-az1", "euw1-az2", "euw1-az3"];
const CONTAINER: &str = "blueprints/container.toml";
const INGRESS: &str = "blueprints/ingress.toml";
const EGRESS: &str = "blueprints/egress.toml";
const SEGMENTED: &str = "blueprints/segmented.toml";
/// What every workload of the starter zone is called.
const WORKLOADS: [&str; 3] = ["payments-prod", "payments-dev", "added"];

edits! {
    a_zone_more ["availability_zones"]
    a_zone_less ["availability_zones"]
    a_zone_exchanged ["availability_zones"]
    a_segment_more_or_less ["segments"]
    another_segment ["accounts.segment"]
    another_range_of_workloads ["addresses", "addresses.workloads"]
    another_range_of_the_hub ["addresses", "addresses.hub"]
    a_unit_more_or_less ["organization", "organization.units"]
    another_unit ["organization.units"]
    shared_with_others ["organization.share_with"]
    another_topology ["transit_gateway", "transit_gateway.topology"]
    another_asn ["transit_gateway.amazon_side_asn"]
    who_accepts ["transit_gateway.auto_accept_shared_attachments"]
    another_tag ["tags"]
    flow_logs ["flow_logs", "flow_logs.bucket_arn"]
    traffic_of_flow_logs ["flow_logs.traffic"]
    a_workload_more ["accounts.blueprint", "accounts.segment"]
    another_blueprint ["accounts.blueprint"]
    a_network_more_or_less ["accounts.networks.NAME", "accounts.networks.NAME.blueprint"]
    a_network_renamed ["accounts.networks.NAME", "topology.tables.NAME.associates"]
    another_cidr ["accounts.cidr"]
    another_cidr_of_a_network ["accounts.networks.NAME.cidr"]
    another_size ["accounts.prefix_length"]
    another_size_of_a_network ["accounts.networks.NAME.prefix_length"]
    other_domains ["accounts.egress", "accounts.egress.domains"]
    other_addresses ["accounts.egress.addresses"]
    a_statement [
        "invariants.from", "invariants.to", "invariants.must", "invariants.must_not", "invariants.through",
        "invariants.protocol", "invariants.ports"
    ]

}

/// All edits.
pub fn all() -> impl Iterator<Item = &'static Edit> {
    [EDITS, vpc::EDITS, topology::EDITS].into_iter().flatten()
}

fn texts(world: &World, path: &str, keys: &[&str]) -> Vec<String> {
    let value = world.get(path, keys);
    let items = value.as_ref().and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn put_texts(world: &mut World, path: &str, keys: &[&str], items: &[String]) {
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    world.put_key(path, keys, list(&items));
}

fn some(items: &[String], drawn: &mut Rng) -> Option<String> {
    drawn.choice(items).cloned()
}

fn account(world: &World, drawn: &mut Rng) -> Option<(String, String)> {
    let there: Vec<String> = WORKLOADS
        .iter()
        .filter(|name| world.files.contains_key(&path_of(name)))
        .map(|name| (*name).to_owned())
        .collect();
    let name = some(&there, drawn)?;
    let path = path_of(&name);
    Some((name, path))
}

fn path_of(name: &str) -> String {
    format!("accounts/{name}.toml")
}

/// The blueprint of some VPC, as a path.
fn blueprint(world: &World, drawn: &mut Rng) -> String {
    let all: Vec<String> = [CONTAINER, INGRESS, EGRESS, "blueprints/egress-uninspected.toml", "blueprints/other.toml"]
        .into_iter()
        .filter(|path| world.files.contains_key(*path))
        .map(str::to_owned)
        .collect();
    some(&all, drawn).unwrap_or_else(|| CONTAINER.to_owned())
}

/// Frees the ranges that the lock pins: of a network, or of a tier of all networks.
fn unpin(world: &mut World, which: impl Fn(&str) -> bool, tier: Option<&str>) {
    if !world.files.contains_key(LOCK) {
        return;
    }
    let mut lock = world.table(LOCK);
    let Some(networks) = lock.get_mut("networks").and_then(Value::as_table_mut) else { return };
    match tier {
        None => networks.retain(|name, _| !which(name)),
        Some(tier) => {
            for (_, network) in networks.iter_mut().filter(|(name, _)| which(name)) {
                if let Some(subnets) = network.get_mut("subnets").and_then(Value::as_table_mut) {
                    subnets.remove(tier);
                }
            }
        }
    }
    world.put(LOCK, &lock);
}

fn a_zone_more(world: &mut World, _: &mut Rng) -> bool {
    let mut zones = texts(world, ZONE, &["availability_zones"]);
    let Some(more) = ZONES.iter().find(|zone| !zones.iter().any(|one| one == *zone)) else { return false };
    zones.push((*more).to_owned());
    put_texts(world, ZONE, &["availability_zones"], &zones);
    true
}

fn a_zone_less(world: &mut World, _: &mut Rng) -> bool {
    let mut zones = texts(world, ZONE, &["availability_zones"]);
    if zones.len() < 3 {
        return false;
    }
    zones.pop();
    put_texts(world, ZONE, &["availability_zones"], &zones);
    true
}

fn a_zone_exchanged(world: &mut World, drawn: &mut Rng) -> bool {
    let mut zones = texts(world, ZONE, &["availability_zones"]);
    let Some(other) = ZONES.iter().find(|zone| !zones.iter().any(|one| one == *zone)) else { return false };
    let place = drawn.usize(..zones.len());
    let Some(zone) = zones.get_mut(place) else { return false };
    let former = std::mem::replace(zone, (*other).to_owned());
    put_texts(world, ZONE, &["availability_zones"], &zones);
    let mut lock = world.table(LOCK);
    let labels = lock.get_mut("availability_zones").and_then(Value::as_table_mut);
    for (_, pinned) in labels.into_iter().flatten().filter(|(_, pinned)| pinned.as_str() == Some(&former)) {
        *pinned = Value::from(*other);
    }
    world.put(LOCK, &lock);
    true
}

fn a_segment_more_or_less(world: &mut World, _: &mut Rng) -> bool {
    let mut segments = texts(world, ZONE, &["segments"]);
    let before = segments.len();
    segments.retain(|segment| segment != "extra");
    if segments.len() == before {
        segments.push("extra".to_owned());
    }
    put_texts(world, ZONE, &["segments"], &segments);
    true
}

fn another_segment(world: &mut World, drawn: &mut Rng) -> bool {
    let Some((_, path)) = account(world, drawn) else { return false };
    let segments = texts(world, ZONE, &["segments"]);
    let Some(segment) = some(&segments, drawn) else { return false };
    world.put_key(&path, &["segment"], segment);
    true
}

fn another_range_of_workloads(world: &mut World, _: &mut Rng) -> bool {
    world.flip(ZONE, &["addresses", "workloads"], "10.32.0.0/11", "10.32.0.0/12");
    true
}

fn another_range_of_the_hub(world: &mut World, _: &mut Rng) -> bool {
    world.flip(ZONE, &["addresses", "hub"], "10.16.0.0/16", "10.16.0.0/15");
    true
}

fn a_unit_more_or_less(world: &mut World, _: &mut Rng) -> bool {
    let mut units = texts(world, ZONE, &["organization", "units"]);
    let before = units.len();
    units.retain(|unit| unit != "Workloads/Extra/Deep");
    if units.len() == before {
        units.push("Workloads/Extra/Deep".to_owned());
    }
    put_texts(world, ZONE, &["organization", "units"], &units);
    true
}

fn another_unit(world: &mut World, drawn: &mut Rng) -> bool {
    let Some((_, path)) = account(world, drawn) else { return false };
    let units = texts(world, ZONE, &["organization", "units"]);
    match some(&units, drawn).filter(|_| drawn.u8(..5) > 0) {
        Some(unit) => world.put_key(&path, &["unit"], unit),
        None => return world.take_key(&path, &["unit"]),
    }
    true
}

fn shared_with_others(world: &mut World, _: &mut Rng) -> bool {
    let units = list(&["Workloads", "Infrastructure"]);
    world.flip(ZONE, &["organization", "share_with"], "organization", units);
    true
}

fn another_topology(world: &mut World, _: &mut Rng) -> bool {
    world.flip(ZONE, &["transit_gateway", "topology"], "segmented", "flat");
    true
}

fn another_asn(world: &mut World, _: &mut Rng) -> bool {
    world.flip(ZONE, &["transit_gateway", "amazon_side_asn"], 64_512, 64_600);
    true
}

fn who_accepts(world: &mut World, _: &mut Rng) -> bool {
    world.flip(ZONE, &["transit_gateway", "auto_accept_shared_attachments"], true, false);
    true
}

fn another_tag(world: &mut World, drawn: &mut Rng) -> bool {
    match drawn.bool() {
        true => world.flip(ZONE, &["tags", "owner"], "platform", "network"),
        false => world.put_key(ZONE, &["tags", &format!("team-{}", drawn.u8(..9))], "core"),
    }
    true
}

fn flow_logs(world: &mut World, drawn: &mut Rng) -> bool {
    if drawn.bool() && world.take_key(ZONE, &["flow_logs"]) {
        return true;
    }
    let (one, other) = ("arn:aws:s3:::acme-flow-logs", "arn:aws:s3:::acme-other-logs/folder/");
    world.flip(ZONE, &["flow_logs", "bucket_arn"], one, other);
    true
}

fn traffic_of_flow_logs(world: &mut World, drawn: &mut Rng) -> bool {
    if world.get(ZONE, &["flow_logs"]).is_none() {
        return false;
    }
    let traffic = ["all", "accept", "reject"][drawn.usize(..3)];
    world.put_key(ZONE, &["flow_logs", "traffic"], traffic);
    true
}

fn a_workload_more(world: &mut World, _: &mut Rng) -> bool {
    if world.files.contains_key(&path_of("added")) {
        return false;
    }
    let text =
        "email = \"aws+added@example.com\"\nunit = \"Workloads/Prod\"\nsegment = \"prod\"\nblueprint = \"container\"\n";
    world.write(&path_of("added"), text);
    true
}

/// A workload's VPC is named like its blueprint: another VPC takes its place.
fn another_blueprint(world: &mut World, drawn: &mut Rng) -> bool {
    let Some((_, path)) = account(world, drawn) else { return false };
    if !world.files.contains_key("blueprints/other.toml") {
        let text = world.files[CONTAINER].clone();
        world.write("blueprints/other.toml", text);
    }
    world.flip(&path, &["blueprint"], "container", "other");
    true
}

fn a_network_more_or_less(world: &mut World, drawn: &mut Rng) -> bool {
    let (path, blueprint) = match drawn.u8(..3) {
        0 => (HUB.to_owned(), "ingress"),
        _ => match account(world, drawn) {
            Some((_, path)) => (path, "container"),
            None => return false,
        },
    };
    if world.take_key(&path, &["networks", "second"]) {
        change_words(world, |words| words.retain(|word| word != "second"));
        return true;
    }
    world.put_key(&path, &["networks", "second", "blueprint"], blueprint);
    if path == HUB {
        change_words(world, |words| {
            if words.iter().any(|word| word == "ingress" || word == "entry") {
                words.push("second".to_owned());
            }
        });
    }
    true
}

/// Changes the words of all lists of all tables of the segmented topology.
fn change_words(world: &mut World, change: impl Fn(&mut Vec<String>)) {
    for table in world.names(SEGMENTED, &["tables"]) {
        for key in ["associates", "propagates_from"] {
            if world.get(SEGMENTED, &["tables", &table, key]).is_some() {
                let mut words = texts(world, SEGMENTED, &["tables", &table, key]);
                change(&mut words);
                put_texts(world, SEGMENTED, &["tables", &table, key], &words);
            }
        }
    }
}

/// A network of the hub has another name: another VPC takes its place.
fn a_network_renamed(world: &mut World, drawn: &mut Rng) -> bool {
    let (one, other) = if drawn.bool() { ("ingress", "entry") } else { ("egress", "exit") };
    let mut account = world.table(HUB);
    let Some(networks) = account.get_mut("networks").and_then(Value::as_table_mut) else { return false };
    let (from, to) = if networks.contains_key(one) { (one, other) } else { (other, one) };
    let Some(network) = networks.remove(from) else { return false };
    networks.insert(to.to_owned(), network);
    world.put(HUB, &account);
    change_words(world, |words| {
        for word in words.iter_mut().filter(|word| *word == from) {
            to.clone_into(word);
        }
    });
    for path in [SEGMENTED, "blueprints/flat.toml"] {
        let text = world.files[path].replace(&format!("via = \"{from}\""), &format!("via = \"{to}\""));
        world.write(path, text);
    }
    true
}

fn another_cidr(world: &mut World, drawn: &mut Rng) -> bool {
    let Some((name, path)) = account(world, drawn) else { return false };
    let Some(network) = world.get(&path, &["blueprint"]).and_then(|one| one.as_str().map(str::to_owned)) else {
        return false;
    };
    unpin(world, |one| one == format!("{name}/{network}"), None);
    world.put_key(&path, &["cidr"], format!("10.40.{}.0/24", drawn.u8(..40)));
    world.take_key(&path, &["prefix_length"]);
    true
}

fn another_cidr_of_a_network(world: &mut World, drawn: &mut Rng) -> bool {
    let Some(network) = some(&world.names(HUB, &["networks"]), drawn) else { return false };
    unpin(world, |one| one == format!("networking/{network}"), None);
    world.put_key(HUB, &["networks", &network, "cidr"], format!("10.16.{}.0/24", 100 + drawn.u8(..40)));
    world.take_key(HUB, &["networks", &network, "prefix_length"]);
    true
}

fn another_size(world: &mut World, drawn: &mut Rng) -> bool {
    let Some((name, path)) = account(world, drawn) else { return false };
    if drawn.bool() {
        unpin(world, |one| one.starts_with(&name), None);
    }
    world.take_key(&path, &["cidr"]);
    world.flip(&path, &["prefix_length"], 23, 24);
    true
}

fn another_size_of_a_network(world: &mut World, drawn: &mut Rng) -> bool {
    let Some(network) = some(&world.names(HUB, &["networks"]), drawn) else { return false };
    unpin(world, |one| one == format!("networking/{network}"), None);
    world.take_key(HUB, &["networks", &network, "cidr"]);
    world.flip(HUB, &["networks", &network, "prefix_length"], 23, 24);
    true
}

fn other_domains(world: &mut World, drawn: &mut Rng) -> bool {
    let Some((_, path)) = account(world, drawn) else { return false };
    let domains = ["api.binance.com", ".example.com", "www.example.org", "a.example.net"];
    let chosen: Vec<&str> = domains.into_iter().filter(|_| drawn.bool()).collect();
    world.put_key(&path, &["egress", "domains"], list(&chosen));
    true
}

fn other_addresses(world: &mut World, drawn: &mut Rng) -> bool {
    let Some((_, path)) = account(world, drawn) else { return false };
    let entry = toml("to = \"203.0.113.10/32\"\nprotocol = \"tcp\"\nport = 8443\n");
    let none = Value::Array(Vec::new());
    world.flip(&path, &["egress", "addresses"], Value::Array(vec![entry]), none);
    true
}

/// Statements change nothing in AWS.
fn a_statement(world: &mut World, drawn: &mut Rng) -> bool {
    let path = "invariants.toml";
    let name = format!("statement-{}", drawn.u8(..3));
    if world.take_key(path, &[&name]) {
        return true;
    }
    let mut statement = Table::new();
    let place = ["payments-prod", "segment:dev", "workloads"][drawn.usize(..3)];
    statement.insert("from".to_owned(), Value::from(place));
    statement.insert("to".to_owned(), Value::from("internet"));
    match drawn.u8(..3) {
        0 => drop(statement.insert("must".to_owned(), Value::from("reach"))),
        1 => drop(statement.insert("must_not".to_owned(), Value::from("reach"))),
        _ => drop(statement.insert("through".to_owned(), Value::from(["firewall", "nat"][drawn.usize(..2)]))),
    }
    if drawn.bool() {
        statement.insert("protocol".to_owned(), Value::from("tcp"));
        statement.insert("ports".to_owned(), Value::Array(vec![Value::from([443, 25, 8443][drawn.usize(..3)])]));
    }
    world.put_key(path, &[&name], Value::Table(statement));
    true
}
