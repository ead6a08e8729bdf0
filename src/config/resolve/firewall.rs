//! A VPC's firewall: where its endpoints are, its rules, and whether they and the workloads' fit into it.

use std::collections::{BTreeMap, BTreeSet};

use super::Candidate;
use super::rules::{self, RuleTexts};
use crate::config::diagnostic::Origin;
use crate::config::findings::Findings;
use crate::config::firewall_table::{FirewallSpec, POLICY_CAPACITY};
use crate::config::read::{Sourced, on};
use crate::config::vpc_blueprint::{Destination, EndpointSpec, TierSpec, Via, VpcSpec};
use crate::config::zone_file::ZoneSpec;
use crate::values::{Cidr, Label};
use crate::zone::firewall::sids;
use crate::zone::{Firewall, NetworkName};

/// Rule groups that one policy takes (Network Firewall guide, "Quotas").
const POLICY_GROUPS: usize = 20;

/// Judges a VPC's firewall and builds it; none where it has none or is at fault.
pub(super) fn build(
    vpc: &VpcSpec,
    range: Option<Cidr>,
    zone: &ZoneSpec,
    texts: &RuleTexts,
    findings: &Findings,
) -> Option<Firewall> {
    check_tiers(vpc, findings);
    let spec = vpc.firewall()?;
    let home_net = home_net(spec, range, zone);
    let files = rules::read(spec, home_net.as_ref(), texts, findings);
    let segments: Option<BTreeSet<Label>> =
        zone.segments.as_ref().ok().map(|segments| segments.iter().map(|segment| segment.value.clone()).collect());
    check_quotas(spec, segments.as_ref().map(BTreeSet::len), findings);
    Some(Firewall {
        rule_files: files?,
        rule_capacity: spec.rule_capacity.as_ref().ok()?.value,
        segments: segments?,
        workload_capacity: spec.workload_capacity.as_ref().ok()?.value,
        home_net: home_net?,
        stream_exceptions: spec.stream_exceptions.as_ref().ok()?.value,
        log_retention_days: Some(spec.log_retention_days.as_ref().ok()?.value).filter(|days| *days > 0),
        delete_protection: spec.delete_protection.as_ref().ok()?.value,
        subnet_change_protection: spec.subnet_change_protection.as_ref().ok()?.value,
        policy_change_protection: spec.policy_change_protection.as_ref().ok()?.value,
    })
}

fn home_net(spec: &FirewallSpec, range: Option<Cidr>, zone: &ZoneSpec) -> Option<BTreeSet<Cidr>> {
    let ranges = spec.home_net.as_ref().ok()?.iter().map(|destination| match destination {
        Destination::Workloads => zone.workloads.as_ref().ok().map(|supernet| supernet.value),
        Destination::Hub => zone.hub.as_ref().ok().map(|supernet| supernet.value),
        Destination::Vpc => range,
        Destination::Block(block) => Some(*block),
    });
    ranges.collect()
}

fn firewall_tiers(vpc: &VpcSpec) -> Vec<(&Label, &TierSpec, &Sourced<bool>)> {
    vpc.tiers().filter_map(|(name, tier)| Some((name, tier, on(&tier.firewall)?))).collect()
}

/// Where the endpoints are. A firewall sees nothing of what begins or ends in its own subnets, so they hold nothing else
/// (Network Firewall guide, "VPC subnets for your firewall").
fn check_tiers(vpc: &VpcSpec, findings: &Findings) {
    let tiers = firewall_tiers(vpc);
    let fault = match (&vpc.firewall, tiers.as_slice()) {
        (Ok(None), [(_, _, given), ..]) => Some(given.origin.error(
            "this tier holds a firewall's endpoints, and no table says what the firewall does",
            "add `[firewall]` with `rules = [\"baseline.rules\"]`",
        )),
        (Ok(Some(spec)), []) if knows_firewall_tiers(vpc) => Some(
            spec.origin
                .error("no tier of this VPC holds the firewall's endpoints", "write `firewall = true` into a tier"),
        ),
        (_, [(first, ..), (_, _, given), ..]) => Some(given.origin.error(
            format!("the firewall's endpoints are in the tier `{first}` already: it has one in each Availability Zone"),
            "remove `firewall = true` from one of the tiers",
        )),
        _ => None,
    };
    if let Some(fault) = fault {
        findings.refuse(fault);
    }
    for (name, tier, given) in &tiers {
        let hint = "give the firewall a tier of its own: it sees nothing of what begins or ends in its own subnets";
        for other in others(vpc, name, tier) {
            findings.refuse(given.origin.error(format!("this tier holds {other} besides the firewall"), hint));
        }
        for route in tier.routes().filter(|route| route.via.value == Via::Firewall) {
            let problem = "a route from the firewall to the firewall leads in a circle";
            findings.refuse(route.via.origin.error(problem, "route to `nat` or `transit-gateway` here"));
        }
    }
    if let (Some(spec), Some(attachment)) = (vpc.firewall(), vpc.attachment())
        && attachment.appliance_mode.as_ref().is_ok_and(|mode| !mode.value)
    {
        findings.warn(spec.origin.warning(
            "without appliance mode answers may come through another Availability Zone, whose endpoint drops them",
            "write `appliance_mode = true` into `[attachment]`",
        ));
    }
}

/// False where a tier that could not be read may be the firewall's.
fn knows_firewall_tiers(vpc: &VpcSpec) -> bool {
    vpc.tiers.is_ok() && vpc.tiers().all(|(_, tier)| tier.firewall.is_ok())
}

/// What a tier holds besides a firewall's endpoints.
fn others(vpc: &VpcSpec, name: &Label, tier: &TierSpec) -> Vec<&'static str> {
    let nat = on(&tier.nat_gateway).is_some();
    let attached = vpc.attachment().and_then(|attachment| attachment.tier.as_ref().ok());
    let interface = vpc.endpoints.values().any(|endpoint| match endpoint {
        EndpointSpec::Interface { tier, .. } => tier.value == *name,
        EndpointSpec::Gateway { .. } => false,
    });
    [
        (nat, "NAT gateways"),
        (attached.is_some_and(|tier| tier.value == *name), "the attachment's interfaces"),
        (interface, "interface endpoints"),
    ]
    .into_iter()
    .filter_map(|(holds, what)| holds.then_some(what))
    .collect()
}

fn check_quotas(spec: &FirewallSpec, segments: Option<usize>, findings: &Findings) {
    let (Ok(rules), Some(segments)) = (&spec.rules, segments) else { return };
    if rules.len() + segments > POLICY_GROUPS {
        findings.refuse(spec.origin.error(
            format!(
                "{} files and {segments} segments are more rule groups than the {POLICY_GROUPS} that AWS takes in a policy",
                rules.len()
            ),
            "join some of the files, or have fewer segments",
        ));
    }
    let (Ok(of_file), Ok(of_segment)) = (&spec.rule_capacity, &spec.workload_capacity) else { return };
    let times = |count: usize, capacity: u32| u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(capacity.into());
    let needed = times(rules.len(), of_file.value).saturating_add(times(segments, of_segment.value));
    if needed > u64::from(POLICY_CAPACITY) {
        findings.refuse(of_segment.origin.error(
            format!("the groups reserve {needed} rules together, and AWS takes {POLICY_CAPACITY} in a policy"),
            "lower `workload_capacity` or `rule_capacity`",
        ));
    }
}

/// Judges what concerns the firewall and the workloads together.
pub(super) fn check_zone(
    candidates: &BTreeMap<NetworkName, Candidate<'_>>,
    ranges: &BTreeMap<NetworkName, Cidr>,
    findings: &Findings,
) {
    let with_firewall = candidates.iter().filter(|(_, candidate)| candidate.is_hub());
    let mut firewalls = with_firewall.filter_map(|(name, one)| Some((name, one.vpc.as_ref()?.firewall()?)));
    let first = firewalls.next();
    for (_, further) in firewalls {
        let network = first.map(|(name, _)| name.to_string()).unwrap_or_default();
        findings.refuse(further.origin.error(
            format!("`{network}` has a firewall already, and lz builds one in a zone"),
            "send what is to be inspected to that VPC",
        ));
    }
    // A blueprint that could not be read may be the one with the firewall, and so may one of an account that is missing.
    let has_hub = candidates.values().any(Candidate::is_hub);
    let all_known =
        has_hub && candidates.values().all(|candidate| candidate.vpc.as_ref().is_some_and(|vpc| vpc.firewall.is_ok()));
    match first {
        Some((_, firewall)) => check_rules(firewall, candidates, ranges, findings),
        None if all_known => warn_of_idle_lists(candidates, findings),
        None => {}
    }
}

fn warn_of_idle_lists(candidates: &BTreeMap<NetworkName, Candidate<'_>>, findings: &Findings) {
    for list in candidates.values().filter_map(|candidate| candidate.account.egress()) {
        findings.warn(list.origin.warning(
            "no VPC of this zone has a firewall, so that nothing keeps the workload to this list: it reaches everything",
            "give the egress VPC a firewall, or know that the list says nothing",
        ));
    }
}

/// Whether each VPC has signature ids enough, and each segment's group room enough.
fn check_rules(
    firewall: &FirewallSpec,
    candidates: &BTreeMap<NetworkName, Candidate<'_>>,
    ranges: &BTreeMap<NetworkName, Cidr>,
    findings: &Findings,
) {
    let mut needed: BTreeMap<&Label, u64> = BTreeMap::new();
    for (name, candidate) in candidates.iter().filter(|(_, candidate)| candidate.is_workload()) {
        let list = candidate.account.egress().and_then(|list| Some((&list.origin, list.egress.as_ref().ok()?)));
        let (Some((origin, egress)), Some(segment)) = (list, candidate.account.segment()) else { continue };
        let rules = u64::try_from(egress.rules()).unwrap_or(u64::MAX);
        *needed.entry(&segment.value).or_default() += rules;
        if let Some(range) = ranges.get(name) {
            check_sids(name, *range, rules, origin, findings);
        }
    }
    let Ok(capacity) = &firewall.workload_capacity else { return };
    for (segment, rules) in needed {
        // One rule in each group is lz's own, since AWS refuses an empty group.
        if rules >= u64::from(capacity.value) {
            findings.refuse(capacity.origin.error(
                format!(
                    "the workloads of segment `{segment}` need {rules} rules, and their group has room for {}",
                    capacity.value - 1
                ),
                format!("write `workload_capacity = {}` or more into `[firewall]`", rules.saturating_mul(2)),
            ));
        }
    }
}

fn check_sids(name: &NetworkName, range: Cidr, rules: u64, origin: &Origin, findings: &Findings) {
    if rules > sids(range) {
        findings.refuse(origin.error(
            format!("this takes {rules} rules, and `{name}` has signature ids for {}: one per address", sids(range)),
            "list fewer, join domains by a leading dot (`.example.com`), or give the VPC a shorter prefix",
        ));
    }
}
