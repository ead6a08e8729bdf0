//! `trace` and `snapshot`: what they tell of what is planned, live and recorded, and what they refuse.

use std::path::Path;

use serde_json::Value;

use super::{Place, assert_text};

const TRACE: [&str; 5] = ["trace", "payments-prod", "api.binance.com", "--port", "443"];

fn recorded(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name);
    folder.to_str().unwrap().to_owned()
}

fn hops(way: &Value) -> Vec<&str> {
    way.as_array().unwrap().iter().map(|hop| hop["hop"].as_str().unwrap()).collect()
}

#[test]
fn what_the_files_ask_for_is_traced_without_aws() {
    let place = Place::with_zone();
    assert_text!("trace-planned", place.lz(TRACE.into_iter().chain(["--planned"])).text());
    let mut dropped = String::new();
    for ends in [["payments-prod", "orders-prod"], ["internet", "payments-prod"], ["payments-dev", "api.binance.com"]] {
        dropped.push_str(&place.lz(["trace", "--planned"].into_iter().chain(ends)).with_status(0).text());
    }
    assert_text!("trace-planned-dropped", dropped);
    place.lz(["trace", "--planned", "payments-prod", "orders-prod", "--expect", "dropped"]).done();
    let unexpected = ["trace", "--planned", "payments-prod", "orders-prod", "--expect", "delivered"];
    let _ = place.lz(unexpected).with_status(4);
}

#[test]
fn live_planned_and_recorded_are_traced_alike() {
    let place = Place::with_hub();
    place.lz(["--twin", "onboard-workload", "--all", "--yes"]).done();
    let live = place.lz(["--twin"].into_iter().chain(TRACE)).with_status(0);
    assert_eq!(live.stderr, "");
    let said = place.lz(["--twin", "snapshot", "recorded/today"]).with_status(0);
    assert_text!("snapshot", said.text());
    assert_eq!(place.mode("recorded/today"), 0o700);
    let from_recording = ["trace", "payments-prod", "api.binance.com", "--snapshot", "recorded/today"];
    assert_eq!(place.lz(from_recording).done(), live.stdout);
    let document = place.lz(from_recording.into_iter().chain(["--output", "json"])).with_status(0).document();
    assert_eq!((&document["verdict"], &document["reasons"]), (&Value::from("delivered"), &Value::Array(Vec::new())));
    let planned = place.lz(TRACE.into_iter().chain(["--planned", "--output", "json"])).with_status(0).document();
    let ways = |document: &Value| {
        let ways = ["forward", "return"].map(|way| hops(&document[way]).join(" "));
        ways.map(|way| way.replace(" network-acl", ""))
    };
    assert_eq!(ways(&document), ways(&planned));
    let zones = document["zones"].as_array().unwrap();
    assert_eq!(zones.len(), 2);
    for key in ["verdict", "forward", "return", "reasons"] {
        assert_eq!(document[key], zones[0][key], "of zones that are equally bad the first");
    }

    assert_text!("snapshot-not-empty", place.lz(["--twin", "snapshot", "recorded/today"]).text());
    // The domain is taken away and the firewall told: the verdict names the rule group.
    place.edit("accounts/payments-prod.toml", "\"api.binance.com\"", "\"api.example.com\"");
    place.lz(["--twin", "onboard-workload", "payments-prod", "--yes"]).done();
    let dropped = place.lz(["--twin", "--output", "json"].into_iter().chain(TRACE)).with_status(0).document();
    assert_eq!(dropped["verdict"], "dropped");
    assert_eq!(dropped["reasons"][0]["code"], "FIREWALL_RULES_RESTRICTION");
    let by = dropped["reasons"][0]["by"].as_str().unwrap();
    assert!(by.contains("no rule decides in lz-acme-"), "{by}");
}

#[test]
fn a_network_that_lz_did_not_build_is_traced_by_ids() {
    // Neither a zone's files nor credentials.
    let place = Place::empty();
    let hub = recorded("inspected-hub");
    let question = ["trace", "i-0c00000000000000a", "eni-0c00000000000000b", "--port", "5432", "--snapshot", &hub];
    assert_text!("trace-recorded", place.lz(question).text());
    let document = place.lz(question.into_iter().chain(["--output", "json"])).with_status(0).document();
    assert_eq!(document["verdict"], "asymmetric");
    assert_text!("trace-reason", format!("{:#}\n", document["reasons"]));
}

#[test]
fn an_invalid_zone_beside_a_recording_is_told_and_passed_over() {
    let place = Place::with_zone();
    let recording = recorded("internet-to-instance");
    let question = ["trace", "internet", "bastion", "--port", "22", "--snapshot", &recording];
    let valid = place.lz(question).with_status(0);
    assert_eq!(valid.stderr, "");
    for (text, fault) in [("", "lz.toml:1: "), ("[", "lz.toml:1: ")] {
        place.write("lz.toml", text);
        let invalid = place.lz(question).with_status(0);
        assert_eq!(invalid.stdout, valid.stdout);
        let beginning = format!("warning: the zone's names can't be used, since its files are invalid: {fault}");
        assert!(invalid.stderr.starts_with(&beginning), "{}", invalid.stderr);
        assert_eq!(invalid.stderr.lines().count(), 1, "{}", invalid.stderr);
    }
    std::fs::remove_file(place.path("lz.toml")).unwrap();
    assert_eq!(place.lz(question).with_status(0).stderr, "");
}

#[test]
fn what_can_not_be_traced_is_refused_with_a_hint() {
    let place = Place::with_zone();
    let (recording, peering) = (recorded("internet-to-instance"), recorded("peering"));
    place.write("a-file", "");
    std::fs::create_dir_all(place.path("broken/111122223333/eu-west-1")).unwrap();
    place.write("broken/111122223333/eu-west-1/describe-vpcs.json", "{\"Vpcs\": [{\"VpcId\": 1}]}");
    std::fs::create_dir(place.path("empty")).unwrap();
    let refused: &[&[&str]] = &[
        &["trace", "billing", "internet", "--planned"],
        &["trace", "internet", "internet", "--planned"],
        &["trace", "networking", "internet", "--planned"],
        &["trace", "payments-prod", "internet", "--planned", "--snapshot", "recorded"],
        &["trace", "bastion", "nowhere", "--snapshot", &recording],
        &["trace", "private", "internet", "--snapshot", &peering],
        &["trace", "bastion", "internet", "--snapshot", "nowhere"],
        &["trace", "bastion", "internet", "--snapshot", "empty"],
        &["trace", "bastion", "internet", "--snapshot", "broken"],
        &["snapshot", "a-file", "--twin"],
        &["--twin", "trace", "payments-prod", "internet"],
    ];
    let mut texts = String::new();
    for arguments in refused {
        let ran = place.lz(arguments.iter().copied());
        assert_ne!(ran.status, Some(0), "{arguments:?}");
        let arguments = arguments.join(" ").replace(&recording, "[recording]").replace(&peering, "[peering]");
        texts.push_str(&format!("$ lz {arguments}\n{}\n", ran.text()));
    }
    assert_text!("trace-refused", texts);
}
