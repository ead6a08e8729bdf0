//! Blueprints of the kind `transit-gateway`: its route tables.

use std::collections::BTreeMap;

use super::diagnostic::Origin;
use super::findings::{Findings, Read};
use super::keys::transit_gateway as keys;
use super::read::{Sourced, Table, label_key, on};
use super::shape::Names;
use super::vpc_blueprint::Destination;
use crate::values::Label;

/// The transit gateway's route tables as far as they could be read.
pub(super) struct TransitGatewayBlueprint {
    /// True where it promises that workloads of different segments cannot reach each other.
    pub(super) isolates_segments: bool,
    pub(super) tables: Read<BTreeMap<Label, TableSpec>>,
}

impl TransitGatewayBlueprint {
    /// True where nothing is known to be missing of what says which table routes which VPC.
    pub(super) fn knows_associations(&self) -> bool {
        let tables = self.tables.iter().flat_map(BTreeMap::values);
        self.tables.is_ok() && tables.into_iter().all(|table| table.associates.is_ok() && table.per_segment.is_ok())
    }
}

/// A route table, or one for each segment.
pub(super) struct TableSpec {
    pub(super) origin: Origin,
    pub(super) per_segment: Read<Sourced<bool>>,
    pub(super) associates: Read<Vec<Sourced<Label>>>,
    pub(super) propagates_from: Read<Vec<Sourced<Label>>>,
    pub(super) routes: Vec<StaticRouteSpec>,
}

/// A static route.
pub(super) struct StaticRouteSpec {
    pub(super) to: Sourced<Destination>,
    /// A hub network's name, or `blackhole`.
    pub(super) via: Sourced<Label>,
}

/// Reads a blueprint's document.
pub(super) fn read(root: Table<'_>, findings: &Findings) -> TransitGatewayBlueprint {
    // The kind was judged where the blueprint was looked up.
    root.has(&keys::KIND);
    let blueprint = TransitGatewayBlueprint {
        isolates_segments: on(&root.defaulted(&keys::ISOLATES_SEGMENTS)).is_some(),
        tables: root.required(&keys::TABLES).map(|tables| read_tables(tables, findings)),
    };
    root.finish();
    blueprint
}

fn read_tables(tables: Names<Table<'_>>, findings: &Findings) -> BTreeMap<Label, TableSpec> {
    let mut read = BTreeMap::new();
    for (key, table) in tables.entries {
        if let (Ok(name), Ok(table)) = (label_key(&key, findings), table) {
            read.insert(name, read_table(table));
        }
    }
    read
}

fn read_table(table: Table<'_>) -> TableSpec {
    let routes = table.defaulted(&keys::ROUTES).map(|routes| routes.value).unwrap_or_default();
    let spec = TableSpec {
        origin: table.origin(),
        per_segment: table.defaulted(&keys::PER_SEGMENT),
        associates: table.required(&keys::ASSOCIATES).map(|words| words.value),
        propagates_from: table.defaulted(&keys::PROPAGATES_FROM).map(|words| words.value),
        routes: routes.into_iter().filter_map(|route| read_route(route.ok()?).ok()).collect(),
    };
    table.finish();
    spec
}

fn read_route(table: Table<'_>) -> Read<StaticRouteSpec> {
    let (to, via) = (table.required(&keys::TO), table.required(&keys::VIA));
    table.finish();
    Ok(StaticRouteSpec { to: to?, via: via? })
}
