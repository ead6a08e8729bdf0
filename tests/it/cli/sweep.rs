//! `sweep`: what it says, what it mends, and how it ends.

use super::{Place, assert_text};

#[test]
fn what_is_built_is_conformant_and_what_is_not_is_told() {
    let place = Place::with_hub();
    assert_text!("sweep-hub-alone", place.lz(["--twin", "sweep"]).with_status(4).text());
    let document = place.lz(["--twin", "sweep", "--output", "json", "--account", "payments-prod"]);
    let document = document.with_status(4).document();
    let findings = document["findings"].as_array().unwrap();
    assert_eq!((findings.len(), &document["conformant"]), (1, &false.into()));
    assert_text!("sweep-finding", format!("{:#}\n", findings[0]));
    place.lz(["--twin", "onboard-workload", "--all", "--yes"]).done();
    assert_text!("sweep-conformant", place.lz(["--twin", "sweep"]).with_status(0).text());
}

#[test]
fn a_repair_mends_says_what_and_sweeps_again() {
    let place = Place::with_hub();
    // What the files ask for has changed: what is there is not as they ask.
    let tags = ["--set", "tags.owner=somebody-else", "--set", "transit_gateway.auto_accept_shared_attachments=false"];
    let sweep = |more: &[&'static str]| place.lz(["--twin", "sweep"].into_iter().chain(tags).chain(more.to_vec()));
    let told = sweep(&["--account", "networking"]).with_status(4);
    assert!(told.stdout.contains("weakened: transit-gateway "), "{}", told.stdout);
    let _ = sweep(&["--account", "networking", "--fail-on", "critical"]).with_status(0);
    let _ = sweep(&["--repair"]).with_status(2);
    let mended = sweep(&["--repair", "--yes", "--account", "networking"]).with_status(0);
    assert!(mended.stdout.starts_with("Mended:\n") && mended.stdout.contains("Conformant"), "{}", mended.stdout);

    place.write(
        "suppressions.toml",
        "[[suppression]]\nclass = \"missing\"\nkind = \"account\"\nreason = \"next year\"\nuntil = 9999-12-31\n\n\
         [[suppression]]\nkind = \"vpc\"\naddress = \"networking/*\"\nreason = \"none\"\nuntil = 9999-12-31\n",
    );
    assert_text!("sweep-suppressed", place.lz(["--twin", "sweep", "--account", "payments-prod"]).with_status(0).text());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = Place::with_zone();
    let mut texts = String::new();
    let refused: &[&[&str]] = &[
        &["--twin", "sweep", "--allow-removals"],
        &["--twin", "sweep", "--account", "billing"],
        &["--twin", "sweep", "--fail-on", "bad"],
    ];
    for arguments in refused {
        let ran = place.lz(arguments.iter().copied()).with_status(2);
        texts.push_str(&format!("$ lz {}\n{}\n", arguments.join(" "), ran.stderr));
    }
    assert_text!("sweep-refused", texts);
}
