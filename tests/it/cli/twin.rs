//! `twin serve`, `twin env` and `twin reset`.

use std::process::Command;

use super::{Place, Served, assert_text};

#[test]
fn what_env_prints_is_for_a_shell() {
    let place = Place::empty();
    let text = place.lz(["twin", "env", "--port", "4600", "--region", "eu-west-3"]).done();
    place.write("env.sh", &text);
    let script = "set -eu; export AWS_PROFILE=other AWS_SESSION_TOKEN=other; . ./env.sh; \
                  printenv AWS_ENDPOINT_URL AWS_REGION AWS_DEFAULT_REGION; printenv AWS_PROFILE AWS_SESSION_TOKEN || \
                  test -n \"$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY\"";
    let output = Command::new("sh").args(["-c", script]).current_dir(place.path(".")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "http://127.0.0.1:4600\neu-west-3\neu-west-3\n");
}

#[test]
fn a_served_world_is_planned_on_and_a_port_is_taken_once() {
    let place = Place::with_zone();
    let served = Served::start(&place, "60");
    let plan = place.lz_with(&served.variables(), ["plan", "--scope", "organization"]).done();
    assert!(plan.contains("9 to create"), "{plan}");
    let taken = place.lz(["twin", "serve", "--port", &served.port]).with_status(1);
    assert!(taken.stderr.starts_with(&format!("error: port {} can't be served on: ", served.port)), "{}", taken.stderr);
}

#[test]
fn reset_forgets_the_world() {
    let place = Place::with_hub();
    assert_text!("reset", place.lz(["twin", "reset"]).text());
    let plan = place.lz(["--twin", "plan", "--output", "json"]).with_status(0).document();
    assert_eq!(plan["summary"]["unchanged"], 0);
}
