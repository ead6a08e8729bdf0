//! Packets meet in what is live what they meet in what was planned, and in a recording what they meet live.

use lz::operate;
use lz::reach::{Endpoint, HopKind, Network, Protocol, Trace, planned, trace, worst_verdict};
use lz::snapshot::{self, Recorded};
use lz::twin::faults::Kind;
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::random::shapes;
use super::world::{Disturbance, World};

impl World {
    /// What AWS says of the zone's accounts, as `lz snapshot` records it.
    pub fn record(&mut self) -> Recorded {
        let recorded = self.using(Disturbance::None, async |zone, _| operate::record(zone).await);
        recorded.expect("nothing disturbs it").expect("an organization that can be read")
    }
}

/// What becomes of a packet, without what only one of the networks can show: ids, addresses, default network ACLs.
fn told(network: &Network, one: &Trace) -> String {
    let hops = |hops: &[lz::reach::Hop]| -> Vec<String> {
        let shown = hops.iter().filter(|hop| hop.kind != HopKind::NetworkAcl);
        let name = |hop: &lz::reach::Hop| match hop.kind {
            // An endpoint carries no tag: it has its name from its firewall.
            HopKind::FirewallEndpoint => String::new(),
            _ => network.name(&hop.id).to_owned(),
        };
        shown.map(|hop| format!("{} {}", hop.kind.as_str(), name(hop))).collect()
    };
    let codes: Vec<&str> = one.reasons.iter().map(|reason| reason.code.as_str()).collect();
    format!("{:?} {}: {:#?} {:#?} {codes:?}", one.zone, one.verdict.as_str(), hops(&one.forward), hops(&one.answer))
}

/// The ends of all traces: every VPC, the internet, and a name that some workloads may ask for.
fn ends(planned: &Network) -> Vec<String> {
    let mut ends: Vec<String> = planned.vpcs.keys().map(ToString::to_string).collect();
    ends.extend(["internet".to_owned(), "api.binance.com".to_owned()]);
    ends
}

fn ask(network: &Network, from: &str, to: &str) -> Result<Vec<Trace>, String> {
    let named = |end: &str| Endpoint::named(network, end).map_err(|error| error.to_string());
    trace(network, &named(from)?, &named(to)?, Protocol::Tcp, 443).map_err(|error| error.to_string())
}

fn assert_alike(planned: &Network, live: &Network) {
    let mut verdicts = std::collections::BTreeSet::new();
    for from in ends(planned) {
        for to in ends(planned).iter().filter(|to| **to != from) {
            let (wanted, found) = match (ask(planned, &from, to), ask(live, &from, to)) {
                (Ok(wanted), Ok(found)) => (wanted, found),
                (wanted, found) => {
                    assert_eq!(wanted.is_err(), found.is_err(), "{from} → {to}: {wanted:#?}, live {found:#?}");
                    continue;
                }
            };
            verdicts.insert(worst_verdict(&wanted).as_str());
            let tell = |network, traces: &[Trace]| traces.iter().map(|one| told(network, one)).collect::<Vec<_>>();
            let (wanted, found) = (tell(planned, &wanted).join("\n"), tell(live, &found).join("\n"));
            assert!(wanted == found, "{from} → {to}\nplanned: {wanted}\nlive: {found}");
        }
    }
    assert!(verdicts.contains("dropped"), "traces that all say the same prove nothing: {verdicts:?}");
}

#[test]
fn what_is_planned_and_what_is_live_lead_packets_the_same_way() {
    let config = ProptestConfig { cases: 4, max_shrink_iters: 4, failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let tested = runner.run(&shapes(), |shape| {
        let mut world = shape.world();
        world.build();
        let recorded = world.record();
        assert_eq!(recorded.unread, [""; 0]);
        let live = recorded.recording.network().expect("answers of the twin");
        assert_eq!(live.caveats, planned::network(&world.load().1).caveats);
        assert_alike(&planned::network(&world.load().1), &live);
        Ok(())
    });
    if let Err(failure) = tested {
        panic!("{failure}");
    }
}

#[test]
fn a_recording_answers_as_live_does_and_what_is_denied_is_said() {
    let mut world = World::built(7);
    let recorded = world.record();
    let folder = tempfile::tempdir().unwrap();
    snapshot::write(&recorded.recording, folder.path()).unwrap();
    let read = snapshot::read(folder.path()).unwrap();
    assert_eq!(read.network().unwrap(), recorded.recording.network().unwrap());

    let networking = world.account("networking");
    world.fault(Kind::Denied, Some(&networking), "DescribeInstances", 1, u64::MAX);
    world.fault(Kind::Denied, Some(&networking), "DescribeFirewall", 1, u64::MAX);
    let denied = world.record();
    assert_eq!(denied.unread.len(), 2, "{:?}", denied.unread);
    let network = denied.recording.network().unwrap();
    let caveats: Vec<&String> = network.caveats.iter().collect();
    assert!(
        matches!(caveats.as_slice(), [instances, firewall]
            if instances.starts_with("no answer, taken for empty: describe-instances of ") && firewall.contains("is not recorded")),
        "{caveats:#?}"
    );
    let traces = ask(&network, "payments-prod/container/vpc", "api.binance.com").unwrap();
    assert_eq!(worst_verdict(&traces).as_str(), "inspected", "an endpoint whose firewall is not known");
}
