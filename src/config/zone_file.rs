//! `lz.toml`: what holds for the whole zone.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Origin;
use super::findings::{Findings, Read};
use super::keys::zone as keys;
use super::read::{Sourced, Table};
use super::shape::Names;
use crate::values::{Cidr, Label, Region, ZoneId};
use crate::zone::{FlowLogs, UnitPath};

/// `lz.toml` as far as it could be read.
pub(super) struct ZoneSpec {
    pub(super) name: Read<Sourced<Label>>,
    pub(super) region: Read<Sourced<Region>>,
    pub(super) availability_zones: Read<Sourced<Vec<Sourced<ZoneId>>>>,
    pub(super) layout: Read<Sourced<LayoutWord>>,
    pub(super) segments: Read<Vec<Sourced<Label>>>,
    pub(super) workloads: Read<Sourced<Cidr>>,
    pub(super) hub: Read<Sourced<Cidr>>,
    pub(super) organization: Read<OrganizationSpec>,
    pub(super) gateway: Read<GatewaySpec>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) flow_logs: Read<Option<FlowLogs>>,
}

/// What `layout` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LayoutWord {
    Organization,
    SingleAccount,
}

/// The table `[organization]`.
pub(super) struct OrganizationSpec {
    pub(super) role: Read<Sourced<String>>,
    pub(super) external_id: Read<Option<Sourced<String>>>,
    pub(super) units: Read<Vec<Sourced<UnitPath>>>,
    pub(super) share_with: Read<ShareWithSpec>,
}

/// What `share_with` says.
pub(super) enum ShareWithSpec {
    Organization,
    Units(Vec<Sourced<UnitPath>>),
}

/// The table `[transit_gateway]`.
pub(super) struct GatewaySpec {
    pub(super) topology: Read<Sourced<Label>>,
    pub(super) amazon_side_asn: Read<Sourced<u32>>,
    pub(super) auto_accept_shared_attachments: Read<Sourced<bool>>,
}

impl ZoneSpec {
    /// The listed organizational units.
    pub(super) fn units(&self) -> Read<&[Sourced<UnitPath>]> {
        Ok(self.organization.as_ref()?.units.as_ref()?)
    }

    /// The blueprint of the transit gateway's tables.
    pub(super) fn topology(&self) -> Read<&Sourced<Label>> {
        Ok(self.gateway.as_ref()?.topology.as_ref()?)
    }
}

/// Reads the zone's settings from the whole document.
pub(super) fn read(root: Table<'_>, findings: &Findings) -> ZoneSpec {
    let (workloads, hub) = match root.required(&keys::ADDRESSES) {
        Ok(table) => read_addresses(table),
        Err(reported) => (Err(reported), Err(reported)),
    };
    let spec = ZoneSpec {
        name: root.required(&keys::NAME),
        region: root.required(&keys::REGION),
        availability_zones: root.required(&keys::AVAILABILITY_ZONES),
        layout: root.defaulted(&keys::LAYOUT),
        segments: root.required(&keys::SEGMENTS).map(|segments| segments.value),
        workloads,
        hub,
        organization: root.defaulted(&keys::ORGANIZATION).map(read_organization),
        gateway: root.defaulted(&keys::TRANSIT_GATEWAY).map(read_transit_gateway),
        tags: root.optional(&keys::TAGS).ok().flatten().map(|tags| read_tags(tags, findings)).unwrap_or_default(),
        flow_logs: root.optional(&keys::FLOW_LOGS).and_then(|table| table.map(read_flow_logs).transpose()),
    };
    root.finish();
    check(&spec, findings);
    spec
}

fn read_addresses(table: Table<'_>) -> (Read<Sourced<Cidr>>, Read<Sourced<Cidr>>) {
    let supernets = (table.required(&keys::WORKLOADS), table.required(&keys::HUB));
    table.finish();
    supernets
}

fn read_organization(table: Table<'_>) -> OrganizationSpec {
    let spec = OrganizationSpec {
        role: table.defaulted(&keys::ROLE),
        external_id: table.optional(&keys::EXTERNAL_ID),
        units: table.defaulted(&keys::UNITS_OF_ZONE).map(|units| units.value),
        share_with: table.defaulted(&keys::SHARE_WITH).map(|units| match units {
            Some(units) => ShareWithSpec::Units(units.value),
            None => ShareWithSpec::Organization,
        }),
    };
    table.finish();
    spec
}

fn read_transit_gateway(table: Table<'_>) -> GatewaySpec {
    let spec = GatewaySpec {
        topology: table.defaulted(&keys::TOPOLOGY),
        amazon_side_asn: table.defaulted(&keys::AMAZON_SIDE_ASN),
        auto_accept_shared_attachments: table.defaulted(&keys::AUTO_ACCEPT_SHARED_ATTACHMENTS),
    };
    table.finish();
    spec
}

fn read_tags(table: Names<Sourced<String>>, findings: &Findings) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for (key, value) in table.entries {
        let folded = key.value.to_ascii_lowercase();
        if folded.starts_with("aws:") || folded.starts_with("lz:") {
            findings.refuse(key.origin.error(
                format!("the tag `{}` has a reserved prefix", key.value),
                "choose a key that starts with neither `aws:` (AWS's) nor `lz:` (lz's own)",
            ));
        } else if !(1..=128).contains(&key.value.chars().count()) || !key.value.chars().all(keys::is_of_tags) {
            findings.refuse(key.origin.error(
                format!("`{}` is not a tag's key that AWS takes", key.value),
                "it is 1 to 128 letters, digits, spaces and _.:/=+-@",
            ));
        }
        tags.extend(value.ok().map(|value| (key.value, value.value)));
    }
    if tags.len() > 40 {
        findings.refuse(table.origin.error(
            format!("{} tags are too many", tags.len()),
            "AWS takes 50 on a resource; lz keeps ten for its own, so give at most 40",
        ));
    }
    tags
}

fn read_flow_logs(table: Table<'_>) -> Read<FlowLogs> {
    let (bucket_arn, traffic) = (table.required(&keys::BUCKET_ARN), table.defaulted(&keys::TRAFFIC));
    table.finish();
    Ok(FlowLogs { bucket_arn: bucket_arn?.value, traffic: traffic?.value })
}

fn check(spec: &ZoneSpec, findings: &Findings) {
    check_zones(spec, findings);
    check_supernets(spec, findings);
    duplicates(spec.segments.as_deref().unwrap_or_default(), "segment", findings);
    let units = spec.units();
    duplicates(units.unwrap_or_default(), "organizational unit", findings);
    let shared = spec.organization.as_ref().map(|organization| &organization.share_with);
    if let (Ok(units), Ok(Ok(ShareWithSpec::Units(shared)))) = (units, shared) {
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
        let hint = super::spelling::suggestion(&unit.value.to_string(), &names, "list it in `units` of lz.toml");
        findings.refuse(unit.origin.error(format!("there is no organizational unit `{}`", unit.value), hint));
    }
}

/// Reports what stands in a list twice.
pub(super) fn duplicates<T: Ord + std::fmt::Display>(list: &[Sourced<T>], what: &str, findings: &Findings) {
    let mut seen: BTreeMap<&T, &Origin> = BTreeMap::new();
    for element in list {
        if let Some(first) = seen.insert(&element.value, &element.origin) {
            let problem = format!("the {what} `{}` is given twice, first at {}", element.value, first.short());
            findings.refuse(element.origin.error(problem, "remove one of them"));
        }
    }
}

fn check_zones(spec: &ZoneSpec, findings: &Findings) {
    let Ok(zones) = &spec.availability_zones else { return };
    duplicates(&zones.value, "Availability Zone", findings);
    if zones.value.len() < 2 {
        findings.refuse(zones.origin.error(
            format!(
                "{} Availability Zone is too few; a zone that fails would take everything with it",
                zones.value.len()
            ),
            "give at least two zone ids; `aws ec2 describe-availability-zones` lists them",
        ));
    }
    let Ok(region) = &spec.region else { return };
    for zone in zones.value.iter().filter(|zone| !zone.value.is_in(&region.value)) {
        findings.refuse(zone.origin.error(
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
            findings.refuse(supernet.origin.error(
                format!("`{}` is not private address space", supernet.value),
                format!("choose a block inside one of {}", PRIVATE.join(", ")),
            ));
        }
    }
    if let (Ok(workloads), Ok(hub)) = (&spec.workloads, &spec.hub)
        && workloads.value.overlaps(hub.value)
    {
        findings.refuse(hub.origin.error(
            format!("`{}` overlaps the workloads' `{}` at {}", hub.value, workloads.value, workloads.origin.short()),
            "choose two blocks that share no address",
        ));
    }
}

/// Private address space (RFC 1918, RFC 6598).
pub(super) const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
