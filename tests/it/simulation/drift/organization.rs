//! The organization, its units and accounts, and that RAM shares within it.

use aws_sdk_organizations::types::Tag;

use super::case::{Entry, GONE, Person, drift, identity, immutable, never};

const MANAGEMENT: &str = "management";
const ACCOUNT: &str = "organization/accounts/payments-prod";
const EMPTY_UNIT: &str = "organization/units/security/self";

pub fn organization() -> Vec<Entry> {
    vec![never(GONE, "AWS deletes no organization with member accounts: OrganizationNotEmptyException")]
}

pub fn organizational_unit() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            MANAGEMENT,
            |it| async move {
                let delete = it.organizations.delete_organizational_unit();
                delete.organizational_unit_id(it.id(EMPTY_UNIT)).send().await.expect("done");
            },
            &["medium missing organization/units/security/self"],
        ),
        // A unit is known by its place and name, and by its tag where that name is gone.
        drift(
            "name",
            MANAGEMENT,
            |it| rename(it, EMPTY_UNIT),
            &["medium changed organization/units/security/self name"],
        )
        .of("of an empty one"),
        drift(
            "name",
            MANAGEMENT,
            |it| rename(it, "organization/units/infrastructure/self"),
            &["medium changed organization/units/infrastructure/self name"],
        )
        .of("of one with an account"),
        identity("parent"),
        drift("tags", MANAGEMENT, |it| retag(it, EMPTY_UNIT), &["low changed organization/units/security/self tags"]),
    ]
}

async fn rename(it: Person, unit: &'static str) {
    let update = it.organizations.update_organizational_unit().organizational_unit_id(it.id(unit));
    update.name("Theirs").send().await.expect("done");
}

async fn retag(it: Person, address: &'static str) {
    let owner = Tag::builder().key("owner").value("somebody").build().expect("a tag");
    it.organizations.tag_resource().resource_id(it.id(address)).tags(owner).send().await.expect("done");
}

pub fn account() -> Vec<Entry> {
    vec![
        never(GONE, "AWS closes accounts and deletes none; one that is suspended is told as a problem"),
        immutable("name"),
        identity("email"),
        drift(
            "parent",
            MANAGEMENT,
            |it| async move {
                let roots = it.organizations.list_roots().send().await.expect("roots").roots.unwrap_or_default();
                let root = roots.into_iter().next().and_then(|root| root.id).expect("a root");
                let parents = it.organizations.list_parents().child_id(it.id(ACCOUNT)).send().await.expect("parents");
                let parent = parents.parents().first().and_then(|parent| parent.id()).expect("a parent");
                let move_account = it.organizations.move_account().account_id(it.id(ACCOUNT));
                let move_account = move_account.source_parent_id(parent).destination_parent_id(root);
                move_account.send().await.expect("done");
            },
            &["high weakened organization/accounts/payments-prod parent"],
        ),
        drift("tags", MANAGEMENT, |it| retag(it, ACCOUNT), &["low changed organization/accounts/payments-prod tags"]),
    ]
}

pub fn ram_organization_sharing() -> Vec<Entry> {
    vec![drift(
        GONE,
        MANAGEMENT,
        |it| async move {
            let disable = it.organizations.disable_aws_service_access();
            disable.service_principal("ram.amazonaws.com").send().await.expect("done");
        },
        &["medium missing organization/ram-sharing"],
    )]
}
