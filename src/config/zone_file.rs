//! `lz.toml`: what holds for the whole zone.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Origin;
use super::read::{Entry, Findings, Sourced, Table};
use crate::values::{Cidr, Label, Region, ZoneId};
use crate::zone::{FlowLogs, Traffic, UnitPath};

/// `lz.toml` as far as it could be read: what is absent was reported, or is optional.
pub(super) struct ZoneSpec {
    pub(super) name: Option<Sourced<Label>>,
    pub(super) region: Option<Sourced<Region>>,
    pub(super) availability_zones: Option<Sourced<Vec<Sourced<ZoneId>>>>,
    pub(super) layout: Option<Sourced<LayoutWord>>,
    pub(super) segments: Option<Vec<Sourced<Label>>>,
    pub(super) workloads: Option<Sourced<Cidr>>,
    pub(super) hub: Option<Sourced<Cidr>>,
    pub(super) organization: OrganizationSpec,
    pub(super) topology: Option<Sourced<Label>>,
    pub(super) amazon_side_asn: Option<Sourced<u32>>,
    pub(super) auto_accept_shared_attachments: Option<Sourced<bool>>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) flow_logs: Option<FlowLogs>,
}

/// What `layout` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LayoutWord {
    Organization,
    SingleAccount,
}

/// The table `[organization]`.
#[derive(Default)]
pub(super) struct OrganizationSpec {
    pub(super) role: Option<Sourced<String>>,
    pub(super) external_id: Option<Sourced<String>>,
    pub(super) units: Option<Vec<Sourced<UnitPath>>>,
    pub(super) share_with: Option<ShareWithSpec>,
}

/// What `share_with` says.
pub(super) enum ShareWithSpec {
    Organization,
    Units(Vec<Sourced<UnitPath>>),
}

/// Reads the zone's settings from the whole document.
pub(super) fn read(mut root: Table<'_>, findings: &Findings) -> ZoneSpec {
    // These stand in files of their own; their settings from the environment and options are read with them.
    root.optional("accounts", "");
    root.optional("blueprints", "");
    root.optional("invariants", "");
    root.optional(super::suppressions_file::ROOT, "");
    let name = root.required("name", r#"name = "acme""#).and_then(Entry::parsed);
    let region = root.required("region", r#"region = "eu-west-1""#).and_then(Entry::parsed::<Region>);
    let availability_zones =
        root.required("availability_zones", r#"availability_zones = ["euw1-az1", "euw1-az2"]"#).and_then(|entry| {
            let origin = entry.origin();
            Some(Sourced { value: entry.list_of::<ZoneId>()?, origin })
        });
    let layout = root.required("layout", r#"layout = "organization""#).and_then(|entry| {
        entry.word(&[("organization", LayoutWord::Organization), ("single-account", LayoutWord::SingleAccount)])
    });
    let segments = root.required("segments", r#"segments = ["prod", "dev"]"#).and_then(Entry::list_of::<Label>);
    let addresses = root.required("addresses", "[addresses]").and_then(Entry::table);
    let (workloads, hub) = addresses.map_or((None, None), read_addresses);
    let organization = root.optional("organization", "[organization]").and_then(Entry::table);
    let gateway = root.optional("transit_gateway", "[transit_gateway]").and_then(Entry::table);
    let (topology, amazon_side_asn, auto_accept_shared_attachments) =
        gateway.map_or((None, None, None), |table| read_transit_gateway(table, findings));
    let tags = root.optional("tags", "[tags]").and_then(Entry::table);
    let flow_logs = root.optional("flow_logs", "[flow_logs]").and_then(Entry::table);
    let spec = ZoneSpec {
        name,
        region,
        availability_zones,
        layout,
        segments,
        workloads,
        hub,
        organization: organization.map(read_organization).unwrap_or_default(),
        topology,
        amazon_side_asn,
        auto_accept_shared_attachments,
        tags: tags.map(|table| read_tags(table, findings)).unwrap_or_default(),
        flow_logs: flow_logs.and_then(read_flow_logs),
    };
    root.finish();
    check(&spec, findings);
    spec
}

fn read_addresses(mut table: Table<'_>) -> (Option<Sourced<Cidr>>, Option<Sourced<Cidr>>) {
    let workloads = table.required("workloads", r#"workloads = "10.32.0.0/11""#).and_then(Entry::parsed);
    let hub = table.required("hub", r#"hub = "10.16.0.0/16""#).and_then(Entry::parsed);
    table.finish();
    (workloads, hub)
}

/// A role's name and an external id as IAM and STS take them (STS API reference, AssumeRole; Organizations API reference,
/// CreateAccount).
fn read_organization(mut table: Table<'_>) -> OrganizationSpec {
    let word = |text: &str, more: &str| text.chars().all(|one| one.is_ascii_alphanumeric() || more.contains(one));
    let role = table.optional("role", r#"role = "OrganizationAccountAccessRole""#).and_then(|entry| {
        let legal = |text: &str| (1..=64).contains(&text.len()) && word(text, "_+=,.@-");
        entry.text_that(
            legal,
            "is not a role's name",
            "give the name alone, not the ARN: 1 to 64 of A-Z a-z 0-9 _+=,.@-",
        )
    });
    let external_id = table.optional("external_id", r#"external_id = "acme-landing-zone""#).and_then(|entry| {
        let legal = |text: &str| (2..=1224).contains(&text.len()) && word(text, "_+=,.@:/-");
        entry.text_that(legal, "is not an external id", "it is 2 to 1,224 of A-Z a-z 0-9 _+=,.@:/-")
    });
    let units = table.optional("units", r#"units = ["Workloads/Prod"]"#).and_then(Entry::list_of);
    let share_with = table.optional("share_with", r#"share_with = ["Workloads"]"#).and_then(read_share_with);
    table.finish();
    OrganizationSpec { role, external_id, units, share_with }
}

fn read_share_with(entry: Entry<'_>) -> Option<ShareWithSpec> {
    if entry.is_word("organization") {
        return Some(ShareWithSpec::Organization);
    }
    entry.list_of().map(ShareWithSpec::Units)
}

type TransitGatewaySpec = (Option<Sourced<Label>>, Option<Sourced<u32>>, Option<Sourced<bool>>);

fn read_transit_gateway(mut table: Table<'_>, findings: &Findings) -> TransitGatewaySpec {
    let topology = table.required("topology", r#"topology = "segmented""#).and_then(Entry::parsed);
    let asn = table.required("amazon_side_asn", "amazon_side_asn = 64512").and_then(|entry| {
        let number = entry.integer(1..=u32::MAX, "an autonomous system number")?;
        // The private ranges of RFC 6996, the only ones that CreateTransitGateway takes (EC2 API reference).
        if matches!(number.value, 64_512..=65_534 | 4_200_000_000..=4_294_967_294) {
            return Some(number);
        }
        findings.add(number.origin.error(
            format!("{} is not a private autonomous system number", number.value),
            "AWS takes 64512 to 65534 and 4200000000 to 4294967294",
        ));
        None
    });
    let auto_accept = table
        .required("auto_accept_shared_attachments", "auto_accept_shared_attachments = true")
        .and_then(Entry::boolean);
    table.finish();
    (topology, asn, auto_accept)
}

/// Tags as every service that lz tags takes them (Organizations API reference, Tag; EC2 user guide, "Tag restrictions").
fn read_tags(table: Table<'_>, findings: &Findings) -> BTreeMap<String, String> {
    let legal = |text: &str| text.chars().all(|one| one.is_alphanumeric() || " _.:/=+-@".contains(one));
    let origin = table.origin();
    let mut tags = BTreeMap::new();
    for (key, entry) in table.into_entries(r#"owner = "platform""#) {
        let folded = key.value.to_ascii_lowercase();
        if folded.starts_with("aws:") || folded.starts_with("lz:") {
            findings.add(key.origin.error(
                format!("the tag `{}` has a reserved prefix", key.value),
                "choose a key that starts with neither `aws:` (AWS's) nor `lz:` (lz's own)",
            ));
        } else if !(1..=128).contains(&key.value.chars().count()) || !legal(&key.value) {
            findings.add(key.origin.error(
                format!("`{}` is not a tag's key that AWS takes", key.value),
                "it is 1 to 128 letters, digits, spaces and _.:/=+-@",
            ));
        }
        let fits = |text: &str| text.chars().count() <= 256 && legal(text);
        let way_out = "it is up to 256 letters, digits, spaces and _.:/=+-@";
        if let Some(value) = entry.text_that(fits, "is not a tag's value that AWS takes", way_out) {
            tags.insert(key.value, value.value);
        }
    }
    if tags.len() > 40 {
        findings.add(origin.error(
            format!("{} tags are too many", tags.len()),
            "AWS takes 50 on a resource; lz keeps ten for its own, so give at most 40",
        ));
    }
    tags
}

fn read_flow_logs(mut table: Table<'_>) -> Option<FlowLogs> {
    let bucket_arn = table.required("bucket_arn", r#"bucket_arn = "arn:aws:s3:::acme-flow-logs""#).and_then(|entry| {
        let legal = |text: &str| {
            let bucket = text.strip_prefix("arn:aws:s3:::").map(|rest| rest.split('/').next().unwrap_or(""));
            bucket.is_some_and(|name| (3..=63).contains(&name.len()))
        };
        entry.text_that(legal, "is not an S3 bucket's ARN", "one looks like arn:aws:s3:::acme-flow-logs or …/folder/")
    });
    let words = [("accept", Traffic::Accept), ("reject", Traffic::Reject), ("all", Traffic::All)];
    let traffic = table.optional("traffic", r#"traffic = "all""#).map(|entry| entry.word(&words));
    table.finish();
    let traffic = traffic.map_or(Some(Traffic::All), |given| given.map(|word| word.value))?;
    Some(FlowLogs { bucket_arn: bucket_arn?.value, traffic })
}

fn check(spec: &ZoneSpec, findings: &Findings) {
    check_zones(spec, findings);
    check_supernets(spec, findings);
    duplicates(spec.segments.as_deref().unwrap_or_default(), "segment", findings);
    let units = spec.organization.units.as_deref();
    duplicates(units.unwrap_or_default(), "organizational unit", findings);
    if let (Some(units), Some(ShareWithSpec::Units(shared))) = (units, &spec.organization.share_with) {
        let known = with_parents(units);
        for unit in shared {
            check_unit(unit, &known, findings);
        }
    }
}

/// The listed units and all that lie above them.
pub(super) fn with_parents(units: &[Sourced<UnitPath>]) -> BTreeSet<UnitPath> {
    units.iter().flat_map(|unit| std::iter::successors(Some(unit.value.clone()), UnitPath::parent)).collect()
}

/// Reports a unit that `lz.toml` does not list.
pub(super) fn check_unit(unit: &Sourced<UnitPath>, known: &BTreeSet<UnitPath>, findings: &Findings) {
    if !known.contains(&unit.value) {
        let names: Vec<String> = known.iter().map(UnitPath::to_string).collect();
        let way_out = super::spelling::suggestion(&unit.value.to_string(), &names, "list it in `units` of lz.toml");
        findings.add(unit.origin.error(format!("there is no organizational unit `{}`", unit.value), way_out));
    }
}

/// Reports what stands in a list twice.
pub(super) fn duplicates<T: Ord + std::fmt::Display>(list: &[Sourced<T>], what: &str, findings: &Findings) {
    let mut seen: BTreeMap<&T, &Origin> = BTreeMap::new();
    for element in list {
        if let Some(first) = seen.insert(&element.value, &element.origin) {
            let problem = format!("the {what} `{}` is given twice, first at {}", element.value, first.short());
            findings.add(element.origin.error(problem, "remove one of them"));
        }
    }
}

fn check_zones(spec: &ZoneSpec, findings: &Findings) {
    let Some(zones) = &spec.availability_zones else { return };
    duplicates(&zones.value, "Availability Zone", findings);
    if zones.value.len() < 2 {
        findings.add(zones.origin.error(
            format!(
                "{} Availability Zone is too few; a zone that fails would take everything with it",
                zones.value.len()
            ),
            "give at least two zone ids; `aws ec2 describe-availability-zones` lists them",
        ));
    }
    let Some(region) = &spec.region else { return };
    for zone in zones.value.iter().filter(|zone| !zone.value.is_in(&region.value)) {
        findings.add(zone.origin.error(
            format!("`{}` is not in {}", zone.value, region.value),
            format!("the ids of that region's zones start with `{}-az`", region.value.zone_prefix()),
        ));
    }
}

/// The supernets must be private space: the transit gateway's blackholes cover exactly that, and a load balancer takes
/// targets in no other (Elastic Load Balancing user guide, "Target groups").
fn check_supernets(spec: &ZoneSpec, findings: &Findings) {
    for supernet in [&spec.workloads, &spec.hub].into_iter().flatten() {
        if !PRIVATE.iter().any(|private| Cidr::parse(private).is_ok_and(|private| private.contains(supernet.value))) {
            findings.add(supernet.origin.error(
                format!("`{}` is not private address space", supernet.value),
                format!("choose a block inside one of {}", PRIVATE.join(", ")),
            ));
        }
    }
    if let (Some(workloads), Some(hub)) = (&spec.workloads, &spec.hub)
        && workloads.value.overlaps(hub.value)
    {
        findings.add(hub.origin.error(
            format!("`{}` overlaps the workloads' `{}` at {}", hub.value, workloads.value, workloads.origin.short()),
            "choose two blocks that share no address",
        ));
    }
}

/// Private address space (RFC 1918, RFC 6598).
pub(super) const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
