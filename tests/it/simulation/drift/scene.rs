//! Zones that are built, to be changed by hand.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use lz::kinds::Desired;
use lz::plan::{Action, Change, Plan};
use lz::twin::Twin;
use lz::twin::world::World as Aws;

use super::super::safety::Memory;
use super::super::world::World;

pub const HUB: &str = "networking";

/// A zone that is built, and the ids of all that is in it.
#[derive(Clone)]
pub struct Scene {
    aws: Aws,
    files: BTreeMap<String, String>,
    built: Plan,
    pub desired: Desired,
}

/// Built once for all tests of a process.
static STARTER: LazyLock<Scene> = LazyLock::new(|| Scene::build(|world| world));
static COMPLETE: LazyLock<Scene> = LazyLock::new(|| Scene::build(complete));

const FLOW_LOGS: &str = "\n[flow_logs]\nbucket_arn = \"arn:aws:s3:::acme-flow-logs\"\ntraffic = \"all\"\n";

/// Subnets with a way to the internet that nothing of lz's uses, so that nothing holds their gateway.
const PUBLIC_TIER: &str = "
[tiers.public]
prefix_length = 28
routes = [{ to = \"0.0.0.0/0\", via = \"internet-gateway\" }]
";

/// What hosts of workloads learn with their addresses.
pub const DHCP_OPTIONS: &str = "
[dhcp_options]
domain_name = \"corp.example.com\"
domain_name_servers = [\"10.16.0.10\", \"10.16.0.11\"]
ntp_servers = [\"169.254.169.123\"]
";

/// The starter zone with all kinds that there are: besides its own, attachments that the gateway's owner accepts.
fn complete(world: &mut World) -> &mut World {
    world.edit("lz.toml", "auto_accept_shared_attachments = true", "auto_accept_shared_attachments = false");
    world.edit("blueprints/ingress.toml", "prefix_length = 24\n", "prefix_length = 24\ninternet_gateway = true\n");
    let ingress = world.files["blueprints/ingress.toml"].clone() + PUBLIC_TIER;
    let container = world.files["blueprints/container.toml"].clone() + DHCP_OPTIONS;
    world.write("blueprints/ingress.toml", ingress).write("blueprints/container.toml", container)
}

impl Scene {
    /// The starter zone with flow logs.
    pub fn new() -> Self {
        STARTER.clone()
    }

    /// A zone with every kind that lz makes and every attribute that these have.
    pub fn complete() -> &'static Self {
        &COMPLETE
    }

    fn build(shape: impl FnOnce(&mut World) -> &mut World) -> Self {
        let mut world = World::new(31);
        let text = world.files["lz.toml"].clone() + FLOW_LOGS;
        shape(world.write("lz.toml", text)).build();
        let built = world.check();
        let desired = world.load().1;
        Self { aws: world.twin.with_world(|aws| aws.clone()), files: world.files, built, desired }
    }

    pub fn id(&self, address: &str) -> String {
        let found = self.built.unchanged.iter().find(|(other, _)| other.as_str() == address);
        found.map(|(_, id)| id.clone()).unwrap_or_else(|| panic!("{address} is not there"))
    }

    /// The same zone in a world of its own.
    pub fn copy(&self) -> World {
        let mut world = World::new(self.aws.seed);
        world.twin = Twin::of(self.aws.clone());
        world.files = self.files.clone();
        world.memory = Memory::of(&self.built.unchanged, &self.desired).into();
        world
    }
}

/// The changes: action, address and attributes.
pub fn lines(plan: &Plan) -> Vec<String> {
    let line = |change: &Change| {
        let attributes: Vec<&str> = change.attributes().iter().map(|one| one.attribute.name()).collect();
        let action: Action = change.action();
        format!("{} {} {}", action.as_str(), change.address, attributes.join(" ")).trim_end().to_owned()
    };
    plan.changes.values().map(line).collect()
}
