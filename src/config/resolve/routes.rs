//! The routes of a VPC's tiers, and whether each has something to lead to.

use std::collections::BTreeMap;

use crate::config::findings::Findings;
use crate::config::read::on;
use crate::config::vpc_blueprint::{Destination, RouteSpec, TierSpec, Via, VpcSpec};
use crate::config::zone_file::ZoneSpec;
use crate::values::{Cidr, Label};
use crate::zone::NextHop;

/// Routes in one table without asking AWS for more (VPC user guide, "Amazon VPC quotas").
const ROUTES: usize = 500;

/// Each tier's routes, by destination.
pub(super) fn build(
    vpc: &VpcSpec,
    range: Option<Cidr>,
    zone: &ZoneSpec,
    findings: &Findings,
) -> BTreeMap<Label, BTreeMap<Cidr, NextHop>> {
    let built = vpc.tiers().map(|(name, tier)| {
        check_nat_tier(tier, findings);
        (name.clone(), tier_routes(vpc, tier, range, zone, findings))
    });
    built.collect()
}

fn tier_routes(
    vpc: &VpcSpec,
    tier: &TierSpec,
    range: Option<Cidr>,
    zone: &ZoneSpec,
    findings: &Findings,
) -> BTreeMap<Cidr, NextHop> {
    let mut routes = BTreeMap::new();
    for route in tier.routes() {
        check_target(vpc, route, findings);
        let Some(to) = destination(route, range, zone) else { continue };
        let Some(next_hop) = next_hop(route, to, range, findings) else { continue };
        if routes.insert(to, next_hop).is_some() {
            findings.refuse(route.to.origin.error(
                format!("this tier has two routes to `{to}`"),
                "remove one: a route table has one route for each destination",
            ));
        }
    }
    if routes.len() > ROUTES {
        findings.refuse(tier.origin.error(
            format!("{} routes are more than the {ROUTES} that AWS takes in a table", routes.len()),
            "summarise them into fewer, shorter prefixes",
        ));
    }
    routes
}

fn destination(route: &RouteSpec, range: Option<Cidr>, zone: &ZoneSpec) -> Option<Cidr> {
    match route.to.value {
        Destination::Workloads => zone.workloads.as_ref().ok().map(|supernet| supernet.value),
        Destination::Hub => zone.hub.as_ref().ok().map(|supernet| supernet.value),
        Destination::Vpc => range,
        Destination::Block(block) => Some(block),
    }
}

/// The next hop, or none for `local`, which AWS keeps in every table by itself.
fn next_hop(route: &RouteSpec, to: Cidr, range: Option<Cidr>, findings: &Findings) -> Option<NextHop> {
    let own = route.to.value == Destination::Vpc || range.is_some_and(|range| range.contains(to));
    let hop = match route.via.value {
        Via::TransitGateway => NextHop::TransitGateway,
        Via::Nat => NextHop::NatGateway,
        Via::InternetGateway => NextHop::InternetGateway,
        Via::Firewall => NextHop::Firewall,
        Via::Local => {
            // Only the whole range is local; AWS writes that route itself, so that there is nothing to add.
            if range.is_some_and(|range| range != to) {
                findings.refuse(route.to.origin.error(
                    "`local` leads to the VPC's own range and nowhere else",
                    "write `to = \"vpc\"`, or leave the route out: every table has it anyway",
                ));
            }
            return None;
        }
    };
    // A VPC that is all of its supernet needs no route to it; a block that somebody wrote is a slip.
    if own && matches!(route.to.value, Destination::Workloads | Destination::Hub) {
        return None;
    }
    if own {
        findings.refuse(route.to.origin.error(
            "this lies in the VPC's own range, which is always routed locally",
            "remove the route; AWS would refuse it",
        ));
        return None;
    }
    Some(hop)
}

fn check_target(vpc: &VpcSpec, route: &RouteSpec, findings: &Findings) {
    // What could not be read may be what the route needs.
    let has_nat = vpc.tiers().any(|(_, tier)| tier.nat_gateway.as_ref().map_or(true, |nat| nat.value));
    let has_internet = vpc.internet_gateway.as_ref().map_or(true, |gateway| gateway.value);
    let (missing, hint) = match route.via.value {
        Via::Nat if !has_nat => ("no tier of this VPC has a NAT gateway", "write `nat_gateway = true` into a tier"),
        Via::InternetGateway if !has_internet => {
            ("this VPC has no internet gateway", "write `internet_gateway = true` at the top of the blueprint")
        }
        Via::Firewall if matches!(vpc.firewall, Ok(None)) => (
            "this VPC has no firewall",
            "add a table `[firewall]`, and `firewall = true` in the tier that holds its endpoints",
        ),
        Via::TransitGateway if matches!(vpc.attachment, Ok(None)) => (
            "this VPC is not attached to the transit gateway",
            "add a table `[attachment]` with the `tier` that holds it",
        ),
        _ => return,
    };
    findings.refuse(route.via.origin.error(missing, format!("{hint}, or remove the route")));
}

/// A NAT gateway sends what it translates by its own subnet's table (VPC user guide, "NAT gateways").
fn check_nat_tier(tier: &TierSpec, findings: &Findings) {
    let Some(nat) = on(&tier.nat_gateway) else { return };
    // A route that could not be read may be the default route.
    if tier.routes.iter().any(Result::is_err) {
        return;
    }
    let default = |route: &&RouteSpec| route.to.value == Destination::Block(Cidr::EVERYWHERE);
    let out = tier.routes().find(default).map(|route| route.via.value);
    if out != Some(Via::InternetGateway) {
        findings.refuse(nat.origin.error(
            "a NAT gateway here would not reach the internet: the tier's default route does not lead there",
            "add `{ to = \"0.0.0.0/0\", via = \"internet-gateway\" }` to the tier's routes",
        ));
    }
}
