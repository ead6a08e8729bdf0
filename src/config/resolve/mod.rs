//! From what the files say to the zone they mean: names looked up, ranges allocated, rules checked.

mod accounts;
mod addresses;
mod firewall;
mod invariants;
mod network;
mod routes;
mod rules;
mod stacks;
mod transit_gateway;

use std::collections::BTreeMap;

use super::account_file::{self, AccountSpec, NetworkSpec, PurposeWord};
use super::diagnostic::Origin;
use super::document::Document;
use super::files::Layers;
use super::findings::{Findings, Read};
use super::keys::{self, BlueprintKind};
use super::layer::Layer;
use super::read::{Sourced, Table};
use super::spelling;
use super::transit_gateway_blueprint::{self, TransitGatewayBlueprint};
use super::vpc_blueprint::{self, VpcSpec};
use super::zone_file::{self, LayoutWord, ShareWithSpec, ZoneSpec, with_parents};
use crate::values::Label;
use crate::zone::lock::Lock;
use crate::zone::{
    AddressPlan, AvailabilityZone, Layout, Network, NetworkName, Organization, ShareWith, TransitGateway, Zone,
};

/// A blueprint that could be read.
enum Blueprint {
    Vpc,
    TransitGateway(TransitGatewayBlueprint),
}

/// A VPC of the zone before it is judged.
struct Candidate<'a> {
    account: &'a AccountSpec,
    network: &'a NetworkSpec,
    /// None where its blueprint is unknown, unreadable or of another kind.
    vpc: Option<VpcSpec>,
}

impl Candidate<'_> {
    fn is_workload(&self) -> bool {
        self.account.purpose.as_ref().is_ok_and(|purpose| purpose.value == PurposeWord::Workload)
    }

    fn is_hub(&self) -> bool {
        self.account.purpose.as_ref().is_ok_and(|purpose| purpose.value == PurposeWord::Networking)
    }
}

/// The lock as it was read, and its text's places.
pub(super) struct Pins<'a> {
    pub(super) lock: &'a Lock,
    pub(super) text: Option<&'a Layer>,
}

impl Pins<'_> {
    /// Where something is pinned.
    fn origin(&self, path: &[&str]) -> Option<Origin> {
        let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
        let text = self.text?;
        Some(text.origin(&path, super::layer::Part::Value).unwrap_or_else(|| text.whole()))
    }
}

/// Resolves the layers to a zone. The zone is missing where the findings have an error; they may have several.
pub(super) fn resolve(layers: &Layers, pins: &Pins<'_>, findings: &Findings) -> Option<Zone> {
    let document = Document::new(&layers.all, &[&[]]);
    let spec = layers.has_zone.then(|| zone_file::read(Table::root(&document, findings, &keys::zone::ZONE), findings));
    let blueprints = read_blueprints(layers, findings);
    let accounts = read_accounts(layers, findings);
    accounts::check(spec.as_ref(), &accounts, &layers.accounts, pins, findings);
    let candidates = read_networks(layers, &accounts, &blueprints, findings);
    let places = invariants::Places { zone: spec.as_ref(), files: &layers.accounts, candidates: &candidates, findings };
    let invariants = invariants::read(layers, &places);
    let spec = spec?;
    let zones = availability_zones(&spec, pins, findings);
    let ranges = addresses::plan(&spec, &candidates, pins, findings);
    rules::check_syntax(&layers.rules, findings);
    firewall::check_zone(&candidates, &ranges, findings);
    let surroundings = network::Surroundings { zone: &spec, zones: zones.as_deref(), rules: &layers.rules, pins };
    let networks: BTreeMap<NetworkName, Option<Network>> = candidates
        .iter()
        .map(|(name, candidate)| {
            let range = ranges.get(name).copied();
            (name.clone(), network::build(name, candidate, range, &surroundings, findings))
        })
        .collect();
    let stacks = stacks::build(&stacks::Surroundings {
        layers,
        zone: &spec,
        accounts: &accounts,
        candidates: &candidates,
        networks: &networks,
        availability_zones: zones.as_deref(),
        findings,
    });
    let route_tables = transit_gateway::route_tables(&spec, &candidates, &blueprints, findings);
    let isolates_segments = transit_gateway::isolates_segments(&spec, &blueprints);
    let networks = networks.into_iter().map(|(name, network)| Some((name, network?))).collect::<Option<_>>();
    let built_accounts = accounts::build(&spec, &accounts, pins);
    let networking = accounts
        .iter()
        .find(|(_, account)| account.purpose.as_ref().is_ok_and(|purpose| purpose.value == PurposeWord::Networking));
    warn_of_another_zone(&spec, pins, findings);
    let gateway = spec.gateway.as_ref().ok()?;
    Some(Zone {
        name: spec.name.as_ref().ok()?.value.clone(),
        region: spec.region.as_ref().ok()?.value.clone(),
        availability_zones: zones?,
        tags: spec.tags.clone(),
        layout: layout(&spec).ok()?,
        accounts: built_accounts?,
        networks: networks?,
        stacks: stacks?,
        transit_gateway: TransitGateway {
            account: networking?.0.clone(),
            topology: gateway.topology.as_ref().ok()?.value.clone(),
            isolates_segments,
            amazon_side_asn: gateway.amazon_side_asn.as_ref().ok()?.value,
            auto_accept_shared_attachments: gateway.auto_accept_shared_attachments.as_ref().ok()?.value,
            route_tables: route_tables?,
        },
        addresses: AddressPlan { workloads: spec.workloads.as_ref().ok()?.value, hub: spec.hub.as_ref().ok()?.value },
        flow_logs: spec.flow_logs.ok()?,
        invariants: invariants?,
    })
}

/// A name or a region that is not the lock's: what talks to AWS will refuse it.
fn warn_of_another_zone(spec: &ZoneSpec, pins: &Pins<'_>, findings: &Findings) {
    let Some(locked) = &pins.lock.zone else { return };
    if let Some(name) = spec.name.as_ref().ok().filter(|name| name.value != locked.name) {
        findings.warn(name.origin.warning(
            format!("lz.lock is of the zone `{}`, and here it would become `{}`", locked.name, name.value),
            "give the zone its name back: tags hold it, so that under another one everything would be built again",
        ));
    }
    if let Some(region) = spec.region.as_ref().ok().filter(|region| region.value != locked.region) {
        findings.warn(region.origin.warning(
            format!("lz.lock is of a zone in {}, and here it would be one in {}", locked.region, region.value),
            "give the zone its region back: in another one everything would be built again",
        ));
    }
}

fn layout(spec: &ZoneSpec) -> Read<Layout> {
    if spec.layout.as_ref()?.value == LayoutWord::SingleAccount {
        return Ok(Layout::SingleAccount);
    }
    let organization = spec.organization.as_ref()?;
    Ok(Layout::Organization(Organization {
        units: with_parents(spec.units()?),
        share_with: match organization.share_with.as_ref()? {
            ShareWithSpec::Organization => ShareWith::Organization,
            ShareWithSpec::Units(units) => ShareWith::Units(units.iter().map(|unit| unit.value.clone()).collect()),
        },
        role: organization.role.as_ref()?.value.clone(),
        external_id: organization.external_id.as_ref()?.as_ref().map(|id| id.value.clone()),
    }))
}

/// Labels the zones by their place in the file, and holds them to the lock: a label that came to mean another zone would
/// move every subnet of it.
fn availability_zones(spec: &ZoneSpec, pins: &Pins<'_>, findings: &Findings) -> Option<Vec<AvailabilityZone>> {
    let mut zones = Vec::new();
    for (index, id) in spec.availability_zones.as_ref().ok()?.value.iter().enumerate() {
        let label = Label::parse(&format!("az{}", index + 1)).ok()?;
        if let Some(pinned) = pins.lock.availability_zones.get(&label).filter(|pinned| **pinned != id.value) {
            findings.refuse(id.origin.error(
                format!("lz.lock pins {label} to `{pinned}`, and here it would become `{}`", id.value),
                "keep the order of the zones and add new ones at the end; to move subnets to other zones, empty lz.lock's \
                 [availability_zones] and have them replaced",
            ));
        }
        zones.push(AvailabilityZone { label, id: id.value.clone() });
    }
    Some(zones)
}

fn read_blueprints(layers: &Layers, findings: &Findings) -> BTreeMap<Label, Option<Blueprint>> {
    let mut blueprints = BTreeMap::new();
    for (name, readable) in &layers.blueprints {
        let blueprint = readable.then(|| read_blueprint(layers, name, findings)).flatten();
        blueprints.insert(name.clone(), blueprint);
    }
    blueprints
}

fn read_blueprint(layers: &Layers, name: &Label, findings: &Findings) -> Option<Blueprint> {
    let document = Document::new(&layers.all, &[&["blueprints", name.as_str()]]);
    let root = Table::root(&document, findings, &keys::vpc::VPC);
    match root.required(&keys::KIND).ok()?.value {
        BlueprintKind::Vpc => {
            vpc_blueprint::read(root, findings);
            Some(Blueprint::Vpc)
        }
        BlueprintKind::TransitGateway => {
            let root = root.with(&keys::transit_gateway::TRANSIT_GATEWAY);
            Some(Blueprint::TransitGateway(transit_gateway_blueprint::read(root, findings)))
        }
    }
}

fn read_accounts(layers: &Layers, findings: &Findings) -> BTreeMap<Label, AccountSpec> {
    let readable = layers.accounts.iter().filter(|(_, readable)| **readable);
    let read = readable.map(|(name, _)| {
        let document = Document::new(&layers.all, &[&["accounts", name.as_str()]]);
        (name.clone(), account_file::read(Table::root(&document, findings, &keys::account::ACCOUNT), findings))
    });
    read.collect()
}

fn read_networks<'a>(
    layers: &Layers,
    accounts: &'a BTreeMap<Label, AccountSpec>,
    blueprints: &BTreeMap<Label, Option<Blueprint>>,
    findings: &Findings,
) -> BTreeMap<NetworkName, Candidate<'a>> {
    let mut candidates = BTreeMap::new();
    for (account_name, account) in accounts {
        for (network_name, network) in &account.networks {
            let vpc =
                network.blueprint().filter(|blueprint| is_vpc(blueprint, blueprints, findings)).map(|blueprint| {
                    let below = ["blueprints", blueprint.value.as_str()];
                    let above = ["accounts", account_name.as_str(), "networks", network_name.as_str()];
                    let document = Document::new(&layers.all, &[&below, &above]);
                    vpc_blueprint::read(Table::root(&document, findings, &keys::account::NETWORK), findings)
                });
            let name = NetworkName { account: account_name.clone(), network: network_name.clone() };
            candidates.insert(name, Candidate { account, network, vpc });
        }
    }
    candidates
}

/// True where a blueprint is one of a VPC; what else it is, is reported, unless its file has its own errors.
fn is_vpc(name: &Sourced<Label>, blueprints: &BTreeMap<Label, Option<Blueprint>>, findings: &Findings) -> bool {
    match blueprints.get(&name.value) {
        Some(Some(Blueprint::Vpc)) => true,
        Some(Some(Blueprint::TransitGateway(_))) => {
            findings.refuse(name.origin.error(
                format!("the blueprint `{}` is one of a transit gateway, and a network needs one of a VPC", name.value),
                "name a blueprint with `kind = \"vpc\"`",
            ));
            false
        }
        Some(None) => false,
        None => {
            unknown_blueprint(name, blueprints, findings);
            false
        }
    }
}

fn unknown_blueprint(name: &Sourced<Label>, blueprints: &BTreeMap<Label, Option<Blueprint>>, findings: &Findings) {
    let known: Vec<String> = blueprints.keys().map(Label::to_string).collect();
    let hint = spelling::suggestion(name.value.as_str(), &known, &format!("write blueprints/{}.toml", name.value));
    findings.refuse(name.origin.error(format!("there is no blueprint `{}`", name.value), hint));
}
