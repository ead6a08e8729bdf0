//! Runs that are interrupted, killed or met by another one, and what comes after them.

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

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.place.command(arguments);
        command.envs(self.served.variables.iter().cloned());
        command
    }

    fn bootstrap(&self) -> Process {
        Process::start(self.command(["bootstrap", "--yes"]))
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
