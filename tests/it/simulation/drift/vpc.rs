//! VPCs and what is in them but routes and endpoints.

use aws_sdk_ec2::types::{AttributeBooleanValue, DhcpOptions, IpPermission, IpRange, NewDhcpConfiguration, Tag};
use lz::kinds::{TAG_ADDRESS, TAG_ZONE};

use super::case::{ADDRESS_LOST, Entry, GONE, Person, drift, identity, immutable, refused};
use super::scene::HUB;

pub const PAYMENTS: &str = "payments-prod";
const VPC: &str = "payments-prod/container/vpc";
const DEFAULT_GROUP: &str = "payments-prod/container/default-security-group";
const FLOW_LOG: &str = "payments-prod/container/flow-log";

pub fn vpc() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move {
                take_internet_gateway_away(&it).await;
                let attachment = it.ec2.delete_transit_gateway_vpc_attachment();
                let id = it.id("networking/ingress/attachment");
                attachment.transit_gateway_attachment_id(id).send().await.expect("done");
                it.wait().await;
                for (tier, zone) in ["public", "private", "transit"].map(|tier| [(tier, "az1"), (tier, "az2")]).concat()
                {
                    let subnet = it.id(&format!("networking/ingress/{tier}/{zone}/subnet"));
                    it.ec2.delete_subnet().subnet_id(subnet).send().await.expect("done");
                    let table = it.id(&format!("networking/ingress/{tier}/{zone}/route-table"));
                    it.ec2.delete_route_table().route_table_id(table).send().await.expect("done");
                }
                let log = it.id("networking/ingress/flow-log");
                it.ec2.delete_flow_logs().flow_log_ids(log).send().await.expect("done");
                it.wait().await;
                it.ec2.delete_vpc().vpc_id(it.id("networking/ingress/vpc")).send().await.expect("done");
            },
            &[
                "medium missing networking/ingress/vpc",
                "medium missing networking/ingress/internet-gateway",
                "medium missing networking/ingress/default-security-group",
                "medium missing networking/ingress/attachment",
                "medium missing networking/ingress/public/*",
                "medium missing networking/ingress/private/*",
                "medium missing networking/ingress/transit/*",
                "high weakened networking/ingress/flow-log",
                "medium missing networking/transit-gateway/tables/ingress/associations/networking.ingress",
                "medium missing networking/transit-gateway/tables/spokes-dev/propagations/networking.ingress",
                "medium missing networking/transit-gateway/tables/spokes-prod/propagations/networking.ingress",
                "medium violated attachments-cover-zones of networking",
            ],
        ),
        immutable("cidr"),
        drift(
            "dns_support",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_vpc_attribute().vpc_id(it.id(VPC));
                modify.enable_dns_support(no()).send().await.expect("done");
            },
            &["medium changed payments-prod/container/vpc dns_support"],
        ),
        drift(
            "dns_hostnames",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_vpc_attribute().vpc_id(it.id(VPC));
                modify.enable_dns_hostnames(no()).send().await.expect("done");
            },
            &["medium changed payments-prod/container/vpc dns_hostnames"],
        ),
        retagged(PAYMENTS, VPC, &["low changed payments-prod/container/vpc tags"]),
        unaddressed(PAYMENTS, VPC, &["low changed payments-prod/container/vpc tags"]),
        unzoned(PAYMENTS, VPC, &["low changed payments-prod/container/vpc tags"]),
    ]
}

pub fn subnet() -> Vec<Entry> {
    const SUBNET: &str = "payments-prod/container/data/az1/subnet";
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| async move {
                it.ec2.delete_subnet().subnet_id(it.id(SUBNET)).send().await.expect("done");
            },
            &[
                "medium missing payments-prod/container/data/az1/subnet",
                "medium missing payments-prod/container/data/az1/route-table-association",
            ],
        ),
        immutable("vpc"),
        immutable("cidr"),
        immutable("availability_zone"),
        drift(
            "map_public_ip_on_launch",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_subnet_attribute().subnet_id(it.id(SUBNET));
                modify.map_public_ip_on_launch(yes()).send().await.expect("done");
            },
            &["high weakened payments-prod/container/data/az1/subnet map_public_ip_on_launch"],
        ),
        retagged(PAYMENTS, SUBNET, &["low changed payments-prod/container/data/az1/subnet tags"]),
        unaddressed(PAYMENTS, SUBNET, &["low changed payments-prod/container/data/az1/subnet tags"]),
        unzoned(PAYMENTS, SUBNET, &["low changed payments-prod/container/data/az1/subnet tags"]),
    ]
}

const INTERNET_GATEWAY: &str = "networking/ingress/internet-gateway";

pub fn internet_gateway() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move { take_internet_gateway_away(&it).await },
            &[
                "medium missing networking/ingress/internet-gateway",
                "medium changed networking/ingress/public/*/routes/0.0.0.0-0 target state",
                "high violated paths-exist of networking",
                "medium violated no-blackholes of networking",
            ],
        ),
        drift(
            "vpc",
            HUB,
            |it| async move { detach_internet_gateway(&it).await },
            &[
                "medium changed networking/ingress/internet-gateway vpc",
                "low changed networking/ingress/public/*/routes/0.0.0.0-0 state",
                "high violated paths-exist of networking",
                "medium violated no-blackholes of networking",
            ],
        )
        .of("detached"),
        drift(
            "vpc",
            HUB,
            |it| async move {
                detach_internet_gateway(&it).await;
                let attach = it.ec2.attach_internet_gateway().internet_gateway_id(it.id(INTERNET_GATEWAY));
                attach.vpc_id(somebodys_vpc(&it).await).send().await.expect("done");
            },
            &[
                "medium changed networking/ingress/internet-gateway vpc",
                "low changed networking/ingress/public/*/routes/0.0.0.0-0 state",
                "high violated paths-exist of networking",
                "medium violated no-blackholes of networking",
            ],
        )
        .of("attached to another"),
        retagged(HUB, INTERNET_GATEWAY, &["low changed networking/ingress/internet-gateway tags"]),
        unaddressed(HUB, INTERNET_GATEWAY, &["low changed networking/ingress/internet-gateway tags"]),
    ]
}

async fn somebodys_vpc(it: &Person) -> String {
    let made = it.ec2.create_vpc().cidr_block("192.168.0.0/16").send().await.expect("a VPC");
    it.wait().await;
    made.vpc.and_then(|vpc| vpc.vpc_id).expect("an id")
}

async fn detach_internet_gateway(it: &Person) {
    let detach = it.ec2.detach_internet_gateway().internet_gateway_id(it.id(INTERNET_GATEWAY));
    detach.vpc_id(it.id("networking/ingress/vpc")).send().await.expect("done");
}

async fn take_internet_gateway_away(it: &Person) {
    detach_internet_gateway(it).await;
    it.ec2.delete_internet_gateway().internet_gateway_id(it.id(INTERNET_GATEWAY)).send().await.expect("done");
}

const NAT_GATEWAY: &str = "networking/egress/public/az1/nat";
const NAT_ADDRESS: &str = "networking/egress/public/az1/nat-address";

async fn delete_nat_gateway(it: &Person) {
    it.ec2.delete_nat_gateway().nat_gateway_id(it.id(NAT_GATEWAY)).send().await.expect("done");
}

pub fn elastic_ip() -> Vec<Entry> {
    vec![
        // Nobody can release the address of a NAT gateway: that goes first.
        drift(
            GONE,
            HUB,
            |it| async move {
                delete_nat_gateway(&it).await;
                it.wait().await;
                it.ec2.release_address().allocation_id(it.id(NAT_ADDRESS)).send().await.expect("done");
            },
            &[
                "medium missing networking/egress/public/az1/nat",
                "medium missing networking/egress/public/az1/nat-address",
                "medium changed networking/egress/firewall/az1/routes/0.0.0.0-0 target state",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
                "medium violated no-blackholes of networking",
            ],
        ),
        retagged(HUB, NAT_ADDRESS, &["low changed networking/egress/public/az1/nat-address tags"]),
        unaddressed(HUB, NAT_ADDRESS, &["low changed networking/egress/public/az1/nat-address tags"]),
        unzoned(HUB, NAT_ADDRESS, &["low changed networking/egress/public/az1/nat-address tags"]),
    ]
}

pub fn nat_gateway() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move { delete_nat_gateway(&it).await },
            &[
                "medium missing networking/egress/public/az1/nat",
                "medium changed networking/egress/firewall/az1/routes/0.0.0.0-0 target state",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
                "medium violated no-blackholes of networking",
            ],
        ),
        immutable("subnet"),
        immutable("elastic_ip"),
        retagged(HUB, NAT_GATEWAY, &["low changed networking/egress/public/az1/nat tags"]),
        unaddressed(HUB, NAT_GATEWAY, &["low changed networking/egress/public/az1/nat tags"]),
    ]
}

pub fn default_security_group() -> Vec<Entry> {
    vec![
        refused(
            GONE,
            PAYMENTS,
            |it| async move {
                let delete = it.ec2.delete_security_group().group_id(it.id(DEFAULT_GROUP));
                let refused = delete.send().await.expect_err("a refusal").into_service_error();
                refused.meta().code().unwrap_or_default().to_owned()
            },
            "CannotDelete",
        ),
        identity("vpc"),
        drift(
            "ingress",
            PAYMENTS,
            |it| async move {
                let open = it.ec2.authorize_security_group_ingress().group_id(it.id(DEFAULT_GROUP));
                open.ip_permissions(everybody()).send().await.expect("done");
            },
            &["high weakened payments-prod/container/default-security-group ingress"],
        ),
        drift(
            "egress",
            PAYMENTS,
            |it| async move {
                let open = it.ec2.authorize_security_group_egress().group_id(it.id(DEFAULT_GROUP));
                open.ip_permissions(everybody()).send().await.expect("done");
            },
            &["high weakened payments-prod/container/default-security-group egress"],
        ),
        retagged(PAYMENTS, DEFAULT_GROUP, &["low changed payments-prod/container/default-security-group tags"]),
    ]
}

pub fn flow_log() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| async move { delete_flow_log(&it).await },
            &["high weakened payments-prod/container/flow-log"],
        ),
        immutable("vpc"),
        immutable("bucket_arn"),
        immutable("traffic"),
        retagged(PAYMENTS, FLOW_LOG, &["low changed payments-prod/container/flow-log tags"]),
        unaddressed(PAYMENTS, FLOW_LOG, &["low changed payments-prod/container/flow-log tags"]),
    ]
}

async fn delete_flow_log(it: &Person) {
    it.ec2.delete_flow_logs().flow_log_ids(it.id(FLOW_LOG)).send().await.expect("done");
}

/// Another value of a tag, in EC2.
pub fn retagged(account: &'static str, address: &'static str, told: &[&'static str]) -> Entry {
    let change = move |it: Person| async move {
        let owner = Tag::builder().key("owner").value("somebody").build();
        it.ec2.create_tags().resources(it.id(address)).tags(owner).send().await.expect("done");
    };
    drift("tags", account, change, told)
}

/// The tag taken away by which lz knows the resource, in EC2.
pub fn unaddressed(account: &'static str, address: &'static str, told: &[&'static str]) -> Entry {
    without_tag(TAG_ADDRESS, account, address, told).of(ADDRESS_LOST)
}

/// The tag taken away by which lz finds what lies in no VPC, in EC2.
pub fn unzoned(account: &'static str, address: &'static str, told: &[&'static str]) -> Entry {
    without_tag(TAG_ZONE, account, address, told).of("the zone lost")
}

fn without_tag(key: &'static str, account: &'static str, address: &'static str, told: &[&'static str]) -> Entry {
    let change = move |it: Person| async move {
        let tag = Tag::builder().key(key).build();
        it.ec2.delete_tags().resources(it.id(address)).tags(tag).send().await.expect("done");
    };
    drift("tags", account, change, told)
}

pub fn everybody() -> IpPermission {
    IpPermission::builder().ip_protocol("-1").ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build()
}

fn yes() -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(true).build()
}

fn no() -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(false).build()
}

const DHCP_OPTIONS: &str = "payments-prod/container/dhcp-options/66efd867";

/// Has the VPC use a set: one by its id, or AWS's own.
async fn use_dhcp_options(it: &Person, set: Option<&str>) {
    let all = it.ec2.describe_dhcp_options().send().await.expect("sets");
    let is_awss_own = |one: &&DhcpOptions| one.tags().is_empty();
    let own = all.dhcp_options().iter().find(is_awss_own).and_then(DhcpOptions::dhcp_options_id).expect("AWS's own");
    let associate = it.ec2.associate_dhcp_options().vpc_id(it.id(VPC)).dhcp_options_id(set.unwrap_or(own));
    associate.send().await.expect("done");
}

pub fn dhcp_options() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| async move {
                use_dhcp_options(&it, None).await;
                it.ec2.delete_dhcp_options().dhcp_options_id(it.id(DHCP_OPTIONS)).send().await.expect("done");
            },
            &[
                "medium missing payments-prod/container/dhcp-options/66efd867",
                "medium missing payments-prod/container/dhcp-options/association",
            ],
        ),
        immutable("domain_name"),
        immutable("domain_name_servers"),
        immutable("ntp_servers"),
        immutable("other_options"),
        retagged(PAYMENTS, DHCP_OPTIONS, &["low changed payments-prod/container/dhcp-options/66efd867 tags"]),
        unaddressed(PAYMENTS, DHCP_OPTIONS, &["low changed payments-prod/container/dhcp-options/66efd867 tags"]),
        unzoned(PAYMENTS, DHCP_OPTIONS, &["low changed payments-prod/container/dhcp-options/66efd867 tags"]),
    ]
}

pub fn dhcp_options_association() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| async move { use_dhcp_options(&it, None).await },
            &["medium missing payments-prod/container/dhcp-options/association"],
        ),
        identity("vpc"),
        drift(
            "dhcp_options",
            PAYMENTS,
            |it| async move {
                let servers = NewDhcpConfiguration::builder().key("domain-name-servers").values("203.0.113.53").build();
                let theirs = it.ec2.create_dhcp_options().dhcp_configurations(servers).send().await.expect("a set");
                it.wait().await;
                use_dhcp_options(&it, theirs.dhcp_options().and_then(DhcpOptions::dhcp_options_id)).await;
            },
            &["high weakened payments-prod/container/dhcp-options/association dhcp_options"],
        )
        .of("somebody's"),
        drift(
            "dhcp_options",
            PAYMENTS,
            |it| async move { use_dhcp_options(&it, Some("default")).await },
            &["high weakened payments-prod/container/dhcp-options/association dhcp_options"],
        )
        .of("none at all"),
    ]
}
