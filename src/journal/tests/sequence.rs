//! Which records can follow on which, and what they come to.

use crate::journal::effect::{Effect, EffectChange};
use crate::journal::record::{Deed, Ending, Learned, Number, Record, RunStarted};
use crate::journal::state::{Impossible, State, next};
use crate::journal::testing::{
    address, create, delete, done, ended, failed, intent, intent_of, label, made, observed, rollback, rolled_back,
    started, started_for, undone, unknown, update, workload,
};
use crate::kinds::Scope;

fn replay(records: &[Record]) -> State {
    records.iter().fold(State::default(), |state, record| next(state, record).unwrap())
}

/// The last record can't follow on the others, which are possible.
fn refused(records: &[Record]) -> Impossible {
    let (last, before) = records.split_last().unwrap();
    let mut state = replay(before);
    let unchanged = state.clone();
    let reason = state.advance(last).unwrap_err();
    assert_eq!(state, unchanged, "a refused record has changed the state");
    reason
}

#[test]
fn what_cannot_be_is_refused() {
    let (s, scope) = (started("r"), workload());
    let open = Impossible::AlreadyOpen { address: address("a"), open: Number(2) };
    let all = Record::Learned(Learned { intent: Number(2), id: "vpc-1".to_owned() });
    let nothing_made = Impossible::NothingMade(Number(2));
    let not_undone = Impossible::NotUndone { scope: scope.clone(), effect: Number(2) };
    let begun = [s.clone(), intent("a", create(1)), done(2), rollback("r")];
    let after_rollback = |more: &[Record]| refused(&[&begun, more].concat());

    assert_eq!(refused(&[done(1)]), Impossible::NoRun);
    assert_eq!(refused(&[intent("a", create(1))]), Impossible::NoRun);
    assert_eq!(refused(&[s.clone(), ended(Ending::Unchanged), intent("a", create(1))]), Impossible::NoRun);
    assert_eq!(refused(&[s.clone(), s.clone()]), Impossible::RunTwice("r".to_owned()));
    assert_eq!(
        refused(&[started_for("r", vec![Scope::Hub]), intent("a", create(1))]),
        Impossible::OtherScope(scope.clone())
    );
    assert_eq!(refused(&[s.clone(), intent("a", create(1)), intent("a", update(1, 2))]), open);
    assert_eq!(refused(&[s.clone(), done(1)]), Impossible::NotOpen(Number(1)));
    assert_eq!(refused(&[s.clone(), intent("a", create(1)), done(2), failed(2)]), Impossible::NotOpen(Number(2)));
    assert_eq!(
        refused(&[s.clone(), intent("a", create(1)), started("q"), done(2)]),
        Impossible::NotOpen(Number(2)),
        "a killed run's call is never answered"
    );
    assert_eq!(refused(&[s.clone(), intent("a", create(1)), all.clone()]), nothing_made, "its answer is awaited");
    assert_eq!(refused(&[s.clone(), intent("a", create(1)), failed(2), all.clone()]), nothing_made);
    assert_eq!(refused(&[s.clone(), intent("a", delete(1)), done(2), all]), nothing_made);
    assert_eq!(refused(&[s.clone(), rollback("q")]), Impossible::UnknownRun("q".to_owned()));
    assert_eq!(
        refused(&[s.clone(), intent("a", create(1)), rollback("r")]),
        Impossible::RollbackOutOfTurn(scope.clone())
    );
    assert_eq!(after_rollback(&[rollback("r")]), Impossible::RollbackOutOfTurn(scope.clone()));
    assert_eq!(after_rollback(&[intent("b", create(1))]), Impossible::OnlyUndoing(scope.clone()));
    assert_eq!(after_rollback(&[intent_of("b", delete(1), Some(2))]), Impossible::NotRolledBack(Number(2)));
    assert_eq!(after_rollback(&[undone(3)]), Impossible::NotRolledBack(Number(3)));
    assert_eq!(after_rollback(&[undone(2), undone(2)]), Impossible::NotRolledBack(Number(2)));
    assert_eq!(after_rollback(&[rolled_back(&["b"])]), not_undone);
    assert_eq!(after_rollback(&[ended(Ending::Left)]), Impossible::StillRollingBack(scope.clone()));
    assert_eq!(
        after_rollback(&[intent_of("a", delete(1), Some(2)), rolled_back(&[])]),
        Impossible::RollbackOutOfTurn(scope.clone())
    );
    assert_eq!(refused(&[s.clone(), rolled_back(&[])]), Impossible::NoRollback(scope));
    assert_eq!(refused(&[s.clone(), intent("a", create(1)), ended(Ending::Left)]), Impossible::StillOpen(Number(2)));
    assert_eq!(refused(&[s, intent("a", create(1)), done(2), ended(Ending::RolledBack)]), not_undone);
    let Record::RunStarted(mut elsewhere) = started("q") else { unreachable!() };
    elsewhere.zone = label("lab");
    let other = Impossible::OtherZone { zone: label("corp"), found: label("lab") };
    assert_eq!(refused(&[started("r"), Record::RunStarted(elsewhere)]), other);
}

#[test]
fn a_killed_run_shows_what_was_under_way_and_the_next_one_goes_on_with_it() {
    let killed = [started("r"), intent("a", create(1)), made(2, "vpc-1"), intent("b", create(2))];
    let state = replay(&killed);
    let run = state.unfinished().unwrap();
    assert_eq!(run.open().map(|step| step.number).collect::<Vec<_>>(), [Number(4)]);
    assert_eq!(
        state.unsettled().map(|(scope, runs)| (scope.clone(), runs.len())).collect::<Vec<_>>(),
        [(workload(), 1)]
    );

    let found = Record::Learned(Learned { intent: Number(4), id: "vpc-2".to_owned() });
    let resumed = [&killed[..], &[started("q"), found, intent("a", update(1, 3)), done(7)]].concat();
    let effects = replay(&resumed).effects("q", &workload());
    let told: Vec<_> = effects.iter().map(|one| (one.number, one.run.as_str(), one.certain)).collect();
    assert_eq!(told, [(Number(4), "r", true), (Number(2), "r", true)]);
    assert!(matches!(&effects[0].change, EffectChange::Created { id: Some(id), .. } if id == "vpc-2"));
    let own: Vec<bool> = replay(&resumed).effects("r", &workload()).iter().map(|one| one.superseded).collect();
    assert_eq!(own, [false, true], "the later run has changed a since");

    let settled = [&resumed[..], &[ended(Ending::Applied), started("p")]].concat();
    assert!(replay(&settled).effects("p", &workload()).is_empty(), "what was applied is nobody's to undo");
    for ending in [Ending::Left, Ending::Interrupted] {
        let unsettled = [&resumed[..], &[ended(ending), started("p")]].concat();
        assert_eq!(replay(&unsettled).effects("p", &workload()).len(), 2, "{ending:?}");
    }
}

#[test]
fn what_a_repair_has_mended_is_nobodys_to_undo_and_what_was_left_before_it_still_is() {
    let mended = |ending| [started("q"), intent("c", create(3)), made(2, "vpc-3"), ended(ending)];
    for ending in [Ending::Mended, Ending::Refused] {
        assert_eq!(replay(&mended(ending)).unsettled().count(), 0, "{ending:?}");
        let next = [&mended(ending)[..], &[started("p")]].concat();
        assert!(replay(&next).effects("p", &workload()).is_empty(), "{ending:?}");
    }
    let left = [started("r"), intent("a", create(1)), made(2, "vpc-1"), ended(Ending::Left)];
    let repair = [started("q"), intent("c", create(3)), made(6, "vpc-3"), ended(Ending::Mended)];
    let state = replay(&[&left[..], &repair, &[started("p")]].concat());
    let effects = state.effects("p", &workload());
    assert_eq!(effects.iter().map(|one| one.number).collect::<Vec<_>>(), [Number(2)]);
    assert_eq!(state.makers("p", &workload()), ["p", "r"].map(str::to_owned).into());
}

#[test]
fn what_a_killed_repair_has_mended_stays_when_a_later_run_is_rolled_back() {
    let Record::RunStarted(repair) = started("q") else { panic!("a beginning") };
    let repair = Record::RunStarted(RunStarted { repairs: true, ..repair });
    let left = [started("r"), intent("a", create(1)), made(2, "vpc-1"), ended(Ending::Left)];
    let killed = [repair, intent("c", create(3)), made(6, "vpc-3")];
    let later = [started("p"), intent("d", create(4)), made(9, "vpc-4")];
    let state = replay(&[&left[..], &killed, &later].concat());
    let numbers = |run: &str| state.effects(run, &workload()).iter().map(|one| one.number).collect::<Vec<_>>();
    assert_eq!(numbers("p"), [Number(9), Number(2)]);
    assert_eq!(state.makers("p", &workload()), ["p", "r"].map(str::to_owned).into());
    assert_eq!(numbers("q"), [Number(6), Number(2)], "whoever asks for the repair's rollback gets it");
}

/// A call, and the record of its result by the intent's number.
type Call = (Deed, fn(u64) -> Record);

/// What the steps of one resource come to; the first step has number 2.
fn effects(steps: &[Call]) -> Vec<Effect> {
    let mut records = vec![started("r")];
    for (deed, result) in steps {
        records.push(intent("a", deed.clone()));
        records.push(result(records.len() as u64));
    }
    replay(&records).effects("r", &workload())
}

#[test]
fn the_calls_for_a_resource_are_one_effect() {
    let changed = |octet| EffectChange::Changed { before: observed(octet) };
    let deleted = |octet| EffectChange::Deleted { before: observed(octet) };
    let created = |wanted, id: Option<&str>| match create(wanted) {
        Deed::Create { wanted } => EffectChange::Created { wanted, id: id.map(str::to_owned) },
        _ => unreachable!(),
    };
    let made: fn(u64) -> Record = |intent| made(intent, "vpc-7");
    let check = |steps: &[Call], expected: &[(u64, EffectChange, bool)]| {
        let found: Vec<_> = effects(steps).into_iter().map(|one| (one.number.0, one.change, one.certain)).collect();
        assert_eq!(found, expected, "{steps:?}");
    };
    check(&[(create(1), made), (update(1, 2), unknown)], &[(2, created(1, Some("vpc-7")), true)]);
    check(&[(create(1), failed)], &[]);
    check(&[(create(1), unknown)], &[(2, created(1, None), false)]);
    check(&[(create(1), unknown), (create(1), made)], &[(2, created(1, Some("vpc-7")), true)]);
    check(&[(create(1), made), (delete(1), done)], &[]);
    check(&[(create(1), made), (delete(1), failed)], &[(2, created(1, Some("vpc-7")), false)]);
    check(&[(update(1, 2), done), (update(2, 3), done)], &[(2, changed(1), true)]);
    check(&[(update(1, 2), failed)], &[(2, changed(1), false)]);
    check(&[(update(1, 2), done), (delete(2), done)], &[(4, deleted(1), true)]);
    check(&[(delete(1), unknown), (delete(1), done)], &[(2, deleted(1), true)]);
    check(&[(delete(1), done), (create(2), made)], &[(4, created(2, Some("vpc-7")), true), (2, deleted(1), true)]);
    let unanswered = replay(&[started("r"), intent("a", delete(1))]).effects("r", &workload());
    assert_eq!(unanswered.iter().map(|one| one.certain).collect::<Vec<_>>(), [false]);
}
