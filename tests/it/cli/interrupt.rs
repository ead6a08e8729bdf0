//! An interrupt in the middle of a run, and what comes after it.

use super::{Place, Process, Served};

#[test]
fn an_interrupted_run_says_how_to_go_on_and_the_next_one_does() {
    let place = Place::with_zone();
    let served = Served::start(&place, "60");
    let bootstrap = || {
        let mut command = place.command(["bootstrap", "--yes"]);
        command.envs(served.variables.iter().cloned());
        command
    };
    let mut run = Process::start(bootstrap());
    run.wait_for("created  organization/self");
    run.interrupt();
    run.wait_for("stopping once what is under way is done");
    let (said, status) = run.end();
    assert_eq!(status, Some(130), "{said}");
    let closing = "interrupted: what was begun is kept\n  to go on: lz bootstrap\n  to undo what is left: lz rollback ";
    assert!(said.contains(closing), "{said}");

    let mut run = Process::start(bootstrap());
    run.wait_for("did not end, with");
    run.wait_for("created  organization/accounts/networking");
    run.interrupt();
    assert_eq!(run.end().1, Some(130));
}
