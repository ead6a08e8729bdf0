//! `lz lock`, and what is refused since `lz.lock` is of another zone.

use serde_json::Value;

use super::{Place, Ran, Served, assert_text};

const LOCK: &str = ".lz/twin/lz.lock";

/// A text with the end of each of AWS's ids left out.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut words: Vec<String> = Vec::new();
    for word in text.split('-') {
        let end = word.find(|one: char| !one.is_ascii_alphanumeric()).unwrap_or(word.len());
        let hidden = if is_id(&word[..end]) { format!("[id]{}", &word[end..]) } else { word.to_owned() };
        words.push(hidden);
    }
    words.join("-")
}

impl Place {
    fn rebuilt(&self, more: &[&str]) -> Ran {
        self.lz(["--twin", "lock", "--rebuild"].into_iter().chain(more.iter().copied()))
    }

    /// A new world, with the lock of the old one.
    fn in_another_world(&self, seed: &str) {
        let lock = self.read(LOCK);
        self.lz(["twin", "reset", "--seed", seed]).done();
        assert!(!self.path(LOCK).exists(), "the lock goes with its world");
        self.write(LOCK, &lock);
    }
}

#[test]
fn what_is_pinned_is_shown_by_sort() {
    let place = Place::with_zone();
    assert_eq!(place.lz(["lock"]).done(), "Nothing is pinned yet.\n");
    place.lz(["--twin", "bootstrap", "--yes"]).done();
    assert_text!("lock", without_ids(&place.lz(["--twin", "lock"]).done()));
    let document = place.lz(["--twin", "lock", "--output", "json"]).with_status(0).document();
    assert_eq!(document["zone"]["name"], "acme");
    assert!(document["resources"]["networking/egress/vpc"].as_str().unwrap().starts_with("vpc-"));
    assert_eq!(document["availability_zones"]["az1"], "euw1-az1");
    assert_eq!(document["networks"]["networking/egress"]["cidr"], "10.16.0.0/24");
    assert_eq!(document["accounts"].as_object().unwrap().len(), 1);
    // What a rehearsal learns is its own: the zone's lock has ranges only, which are the same.
    let own = place.lz(["lock", "--output", "json"]).with_status(0).document();
    assert_eq!(own["networks"], document["networks"]);
    assert_eq!((&own["zone"], own["resources"].as_object().unwrap().len()), (&Value::Null, 0));
    assert_eq!(own["accounts"].as_object().unwrap().len(), 0);
}

#[test]
fn a_lock_is_rebuilt_from_what_aws_shows() {
    let place = Place::with_hub();
    let whole = place.read(LOCK);
    let same = place.rebuilt(&[]).with_status(0);
    assert!(same.stdout.starts_with("lz.lock holds what is there: ") && same.stderr.is_empty(), "{}", same.stdout);
    let mut damaged: toml::Table = whole.parse().unwrap();
    let pins = damaged["resources"].as_table_mut().unwrap();
    let vpc = pins.insert("networking/egress/vpc".to_owned(), "vpc-00000000000000000".into()).unwrap();
    pins.remove("networking/ingress/vpc").unwrap();
    pins.insert("networking/old/vpc".to_owned(), "vpc-11111111111111111".into());
    pins.insert("departed/container/vpc".to_owned(), "vpc-22222222222222222".into());
    let damaged = damaged.to_string();
    place.write(LOCK, &damaged);
    let shown = place.rebuilt(&[]).with_status(0);
    let run = |text: &str| text.split("made by run ").nth(1).unwrap()[..23].to_owned();
    assert_text!("lock-rebuild", without_ids(&shown.text().replace(&run(&shown.stdout), "[run]")));
    assert_eq!(place.read(LOCK), damaged, "it was only shown");
    let written = place.rebuilt(&["--yes", "--output", "json"]).with_status(0).document();
    assert_eq!(written["written"], true);
    let changed = written["changes"].as_array().unwrap().iter().find(|one| one["name"] == "networking/egress/vpc");
    assert_eq!(changed.unwrap()["to"].as_str(), vpc.as_str());
    // Nobody could look for what is of an account that the zone does not have any more.
    let kept = "\"departed/container/vpc\" = \"vpc-22222222222222222\"\n";
    let text = place.read(LOCK);
    assert!(text.contains(kept));
    assert_eq!(text.replace(kept, ""), whole);
}

#[test]
fn a_rebuild_keeps_the_pins_of_what_can_t_be_read() {
    let place = Place::with_hub();
    let whole = place.read(LOCK);
    let mut world: Value = serde_json::from_str(&place.read(".lz/twin/world.json")).unwrap();
    let denied = serde_json::json!({
        "kind": "denied", "account": null, "action": "DescribeVpcs", "from": 1, "times": u64::MAX
    });
    world["world"]["faults"]["rules"] = serde_json::json!([denied]);
    place.write(".lz/twin/world.json", &world.to_string());
    let ran = place.rebuilt(&["--yes"]).with_status(1);
    assert!(ran.stderr.contains("what is pinned of it stays"), "{}", ran.stderr);
    assert_eq!(place.read(LOCK), whole);
}

#[test]
fn another_name_region_or_layout_than_the_lock_s_is_refused_before_aws_is_called() {
    let place = Place::with_zone();
    // No credentials are there: the refusal comes first.
    place
        .write("lz.lock", "version = 1\n[zone]\nname = \"acme\"\nregion = \"eu-west-1\"\naccount = \"111122223333\"\n");
    let single = ["--set", "layout=single-account"];
    let layout = place.lz(["plan"]).with_status(1);
    let ok = place.lz(single.into_iter().chain(["validate"])).with_status(0);
    assert!(!ok.stderr.contains("lz.lock"), "{}", ok.stderr);
    let name = place.lz(single.into_iter().chain(["--set", "name=acme2", "plan"])).with_status(1);
    let zones = ["\"euw1-az1\", \"euw1-az2\"", "\"euw3-az1\", \"euw3-az2\""];
    place.edit("lz.toml", zones[0], zones[1]);
    place.edit("lz.toml", "region = \"eu-west-1\"", "region = \"eu-west-3\"");
    let region = place.lz(single.into_iter().chain(["bootstrap", "--yes"])).with_status(1);
    let refusals = [layout, name, region];
    let validated = place.lz(single.into_iter().chain(["validate"])).with_status(0);
    let told = refusals.map(|ran| ran.text());
    assert_text!("lock-other-files", format!("{}\n{}", told.join("\n"), validated.stderr));
    assert!(!place.path(".lz/journal").exists());
}

#[test]
fn another_management_account_is_refused_by_whatever_talks_to_aws() {
    let place = Place::with_hub();
    let lock = place.read(LOCK);
    place.in_another_world("7");
    let commands: [&[&str]; 9] = [
        &["plan"],
        &["bootstrap", "--yes"],
        &["onboard-workload", "--all", "--yes"],
        &["rollback", "--yes"],
        &["sweep"],
        &["sweep", "--repair", "--yes"],
        &["trace", "payments-prod", "orders-prod"],
        &["snapshot", "recorded"],
        &["lock", "--rebuild", "--yes"],
    ];
    let refused = commands.map(|command| {
        let ran = place.lz(["--twin"].into_iter().chain(command.iter().copied())).with_status(1);
        assert_eq!(ran.stdout, "", "{command:?}");
        ran.stderr
    });
    assert!(refused.iter().all(|one| *one == refused[0]), "{refused:#?}");
    assert_text!("lock-other-organization", refused[0]);
    assert_eq!(place.read(LOCK), lock);

    // To forget is to build it all where the credentials lead to; a plan alone writes nothing.
    let plan = ["--twin", "plan", "--forget-organization", "--output", "json"];
    let plan = place.lz(plan).with_status(0).document();
    assert_eq!(plan["summary"]["unchanged"], 0, "nothing of the zone is in this world");
    assert_eq!(place.read(LOCK), lock);
    let nobody = place.lz(["--twin", "bootstrap", "--forget-organization"]).with_status(2);
    assert!(nobody.stderr.contains("nobody to ask"), "{}", nobody.stderr);
    place.lz(["--twin", "bootstrap", "--forget-organization", "--yes"]).done();
    let (old, new): (toml::Table, toml::Table) = (lock.parse().unwrap(), place.read(LOCK).parse().unwrap());
    assert_eq!(old["networks"], new["networks"], "ranges stay");
    assert_ne!(old["zone"]["management_account"], new["zone"]["management_account"]);
    assert_eq!(old["resources"].as_table().unwrap().len(), new["resources"].as_table().unwrap().len());
    assert!(old["resources"].as_table().unwrap().iter().all(|(address, id)| new["resources"][address] != *id));
    place.lz(["--twin", "plan"]).done();
}

#[test]
fn an_organization_that_is_gone_is_not_built_again() {
    let place = Place::with_hub();
    // The same account, and no organization any more.
    place.in_another_world("1");
    let refused = place.lz(["--twin", "bootstrap", "--yes"]).with_status(1);
    assert_text!("lock-no-organization", without_ids(&refused.text()));
    place.lz(["twin", "reset"]).done();
    place.lz(["--twin", "bootstrap", "--yes"]).done();
}

#[test]
fn the_only_account_of_a_zone_is_pinned_too() {
    let place = Place::with_zone();
    place.edit("lz.toml", "layout = \"organization\"", "layout = \"single-account\"");
    place.lz(["--twin", "bootstrap", "--yes"]).done();
    let lock: toml::Table = place.read(LOCK).parse().unwrap();
    assert!(lock["zone"].get("account").is_some() && lock["zone"].get("management_account").is_none());
    place.in_another_world("7");
    assert_text!("lock-other-account", place.lz(["--twin", "sweep", "--repair", "--yes"]).with_status(1).text());
}

#[test]
fn a_served_world_of_others_is_refused_by_the_zone_s_own_lock() {
    let place = Place::with_hub();
    std::fs::copy(place.path(LOCK), place.path("lz.lock")).unwrap();
    let own = Served::continued(&place);
    place.lz_with(&own.variables(), ["plan"]).done();
    let other = Served::with(&place, "60", &["--seed", "7"]);
    let refused = place.lz_with(&other.variables(), ["bootstrap", "--yes"]).with_status(1);
    assert_text!("lock-served", refused.stderr);
    // A rehearsal has a lock of its own, and does not mind.
    place.lz(["--twin", "plan"]).done();
}
