//! What a world remembers of what lz has made in it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use lz::apply::{Report, ScopeOutcome};
use lz::discover::LiveResource;
use lz::graph::Address;
use lz::kinds::{Desired, Resource, Scope, TAG_ADDRESS, TAG_ZONE, Tagging};
use lz::twin::faults::Faults;
use lz::twin::sts::Role;
use lz::twin::world::World as Aws;
use lz::zone::Layout;

use super::super::world::World;

/// What lz has made, and from what.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The address of each of AWS's ids that lz has made.
    pub made: BTreeMap<String, Address>,
    /// Each resource as it was wanted when it was last built.
    pub built: Desired,
    /// The runs so far.
    pub runs: Vec<Run>,
    /// The run that the command under way undoes.
    pub undoing: Option<String>,
    /// True where lz may have made something that `made` does not hold yet.
    pub is_stale: bool,
    /// AWS when people were last at work: what was there then and is not in `made` is not lz's.
    after_hands: Option<Rc<Aws>>,
}

/// A run of lz.
#[derive(Debug, Clone)]
pub struct Run {
    pub name: String,
    /// AWS when it began.
    pub began: Rc<Aws>,
    /// True where it did what it was to do.
    pub ended: bool,
}

impl Memory {
    /// Of a zone that is built, and in which nobody has done anything since.
    pub fn of(unchanged: &BTreeMap<Address, String>, desired: &Desired) -> Self {
        let made = unchanged.iter().map(|(address, id)| (id.clone(), address.clone())).collect();
        Self { made, built: desired.clone(), ..Self::default() }
    }

    /// A run came to its end, or did not.
    pub fn ran(&mut self, run: Run, report: Option<&Report>, desired: &Desired) {
        self.runs.push(run);
        let scopes = report.iter().flat_map(|report| &report.scopes);
        let done = scopes.filter(|one| matches!(one.outcome, ScopeOutcome::Applied | ScopeOutcome::Unchanged));
        let done: BTreeSet<&Scope> = done.map(|one| &one.scope).collect();
        self.built.retain(|address, resource| !done.contains(&resource.scope) || desired.contains_key(address));
        for (address, resource) in desired {
            // What is built of a scope that failed is built from these files, too, where it was not there before.
            if done.contains(&resource.scope) || !self.built.contains_key(address) {
                self.built.insert(address.clone(), Resource::clone(resource));
            }
        }
    }

    /// AWS when the work began that the command under way may take back: that of the run that it undoes, or that of runs
    /// before it that have not ended and whose work it goes on with.
    pub fn work_began(&self, rolls_back: bool) -> Option<Rc<Aws>> {
        let mut first = match &self.undoing {
            Some(name) => self.runs.iter().position(|run| run.name == *name)?,
            None if rolls_back => self.runs.len(),
            None => return None,
        };
        while first > 0 && self.runs.get(first - 1).is_some_and(|run| !run.ended) {
            first -= 1;
        }
        self.runs.get(first).map(|run| Rc::clone(&run.began))
    }
}

impl World {
    /// Everything in this AWS that concerns the zone. All can be read: what keeps lz from it now does not count.
    pub fn all_in(&self, aws: &Aws) -> Vec<LiveResource> {
        let mut other = self.copy();
        // This AWS may be of a time before the organization was made.
        other.forget_identity();
        let mut aws = aws.clone();
        aws.faults = Faults::default();
        self.make_readable(&mut aws);
        other.twin = lz::twin::Twin::of(aws);
        other.discover().resources
    }

    /// Gives lz the way into every account of the zone.
    pub fn make_readable(&self, aws: &mut Aws) {
        let read = self.read();
        let zone = &read.declared.loaded.zone;
        let Layout::Organization(organization) = &zone.layout else { return };
        let management = self.twin.management_credentials().account;
        for email in zone.accounts.values().filter_map(|account| account.email.as_ref()) {
            let Some(id) = super::super::world::account_of(aws, email.as_str()) else { continue };
            if let Some(account) = aws.organizations.account_mut(&id) {
                account.suspended = false;
                account.disabled_regions.clear();
            }
            if aws.sts.role(&id, &organization.role, aws.now).is_some() {
                let trusts = vec![management.clone()];
                let role = Role::trusting(aws.seed, &id, &organization.role, trusts, aws.now);
                let role = Role { external_id: organization.external_id.clone(), ..role };
                aws.sts.add_role(&id, &organization.role, role);
            }
        }
    }

    /// Before people are at work: what lz has made until then is known by its tags, which nobody has changed.
    pub fn before_hands(&self) {
        if self.memory.borrow().is_stale {
            let aws = self.twin.with_world(|aws| aws.clone());
            let live = self.all_in(&aws);
            self.learn(&live);
        }
    }

    /// After people were at work.
    pub fn after_hands(&self) {
        self.memory.borrow_mut().after_hands = Some(Rc::new(self.twin.with_world(|aws| aws.clone())));
    }

    /// Learns what lz has made from the tags of what is there: all but what people have made.
    pub fn learn(&self, live: &[LiveResource]) {
        let hands = self.memory.borrow().after_hands.clone();
        let theirs: BTreeSet<String> = match hands {
            Some(hands) => self.all_in(&hands).into_iter().map(|one| one.observed.id).collect(),
            None => BTreeSet::new(),
        };
        let zone = self.read().declared.loaded.zone.name.clone();
        let mut memory = self.memory.borrow_mut();
        for LiveResource { observed, .. } in live {
            let is_of_zone = observed.tags.get(TAG_ZONE).is_some_and(|name| name == zone.as_str());
            let address = observed.tags.get(TAG_ADDRESS).and_then(|text| Address::parse(text).ok());
            let is_known = memory.made.contains_key(&observed.id) || theirs.contains(&observed.id);
            let Some(address) = address.filter(|_| is_of_zone && !is_known) else { continue };
            if observed.spec.kind().tagging() != Tagging::None {
                memory.made.insert(observed.id.clone(), address);
            }
        }
        memory.is_stale = false;
    }
}
