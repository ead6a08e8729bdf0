//! What is beside lz's own in the organization and in accounts: none of it is told, since an organization is more than a
//! zone, and it connects nothing.

use super::case::{Case, adds, try_all};

const P: &str = "payments-prod";

#[test]
fn beside_the_zone() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "an organizational unit",
        "management",
        |by| {
            Box::pin(async move {
                let unit = by.id("organization/units/security/self");
                let create = by.organizations.create_organizational_unit().parent_id(unit).name("Theirs");
                create.send().await.expect("a unit");
            })
        },
        &[],
    ),
    adds(
        "an account",
        "management",
        |by| {
            Box::pin(async move {
                let create = by.organizations.create_account().email("theirs@example.com").account_name("theirs");
                create.send().await.expect("an account");
            })
        },
        &[],
    ),
    adds(
        "a log group",
        P,
        |by| {
            Box::pin(async move {
                by.logs.create_log_group().log_group_name("theirs").send().await.expect("a log group");
            })
        },
        &[],
    ),
];
