//! What the files ask for is proved before anything is called: networks that a published design got wrong are refused.

use super::{Place, assert_text};

/// Each way to get it wrong: what it is, and pieces of the starter zone's files replaced.
type WrongDesign = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

const RETURN_ROUTE: &str = "  { to = \"workloads\", via = \"firewall\" },\n";
const EGRESS: &str = "blueprints/egress.toml";
const SEGMENTED: &str = "blueprints/segmented.toml";

const WRONG_DESIGNS: &[WrongDesign] = &[
    ("the public table without the return route", &[(EGRESS, RETURN_ROUTE, "")]),
    (
        "the public table's return route past the firewall",
        &[(EGRESS, RETURN_ROUTE, "  { to = \"workloads\", via = \"transit-gateway\" },\n")],
    ),
    ("appliance mode off", &[(EGRESS, "appliance_mode = true", "appliance_mode = false")]),
    (
        "the firewall bypassed on the way out",
        &[(
            EGRESS,
            "routes = [{ to = \"0.0.0.0/0\", via = \"firewall\" }]",
            "routes = [{ to = \"0.0.0.0/0\", via = \"nat\" }]",
        )],
    ),
    (
        "one table for all that promises isolation",
        &[
            ("lz.toml", "topology = \"segmented\"", "topology = \"flat\""),
            ("blueprints/flat.toml", "isolates_segments = false", "isolates_segments = true"),
        ],
    ),
    (
        "workloads that reach each other by a turn through the egress VPC",
        &[(SEGMENTED, "  { to = \"10.0.0.0/8\", via = \"blackhole\" },\n", "")],
    ),
    (
        "a transit gateway without a way back from the egress VPC",
        &[(
            SEGMENTED,
            "associates = [\"egress\"]\npropagates_from = [\"workloads\"]",
            "associates = [\"egress\"]\npropagates_from = [\"ingress\"]",
        )],
    ),
    ("a home net that is too narrow", &[(EGRESS, "home_net = [\"workloads\"]", "home_net = [\"vpc\"]")]),
    (
        "a list of egress and no way out",
        &[(
            "blueprints/container.toml",
            "routes = [{ to = \"0.0.0.0/0\", via = \"transit-gateway\" }]",
            "routes = [{ to = \"hub\", via = \"transit-gateway\" }]",
        )],
    ),
    (
        "rules that drop what an account lists",
        &[(
            "blueprints/baseline.rules",
            "# Mail leaves",
            "drop tcp $HOME_NET any -> $EXTERNAL_NET 8000:8999 (sid:100020;)\n# Mail leaves",
        )],
    ),
];

fn with_wrong_design((_, edits): &WrongDesign) -> Place {
    let place = Place::with_zone();
    edits.iter().for_each(|(path, from, to)| place.edit(path, from, to));
    place
}

#[test]
fn wrong_designs_are_refused_by_the_invariant_that_is_about_them() {
    let mut texts = String::new();
    for design in WRONG_DESIGNS {
        let place = with_wrong_design(design);
        let document = place.lz(["validate", "--output", "json"]).with_status(3).document();
        texts.push_str(&format!("{}\n", design.0));
        let mut told: Vec<&str> = Vec::new();
        for violation in document["violations"].as_array().unwrap() {
            let invariant = violation["invariant"].as_str().unwrap();
            // One of each: the same fault is told for every workload.
            if !told.contains(&invariant) {
                told.push(invariant);
                texts.push_str(&format!("  {invariant}: {}\n", violation["sentence"].as_str().unwrap()));
            }
        }
    }
    assert_text!("proof-wrong-designs", texts);
}

#[test]
fn a_refusal_tells_every_invariant_and_a_packets_way_before_anything_is_called() {
    let place = with_wrong_design(&WRONG_DESIGNS[0]);
    let refused = place.lz(["--twin", "validate"]).with_status(3);
    assert_text!("proof-refused", refused.text());
    // Without credentials, calling AWS would end with 1.
    for command in [&["plan"][..], &["--twin", "bootstrap", "--yes"], &["--twin", "onboard-workload", "--all", "--yes"]]
    {
        let ran = place.lz(command.iter().copied()).with_status(3);
        assert_eq!((ran.stdout.as_str(), &ran.stderr), ("", &refused.stderr), "{command:?}");
        assert!(!place.path(".lz").exists() && !place.path("lz.lock").exists(), "{command:?} touched something");
    }
    let document = place.lz(["validate", "--output", "json"]).with_status(3).document();
    assert_eq!(document["error"]["message"], "what the files ask for breaks listed-egress-passes, paths-exist");
    let first = &document["violations"][0];
    assert_eq!(first["trace"]["verdict"], "dropped");
    assert_text!("proof-witness", format!("{:#}\n", first["witness"]));
}

#[test]
fn who_insists_on_a_violation_goes_on_with_a_warning() {
    let place = with_wrong_design(&WRONG_DESIGNS[2]);
    let insisting = ["--allow-violation", "egress-is-inspected"];
    assert_text!("proof-insisted", place.lz(["validate"].into_iter().chain(insisting)).text());
    let document =
        place.lz(["--twin", "plan", "--output", "json"].into_iter().chain(insisting)).with_status(0).document();
    assert_eq!(document["proof"]["violations"][0]["invariant"], "egress-is-inspected");
    place.lz(["--twin", "bootstrap", "--yes"].into_iter().chain(insisting)).done();
    let other = place.lz(["validate", "--allow-violation", "internet-stays-out"]).with_status(3);
    assert!(other.stderr.contains("egress-is-inspected does not hold"), "{}", other.stderr);
}
