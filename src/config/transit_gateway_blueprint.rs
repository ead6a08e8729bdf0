//! Blueprints of the kind `transit-gateway`: its route tables.

use std::collections::BTreeMap;

use super::diagnostic::Origin;
use super::read::{Entry, Findings, Sourced, Table, label_key};
use super::vpc_blueprint::Destination;
use crate::values::Label;

/// The transit gateway's route tables as far as they could be read.
pub(super) struct TransitGatewayBlueprint {
    /// True where it promises that workloads of different segments cannot reach each other.
    pub(super) isolates_segments: bool,
    pub(super) tables: BTreeMap<Label, TableSpec>,
}

/// A route table, or one for each segment.
pub(super) struct TableSpec {
    pub(super) origin: Origin,
    pub(super) per_segment: bool,
    pub(super) associates: Vec<Sourced<Label>>,
    pub(super) propagates_from: Vec<Sourced<Label>>,
    pub(super) routes: Vec<StaticRouteSpec>,
}

/// A static route.
pub(super) struct StaticRouteSpec {
    pub(super) to: Sourced<Destination>,
    /// A hub network's name, or `blackhole`.
    pub(super) via: Sourced<Label>,
}

/// Reads a blueprint's document.
pub(super) fn read(mut root: Table<'_>, findings: &Findings) -> TransitGatewayBlueprint {
    root.optional("kind", "");
    let isolates_segments = root.optional("isolates_segments", "isolates_segments = true").and_then(Entry::boolean);
    let tables = root.required("tables", "[tables.main]").and_then(Entry::table);
    let entries = tables.map(|table| table.into_entries("[tables.main]")).unwrap_or_default();
    let mut tables = BTreeMap::new();
    for (key, entry) in entries {
        if let (Some(name), Some(table)) = (label_key(&key, findings), entry.table()) {
            tables.insert(name, read_table(table));
        }
    }
    root.finish();
    TransitGatewayBlueprint { isolates_segments: isolates_segments.is_some_and(|truth| truth.value), tables }
}

fn read_table(mut table: Table<'_>) -> TableSpec {
    let per_segment = table.optional("per_segment", "per_segment = true").and_then(Entry::boolean);
    let associates = table.required("associates", r#"associates = ["all"]"#).and_then(Entry::list_of);
    let propagates_from = table.optional("propagates_from", r#"propagates_from = ["workloads"]"#);
    let routes = table.optional("routes", r#"routes = [{ to = "0.0.0.0/0", via = "egress" }]"#).and_then(Entry::list);
    let spec = TableSpec {
        origin: table.origin(),
        per_segment: per_segment.is_some_and(|truth| truth.value),
        associates: associates.unwrap_or_default(),
        propagates_from: propagates_from.and_then(Entry::list_of).unwrap_or_default(),
        routes: routes.unwrap_or_default().into_iter().filter_map(read_route).collect(),
    };
    table.finish();
    spec
}

fn read_route(entry: Entry<'_>) -> Option<StaticRouteSpec> {
    let mut table = entry.table()?;
    let to = table.required("to", r#"to = "0.0.0.0/0""#).and_then(Entry::parsed);
    let via = table.required("via", r#"via = "egress""#).and_then(Entry::parsed);
    table.finish();
    Some(StaticRouteSpec { to: to?, via: via? })
}
