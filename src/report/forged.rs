//! What people are told of forged names and messages: nothing of it is obeyed, and nothing stands on a line of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::formats::testing::{FORGED, check, forged};
use super::*;
use crate::apply::{FailureCause, Outcome, Recreated, Report, ScopeFailure, ScopeOutcome, ScopeReport};
use crate::graph::Address;
use crate::journal::history::{run, runs};
use crate::journal::record::{Entry, Holder, RunStarted};
use crate::journal::{Message, Number, Record};
use crate::kinds::{Desired, Scope};
use crate::plan::{Plan, Summary};
use crate::reach::network::Protocol;
use crate::reach::testing::{id, policy_that_passes, reference};
use crate::reach::{Endpoint, trace};
use crate::values::{Label, Region};
use crate::zone::rebuilt::{PinChange, Rebuilt};

#[test]
fn a_sweep() {
    check(&sweep_text(&forged(), Palette::new(false)).to_write());
}

#[test]
fn broken_invariants() {
    let network = reference(policy_that_passes(&[])).network;
    let violations: Vec<_> = forged().findings.into_iter().filter_map(|finding| finding.violation).collect();
    check(&violations_text(&violations, &network, Palette::new(false)).to_write());
}

#[test]
fn a_trace() {
    let mut builder = reference(policy_that_passes(&[]));
    for name in ["vpce-1", "payments-private-1", "tgw-1", "payments", "egress"] {
        builder.network.names.insert(id(name), FORGED.into());
    }
    builder.network.caveats.insert(FORGED.into());
    let network = &builder.network;
    let from = Endpoint::Subnet(id("payments-private-1"));
    let traces = trace(network, &from, &Endpoint::Domain("example.com".into()), Protocol::Tcp, 443).unwrap();
    check(&trace_text(FORGED, FORGED, &traces, network, Palette::new(false)).to_write());
}

#[test]
fn a_plan() {
    let plan = Plan { unread: vec![FORGED.to_owned()], ..Plan::empty(Label::parse("acme").unwrap()) };
    let estimate = Estimate { total: Duration::ZERO, critical_path: Vec::new() };
    let (region, accounts, desired) = (Region::parse("eu-west-1").unwrap(), BTreeMap::new(), Desired::default());
    let places = Places { region: &region, accounts: &accounts, desired: &desired };
    let told = plan_text(&plan, &estimate, places, Palette::new(false)).to_write();
    // What the plan says of itself is the only line of its kind.
    let (unread, own) = told.split_once("\n\n").unwrap();
    check(unread);
    assert_eq!(own, "No changes: all 0 resources are as the files say.\n");
}

#[test]
fn a_run() {
    let address = Address::parse("networking/egress/vpc").unwrap();
    let failure = |address| {
        ScopeFailure::of_resource(address, FailureCause::GaveUp { message: FORGED.to_owned(), times: 1, hint: None })
    };
    let scope = ScopeReport {
        scope: Scope::Hub,
        outcome: ScopeOutcome::Partial,
        created: 0,
        updated: 0,
        deleted: 0,
        deduplicated: Vec::new(),
        failures: vec![failure(None)],
        rollback_failures: Vec::new(),
        recreated: vec![Recreated { address: address.clone(), message: FORGED.to_owned() }],
        kept: Vec::new(),
        unverified: Some(FORGED.to_owned()),
        mended: Vec::new(),
        left: vec![failure(Some(address))],
    };
    let report = Report {
        run: "run-1".to_owned(),
        outcome: Outcome::Partial,
        scopes: vec![scope],
        api_calls: 1,
        throttled: 0,
        aws_seconds: 1,
        accounts: BTreeMap::new(),
        interrupted: false,
        done: BTreeSet::new(),
        pins: crate::apply::Pins::default(),
    };
    let zone = crate::zone::sample::sample(crate::zone::sample::Topology::Segmented, 2, 1);
    check(&report_text(&report, &zone, Palette::new(false)).to_write());
}

#[test]
fn a_history() {
    let started = RunStarted {
        run: FORGED.to_owned(),
        zone: Label::parse("acme").unwrap(),
        command: Message::new(FORGED),
        scopes: vec![Scope::Hub],
        digest: FORGED.to_owned(),
        changes: Summary::default(),
        holder: Holder { user: FORGED.to_owned(), host: FORGED.to_owned(), process: 1 },
        repairs: false,
    };
    let entry = Entry { at: SystemTime::UNIX_EPOCH, record: Record::RunStarted(started) };
    let entries = BTreeMap::from([(Number(1), entry)]);
    check(&history_text(&runs(&entries)).to_write());
    check(&run_history_text(&run(&entries, FORGED).unwrap()).to_write());
}

#[test]
fn a_lock() {
    let change = PinChange {
        table: "resources",
        name: FORGED.to_owned(),
        from: Some(FORGED.to_owned()),
        to: Some(FORGED.to_owned()),
        evidence: FORGED.to_owned(),
    };
    let rebuilt = Rebuilt { lock: crate::zone::lock::Lock::default(), changes: vec![change], unchanged: 0 };
    check(&rebuilt_text(&rebuilt, Palette::new(false)).to_write());
}
