//! One addition, and how it is tried.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use aws_sdk_ec2::types::Filter;
use futures::future::LocalBoxFuture;
use lz::graph::Address;
use lz::plan::Strangers;
use lz::sweep::{Class, Finding, Swept};

use super::super::drift::Scene;
use super::super::world::{Console, World};

/// Something that somebody adds, and what a sweep says of it.
pub struct Case {
    pub name: &'static str,
    /// What is done, each in an account.
    steps: [Option<(&'static str, Step)>; 2],
    /// The findings, in the lines of [`line`].
    pub told: &'static [&'static str],
}

/// Something that a person does in an account.
pub type Step = for<'p> fn(&'p Person<'p>) -> LocalBoxFuture<'p, ()>;

/// An addition in an account, and the findings that it leads to.
pub const fn adds(name: &'static str, account: &'static str, step: Step, told: &'static [&'static str]) -> Case {
    Case { name, steps: [Some((account, step)), None], told }
}

impl Case {
    /// What somebody in another account does about it.
    pub const fn then(self, account: &'static str, step: Step) -> Self {
        let [first, _] = self.steps;
        Self { steps: [first, Some((account, step))], ..self }
    }
}

/// Somebody at an account's console, who sees the whole zone.
pub struct Person<'p> {
    console: Console,
    scene: &'p Scene,
    world: &'p World,
}

impl Deref for Person<'_> {
    type Target = Console;

    fn deref(&self) -> &Console {
        &self.console
    }
}

impl Person<'_> {
    /// AWS's id of an address.
    pub fn id(&self, address: &str) -> String {
        self.scene.id(address)
    }

    /// The id of an account of the zone, or of the management account.
    pub fn account(&self, name: &str) -> String {
        account(self.world, name)
    }

    /// Until AWS has done what was asked, and shows it.
    pub async fn wait(&self) {
        self.clock.sleep(Duration::from_secs(600)).await;
    }

    /// A VPC of somebody's own, of a range.
    pub async fn vpc(&self, range: &str) -> String {
        let made = self.ec2.create_vpc().cidr_block(range).send().await.expect("a VPC");
        let id = made.vpc.and_then(|vpc| vpc.vpc_id).expect("an id");
        self.wait().await;
        id
    }

    /// A subnet in a zone of a VPC, as small as it may be, where there is room.
    pub async fn subnet(&self, vpc: &str, zone: &str) -> String {
        let there = self.ec2.describe_vpcs().vpc_ids(vpc).send().await.expect("VPCs").vpcs.unwrap_or_default();
        let range: ipnet::Ipv4Net = there[0].cidr_block().expect("a range").parse().expect("a range");
        let ranges: Vec<_> = range.subnets(28).expect("ranges").collect();
        for range in ranges.iter().rev() {
            let create = self.ec2.create_subnet().vpc_id(vpc).cidr_block(range.to_string());
            if let Ok(made) = create.availability_zone_id(zone).send().await {
                let id = made.subnet.and_then(|subnet| subnet.subnet_id).expect("an id");
                self.wait().await;
                return id;
            }
        }
        panic!("{vpc} has no room");
    }

    /// A route table of somebody's own in a VPC of an address.
    pub async fn route_table(&self, vpc: &str) -> String {
        let made = self.ec2.create_route_table().vpc_id(self.id(vpc)).send().await.expect("a table");
        let id = made.route_table.and_then(|table| table.route_table_id).expect("an id");
        self.wait().await;
        id
    }

    /// A network interface in a subnet.
    pub async fn interface(&self, subnet: &str) -> String {
        let made = self.ec2.create_network_interface().subnet_id(subnet).send().await.expect("an interface");
        let id = made.network_interface.and_then(|one| one.network_interface_id).expect("an id");
        self.wait().await;
        id
    }

    /// An internet gateway in a VPC.
    pub async fn internet_gateway(&self, vpc: &str) -> String {
        let made = self.ec2.create_internet_gateway().send().await.expect("a gateway");
        let id = made.internet_gateway.and_then(|one| one.internet_gateway_id).expect("an id");
        self.wait().await;
        self.ec2.attach_internet_gateway().internet_gateway_id(&id).vpc_id(vpc).send().await.expect("attached");
        id
    }

    /// The association that a filter of route tables finds.
    pub async fn route_table_association(&self, name: &str, value: &str, vpc: &str) -> String {
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let describe = self.ec2.describe_route_tables().filters(filter("vpc-id", vpc)).filters(filter(name, value));
        let tables = describe.send().await.expect("tables").route_tables.unwrap_or_default();
        let all = tables.iter().flat_map(|table| table.associations());
        let found = all.into_iter().find(|one| one.subnet_id() == Some(value) || one.main() == Some(true));
        found.and_then(|one| one.route_table_association_id()).expect("an association").to_owned()
    }
}

fn account(world: &World, name: &str) -> String {
    match name {
        "management" => world.twin.management_credentials().account,
        name => world.account(name),
    }
}

/// A finding: its class; what is missing or changed and in what, or what is unmanaged and inside of what, or which
/// invariant is broken in which account.
fn line(finding: &Finding) -> String {
    let class = finding.class.as_str();
    let about = match (&finding.violation, &finding.address, finding.kind) {
        (Some(violation), _, _) => format!("{} of {}", violation.invariant, finding.owner),
        (None, Some(address), _) => {
            let attributes: Vec<&str> = finding.attributes.iter().map(|one| one.attribute.name()).collect();
            format!("{address} {}", attributes.join(" "))
        }
        (None, None, Some(kind)) => {
            let inside = finding.sentence.rsplit_once("nobody asked for it inside ").map_or("nothing", |(_, one)| one);
            format!("{} in {inside}", kind.as_str())
        }
        (None, None, None) => finding.owner.to_string(),
    };
    format!("{class} {about}").trim_end().to_owned()
}

fn lines(swept: &Swept) -> Vec<String> {
    let mut lines: Vec<String> = swept.sweep.findings.iter().map(line).collect();
    lines.sort();
    lines
}

impl Case {
    fn try_out(&self, scene: &Scene, built: &BTreeMap<Address, String>) -> Result<(), String> {
        let mut world = scene.copy();
        for (name, step) in self.steps.iter().flatten() {
            let work = async |console| step(&Person { console, scene, world: &world }).await;
            world.by_hand(&account(&world, name), work);
        }
        let swept = world.sweep();
        if lines(&swept) != self.told {
            return Err(format!("the sweep said {:#?}", lines(&swept)));
        }
        world.mend(Strangers::Kept);
        let is_stranger = |finding: &&Finding| finding.class == Class::Unmanaged;
        let strangers = swept.sweep.findings.iter().filter(is_stranger).filter_map(|one| one.aws_id.clone());
        let (plan, strangers) = (world.plan(), strangers.collect::<Vec<_>>());
        let kept: Vec<String> = plan.unmanaged.iter().map(|one| one.observed.id.clone()).collect();
        if !plan.changes.is_empty() || !strangers.iter().all(|id| kept.contains(id)) || kept.len() != strangers.len() {
            return Err(format!("after a repair without removals there was {:#?}", plan.unmanaged));
        }
        world.mend(Strangers::Removed);
        let swept = world.sweep();
        if !swept.sweep.findings.is_empty() {
            return Err(format!("after a repair with removals the sweep said {:#?}", lines(&swept)));
        }
        // What is left to users is a part of the network, as it is there.
        if !self.told.is_empty() {
            world.assert_planned(&swept);
        }
        if world.plan().unchanged != *built {
            return Err("what is lz's own is not what it was".to_owned());
        }
        Ok(())
    }
}

impl World {
    /// What `lz sweep --repair` does: one run over everything.
    fn mend(&mut self, strangers: Strangers) {
        self.strangers = strangers;
        let scopes = [self.foundation(), self.workloads()].concat();
        assert_eq!(self.apply(&scopes).errors(), Vec::<String>::new());
        self.strangers = Strangers::Kept;
    }
}

/// Tries all additions of a subject, and tells all that went wrong.
pub fn try_all(cases: &[Case]) {
    let scene = Scene::new();
    let built = scene.copy().plan().unchanged;
    let mut wrong = Vec::new();
    for case in cases {
        match catch_unwind(AssertUnwindSafe(|| case.try_out(&scene, &built))) {
            Ok(Ok(())) => {}
            Ok(Err(message)) => wrong.push(format!("{}: {message}", case.name)),
            Err(panic) => {
                let message = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                wrong.push(format!("{}: {message}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
