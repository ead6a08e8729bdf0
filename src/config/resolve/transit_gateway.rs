//! The transit gateway's route tables: whom each routes, what it learns, and whether that is sound.

use std::collections::{BTreeMap, BTreeSet};

use super::{Blueprint, Candidate, unknown_blueprint};
use crate::config::diagnostic::Origin;
use crate::config::findings::{Findings, Read};
use crate::config::read::{Sourced, on};
use crate::config::spelling;
use crate::config::transit_gateway_blueprint::{StaticRouteSpec, TableSpec, TransitGatewayBlueprint};
use crate::config::vpc_blueprint::Destination;
use crate::config::zone_file::ZoneSpec;
use crate::values::{Cidr, InvalidValue, Label};
use crate::zone::{NetworkName, TransitGatewayNextHop, TransitGatewayRouteTable};

/// What one transit gateway holds (Transit Gateway user guide, "Quotas").
const ROUTE_TABLES: usize = 20;
const ATTACHMENTS: usize = 5_000;
const ROUTES: usize = 10_000;

/// What the tables are made of.
struct Members<'a> {
    candidates: &'a BTreeMap<NetworkName, Candidate<'a>>,
    segments: BTreeSet<Label>,
    zone: &'a ZoneSpec,
    findings: &'a Findings,
}

/// The tables of the zone's topology, by name.
pub(super) fn route_tables(
    spec: &ZoneSpec,
    candidates: &BTreeMap<NetworkName, Candidate<'_>>,
    blueprints: &BTreeMap<Label, Option<Blueprint>>,
    findings: &Findings,
) -> Option<BTreeMap<Label, TransitGatewayRouteTable>> {
    let topology = spec.topology().ok()?;
    let blueprint = blueprint(topology, blueprints, findings)?;
    // Without a hub no word of the blueprint has a meaning; that it is missing is reported with the accounts.
    candidates.values().find(|candidate| candidate.is_hub())?;
    let segments = spec.segments.as_ref().ok()?.iter().map(|segment| segment.value.clone()).collect();
    let members = Members { candidates, segments, zone: spec, findings };
    members.check_names();
    let mut tables = BTreeMap::new();
    let mut origins = BTreeMap::new();
    for (name, table) in blueprint.tables.as_ref().ok()? {
        for (name, segment) in members.names(name, table) {
            let built = members.table(table, segment);
            origins.insert(name.clone(), &table.origin);
            if tables.insert(name.clone(), built).is_some() {
                let problem = format!("two tables would be named `{name}`");
                findings.refuse(table.origin.error(problem, "rename one of them"));
            }
        }
    }
    members.check_associations(&tables, &origins);
    if blueprint.knows_associations() {
        members.check_all_are_associated(&tables, topology);
    }
    check_quotas(&tables, candidates.values().filter(|one| is_attached(one)).count(), &topology.origin, findings);
    Some(tables)
}

/// True where the zone's topology promises that workloads of different segments cannot reach each other.
pub(super) fn isolates_segments(spec: &ZoneSpec, blueprints: &BTreeMap<Label, Option<Blueprint>>) -> bool {
    let topology = spec.topology().ok().and_then(|topology| blueprints.get(&topology.value));
    matches!(topology, Some(Some(Blueprint::TransitGateway(blueprint))) if blueprint.isolates_segments)
}

fn blueprint<'a>(
    topology: &Sourced<Label>,
    blueprints: &'a BTreeMap<Label, Option<Blueprint>>,
    findings: &Findings,
) -> Option<&'a TransitGatewayBlueprint> {
    match blueprints.get(&topology.value) {
        Some(Some(Blueprint::TransitGateway(blueprint))) => Some(blueprint),
        Some(Some(Blueprint::Vpc)) => {
            findings.refuse(topology.origin.error(
                format!(
                    "the blueprint `{}` is one of a VPC, and the topology needs one of a transit gateway",
                    topology.value
                ),
                "name a blueprint with `kind = \"transit-gateway\"`, such as segmented or flat",
            ));
            None
        }
        Some(None) => None,
        None => {
            unknown_blueprint(topology, blueprints, findings);
            None
        }
    }
}

/// Where a VPC's blueprint could not be read it counts as attached, so that its fault does not bring on others.
fn is_attached(candidate: &Candidate<'_>) -> bool {
    candidate.vpc.as_ref().is_none_or(|vpc| !matches!(vpc.attachment, Ok(None)))
}

impl Members<'_> {
    /// A word of a table's lists must mean one thing.
    fn check_names(&self) {
        for (name, candidate) in self.hub() {
            if self.segments.contains(&name.network) {
                self.findings.refuse(candidate.network.origin.error(
                    format!("`{}` names both a hub network and a segment", name.network),
                    "rename one of them: the transit gateway's tables speak of both",
                ));
            }
        }
    }

    /// The names of the tables that an entry makes, each with its segment.
    fn names(&self, name: &Label, table: &TableSpec) -> Vec<(Label, Option<Label>)> {
        if on(&table.per_segment).is_none() {
            return vec![(name.clone(), None)];
        }
        let mut names = Vec::new();
        for segment in &self.segments {
            match Label::parse(&format!("{name}-{segment}")) {
                Ok(label) => names.push((label, Some(segment.clone()))),
                Err(InvalidValue { text, .. }) => {
                    self.findings.refuse(table.origin.error(
                        format!("`{text}`, this table's name for the segment `{segment}`, is too long"),
                        "shorten the table's or the segment's name: 40 characters together with the hyphen",
                    ));
                }
            }
        }
        names
    }

    fn table(&self, spec: &TableSpec, segment: Option<Label>) -> TransitGatewayRouteTable {
        let chosen = |words: &Read<Vec<Sourced<Label>>>| -> BTreeSet<NetworkName> {
            words.iter().flatten().flat_map(|word| self.choose(word, segment.as_ref())).collect()
        };
        let mut routes = BTreeMap::new();
        for route in &spec.routes {
            if let Some((to, next_hop)) = self.route(route)
                && routes.insert(to, next_hop).is_some()
            {
                self.findings.refuse(
                    route.to.origin.error(format!("this table has two static routes to `{to}`"), "remove one of them"),
                );
            }
        }
        let (associated, propagated) = (chosen(&spec.associates), chosen(&spec.propagates_from));
        TransitGatewayRouteTable { associated, propagated, routes }
    }

    /// The networks that a word of `associates` or `propagates_from` means.
    fn choose(&self, word: &Sourced<Label>, segment: Option<&Label>) -> Vec<NetworkName> {
        let attached = |rule: &dyn Fn(&NetworkName, &Candidate<'_>) -> bool| {
            let chosen = self.candidates.iter().filter(|(name, one)| is_attached(one) && rule(name, one));
            chosen.map(|(name, _)| name.clone()).collect()
        };
        match (word.value.as_str(), segment) {
            ("all", _) => attached(&|_, _| true),
            ("workloads", _) => attached(&|_, one| one.is_workload()),
            ("segment", Some(segment)) => attached(&|_, one| in_segment(one, segment)),
            ("segment", None) => {
                self.findings.refuse(word.origin.error(
                    "`segment` says nothing here: the table is not one of a segment",
                    "write `per_segment = true` into the table, or name a segment",
                ));
                Vec::new()
            }
            _ if self.segments.contains(&word.value) => attached(&|_, one| in_segment(one, &word.value)),
            _ => self.hub_network(word, "`all`, `workloads`, `segment`, a segment's name").into_iter().collect(),
        }
    }

    fn route(&self, route: &StaticRouteSpec) -> Option<(Cidr, TransitGatewayNextHop)> {
        let to = match route.to.value {
            Destination::Workloads => self.zone.workloads.as_ref().ok()?.value,
            Destination::Hub => self.zone.hub.as_ref().ok()?.value,
            Destination::Block(block) => block,
            Destination::Vpc => {
                self.findings.refuse(route.to.origin.error(
                    "`vpc` says nothing here: a transit gateway serves many",
                    "write `workloads`, `hub`, or a CIDR block",
                ));
                return None;
            }
        };
        if route.via.value.as_str() == "blackhole" {
            return Some((to, TransitGatewayNextHop::Blackhole));
        }
        Some((to, TransitGatewayNextHop::Network(self.hub_network(&route.via, "`blackhole`")?)))
    }

    fn hub(&self) -> impl Iterator<Item = (&NetworkName, &Candidate<'_>)> {
        self.candidates.iter().filter(|(_, candidate)| candidate.is_hub())
    }

    /// The hub network of a name; `otherwise` says what else could stand here.
    fn hub_network(&self, word: &Sourced<Label>, otherwise: &str) -> Option<NetworkName> {
        let Some((name, candidate)) = self.hub().find(|(name, _)| name.network == word.value) else {
            let known: Vec<String> = self.hub().map(|(name, _)| name.network.to_string()).collect();
            let otherwise = format!("add [networks.{}] to the networking account, or write {otherwise}", word.value);
            let hint = spelling::suggestion(word.value.as_str(), &known, &otherwise);
            self.findings.refuse(word.origin.error(format!("there is no hub network `{}`", word.value), hint));
            return None;
        };
        if !is_attached(candidate) {
            self.findings.refuse(word.origin.error(
                format!("the network `{}` is not attached to the transit gateway", word.value),
                "add `[attachment]` to its blueprint, or do not name it here",
            ));
            return None;
        }
        Some(name.clone())
    }

    /// No VPC may be in two tables' lists: AWS associates an attachment once.
    fn check_associations(
        &self,
        tables: &BTreeMap<Label, TransitGatewayRouteTable>,
        origins: &BTreeMap<Label, &Origin>,
    ) {
        let mut first: BTreeMap<&NetworkName, &Label> = BTreeMap::new();
        let mut twice: BTreeMap<(&Label, &Label), Vec<&NetworkName>> = BTreeMap::new();
        for (table, built) in tables {
            for network in &built.associated {
                match first.get(network) {
                    Some(&earlier) => twice.entry((earlier, table)).or_default().push(network),
                    None => {
                        first.insert(network, table);
                    }
                }
            }
        }
        for ((earlier, table), networks) in twice {
            let Some(origin) = origins.get(table) else { continue };
            self.findings.refuse(origin.error(
                format!("{} is associated with both `{earlier}` and `{table}`", listed(&networks)),
                "take it out of one table's `associates`: AWS associates an attachment with one table",
            ));
        }
    }

    /// Every attached VPC must be in a table's list: AWS drops the packets of one that has no table.
    fn check_all_are_associated(&self, tables: &BTreeMap<Label, TransitGatewayRouteTable>, topology: &Sourced<Label>) {
        let associated: BTreeSet<&NetworkName> = tables.values().flat_map(|table| &table.associated).collect();
        // A VPC whose segment or purpose is at fault cannot be in a table, and that is reported where it is.
        let sound = |one: &Candidate<'_>| {
            let segment = one.account.segment().is_some_and(|segment| self.segments.contains(&segment.value));
            one.vpc.is_some() && is_attached(one) && (one.is_hub() || segment)
        };
        let candidates = self.candidates.iter().filter(|(_, one)| sound(one)).map(|(name, _)| name);
        let lost: Vec<&NetworkName> = candidates.filter(|name| !associated.contains(*name)).collect();
        if !lost.is_empty() {
            self.findings.refuse(topology.origin.error(
                format!("{} is attached, and no route table of `{}` associates it", listed(&lost), topology.value),
                format!("name it in some table's `associates` in blueprints/{}.toml", topology.value),
            ));
        }
    }
}

fn in_segment(candidate: &Candidate<'_>, segment: &Label) -> bool {
    candidate.is_workload() && candidate.account.segment().is_some_and(|own| own.value == *segment)
}

fn listed(networks: &[&NetworkName]) -> String {
    match networks {
        [one] => format!("`{one}`"),
        [first, others @ ..] => format!("`{first}` (and {} more)", others.len()),
        [] => String::new(),
    }
}

fn check_quotas(
    tables: &BTreeMap<Label, TransitGatewayRouteTable>,
    attachments: usize,
    origin: &Origin,
    findings: &Findings,
) {
    let routes: usize = tables.values().map(|table| table.propagated.len() + table.routes.len()).sum();
    let quotas = [
        (tables.len(), ROUTE_TABLES, "route tables", "have fewer segments, or let some share a table"),
        (attachments, ATTACHMENTS, "attachments", "divide the zone"),
        (routes, ROUTES, "routes", "propagate to fewer tables, or divide the zone"),
    ];
    for (count, quota, what, hint) in quotas {
        if count > quota {
            let problem = format!("this zone needs {count} transit gateway {what}, and AWS takes {quota}");
            findings.refuse(origin.error(problem, hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::diagnostic::SourceText;

    #[test]
    fn a_zone_that_outgrows_the_gateway_is_refused() {
        let name = |index: usize| NetworkName::parse(&format!("a{index}/container")).unwrap();
        let table = TransitGatewayRouteTable {
            associated: BTreeSet::new(),
            propagated: (0..5_000).map(name).collect(),
            routes: BTreeMap::new(),
        };
        let label = |text: &str| Label::parse(text).unwrap();
        let mut tables = BTreeMap::from([(label("egress"), table.clone()), (label("ingress"), table)]);
        let source = Arc::new(SourceText { name: "lz.toml".to_owned(), text: String::new() });
        let origin = Origin { source, span: 0..0, key: "transit_gateway.topology".to_owned() };
        let judge = |tables: &BTreeMap<Label, TransitGatewayRouteTable>, attachments| {
            let findings = Findings::default();
            check_quotas(tables, attachments, &origin, &findings);
            findings.sorted().into_iter().map(|one| one.problem).collect::<Vec<_>>()
        };
        assert_eq!(judge(&tables, 5_000), Vec::<String>::new());
        tables.entry(label("ingress")).or_insert_with(|| unreachable!()).propagated.insert(name(5_000));
        assert_eq!(
            judge(&tables, 5_001),
            [
                "this zone needs 10001 transit gateway routes, and AWS takes 10000",
                "this zone needs 5001 transit gateway attachments, and AWS takes 5000"
            ]
        );
    }
}
