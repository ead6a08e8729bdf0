//! Findings from the proof: invariants that the network as it is breaks.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::id::Subject;
use super::remedy::Remedies;
use super::{Look, Thing, rulebook};
use crate::graph::Address;
use crate::kinds::{Owner, Scope};
use crate::reach::network::AttachedResource;
use crate::reach::prove::{BUILT_IN, Violation, prove};
use crate::reach::{Network, ObjectId, planned};
use crate::zone::Zone;

/// How many invariants a sweep asks. That nothing differs is what all its other findings are about.
pub(super) fn asked(zone: &Zone) -> usize {
    BUILT_IN.iter().filter(|one| one.is_of_network()).count() + zone.invariants.len()
}

/// Broken invariants by name and place.
type Broken = BTreeMap<(String, ObjectId), Vec<Violation>>;

impl Look<'_> {
    /// One finding for each invariant and VPC that breaks it, with a packet that shows it.
    pub(super) fn violations(&self, network: &Network, remedies: Remedies) -> Vec<Finding> {
        let broken = self.broken(network);
        if broken.is_empty() {
            return Vec::new();
        }
        let in_files: BTreeSet<_> = self.broken(&planned::network(self.sweeping.desired)).into_keys().collect();
        let told = |(place, violations): (&(String, ObjectId), &Vec<Violation>)| {
            self.violation(network, place, violations, remedies, in_files.contains(place))
        };
        broken.iter().filter_map(told).collect()
    }

    fn broken(&self, network: &Network) -> Broken {
        let mut broken = Broken::new();
        for violation in prove(network, self.sweeping.intent) {
            let place = place(network, &violation).unwrap_or_else(|| self.hub());
            broken.entry((violation.invariant.clone(), place)).or_default().push(violation);
        }
        broken
    }

    fn hub(&self) -> ObjectId {
        ObjectId(self.sweeping.zone.transit_gateway.account.to_string())
    }

    fn violation(
        &self,
        network: &Network,
        (invariant, place): &(String, ObjectId),
        violations: &[Violation],
        remedies: Remedies,
        in_files: bool,
    ) -> Option<Finding> {
        let first = violations.first()?;
        let (owner, scope) = self.whose(network, place);
        let at = first.at.as_ref().unwrap_or(place);
        let address = Address::parse(at.as_str()).ok().filter(|one| self.sweeping.desired.contains_key(one));
        let kind = address.as_ref().and_then(|one| Some(self.sweeping.desired.get(one)?.spec.kind()));
        let live = match &address {
            Some(address) => self.identified.by_address.get(address).copied(),
            None => self.sweeping.live.resources.iter().find(|one| one.observed.id == at.as_str()),
        };
        let witness = first.witness.as_ref().map(|witness| format!(" ({witness})")).unwrap_or_default();
        let more = match violations.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more of this"),
        };
        let sentence = format!("{invariant} does not hold: {}{witness}{more}", first.sentence);
        let thing = Thing {
            scope,
            address: address.as_ref(),
            kind: kind.or_else(|| live.map(|one| one.observed.spec.kind())),
            observed: live.map(|one| &one.observed),
            ..Thing::default()
        };
        let subject = Subject::Broken { invariant, place: place.as_str() };
        let remedy = Self::of_violation(remedies, at.as_str(), in_files);
        let told = (sentence, remedy);
        let finding = self.finding(subject, rulebook::violated(invariant), &owner, thing, told);
        Some(Finding { violation: Some(first.clone()), ..finding })
    }

    /// The account and the scope of a place.
    fn whose(&self, network: &Network, place: &ObjectId) -> (Owner, Option<Scope>) {
        let wanted = Address::parse(place.as_str()).ok().and_then(|address| self.sweeping.desired.get(&address));
        if let Some(wanted) = wanted {
            return (wanted.owner.clone(), Some(wanted.scope.clone()));
        }
        let live = self.sweeping.live.resources.iter().find(|one| one.observed.id == place.as_str());
        let of_vpc = || {
            network
                .vpcs
                .get(place)
                .and_then(|vpc| self.sweeping.live.resources.iter().find(|one| one.owner.to_string() == vpc.account))
        };
        match live.or_else(of_vpc) {
            Some(live) => (live.owner.clone(), None),
            None => (self.home(&Scope::Hub), None),
        }
    }
}

/// The VPC that a violation is about: the one that its packet starts in, or that what decides is in; otherwise what decides.
fn place(network: &Network, violation: &Violation) -> Option<ObjectId> {
    let of_subnet = |subnet: &ObjectId| network.subnets.get(subnet).map(|subnet| subnet.vpc.clone());
    let start = violation.witness.as_ref().and_then(|witness| of_subnet(witness.subnet.as_ref()?));
    let at = violation.at.as_ref();
    let around = |at: &ObjectId| {
        let table = || network.route_tables.get(at).map(|one| one.vpc.clone());
        let endpoint = || network.vpc_endpoints.get(at).map(|one| one.vpc.clone());
        let nat = || network.nat_gateways.get(at).and_then(|one| of_subnet(&one.subnet));
        let gateway = || network.internet_gateways.get(at).and_then(|one| one.vpc.clone());
        let firewall = || network.firewalls.get(at).map(|one| one.vpc.clone());
        let attachment = || match &network.attachments.get(at)?.resource {
            AttachedResource::Vpc { vpc, .. } => Some(vpc.clone()),
            AttachedResource::Other { .. } => None,
        };
        of_subnet(at)
            .or_else(table)
            .or_else(endpoint)
            .or_else(nat)
            .or_else(gateway)
            .or_else(firewall)
            .or_else(attachment)
    };
    start.or_else(|| at.and_then(around)).or_else(|| at.cloned())
}
