//! Rules in lz's security groups, and groups of users' own.

use aws_sdk_ec2::types::{IpPermission, IpRange, UserIdGroupPair};

use super::case::{Case, Person, adds, try_all};

const P: &str = "payments-prod";
const GROUP: &str = "payments-prod/container/endpoints/security-group";
const DEFAULT: &str = "payments-prod/container/default-security-group";

fn everybody() -> IpPermission {
    IpPermission::builder().ip_protocol("-1").ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build()
}

async fn own_group(by: &Person<'_>) -> String {
    let create = by.ec2.create_security_group().vpc_id(by.id("payments-prod/container/vpc"));
    let made = create.group_name("application").description("theirs").send().await.expect("a group");
    by.wait().await;
    made.group_id.expect("an id")
}

#[test]
fn of_vpcs() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a rule for everybody in the endpoints' security group",
        P,
        |by| {
            Box::pin(async move {
                let open = by.ec2.authorize_security_group_ingress().group_id(by.id(GROUP));
                open.ip_permissions(everybody()).send().await.expect("a rule");
            })
        },
        &["weakened payments-prod/container/endpoints/security-group ingress"],
    ),
    adds(
        "a rule for a group in the endpoints' security group",
        P,
        |by| {
            Box::pin(async move {
                let pair = UserIdGroupPair::builder().group_id(by.id(DEFAULT)).build();
                let rule =
                    IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22).user_id_group_pairs(pair);
                let open = by.ec2.authorize_security_group_ingress().group_id(by.id(GROUP));
                open.ip_permissions(rule.build()).send().await.expect("a rule");
            })
        },
        &["weakened payments-prod/container/endpoints/security-group ingress"],
    ),
    adds(
        "an outbound rule in the endpoints' security group",
        P,
        |by| {
            Box::pin(async move {
                let range = IpRange::builder().cidr_ip("192.0.2.0/24").build();
                let rule = IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22).ip_ranges(range);
                let open = by.ec2.authorize_security_group_egress().group_id(by.id(GROUP));
                open.ip_permissions(rule.build()).send().await.expect("a rule");
            })
        },
        &["weakened payments-prod/container/endpoints/security-group egress"],
    ),
    adds(
        "an inbound rule in the default security group",
        P,
        |by| {
            Box::pin(async move {
                let open = by.ec2.authorize_security_group_ingress().group_id(by.id(DEFAULT));
                open.ip_permissions(everybody()).send().await.expect("a rule");
            })
        },
        &["weakened payments-prod/container/default-security-group ingress"],
    ),
    adds(
        "an outbound rule in the default security group",
        P,
        |by| {
            Box::pin(async move {
                let open = by.ec2.authorize_security_group_egress().group_id(by.id(DEFAULT));
                open.ip_permissions(everybody()).send().await.expect("a rule");
            })
        },
        &["weakened payments-prod/container/default-security-group egress"],
    ),
    // What a VPC is for.
    adds("a security group", P, |by| Box::pin(async move { drop(own_group(by).await) }), &[]),
    adds(
        "rules in a security group of users' own",
        P,
        |by| {
            Box::pin(async move {
                let open = by.ec2.authorize_security_group_ingress().group_id(own_group(by).await);
                open.ip_permissions(everybody()).send().await.expect("a rule");
            })
        },
        &[],
    ),
];

#[test]
fn a_group_of_users_stays_where_removals_are_allowed() {
    let scene = super::super::drift::Scene::new();
    let mut world = scene.copy();
    let (account, vpc) = (world.account(P), scene.id("payments-prod/container/vpc"));
    let group = world.by_hand(&account, async |by| {
        let create = by.ec2.create_security_group().vpc_id(vpc).group_name("application").description("theirs");
        create.send().await.expect("a group").group_id.expect("an id")
    });
    world.strangers = lz::plan::Strangers::Removed;
    world.build();
    let there = world.by_hand(&account, async |by| by.ec2.describe_security_groups().group_ids(group).send().await);
    assert_eq!(there.expect("groups").security_groups().len(), 1);
}
