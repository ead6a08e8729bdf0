//! Route tables and their associations with subnets.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::client_token;
use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::Bounds;
use super::route::{self, Origin, Route, Target};
use super::{Actions, internet_gateway, quota, subnet, tag, visibility, vpc};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AssociateRouteTable", associate_route_table),
    ("CreateRouteTable", create_route_table),
    ("DeleteRouteTable", delete_route_table),
    ("DescribeRouteTables", describe_route_tables),
    ("DisassociateRouteTable", disassociate_route_table),
    ("ReplaceRouteTableAssociation", replace_route_table_association),
];

/// Route tables.
pub const KIND: Kind = Kind {
    prefix: "rtb-",
    resource_type: "route-table",
    not_found: "InvalidRouteTableID.NotFound",
    not_found_message: "The routeTable ID '{}' does not exist",
    malformed: "InvalidRouteTableId.Malformed",
    exists: |state, id, _| state.route_tables.get(id).is_some(),
};

/// How long an association is `associating`.
const ASSOCIATE: Duration = Duration::seconds(1, 4, 20);

/// DescribeRouteTables gives shorter pages than the other actions.
const PAGE: Bounds = Bounds { least: 5, most: 100 };

const FILTERS: &[&str] = &[
    "association.gateway-id",
    "association.main",
    "association.route-table-association-id",
    "association.route-table-id",
    "association.subnet-id",
    "owner-id",
    "route-table-id",
    "route.destination-cidr-block",
    "route.destination-prefix-list-id",
    "route.gateway-id",
    "route.nat-gateway-id",
    "route.origin",
    "route.state",
    "route.transit-gateway-id",
    "tag",
    "vpc-id",
];

/// The route tables in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    tables: BTreeMap<String, RouteTable>,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// Its VPC.
    pub vpc_id: String,
    /// What it is associated with, by the association's id.
    pub associations: BTreeMap<String, Association>,
    /// Its own routes, the local one included, by destination.
    pub routes: BTreeMap<Ipv4Net, Route>,
    /// Its own routes to prefix lists, by the list; those of gateway endpoints are not among them.
    #[serde(default)]
    pub to_prefix_lists: BTreeMap<String, Target>,
}

/// What a route table is associated with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// The subnet; none for a gateway, and for the association that makes a table its VPC's main route table.
    pub subnet_id: Option<String>,
    /// The gateway whose packets into the VPC the table routes.
    #[serde(default)]
    pub gateway_id: Option<String>,
    /// When it is no longer `associating`.
    pub associated: Moment,
}

impl Association {
    /// True for the one that makes a table its VPC's main route table.
    fn is_main(&self) -> bool {
        self.subnet_id.is_none() && self.gateway_id.is_none()
    }

    /// The subnet or gateway.
    fn holder(&self) -> Option<&str> {
        self.subnet_id.as_deref().or(self.gateway_id.as_deref())
    }
}

impl RouteTable {
    /// True for its VPC's main route table.
    #[must_use]
    pub fn is_main(&self) -> bool {
        self.associations.values().any(Association::is_main)
    }
}

impl State {
    /// A route table that is there, whoever can see it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&RouteTable> {
        self.tables.get(id)
    }

    /// A route table, to change its routes.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut RouteTable> {
        self.tables.get_mut(id)
    }

    /// Those of a VPC.
    pub fn in_vpc(&self, vpc_id: &str) -> impl Iterator<Item = (&String, &RouteTable)> {
        self.tables.iter().filter(move |(_, table)| table.vpc_id == vpc_id)
    }

    /// The main route table of a VPC.
    #[must_use]
    pub fn main_of(&self, vpc_id: &str) -> Option<&str> {
        self.in_vpc(vpc_id).find(|(_, table)| table.is_main()).map(|(id, _)| id.as_str())
    }

    /// Forgets a VPC's tables; answers their ids.
    pub fn forget_vpc(&mut self, vpc_id: &str) -> Vec<String> {
        self.tables.extract_if(.., |_, table| table.vpc_id == vpc_id).map(|(id, _)| id).collect()
    }

    /// Forgets a subnet's association.
    pub fn forget_subnet(&mut self, subnet_id: &str) {
        for table in self.tables.values_mut() {
            table.associations.retain(|_, association| association.subnet_id.as_deref() != Some(subnet_id));
        }
    }

    /// The table of a subnet or gateway.
    fn of_holder(&self, holder: &str) -> Option<&String> {
        self.tables.iter().find_map(|(id, table)| {
            let mut associations = table.associations.values();
            associations.any(|association| association.holder() == Some(holder)).then_some(id)
        })
    }
}

/// A route table that a call at this moment sees.
///
/// # Errors
/// `InvalidRouteTableId.Malformed`, `InvalidRouteTableID.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a RouteTable> {
    KIND.find(state, id, now, |state| state.route_tables.get(id))
}

/// Makes a route table that holds the route within its VPC alone.
pub fn make(call: &mut Call<'_>, vpc_id: &str, local: Ipv4Net) -> String {
    let id = call.new_id("rtb");
    let routes = BTreeMap::from([(local, Route { target: Target::Local, origin: Origin::CreateRouteTable })]);
    let table = RouteTable {
        vpc_id: vpc_id.to_owned(),
        associations: BTreeMap::new(),
        routes,
        to_prefix_lists: BTreeMap::new(),
    };
    call.ec2().route_tables.tables.insert(id.clone(), table);
    id
}

/// Makes the main route table of a new VPC.
pub fn make_main(call: &mut Call<'_>, vpc_id: &str, local: Ipv4Net) -> String {
    let id = make(call, vpc_id, local);
    let associated = call.now;
    insert(call, &id, Association { subnet_id: None, gateway_id: None, associated });
    id
}

/// Adds an association to a table; answers its id.
fn insert(call: &mut Call<'_>, id: &str, association: Association) -> String {
    let association_id = call.new_id("rtbassoc");
    if let Some(table) = call.ec2().route_tables.tables.get_mut(id) {
        table.associations.insert(association_id.clone(), association);
    }
    association_id
}

/// The table that an association belongs to, and the association, where a call at this moment sees it.
fn find_association<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<(&'a String, &'a Association)> {
    let mut tables = state.route_tables.tables.iter();
    let found = tables.find_map(|(table_id, table)| Some((table_id, table.associations.get(id)?)));
    found
        .filter(|_| state.visibility.sees(id, now))
        .ok_or_else(|| Fault::new("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist")))
}

/// The associations of a table that a call at this moment sees.
fn seen_associations<'a>(look: Look<'a>, table: &'a RouteTable) -> impl Iterator<Item = (&'a String, &'a Association)> {
    table.associations.iter().filter(move |(id, _)| look.state.visibility.sees(id, look.now))
}

fn create_route_table(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let token = form.optional("ClientToken");
    let replay = client_token::read(call, form)?;
    let vpc_id = form.required("VpcId")?;
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let id = replay.one(call, tags, |call| {
        let (now, limit) = (call.now, quota::limit(call, quota::ROUTE_TABLES));
        let state = call.ec2();
        let local = vpc::find(state, vpc_id, now)?.cidr;
        if state.route_tables.in_vpc(vpc_id).count() >= limit {
            let text = format!("The maximum number of route tables for VPC '{vpc_id}' has been reached.");
            return Err(Fault::new("RouteTableLimitExceeded", text));
        }
        Ok(make(call, vpc_id, local))
    })?;
    let look = Look::at(call);
    let table = look.state.route_tables.get(&id).ok_or_else(|| KIND.unknown(&id))?;
    xml.optional("clientToken", token);
    xml.element("routeTable", |xml| write(xml, look, &id, table));
    Ok(())
}

fn delete_route_table(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("RouteTableId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    if !find(state, id, now)?.associations.is_empty() || !state.endpoints.routes_in(id, now).is_empty() {
        let text = format!("The routeTable '{id}' has dependencies and cannot be deleted.");
        return Err(Fault::new("DependencyViolation", text));
    }
    state.route_tables.tables.remove(id);
    state.tags.forget(id);
    xml.text("return", true);
    Ok(())
}

/// To a subnet, or to a gateway of the VPC: such a table routes what comes into the VPC through the gateway.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html>
fn associate_route_table(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("RouteTableId")?;
    let (subnet_id, gateway_id) = (form.optional("SubnetId"), form.optional("GatewayId"));
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let vpc_id = &find(state, id, now)?.vpc_id;
    let (holder, is_of_vpc) = match (subnet_id, gateway_id) {
        (Some(subnet), None) => (subnet, subnet::find(state, subnet, now)?.vpc_id == *vpc_id),
        (None, Some(gateway)) => {
            let of_vpc = internet_gateway::find(state, gateway, now)?.vpc_id.as_ref() == Some(vpc_id);
            (gateway, of_vpc)
        }
        _ => {
            let text = "The request must contain either the parameter subnetId or the parameter gatewayId";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
    };
    if !is_of_vpc {
        let text = format!("Route table {id} and {holder} belong to different networks");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    if let Some(other) = state.route_tables.of_holder(holder) {
        let text = format!("the specified {holder} is already associated with route table {other}");
        return Err(Fault::new("Resource.AlreadyAssociated", text));
    }
    let associated = call.done_after("AssociateRouteTable", ASSOCIATE);
    let (subnet_id, gateway_id) = (subnet_id.map(str::to_owned), gateway_id.map(str::to_owned));
    let association_id = insert(call, id, Association { subnet_id, gateway_id, associated });
    visibility::created(call, &association_id);
    xml.text("associationId", association_id).element("associationState", |xml| {
        xml.text("state", "associating");
    });
    Ok(())
}

fn replace_route_table_association(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (association_id, id) = (form.required("AssociationId")?, form.required("RouteTableId")?);
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let vpc_id = find(state, id, now)?.vpc_id.clone();
    let (old, association) = find_association(state, association_id, now)?;
    let (old, association) = (old.clone(), association.clone());
    if state.route_tables.get(&old).is_some_and(|table| table.vpc_id != vpc_id) {
        let text = format!("Route table {id} and association {association_id} belong to different networks");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    if let Some(table) = state.route_tables.tables.get_mut(&old) {
        table.associations.remove(association_id);
    }
    let associated = call.done_after("AssociateRouteTable", ASSOCIATE);
    let new_id = insert(call, id, Association { associated, ..association });
    visibility::created(call, &new_id);
    xml.text("newAssociationId", new_id).element("associationState", |xml| {
        xml.text("state", "associating");
    });
    Ok(())
}

fn disassociate_route_table(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let association_id = form.required("AssociationId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let (id, association) = find_association(state, association_id, now)?;
    if association.is_main() {
        let text = format!("cannot disassociate the main route table association {association_id}");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let id = id.clone();
    if let Some(table) = state.route_tables.tables.get_mut(&id) {
        table.associations.remove(association_id);
    }
    xml.text("return", true);
    Ok(())
}

fn describe_route_tables(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "RouteTableId", FILTERS, Some(PAGE))?;
    let look = Look::at(call);
    let all = look.state.route_tables.tables.iter();
    let selection = describe.select(look.state, look.now, all, |id, table, name| attribute(look, id, table, name))?;
    selection.write(xml, "routeTableSet", |xml, id, table| write(xml, look, id, table));
    Ok(())
}

fn attribute(look: Look<'_>, id: &str, table: &RouteTable, name: &str) -> Vec<String> {
    let associations = seen_associations(look, table);
    if let Some(name) = name.strip_prefix("route.") {
        return route::described(look, id, table).iter().filter_map(|route| route.attribute(name)).collect();
    }
    match name {
        "association.gateway-id" => associations.filter_map(|(_, one)| one.gateway_id.clone()).collect(),
        "association.main" => associations.map(|(_, one)| one.is_main().to_string()).collect(),
        "association.route-table-association-id" => associations.map(|(one, _)| one.clone()).collect(),
        "association.route-table-id" => associations.map(|_| id.to_owned()).collect(),
        "association.subnet-id" => associations.filter_map(|(_, one)| one.subnet_id.clone()).collect(),
        "owner-id" => vec![look.account.to_owned()],
        "route-table-id" => vec![id.to_owned()],
        "vpc-id" => vec![table.vpc_id.clone()],
        _ => Vec::new(),
    }
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, table: &RouteTable) {
    xml.text("routeTableId", id).text("vpcId", &table.vpc_id).text("ownerId", look.account);
    xml.list("routeSet", route::described(look, id, table), |item, route| route.write(item));
    xml.list("associationSet", seen_associations(look, table), |item, (association_id, association)| {
        item.text("routeTableAssociationId", association_id).text("routeTableId", id);
        item.optional("subnetId", association.subnet_id.as_deref());
        item.optional("gatewayId", association.gateway_id.as_deref()).text("main", association.is_main());
        item.element("associationState", |xml| {
            xml.text("state", if look.now < association.associated { "associating" } else { "associated" });
        });
    });
    xml.element("propagatingVgwSet", |_| {});
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn every_vpc_has_a_main_route_table_that_stays() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let described = bench.done(&format!("Action=DescribeRouteTables&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"));
        assert_eq!(texts(&described, "main"), ["true"]);
        assert_eq!(texts(&described, "destinationCidrBlock"), ["10.0.0.0/16"]);
        let main = text(&described, "routeTableId");
        assert_eq!(bench.code(&format!("Action=DeleteRouteTable&RouteTableId={main}")), "DependencyViolation");
        let association = text(&described, "routeTableAssociationId");
        let disassociate = format!("Action=DisassociateRouteTable&AssociationId={association}");
        assert_eq!(bench.code(&disassociate), "InvalidParameterValue");
        bench.done(&format!("Action=DeleteVpc&VpcId={vpc}"));
        assert_eq!(
            bench.code(&format!("Action=DescribeRouteTables&RouteTableId.1={main}")),
            "InvalidRouteTableID.NotFound"
        );
    }

    #[test]
    fn a_subnet_has_one_table_that_can_be_replaced() {
        let mut bench = bench();
        let (vpc, subnet) = bench.public_subnet();
        let (one, other) = (bench.route_table(&vpc), bench.route_table(&vpc));
        let associate = |table: &str| format!("Action=AssociateRouteTable&RouteTableId={table}&SubnetId={subnet}");
        let first = bench.call(&associate(&one)).unwrap();
        assert_eq!(text(&first, "state"), "associating");
        bench.settle();
        assert_eq!(bench.code(&associate(&other)), "Resource.AlreadyAssociated");
        let replace = format!(
            "Action=ReplaceRouteTableAssociation&AssociationId={}&RouteTableId={other}",
            text(&first, "associationId")
        );
        let second = bench.done(&replace);
        assert_eq!(bench.code(&replace), "InvalidAssociationID.NotFound");
        assert_eq!(bench.code(&format!("Action=DeleteRouteTable&RouteTableId={other}")), "DependencyViolation");
        bench.done(&format!("Action=DisassociateRouteTable&AssociationId={}", text(&second, "newAssociationId")));
        bench.done(&format!("Action=DeleteRouteTable&RouteTableId={other}"));
        bench.done(&format!("Action=DeleteRouteTable&RouteTableId={one}"));
    }

    #[test]
    fn a_client_token_makes_one_table() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let create = format!("Action=CreateRouteTable&VpcId={vpc}&ClientToken=once");
        let (first, again) = (bench.done(&create), bench.done(&create));
        assert_eq!(text(&first, "routeTableId"), text(&again, "routeTableId"));
        let other = bench.vpc("10.1.0.0/16");
        assert_eq!(
            bench.code(&format!("Action=CreateRouteTable&VpcId={other}&ClientToken=once")),
            "IdempotentParameterMismatch"
        );
    }
}
