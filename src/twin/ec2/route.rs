//! Routes of VPC route tables: CreateRoute, ReplaceRoute, DeleteRoute.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::look::Look;
use super::route_table::{self, RouteTable};
use super::vpc_endpoint::EndpointType;
use super::{
    Actions, cidr, internet_gateway, nat_gateway, network_interface, peering_connection, prefix_list_route, quota,
    transit_gateway, visibility,
};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions =
    &[("CreateRoute", create_route), ("DeleteRoute", delete_route), ("ReplaceRoute", replace_route)];

/// A route, without its destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where it leads to.
    pub target: Target,
    /// What made it.
    pub origin: Origin,
}

/// Where a route leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The VPC itself.
    Local,
    /// An internet gateway.
    InternetGateway(String),
    /// A NAT gateway.
    NatGateway(String),
    /// A transit gateway, through the VPC's attachment.
    TransitGateway(String),
    /// A Gateway Load Balancer endpoint, which is what the endpoints of AWS Network Firewall are.
    VpcEndpoint(String),
    /// A network interface.
    NetworkInterface(String),
    /// A VPC peering connection.
    PeeringConnection(String),
    /// A virtual private gateway.
    VpnGateway(String),
}

/// What made a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The route table came with it.
    CreateRouteTable,
    /// CreateRoute.
    CreateRoute,
}

/// A route as DescribeRouteTables tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    destination: Destination,
    /// The element that names the target, and the target.
    target: (&'static str, String),
    origin: Origin,
    active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Destination {
    Cidr(Ipv4Net),
    PrefixList(String),
}

impl Target {
    /// The element of DescribeRouteTables that names the target, and the target. An endpoint is told as a gateway.
    fn element(&self) -> (&'static str, String) {
        match self {
            Self::Local => ("gatewayId", String::from("local")),
            Self::InternetGateway(id) | Self::VpcEndpoint(id) | Self::VpnGateway(id) => ("gatewayId", id.clone()),
            Self::NatGateway(id) => ("natGatewayId", id.clone()),
            Self::TransitGateway(id) => ("transitGatewayId", id.clone()),
            Self::NetworkInterface(id) => ("networkInterfaceId", id.clone()),
            Self::PeeringConnection(id) => ("vpcPeeringConnectionId", id.clone()),
        }
    }

    /// True where the target takes packets from the VPC now.
    pub(super) fn is_active(&self, look: Look<'_>, vpc_id: &str) -> bool {
        let Look { world, state, account, region, now } = look;
        match self {
            Self::Local => true,
            Self::InternetGateway(id) => state.internet_gateways.of_vpc(vpc_id) == Some(id),
            Self::NatGateway(id) => state.nat_gateways.get(id, now).is_some_and(|one| one.state(now) == "available"),
            Self::TransitGateway(id) => transit_gateway::attached(world, account, region, vpc_id, id, now),
            Self::VpcEndpoint(id) => {
                state.endpoints.available(vpc_id, id, now) == Some(EndpointType::GatewayLoadBalancer)
            }
            // One that nothing uses leads nowhere; the twin has no instances.
            Self::NetworkInterface(_) => false,
            Self::PeeringConnection(id) => peering_connection::of_vpc(look, id, vpc_id) == Some("active"),
            Self::VpnGateway(id) => state.vpn_gateways.of_vpc(vpc_id, now) == Some(id),
        }
    }

    /// Refuses what this VPC cannot route to now.
    pub(super) fn check(&self, look: Look<'_>, table_id: &str, vpc_id: &str) -> Answer<()> {
        let Look { state, now, .. } = look;
        let other_network = |what: &str, id: &str| {
            let text = format!("route table {table_id} and {what} {id} belong to different networks");
            Err(Fault::new("InvalidParameterValue", text))
        };
        match self {
            Self::Local => Ok(()),
            Self::NetworkInterface(id) => {
                let interface = network_interface::find(state, id, now)?;
                if interface.vpc_id == vpc_id { Ok(()) } else { other_network("interface", id) }
            }
            // One that is not accepted yet is a black hole.
            // <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html>
            Self::PeeringConnection(id) => match peering_connection::of_vpc(look, id, vpc_id) {
                Some("pending-acceptance" | "provisioning" | "active") => Ok(()),
                _ => Err(peering_connection::KIND.unknown(id)),
            },
            Self::VpnGateway(id) if state.vpn_gateways.of_vpc(vpc_id, now) == Some(id) => Ok(()),
            Self::VpnGateway(id) => other_network("network gateway", id),
            Self::InternetGateway(id) => {
                let gateway = find_gateway(look, id)?;
                if gateway.vpc_id.as_deref() == Some(vpc_id) { Ok(()) } else { other_network("network gateway", id) }
            }
            Self::NatGateway(id) => {
                nat_gateway::KIND.check(id)?;
                let unknown =
                    || Fault::new("InvalidNatGatewayID.NotFound", format!("The natGateway ID '{id}' does not exist"));
                let gateway = state.nat_gateways.get(id, now).filter(|_| state.visibility.sees(id, now));
                let gateway = gateway.filter(|one| matches!(one.state(now), "pending" | "available"));
                let gateway = gateway.ok_or_else(unknown)?;
                if gateway.vpc_id == vpc_id { Ok(()) } else { other_network("nat gateway", id) }
            }
            Self::TransitGateway(_) if self.is_active(look, vpc_id) => Ok(()),
            Self::TransitGateway(id) => {
                let text = format!("The transitGateway ID '{id}' does not exist.");
                Err(Fault::new("InvalidTransitGatewayID.NotFound", text))
            }
            Self::VpcEndpoint(id) => match state.endpoints.available(vpc_id, id, now) {
                Some(EndpointType::GatewayLoadBalancer) => Ok(()),
                Some(EndpointType::Gateway | EndpointType::Interface) => {
                    let text = format!("Route table contains unsupported route target: {id}.");
                    Err(Fault::new("RouteNotSupported", text))
                }
                None => {
                    let text = format!("The Vpc Endpoint Id '{id}' does not exist");
                    Err(Fault::new("InvalidVpcEndpointId.NotFound", text))
                }
            },
        }
    }
}

/// What GatewayId names: an internet gateway, or a virtual private gateway.
fn gateway(id: String) -> Target {
    if id.starts_with("vgw-") { Target::VpnGateway(id) } else { Target::InternetGateway(id) }
}

/// An internet gateway; `local` and everything else that is none is not there.
fn find_gateway<'a>(look: Look<'a>, id: &str) -> Answer<&'a internet_gateway::InternetGateway> {
    let seen = look.state.internet_gateways.get(id).filter(|_| look.state.visibility.sees(id, look.now));
    seen.ok_or_else(|| Fault::new("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist")))
}

/// What CreateRoute, ReplaceRoute and DeleteRoute say which route they mean with.
struct Place<'a> {
    table_id: &'a str,
    destination: Ipv4Net,
}

impl<'a> Place<'a> {
    fn read(form: &'a Form) -> Answer<Self> {
        let table_id = form.required("RouteTableId")?;
        let destination = cidr::parse("destinationCidrBlock", form.required("DestinationCidrBlock")?)?;
        Ok(Self { table_id, destination })
    }

    /// What the visibility of the route is kept under.
    fn key(&self) -> String {
        route_key(self.table_id, self.destination)
    }
}

fn route_key(table_id: &str, destination: Ipv4Net) -> String {
    format!("{table_id}/{destination}")
}

pub(super) fn read_target(form: &Form) -> Answer<Target> {
    type Make = fn(String) -> Target;
    let kinds: [(&str, Make); 6] = [
        ("GatewayId", gateway),
        ("NatGatewayId", Target::NatGateway),
        ("NetworkInterfaceId", Target::NetworkInterface),
        ("VpcPeeringConnectionId", Target::PeeringConnection),
        ("TransitGatewayId", Target::TransitGateway),
        ("VpcEndpointId", Target::VpcEndpoint),
    ];
    let mut targets: Vec<Target> =
        kinds.iter().filter_map(|(name, make)| form.optional(name).map(|id| make(id.to_owned()))).collect();
    if form.boolean("LocalTarget")? == Some(true) {
        targets.push(Target::Local);
    }
    form.finish()?;
    match (targets.pop(), targets.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => {
            Err(Fault::new("InvalidParameterCombination", "The request must contain exactly one target of the route"))
        }
        (None, _) => {
            let text = "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, \
                        vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, localGatewayId, \
                        carrierGatewayId, vpcEndpointId";
            Err(Fault::new("MissingParameter", text))
        }
    }
}

/// Refuses a destination within the VPC unless it is one whole subnet (or, where the local route itself is replaced, the
/// whole VPC) and the target can stand between subnets.
fn check_within_vpc(look: Look<'_>, table: &RouteTable, place: &Place<'_>, target: &Target) -> Answer<()> {
    let local = table.routes.iter().find(|(_, route)| route.origin == Origin::CreateRouteTable).map(|(cidr, _)| *cidr);
    if !local.is_some_and(|local| local.contains(&place.destination)) || *target == Target::Local {
        return Ok(());
    }
    if !matches!(target, Target::NatGateway(_) | Target::VpcEndpoint(_) | Target::NetworkInterface(_)) {
        let text = format!("The target of a route to {} within the VPC is not supported.", place.destination);
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let mut subnets = look.state.subnets.in_vpc(&table.vpc_id);
    if local != Some(place.destination) && !subnets.any(|(_, subnet)| subnet.cidr == place.destination) {
        let text = "Route destination doesn't match any subnet CIDR blocks.";
        return Err(Fault::new("InvalidParameterValue", text));
    }
    Ok(())
}

fn create_route(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    if form.has("DestinationPrefixListId") {
        return prefix_list_route::create(call, form, xml);
    }
    if form.has("LocalTarget") {
        form.finish()?;
    }
    let place = Place::read(form)?;
    let target = read_target(form)?;
    let limit = quota::limit(call, quota::ROUTES);
    let look = Look::at(call);
    let table = route_table::find(look.state, place.table_id, look.now)?;
    if table.routes.contains_key(&place.destination) {
        let text = format!("The route identified by {} already exists.", place.destination);
        return Err(Fault::new("RouteAlreadyExists", text));
    }
    target.check(look, place.table_id, &table.vpc_id)?;
    check_within_vpc(look, table, &place, &target)?;
    if table.routes.len() >= limit {
        let text = format!("The maximum number of routes for route table '{}' has been reached.", place.table_id);
        return Err(Fault::new("RouteLimitExceeded", text));
    }
    insert(call, place.table_id, place.destination, target);
    visibility::created(call, &place.key());
    xml.text("return", true);
    Ok(())
}

/// Puts a route into a table, in place of another to the same destination.
pub fn insert(call: &mut Call<'_>, table_id: &str, destination: Ipv4Net, target: Target) {
    if let Some(table) = call.ec2().route_tables.get_mut(table_id) {
        let origin = table.routes.get(&destination).map_or(Origin::CreateRoute, |route| route.origin);
        table.routes.insert(destination, Route { target, origin });
    }
}

fn replace_route(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let place = Place::read(form)?;
    let target = read_target(form)?;
    let look = Look::at(call);
    let table = route_table::find(look.state, place.table_id, look.now)?;
    let Some(route) = table.routes.get(&place.destination) else {
        let destination = place.destination;
        let text =
            format!("There is no route defined for '{destination}' in the route table. Use CreateRoute instead.");
        return Err(Fault::new("InvalidParameterValue", text));
    };
    if target == Target::Local && route.origin != Origin::CreateRouteTable {
        let text = format!("The route to {} is not the local route of the VPC.", place.destination);
        return Err(Fault::new("InvalidParameterValue", text));
    }
    target.check(look, place.table_id, &table.vpc_id)?;
    check_within_vpc(look, table, &place, &target)?;
    insert(call, place.table_id, place.destination, target);
    xml.text("return", true);
    Ok(())
}

fn delete_route(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    if form.has("DestinationPrefixListId") {
        return prefix_list_route::delete(call, form, xml);
    }
    let place = Place::read(form)?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let (destination, table_id) = (place.destination, place.table_id);
    match route_table::find(state, table_id, now)?.routes.get(&destination) {
        None => {
            let text = format!("no route with destination-cidr-block {destination} in route table {table_id}");
            return Err(Fault::new("InvalidRoute.NotFound", text));
        }
        Some(route) if route.origin == Origin::CreateRouteTable => {
            let text = format!("cannot remove local route {destination} in route table {table_id}");
            return Err(Fault::new("InvalidParameterValue", text));
        }
        Some(_) => {}
    }
    if let Some(table) = state.route_tables.get_mut(table_id) {
        table.routes.remove(&destination);
    }
    xml.text("return", true);
    Ok(())
}

/// The routes of a table that a call at this moment sees: its own, and those of gateway endpoints.
#[must_use]
pub fn described(look: Look<'_>, table_id: &str, table: &RouteTable) -> Vec<Described> {
    let seen = |destination: Ipv4Net| look.state.visibility.sees(&route_key(table_id, destination), look.now);
    let own =
        table.routes.iter().filter(|(destination, _)| seen(**destination)).map(|(destination, route)| Described {
            destination: Destination::Cidr(*destination),
            target: route.target.element(),
            origin: route.origin,
            active: route.target.is_active(look, &table.vpc_id),
        });
    let vpc = look.state.vpcs.get(&table.vpc_id);
    let further = vpc.into_iter().flat_map(|vpc| vpc.ranges(look.now).skip(1)).map(|range| Described {
        destination: Destination::Cidr(range),
        target: Target::Local.element(),
        origin: Origin::CreateRouteTable,
        active: true,
    });
    let endpoints = look.state.endpoints.routes_in(table_id, look.now).into_iter().map(|route| Described {
        destination: Destination::PrefixList(route.prefix_list_id),
        target: ("gatewayId", route.endpoint_id),
        origin: Origin::CreateRoute,
        active: true,
    });
    let to_prefix_lists = table.to_prefix_lists.iter().map(|(list, target)| Described {
        destination: Destination::PrefixList(list.clone()),
        target: target.element(),
        origin: Origin::CreateRoute,
        active: target.is_active(look, &table.vpc_id),
    });
    own.chain(further).chain(to_prefix_lists).chain(endpoints).collect()
}

impl Described {
    fn origin(&self) -> &'static str {
        match self.origin {
            Origin::CreateRouteTable => "CreateRouteTable",
            Origin::CreateRoute => "CreateRoute",
        }
    }

    fn state(&self) -> &'static str {
        if self.active { "active" } else { "blackhole" }
    }

    /// The value for a filter `route.…`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        let target = |element: &str| (self.target.0 == element).then(|| self.target.1.clone());
        match (name, &self.destination) {
            ("destination-cidr-block", Destination::Cidr(cidr)) => Some(cidr.to_string()),
            ("destination-prefix-list-id", Destination::PrefixList(id)) => Some(id.clone()),
            ("gateway-id", _) => target("gatewayId"),
            ("nat-gateway-id", _) => target("natGatewayId"),
            ("origin", _) => Some(self.origin().to_owned()),
            ("state", _) => Some(self.state().to_owned()),
            ("transit-gateway-id", _) => target("transitGatewayId"),
            _ => None,
        }
    }

    /// Writes an item of `routeSet`.
    pub fn write(&self, xml: &mut Xml) {
        match &self.destination {
            Destination::Cidr(cidr) => xml.text("destinationCidrBlock", cidr),
            Destination::PrefixList(id) => xml.text("destinationPrefixListId", id),
        };
        xml.text(self.target.0, &self.target.1).text("state", self.state()).text("origin", self.origin());
    }
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{Bench, bench, text, texts};

    fn routes(bench: &mut Bench, table: &str) -> Vec<String> {
        let described = bench.done(&format!("Action=DescribeRouteTables&RouteTableId.1={table}"));
        let routes = texts(&described, "destinationCidrBlock").into_iter().zip(texts(&described, "state"));
        routes.map(|(destination, state)| format!("{destination} {state}")).collect()
    }

    #[test]
    fn a_route_has_one_target_in_its_own_vpc() {
        let mut bench = bench();
        let (vpc, _) = bench.public_subnet();
        let (table, igw) = (bench.route_table(&vpc), bench.internet_gateway_of(&vpc));
        let other = bench.vpc("10.9.0.0/16");
        let other = bench.route_table(&other);
        let create = |table: &str, rest: &str| {
            format!("Action=CreateRoute&RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0{rest}")
        };
        for (query, code) in [
            (create(&table, ""), "MissingParameter"),
            (
                create(&table, &format!("&GatewayId={igw}&NatGatewayId=nat-00000000000000000")),
                "InvalidParameterCombination",
            ),
            (create(&table, "&GatewayId=local"), "InvalidGatewayID.NotFound"),
            (create(&table, "&LocalTarget=true"), "UnknownParameter"),
            (create(&table, "&NatGatewayId=nat-00000000000000000"), "InvalidNatGatewayID.NotFound"),
            (create(&table, "&TransitGatewayId=tgw-00000000000000000"), "InvalidTransitGatewayID.NotFound"),
            (create(&table, "&VpcEndpointId=vpce-00000000000000000"), "InvalidVpcEndpointId.NotFound"),
            (create(&other, &format!("&GatewayId={igw}")), "InvalidParameterValue"),
        ] {
            assert_eq!(bench.code(&query), code, "{query}");
        }
        bench.done(&create(&table, &format!("&GatewayId={igw}")));
        assert_eq!(bench.code(&create(&table, &format!("&GatewayId={igw}"))), "RouteAlreadyExists");
        assert_eq!(routes(&mut bench, &table), ["0.0.0.0/0 active", "10.0.0.0/16 active"]);
        bench.done(&format!("Action=DetachInternetGateway&InternetGatewayId={igw}&VpcId={vpc}"));
        assert_eq!(routes(&mut bench, &table), ["0.0.0.0/0 blackhole", "10.0.0.0/16 active"]);
    }

    #[test]
    fn a_route_within_the_vpc_leads_a_whole_subnet_through_something_in_it() {
        let mut bench = bench();
        let (vpc, subnet) = bench.public_subnet();
        let (table, igw) = (bench.route_table(&vpc), bench.internet_gateway_of(&vpc));
        let nat = bench.nat_gateway(&subnet);
        let create = |destination: &str, target: &str| {
            format!("Action=CreateRoute&RouteTableId={table}&DestinationCidrBlock={destination}&{target}")
        };
        let nat_target = format!("NatGatewayId={nat}");
        assert_eq!(bench.code(&create("10.0.0.0/28", &format!("GatewayId={igw}"))), "InvalidParameterValue");
        assert_eq!(bench.code(&create("10.0.0.0/24", &nat_target)), "InvalidParameterValue");
        bench.done(&create("10.0.0.0/28", &nat_target));
        assert_eq!(bench.code(&create("10.0.0.0/16", &nat_target)), "RouteAlreadyExists");
        bench.done(&create("10.0.0.0/8", &nat_target));
        bench.call(&format!("Action=DeleteNatGateway&NatGatewayId={nat}")).unwrap();
        assert_eq!(routes(&mut bench, &table), ["10.0.0.0/8 blackhole", "10.0.0.0/16 active", "10.0.0.0/28 blackhole"]);
    }

    #[test]
    fn replacing_and_deleting_need_a_route_and_leave_the_local_one() {
        let mut bench = bench();
        let (vpc, subnet) = bench.public_subnet();
        let (table, igw) = (bench.route_table(&vpc), bench.internet_gateway_of(&vpc));
        let nat = bench.nat_gateway(&subnet);
        let query = |verb: &str, destination: &str, rest: &str| {
            format!("Action={verb}Route&RouteTableId={table}&DestinationCidrBlock={destination}{rest}")
        };
        let to_igw = format!("&GatewayId={igw}");
        let fault = bench.call(&query("Replace", "0.0.0.0/0", &to_igw)).unwrap_err();
        assert_eq!(
            fault.message,
            "There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead."
        );
        assert_eq!(bench.code(&query("Delete", "0.0.0.0/0", "")), "InvalidRoute.NotFound");
        assert_eq!(bench.code(&query("Delete", "10.0.0.0/16", "")), "InvalidParameterValue");
        bench.done(&query("Create", "0.0.0.0/0", &to_igw));
        bench.done(&query("Replace", "0.0.0.0/0", &format!("&NatGatewayId={nat}")));
        let described = bench.done(&format!("Action=DescribeRouteTables&RouteTableId.1={table}"));
        assert_eq!(text(&described, "natGatewayId"), nat);
        bench.done(&query("Replace", "10.0.0.0/16", &format!("&NatGatewayId={nat}")));
        bench.done(&query("Replace", "10.0.0.0/16", "&LocalTarget=true"));
        bench.done(&query("Delete", "0.0.0.0/0", ""));
        assert_eq!(routes(&mut bench, &table), ["10.0.0.0/16 active"]);
    }
}
