//! `init` and `validate`, and what malformed files are answered with.

use super::{Place, assert_text};

#[test]
fn init_writes_a_zone_that_is_valid_and_overwrites_nothing() {
    let place = Place::empty();
    assert_text!("init", place.lz(["init", "zone"]).text());
    place.write("zone/lz.toml", "mine");
    std::fs::remove_dir_all(place.path("zone/accounts")).unwrap();
    let refused = place.lz(["init", "zone"]).with_status(2);
    assert_eq!(refused.stderr.lines().next(), Some("error: zone/lz.toml is there already, so nothing was written"));
    assert_eq!(place.read("zone/lz.toml"), "mine");
    assert!(!place.path("zone/accounts").exists());
}

#[test]
fn init_writes_to_the_folder_of_the_zone_where_none_is_named() {
    let place = Place::empty();
    place.lz(["init", "--dir", "zone"]).done();
    place.lz_with(&[("LZ_DIR", "other")], ["init"]).done();
    place.lz(["init", "third", "--dir", "zone"]).done();
    for folder in ["zone", "other", "third"] {
        place.lz(["validate", "--dir", folder]).done();
    }
    assert!(!place.path("lz.toml").exists());
}

#[test]
fn validate_tells_what_the_files_say_and_writes_nothing() {
    let place = Place::with_zone();
    assert_text!("validate", place.lz(["validate"]).text());
    place.use_own_addresses();
    let document = place.lz(["validate", "--output", "json"]).with_status(0).document();
    assert_eq!(document["valid"], true);
    assert_eq!(document["diagnostics"], serde_json::json!([]));
    assert_eq!(document["zone"]["name"], "acme");
    assert!(!place.path("lz.lock").exists() && !place.path(".lz").exists());
}

#[test]
fn a_malformed_zone_is_told_at_once_with_lines_and_ways_out() {
    let place = Place::with_zone();
    place.edit("lz.toml", "region = ", "regoin = ");
    place.edit("accounts/payments-dev.toml", "segment = \"dev\"", "segment = \"test\"");
    assert_text!("malformed", place.lz(["validate"]).text());
    for command in [&["plan"][..], &["bootstrap", "--yes"], &["onboard-workload", "--all", "--yes"]] {
        let ran = place.lz(command.iter().copied()).with_status(3);
        assert_eq!(ran.stdout, "", "{command:?}");
        assert!(!place.path(".lz").exists(), "{command:?} touched something");
    }
    let ran = place.lz(["plan", "--output", "json"]).with_status(3);
    let document = ran.document();
    assert_eq!(document["error"]["kind"], "invalid-files");
    let places: Vec<String> = document["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["file"], one["line"].is_number(), one["key"]))
        .collect();
    assert_text!("malformed-places", places.join("\n"));
}

#[test]
fn variables_and_options_set_keys() {
    let place = Place::with_zone();
    let region = |ran: super::Ran| ran.with_status(0).document()["zone"]["region"].clone();
    assert_eq!(region(place.lz_with(&[("LZ_NAME", "other")], ["validate", "--output", "json"])), "eu-west-1");
    let zones = "availability_zones=[\"use1-az1\", \"use1-az2\"]";
    let set = ["validate", "--output", "json", "--set", "region=us-east-1", "--set", zones];
    assert_eq!(region(place.lz_with(&[("LZ_REGION", "eu-west-3")], set)), "us-east-1");

    let refused = place.lz_with(&[("LZ_REGOIN", "eu-west-1")], ["validate"]).with_status(0);
    assert!(refused.stderr.contains("LZ_REGOIN"), "{}", refused.stderr);
    let refused = place.lz_with(&[("LZ_TIME_SCALE", "fast")], ["validate"]).with_status(2);
    assert_eq!(
        refused.stderr,
        "error: the environment variable LZ_TIME_SCALE is `fast`, and it must be a whole number from 1 on\n"
    );
    let refused = place.lz_with(&[("LZ_LOG", "lz=loud")], ["validate"]).with_status(2);
    assert!(refused.stderr.starts_with("error: LZ_LOG is not a log filter"), "{}", refused.stderr);
}
