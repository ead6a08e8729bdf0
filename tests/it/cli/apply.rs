//! `bootstrap` and `onboard-workload` in a pipe: what they say where, what they refuse, what they leave behind.

use std::fs::File;

use lz::twin::Twin;
use lz::twin::faults::{Kind, Rule};

use super::{Place, assert_text};

#[test]
fn a_landing_zone_is_built_with_results_on_one_stream_and_talk_on_the_other() {
    let place = Place::with_zone();
    let bootstrap = place.lz(["--twin", "bootstrap", "--yes"]).with_status(0);
    assert_text!("bootstrap", bootstrap.stdout);
    let talk = ["created  ", "done     ", "looking at everything again"];
    let unknown: Vec<&str> =
        bootstrap.stderr.lines().filter(|line| !talk.iter().any(|start| line.starts_with(start))).collect();
    assert_eq!(unknown, [""; 0], "lines that are no progress");
    assert_eq!(bootstrap.stderr.matches("created  ").count(), 92);

    let onboard = ["--twin", "onboard-workload", "--all", "--yes", "--output", "json"];
    assert_text!("onboard", format!("{:#}\n", place.lz(onboard).with_status(0).document()));
    let again = place.lz(onboard).with_status(0);
    assert_eq!(again.stderr, "");
    assert_eq!(again.document()["outcome"], "unchanged");

    assert_eq!(place.mode(".lz"), 0o700);
    assert_eq!(place.mode(".lz/twin"), 0o700);
    assert_eq!(place.mode(".lz/twin/world.json"), 0o600);
    assert_eq!(place.mode(".lz/lock"), 0o600);
    assert_eq!(place.mode("lz.lock") & 0o044, 0o044, "meant for git");
    let lock = place.read("lz.lock");
    assert!(lock.contains("10.32.") && !lock.contains("account_id"), "{lock}");
}

#[test]
fn workloads_wait_for_the_hub() {
    let place = Place::with_zone();
    let onboard = ["--twin", "onboard-workload", "payments-prod", "--yes"];
    assert_text!("hub-first", place.lz(onboard).text());
    let document = place.lz(onboard.into_iter().chain(["--output", "json"])).with_status(1).document();
    assert_eq!(document["error"]["hint"], "run `lz --twin bootstrap` first");
    assert!(!place.path("lz.lock").exists(), "nothing was begun");
}

#[test]
fn workloads_wait_for_a_change_of_who_accepts_attachments() {
    let place = Place::with_zone();
    place.lz(["--twin", "bootstrap", "--yes"]).done();
    let accepts = "auto_accept_shared_attachments = ";
    place.edit("lz.toml", &format!("{accepts}true"), &format!("{accepts}false"));
    let onboard = ["--twin", "onboard-workload", "payments-prod", "--yes"];
    let refused = place.lz(onboard).with_status(1);
    let expected = "error: what this needs is not as the files say: networking/transit-gateway/self\n\
                    hint: run `lz --twin bootstrap` first\n";
    assert!(refused.stderr.ends_with(expected), "{}", refused.stderr);
    place.lz(["--twin", "bootstrap", "--yes"]).done();
    place.lz(onboard).done();
}

#[test]
fn a_kept_plan_is_applied_as_it_is_or_not_at_all() {
    let place = Place::with_zone();
    place.lz(["--twin", "plan", "--out", "zone.plan"]).done();
    assert_eq!(place.mode("zone.plan"), 0o600);
    let bootstrap = ["--twin", "bootstrap", "--plan", "zone.plan", "--yes"];

    place.edit("lz.toml", "name = \"acme\"", "name = \"acme2\"");
    let changed = place.lz(bootstrap).with_status(1);
    place.edit("lz.toml", "name = \"acme2\"", "name = \"acme\"");
    // One plan of everything serves one command after the other, and nothing is done twice.
    let onboard = ["--twin", "onboard-workload", "--all", "--plan", "zone.plan", "--yes"];
    place.lz(bootstrap).done();
    place.lz(onboard).done();
    let again = place.lz(onboard).with_status(0);
    assert_eq!(again.stdout, "", "nothing was applied");
    let sweep = place.lz(["--twin", "sweep"]).with_status(0);
    assert!(sweep.stdout.contains("Conformant"), "{}", sweep.stdout);
    // Without a journal nobody knows that it was lz, and what is there is a change.
    std::fs::remove_dir_all(place.path(".lz/twin/journal")).unwrap();
    let stale = place.lz(onboard).with_status(1);
    place.write("zone.plan", "{}");
    let damaged = place.lz(bootstrap).with_status(1);
    let absent = place.lz(["--twin", "bootstrap", "--plan", "no.plan", "--yes"]).with_status(1);
    assert_text!("plan-file", [changed.stderr, again.stderr, stale.stderr, damaged.stderr, absent.stderr].join("\n"));
}

#[test]
fn one_run_at_a_time_changes_a_zone() {
    let place = Place::with_zone();
    place.lz(["--twin", "bootstrap", "--yes"]).done();
    let lock = File::options().write(true).open(place.path(".lz/lock")).unwrap();
    lock.try_lock().unwrap();
    let refused = place.lz(["--twin", "bootstrap", "--yes"]).with_status(5);
    assert_text!("locked", refused.text());
    place.lz(["--twin", "plan"]).done();
    let world = place.read(".lz/twin/world.json");
    let _ = place.lz(["twin", "reset"]).with_status(5);
    let _ = place.lz(["--twin", "journal", "repair", "--yes"]).with_status(5);
    assert!(world == place.read(".lz/twin/world.json"), "a run goes on with its world to the end");
    drop(lock);
    place.lz(["--twin", "bootstrap", "--yes"]).done();
}

#[test]
fn what_aws_gives_up_on_is_told_with_the_way_on() {
    let place = Place::with_hub();
    let world = place.path(".lz/twin/world.json");
    let fails = |failures: &[(&str, &str)]| {
        let twin = Twin::load(&world).unwrap();
        twin.with_world(|aws| {
            let rules = failures.iter().map(|(action, code)| Rule {
                kind: Kind::FailsLater((*code).to_owned()),
                account: None,
                action: Some((*action).to_owned()),
                from: 1,
                times: 1,
                seen: 0,
            });
            aws.faults.rules = rules.collect();
        });
        twin.save(&world).unwrap();
    };
    let onboard = ["--twin", "onboard-workload", "--all", "--yes"];
    fails(&[("CreateTransitGatewayVpcAttachment", "failed"), ("CreateAccount", "EMAIL_ALREADY_EXISTS")]);
    let partial = place.lz(onboard).with_status(1);
    let talk = ["again ", "failed ", "error:", "what failed was rolled back"];
    let told: Vec<&str> =
        partial.stderr.lines().filter(|line| talk.iter().any(|start| line.starts_with(start))).collect();
    assert_text!("gives-up", format!("{}\n{}\n", partial.stdout, told.join("\n")));
    fails(&[]);
    place.lz(onboard).with_status(0).done();
}
