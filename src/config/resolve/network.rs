//! A VPC: its subnets, endpoints, gateways and attachment.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::RuleTexts;
use super::{Candidate, Pins, addresses, firewall, routes};
use crate::config::diagnostic::Origin;
use crate::config::findings::Findings;
use crate::config::read::{Sourced, on};
use crate::config::spelling;
use crate::config::vpc_blueprint::{EndpointSpec, VpcSpec};
use crate::config::zone_file::ZoneSpec;
use crate::values::{Cidr, Label};
use crate::zone::allocate::allocate;
use crate::zone::{Attachment, AvailabilityZone, Endpoint, Network, NetworkName, Subnet, Tier};

/// Interface endpoints in a VPC (VPC user guide, "Amazon VPC quotas").
const INTERFACE_ENDPOINTS: usize = 50;

/// A subnet before it has a range: its tier, and its zone's place in the file.
type SubnetName = (Label, usize);

/// What the zone's other files say.
pub(super) struct Surroundings<'a> {
    pub(super) zone: &'a ZoneSpec,
    /// Missing where the Availability Zones could not be read.
    pub(super) zones: Option<&'a [AvailabilityZone]>,
    pub(super) rules: &'a RuleTexts,
    pub(super) pins: &'a Pins<'a>,
}

/// Judges a VPC and builds it. `range` is missing where none could be allocated; the rest is judged all the same.
pub(super) fn build(
    name: &NetworkName,
    candidate: &Candidate<'_>,
    range: Option<Cidr>,
    surroundings: &Surroundings<'_>,
    findings: &Findings,
) -> Option<Network> {
    let Surroundings { zone, zones, rules, pins } = *surroundings;
    let vpc = candidate.vpc.as_ref()?;
    check_gateways(candidate, vpc, findings);
    check_tiers(vpc, findings);
    let routes = routes::build(vpc, range, zone, findings);
    let firewall = firewall::build(vpc, range, zone, rules, findings);
    let endpoints = endpoints(vpc, findings);
    let attachment = match vpc.attachment.as_ref().ok()? {
        Some(attachment) => {
            let tier = attachment.tier.as_ref().ok()?;
            check_tier(tier, vpc, findings);
            Some(Attachment { tier: tier.value.clone(), appliance_mode: on(&attachment.appliance_mode).is_some() })
        }
        None => None,
    };
    let (range, zones) = (range?, zones?);
    let mut subnets = subnets(name, candidate, range, zones, pins, findings)?;
    let tiers = vpc.tiers().map(|(tier_name, tier)| {
        let tier = Tier {
            name: tier_name.clone(),
            subnets: subnets.remove(tier_name)?,
            routes: routes.get(tier_name)?.clone(),
            nat_gateway: on(&tier.nat_gateway).is_some(),
            firewall: on(&tier.firewall).is_some(),
        };
        Some((tier_name.clone(), tier))
    });
    Some(Network {
        name: name.clone(),
        blueprint: candidate.network.blueprint()?.value.clone(),
        cidr: range,
        tiers: tiers.collect::<Option<_>>()?,
        endpoints,
        internet_gateway: on(&vpc.internet_gateway).is_some(),
        attachment,
        firewall,
        dhcp_options: vpc.dhcp_options.clone().ok()?,
    })
}

/// A workload's VPC reaches nothing on its own.
fn check_gateways(candidate: &Candidate<'_>, vpc: &VpcSpec, findings: &Findings) {
    if !candidate.is_workload() {
        return;
    }
    let hint = "remove it: what leaves a workload passes the hub's egress VPC, what enters it the hub's ingress VPC";
    if let Some(gateway) = on(&vpc.internet_gateway) {
        findings.refuse(gateway.origin.error("a workload's VPC has no internet gateway", hint));
    }
    for nat in vpc.tiers().filter_map(|(_, tier)| on(&tier.nat_gateway)) {
        findings.refuse(nat.origin.error("a workload's VPC has no NAT gateway", hint));
    }
    if let Some(firewall) = vpc.firewall() {
        findings.refuse(firewall.origin.error("a workload's VPC has no firewall", hint));
    }
}

fn check_tiers(vpc: &VpcSpec, findings: &Findings) {
    if vpc.tiers.as_ref().is_ok_and(BTreeMap::is_empty) {
        findings.refuse(vpc.origin.error("this VPC has no tiers", "add a table such as [tiers.private]"));
    }
}

fn check_tier(tier: &Sourced<Label>, vpc: &VpcSpec, findings: &Findings) {
    let Ok(tiers) = &vpc.tiers else { return };
    if !tiers.contains_key(&tier.value) {
        let known: Vec<String> = tiers.keys().map(Label::to_string).collect();
        let hint = spelling::suggestion(tier.value.as_str(), &known, &format!("add [tiers.{}]", tier.value));
        findings.refuse(tier.origin.error(format!("this VPC has no tier `{}`", tier.value), hint));
    }
}

fn endpoints(vpc: &VpcSpec, findings: &Findings) -> BTreeMap<String, Endpoint> {
    let mut endpoints = BTreeMap::new();
    let mut interfaces = 0;
    for (service, spec) in &vpc.endpoints {
        let endpoint = match spec {
            EndpointSpec::Gateway { origin, tiers } => {
                if tiers.is_empty() {
                    findings.refuse(origin.error("a gateway endpoint without tiers serves nobody", "name its tiers"));
                }
                tiers.iter().for_each(|tier| check_tier(tier, vpc, findings));
                Endpoint::Gateway { tiers: tiers.iter().map(|tier| tier.value.clone()).collect::<BTreeSet<_>>() }
            }
            EndpointSpec::Interface { origin, tier, private_dns } => {
                check_tier(tier, vpc, findings);
                interfaces += 1;
                if interfaces == INTERFACE_ENDPOINTS + 1 {
                    findings.refuse(origin.error(
                        format!("this VPC has more than {INTERFACE_ENDPOINTS} interface endpoints, AWS's quota"),
                        "remove those that no workload uses",
                    ));
                }
                Endpoint::Interface { tier: tier.value.clone(), private_dns: *private_dns }
            }
        };
        endpoints.insert(service.clone(), endpoint);
    }
    endpoints
}

/// Carves the tiers' subnets from the VPC's range: those in the lock stay, new ones fill the rest, the largest first, so that
/// they fit whenever their sizes do.
fn subnets(
    name: &NetworkName,
    candidate: &Candidate<'_>,
    range: Cidr,
    zones: &[AvailabilityZone],
    pins: &Pins<'_>,
    findings: &Findings,
) -> Option<BTreeMap<Label, Vec<Subnet>>> {
    let vpc = candidate.vpc.as_ref()?;
    let size_origin = match (candidate.network.cidr(), addresses::size(candidate)) {
        (Some(by_hand), _) => &by_hand.origin,
        (None, Some(asked)) if asked.value == range.prefix_length() => &asked.origin,
        // A range of another size than the one asked for was reported with the lock that pins it.
        (None, _) => return None,
    };
    let mut wanted = Vec::new();
    for (tier, spec) in vpc.tiers.as_ref().ok()? {
        let length = spec.prefix_length.as_ref().ok()?.value;
        wanted.extend((0..zones.len()).map(|index| (length, (tier.clone(), index))));
    }
    wanted.sort();
    if !sizes_fit(&wanted, range, zones.len(), size_origin, findings) {
        return None;
    }
    let pinned = pinned_subnets(name, vpc, range, zones.len(), pins, findings)?;
    let requests = wanted.into_iter().filter(|(_, subnet)| !pinned.contains_key(subnet));
    let allocation = allocate(range, pinned.values().copied(), requests.map(|(length, subnet)| (subnet, length)));
    if let Some(first) = allocation.exhausted.first() {
        findings.refuse(size_origin.error(
            format!("the tier `{}` finds no room beside the subnets that lz.lock pins: {first}", first.name.0),
            format!("make the tier smaller, or delete the subnets of `{name}` in lz.lock to have them replaced"),
        ));
        return None;
    }
    let mut ranges = pinned;
    ranges.extend(allocation.ranges);
    let mut tiers: BTreeMap<Label, Vec<Subnet>> = BTreeMap::new();
    for ((tier, index), cidr) in ranges {
        tiers.entry(tier).or_default().push(Subnet { availability_zone: zones.get(index)?.clone(), cidr });
    }
    Some(tiers)
}

fn sizes_fit(
    wanted: &[(u8, SubnetName)],
    range: Cidr,
    zones: usize,
    size_origin: &Origin,
    findings: &Findings,
) -> bool {
    let needed: u64 = wanted.iter().map(|(length, _)| 1_u64 << (32 - u32::from(*length))).sum();
    if needed > range.size() {
        findings.refuse(size_origin.error(
            format!(
                "the tiers do not fit: in {zones} Availability Zones they need {needed} addresses, and a /{} has {}",
                range.prefix_length(),
                range.size()
            ),
            "make the tiers smaller (a longer prefix), or the VPC larger (a shorter one)",
        ));
    }
    needed <= range.size()
}

fn pinned_subnets(
    name: &NetworkName,
    vpc: &VpcSpec,
    range: Cidr,
    zones: usize,
    pins: &Pins<'_>,
    findings: &Findings,
) -> Option<BTreeMap<SubnetName, Cidr>> {
    let mut pinned: BTreeMap<SubnetName, Cidr> = BTreeMap::new();
    let Some(locked) = pins.lock.networks.get(name) else { return Some(pinned) };
    let mut sound = true;
    for (tier, cidrs) in &locked.subnets {
        // The subnets of a tier that has left the blueprint are no longer wanted, and their ranges are free.
        let length = vpc.tiers.as_ref().ok().and_then(|tiers| tiers.get(tier)?.prefix_length.as_ref().ok());
        let Some(length) = length else { continue };
        let origin = pins.origin(&["networks", &name.to_string(), "subnets", tier.as_str()])?;
        for (index, cidr) in cidrs.iter().enumerate().take(zones) {
            if cidr.prefix_length() != length.value {
                findings.refuse(length.origin.error(
                    format!("this asks for /{} subnets, and lz.lock pins `{cidr}` at {}", length.value, origin.short()),
                    format!(
                        "a subnet's range cannot be changed: write `prefix_length = {}`, or delete `{tier}` of `{name}` in \
                         lz.lock to have its subnets replaced",
                        cidr.prefix_length()
                    ),
                ));
                sound = false;
                break;
            } else if !range.contains(*cidr) || pinned.values().any(|other| other.overlaps(*cidr)) {
                findings.refuse(origin.error(
                    format!("`{cidr}` is not a free block inside `{range}`"),
                    format!("delete `{tier}` here and let lz choose again"),
                ));
                sound = false;
            }
            pinned.insert((tier.clone(), index), *cidr);
        }
    }
    sound.then_some(pinned)
}
