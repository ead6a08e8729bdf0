//! Packets while a change is made: which paths are lost, and from when to when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lz::kinds::Desired;
use lz::reach::{Endpoint, Network, Protocol, Verdict, planned, trace, worst_verdict};
use lz::twin::Twin;
use lz::twin::faults::Faults;
use lz::twin::world::World as Aws;

use super::super::world::World;

/// Names that workloads of the starter zone may ask for.
const DOMAINS: [&str; 2] = ["api.binance.com", "a.example.com"];

/// Beginnings of the names of actions that take nothing away.
const ADDING: [&str; 6] = ["Create", "Tag", "Allocate", "Put", "Accept", "Authorize"];
/// How close requests follow one another that are looked at together, in milliseconds.
const AT_ONCE: u64 = 1000;

/// A path: where packets come from, and where they go.
pub type Path = (String, String);

/// AWS before each request that changes something.
#[derive(Debug, Clone)]
pub struct Views {
    twin: Twin,
    all: Arc<Mutex<Vec<View>>>,
}

#[derive(Debug)]
struct View {
    /// When it was, in milliseconds.
    at: u64,
    /// What was done to AWS before; nothing at first.
    action: String,
    aws: Aws,
}

/// A path that was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub path: Path,
    /// How long at most; to the end where it did not come back.
    pub length: Duration,
    /// After what.
    pub action: String,
    pub is_over: bool,
}

impl Views {
    pub fn of(twin: &Twin) -> Self {
        Self { twin: twin.clone(), all: Arc::default() }
    }

    /// Looks at AWS as it is now, before an action.
    pub fn look(&self, action: &str) {
        let view = self.twin.with_world(|aws| View { at: aws.now.0, action: action.to_owned(), aws: aws.clone() });
        self.all.lock().expect("no panic").push(view);
    }
}

/// The paths that packets take through a network.
fn paths(network: &Network, ends: &BTreeSet<String>) -> BTreeSet<Path> {
    let mut found = BTreeSet::new();
    for from in ends {
        let to = ends.iter().map(String::as_str).chain(DOMAINS).filter(|to| *to != from);
        found.extend(to.filter(|to| is_path(network, from, to)).map(|to| (from.clone(), to.to_owned())));
    }
    found
}

fn is_path(network: &Network, from: &str, to: &str) -> bool {
    let named = |end: &str| Endpoint::named(network, end).ok();
    let (Some(from), Some(to)) = (named(from), named(to)) else { return false };
    let traces = trace(network, &from, &to, Protocol::Tcp, 443);
    traces.is_ok_and(|traces| !traces.is_empty() && worst_verdict(&traces) == Verdict::Delivered)
}

/// Tiers that hold no hosts.
const WITHOUT_HOSTS: [&str; 6] = ["transit", "attach", "firewall", "inspection", "public", "outside"];

/// The subnets of hosts: range and Availability Zone by name.
fn hosts(network: &Network) -> BTreeMap<String, String> {
    let has_hosts = |name: &str| !WITHOUT_HOSTS.iter().any(|tier| name.contains(&format!("/{tier}/")));
    let subnets = network.subnets.values().map(|one| (one.id.to_string(), format!("{} {}", one.range, one.zone)));
    subnets.filter(|(name, _)| has_hosts(name)).collect()
}

/// The paths that two zones have, of subnets that stay.
pub fn shared(former: &Desired, wanted: &Desired) -> BTreeSet<Path> {
    let networks = [planned::network(former), planned::network(wanted)];
    let [ours, theirs] = [hosts(&networks[0]), hosts(&networks[1])];
    let ends =
        ours.iter().filter(|(name, place)| theirs.get(*name) == Some(*place)).map(|(name, _)| name.clone()).collect();
    let [former, wanted] = networks.map(|network| paths(&network, &ends));
    former.intersection(&wanted).cloned().collect()
}

impl World {
    fn network(&self, aws: &Aws) -> Network {
        let mut aws = aws.clone();
        aws.faults = Faults::default();
        aws.settle_news_of_networks();
        let mut other = self.copy();
        other.twin = Twin::of(aws);
        other.record().recording.network().expect("answers of the twin")
    }

    /// The paths that were lost since the views began.
    pub fn gaps(&self, views: &Views, held: &BTreeSet<Path>) -> Vec<Gap> {
        views.look("the end");
        let all = std::mem::take(&mut *views.all.lock().expect("no panic"));
        let mut lost: BTreeMap<&Path, (u64, String)> = BTreeMap::new();
        let mut gaps = Vec::new();
        // What was taken away since the network was looked at: when, and by what first.
        let mut taken: Option<(u64, String)> = None;
        for (place, view) in all.iter().enumerate() {
            if let Some(former) = place.checked_sub(1).and_then(|place| all.get(place))
                && !ADDING.iter().any(|verb| former.action.starts_with(verb))
            {
                taken.get_or_insert_with(|| (former.at, former.action.clone()));
            }
            // What follows at once is looked at together.
            let since = taken.as_ref().map_or(view.at, |(since, _)| *since);
            let is_followed = all.get(place + 1).is_some_and(|next| next.at - since < AT_ONCE);
            let is_last = place + 1 == all.len();
            if is_followed || (taken.is_none() && lost.is_empty() && !is_last) {
                continue;
            }
            let (since, action) = taken.take().unwrap_or((view.at, String::new()));
            let network = self.network(&view.aws);
            for path in held {
                let is_there = is_path(&network, &path.0, &path.1);
                match lost.get(path) {
                    None if !is_there => drop(lost.insert(path, (since, action.clone()))),
                    Some((begin, action)) if is_there => {
                        let length = Duration::from_millis(view.at - begin);
                        gaps.push(Gap { path: path.clone(), length, action: action.clone(), is_over: true });
                        lost.remove(path);
                    }
                    _ => {}
                }
            }
        }
        let end = all.last().map_or(0, |view| view.at);
        gaps.extend(lost.into_iter().map(|(path, (begin, action))| {
            let length = Duration::from_millis(end - begin);
            Gap { path: path.clone(), length, action, is_over: false }
        }));
        gaps
    }
}
