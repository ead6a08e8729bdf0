//! An account and a unit are themselves by their ids, whatever their addresses and names.

use std::collections::BTreeSet;

use super::drift::Scene;
use super::world::{Console, World};

const ACCOUNT: &str = "payments-prod";
const UNIT: &str = "organization/units/workloads/prod/self";

/// The actions that change something, of commands since then.
fn changes(world: &World, since: usize) -> BTreeSet<String> {
    let all = world.exchanges().split_off(since);
    let changing = all.into_iter().filter(|one| !one.is_read());
    changing.map(|one| one.action).collect()
}

#[test]
fn an_account_whose_address_and_name_were_changed_is_the_same_account() {
    let mut world = Scene::new().copy();
    let id = world.account(ACCOUNT);
    world.twin.with_world(|aws| {
        let account = aws.organizations.account_mut(&id).expect("an account");
        account.email = "somebody+else@example.com".to_owned();
        account.name = "renamed".to_owned();
    });
    let since = world.exchanges().len();
    let swept = world.sweep();
    assert!(swept.sweep.findings.is_empty(), "{:#?}", swept.sweep.findings);
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    assert_eq!(changes(&world, since), BTreeSet::new(), "no second account, and nothing else");
}

#[test]
fn no_account_is_moved_into_a_unit_that_took_another_ones_name() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let (unit, management) = (scene.id(UNIT), world.twin.management_credentials().account);
    let impostor = world.by_hand(&management, async |by: Console| {
        let parents = by.organizations.list_parents().child_id(&unit).send().await.expect("parents");
        let parent = parents.parents().first().and_then(|parent| parent.id()).expect("a parent").to_owned();
        let update = by.organizations.update_organizational_unit().organizational_unit_id(&unit);
        update.name("Theirs").send().await.expect("done");
        let made = by.organizations.create_organizational_unit().parent_id(parent).name("Prod").send().await;
        made.expect("a unit").organizational_unit.and_then(|unit| unit.id).expect("an id")
    });
    world.expected.insert("DuplicateOrganizationalUnitException");
    let since = world.exchanges().len();
    let told: Vec<String> = world.sweep().sweep.findings.into_iter().map(|finding| finding.sentence).collect();
    assert!(told.iter().any(|sentence| sentence.contains(UNIT)), "{told:#?}");
    let _ = (world.bootstrap(), world.onboard_all(), world.repair());
    let moves = world.exchanges().split_off(since).into_iter().filter(|one| one.action == "MoveAccount").count();
    assert_eq!(moves, 0, "nobody is moved out of the guardrails");
    let named = world.exchanges().split_off(since).into_iter().filter(|one| one.request.contains(&impostor));
    assert_eq!(named.filter(|one| !one.is_read()).count(), 0, "the other unit is left alone");
}
