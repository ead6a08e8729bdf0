//! The help of every command.

use super::{Place, assert_text};

fn help_of(place: &Place, path: &[&str], command: &clap::Command, texts: &mut String) {
    let arguments = path.iter().copied().chain(["--help"]);
    texts.push_str(&format!("$ lz {}--help\n", path.iter().map(|word| format!("{word} ")).collect::<String>()));
    texts.push_str(&place.lz(arguments).done());
    texts.push('\n');
    for subcommand in command.get_subcommands() {
        help_of(place, &[path, &[subcommand.get_name()]].concat(), subcommand, texts);
    }
}

#[test]
fn the_help_tree() {
    let mut texts = String::new();
    help_of(&Place::empty(), &[], &lz::cli::command(), &mut texts);
    assert_text!("help", texts);
}

#[test]
fn usage_errors_end_with_two_and_say_what_to_do() {
    let place = Place::with_zone();
    let wrong: &[&[&str]] = &[
        &[],
        &["paln"],
        &["plan", "--scope", "Not A Name"],
        &["onboard-workload"],
        &["onboard-workload", "--all", "payments-prod"],
        &["plan", "--set", "region"],
        &["plan", "--parallelism", "0"],
        &["--twin", "plan", "--scope", "billing"],
        &["validate", "--allow-violation", "segments-are-isolatd"],
        &["--twin", "onboard-workload", "billing", "--yes"],
        &["--twin", "bootstrap"],
        &["--twin", "sweep", "--every", "15m"],
        &["sweep", "--every", "5s"],
        &["sweep", "--listen"],
        &["lock", "--yes"],
        &["lock", "--forget-organization"],
        &["init"],
    ];
    let mut texts = String::new();
    for arguments in wrong {
        let ran = place.lz(arguments.iter().copied()).with_status(2);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        texts.push_str(&format!("$ lz {}\n{}\n", arguments.join(" "), ran.stderr));
    }
    assert_text!("usage", texts);
}

#[test]
fn completions_complete_the_commands() {
    let script = Place::empty().lz(["completions", "bash"]).done();
    assert!(script.contains("onboard-workload"));
}
