//! Commands that lz names work on the zone, and the AWS, that it was called for.

use super::Place;

#[test]
fn a_remedy_of_a_rehearsal_is_a_rehearsal() {
    let place = Place::empty();
    place.lz(["init", "my zone"]).done();
    let begin = "lz --twin --dir 'my zone' --set tags.owner=me";
    let call = ["--twin", "--dir", "my zone", "--set", "tags.owner=me"];
    let lz = |rest: &[&'static str]| place.lz(call.into_iter().chain(rest.to_vec()));
    let first = lz(&["onboard-workload", "payments-prod", "--yes"]).with_status(1);
    assert!(first.stderr.contains(&format!("hint: run `{begin} bootstrap` first")), "{}", first.stderr);
    lz(&["bootstrap", "--yes"]).done();
    let swept = lz(&["sweep", "--junit", "s.xml", "--sarif", "s.sarif", "--asff", "s.json"]).with_status(4);
    let remedy = format!("{begin} onboard-workload payments-prod");
    assert!(swept.stdout.contains(&format!("mend it: {remedy}\n")), "{}", swept.stdout);
    for file in ["s.sarif", "s.json"] {
        assert!(place.read(file).contains(&remedy), "{file}");
    }
    assert!(place.read("s.xml").contains(&remedy.replace('\'', "&apos;")));
    let document = lz(&["sweep", "--output", "json"]).with_status(4).document();
    assert!(
        document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["remedy"]["command"] == remedy.as_str() || one["remedy"] == remedy.as_str()),
        "{document:#}"
    );
    let unknown = lz(&["history", "nothing", "--output", "json"]).with_status(2).document();
    assert_eq!(unknown["error"]["hint"], format!("`{begin} history` lists the runs"));

    // Nothing that is printed of a rehearsal names a command of the real one.
    for text in [first.stderr, swept.stdout, swept.stderr] {
        for (at, _) in text.match_indices("`lz ").chain(text.match_indices("mend it: lz ")) {
            let command = text[at..].trim_start_matches("mend it: ").trim_start_matches('`');
            assert!(command.starts_with(begin), "{command}");
        }
    }
}
