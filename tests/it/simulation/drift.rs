//! What somebody changes by hand is told exactly, and brought back.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    ApplianceModeSupportValue, AttributeBooleanValue, AutoAcceptSharedAttachmentsValue, IpPermission, IpRange,
    ModifyTransitGatewayOptions, ModifyTransitGatewayVpcAttachmentRequestOptions, Tag,
};
use lz::graph::Address;
use lz::kinds::KindName;
use lz::plan::Plan;
use lz::sweep::Class;

use super::sweep::told;
use super::world::{Console, World};

const P: &str = "payments-prod/container";
pub const HUB: &str = "networking";

/// A zone that is built, and the ids of all that is in it.
pub struct Scene {
    world: World,
    built: Plan,
}

impl Scene {
    pub fn new() -> Self {
        let mut world = World::new(31);
        let flow_logs = "\n[flow_logs]\nbucket_arn = \"arn:aws:s3:::acme-flow-logs\"\ntraffic = \"all\"\n";
        let text = world.files["lz.toml"].clone() + flow_logs;
        world.write("lz.toml", text).build();
        let built = world.check();
        Self { world, built }
    }

    pub fn id(&self, address: &str) -> String {
        let found = self.built.unchanged.iter().find(|(other, _)| other.as_str() == address);
        found.map(|(_, id)| id.clone()).unwrap_or_else(|| panic!("{address} is not there"))
    }

    /// The same zone in a world of its own.
    pub fn copy(&self) -> World {
        self.world.copy()
    }

    /// After a change by hand the plan and the sweep say these lines and nothing else, and applying it mends everything.
    pub fn drifts(&self, account: &str, by_hand: impl AsyncFnOnce(Console), expected: &[&str]) {
        let mut world = self.world.copy();
        let account = match account {
            "management" => world.twin.management_credentials().account,
            name => world.account(name),
        };
        world.by_hand(&account, by_hand);
        let plan = world.plan();
        assert_eq!(lines(&plan), expected, "{:#?}", plan.changes.values().map(|one| &one.reason).collect::<Vec<_>>());
        assert!(plan.unexpected.is_empty() && plan.problems.is_empty(), "{plan:#?}");
        let swept = world.sweep();
        let found = swept.sweep.findings.iter().filter(|one| one.class != Class::Violated);
        let found: BTreeSet<&Address> = found.map(|one| one.address.as_ref().expect("an address")).collect();
        assert_eq!(found, plan.changes.keys().collect(), "{:#?}", told(&swept));
        world.build();
        world.check();
        world.assert_conformant();
    }
}

/// The changes: action, address and attributes.
pub fn lines(plan: &Plan) -> Vec<String> {
    let line = |change: &lz::plan::Change| {
        let attributes: Vec<&str> = change.attributes.iter().map(|one| one.attribute.as_str()).collect();
        format!("{} {} {}", change.action.as_str(), change.address, attributes.join(" ")).trim_end().to_owned()
    };
    plan.changes.values().map(line).collect()
}

fn yes() -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(true).build()
}

fn no() -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(false).build()
}

fn everybody() -> IpPermission {
    IpPermission::builder().ip_protocol("-1").ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build()
}

#[test]
fn in_a_vpc() {
    let scene = Scene::new();
    let vpc = scene.id(&format!("{P}/vpc"));
    let hostnames = async |by: Console| {
        by.ec2.modify_vpc_attribute().vpc_id(&vpc).enable_dns_hostnames(no()).send().await.expect("done");
    };
    scene.drifts("payments-prod", hostnames, &["update payments-prod/container/vpc dns_hostnames"]);

    let subnet = scene.id(&format!("{P}/private/az1/subnet"));
    let public = async |by: Console| {
        by.ec2.modify_subnet_attribute().subnet_id(&subnet).map_public_ip_on_launch(yes()).send().await.expect("done");
        by.ec2.delete_tags().resources(&subnet).tags(Tag::builder().key("owner").build()).send().await.expect("done");
    };
    scene.drifts(
        "payments-prod",
        public,
        &["update payments-prod/container/private/az1/subnet map_public_ip_on_launch tags"],
    );

    let table = scene.id(&format!("{P}/private/az1/route-table"));
    let delete_route = async |by: Console| {
        let delete = by.ec2.delete_route().route_table_id(&table).destination_cidr_block("0.0.0.0/0");
        delete.send().await.expect("done");
    };
    scene.drifts("payments-prod", delete_route, &["create payments-prod/container/private/az1/routes/0.0.0.0-0"]);

    let disassociate = async |by: Console| {
        let tables = by.ec2.describe_route_tables().route_table_ids(&table).send().await.expect("tables");
        let association = tables.route_tables().first().and_then(|table| table.associations().first());
        let association = association.and_then(|one| one.route_table_association_id()).expect("an association");
        by.ec2.disassociate_route_table().association_id(association).send().await.expect("done");
    };
    scene.drifts(
        "payments-prod",
        disassociate,
        &["create payments-prod/container/private/az1/route-table-association"],
    );

    let group = scene.id(&format!("{P}/endpoints/security-group"));
    let open = async |by: Console| {
        let open = by.ec2.authorize_security_group_ingress().group_id(&group).ip_permissions(everybody());
        open.send().await.expect("done");
    };
    scene.drifts("payments-prod", open, &["update payments-prod/container/endpoints/security-group ingress"]);
    let default = scene.id(&format!("{P}/default-security-group"));
    let open = async |by: Console| {
        let open = by.ec2.authorize_security_group_egress().group_id(&default).ip_permissions(everybody());
        open.send().await.expect("done");
    };
    scene.drifts("payments-prod", open, &["update payments-prod/container/default-security-group egress"]);

    let (endpoint, gateway) = (scene.id(&format!("{P}/endpoints/logs")), scene.id(&format!("{P}/endpoints/s3")));
    let delete = async |by: Console| {
        by.ec2.delete_vpc_endpoints().vpc_endpoint_ids(&endpoint).send().await.expect("done");
    };
    scene.drifts("payments-prod", delete, &["create payments-prod/container/endpoints/logs"]);
    let modify = async |by: Console| {
        by.ec2.modify_vpc_endpoint().vpc_endpoint_id(&endpoint).private_dns_enabled(false).send().await.expect("done");
        let unroute = by.ec2.modify_vpc_endpoint().vpc_endpoint_id(&gateway).remove_route_table_ids(&table);
        unroute.send().await.expect("done");
    };
    let changed = [
        "update payments-prod/container/endpoints/logs private_dns",
        "update payments-prod/container/endpoints/s3 route_tables",
    ];
    scene.drifts("payments-prod", modify, &changed);

    let log = scene.id(&format!("{P}/flow-log"));
    let delete = async |by: Console| {
        by.ec2.delete_flow_logs().flow_log_ids(&log).send().await.expect("done");
    };
    scene.drifts("payments-prod", delete, &["create payments-prod/container/flow-log"]);
}

#[test]
fn in_the_hub() {
    let scene = Scene::new();
    let nat = scene.id("networking/egress/public/az1/nat");
    let delete_nat = async |by: Console| {
        by.ec2.delete_nat_gateway().nat_gateway_id(&nat).send().await.expect("done");
    };
    let changed = [
        "update networking/egress/firewall/az1/routes/0.0.0.0-0 target state",
        "create networking/egress/public/az1/nat",
    ];
    scene.drifts(HUB, delete_nat, &changed);

    let address = scene.id("networking/egress/public/az1/nat-address");
    let gateway = scene.id("networking/egress/internet-gateway");
    let untag = async |by: Console| {
        let owner = Tag::builder().key("owner").value("somebody").build();
        by.ec2.create_tags().resources(&address).resources(&gateway).tags(owner).send().await.expect("done");
    };
    let changed =
        ["update networking/egress/internet-gateway tags", "update networking/egress/public/az1/nat-address tags"];
    scene.drifts(HUB, untag, &changed);

    let gateway = scene.id("networking/transit-gateway/self");
    let modify = async |by: Console| {
        let options = ModifyTransitGatewayOptions::builder();
        let options = options.auto_accept_shared_attachments(AutoAcceptSharedAttachmentsValue::Disable).build();
        by.ec2.modify_transit_gateway().transit_gateway_id(&gateway).options(options).send().await.expect("done");
    };
    scene.drifts(HUB, modify, &["update networking/transit-gateway/self auto_accept_shared_attachments"]);

    let attachment = scene.id("networking/egress/attachment");
    let modify = async |by: Console| {
        let options = ModifyTransitGatewayVpcAttachmentRequestOptions::builder();
        let options = options.appliance_mode_support(ApplianceModeSupportValue::Disable).build();
        let modify = by.ec2.modify_transit_gateway_vpc_attachment().transit_gateway_attachment_id(&attachment);
        modify.options(options).send().await.expect("done");
    };
    scene.drifts(HUB, modify, &["update networking/egress/attachment appliance_mode"]);

    let (table, egress) = (scene.id("networking/transit-gateway/tables/spokes-prod/self"), attachment.clone());
    let ingress = scene.id("networking/ingress/attachment");
    let change_tables = async |by: Console| {
        let delete = by.ec2.delete_transit_gateway_route().transit_gateway_route_table_id(&table);
        delete.destination_cidr_block("10.0.0.0/8").send().await.expect("done");
        let replace = by.ec2.replace_transit_gateway_route().transit_gateway_route_table_id(&table);
        replace.destination_cidr_block("0.0.0.0/0").blackhole(true).send().await.expect("done");
        let disable = by.ec2.disable_transit_gateway_route_table_propagation().transit_gateway_route_table_id(&table);
        disable.transit_gateway_attachment_id(&ingress).send().await.expect("done");
    };
    let changed = [
        "create networking/transit-gateway/tables/spokes-prod/propagations/networking.ingress",
        "update networking/transit-gateway/tables/spokes-prod/routes/0.0.0.0-0 target",
        "create networking/transit-gateway/tables/spokes-prod/routes/10.0.0.0-8",
    ];
    scene.drifts(HUB, change_tables, &changed);

    let table = scene.id("networking/transit-gateway/tables/egress/self");
    let disassociate = async |by: Console| {
        let disassociate = by.ec2.disassociate_transit_gateway_route_table().transit_gateway_route_table_id(&table);
        disassociate.transit_gateway_attachment_id(&egress).send().await.expect("done");
    };
    scene.drifts(
        HUB,
        disassociate,
        &["create networking/transit-gateway/tables/egress/associations/networking.egress"],
    );

    let share = scene.id("networking/transit-gateway/share");
    let unshare = async |by: Console| {
        let shares = by.ram.get_resource_share_associations();
        let shares = shares.association_type(aws_sdk_ram::types::ResourceShareAssociationType::Principal);
        let all = shares.send().await.expect("associations").resource_share_associations.unwrap_or_default();
        let principal = all.iter().find_map(|one| one.associated_entity()).expect("a principal");
        let disassociate = by.ram.disassociate_resource_share().resource_share_arn(&share).principals(principal);
        disassociate.send().await.expect("done");
    };
    scene.drifts(HUB, unshare, &["update networking/transit-gateway/share principals"]);
}

#[test]
fn in_the_organization() {
    let scene = Scene::new();
    let (account, unit) =
        (scene.id("organization/accounts/payments-prod"), scene.id("organization/units/security/self"));
    let change = async |by: Console| {
        let roots = by.organizations.list_roots().send().await.expect("roots").roots.unwrap_or_default();
        let root = roots.into_iter().next().and_then(|root| root.id).expect("a root");
        let parents = by.organizations.list_parents().child_id(&account).send().await.expect("parents");
        let parent = parents.parents().first().and_then(|parent| parent.id()).expect("a parent").to_owned();
        let move_account = by.organizations.move_account().account_id(&account).source_parent_id(parent);
        move_account.destination_parent_id(root).send().await.expect("done");
        by.organizations.untag_resource().resource_id(&account).tag_keys("owner").send().await.expect("done");
        by.organizations.untag_resource().resource_id(&unit).tag_keys("cost-center").send().await.expect("done");
    };
    let changed =
        ["update organization/accounts/payments-prod parent tags", "update organization/units/security/self tags"];
    scene.drifts("management", change, &changed);

    let delete = async |by: Console| {
        by.organizations.delete_organizational_unit().organizational_unit_id(&unit).send().await.expect("done");
    };
    scene.drifts("management", delete, &["create organization/units/security/self"]);
}

#[test]
fn what_nobody_asked_for_is_told_and_left_alone() {
    let mut scene = Scene::new();
    let table = scene.id(&format!("{P}/private/az1/route-table"));
    let gateway = scene.id("networking/transit-gateway/self");
    let vpc = scene.id(&format!("{P}/vpc"));
    let account = scene.world.account("payments-prod");
    let group = scene.world.by_hand(&account, async |by| {
        let create = by.ec2.create_route().route_table_id(&table).destination_cidr_block("192.0.2.0/24");
        create.transit_gateway_id(&gateway).send().await.expect("done");
        let group = by.ec2.create_security_group().vpc_id(&vpc).group_name("application").description("theirs");
        let group = group.send().await.expect("a group").group_id.expect("an id");
        let bystander = by.ec2.create_vpc().cidr_block("10.99.0.0/16").send().await.expect("a VPC");
        (group, bystander.vpc.and_then(|vpc| vpc.vpc_id).expect("an id"))
    });
    scene.world.foreign.extend([group.0, group.1]);
    let told = |plan: &Plan| plan.unexpected.iter().map(|one| one.observed.spec.kind()).collect::<BTreeSet<_>>();
    // A group of the workload's own is theirs.
    let plan = scene.world.plan();
    assert_eq!((lines(&plan), told(&plan)), (Vec::new(), BTreeSet::from([KindName::Route])));
    scene.world.build();
    let plan = scene.world.check_built();
    assert_eq!(told(&plan), BTreeSet::from([KindName::Route]));
}
