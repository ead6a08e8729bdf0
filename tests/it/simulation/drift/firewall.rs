//! The firewall, its endpoints and its logs.

use aws_sdk_networkfirewall::types::{LogDestinationConfig, LogDestinationType, LogType, LoggingConfiguration, Tag};
use lz::kinds::TAG_ADDRESS;

use super::case::{ADDRESS_LOST, Entry, GONE, Person, drift, identity, immutable};
use super::firewall_rules::{protect_policy, turn_to_another_policy};
use super::scene::HUB;

pub const FIREWALL: &str = "lz-acme-egress";
const ADDRESS: &str = "networking/egress/firewall/self";

/// What a sweep says where the firewall has left the subnet of the first zone.
const SUBNET_LEFT: &[&str] = &[
    "high missing networking/egress/firewall/endpoints/az1",
    "high weakened networking/egress/firewall/self subnets",
    "medium missing networking/egress/public/az1/routes/10.32.0.0-11",
    "medium missing networking/egress/transit/az1/routes/0.0.0.0-0",
    "high violated paths-exist of orders-prod, payments-dev, payments-prod",
    "medium violated listed-egress-passes of orders-prod, payments-prod",
];

pub fn firewall() -> Vec<Entry> {
    vec![
        // AWS deletes no firewall that is protected, writes logs, or is the target of routes.
        drift(
            GONE,
            HUB,
            |it| async move {
                unprotect_deletion(&it).await;
                configure_logging(&it, &["alert"]).await;
                configure_logging(&it, &[]).await;
                leave_endpoint(&it, "az1").await;
                leave_endpoint(&it, "az2").await;
                it.firewall.delete_firewall().firewall_name(FIREWALL).send().await.expect("done");
                it.wait().await;
            },
            &[
                "high missing networking/egress/firewall/endpoints/*",
                "high weakened networking/egress/firewall/logging",
                "critical missing networking/egress/firewall/self",
                "medium missing networking/egress/public/*/routes/10.32.0.0-11",
                "medium missing networking/egress/transit/*/routes/0.0.0.0-0",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        ),
        immutable("name"),
        immutable("vpc"),
        drift(
            "policy",
            HUB,
            |it| async move { turn_to_another_policy(&it).await },
            &[
                "critical weakened networking/egress/firewall/self policy",
                "high violated home-net-holds-workloads of networking",
                "high violated nobody-speaks-smtp of orders-prod, payments-dev, payments-prod",
            ],
        ),
        drift("subnets", HUB, |it| async move { leave_subnet(&it).await }, SUBNET_LEFT),
        drift(
            "delete_protection",
            HUB,
            |it| async move { unprotect_deletion(&it).await },
            &["medium weakened networking/egress/firewall/self delete_protection"],
        ),
        drift(
            "subnet_change_protection",
            HUB,
            |it| async move { protect_subnets(&it, false).await },
            &["medium weakened networking/egress/firewall/self subnet_change_protection"],
        ),
        drift(
            "policy_change_protection",
            HUB,
            |it| async move { protect_policy(&it, false).await },
            &["medium weakened networking/egress/firewall/self policy_change_protection"],
        ),
        retagged(ADDRESS, &["low changed networking/egress/firewall/self tags"]),
        unaddressed(ADDRESS, &["low changed networking/egress/firewall/self tags"]),
    ]
}

async fn unprotect_deletion(it: &Person) {
    let lift = it.firewall.update_firewall_delete_protection().firewall_name(FIREWALL);
    lift.delete_protection(false).send().await.expect("done");
}

async fn protect_subnets(it: &Person, on: bool) {
    let protect = it.firewall.update_subnet_change_protection().firewall_name(FIREWALL);
    protect.subnet_change_protection(on).send().await.expect("done");
}

/// Deletes the routes that lead to an endpoint: AWS deletes none that is the target of a route.
async fn leave_endpoint(it: &Person, zone: &str) {
    for (tier, destination) in [("transit", "0.0.0.0/0"), ("public", "10.32.0.0/11")] {
        let table = it.id(&format!("networking/egress/{tier}/{zone}/route-table"));
        let delete = it.ec2.delete_route().route_table_id(table).destination_cidr_block(destination);
        delete.send().await.expect("done");
    }
}

async fn leave_subnet(it: &Person) {
    leave_endpoint(it, "az1").await;
    protect_subnets(it, false).await;
    let leave = it.firewall.disassociate_subnets().firewall_name(FIREWALL);
    leave.subnet_ids(it.id("networking/egress/firewall/az1/subnet")).send().await.expect("done");
    it.wait().await;
    protect_subnets(it, true).await;
}

pub fn endpoint() -> Vec<Entry> {
    vec![
        // AWS makes and deletes it with the firewall's place in its subnet.
        drift(GONE, HUB, |it| async move { leave_subnet(&it).await }, SUBNET_LEFT),
        identity("firewall"),
        identity("subnet"),
    ]
}

pub fn logging() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move {
                configure_logging(&it, &["alert"]).await;
                configure_logging(&it, &[]).await;
            },
            &["high weakened networking/egress/firewall/logging"],
        ),
        identity("firewall"),
        drift(
            "alert",
            HUB,
            |it| async move { configure_logging(&it, &["flow"]).await },
            &["high weakened networking/egress/firewall/logging alert"],
        )
        .of("off"),
        drift(
            "alert",
            HUB,
            |it| async move {
                it.logs.create_log_group().log_group_name("theirs").send().await.expect("done");
                let theirs = destination(LogType::Alert, "theirs");
                log_to(&it, vec![theirs, destination(LogType::Flow, &log_group_name("flow"))]).await;
            },
            &["high weakened networking/egress/firewall/logging alert"],
        )
        .of("elsewhere"),
        drift(
            "flow",
            HUB,
            |it| async move { configure_logging(&it, &["alert"]).await },
            &["high weakened networking/egress/firewall/logging flow"],
        ),
    ]
}

pub fn log_group() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move {
                it.logs.delete_log_group().log_group_name(log_group_name("alert")).send().await.expect("done");
            },
            &[
                "high weakened networking/egress/firewall/logging alert",
                "high weakened networking/egress/firewall/logs/alert",
            ],
        ),
        identity("name"),
        drift(
            "retention_days",
            HUB,
            |it| async move {
                let put = it.logs.put_retention_policy().log_group_name(log_group_name("alert"));
                put.retention_in_days(1).send().await.expect("done");
            },
            &["medium weakened networking/egress/firewall/logs/alert retention_days"],
        )
        .of("shorter"),
        drift(
            "retention_days",
            HUB,
            |it| async move {
                let delete = it.logs.delete_retention_policy().log_group_name(log_group_name("flow"));
                delete.send().await.expect("done");
            },
            &["medium changed networking/egress/firewall/logs/flow retention_days"],
        )
        .of("for ever"),
        drift(
            "tags",
            HUB,
            |it| async move {
                let arn = it.id("networking/egress/firewall/logs/alert");
                it.logs.untag_resource().resource_arn(arn).tag_keys("owner").send().await.expect("done");
            },
            &["low changed networking/egress/firewall/logs/alert tags"],
        ),
    ]
}

/// Another value of a tag, in Network Firewall.
pub fn retagged(address: &'static str, told: &[&'static str]) -> Entry {
    let change = move |it: Person| async move {
        let owner = Tag::builder().key("owner").value("somebody").build().expect("a tag");
        it.firewall.tag_resource().resource_arn(it.id(address)).tags(owner).send().await.expect("done");
    };
    drift("tags", HUB, change, told)
}

/// The tag taken away by which lz knows the resource, in Network Firewall.
pub fn unaddressed(address: &'static str, told: &[&'static str]) -> Entry {
    let change = move |it: Person| async move {
        let untag = it.firewall.untag_resource().resource_arn(it.id(address));
        untag.tag_keys(TAG_ADDRESS).send().await.expect("done");
    };
    drift("tags", HUB, change, told).of(ADDRESS_LOST)
}

fn log_group_name(log: &str) -> String {
    format!("/aws/vendedlogs/lz/acme/egress/firewall/{log}")
}

async fn configure_logging(it: &Person, logs: &[&str]) {
    let of_log = |log: &&str| {
        let log_type = if *log == "alert" { LogType::Alert } else { LogType::Flow };
        destination(log_type, &log_group_name(log))
    };
    log_to(it, logs.iter().map(of_log).collect()).await;
}

fn destination(log_type: LogType, group: &str) -> LogDestinationConfig {
    let destination = LogDestinationConfig::builder().log_type(log_type);
    let destination = destination.log_destination_type(LogDestinationType::CloudwatchLogs);
    destination.log_destination("logGroup", group).build().expect("a destination")
}

async fn log_to(it: &Person, destinations: Vec<LogDestinationConfig>) {
    let logging = LoggingConfiguration::builder().set_log_destination_configs(Some(destinations));
    let update = it.firewall.update_logging_configuration().firewall_name(FIREWALL);
    update.logging_configuration(logging.build().expect("a configuration")).send().await.expect("done");
}
