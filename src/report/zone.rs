//! A zone as text.

use super::table::Table;
use crate::text::{Text, text};
use crate::zone::{NetworkName, Zone};

/// What the files say, in a few lines: each VPC with its range and the transit gateway's table that routes it.
#[must_use]
pub fn zone_summary(zone: &Zone, resources: usize) -> Text {
    let mut table = Table::new(["VPC", "range", "blueprint", "transit gateway table"]);
    for (name, network) in &zone.networks {
        table.add_row([
            name.to_string(),
            network.cidr.to_string(),
            network.blueprint.to_string(),
            table_of(zone, name),
        ]);
    }
    let zones: Vec<&str> = zone.availability_zones.iter().map(|one| one.id.as_str()).collect();
    text!(
        "{} in {} ({}), {} topology: {} accounts, {} VPCs, {} resources\n\n{}\n",
        zone.name,
        zone.region,
        zones.join(", "),
        zone.transit_gateway.topology,
        zone.accounts.len(),
        zone.networks.len(),
        resources,
        table.text()
    )
}

fn table_of(zone: &Zone, network: &NetworkName) -> String {
    let tables = zone.transit_gateway.route_tables.iter();
    let mut names = tables.filter(|(_, table)| table.associated.contains(network)).map(|(name, _)| name.to_string());
    names.next().unwrap_or_default()
}
