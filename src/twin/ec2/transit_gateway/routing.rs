//! The routes that a transit gateway route table holds at a moment.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use super::state::{Attachment, PropagationStage, RouteTable, StaticRoute};
use crate::twin::ec2::cidr;
use crate::twin::time::Moment;

/// Where a route comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Static,
    Propagated,
}

impl Origin {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Propagated => "propagated",
        }
    }
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RouteStage {
    Pending,
    Active,
    Blackhole,
    Deleting,
}

impl RouteStage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Blackhole => "blackhole",
            Self::Deleting => "deleting",
        }
    }
}

/// A route as SearchTransitGatewayRoutes shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) destination: Ipv4Net,
    pub(super) origin: Origin,
    pub(super) stage: RouteStage,
    pub(super) target: Option<Target>,
    /// The prefix list that brings it.
    pub(super) prefix_list_id: Option<String>,
}

/// The attachment that a route leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) attachment_id: String,
    pub(super) vpc_id: String,
}

/// The routes of a table: of each destination only the preferred one, as AWS shows them, so that a static route hides
/// the propagated one to the same destination.
///
/// Where the range of a VPC overlaps that of one that already propagates to the table, its route is not installed and
/// nothing tells so. `range` gives the addresses of an attachment's VPC, if that is still there.
///
/// <https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html>
pub(super) fn routes(
    table: &RouteTable,
    attachments: &BTreeMap<String, Attachment>,
    range: impl Fn(&Attachment) -> Option<Ipv4Net>,
    now: Moment,
) -> BTreeMap<Ipv4Net, Route> {
    let mut routes = propagated(table, attachments, range, now);
    for (destination, route) in table.static_routes.iter().filter(|(_, route)| !route.gone(now)) {
        let attachment = route.attachment_id.as_ref().and_then(|id| attachments.get(id));
        routes.insert(*destination, shown(*destination, route, attachment, now));
    }
    routes
}

/// A static route as it is shown; `attachment` is the one that it leads to.
pub(super) fn shown(destination: Ipv4Net, route: &StaticRoute, attachment: Option<&Attachment>, now: Moment) -> Route {
    let stage = static_stage(route, attachment, now);
    let (target, prefix_list_id) = (attachment.map(target), route.prefix_list_id.clone());
    Route { destination, origin: Origin::Static, stage, target, prefix_list_id }
}

fn propagated(
    table: &RouteTable,
    attachments: &BTreeMap<String, Attachment>,
    range: impl Fn(&Attachment) -> Option<Ipv4Net>,
    now: Moment,
) -> BTreeMap<Ipv4Net, Route> {
    let mut enabled: Vec<(Moment, &Attachment)> = table
        .propagations
        .iter()
        .filter_map(|(id, propagation)| Some((propagation.enabled_at, attachments.get(id)?)))
        .filter(|(_, attachment)| attachment.stage(now).forwards())
        .filter(|(_, attachment)| table.propagation(attachment, now) == Some(PropagationStage::Enabled))
        .collect();
    enabled.sort_by_key(|(since, attachment)| (*since, attachment.created, &attachment.id));
    let mut routes: BTreeMap<Ipv4Net, Route> = BTreeMap::new();
    for (_, attachment) in enabled {
        let Some(destination) = range(attachment).filter(|range| !overlaps(&routes, *range)) else { continue };
        let (origin, stage, target) = (Origin::Propagated, RouteStage::Active, Some(target(attachment)));
        routes.insert(destination, Route { destination, origin, stage, target, prefix_list_id: None });
    }
    routes
}

/// True where a range overlaps one of those in the table, of which no two overlap each other: then it overlaps its
/// neighbour in their order, which is by first address and then by size.
fn overlaps(routes: &BTreeMap<Ipv4Net, Route>, range: Ipv4Net) -> bool {
    let before = routes.range(..=range).next_back();
    let after = routes.range(range..).next();
    before.into_iter().chain(after).any(|(installed, _)| cidr::overlap(*installed, range))
}

fn target(attachment: &Attachment) -> Target {
    Target { attachment_id: attachment.id.clone(), vpc_id: attachment.vpc_id.clone() }
}

fn static_stage(route: &StaticRoute, attachment: Option<&Attachment>, now: Moment) -> RouteStage {
    if route.ends_at.is_some() {
        RouteStage::Deleting
    } else if now < route.effective_at {
        RouteStage::Pending
    } else if attachment.is_some_and(|attachment| attachment.stage(now).forwards()) {
        RouteStage::Active
    } else {
        RouteStage::Blackhole
    }
}
