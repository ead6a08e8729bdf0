//! Which ids runs have made and deleted.

use std::collections::BTreeSet;

use crate::journal::inventory::Inventory;
use crate::journal::record::{Ending, Learned, Number, Record};
use crate::journal::state::State;
use crate::journal::testing::{
    address, create, delete, done, ended, every_record, failed, intent, intent_of, made, rollback, rolled_back,
    started, undone, unknown,
};

fn inventory(records: &[Record]) -> Inventory {
    let mut state = State::default();
    for record in records {
        state.advance(record).unwrap();
    }
    state.inventory()
}

fn made_of(records: &[Record]) -> Vec<(String, String)> {
    inventory(records).made.into_iter().map(|(id, address)| (id, address.to_string())).collect()
}

fn one(id: &str, name: &str) -> Vec<(String, String)> {
    vec![(id.to_owned(), address(name).to_string())]
}

#[test]
fn what_was_made_is_known_by_the_id_that_was_learned_last() {
    let begun = [started("run-1"), intent("vpc", create(1))];
    assert_eq!(made_of(&begun), []);
    let lost = [&begun[..], &[unknown(2)]].concat();
    assert_eq!(made_of(&lost), []);
    let refused = [&begun[..], &[failed(2)]].concat();
    assert_eq!(made_of(&refused), []);
    let learned = Record::Learned(Learned { intent: Number(2), id: "vpc-2".to_owned() });
    let found = [&lost[..], std::slice::from_ref(&learned)].concat();
    assert_eq!(made_of(&found), one("vpc-2", "vpc"));
    let renamed = [&begun[..], &[made(2, "request-1"), learned]].concat();
    assert_eq!(made_of(&renamed), one("vpc-2", "vpc"));
}

#[test]
fn what_was_deleted_is_known_only_where_aws_said_so() {
    let begun = [started("run-1"), intent("vpc", create(1)), made(2, "vpc-1"), intent("vpc", delete(1))];
    for uncertain in [&begun[..], &[&begun[..], &[unknown(4)]].concat(), &[&begun[..], &[failed(4)]].concat()] {
        let inventory = inventory(uncertain);
        assert_eq!(inventory.made.len(), 1);
        assert!(inventory.deleted.is_empty());
    }
    let gone = inventory(&[&begun[..], &[done(4)]].concat());
    assert!(gone.made.is_empty());
    assert_eq!(gone.deleted, BTreeSet::from(["vpc-1".to_owned()]));
    // What has no id of AWS's own comes back under the same one.
    let again = inventory(&[&begun[..], &[done(4), intent("vpc", create(1)), made(6, "vpc-1")]].concat());
    assert_eq!(again.made.len(), 1);
    assert!(again.deleted.is_empty());
}

#[test]
fn what_was_undone_was_not_made_and_what_a_rollback_made_was() {
    assert_eq!(made_of(&every_record()), []);
    let rebuilt = [
        started("run-1"),
        intent("vpc", delete(1)),
        done(2),
        intent("vpc", create(2)),
        made(4, "vpc-2"),
        rollback("run-1"),
        // Somebody else has deleted what the run had made.
        undone(4),
        intent_of("vpc", create(1), Some(2)),
        made(8, "vpc-3"),
        undone(2),
        rolled_back(&[]),
        ended(Ending::RolledBack),
    ];
    assert_eq!(made_of(&rebuilt), one("vpc-3", "vpc"));
    assert_eq!(inventory(&rebuilt).deleted, BTreeSet::from(["vpc-1".to_owned()]));
}

#[test]
fn runs_are_unfinished_without_an_end_and_while_a_scope_is_not_settled() {
    let unfinished = |records: &[Record]| inventory(records).unfinished.into_iter().collect::<Vec<_>>();
    let killed = [started("run-1"), intent("vpc", create(1))];
    assert_eq!(unfinished(&killed), ["run-1"]);
    let left = [started("run-1"), ended(Ending::Left)];
    assert_eq!(unfinished(&left), ["run-1"]);
    let going_on = [&left[..], &[started("run-2")]].concat();
    assert_eq!(unfinished(&going_on), ["run-1", "run-2"]);
    assert_eq!(unfinished(&[&going_on[..], &[ended(Ending::Applied)]].concat()), [""; 0]);
    // What a run that was killed has made carries its name for ever.
    let settled = [&killed[..], &[started("run-2"), ended(Ending::Applied)]].concat();
    assert_eq!(unfinished(&settled), ["run-1"]);
}
