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
fn of_two_who_would_keep_one_world_the_second_is_refused() {
    let place = Place::with_hub();
    let served = Served::continued(&place);
    let plan = place.lz_with(&served.variables(), ["plan", "--output", "json"]).with_status(0).document();
    let world = place.read(".lz/twin/world.json");
    let state = place.path(".lz/twin/world.json");
    for command in [
        &["twin", "serve", "--port", "0", "--state", ".lz/twin/world.json"][..],
        &["twin", "serve", "--port", "0", "--state", state.to_str().unwrap()],
        &["--twin", "bootstrap", "--yes"],
        &["--twin", "sweep", "--repair", "--yes"],
        &["twin", "reset"],
    ] {
        let refused = place.lz(command.iter().copied()).with_status(5);
        let told = refused.stderr.starts_with("error: another process works on ");
        assert!(told && refused.stderr.contains("world.json: process "), "{command:?}: {}", refused.stderr);
    }
    // Whoever only looks is not kept from it, and another world is another one's.
    place.lz(["--twin", "plan"]).done();
    let other = Served::with(&place, "60", &["--state", "other.json"]);
    drop(other);
    assert_eq!(place.lz_with(&served.variables(), ["plan", "--output", "json"]).with_status(0).document(), plan);
    assert!(world.contains("vpc-"));
    drop(served);
    place.lz(["--twin", "bootstrap", "--yes"]).done();
}

#[test]
fn a_world_is_kept_in_regular_files_only() {
    let place = Place::empty();
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    for (file, what) in [("pipe", "a pipe"), (".", "a folder"), ("/dev/null", "a device")] {
        for command in [&["twin", "serve", "--port", "0", "--state", file][..], &["twin", "env", "--state", file]] {
            let refused = place.lz(command.iter().copied()).with_status(1);
            assert!(refused.stderr.contains(what), "{command:?}: {}", refused.stderr);
        }
    }
}

#[test]
fn reset_forgets_the_world() {
    let place = Place::with_hub();
    assert_text!("reset", place.lz(["twin", "reset"]).text());
    let plan = place.lz(["--twin", "plan", "--output", "json"]).with_status(0).document();
    assert_eq!(plan["summary"]["unchanged"], 0);
}
