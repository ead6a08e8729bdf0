//! Second resources with an address that another has: the one that others refer to is kept, the other goes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lz::apply::{Deduplicated, ScopeOutcome};
use lz::graph::Ref;
use lz::kinds::vpc_endpoint::EndpointType;
use lz::kinds::{Identity, KindName, Scope, Spec, TAG_RUN, Task};
use lz::plan::{Action, Plan};
use lz::twin::faults::Kind;
use sha2::{Digest, Sha256};

use super::drift::DHCP_OPTIONS;
use super::small::assert_same;
use super::world::{Console, Disturbance, Done, World};

const HUB: &str = "networking";
const WORKLOAD: &str = "payments-prod/container";
const SEED: u64 = 91;
const UNFINISHED: &str = "20260101T000000Z-000000";

/// A small zone that is built, and what lz has found there by its tag.
fn built() -> World {
    let mut world = World::small(SEED);
    let container = world.files["blueprints/container.toml"].clone() + DHCP_OPTIONS;
    world.write("blueprints/container.toml", container).build();
    // What carries its name was made by a run that has not finished its work: such a duplicate is lz's own.
    world.evidence.unfinished_runs.insert(UNFINISHED.to_owned());
    world
}

fn id_of(plan: &Plan, address: &str) -> String {
    let found = plan.unchanged.iter().find(|(other, _)| other.as_str() == address);
    found.map(|(_, id)| id.clone()).unwrap_or_else(|| panic!("{address} is not there"))
}

impl World {
    /// Makes a second resource as lz has made the first, with its tags, but for what AWS refuses to have twice. Gives its id.
    fn again(&mut self, address: &str, id: &str, otherwise: impl Fn(Spec) -> Spec) -> String {
        let made = self.command(Disturbance::None, async |zone| {
            let live = zone.discover().await.expect("a management account that can be read");
            let first = live.resources.iter().find(|one| one.observed.id == id).expect("the first one");
            let account = zone.account_ids(&live).remove(&first.owner).expect("an account");
            let cloud = zone.sessions().account(&account).await.expect("an account that can be read");
            let mut tags = first.observed.tags.clone();
            tags.insert(TAG_RUN.to_owned(), UNFINISHED.to_owned());
            let token: String = Sha256::digest(address).iter().take(20).map(|byte| format!("{byte:02x}")).collect();
            let role = &zone.sessions().role().name;
            let task =
                Task { cloud: &cloud, organization: live.organization.as_ref(), role, tags: &tags, token: &token };
            let made = otherwise(first.observed.spec.clone()).create(&task).await.expect("a second one");
            // Whatever AWS has to do for it is done.
            zone.sessions().clock().sleep(Duration::from_secs(1200)).await;
            made.expect("an id")
        });
        made.expect("nothing disturbs it")
    }

    /// Applies everything, and checks that these and nothing else were deduplicated, and that nothing else was changed.
    fn deduplicates(&mut self, duplicates: &BTreeSet<String>) -> Vec<Deduplicated> {
        let (before, unchanged) = (self.end_state(), self.plan().unchanged);
        let since = self.exchanges().len();
        let done = self.apply(&self.everything());
        assert_eq!(done.errors(), Vec::<String>::new());
        let deduplicated = deduplicated(&done);
        assert_eq!(&deduplicated.iter().map(|one| one.id.clone()).collect::<BTreeSet<_>>(), duplicates);
        let takes =
            |action: &str| ["Delete", "Detach", "Disassociate", "Release"].iter().any(|verb| action.starts_with(verb));
        for exchange in self.exchanges()[since..].iter().filter(|exchange| !exchange.is_read()) {
            assert!(takes(&exchange.action), "{exchange:?}");
        }
        assert_eq!(self.check().unchanged, unchanged);
        assert_same(&self.end_state(), &before);
        deduplicated
    }
}

fn deduplicated(done: &Done) -> Vec<Deduplicated> {
    done.report.scopes.iter().flat_map(|scope| scope.deduplicated.clone()).collect()
}

/// The same, but for what AWS keeps unique: its own Elastic IP address, name, routes and names of services.
fn otherwise(spec: Spec, elastic_ips: &BTreeMap<String, String>) -> Spec {
    match spec {
        Spec::SecurityGroup(mut group) => {
            group.name.push_str("-2");
            Spec::SecurityGroup(group)
        }
        Spec::NatGateway(mut gateway) => {
            let second = gateway.elastic_ip.as_id().and_then(|id| elastic_ips.get(id)).expect("a second address");
            gateway.elastic_ip = Ref::id(second);
            Spec::NatGateway(gateway)
        }
        Spec::VpcEndpoint(mut endpoint) => {
            match endpoint.endpoint_type {
                EndpointType::Gateway => endpoint.route_tables = BTreeSet::new(),
                _ => endpoint.private_dns = false,
            }
            Spec::VpcEndpoint(endpoint)
        }
        Spec::FlowLog(mut log) => {
            log.bucket_arn.push_str("-2");
            Spec::FlowLog(log)
        }
        other => other,
    }
}

#[test]
fn a_second_one_of_every_kind_that_is_known_by_its_tag_goes() {
    let mut world = built();
    let plan = world.check();
    let live = world.discover();
    let kind_of: BTreeMap<&str, KindName> =
        live.resources.iter().map(|one| (one.observed.id.as_str(), one.observed.spec.kind())).collect();
    // AWS has no two subnets of a VPC with one range, and no two firewalls, policies or rule groups of one name, which is
    // made of the zone's and the address. The zone has no stacks.
    let unique = [
        KindName::Subnet,
        KindName::Firewall,
        KindName::FirewallPolicy,
        KindName::FirewallRuleGroup,
        KindName::StackResource,
    ];
    let is_doubled = |kind: KindName| kind.identity() == Identity::Tag && !unique.contains(&kind);
    let all = plan.unchanged.iter().filter(|(_, id)| kind_of.get(id.as_str()).is_some_and(|kind| is_doubled(*kind)));
    let in_one_place = |address: &str| address.starts_with(HUB) || address.starts_with(WORKLOAD);
    let mut doubled: BTreeMap<(KindName, Option<String>), (String, String)> = BTreeMap::new();
    for (address, id) in all.filter(|(address, _)| in_one_place(address.as_str())) {
        let endpoint = address.as_str().split_once("/endpoints/").map(|(_, service)| service.to_owned());
        doubled.entry((kind_of[id.as_str()], endpoint)).or_insert((address.to_string(), id.clone()));
    }
    let kinds: BTreeSet<KindName> = doubled.keys().map(|(kind, _)| *kind).collect();
    let wanted: BTreeSet<KindName> = KindName::ALL.iter().copied().filter(|kind| is_doubled(*kind)).collect();
    assert_eq!(kinds, wanted, "the zone holds all of them");
    let (mut elastic_ips, mut duplicates) = (BTreeMap::new(), BTreeSet::new());
    for (address, id) in doubled.values() {
        let second = world.again(address, id, |spec| otherwise(spec, &elastic_ips));
        elastic_ips.insert(id.clone(), second.clone());
        duplicates.insert(second);
    }
    let plan = world.plan();
    let deleted: BTreeSet<&str> = plan.changes.values().map(|change| change.action().as_str()).collect();
    assert_eq!((deleted, plan.summary().duplicates), (BTreeSet::from(["delete"]), duplicates.len()));
    assert!(plan.unmanaged.is_empty(), "{:#?}", plan.unmanaged);
    let deduplicated = world.deduplicates(&duplicates);
    let vpc = deduplicated.iter().find(|one| one.kind == KindName::Vpc).expect("the VPC");
    assert!(vpc.reason.contains("lz knows its id"), "{}", vpc.reason);
}

#[test]
fn a_second_vpc_goes_with_what_is_inside_of_it() {
    let mut world = built();
    let plan = world.check();
    let inside = ["vpc", "private/az1/subnet", "private/az1/route-table"];
    let ids: Vec<String> = inside.iter().map(|part| id_of(&plan, &format!("{WORKLOAD}/{part}"))).collect();
    let vpc = world.again("vpc", &ids[0], |spec| spec);
    let in_second = |spec| match spec {
        Spec::Subnet(subnet) => Spec::Subnet(lz::kinds::Subnet { vpc: Ref::id(&vpc), ..subnet }),
        Spec::RouteTable(_) => Spec::RouteTable(lz::kinds::RouteTable { vpc: Ref::id(&vpc) }),
        other => other,
    };
    let subnet = world.again("subnet", &ids[1], in_second);
    let table = world.again("table", &ids[2], in_second);
    let account = world.account("payments-prod");
    world.by_hand(&account, async |by| {
        by.ec2.associate_route_table().route_table_id(&table).subnet_id(&subnet).send().await.expect("done");
    });
    let mut foreign = world.copy();
    let plan = world.plan();
    let association = plan.changes.values().filter_map(|change| Some(change.id()?.to_owned()));
    let association: BTreeSet<String> = association.filter(|id| ![&vpc, &subnet, &table].contains(&id)).collect();
    assert_eq!(association.len(), 1, "{association:?}");
    world.deduplicates(&(&BTreeSet::from([vpc.clone(), subnet, table]) | &association));

    // What somebody else has put there keeps all of it.
    let theirs = foreign.by_hand(&account, async |by| {
        let group = by.ec2.create_security_group().vpc_id(&vpc).group_name("application").description("theirs");
        group.send().await.expect("a group").group_id.expect("an id")
    });
    let plan = foreign.plan();
    assert!(plan.changes.is_empty(), "{:#?}", plan.changes);
    let told: Vec<(&str, &str)> =
        plan.unmanaged.iter().map(|one| (one.observed.id.as_str(), one.reason.as_str())).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0 == vpc && told[0].1.contains(&theirs), "{told:?}");
}

/// A second NAT gateway with an address of its own, and a route of the zone that leads to it.
fn second_nat_gateway(world: &mut World) -> (String, String) {
    let plan = world.check();
    let public = "networking/egress/public/az1";
    let (address, nat) = (id_of(&plan, &format!("{public}/nat-address")), id_of(&plan, &format!("{public}/nat")));
    let second_address = world.again("address", &address, |spec| spec);
    let elastic_ips = BTreeMap::from([(address, second_address.clone())]);
    let second = world.again("nat", &nat, |spec| otherwise(spec, &elastic_ips));
    (second_address, second)
}

#[test]
fn what_refers_to_a_duplicate_is_led_to_the_other_first() {
    let mut world = built();
    let before = world.end_state();
    let plan = world.check();
    let table = id_of(&plan, "networking/egress/public/az1/route-table");
    let second = world.again("table", &table, |spec| spec);
    // The first one has all the routes, and the second one the subnet.
    let subnet = id_of(&plan, "networking/egress/public/az1/subnet");
    let account = world.account(HUB);
    world.by_hand(&account, async |by: Console| {
        let tables = by.ec2.describe_route_tables().route_table_ids(&table).send().await.expect("tables");
        let all = tables.route_tables().iter().flat_map(|table| table.associations());
        let of_subnet =
            all.filter(|one| one.subnet_id() == Some(&subnet)).find_map(|one| one.route_table_association_id());
        let replace = by.ec2.replace_route_table_association().association_id(of_subnet.expect("an association"));
        replace.route_table_id(&second).send().await.expect("done");
    });
    let actions: BTreeSet<&str> = world.plan().changes.values().map(|change| change.action().as_str()).collect();
    assert_eq!(actions, BTreeSet::from(["delete", "update"]));
    let done = world.apply(&world.everything());
    assert_eq!(done.errors(), Vec::<String>::new());
    assert_eq!(deduplicated(&done).iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [second.as_str()]);
    world.check();
    assert_same(&world.end_state(), &before);
}

#[test]
fn a_rollback_makes_no_duplicate_again() {
    let mut world = built();
    let (address, nat) = second_nat_gateway(&mut world);
    world.rollback = true;
    // Another change of the hub fails meanwhile.
    let hub = world.account(HUB);
    world.edit("lz.toml", "owner = \"platform\"", "owner = \"somebody-else\"");
    world.fault(Kind::Denied, Some(&hub), "CreateTags", 5, 1);
    let before = world.end_state();
    let done = world.apply(&[Scope::Hub]);
    let of_hub = done.report.scopes.iter().find(|one| !one.deduplicated.is_empty()).expect("the hub");
    world.twin.with_world(|aws| aws.faults.rules.clear());
    assert_eq!(of_hub.outcome, ScopeOutcome::RolledBack, "{of_hub:?}");
    let gone: BTreeSet<&str> = of_hub.deduplicated.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(gone, BTreeSet::from([nat.as_str()]), "its address goes after it");
    assert!(of_hub.error().as_ref().is_some_and(|error| error.contains("a duplicate is not recreated")), "{of_hub:?}");
    assert_same(&world.end_state(), &before);
    let plan = world.plan();
    let deleted = plan.changes.values().filter(|change| change.action() == Action::Delete);
    let deleted: Vec<&str> = deleted.filter_map(|change| change.id()).collect();
    assert_eq!(deleted, [address.as_str()]);
    assert_eq!(world.apply(&world.everything()).errors(), Vec::<String>::new());
    world.check();
}
