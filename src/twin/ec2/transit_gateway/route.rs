//! Static routes of transit gateway route tables.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-create-static-route.html>

use ipnet::Ipv4Net;

use super::lookup;
use super::routing::{self, Route};
use super::state::{RouteTable, StaticRoute};
use crate::twin::ec2::cidr;
use crate::twin::ec2::quota;
use crate::twin::time::Duration;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

pub(super) const CHANGE: Duration = Duration::seconds(3, 10, 120);

/// What CreateTransitGatewayRoute and ReplaceTransitGatewayRoute ask for.
struct Request<'a> {
    destination: Ipv4Net,
    table_id: &'a str,
    attachment_id: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn read(form: &'a Form) -> Answer<Self> {
        let destination = cidr::parse("destinationCidrBlock", form.required("DestinationCidrBlock")?)?;
        let table_id = form.required("TransitGatewayRouteTableId")?;
        let attachment_id = form.optional("TransitGatewayAttachmentId");
        let blackhole = form.boolean("Blackhole")?.unwrap_or(false);
        form.finish()?;
        match (attachment_id, blackhole) {
            (Some(_), true) => {
                let text = "The parameter TransitGatewayAttachmentId cannot be used with the parameter Blackhole";
                Err(Fault::new("InvalidParameterCombination", text))
            }
            (None, false) => {
                let text = "The request must contain the parameter TransitGatewayAttachmentId or Blackhole";
                Err(Fault::new("MissingParameter", text))
            }
            _ => Ok(Self { destination, table_id, attachment_id }),
        }
    }

    /// Checks that the table and the attachment are there and available, and gives the table.
    fn check<'c>(&self, call: &'c Call<'_>) -> Answer<&'c RouteTable> {
        let table = lookup::available_route_table(call, self.table_id)?;
        if let Some(id) = self.attachment_id {
            lookup::available_attachment(call, id, table)?;
        }
        Ok(table)
    }
}

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Request::read(form)?;
    let table = request.check(call)?;
    if table.static_routes.get(&request.destination).is_some_and(|route| !route.gone(call.now)) {
        let text = format!("Route {} already exists in Transit Gateway Route Table {}.", request.destination, table.id);
        return Err(Fault::new("RouteAlreadyExists", text));
    }
    let (gateway_id, most) = (table.gateway_id.clone(), quota::limit(call, quota::TRANSIT_GATEWAY_ROUTES));
    let tables: Vec<RouteTable> = call
        .ec2()
        .transit_gateways
        .route_tables
        .values()
        .filter(|table| table.gateway_id == gateway_id)
        .cloned()
        .collect();
    if tables.iter().map(|table| super::routes(call, table).len()).sum::<usize>() >= most {
        let text = format!("You have reached the limit of {most} routes of transit gateway {gateway_id}.");
        return Err(Fault::new("RouteLimitExceeded", text));
    }
    let effective_at = call.done_after("CreateTransitGatewayRoute", CHANGE);
    keep(call, &request, StaticRoute::new(request.attachment_id, effective_at), xml)
}

pub(super) fn replace(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Request::read(form)?;
    let table = request.check(call)?;
    present(table, request.destination, call)?;
    let effective_at = call.done_after("ReplaceTransitGatewayRoute", CHANGE);
    keep(call, &request, StaticRoute::new(request.attachment_id, effective_at), xml)
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let destination = cidr::parse("destinationCidrBlock", form.required("DestinationCidrBlock")?)?;
    form.finish()?;
    let request = Request { destination, table_id, attachment_id: None };
    let mut route = present(request.check(call)?, destination, call)?.clone();
    route.ends_at = Some(call.done_after("DeleteTransitGatewayRoute", CHANGE));
    keep(call, &request, route, xml)
}

/// A static route that is there and not being deleted; what is propagated can be neither replaced nor deleted.
fn present<'t>(table: &'t RouteTable, destination: Ipv4Net, call: &Call<'_>) -> Answer<&'t StaticRoute> {
    let route = table.static_routes.get(&destination).filter(|route| !route.gone(call.now));
    match route {
        Some(StaticRoute { prefix_list_id: Some(list), .. }) => {
            let text = format!("Route {destination} is managed by the prefix list {list}.");
            Err(Fault::new("IncorrectState", text))
        }
        Some(route) if route.ends_at.is_none() => Ok(route),
        Some(_) => Err(lookup::invalid_state(&destination.to_string())),
        None => {
            let text = format!("Route {destination} does not exist in Transit Gateway Route Table {}.", table.id);
            Err(Fault::new("InvalidRoute.NotFound", text))
        }
    }
}

/// Keeps a static route in the caller's table and answers with it.
fn keep(call: &mut Call<'_>, request: &Request<'_>, route: StaticRoute, xml: &mut Xml) -> Answer<()> {
    let now = call.now;
    let state = &mut call.ec2().transit_gateways;
    if let Some(table) = state.route_tables.get_mut(request.table_id) {
        table.static_routes.retain(|_, route| !route.gone(now));
        let attachment = route.attachment_id.as_ref().and_then(|id| state.attachments.get(id));
        let shown = routing::shown(request.destination, &route, attachment, now);
        xml.element("route", |item| write(item, &shown));
        table.static_routes.insert(request.destination, route);
    }
    Ok(())
}

/// Writes a route.
pub(super) fn write(xml: &mut Xml, route: &Route) {
    xml.text("destinationCidrBlock", route.destination).optional("prefixListId", route.prefix_list_id.as_ref());
    if let Some(target) = &route.target {
        xml.list("transitGatewayAttachments", [target], |item, target| {
            item.text("resourceId", &target.vpc_id)
                .text("transitGatewayAttachmentId", &target.attachment_id)
                .text("resourceType", "vpc");
        });
    }
    xml.text("type", route.origin.name()).text("state", route.stage.name());
}
