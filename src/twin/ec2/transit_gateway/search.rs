//! SearchTransitGatewayRoutes: which routes a transit gateway route table holds.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html>

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::routing::{Route, RouteStage};
use super::{lookup, route};
use crate::twin::ec2::cidr;
use crate::twin::ec2::filter::Filters;
use crate::twin::ec2::page::{Page, USUAL};
use crate::twin::ec2::tag::Tags;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

const EXACT: &str = "route-search.exact-match";
const LONGEST: &str = "route-search.longest-prefix-match";
const SUBNET: &str = "route-search.subnet-of-match";
const SUPERNET: &str = "route-search.supernet-of-match";

const FILTERS: &[&str] = &[
    "attachment.resource-id",
    "attachment.resource-type",
    "attachment.transit-gateway-attachment-id",
    EXACT,
    LONGEST,
    SUBNET,
    SUPERNET,
    "state",
    "type",
];

/// The blocks that the search filters of a request name: value as written, by filter.
struct Search<'a> {
    blocks: Vec<(&'a str, &'a str, Ipv4Net)>,
}

impl<'a> Search<'a> {
    fn read(form: &'a Form) -> Answer<Self> {
        let mut blocks = Vec::new();
        for filter in form.forms("Filter") {
            let name = filter.required("Name")?;
            if name.starts_with("route-search.") {
                for text in filter.list("Value") {
                    blocks.push((name, text, block(name, text)?));
                }
            }
        }
        Ok(Self { blocks })
    }

    /// The values of one search filter that a route fits.
    fn fitting(&self, name: &str, destination: Ipv4Net, routes: &BTreeMap<Ipv4Net, Route>) -> Vec<String> {
        let fits = |block: &Ipv4Net| match name {
            EXACT => destination == *block,
            LONGEST => longest(routes, *block) == Some(destination),
            SUBNET => block.contains(&destination),
            SUPERNET => destination.contains(block),
            _ => false,
        };
        self.blocks
            .iter()
            .filter(|(filter, _, block)| *filter == name && fits(block))
            .map(|(_, text, _)| (*text).to_owned())
            .collect()
    }
}

/// A block, or for a longest-prefix match also one address.
fn block(name: &str, text: &str) -> Answer<Ipv4Net> {
    match text.parse::<Ipv4Addr>() {
        Ok(address) if name == LONGEST => Ok(Ipv4Net::from(address)),
        _ => cidr::parse(name, text),
    }
}

/// The destination of the route that packets to a block take.
fn longest(routes: &BTreeMap<Ipv4Net, Route>, block: Ipv4Net) -> Option<Ipv4Net> {
    routes
        .values()
        .filter(|route| matches!(route.stage, RouteStage::Active | RouteStage::Blackhole))
        .map(|route| route.destination)
        .filter(|destination| destination.contains(&block))
        .max_by_key(Ipv4Net::prefix_len)
}

pub(super) fn search(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let filters = Filters::read(form, FILTERS)?;
    let search = Search::read(form)?;
    if !form.has("Filter") {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter Filters"));
    }
    let page = Page::read(form, USUAL)?;
    form.finish()?;
    let table = lookup::route_table(call, table_id)?;
    let routes = super::routes(call, table);
    let matching = routes
        .values()
        .filter(|route| filters.matches(&Tags::new(), |name| attribute(route, name, &search, &routes)))
        .map(|route| (key(route.destination), route));
    let (matching, next_token) = page.cut(matching);
    xml.list("routeSet", matching, route::write);
    xml.text("additionalRoutesAvailable", next_token.is_some());
    xml.optional("nextToken", next_token);
    Ok(())
}

fn attribute(route: &Route, name: &str, search: &Search<'_>, routes: &BTreeMap<Ipv4Net, Route>) -> Vec<String> {
    let target = route.target.as_ref();
    let value = match name {
        "attachment.resource-id" => target.map(|target| target.vpc_id.clone()),
        "attachment.resource-type" => target.map(|_| String::from("vpc")),
        "attachment.transit-gateway-attachment-id" => target.map(|target| target.attachment_id.clone()),
        "state" => Some(route.stage.name().to_owned()),
        "type" => Some(route.origin.name().to_owned()),
        _ => return search.fitting(name, route.destination, routes),
    };
    value.into_iter().collect()
}

/// Destinations in the order in which they stand in the table, as pages need it.
fn key(destination: Ipv4Net) -> String {
    format!("{:08x}/{:02}", u32::from(destination.network()), destination.prefix_len())
}
