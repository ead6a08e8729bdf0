//! Runs that are interrupted, killed or met by another one, and what comes after them.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{Place, Process, Served};

/// A zone and the simulated AWS that its runs work on, served.
struct Zone {
    place: Place,
    served: Served,
}

impl Zone {
    fn new(speed: &str) -> Self {
        let place = Place::with_zone();
        let served = Served::start(&place, speed);
        Self { place, served }
    }

    /// With its hub.
    fn with_hub() -> Self {
        let place = Place::with_hub();
        let served = Served::continued(&place);
        Self { place, served }
    }

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.place.command(arguments);
        command.envs(self.served.variables.iter().cloned());
        command
    }

    fn bootstrap(&self) -> Process {
        Process::start(self.command(["bootstrap", "--yes"]))
    }

    fn onboard(&self) -> Process {
        Process::start(self.command(["onboard-workload", "--all", "--yes"]))
    }

    /// The runs of the journal: their names, and what became of them.
    fn runs(&self) -> Vec<(String, Value)> {
        let runs = self.document(["history"])["runs"].clone();
        let runs = runs.as_array().unwrap().iter();
        runs.map(|run| (run["run"].as_str().unwrap().to_owned(), run["outcome"].clone())).collect()
    }

    /// The addresses that runs have made resources for, once for each time.
    fn made_by(&self, runs: &[(String, Value)]) -> Vec<String> {
        let texts = runs.iter().map(|(name, _)| self.place.lz(["history", name]).done());
        let made = |line: &str| {
            Some(line.split_once("done: create ")?.1.split(' ').next().unwrap().trim_end_matches(':').to_owned())
        };
        texts.flat_map(|text| text.lines().filter_map(made).collect::<Vec<_>>()).collect()
    }

    fn document<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        let arguments = arguments.into_iter().chain(["--output", "json"]);
        self.place.lz_with(&self.served.variables(), arguments).with_status(0).document()
    }
}

#[test]
fn an_interrupted_run_says_how_to_go_on_and_the_next_one_does() {
    let zone = Zone::new("60");
    let mut run = zone.bootstrap();
    run.wait_for("created  organization/self");
    run.interrupt();
    run.wait_for("stopping once what is under way is done");
    let (said, status) = run.end();
    assert_eq!(status, Some(130), "{said}");
    let closing = "interrupted: what was begun is kept\n  to go on: lz bootstrap\n  to undo what is left: lz rollback ";
    assert!(said.contains(closing), "{said}");

    let mut run = zone.bootstrap();
    run.wait_for("this run goes on with it");
    run.wait_for("created  organization/accounts/networking");
    run.interrupt();
    assert_eq!(run.end().1, Some(130));
}

#[test]
fn a_run_that_is_interrupted_twice_ends_at_once_and_gives_the_zone_back() {
    let zone = Zone::new("10");
    let mut run = zone.bootstrap();
    run.wait_for("created  organization/self");
    run.interrupt();
    run.wait_for("stopping once what is under way is done");
    run.interrupt();
    let (said, status) = run.end();
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains("error: stopped at once; what was under way may still be done"), "{said}");
    assert!(!said.contains("could not be given back"), "{said}");
    assert_eq!(zone.place.lz(["unlock"]).done(), "nobody holds the zone\n");
    let [(_, outcome)] = zone.runs().try_into().unwrap();
    assert_eq!(outcome, Value::Null, "it did not end in order");
    let mut run = zone.bootstrap();
    run.wait_for("this run goes on with it");
}

#[test]
fn a_killed_run_is_in_the_history_and_the_next_one_says_that_it_goes_on() {
    let zone = Zone::new("600");
    let mut run = zone.bootstrap();
    run.wait_for("created  organization/accounts/networking");
    run.kill();

    let runs = zone.document(["history"])["runs"].clone();
    let [killed] = runs.as_array().unwrap().as_slice() else { panic!("{runs}") };
    assert_eq!((&killed["outcome"], &killed["ended"]), (&Value::Null, &Value::Null));
    let name = killed["run"].as_str().unwrap();
    assert!(zone.place.lz(["history"]).done().contains("did not end"));
    let calls = zone.place.lz(["history", name]).done();
    for call in ["create organization/accounts/networking (account)", "done: create organization/accounts/networking"] {
        assert!(calls.contains(call), "{call} in\n{calls}");
    }

    let mut run = zone.bootstrap();
    run.wait_for(&format!("run {name} (bootstrap, by "));
    let (said, status) = run.end();
    assert_eq!(status, Some(0), "{said}");
    let runs = zone.document(["history"])["runs"].clone();
    let outcomes: Vec<&Value> = runs.as_array().unwrap().iter().map(|run| &run["outcome"]).collect();
    assert_eq!(outcomes, [&Value::Null, &Value::from("applied")]);
    assert_eq!(
        zone.document(["plan", "--scope", "organization", "--scope", "hub"])["changes"],
        Value::Array(Vec::new())
    );
}

#[test]
fn an_interrupted_onboarding_stops_and_the_command_that_it_says_finishes_it() {
    let zone = Zone::with_hub();
    let mut run = zone.onboard();
    run.wait_for("/container/vpc");
    run.interrupt();
    run.wait_for("stopping once what is under way is done");
    let (said, status) = run.end();
    assert_eq!(status, Some(130), "{said}");
    let runs = zone.runs();
    let [(name, outcome)] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(outcome, "interrupted");
    let closing =
        "interrupted: what was begun is kept\n  to go on: lz onboard-workload --all\n  to undo what is left: ";
    assert!(said.contains(&format!("{closing}lz rollback {name}\n")), "{said}");
    // The switch that connects a VPC is the last of its steps.
    let begun = zone.made_by(&runs);
    assert!(begun.iter().any(|address| address.ends_with("/container/vpc")), "{begun:?}");
    assert!(!begun.iter().any(|address| address.contains("/container/private/az1/routes/")), "{begun:?}");

    let mut run = zone.onboard();
    let told = run.wait_for(&format!("run {name} (onboard-workload, by "));
    assert!(told.contains(") was interrupted; this run goes on with it"), "{told}");
    let (said, status) = run.end();
    assert_eq!(status, Some(0), "{said}");
    let runs = zone.runs();
    let outcomes: Vec<&Value> = runs.iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["interrupted", "applied"]);
    // Everything is there, and was made once.
    let plan = zone.document(["plan"]);
    assert_eq!((&plan["changes"], &plan["unmanaged"]), (&Value::Array(Vec::new()), &Value::Array(Vec::new())));
    let made = zone.made_by(&runs);
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len(), "{made:?}");
    assert!(begun.len() < made.len());
}

#[test]
fn a_killed_onboarding_is_undone_from_its_journal_by_the_next_process() {
    let zone = Zone::with_hub();
    let mut run = zone.onboard();
    run.wait_for("/container/vpc");
    run.kill();
    let begun = zone.made_by(&zone.runs());
    assert!(begun.iter().any(|address| address.ends_with("/container/vpc")), "{begun:?}");

    let undone = zone.document(["rollback", "--yes"]);
    assert_eq!((&undone["outcome"], &undone["next"]), (&Value::from("rolled-back"), &Value::Null));
    assert_eq!(zone.runs().len(), 2);
    // Nothing but the accounts is left, which are created for good.
    let plan = zone.document(["plan"]);
    let changes = plan["changes"].as_array().unwrap().iter().filter(|change| change["action"] == "create");
    let absent: BTreeSet<&str> = changes.map(|change| change["address"].as_str().unwrap()).collect();
    let (kept, undone): (Vec<&str>, Vec<&str>) =
        begun.iter().map(String::as_str).partition(|address| address.starts_with("organization/accounts/"));
    assert!(!kept.is_empty() && kept.iter().all(|address| !absent.contains(address)), "{absent:?}");
    assert!(undone.iter().all(|address| absent.contains(address)), "{undone:?}");
    assert_eq!(plan["unmanaged"], Value::Array(Vec::new()));
}

#[test]
fn of_two_runs_at_once_exactly_one_applies() {
    let zone = Zone::new("600");
    let both = [zone.bootstrap(), zone.bootstrap()];
    let processes = both.each_ref().map(|run| run.child.id());
    let ended = both.map(Process::end);
    let statuses = ended.each_ref().map(|(_, status)| status.unwrap());
    let refused = statuses.iter().position(|status| *status == 5).unwrap_or_else(|| panic!("{ended:?}"));
    assert_eq!(statuses[1 - refused], 0, "{ended:?}");
    let (said, holder) = (&ended[refused].0, processes[1 - refused]);
    assert!(said.starts_with(&format!("error: another run holds this zone: process {holder} since 2")), "{said}");
    assert_eq!(zone.document(["history"])["runs"].as_array().unwrap().len(), 1);
    assert_eq!(
        zone.document(["plan", "--scope", "organization", "--scope", "hub"])["changes"],
        Value::Array(Vec::new())
    );
}
