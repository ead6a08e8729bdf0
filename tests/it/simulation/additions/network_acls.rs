//! Network ACLs, their entries and the subnets that use them.

use aws_sdk_ec2::types::{Filter, NetworkAcl, RuleAction};

use super::case::{Case, Person, adds, try_all};

const P: &str = "payments-prod";
const SUBNET: &str = "payments-prod/container/private/az1/subnet";

/// The network ACL that the subnet uses.
async fn used(by: &Person<'_>) -> NetworkAcl {
    let filter = Filter::builder().name("association.subnet-id").values(by.id(SUBNET)).build();
    let acls = by.ec2.describe_network_acls().filters(filter).send().await.expect("network ACLs");
    acls.network_acls.unwrap_or_default().into_iter().next().expect("a network ACL")
}

async fn another(by: &Person<'_>) -> String {
    let made = by.ec2.create_network_acl().vpc_id(by.id("payments-prod/container/vpc")).send().await.expect("an ACL");
    by.wait().await;
    made.network_acl.and_then(|acl| acl.network_acl_id).expect("an id")
}

#[test]
fn of_vpcs() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a network ACL that nothing uses",
        P,
        |by| Box::pin(async move { drop(another(by).await) }),
        &["unmanaged network-acl in payments-prod/container/vpc"],
    ),
    adds(
        "a network ACL of a subnet",
        P,
        |by| {
            Box::pin(async move {
                let (made, acl) = (another(by).await, used(by).await);
                let association = acl.associations().iter().find(|one| one.subnet_id() == Some(&by.id(SUBNET)));
                let association = association.and_then(|one| one.network_acl_association_id()).expect("an id");
                let replace = by.ec2.replace_network_acl_association().association_id(association);
                replace.network_acl_id(made).send().await.expect("replaced");
            })
        },
        &[
            "unmanaged network-acl in payments-prod/container/vpc",
            "unmanaged network-acl-association in payments-prod/container/private/az1/subnet",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of networking",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "an entry of the default network ACL",
        P,
        |by| {
            Box::pin(async move {
                let create =
                    by.ec2.create_network_acl_entry().network_acl_id(used(by).await.network_acl_id.expect("an id"));
                let create = create.rule_number(50).protocol("-1").rule_action(RuleAction::Deny);
                create.egress(false).cidr_block("10.0.0.0/8").send().await.expect("an entry");
            })
        },
        &[
            "unmanaged default-network-acl in payments-prod/container/vpc",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of networking",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "another entry in place of the default network ACL's",
        P,
        |by| {
            Box::pin(async move {
                let acl = used(by).await.network_acl_id.expect("an id");
                let replace = by.ec2.replace_network_acl_entry().network_acl_id(acl).rule_number(100).protocol("-1");
                let replace = replace.rule_action(RuleAction::Deny).egress(true);
                replace.cidr_block("0.0.0.0/0").send().await.expect("replaced");
            })
        },
        &[
            "unmanaged default-network-acl in payments-prod/container/vpc",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of networking",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "the default network ACL without its entry",
        P,
        |by| {
            Box::pin(async move {
                let acl = used(by).await.network_acl_id.expect("an id");
                let delete = by.ec2.delete_network_acl_entry().network_acl_id(acl).rule_number(100).egress(false);
                delete.send().await.expect("deleted");
            })
        },
        &[
            "unmanaged default-network-acl in payments-prod/container/vpc",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of networking",
            "violated paths-exist of payments-prod",
        ],
    ),
];
