//! The zone as files: what the sample zone means, what other zones mean, and how malformed ones are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lz::config::{Files, Invalid, Loaded, Severity, load, resolve_files, starter_zone};
use lz::values::Label;
use lz::zone::{Endpoint, Layout, NetworkName, NextHop, ShareWith, TransitGatewayNextHop, UnitPath, Zone};

fn configs(folder: &str) -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(folder);
    let mut cases: Vec<(String, PathBuf)> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .collect();
    cases.sort();
    cases
}

/// The sample zone with a case's files over it. A case's file `removed.txt` lists files that it does without, its
/// `environment.txt` variables, its `set.txt` options, one a line.
fn load_case(case: &Path) -> Result<Loaded, Invalid> {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let file = directory.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    starter_zone().iter().for_each(|(path, text)| write(path, text));
    for folder in ["", "accounts", "blueprints"] {
        let Ok(entries) = std::fs::read_dir(case.join(folder)) else { continue };
        for entry in entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file()) {
            let path = Path::new(folder).join(entry.file_name());
            write(path.to_str().unwrap(), &std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    let pairs = |name: &str| -> Vec<(String, String)> {
        let text = std::fs::read_to_string(case.join(name)).unwrap_or_default();
        let split = |line: &str| line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).unwrap();
        text.lines().map(split).collect()
    };
    for path in std::fs::read_to_string(case.join("removed.txt")).unwrap_or_default().lines() {
        std::fs::remove_file(directory.path().join(path)).unwrap();
    }
    load(directory.path(), &pairs("environment.txt").into_iter().collect(), &pairs("set.txt"))
}

fn sample() -> Loaded {
    resolve_files(&Files::from_texts(starter_zone().iter().copied()), &BTreeMap::new(), &[]).unwrap()
}

/// A zone's networks and tables, a line each.
fn described(zone: &Zone) -> String {
    let mut lines = vec![format!("{} {} {:?}", zone.name, zone.region, zone.layout)];
    for (name, network) in &zone.networks {
        lines.push(format!("{name} {} {} {:?}", network.blueprint, network.cidr, network.attachment));
        for (tier_name, tier) in &network.tiers {
            let subnets: Vec<String> =
                tier.subnets.iter().map(|one| format!("{}={}", one.availability_zone.id, one.cidr)).collect();
            let routes: Vec<String> = tier.routes.iter().map(|(to, via)| format!("{to}->{via:?}")).collect();
            lines.push(format!("  {tier_name} {} | {}", subnets.join(" "), routes.join(" ")));
        }
        lines.extend(network.endpoints.iter().map(|(service, endpoint)| format!("  {service} {endpoint:?}")));
        lines.extend(network.firewall.iter().map(|firewall| format!("  {firewall:#?}")));
    }
    let lists = zone.accounts.values().filter(|account| account.egress.rules() > 0);
    lines.extend(lists.map(|account| format!("{} {:?}", account.name, account.egress)));
    lines.push(format!("isolates segments: {}", zone.transit_gateway.isolates_segments));
    for (name, table) in &zone.transit_gateway.route_tables {
        let names = |set: &BTreeSet<NetworkName>| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        lines.push(format!("{name} <- {} | learns {}", names(&table.associated), names(&table.propagated)));
        lines.extend(table.routes.iter().map(|(to, via)| match via {
            TransitGatewayNextHop::Network(network) => format!("  {to} -> {network}"),
            TransitGatewayNextHop::Blackhole => format!("  {to} -> blackhole"),
        }));
    }
    lines.extend(zone.invariants.values().map(|one| serde_json::to_string(one).unwrap()));
    lines.join("\n")
}

fn assert_snapshot(name: String, text: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/config");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn malformed_zones_are_refused_with_every_fault_its_place_and_the_hint() {
    for (name, path) in configs("invalid") {
        let invalid = load_case(&path).expect_err(&name);
        assert!(invalid.diagnostics.iter().any(|one| one.severity == Severity::Error), "{name}");
        assert!(invalid.diagnostics.iter().all(|one| !one.problem.is_empty() && !one.hint.is_empty()), "{name}");
        let rendered: Vec<String> = invalid.diagnostics.iter().map(|one| one.render(false).to_write()).collect();
        assert_snapshot(format!("invalid-{name}"), rendered.join("\n\n"));
    }
}

#[test]
fn other_zones_mean_what_they_say() {
    for (name, path) in configs("valid") {
        let loaded = load_case(&path).unwrap_or_else(|invalid| panic!("{name}: {invalid:#?}"));
        let warnings = loaded.warnings.iter().map(|one| one.render(false).to_write());
        let suppressions = loaded.suppressions.iter().map(|one| format!("{one:?}"));
        let parts = [described(&loaded.zone), loaded.lock.to_text().unwrap()].into_iter();
        let parts: Vec<String> = parts.chain(warnings).chain(suppressions).collect();
        assert_snapshot(format!("valid-{name}"), parts.join("\n\n"));
    }
}

#[test]
fn files_that_keep_the_firewall_apart_are_proved() {
    let (_, path) = configs("valid").into_iter().find(|(name, _)| name == "firewall-apart").unwrap();
    let zone = load_case(&path).unwrap().zone;
    let network = lz::reach::planned::network(&lz::blueprint::expand(&zone).unwrap());
    assert_eq!(lz::reach::prove::prove(&network, &lz::intent::intent(&zone)), []);
}

#[test]
fn the_sample_zone_is_the_reference_architecture() {
    let loaded = sample();
    assert_eq!(loaded.warnings, []);
    let zone = &loaded.zone;
    let network = |name: &str| &zone.networks[&NetworkName::parse(name).unwrap()];
    let routes = |name: &str, tier: &str| -> Vec<(String, NextHop)> {
        let routes = &network(name).tiers[&Label::parse(tier).unwrap()].routes;
        routes.iter().map(|(to, via)| (to.to_string(), *via)).collect()
    };
    let to = |destination: &str, via: NextHop| (destination.to_owned(), via);
    let (workloads, hub, everywhere) = ("10.32.0.0/11", "10.16.0.0/16", "0.0.0.0/0");
    for workload in ["payments-prod/container", "orders-prod/container", "payments-dev/container"] {
        assert_eq!(routes(workload, "private"), [to(everywhere, NextHop::TransitGateway)]);
        let data = [to(hub, NextHop::TransitGateway), to(workloads, NextHop::TransitGateway)];
        assert_eq!(routes(workload, "data"), data);
        assert_eq!(routes(workload, "transit"), []);
        assert!(!network(workload).internet_gateway);
        assert!(network(workload).tiers.values().all(|tier| !tier.nat_gateway && tier.subnets.len() == 2));
    }
    assert_eq!(routes("networking/ingress", "private"), [to(workloads, NextHop::TransitGateway)]);
    assert_eq!(routes("networking/ingress", "transit"), []);
    assert_eq!(routes("networking/egress", "transit"), [to(everywhere, NextHop::Firewall)]);
    let firewall = [to(everywhere, NextHop::NatGateway), to(workloads, NextHop::TransitGateway)];
    assert_eq!(routes("networking/egress", "firewall"), firewall);
    let public = [to(everywhere, NextHop::InternetGateway), to(workloads, NextHop::Firewall)];
    assert_eq!(routes("networking/egress", "public"), public);
    let appliance = |name: &str| network(name).attachment.as_ref().unwrap().appliance_mode;
    assert!(appliance("networking/egress") && !appliance("networking/ingress"));
    assert_snapshot("sample".to_owned(), described(zone));
}

/// The sample zone as files, with some of them changed.
fn sample_with(changes: &[(&str, &str)]) -> Files {
    let mut texts: BTreeMap<&str, &str> = starter_zone().iter().copied().collect();
    texts.extend(changes.iter().copied());
    Files::from_texts(texts)
}

fn resolved(files: &Files) -> Loaded {
    resolve_files(files, &BTreeMap::new(), &[]).unwrap()
}

#[test]
fn with_its_lock_a_zone_stays_where_it_is_whoever_comes_and_goes() {
    let first = sample();
    assert!(first.lock_changed);
    let mut files = sample_with(&[]);
    files.lock = Some(first.lock.to_text().unwrap());
    let second = resolved(&files);
    assert!(!second.lock_changed);
    assert_eq!((&second.digest, &second.zone), (&first.digest, &first.zone));

    let dev = files.accounts["payments-dev"].clone();
    files.accounts.insert("aaa-dev".to_owned(), dev.replace("payments-dev@", "aaa-dev@"));
    files.accounts.remove("orders-prod");
    let third = resolved(&files);
    let gone = NetworkName::parse("orders-prod/container").unwrap();
    let new = NetworkName::parse("aaa-dev/container").unwrap();
    for (name, network) in first.zone.networks.iter().filter(|(name, _)| **name != gone) {
        assert_eq!(third.zone.networks[name], *network);
    }
    assert!(first.zone.networks.values().all(|other| !other.cidr.overlaps(third.zone.networks[&new].cidr)));
    assert_eq!(third.lock.networks[&gone], first.lock.networks[&gone]);
    assert_eq!(third.warnings.len(), 1);
}

#[test]
fn a_tier_that_is_added_moves_no_subnet() {
    let first = sample();
    let egress = NetworkName::parse("networking/egress").unwrap();
    let mut files = sample_with(&[]);
    files.lock = Some(first.lock.to_text().unwrap());
    let blueprint = files.blueprints.get_mut("egress").unwrap();
    blueprint.push_str("\n[tiers.added]\nprefix_length = 28\n");
    let second = resolved(&files);
    for (name, tier) in &first.zone.networks[&egress].tiers {
        assert_eq!(second.zone.networks[&egress].tiers[name], *tier);
    }
    assert_eq!(second.zone.networks[&egress].tiers.len(), 4);
}

#[test]
fn later_layers_lie_over_earlier_ones() {
    let files = sample_with(&[]);
    let environment: BTreeMap<String, String> = [
        ("LZ_NAME", "from-environment"),
        ("LZ_REGION", "us-west-2"),
        ("LZ_AVAILABILITY_ZONES", r#"["usw2-az1", "usw2-az2"]"#),
        ("LZ_ORGANIZATION__SHARE_WITH", "Workloads, Security"),
        ("LZ_ACCOUNTS__NETWORKING__EMAIL", "hub@example.com"),
        ("LZ_BLUEPRINTS__CONTAINER__TIERS__DATA__PREFIX_LENGTH", "27"),
        ("LZ_TRANSIT_GATEWAY__AUTO_ACCEPT_SHARED_ATTACHMENTS", "false"),
        ("LZ_TIME_SCALE", "60"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let overrides = [
        ("name", "from-option"),
        ("accounts.payments-dev.prefix_length", "23"),
        ("accounts.payments-dev.networks.container.tiers.private.prefix_length", "25"),
        ("blueprints.container.endpoints.\"ecr.api\".private_dns", "false"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()));
    let zone = resolve_files(&files, &environment, &overrides).unwrap().zone;
    let network = |name: &str| &zone.networks[&NetworkName::parse(name).unwrap()];
    let subnet = |name: &str, tier: &str| network(name).tiers[&Label::parse(tier).unwrap()].subnets[0].cidr;
    let label = |text: &str| Label::parse(text).unwrap();
    assert_eq!(zone.name.as_str(), "from-option");
    assert_eq!(zone.region.as_str(), "us-west-2");
    assert_eq!(zone.accounts[&label("networking")].email.as_ref().unwrap().as_str(), "hub@example.com");
    assert!(!zone.transit_gateway.auto_accept_shared_attachments);
    assert_eq!(network("payments-dev/container").cidr.prefix_length(), 23);
    assert_eq!(subnet("payments-dev/container", "private").prefix_length(), 25);
    assert_eq!(subnet("payments-dev/container", "data").prefix_length(), 27);
    assert_eq!(subnet("orders-prod/container", "private").prefix_length(), 23);
    let private_dns = &network("orders-prod/container").endpoints["ecr.api"];
    assert_eq!(private_dns, &Endpoint::Interface { tier: label("private"), private_dns: false });
    let Layout::Organization(organization) = &zone.layout else { panic!("{:?}", zone.layout) };
    let units = ["Workloads", "Security"].map(|unit| UnitPath::parse(unit).unwrap());
    assert_eq!(organization.share_with, ShareWith::Units(units.into()));
}

#[test]
fn findings_are_data_for_programs() {
    let files = sample_with(&[("accounts/payments-dev.toml", "email = 7\nsegment = 7\n")]);
    let invalid = resolve_files(&files, &BTreeMap::new(), &[]).unwrap_err();
    assert_eq!(invalid.to_string(), "the zone's files have 2 errors");
    let segment = serde_json::to_value(&invalid.diagnostics[1]).unwrap();
    assert_eq!(
        segment,
        serde_json::json!({
            "severity": "error",
            "file": "accounts/payments-dev.toml",
            "line": 2,
            "column": 11,
            "key": "segment",
            "problem": "`segment` holds a number, and wants a text",
            "hint": "write it like `segment = \"prod\"`",
        })
    );
    assert!(invalid.diagnostics[1].render(true).to_write().contains('\u{1b}'));
}

#[test]
fn a_thousand_workloads_are_one_zone() {
    let mut files = sample_with(&[]);
    for index in 0..1_000 {
        let text = format!(
            "email = \"aws+w{index}@example.com\"\nunit = \"Workloads/Prod\"\nsegment = \"prod\"\nblueprint = \"container\"\n"
        );
        files.accounts.insert(format!("w{index}"), text);
    }
    let loaded = resolved(&files);
    assert_eq!(loaded.zone.networks.len(), 1_005);
    let mut ranges: Vec<_> = loaded.zone.networks.values().map(|network| network.cidr).collect();
    ranges.sort();
    assert!(ranges.windows(2).all(|pair| !pair[0].overlaps(pair[1])));
    files.lock = Some(loaded.lock.to_text().unwrap());
    assert_eq!(resolved(&files).digest, loaded.digest);
}

#[test]
fn a_route_table_takes_five_hundred_routes() {
    let blueprint = |count: usize| {
        let routes: Vec<String> = (0..count)
            .map(|index| {
                format!("{{ to = \"172.{}.{}.0/24\", via = \"transit-gateway\" }}", 16 + index / 256, index % 256)
            })
            .collect();
        format!(
            "kind = \"vpc\"\nprefix_length = 24\n[attachment]\ntier = \"transit\"\n[tiers.transit]\nprefix_length = 28\nroutes = [{}]\n",
            routes.join(", ")
        )
    };
    resolved(&sample_with(&[("blueprints/ingress.toml", &blueprint(500))]));
    let files = sample_with(&[("blueprints/ingress.toml", &blueprint(501))]);
    let invalid = resolve_files(&files, &BTreeMap::new(), &[]).unwrap_err();
    assert_eq!(invalid.diagnostics[0].problem, "501 routes are more than the 500 that AWS takes in a table");
}
