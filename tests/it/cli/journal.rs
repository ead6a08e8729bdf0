//! The journal and the lease of a zone: damaged ones have a way out, and no way out of a command leaves the zone held.

use std::path::PathBuf;

use super::{Place, Ran};

/// The newest entry of the twin's lease.
fn newest_lease(place: &Place) -> String {
    std::fs::read_to_string(newest(place, ".lz/twin/lease")).unwrap()
}

fn newest(place: &Place, folder: &str) -> PathBuf {
    let entries = std::fs::read_dir(place.path(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).max().unwrap()
}

#[test]
fn whoever_ends_early_gives_the_zone_back() {
    let place = Place::with_zone();
    let given_back = |ran: &Ran, what: &str| {
        assert!(newest_lease(&place).contains("released"), "{what}: {}\n{}", newest_lease(&place), ran.stderr);
    };
    let early = place.lz(["--twin", "onboard-workload", "payments-prod", "--yes"]).with_status(1);
    given_back(&early, "the hub is not there");
    given_back(&place.lz(["--twin", "rollback", "--yes"]).with_status(2), "there is no run");
    place.lz(["--twin", "plan", "--out", "old.plan"]).done();
    place.lz(["--twin", "bootstrap", "--yes"]).done();
    let old = ["--twin", "bootstrap", "--yes", "--plan", "old.plan", "--set", "tags.owner=me"];
    given_back(&place.lz(old).with_status(1), "a plan of other files");
    let denied = ["--twin", "onboard-workload", "payments-prod", "--yes", "--set", "organization.role=Nobody"];
    given_back(&place.lz(denied).with_status(1), "AWS refuses");
    let repaired = ["--twin", "sweep", "--repair", "--yes", "--set", "organization.role=Nobody"];
    assert_ne!(place.lz(repaired).status, Some(0));
    place.lz(["--twin", "onboard-workload", "payments-prod", "--yes"]).done();
    std::fs::remove_file(place.path(".lz/twin/lz.lock")).unwrap();
    std::fs::create_dir(place.path(".lz/twin/lz.lock")).unwrap();
    assert_ne!(place.lz(["--twin", "onboard-workload", "orders-prod", "--yes"]).status, Some(0));
    assert!(newest_lease(&place).contains("released"));
    std::fs::remove_dir(place.path(".lz/twin/lz.lock")).unwrap();
    std::fs::write(newest(&place, ".lz/twin/journal/checkpoints"), "damaged, and longer than a frame").unwrap();
    let damaged = place.lz(["--twin", "onboard-workload", "orders-prod", "--yes"]).with_status(1);
    given_back(&damaged, "the journal is damaged");
    assert!(damaged.stderr.contains("lz --twin journal repair"), "{}", damaged.stderr);
}

#[test]
fn a_damaged_journal_is_checked_and_repaired() {
    let place = Place::with_hub();
    assert!(place.lz(["--twin", "journal", "check"]).done().starts_with("The journal is whole"));
    assert!(place.lz(["--twin", "journal", "repair", "--yes"]).done().starts_with("The journal is whole"));
    // What it stands for was removed in part: it can't be read from the segments.
    let file = newest(&place, ".lz/twin/journal/checkpoints");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let history = place.lz(["--twin", "history"]).with_status(1);
    assert!(history.stderr.contains("`lz --twin journal repair` goes on with the rest"), "{}", history.stderr);
    let checked = place.lz(["--twin", "journal", "check"]).with_status(1);
    assert!(checked.stdout.contains("a record with a wrong checksum"), "{}", checked.stdout);
    let _ = place.lz(["--twin", "journal", "repair"]).with_status(2);
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "nobody was asked, and nothing was written");
    let repaired = place.lz(["--twin", "journal", "repair", "--yes"]).done();
    assert!(repaired.contains("repaired; what is damaged is kept in"), "{repaired}");
    let kept = place.path(".lz/twin/journal/damaged/checkpoints").join(file.file_name().unwrap());
    assert_eq!(std::fs::read(kept).unwrap(), bytes);
    assert!(place.lz(["--twin", "journal", "check"]).done().starts_with("The journal is whole"));
    place.lz(["--twin", "history"]).done();
    place.lz(["--twin", "onboard-workload", "payments-prod", "--yes"]).done();
}

#[test]
fn numbers_that_nobody_comes_to_are_passed_over() {
    let place = Place::with_hub();
    for folder in ["lease", "journal", "journal/checkpoints", "journal/archive"] {
        std::fs::create_dir_all(place.path(".lz/twin").join(folder)).unwrap();
        place.write(&format!(".lz/twin/{folder}/{}", u64::MAX), "{}");
    }
    for command in
        [&["onboard-workload", "payments-prod", "--yes"][..], &["history"], &["unlock"], &["journal", "check"]]
    {
        let ran = place.lz(["--twin"].into_iter().chain(command.iter().copied())).with_status(0);
        assert!(!ran.stderr.contains("panicked"), "{command:?}: {}", ran.stderr);
    }
}

#[test]
fn who_only_looks_leaves_the_simulated_aws_as_it_was() {
    let place = Place::with_hub();
    let before = place.read(".lz/twin/world.json");
    let commands: &[&[&str]] = &[
        &["validate"],
        &["plan"],
        &["plan", "--out", "zone.plan"],
        &["sweep"],
        &["sweep", "--cloudtrail"],
        &["trace", "networking", "internet"],
        &["snapshot", "recorded"],
        &["history"],
        &["lock"],
        &["lock", "--rebuild"],
        &["journal", "check"],
    ];
    for command in commands {
        let ran = place.lz(["--twin"].into_iter().chain(command.iter().copied()));
        assert!(!ran.stderr.contains("panicked"), "{command:?}: {}", ran.stderr);
        assert!(before == place.read(".lz/twin/world.json"), "{command:?} has written the world");
    }
    let empty = Place::with_zone();
    empty.lz(["--twin", "plan"]).done();
    assert!(!empty.path(".lz/twin").exists(), "a plan makes nothing");
}
