//! A zone with two workloads and few resources, but of every kind, to be built hundreds of times.

use std::collections::BTreeMap;
use std::time::Duration;

use lz::kinds::{Scope, TAG_RUN};
use lz::plan::{Evidence, identify};

use super::world::{Disturbance, World};

/// A VPC with one tier besides that of its attachment.
const CONTAINER: &str = r#"
kind = "vpc"
prefix_length = 24

[attachment]
tier = "transit"

[tiers.private]
prefix_length = 26
routes = [{ to = "0.0.0.0/0", via = "transit-gateway" }]

[tiers.transit]
prefix_length = 28

[endpoints.s3]
type = "gateway"
tiers = ["private"]

[endpoints.logs]
type = "interface"
tier = "private"
"#;

/// Codes of errors by which AWS leaves open what it did, of throttles, and of what is met when it did it.
const OF_FAULTS: [&str; 16] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "ServiceException",
    "ServiceUnavailableException",
    "ServerInternalException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "DuplicateAccountException",
    "UnauthorizedOperation",
    "AccessDeniedException",
    "AccessDenied",
    // An internet gateway is detached again after an answer was lost.
    "Gateway.NotAttached",
    // The private names of an endpoint that was just deleted are still taken.
    "InvalidParameter",
];

impl World {
    /// A zone with two workloads, payments-prod and payments-dev, in an AWS that holds one account.
    pub fn small(seed: u64) -> Self {
        let mut world = Self::new(seed);
        world.files.remove("accounts/orders-prod.toml");
        world.write("blueprints/container.toml", CONTAINER);
        let flow_logs = "\n[flow_logs]\nbucket_arn = \"arn:aws:s3:::acme-flow-logs\"\ntraffic = \"all\"\n";
        let text = world.files["lz.toml"].clone() + flow_logs;
        world.write("lz.toml", text);
        world.expected.extend(OF_FAULTS);
        world
    }

    /// The same, bootstrapped.
    pub fn small_hub(seed: u64) -> Self {
        let mut world = Self::small(seed);
        assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
        world
    }

    /// The scopes that `lz apply` is about.
    pub fn everything(&self) -> Vec<Scope> {
        self.foundation().into_iter().chain(self.workloads()).collect()
    }

    /// How many requests that change something AWS was sent.
    pub fn changing(&self) -> u64 {
        self.exchanges().iter().filter(|exchange| !exchange.is_read()).count() as u64
    }

    /// Everything in AWS that lz sees, by address: the same for two zones that are alike, whatever their ids.
    /// What AWS is still at work on (a firewall takes minutes to take up a change of its rules) comes to its end first, in a
    /// copy: this world's own time stands still.
    pub fn end_state(&mut self) -> BTreeMap<String, String> {
        let (loaded, desired) = self.load();
        let mut later = self.copy();
        let waited = later.command(Disturbance::None, async |zone| {
            zone.sessions().clock().sleep(Duration::from_secs(3600)).await;
        });
        waited.expect("nothing disturbs it");
        let live = later.discover();
        let identified = identify(&loaded.zone.name, &desired, &live, &Evidence::default());
        let described = identified.by_address.iter().map(|(address, resource)| {
            let tags = resource.observed.tags.iter().filter(|(key, _)| *key != TAG_RUN).collect::<BTreeMap<_, _>>();
            let spec = identified.spec(resource);
            (address.to_string(), format!("{spec:?} {tags:?} {:?}", resource.observed.state))
        });
        described.collect()
    }
}

/// Two end states are the same; says in which addresses they differ where they are not.
pub fn assert_same(end: &BTreeMap<String, String>, expected: &BTreeMap<String, String>) {
    let differing = end.keys().chain(expected.keys()).filter(|address| end.get(*address) != expected.get(*address));
    let lines: std::collections::BTreeSet<String> = differing
        .map(|address| format!("{address}:\n  is {:?}\n  should be {:?}", end.get(address), expected.get(address)))
        .collect();
    assert!(lines.is_empty(), "{}", lines.into_iter().collect::<Vec<_>>().join("\n"));
}
