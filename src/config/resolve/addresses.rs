//! The VPCs' ranges: what is pinned by hand or in the lock stays, the rest is allocated from the supernets.

use std::collections::BTreeMap;

use super::{Candidate, Pins};
use crate::config::diagnostic::Origin;
use crate::config::findings::Findings;
use crate::config::read::Sourced;
use crate::config::zone_file::ZoneSpec;
use crate::values::Cidr;
use crate::zone::NetworkName;
use crate::zone::allocate::allocate;

/// A range that is not to be allocated: whose, and where that is said.
struct Reserved {
    name: NetworkName,
    cidr: Cidr,
    origin: Origin,
}

/// The range of each VPC that has one or got one.
pub(super) fn plan(
    spec: &ZoneSpec,
    candidates: &BTreeMap<NetworkName, Candidate<'_>>,
    pins: &Pins<'_>,
    findings: &Findings,
) -> BTreeMap<NetworkName, Cidr> {
    let reserved = reserved(spec, candidates, pins, findings);
    check_overlaps(&reserved, findings);
    let mut ranges: BTreeMap<NetworkName, Cidr> = reserved
        .iter()
        .filter(|one| candidates.contains_key(&one.name))
        .map(|one| (one.name.clone(), one.cidr))
        .collect();
    for (supernet, is_hub) in [(&spec.workloads, false), (&spec.hub, true)] {
        let Ok(supernet) = supernet else { continue };
        let requests: Vec<(NetworkName, u8)> = candidates
            .iter()
            .filter(|(name, candidate)| {
                let belongs = if is_hub { candidate.is_hub() } else { candidate.is_workload() };
                belongs && !ranges.contains_key(*name)
            })
            .filter_map(|(name, candidate)| Some((name.clone(), size(candidate)?.value)))
            .collect();
        let taken: Vec<Cidr> = reserved.iter().map(|one| one.cidr).collect();
        let allocation = allocate(supernet.value, taken, requests);
        if let Some(first) = allocation.exhausted.first() {
            let others = match allocation.exhausted.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            findings.refuse(supernet.origin.error(
                format!("there is no /{} left for `{}`{others}: {first}", first.prefix_length, first.name),
                "widen the supernet (the ranges in lz.lock stay), or ask for smaller VPCs",
            ));
        }
        ranges.extend(allocation.ranges);
    }
    ranges.retain(|_, range| is_vpc_size(*range));
    ranges
}

/// The prefix length that a network asks for, its account's word before its blueprint's.
pub(super) fn size<'a>(candidate: &'a Candidate<'_>) -> Option<&'a Sourced<u8>> {
    candidate.network.prefix_length().or_else(|| candidate.vpc.as_ref()?.prefix_length.as_ref().ok())
}

fn reserved(
    spec: &ZoneSpec,
    candidates: &BTreeMap<NetworkName, Candidate<'_>>,
    pins: &Pins<'_>,
    findings: &Findings,
) -> Vec<Reserved> {
    let mut reserved = Vec::new();
    for (name, locked) in &pins.lock.networks {
        let Some(origin) = pins.origin(&["networks", &name.to_string(), "cidr"]) else { continue };
        if let Some(candidate) = candidates.get(name) {
            check_locked(candidate, locked.cidr, &origin, spec, findings);
        }
        reserved.push(Reserved { name: name.clone(), cidr: locked.cidr, origin });
    }
    for (name, candidate) in candidates {
        let Some(by_hand) = candidate.network.cidr() else { continue };
        check_by_hand(name, candidate, by_hand, spec, pins, findings);
        if !pins.lock.networks.contains_key(name) {
            reserved.push(Reserved { name: name.clone(), cidr: by_hand.value, origin: by_hand.origin.clone() });
        }
    }
    reserved
}

/// VPC user guide, "VPC CIDR blocks".
fn is_vpc_size(range: Cidr) -> bool {
    (16..=28).contains(&range.prefix_length())
}

fn supernet<'a>(candidate: &Candidate<'_>, spec: &'a ZoneSpec) -> Option<&'a Sourced<Cidr>> {
    if candidate.is_hub() {
        spec.hub.as_ref().ok()
    } else {
        spec.workloads.as_ref().ok().filter(|_| candidate.is_workload())
    }
}

fn check_by_hand(
    name: &NetworkName,
    candidate: &Candidate<'_>,
    by_hand: &Sourced<Cidr>,
    spec: &ZoneSpec,
    pins: &Pins<'_>,
    findings: &Findings,
) {
    let cidr = by_hand.value;
    if !is_vpc_size(cidr) {
        findings.refuse(
            by_hand
                .origin
                .error(format!("`{cidr}` is no size that a VPC can have in AWS"), "choose a block of /16 to /28"),
        );
    }
    if let Some(supernet) = supernet(candidate, spec).filter(|supernet| !supernet.value.contains(cidr)) {
        findings.refuse(by_hand.origin.error(
            format!("`{cidr}` lies outside `{}`, which is given at {}", supernet.value, supernet.origin.short()),
            "choose a block inside it: the hub's routes lead to the supernet, and would miss this VPC",
        ));
    }
    if let Some(length) = candidate.network.prefix_length().filter(|length| length.value != cidr.prefix_length()) {
        findings.refuse(length.origin.error(
            format!("prefix length {} contradicts `cidr = \"{cidr}\"` at {}", length.value, by_hand.origin.short()),
            "remove one of them",
        ));
    }
    if let Some(locked) = pins.lock.networks.get(name).filter(|locked| locked.cidr != cidr) {
        findings.refuse(by_hand.origin.error(
            format!("lz.lock pins this VPC to `{}`, and a VPC's range cannot be changed", locked.cidr),
            format!("write `cidr = \"{}\"`, or delete `{name}` from lz.lock to have the VPC replaced", locked.cidr),
        ));
    }
}

fn check_locked(candidate: &Candidate<'_>, locked: Cidr, origin: &Origin, spec: &ZoneSpec, findings: &Findings) {
    if let Some(supernet) = supernet(candidate, spec).filter(|supernet| !supernet.value.contains(locked)) {
        findings.refuse(origin.error(
            format!("`{locked}` is pinned outside `{}`, which is given at {}", supernet.value, supernet.origin.short()),
            "let the supernet hold it again, or delete the network here to have its VPC replaced",
        ));
    }
    let asked = size(candidate).filter(|_| candidate.network.cidr().is_none());
    if let Some(asked) = asked.filter(|asked| asked.value != locked.prefix_length()) {
        findings.refuse(asked.origin.error(
            format!("this asks for a /{}, and lz.lock pins `{locked}` at {}", asked.value, origin.short()),
            format!(
                "a VPC's range cannot be changed: write `prefix_length = {}`, or delete the network from lz.lock to have \
                 its VPC replaced",
                locked.prefix_length()
            ),
        ));
    }
}

fn check_overlaps(reserved: &[Reserved], findings: &Findings) {
    let mut sorted: Vec<&Reserved> = reserved.iter().collect();
    sorted.sort_by_key(|one| (one.cidr.first(), one.cidr.prefix_length()));
    // The range that reaches farthest so far is the one that a later range could overlap.
    let mut farthest: Option<&Reserved> = None;
    for one in sorted {
        if let Some(before) = farthest.filter(|before| before.cidr.overlaps(one.cidr)) {
            findings.refuse(one.origin.error(
                format!(
                    "`{}` of `{}` overlaps `{}` of `{}`, given at {}",
                    one.cidr,
                    one.name,
                    before.cidr,
                    before.name,
                    before.origin.short()
                ),
                "choose a free block, or leave `cidr` out and let lz choose: the transit gateway routes to one of them only",
            ));
        }
        if farthest.is_none_or(|before| before.cidr.last() < one.cidr.last()) {
            farthest = Some(one);
        }
    }
}
