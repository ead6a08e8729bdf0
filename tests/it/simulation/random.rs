//! Zones of all shapes: what is applied is what is planned, before and after changes to the files.

use lz::kinds::Spec;
use lz::plan::Strangers;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::world::World;

/// What a zone is like.
#[derive(Debug, Clone)]
pub struct Shape {
    seed: u64,
    topology: &'static str,
    availability_zones: usize,
    workloads: usize,
    auto_accept: bool,
    organization: bool,
    share_with_units: bool,
    flow_logs: bool,
    own_blueprint: bool,
}

/// A change to the files.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    AddWorkload,
    ChangeTag,
    RemoveEndpoint,
    AddEndpoint,
    RemoveRoutes,
    ReachTheInternetFromData,
    ToggleApplianceMode,
    ToggleAcceptance,
    ToggleTopology,
    MoveRange,
    RemoveTier,
}

/// A blueprint that a user wrote: services that every workload may call, in a VPC of the hub.
const SHARED: &str = r#"
kind = "vpc"
prefix_length = 23

[attachment]
tier = "attach"

[tiers.services]
prefix_length = 25
routes = [{ to = "workloads", via = "transit-gateway" }]

[tiers.attach]
prefix_length = 28

[endpoints.dynamodb]
type = "gateway"
tiers = ["services"]
"#;

const WORKLOADS: [&str; 3] = ["payments-prod", "orders-prod", "payments-dev"];

pub fn shapes() -> impl Strategy<Value = Shape> {
    let sizes = (any::<u64>(), prop_oneof![Just("segmented"), Just("flat")], 2..=3_usize, 0..=5_usize);
    let switches = (any::<bool>(), prop::bool::weighted(0.75), any::<bool>(), any::<bool>(), any::<bool>());
    (sizes, switches).prop_map(|((seed, topology, availability_zones, workloads), switches)| {
        let (auto_accept, organization, share_with_units, flow_logs, own_blueprint) = switches;
        Shape {
            seed,
            topology,
            availability_zones,
            workloads,
            auto_accept,
            organization,
            share_with_units,
            flow_logs,
            own_blueprint,
        }
    })
}

pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop::sample::select(vec![
        Edit::AddWorkload,
        Edit::ChangeTag,
        Edit::RemoveEndpoint,
        Edit::AddEndpoint,
        Edit::RemoveRoutes,
        Edit::ReachTheInternetFromData,
        Edit::ToggleApplianceMode,
        Edit::ToggleAcceptance,
        Edit::ToggleTopology,
        Edit::MoveRange,
        Edit::RemoveTier,
    ]);
    prop::collection::vec(edit, 1..=3)
}

impl Shape {
    /// The same, with so many workloads.
    pub fn with_workloads(self, workloads: usize) -> Self {
        Self { workloads, ..self }
    }

    pub fn world(&self) -> World {
        let mut world = World::new(self.seed);
        // Everything in one account is more than an account may have unless it has asked for it.
        for quota in ["L-F678F1CE", "L-A4707A72"] {
            world.twin.with_world(|aws| aws.quotas.insert(quota.to_owned(), 50));
        }
        world.set("transit_gateway.topology", self.topology);
        world.set("transit_gateway.auto_accept_shared_attachments", if self.auto_accept { "true" } else { "false" });
        world.set("layout", if self.organization { "organization" } else { "single-account" });
        let zones = ["\"euw1-az3\"", "\"euw1-az1\"", "\"euw1-az2\""];
        let zones = zones.get(..self.availability_zones).expect("at most three").join(", ");
        world.edit("lz.toml", "\"euw1-az1\", \"euw1-az2\"", &zones);
        if self.share_with_units {
            world.edit("lz.toml", "share_with = \"organization\"", "share_with = [\"Workloads\"]");
        }
        if self.flow_logs {
            let log = "\n[flow_logs]\nbucket_arn = \"arn:aws:s3:::acme-flow-logs\"\ntraffic = \"reject\"\n";
            let text = world.files["lz.toml"].clone() + log;
            world.write("lz.toml", text);
        }
        if self.own_blueprint {
            let networks =
                world.files["accounts/networking.toml"].clone() + "\n[networks.shared]\nblueprint = \"shared\"\n";
            world.write("blueprints/shared.toml", SHARED).write("accounts/networking.toml", networks);
            world.edit(
                "blueprints/segmented.toml",
                "associates = [\"ingress\"]",
                "associates = [\"ingress\", \"shared\"]",
            );
        }
        for name in WORKLOADS.iter().skip(self.workloads) {
            world.files.remove(&format!("accounts/{name}.toml"));
        }
        for number in WORKLOADS.len()..self.workloads {
            world.write(&format!("accounts/workload-{number}.toml"), workload(&format!("workload-{number}")));
        }
        world
    }
}

fn workload(name: &str) -> String {
    format!(
        "email = \"aws+{name}@example.com\"\nunit = \"Workloads/Prod\"\nsegment = \"prod\"\nblueprint = \"container\"\n"
    )
}

fn toggle(world: &mut World, path: &str, one: &str, other: &str) {
    if world.files[path].contains(other) {
        world.edit(path, other, one);
    } else {
        world.edit(path, one, other);
    }
}

pub fn apply(edit: Edit, world: &mut World) {
    let container = "blueprints/container.toml";
    let data = "prefix_length = 26\nroutes = [\n  { to = \"workloads\", via = \"transit-gateway\" },\n  { to = \"hub\", via = \"transit-gateway\" },\n]";
    let s3 = "tiers = [\"private\", \"data\"]";
    match edit {
        Edit::AddWorkload => {
            let number = world.files.len();
            world.write(&format!("accounts/added-{number}.toml"), workload(&format!("added-{number}")));
        }
        Edit::ChangeTag => toggle(world, "lz.toml", "owner = \"platform\"", "owner = \"network\"\nteam = \"core\""),
        Edit::RemoveEndpoint => {
            toggle(world, container, "[endpoints.logs]\ntype = \"interface\"\ntier = \"private\"", "# no logs");
        }
        Edit::AddEndpoint => toggle(
            world,
            container,
            "[endpoints.s3]",
            "[endpoints.dynamodb]\ntype = \"gateway\"\ntiers = [\"private\"]\n\n[endpoints.s3]",
        ),
        Edit::RemoveRoutes => {
            toggle(
                world,
                "blueprints/ingress.toml",
                "routes = [{ to = \"workloads\", via = \"transit-gateway\" }]",
                "# none",
            );
        }
        Edit::ReachTheInternetFromData => {
            toggle(world, container, "  { to = \"hub\", via", "  { to = \"0.0.0.0/0\", via");
        }
        Edit::ToggleApplianceMode => {
            toggle(world, "blueprints/egress.toml", "appliance_mode = true", "appliance_mode = false")
        }
        Edit::ToggleAcceptance => {
            let now = world.load().0.zone.transit_gateway.auto_accept_shared_attachments;
            world.set("transit_gateway.auto_accept_shared_attachments", if now { "false" } else { "true" });
        }
        Edit::ToggleTopology => {
            let flat = world.load().0.zone.transit_gateway.topology.as_str() == "flat";
            world.set("transit_gateway.topology", if flat { "segmented" } else { "flat" });
        }
        Edit::MoveRange => {
            toggle(
                world,
                "accounts/networking.toml",
                "[networks.ingress]\nblueprint = \"ingress\"\n",
                "[networks.ingress]\nblueprint = \"ingress\"\ncidr = \"10.16.200.0/24\"\n",
            );
            // The lock keeps a VPC where it is; whoever wants it replaced says so there.
            let mut lock: toml::Table = world.files["lz.lock"].parse().expect("a lock");
            let networks = lock.get_mut("networks").and_then(toml::Value::as_table_mut).expect("networks");
            networks.remove("networking/ingress");
            world.write("lz.lock", lock.to_string());
        }
        Edit::RemoveTier => {
            if world.files[container].contains("[tiers.data]") {
                // Another edit may have changed where it leads to.
                let data = if world.files[container].contains(data) {
                    data.to_owned()
                } else {
                    data.replace("{ to = \"hub\"", "{ to = \"0.0.0.0/0\"")
                };
                world.edit(container, &format!("[tiers.data]\n{data}"), "").edit(
                    container,
                    s3,
                    "tiers = [\"private\"]",
                );
            }
        }
    }
}

#[test]
fn whatever_the_zone_is_like_a_second_plan_is_empty() {
    // The same cases every time: a simulation that fails is to fail again.
    let config = Config { cases: 8, max_shrink_iters: 12, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let tested = runner.run(&(shapes(), edits()), |(shape, edits)| {
        let mut world = shape.world();
        world.build();
        world.check();
        for edit in edits {
            apply(edit, &mut world);
            // What the files no longer ask for, and what is costly to lose, may go.
            world.strangers = Strangers::Removed;
            world.build();
            // What workloads used until now can go only when they have been onboarded anew.
            world.build();
            // A route carries no tag: one that the files no longer ask for can't be told from one that somebody has added,
            // and is left where it is.
            world.strangers = Strangers::Kept;
            let left = world.check_built().unmanaged;
            let surprising = left.iter().find(|one| !matches!(one.observed.spec, Spec::Route(_)));
            prop_assert!(surprising.is_none(), "{:?} leaves {:?}", edit, surprising);
        }
        Ok(())
    });
    if let Err(failure) = tested {
        panic!("{failure}");
    }
}
