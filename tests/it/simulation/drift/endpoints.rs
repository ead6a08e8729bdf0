//! VPC endpoints and their security groups.

use aws_sdk_ec2::types::IpPermission;

use super::case::{Entry, GONE, Person, drift, immutable};
use super::vpc::{PAYMENTS, everybody, retagged, unaddressed};

const GROUP: &str = "payments-prod/container/endpoints/security-group";
const INTERFACE: &str = "payments-prod/container/endpoints/logs";
const GATEWAY: &str = "payments-prod/container/endpoints/s3";

pub fn security_group() -> Vec<Entry> {
    vec![
        // Nobody can delete the group of an endpoint: the endpoints get another one first.
        drift(
            GONE,
            PAYMENTS,
            |it| async move {
                let other = another_group(&it).await;
                for service in ["ecr.api", "ecr.dkr", "logs"] {
                    let endpoint = it.id(&format!("payments-prod/container/endpoints/{service}"));
                    let modify = it.ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint);
                    modify
                        .add_security_group_ids(&other)
                        .remove_security_group_ids(it.id(GROUP))
                        .send()
                        .await
                        .expect("done");
                }
                it.wait().await;
                it.ec2.delete_security_group().group_id(it.id(GROUP)).send().await.expect("done");
            },
            &[
                "medium missing payments-prod/container/endpoints/security-group",
                "medium weakened payments-prod/container/endpoints/ecr.api security_groups",
                "medium weakened payments-prod/container/endpoints/ecr.dkr security_groups",
                "medium weakened payments-prod/container/endpoints/logs security_groups",
            ],
        )
        .leaving_theirs(),
        immutable("vpc"),
        immutable("name"),
        immutable("description"),
        drift(
            "ingress",
            PAYMENTS,
            |it| async move {
                let open = it.ec2.authorize_security_group_ingress().group_id(it.id(GROUP));
                open.ip_permissions(everybody()).send().await.expect("done");
            },
            &["high weakened payments-prod/container/endpoints/security-group ingress"],
        )
        .of("opened"),
        drift(
            "ingress",
            PAYMENTS,
            |it| async move {
                let rules = rules(&it).await;
                let close = it.ec2.revoke_security_group_ingress().group_id(it.id(GROUP));
                close.set_ip_permissions(Some(rules)).send().await.expect("done");
            },
            &["medium changed payments-prod/container/endpoints/security-group ingress"],
        )
        .of("closed"),
        drift(
            "egress",
            PAYMENTS,
            |it| async move {
                let open = it.ec2.authorize_security_group_egress().group_id(it.id(GROUP));
                let https = IpPermission::builder().ip_protocol("tcp").from_port(443).to_port(443);
                let range = aws_sdk_ec2::types::IpRange::builder().cidr_ip("192.0.2.0/24").build();
                open.ip_permissions(https.ip_ranges(range).build()).send().await.expect("done");
            },
            &["medium weakened payments-prod/container/endpoints/security-group egress"],
        ),
        retagged(PAYMENTS, GROUP, &["low changed payments-prod/container/endpoints/security-group tags"]),
        unaddressed(PAYMENTS, GROUP, &["low changed payments-prod/container/endpoints/security-group tags"]),
    ]
}

async fn rules(it: &Person) -> Vec<IpPermission> {
    let groups = it.ec2.describe_security_groups().group_ids(it.id(GROUP)).send().await.expect("groups");
    groups.security_groups().first().expect("a group").ip_permissions().to_vec()
}

async fn another_group(it: &Person) -> String {
    let create = it.ec2.create_security_group().vpc_id(it.id("payments-prod/container/vpc"));
    let made = create.group_name("application").description("theirs").send().await.expect("a group");
    it.wait().await;
    made.group_id.expect("an id")
}

async fn delete_endpoint(it: Person, endpoint: &'static str) {
    it.ec2.delete_vpc_endpoints().vpc_endpoint_ids(it.id(endpoint)).send().await.expect("done");
}

pub fn vpc_endpoint() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| delete_endpoint(it, INTERFACE),
            &["medium missing payments-prod/container/endpoints/logs"],
        )
        .of("by interfaces"),
        drift(
            GONE,
            PAYMENTS,
            |it| delete_endpoint(it, GATEWAY),
            &["medium missing payments-prod/container/endpoints/s3"],
        )
        .of("by routes"),
        immutable("vpc"),
        immutable("service"),
        immutable("type"),
        drift(
            "route_tables",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_vpc_endpoint().vpc_endpoint_id(it.id(GATEWAY));
                let table = it.id("payments-prod/container/private/az1/route-table");
                modify.remove_route_table_ids(table).send().await.expect("done");
            },
            &["medium changed payments-prod/container/endpoints/s3 route_tables"],
        )
        .of("one less"),
        drift(
            "route_tables",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_vpc_endpoint().vpc_endpoint_id(it.id(GATEWAY));
                let table = it.id("payments-prod/container/transit/az1/route-table");
                modify.add_route_table_ids(table).send().await.expect("done");
            },
            &["medium changed payments-prod/container/endpoints/s3 route_tables"],
        )
        .of("one more"),
        drift(
            "subnets",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_vpc_endpoint().vpc_endpoint_id(it.id(INTERFACE));
                let subnet = it.id("payments-prod/container/private/az1/subnet");
                modify.remove_subnet_ids(subnet).send().await.expect("done");
            },
            &["medium changed payments-prod/container/endpoints/logs subnets"],
        ),
        drift(
            "security_groups",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_vpc_endpoint().vpc_endpoint_id(it.id(INTERFACE));
                let open = it.id("payments-prod/container/default-security-group");
                modify.add_security_group_ids(open).send().await.expect("done");
            },
            &["medium weakened payments-prod/container/endpoints/logs security_groups"],
        ),
        drift(
            "private_dns",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_vpc_endpoint().vpc_endpoint_id(it.id(INTERFACE));
                modify.private_dns_enabled(false).send().await.expect("done");
            },
            &["medium weakened payments-prod/container/endpoints/logs private_dns"],
        ),
        retagged(PAYMENTS, INTERFACE, &["low changed payments-prod/container/endpoints/logs tags"]),
        unaddressed(PAYMENTS, INTERFACE, &["low changed payments-prod/container/endpoints/logs tags"]),
    ]
}
