//! Which table a subnet uses.

use super::{local_routes, named};
use crate::kinds;
use crate::reach::network::{Network, ObjectId, RouteTable};

/// An association's place is a subnet, or a gateway whose incoming packets the table routes.
pub(super) fn associate(network: &mut Network, association: &kinds::RouteTableAssociation) {
    let (place, table) = (named(&association.subnet), named(&association.route_table));
    if let Some(subnet) = network.subnets.get_mut(&place) {
        subnet.route_table = Some(table);
    } else if let Some(table) = network.route_tables.get_mut(&table) {
        table.edge_of = Some(place);
    }
}

/// A subnet without an association uses its VPC's main table (VPC user guide, "Subnet route tables"). That is no resource of
/// lz's: it is taken to be as AWS makes it, with local routes alone.
pub(super) fn use_main_tables(network: &mut Network) {
    let mut vpcs: Vec<ObjectId> = Vec::new();
    for subnet in network.subnets.values_mut().filter(|subnet| subnet.route_table.is_none()) {
        subnet.route_table = Some(main_table(&subnet.vpc));
        vpcs.push(subnet.vpc.clone());
    }
    for vpc in vpcs {
        let id = main_table(&vpc);
        if !network.route_tables.contains_key(&id) {
            let table = RouteTable { id: id.clone(), vpc: vpc.clone(), routes: Vec::new(), edge_of: None };
            network.route_tables.insert(id.clone(), table);
            local_routes(network, &id, &vpc);
        }
    }
}

fn main_table(vpc: &ObjectId) -> ObjectId {
    ObjectId(format!("{vpc}'s main route table"))
}
