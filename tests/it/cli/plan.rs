//! `plan`: what it shows, what it keeps, and what it leaves alone.

use std::io::Read;
use std::process::Stdio;

use super::{Place, assert_text};

#[test]
fn of_an_empty_aws_everything_is_created() {
    let place = Place::with_zone();
    let ran = place.lz(["--twin", "plan"]).with_status(0);
    assert_text!("plan-empty", ran.text());
    assert!(!place.path("lz.lock").exists(), "a plan changes nothing, lz.lock neither");
    assert_eq!(place.lz(["--twin", "plan", "--detailed-exitcode"]).with_status(4).stdout, ran.stdout);

    let document = place.lz(["--twin", "plan", "--output", "json"]).with_status(0).document();
    let changes = document["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 202);
    assert_eq!(document["summary"]["create"], 202);
    assert!(document["estimate"]["seconds"].as_u64().unwrap() > 300);
    let first = changes.iter().find(|change| change["address"] == "networking/egress/vpc").unwrap();
    assert_text!("plan-change", format!("{first:#}"));
}

#[test]
fn after_bootstrap_the_workloads_are_left() {
    let place = Place::with_hub();
    assert_text!("plan-one-scope", place.lz(["--twin", "plan", "--scope", "payments-dev"]).text());
    let hub = place.lz(["--twin", "plan", "--scope", "hub", "--scope", "organization", "--detailed-exitcode"]);
    assert_eq!(hub.status, Some(0), "{}", hub.stdout);
}

#[test]
fn after_everything_there_is_nothing_to_change() {
    let place = Place::with_hub();
    place.lz(["--twin", "onboard-workload", "--all", "--yes"]).done();
    let ran = place.lz(["--twin", "plan", "--detailed-exitcode"]).with_status(0);
    assert_text!("plan-nothing", ran.text());

    place.edit("accounts/payments-dev.toml", "segment = \"dev\"", "segment = \"prod\"");
    assert_text!("plan-moved", place.lz(["--twin", "plan"]).with_status(0).text());

    let denied = place.lz(["--twin", "plan", "--set", "organization.role=Nobody"]).with_status(1);
    assert_text!("plan-denied", denied.text());
}

#[test]
fn who_stops_reading_stops_it_quietly() {
    let place = Place::with_zone();
    let mut command = place.command(["--twin", "plan"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((said.as_str(), child.wait().unwrap().code()), ("", Some(0)));
}

#[test]
fn pipes_take_no_colours() {
    let place = Place::with_zone();
    let coloured = |ran: &super::Ran| format!("{}{}", ran.stdout, ran.stderr).contains('\u{1b}');
    assert!(!coloured(&place.lz(["--twin", "plan"])));
    let forced = [("CLICOLOR_FORCE", "1")];
    assert!(coloured(&place.lz_with(&forced, ["--twin", "plan"])));
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(!coloured(&place.lz_with(&both, ["--twin", "plan"])));
}
