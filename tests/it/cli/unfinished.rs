//! Runs that do not finish: what they say of which scope and why, and the command to type next.

use serde_json::{Value, json};

use super::{Place, Ran, assert_text};

const WORLD: &str = ".lz/twin/world.json";
const ONBOARD: [&str; 4] = ["--twin", "onboard-workload", "--all", "--yes"];

impl Place {
    /// What the simulated AWS is, changed.
    fn in_world<T>(&self, change: impl FnOnce(&mut Value) -> T) -> T {
        let mut file: Value = serde_json::from_str(&self.read(WORLD)).unwrap();
        let done = change(&mut file["world"]);
        self.write(WORLD, &file.to_string());
        done
    }

    /// From now on AWS refuses these actions, in all accounts or in the one of a name.
    fn deny(&self, account: Option<&str>, actions: &[&str]) {
        self.in_world(|world| {
            let accounts = world["organizations"]["accounts"].as_object().unwrap();
            let id = account.map(|name| accounts.iter().find(|(_, one)| one["name"] == name).unwrap().0.clone());
            let rule = |action: &&str| {
                json!({ "kind": "denied", "account": id, "action": action, "from": 1, "times": u64::MAX })
            };
            world["faults"]["rules"] = actions.iter().map(rule).collect();
        });
    }

    fn onboard(&self, more: &[&str]) -> Ran {
        self.lz(ONBOARD.into_iter().chain(more.iter().copied()))
    }

    /// A command that lz has said, as a shell takes it.
    fn typed(&self, command: &Value) -> Ran {
        self.lz(command.as_str().unwrap().split(' ').skip(1).chain(["--yes", "--output", "json"]))
    }
}

/// What stands on both streams, without progress.
fn told(ran: &Ran) -> String {
    let progress =
        ["created ", "deleted ", "failed ", "done ", "not done ", "looking at everything again", "rolling back "];
    let talk = ran.stderr.lines().filter(|line| !progress.iter().any(|start| line.starts_with(start)));
    format!("{}\n{}", ran.stdout, talk.collect::<Vec<_>>().join("\n"))
}

#[test]
fn what_failed_is_told_with_its_cause_and_the_next_command() {
    let place = Place::with_hub();
    place.deny(None, &["CreateTransitGatewayVpcAttachment"]);
    assert_text!("unfinished-rolled-back", told(&place.onboard(&[]).with_status(1)));

    place.deny(Some("payments-prod"), &["CreateTransitGatewayVpcAttachment"]);
    assert_text!("unfinished-partial", told(&place.onboard(&[]).with_status(1)));

    let left = place.onboard(&["--no-rollback"]).with_status(1);
    assert_text!("unfinished-left", told(&left));
    let left = place.onboard(&["--no-rollback", "--output", "json"]).with_status(1).document();
    assert_text!("unfinished-document", format!("{left:#}\n"));

    place.deny(Some("payments-prod"), &["DeleteVpc"]);
    let undo = left["next"]["undo"].clone();
    let stuck = place.typed(&undo).with_status(1);
    assert!(stuck.stderr.ends_with(&format!("to go on: {}\n", undo.as_str().unwrap())), "{}", stuck.stderr);
    assert_eq!(stuck.document()["next"], json!({ "go_on": undo, "undo": null }));

    place.in_world(|world| world["faults"]["rules"] = json!([]));
    let undone = place.typed(&undo).with_status(0).document();
    assert_eq!((&undone["outcome"], &undone["next"]), (&json!("rolled-back"), &Value::Null));
    let mended = place.typed(&left["next"]["go_on"]).with_status(0).document();
    assert_eq!((&mended["outcome"], &mended["next"]), (&json!("applied"), &Value::Null));
    place.lz(["--twin", "plan", "--detailed-exitcode"]).done();
}
