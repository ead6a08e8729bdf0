//! Edits of VPCs' blueprints, and of the firewall.

use fastrand::Rng;
use toml::Value;

use super::super::super::world::World;
use super::super::files::{list, toml};
use super::{CONTAINER, EGRESS, HUB, INGRESS, LOCK, blueprint, change_words, put_texts, some, unpin};

edits! {
    another_size_of_a_blueprint ["vpc.prefix_length"]
    an_internet_gateway ["vpc.internet_gateway"]
    not_attached ["vpc.attachment"]
    another_tier_of_the_attachment ["vpc.attachment.tier"]
    appliance_mode ["vpc.attachment.appliance_mode"]
    a_tier_more_or_less ["vpc.tiers.NAME"]
    another_size_of_a_tier ["vpc.tiers.NAME.prefix_length"]
    a_tier_cut_anew_by_the_lock ["vpc.tiers.NAME.prefix_length"]
    the_firewall_on_or_off ["vpc.firewall", "vpc.tiers.NAME.firewall", "vpc.tiers.NAME.routes"]
    nat_gateways_move ["vpc.tiers.NAME.nat_gateway"]
    the_firewall_s_tier_moves ["vpc.tiers.NAME.firewall"]
    a_route_more_or_less ["vpc.tiers.NAME.routes"]
    a_route_leads_elsewhere ["vpc.tiers.NAME.routes"]
    an_endpoint_more_or_less ["vpc.endpoints.SERVICE"]
    another_type_of_endpoint ["vpc.endpoints.SERVICE.type"]
    other_tiers_of_an_endpoint ["vpc.endpoints.SERVICE.tiers"]
    another_tier_of_an_endpoint ["vpc.endpoints.SERVICE.tier"]
    private_names ["vpc.endpoints.SERVICE.private_dns"]
    dhcp_options ["vpc.dhcp_options", "vpc.dhcp_options.domain_name"]
    other_name_servers ["vpc.dhcp_options.domain_name_servers"]
    time_servers ["vpc.dhcp_options.ntp_servers"]
    other_rules ["vpc.firewall.rules"]
    another_rule_capacity ["vpc.firewall.rule_capacity"]
    another_workload_capacity ["vpc.firewall.workload_capacity"]
    another_home_net ["vpc.firewall.home_net"]
    stream_exceptions ["vpc.firewall.stream_exceptions"]
    retention ["vpc.firewall.log_retention_days"]
    protections ["vpc.firewall.delete_protection", "vpc.firewall.subnet_change_protection", "vpc.firewall.policy_change_protection"]
}

fn another_size_of_a_blueprint(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    if drawn.u8(..4) > 0 {
        unpin(world, |_| true, None);
    }
    world.flip(&path, &["prefix_length"], 23, 24);
    true
}

fn an_internet_gateway(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    world.flip(&path, &["internet_gateway"], true, false);
    true
}

/// Takes the attachment away with all routes that need it, or gives it back.
fn not_attached(world: &mut World, drawn: &mut Rng) -> bool {
    let path = [CONTAINER, INGRESS][drawn.usize(..2)];
    if world.get(path, &["attachment"]).is_none() {
        world.put_key(path, &["attachment", "tier"], "transit");
        let to = if path == CONTAINER { "0.0.0.0/0" } else { "workloads" };
        world.put_key(path, &["tiers", "private", "routes"], Value::Array(vec![route(to, "transit-gateway")]));
        change_words(world, |words| {
            if path == INGRESS && words.is_empty() {
                words.push("ingress".to_owned());
            }
        });
        return true;
    }
    world.take_key(path, &["attachment"]);
    for tier in world.names(path, &["tiers"]) {
        world.take_key(path, &["tiers", &tier, "routes"]);
    }
    if path == INGRESS {
        change_words(world, |words| words.retain(|word| word != "ingress"));
    }
    true
}

pub(super) fn route(to: &str, via: &str) -> Value {
    toml(&format!("to = \"{to}\"\nvia = \"{via}\"\n"))
}

fn another_tier_of_the_attachment(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    if world.get(&path, &["attachment"]).is_none() {
        return false;
    }
    if world.get(&path, &["tiers", "attach"]).is_none() {
        let routes = world.get(&path, &["tiers", "transit", "routes"]);
        world.put_key(&path, &["tiers", "attach", "prefix_length"], 28);
        if let Some(routes) = routes {
            world.put_key(&path, &["tiers", "attach", "routes"], routes);
        }
    }
    world.flip(&path, &["attachment", "tier"], "transit", "attach");
    true
}

fn appliance_mode(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    if world.get(&path, &["attachment"]).is_none() {
        return false;
    }
    world.flip(&path, &["attachment", "appliance_mode"], true, false);
    true
}

fn a_tier_more_or_less(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    if world.take_key(&path, &["tiers", "extra"]) {
        return true;
    }
    world.put_key(&path, &["tiers", "extra", "prefix_length"], 28);
    true
}

fn another_size_of_a_tier(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    let Some(tier) = some(&world.names(&path, &["tiers"]), drawn) else { return false };
    if drawn.u8(..4) > 0 {
        unpin(world, |_| true, Some(&tier));
    }
    world.flip(&path, &["tiers", &tier, "prefix_length"], 27, 28);
    true
}

/// The ranges of a tier are others, at the end of the network: what holds its subnets is turned zone after zone.
fn a_tier_cut_anew_by_the_lock(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    let name = path.trim_start_matches("blueprints/").trim_end_matches(".toml").to_owned();
    let Some(tier) = some(&world.names(&path, &["tiers"]), drawn) else { return false };
    let mut lock = world.table(LOCK);
    let Some(networks) = lock.get_mut("networks").and_then(Value::as_table_mut) else { return false };
    let mut is_any = false;
    for (_, network) in networks.iter_mut().filter(|(one, _)| one.ends_with(&format!("/{name}"))) {
        let cidr = network.get("cidr").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some((begin, _)) = cidr.rsplit_once('.') else { continue };
        let Some(subnets) = network.get_mut("subnets").and_then(Value::as_table_mut) else { continue };
        let Some(ranges) = subnets.get_mut(&tier).and_then(Value::as_array_mut) else { continue };
        // The upper or the lower end of the last 96 addresses, of three zones at most.
        let is_high = ranges.iter().any(|range| range.as_str().is_some_and(|range| range.contains(".208/28")));
        let first = if is_high { 160 } else { 208 };
        let count = ranges.len().min(3);
        *ranges = (0..count).map(|place| Value::from(format!("{begin}.{}/28", first + 16 * place))).collect();
        is_any = true;
    }
    if is_any {
        world.put(LOCK, &lock);
        world.put_key(&path, &["tiers", &tier, "prefix_length"], 28);
    }
    is_any
}

fn egress_network(world: &World) -> Option<String> {
    world.names(HUB, &["networks"]).into_iter().find(|name| name == "egress" || name == "exit")
}

/// Routes, firewall and tiers of the egress VPC are those of another blueprint.
fn the_firewall_on_or_off(world: &mut World, _: &mut Rng) -> bool {
    let Some(network) = egress_network(world) else { return false };
    world.flip(HUB, &["networks", &network, "blueprint"], "egress", "egress-uninspected");
    // The starter zone's own statement, which only a firewall can keep.
    world.take_key("invariants.toml", &["nobody-speaks-smtp"]);
    true
}

fn nat_gateways_move(world: &mut World, _: &mut Rng) -> bool {
    for path in [EGRESS, "blueprints/egress-uninspected.toml"] {
        let mut table = world.table(path);
        let Some(tiers) = table.get_mut("tiers").and_then(Value::as_table_mut) else { return false };
        let (from, to) = if tiers.contains_key("public") { ("public", "outside") } else { ("outside", "public") };
        let Some(tier) = tiers.remove(from) else { return false };
        tiers.insert(to.to_owned(), tier);
        world.put(path, &table);
    }
    true
}

fn the_firewall_s_tier_moves(world: &mut World, _: &mut Rng) -> bool {
    let mut table = world.table(EGRESS);
    let Some(tiers) = table.get_mut("tiers").and_then(Value::as_table_mut) else { return false };
    let (from, to) =
        if tiers.contains_key("firewall") { ("firewall", "inspection") } else { ("inspection", "firewall") };
    let Some(tier) = tiers.remove(from) else { return false };
    tiers.insert(to.to_owned(), tier);
    world.put(EGRESS, &table);
    true
}

fn routes_of(world: &World, path: &str, tier: &str) -> Vec<Value> {
    let routes = world.get(path, &["tiers", tier, "routes"]);
    routes.as_ref().and_then(Value::as_array).cloned().unwrap_or_default()
}

fn a_route_more_or_less(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    let Some(tier) = some(&world.names(&path, &["tiers"]), drawn) else { return false };
    let mut routes = routes_of(world, &path, &tier);
    match drawn.bool() && !routes.is_empty() {
        true => drop(routes.remove(drawn.usize(..routes.len()))),
        false => {
            let to = ["hub", "workloads", "198.51.100.0/24"][drawn.usize(..3)];
            if routes.iter().any(|route| route.get("to").and_then(Value::as_str) == Some(to)) {
                return false;
            }
            routes.push(route(to, "transit-gateway"));
        }
    }
    world.put_key(&path, &["tiers", &tier, "routes"], Value::Array(routes));
    true
}

/// The way out, and the way back, lead past the firewall, or through it again.
fn a_route_leads_elsewhere(world: &mut World, drawn: &mut Rng) -> bool {
    let (tier, one, other) = match drawn.bool() {
        true => ("transit", "firewall", "nat"),
        false => ("public", "firewall", "transit-gateway"),
    };
    let mut routes = routes_of(world, EGRESS, tier);
    let Some(Value::Table(route)) = routes.iter_mut().find(|route| {
        let via = route.get("via").and_then(Value::as_str);
        via == Some(one) || via == Some(other)
    }) else {
        return false;
    };
    let is_one = route.get("via").and_then(Value::as_str) == Some(one);
    route.insert("via".to_owned(), Value::from(if is_one { other } else { one }));
    world.put_key(EGRESS, &["tiers", tier, "routes"], Value::Array(routes));
    true
}

fn a_tier_of_hosts(world: &World, path: &str) -> String {
    let tiers = world.names(path, &["tiers"]);
    if tiers.iter().any(|tier| tier == "private") {
        "private".to_owned()
    } else {
        tiers.first().cloned().unwrap_or_default()
    }
}

fn an_endpoint_more_or_less(world: &mut World, drawn: &mut Rng) -> bool {
    let path = [CONTAINER, INGRESS][drawn.usize(..2)];
    let service = ["dynamodb", "sqs", "logs", "s3"][drawn.usize(..4)];
    if world.take_key(path, &["endpoints", service]) {
        return true;
    }
    let tier = a_tier_of_hosts(world, path);
    let endpoint = match service {
        "dynamodb" | "s3" => toml(&format!("type = \"gateway\"\ntiers = [\"{tier}\"]\n")),
        _ => toml(&format!("type = \"interface\"\ntier = \"{tier}\"\n")),
    };
    world.put_key(path, &["endpoints", service], endpoint);
    true
}

fn another_type_of_endpoint(world: &mut World, _: &mut Rng) -> bool {
    let Some(Value::Table(endpoint)) = world.get(CONTAINER, &["endpoints", "s3"]) else { return false };
    let tier = a_tier_of_hosts(world, CONTAINER);
    let is_gateway = endpoint.get("type").and_then(Value::as_str) == Some("gateway");
    let other = match is_gateway {
        true => toml(&format!("type = \"interface\"\ntier = \"{tier}\"\nprivate_dns = false\n")),
        false => toml(&format!("type = \"gateway\"\ntiers = [\"{tier}\"]\n")),
    };
    world.put_key(CONTAINER, &["endpoints", "s3"], other);
    true
}

fn other_tiers_of_an_endpoint(world: &mut World, drawn: &mut Rng) -> bool {
    if world.get(CONTAINER, &["endpoints", "s3", "tiers"]).is_none() {
        return false;
    }
    let tiers = world.names(CONTAINER, &["tiers"]);
    let mut chosen: Vec<String> = tiers.iter().filter(|_| drawn.bool()).cloned().collect();
    if chosen.is_empty() {
        chosen.extend(some(&tiers, drawn));
    }
    put_texts(world, CONTAINER, &["endpoints", "s3", "tiers"], &chosen);
    true
}

fn another_tier_of_an_endpoint(world: &mut World, drawn: &mut Rng) -> bool {
    let path = [CONTAINER, INGRESS][drawn.usize(..2)];
    let all = world.names(path, &["endpoints"]);
    let with_a_tier: Vec<String> =
        all.into_iter().filter(|service| world.get(path, &["endpoints", service, "tier"]).is_some()).collect();
    let Some(service) = some(&with_a_tier, drawn) else { return false };
    let Some(tier) = some(&world.names(path, &["tiers"]), drawn) else { return false };
    world.put_key(path, &["endpoints", &service, "tier"], tier);
    true
}

fn private_names(world: &mut World, _: &mut Rng) -> bool {
    if world.get(CONTAINER, &["endpoints", "logs"]).is_none() {
        return false;
    }
    world.flip(CONTAINER, &["endpoints", "logs", "private_dns"], false, true);
    true
}

fn other_rules(world: &mut World, drawn: &mut Rng) -> bool {
    let rule =
        format!("drop tcp $HOME_NET any -> $EXTERNAL_NET {} (msg:\"more\"; sid:20000{};)\n", 6000 + drawn.u16(..9), 1);
    world.write("blueprints/more.rules", rule);
    let files =
        [list(&["baseline.rules"]), list(&["more.rules", "baseline.rules"]), list(&["baseline.rules", "more.rules"])];
    world.put_key(EGRESS, &["firewall", "rules"], files[drawn.usize(..3)].clone());
    true
}

fn another_rule_capacity(world: &mut World, _: &mut Rng) -> bool {
    world.flip(EGRESS, &["firewall", "rule_capacity"], 500, 600);
    true
}

fn another_workload_capacity(world: &mut World, _: &mut Rng) -> bool {
    world.flip(EGRESS, &["firewall", "workload_capacity"], 2000, 1500);
    true
}

fn another_home_net(world: &mut World, _: &mut Rng) -> bool {
    world.flip(EGRESS, &["firewall", "home_net"], list(&["workloads"]), list(&["workloads", "hub"]));
    true
}

fn stream_exceptions(world: &mut World, drawn: &mut Rng) -> bool {
    world.put_key(EGRESS, &["firewall", "stream_exceptions"], ["drop", "continue", "reject"][drawn.usize(..3)]);
    true
}

fn retention(world: &mut World, drawn: &mut Rng) -> bool {
    world.put_key(EGRESS, &["firewall", "log_retention_days"], [0, 30, 90][drawn.usize(..3)]);
    true
}

fn protections(world: &mut World, drawn: &mut Rng) -> bool {
    let keys = ["delete_protection", "subnet_change_protection", "policy_change_protection"];
    world.flip(EGRESS, &["firewall", keys[drawn.usize(..3)]], false, true);
    true
}

fn dhcp_options(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    if drawn.bool() && world.take_key(&path, &["dhcp_options"]) {
        return true;
    }
    let domain = format!("{}.example.com", drawn.choice(["corp", "office"]).unwrap_or("corp"));
    world.put_key(&path, &["dhcp_options", "domain_name"], Value::String(domain));
    true
}

fn other_name_servers(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    let servers: &[&str] =
        [&["AmazonProvidedDNS"] as &[&str], &["10.16.0.10"], &["10.16.0.11", "10.16.0.10"]][drawn.usize(..3)];
    world.put_key(&path, &["dhcp_options", "domain_name_servers"], list(servers));
    true
}

fn time_servers(world: &mut World, drawn: &mut Rng) -> bool {
    let path = blueprint(world, drawn);
    world.put_key(&path, &["dhcp_options", "ntp_servers"], list(&["169.254.169.123"]));
    true
}
