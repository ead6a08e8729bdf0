//! Whom the transit gateway is shared with, and what else is.

use super::super::drift::HUB;
use super::case::{Case, Person, adds, try_all};

const SHARE: &str = "networking/transit-gateway/share";

fn arn(by: &Person<'_>, gateway: &str) -> String {
    format!("arn:aws:ec2:eu-west-1:{}:transit-gateway/{gateway}", by.account(HUB))
}

#[test]
fn of_the_gateway() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "an account in the share",
        HUB,
        |by| {
            Box::pin(async move {
                let associate = by.ram.associate_resource_share().resource_share_arn(by.id(SHARE));
                associate.principals(by.account("payments-dev")).send().await.expect("a principal");
            })
        },
        &["weakened networking/transit-gateway/share principals"],
    ),
    adds(
        "accounts outside of the organization allowed in the share",
        HUB,
        |by| {
            Box::pin(async move {
                let update = by.ram.update_resource_share().resource_share_arn(by.id(SHARE));
                update.allow_external_principals(true).send().await.expect("a change");
            })
        },
        &["weakened networking/transit-gateway/share allow_external_principals"],
    ),
    adds(
        "another transit gateway in the share",
        HUB,
        |by| {
            Box::pin(async move {
                let made = by.ec2.create_transit_gateway().send().await.expect("a gateway");
                let gateway = made.transit_gateway.and_then(|one| one.transit_gateway_id).expect("an id");
                by.wait().await;
                let associate = by.ram.associate_resource_share().resource_share_arn(by.id(SHARE));
                associate.resource_arns(arn(by, &gateway)).send().await.expect("a resource");
            })
        },
        &["changed networking/transit-gateway/share transit_gateways"],
    ),
    adds(
        "a second share of the transit gateway",
        HUB,
        |by| {
            Box::pin(async move {
                let create = by.ram.create_resource_share().name("another").allow_external_principals(false);
                let create = create.resource_arns(arn(by, &by.id("networking/transit-gateway/self")));
                create.principals(by.account("payments-dev")).send().await.expect("a share");
            })
        },
        &["unmanaged resource-share in networking/transit-gateway/self"],
    ),
];
