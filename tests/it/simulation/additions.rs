//! What people add by hand inside what lz manages is told, exactly it, and removed where that is allowed.

use aws_sdk_ec2::types::{GatewayType, RuleAction};
use lz::plan::{Plan, Strangers};

use super::drift::{HUB, Scene, lines};
use super::world::Console;

const P: &str = "payments-prod";

/// What nobody asked for: its kind, and what it is inside of.
fn told(plan: &Plan) -> Vec<String> {
    let inside = |reason: &str| reason.trim_start_matches("nobody asked for it inside ").to_owned();
    let tell = |one: &lz::plan::Unexpected| format!("{} in {}", one.observed.spec.kind().as_str(), inside(&one.reason));
    let mut told: Vec<String> = plan.unexpected.iter().map(tell).collect();
    told.sort();
    told
}

impl Scene {
    /// After something was added by hand the plan tells exactly that and changes nothing; with removals allowed it is
    /// removed, and the next plan is clean.
    fn adds(&self, account: &str, by_hand: impl AsyncFnOnce(Console), expected: &[&str]) {
        let mut world = self.copy();
        let id = world.account(account);
        world.by_hand(&id, by_hand);
        let plan = world.plan();
        assert_eq!((told(&plan), lines(&plan)), (expected.iter().map(|&one| one.to_owned()).collect(), Vec::new()));
        assert!(plan.problems.is_empty(), "{:#?}", plan.problems);
        world.strangers = Strangers::Removed;
        world.build();
        world.strangers = Strangers::Kept;
        let plan = world.plan();
        assert_eq!((told(&plan), lines(&plan)), (Vec::new(), Vec::new()));
    }
}

#[test]
fn ways_out_of_a_vpc() {
    let scene = Scene::new();
    let vpc = scene.id("payments-prod/container/vpc");
    let peer = async |by: Console| {
        let other = by.ec2.create_vpc().cidr_block("192.168.0.0/16").send().await.expect("a VPC");
        let other = other.vpc.and_then(|vpc| vpc.vpc_id).expect("an id");
        by.clock.sleep(std::time::Duration::from_secs(60)).await;
        by.ec2.create_vpc_peering_connection().vpc_id(other).peer_vpc_id(&vpc).send().await.expect("a connection");
    };
    scene.adds(P, peer, &["vpc-peering-connection in payments-prod/container/vpc"]);
    let vpn = async |by: Console| {
        let gateway = by.ec2.create_vpn_gateway().r#type(GatewayType::Ipsec1).send().await.expect("a gateway");
        let gateway = gateway.vpn_gateway.and_then(|one| one.vpn_gateway_id).expect("an id");
        by.clock.sleep(std::time::Duration::from_secs(60)).await;
        by.ec2.attach_vpn_gateway().vpn_gateway_id(gateway).vpc_id(&vpc).send().await.expect("attached");
    };
    scene.adds(P, vpn, &["vpn-gateway-attachment in payments-prod/container/vpc"]);
    let egress_only = async |by: Console| {
        by.ec2.create_egress_only_internet_gateway().vpc_id(&vpc).send().await.expect("a gateway");
    };
    scene.adds(P, egress_only, &["egress-only-internet-gateway in payments-prod/container/vpc"]);
    let internet = async |by: Console| {
        let gateway = by.ec2.create_internet_gateway().send().await.expect("a gateway");
        let gateway = gateway.internet_gateway.and_then(|one| one.internet_gateway_id).expect("an id");
        by.clock.sleep(std::time::Duration::from_secs(60)).await;
        by.ec2.attach_internet_gateway().internet_gateway_id(gateway).vpc_id(&vpc).send().await.expect("attached");
    };
    scene.adds(P, internet, &["internet-gateway in payments-prod/container/vpc"]);
    let range = async |by: Console| {
        by.ec2.associate_vpc_cidr_block().vpc_id(&vpc).cidr_block("192.168.0.0/16").send().await.expect("a range");
    };
    scene.adds(P, range, &["vpc-cidr-block in payments-prod/container/vpc"]);
}

#[test]
fn network_acls() {
    let scene = Scene::new();
    let (vpc, subnet) =
        (scene.id("payments-prod/container/vpc"), scene.id("payments-prod/container/private/az1/subnet"));
    let acl_of_subnet = async |by: &Console| {
        let filter = aws_sdk_ec2::types::Filter::builder().name("association.subnet-id").values(&subnet).build();
        let acls = by.ec2.describe_network_acls().filters(filter).send().await.expect("network ACLs");
        acls.network_acls.unwrap_or_default().into_iter().next().expect("a network ACL")
    };
    let another = async |by: Console| {
        let made = by.ec2.create_network_acl().vpc_id(&vpc).send().await.expect("a network ACL");
        let made = made.network_acl.and_then(|acl| acl.network_acl_id).expect("an id");
        by.clock.sleep(std::time::Duration::from_secs(60)).await;
        let acl = acl_of_subnet(&by).await;
        let association = acl.associations().iter().find(|one| one.subnet_id() == Some(&subnet));
        let association = association.and_then(|one| one.network_acl_association_id()).expect("an association");
        let replace = by.ec2.replace_network_acl_association().association_id(association).network_acl_id(made);
        replace.send().await.expect("replaced");
    };
    // The subnet's association stands in the subnet and in its VPC; the first of the two addresses is told.
    let subnet_s = "network-acl-association in payments-prod/container/private/az1/subnet";
    scene.adds(P, another, &["network-acl in payments-prod/container/vpc", subnet_s]);
    let entry = async |by: Console| {
        let acl = acl_of_subnet(&by).await.network_acl_id.expect("an id");
        let create = by.ec2.create_network_acl_entry().network_acl_id(&acl).rule_number(50).protocol("-1");
        let create = create.rule_action(RuleAction::Deny).egress(false).cidr_block("10.0.0.0/8");
        create.send().await.expect("an entry");
        let replace = by.ec2.replace_network_acl_entry().network_acl_id(&acl).rule_number(100).protocol("-1");
        let replace = replace.rule_action(RuleAction::Deny).egress(true).cidr_block("0.0.0.0/0");
        replace.send().await.expect("replaced");
    };
    scene.adds(P, entry, &["default-network-acl in payments-prod/container/vpc"]);
    let gone = async |by: Console| {
        let acl = acl_of_subnet(&by).await.network_acl_id.expect("an id");
        let delete = by.ec2.delete_network_acl_entry().network_acl_id(acl).rule_number(100).egress(false);
        delete.send().await.expect("deleted");
    };
    scene.adds(P, gone, &["default-network-acl in payments-prod/container/vpc"]);
}

#[test]
fn public_addresses_and_the_gateway_s_route_table() {
    let scene = Scene::new();
    let (vpc, subnet) = (scene.id("networking/egress/vpc"), scene.id("networking/egress/public/az1/subnet"));
    let gateway = scene.id("networking/egress/internet-gateway");
    let expose = async |by: Console| {
        let interface = by.ec2.create_network_interface().subnet_id(&subnet).send().await.expect("an interface");
        let interface = interface.network_interface.and_then(|one| one.network_interface_id).expect("an id");
        let address = by.ec2.allocate_address().send().await.expect("an address").allocation_id.expect("an id");
        by.clock.sleep(std::time::Duration::from_secs(60)).await;
        let associate = by.ec2.associate_address().allocation_id(address).network_interface_id(interface);
        associate.send().await.expect("associated");
    };
    scene.adds(HUB, expose, &["public-address in networking/egress/public/az1/subnet"]);
    let edge = async |by: Console| {
        let table = by.ec2.create_route_table().vpc_id(&vpc).send().await.expect("a table");
        let table = table.route_table.and_then(|table| table.route_table_id).expect("an id");
        by.clock.sleep(std::time::Duration::from_secs(60)).await;
        by.ec2.associate_route_table().route_table_id(table).gateway_id(&gateway).send().await.expect("associated");
    };
    let expected =
        ["route-table in networking/egress/vpc", "route-table-association in networking/egress/internet-gateway"];
    scene.adds(HUB, edge, &expected);
}

#[test]
fn at_the_transit_gateway() {
    let scene = Scene::new();
    let gateway = scene.id("networking/transit-gateway/self");
    let table = scene.id("networking/transit-gateway/tables/spokes-prod/self");
    let attachment = scene.id("networking/egress/attachment");
    let peering = async |by: Console| {
        let create = by.ec2.create_transit_gateway_peering_attachment().transit_gateway_id(&gateway);
        let create = create.peer_transit_gateway_id("tgw-0123456789abcdef0").peer_account_id("999999999999");
        create.peer_region("eu-central-1").send().await.expect("an attachment");
    };
    scene.adds(HUB, peering, &["other-transit-gateway-attachment in networking/transit-gateway/self"]);
    let policies = async |by: Console| {
        by.ec2.create_transit_gateway_policy_table().transit_gateway_id(&gateway).send().await.expect("a table");
    };
    scene.adds(HUB, policies, &["transit-gateway-policy-table in networking/transit-gateway/self"]);
    let list = async |by: Console| {
        let lists = by.ec2.describe_managed_prefix_lists().send().await.expect("lists").prefix_lists;
        let list = lists.unwrap_or_default().into_iter().find_map(|list| list.prefix_list_id).expect("a list");
        let create = by.ec2.create_transit_gateway_prefix_list_reference().transit_gateway_route_table_id(&table);
        create.prefix_list_id(list).blackhole(true).send().await.expect("a reference");
    };
    let expected = ["other-transit-gateway-route in networking/transit-gateway/tables/spokes-prod/self"];
    scene.adds(HUB, list, &expected);
    let route = async |by: Console| {
        let create = by.ec2.create_transit_gateway_route().transit_gateway_route_table_id(&table);
        let create = create.destination_cidr_block("192.0.2.0/24").transit_gateway_attachment_id(&attachment);
        create.send().await.expect("a route");
        by.ec2.create_transit_gateway_route_table().transit_gateway_id(&gateway).send().await.expect("a table");
    };
    let expected = [
        "transit-gateway-route in networking/egress/attachment",
        "transit-gateway-route-table in networking/transit-gateway/self",
    ];
    scene.adds(HUB, route, &expected);
}
