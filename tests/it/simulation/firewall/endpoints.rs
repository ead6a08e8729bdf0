//! Endpoints of the firewall that never come to work.

use std::collections::BTreeMap;

use lz::apply::ScopeOutcome;
use lz::kinds::Scope;
use lz::twin::faults::{EndpointOutcome, FirewallEndpoints};

use super::super::world::World;

const MESSAGE: &str = "The subnet has no free addresses.";

/// What is there in the networking account, but for what its firewall may have logged.
fn of_hub(world: &mut World) -> BTreeMap<String, String> {
    world.end_state().into_iter().filter(|(address, _)| is_of_hub(address)).collect()
}

fn is_of_hub(address: &str) -> bool {
    address.starts_with("networking/") && !address.starts_with("networking/egress/firewall/logs/")
}

#[test]
fn an_endpoint_that_never_works_fails_the_hub_which_is_rolled_back() {
    let stuck = "the endpoint in subnet-";
    for (outcome, told) in [(EndpointOutcome::Failed(MESSAGE.to_owned()), MESSAGE), (EndpointOutcome::Stuck, stuck)] {
        let mut world = World::new(121);
        world.rollback = true;
        let fault = FirewallEndpoints { outcome: outcome.clone(), from: 2, times: 1, seen: 0 };
        world.twin.with_world(|aws| aws.faults.firewall_endpoints.push(fault));
        let done = world.bootstrap();
        let hub = done.report.scopes.iter().find(|one| one.scope == Scope::Hub).expect("the hub");
        assert_eq!(hub.outcome, ScopeOutcome::RolledBack, "{outcome:?}: {:?}", hub.error());
        let error = hub.error().expect("a reason");
        assert!(error.contains(told) && error.contains("networking/egress/firewall/"), "{error}");
        assert_eq!(of_hub(&mut world), BTreeMap::new());

        world.build();
        world.check();
    }
}
