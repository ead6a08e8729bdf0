//! Statements about paths: their places looked up.

use std::collections::BTreeMap;

use super::Candidate;
use crate::config::document::Document;
use crate::config::files::Layers;
use crate::config::findings::Findings;
use crate::config::invariants_file::{self, InvariantSpec, PLACES, PlaceSpec, WORDS};
use crate::config::read::Sourced;
use crate::config::spelling;
use crate::config::zone_file::ZoneSpec;
use crate::values::{Cidr, Label};
use crate::zone::{Invariant, NetworkName, Place};

/// What a statement can speak of.
pub(super) struct Places<'a> {
    pub(super) zone: Option<&'a ZoneSpec>,
    /// The accounts that have a file, readable or not.
    pub(super) files: &'a BTreeMap<Label, bool>,
    pub(super) candidates: &'a BTreeMap<NetworkName, Candidate<'a>>,
    pub(super) findings: &'a Findings,
}

/// The statements of the zone's file, by name; none where any is at fault.
pub(super) fn read(layers: &Layers, places: &Places<'_>) -> Option<BTreeMap<Label, Invariant>> {
    let document = Document::new(&layers.all, &[&["invariants"]]);
    let specs = invariants_file::read(&document, places.findings);
    let built: Vec<_> = specs.into_iter().map(|spec| places.invariant(spec)).collect();
    built.into_iter().map(|invariant| invariant.map(|invariant| (invariant.name.clone(), invariant))).collect()
}

impl Places<'_> {
    fn invariant(&self, spec: InvariantSpec) -> Option<Invariant> {
        let from = spec.from.as_ref().ok().and_then(|from| self.place(from));
        let to = spec.to.as_ref().ok().and_then(|to| self.place(to));
        if let (Ok(written), Some(Place::Range(range))) = (&spec.from, &from) {
            self.check_source(written, *range);
        }
        if let (Ok(written), Some(from), Some(to)) = (&spec.to, &from, &to) {
            self.check_ends(written, from, to);
        }
        let (name, claim, traffic) = (spec.name.ok()?, spec.claim.ok()?, spec.traffic.ok()?);
        Some(Invariant { name, from: from?, to: to?, claim, traffic })
    }

    /// Only hosts of the zone, and the internet, send packets into its networks.
    fn check_source(&self, written: &Sourced<PlaceSpec>, range: Cidr) {
        let supernets = self.zone.and_then(|zone| zone.workloads.as_ref().ok().zip(zone.hub.as_ref().ok()));
        let Some((workloads, hub)) = supernets else { return };
        if !workloads.value.overlaps(range) && !hub.value.overlaps(range) {
            self.findings.refuse(written.origin.error(
                format!("no host of the zone has an address of `{range}`, so no packet comes from there"),
                format!(
                    "name a block that shares addresses with `workloads` ({}) or `hub` ({}) of lz.toml, or `internet`",
                    workloads.value, hub.value
                ),
            ));
        }
    }

    /// Routes inside a VPC always lead everywhere in it: a statement about them says nothing of the zone.
    fn check_ends(&self, written: &Sourced<PlaceSpec>, from: &Place, to: &Place) {
        if from == to && matches!(from, Place::Network(_) | Place::Tier(..)) {
            self.findings.refuse(written.origin.error(
                "packets that stay in one place follow the VPC's own routes, which nothing of the zone can change",
                "name two places",
            ));
        }
    }

    fn place(&self, written: &Sourced<PlaceSpec>) -> Option<Place> {
        match &written.value {
            PlaceSpec::Workloads => Some(Place::Workloads),
            PlaceSpec::Hub => Some(Place::Hub),
            PlaceSpec::Internet => Some(Place::Internet),
            PlaceSpec::Range(range) => Some(Place::Range(*range)),
            PlaceSpec::Domain(domain) => Some(Place::Domain(domain.clone())),
            PlaceSpec::Segment(segment) => self.segment(written, segment).map(Place::Segment),
            PlaceSpec::Account(account) => self.only_network(written, account).map(Place::Network),
            PlaceSpec::Network(network) => self.network(written, network).map(Place::Network),
            PlaceSpec::Tier(network, tier) => self.tier(written, network, tier),
        }
    }

    fn segment(&self, written: &Sourced<PlaceSpec>, segment: &Label) -> Option<Label> {
        let segments: Vec<String> = self.segments()?.map(Label::to_string).collect();
        if segments.iter().any(|name| name == segment.as_str()) {
            return Some(segment.clone());
        }
        let hint = spelling::suggestion(segment.as_str(), &segments, "list it in `segments` of lz.toml");
        self.findings.refuse(written.origin.error(format!("there is no segment `{segment}`"), hint));
        None
    }

    /// The zone's segments; none where they could not be read.
    fn segments(&self) -> Option<impl Iterator<Item = &Label>> {
        Some(self.zone?.segments.as_ref().ok()?.iter().map(|segment| &segment.value))
    }

    /// The VPC of an account that has one.
    fn only_network(&self, written: &Sourced<PlaceSpec>, account: &Label) -> Option<NetworkName> {
        if !self.files.contains_key(account) {
            self.unknown_word(written, account);
            return None;
        }
        let networks: Vec<NetworkName> = self.networks(account).cloned().collect();
        match networks.as_slice() {
            // Why it has none is reported where the account is.
            [] => None,
            [only] => Some(only.clone()),
            [_, _, ..] => {
                let names: Vec<String> = networks.iter().map(NetworkName::to_string).collect();
                self.findings.refuse(written.origin.error(
                    format!("the account `{account}` has {} VPCs, and one is to be named", names.len()),
                    format!("write one of: {}", names.join(", ")),
                ));
                None
            }
        }
    }

    fn networks(&self, account: &Label) -> impl Iterator<Item = &NetworkName> {
        self.candidates.keys().filter(move |name| name.account == *account)
    }

    /// A word that is neither a place nor an account: a segment or a VPC that needs its prefix, or a slip.
    fn unknown_word(&self, written: &Sourced<PlaceSpec>, word: &Label) {
        let segment = self.segments().and_then(|mut segments| segments.find(|name| *name == word));
        let network = self.candidates.keys().find(|name| name.network == *word);
        let accounts = self.files.keys().map(Label::as_str);
        let known: Vec<&str> = WORDS.into_iter().chain(accounts).collect();
        let meant = match (segment, network) {
            (Some(segment), _) => Some(format!("segment:{segment}")),
            (None, Some(network)) => Some(network.to_string()),
            (None, None) => spelling::nearest(word.as_str(), &known).map(str::to_owned),
        };
        let hint = meant.map_or_else(|| PLACES.to_owned(), |meant| format!("did you mean `{meant}`?"));
        self.findings.refuse(written.origin.error(format!("there is no place `{word}`"), hint));
    }

    fn network(&self, written: &Sourced<PlaceSpec>, name: &NetworkName) -> Option<NetworkName> {
        if !self.files.contains_key(&name.account) {
            let known: Vec<String> = self.files.keys().map(Label::to_string).collect();
            let account = &name.account;
            let hint = spelling::suggestion(account.as_str(), &known, &format!("write accounts/{account}.toml"));
            self.findings.refuse(written.origin.error(format!("there is no account `{account}`"), hint));
            return None;
        }
        if self.candidates.contains_key(name) {
            return Some(name.clone());
        }
        let known: Vec<String> = self.networks(&name.account).map(|one| one.network.to_string()).collect();
        // Why an account can't be read is reported where the account is.
        if self.files.get(&name.account) == Some(&true) {
            let otherwise = format!("add [networks.{}] to accounts/{}.toml", name.network, name.account);
            let hint = spelling::suggestion(name.network.as_str(), &known, &otherwise);
            let problem = format!("the account `{}` has no network `{}`", name.account, name.network);
            self.findings.refuse(written.origin.error(problem, hint));
        }
        None
    }

    fn tier(&self, written: &Sourced<PlaceSpec>, network: &NetworkName, tier: &Label) -> Option<Place> {
        let network = self.network(written, network)?;
        let tiers = self.candidates.get(&network)?.vpc.as_ref()?.tiers.as_ref().ok()?;
        if tiers.contains_key(tier) {
            return Some(Place::Tier(network, tier.clone()));
        }
        // That a VPC has no tiers is reported where its blueprint is.
        if !tiers.is_empty() {
            let known: Vec<String> = tiers.keys().map(Label::to_string).collect();
            let hint = spelling::suggestion(tier.as_str(), &known, &format!("add [tiers.{tier}] to its blueprint"));
            self.findings.refuse(written.origin.error(format!("`{network}` has no tier `{tier}`"), hint));
        }
        None
    }
}
