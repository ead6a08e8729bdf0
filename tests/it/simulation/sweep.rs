//! The sweep: quiet when all is well, exact when it isn't, and able to mend what it finds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::types::{ApplianceModeSupportValue, ModifyTransitGatewayVpcAttachmentRequestOptions};
use lz::intent::intent;
use lz::kinds::{KindName, Owner, Scope};
use lz::operate::SweepRequest;
use lz::plan::Strangers;
use lz::reach::planned;
use lz::reach::prove::prove;
use lz::sweep::{Class, Finding, FindingId, Pattern, Severity, Suppression, Swept};
use lz::twin::faults::Kind;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::drift::{HUB, Scene};
use super::random::shapes;
use super::world::{Console, World, label};

/// What a sweep is asked.
#[derive(Default)]
pub struct Ask {
    only: BTreeSet<Owner>,
    suppressions: Vec<Suppression>,
}

impl World {
    pub fn sweep(&mut self) -> Swept {
        self.sweep_as(&Ask::default())
    }

    /// A sweep about some accounts.
    pub fn sweep_of(&mut self, accounts: &[Owner]) -> Swept {
        self.sweep_as(&Ask { only: accounts.iter().cloned().collect(), ..Ask::default() })
    }

    fn sweep_as(&mut self, ask: &Ask) -> Swept {
        let only: Vec<Owner> = ask.only.iter().cloned().collect();
        self.suppressions.clone_from(&ask.suppressions);
        let swept = self.try_sweep(&SweepRequest { only: &only, authors: false }).expect("a sweep");
        self.suppressions.clear();
        let ids: BTreeSet<&FindingId> = swept.sweep.findings.iter().map(|finding| &finding.id).collect();
        assert_eq!(ids.len(), swept.sweep.findings.len(), "two findings share an id: {:#?}", told(&swept));
        swept
    }

    /// The network is the one that was planned.
    pub fn assert_planned(&self, swept: &Swept) {
        let planned = planned::network(&self.load().1);
        assert!(swept.network == planned, "{}", difference(swept, &planned));
    }

    /// What is built is swept clean, and its network is the one that was planned.
    pub fn assert_conformant(&mut self) {
        let (loaded, desired) = self.load();
        let swept = self.sweep();
        let planned = planned::network(&desired);
        self.assert_planned(&swept);
        // A zone may be asked for that breaks an invariant; then what is built breaks it as well, and nothing else.
        let broken: BTreeSet<String> =
            prove(&planned, &intent(&loaded.zone)).into_iter().map(|one| one.invariant).collect();
        let found = swept.sweep.findings.iter();
        let unasked: Vec<&Finding> = found
            .filter(|one| one.violation.as_ref().is_none_or(|violation| !broken.contains(&violation.invariant)))
            .collect();
        assert!(unasked.is_empty(), "{unasked:#?}");
        assert_eq!(swept.sweep.conformant, desired.len());
        assert_eq!(swept.sweep.caveats, planned.caveats);
    }
}

fn difference(swept: &Swept, planned: &lz::reach::Network) -> String {
    let (live, planned) = (format!("{:#?}", swept.network), format!("{planned:#?}"));
    let lines: BTreeSet<&str> = planned.lines().collect();
    let other: BTreeSet<&str> = live.lines().collect();
    let only = |one: &BTreeSet<&str>, two: &BTreeSet<&str>| {
        one.difference(two).take(20).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    format!("only live: {:#?}\nonly planned: {:#?}", only(&other, &lines), only(&lines, &other))
}

/// Findings in a line each: class, severity, and what they are about.
pub fn told(swept: &Swept) -> Vec<String> {
    let line = |finding: &Finding| {
        let about = match (&finding.violation, &finding.address, &finding.kind) {
            (Some(violation), _, _) => format!("{} of {}", violation.invariant, finding.owner),
            (None, Some(address), _) => {
                let attributes: Vec<&str> = finding.attributes.iter().map(|one| one.attribute.name()).collect();
                format!("{address} {}", attributes.join(" ")).trim_end().to_owned()
            }
            (None, None, Some(kind)) => format!("{} in {}", kind.as_str(), finding.owner),
            (None, None, None) => finding.owner.to_string(),
        };
        format!("{} {} {about}", finding.severity.as_str(), finding.class.as_str())
    };
    swept.sweep.findings.iter().map(line).collect()
}

#[test]
fn what_was_just_built_is_swept_clean_whatever_the_zone_is_like() {
    let config = Config { cases: 6, max_shrink_iters: 6, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let tested = runner.run(&shapes(), |shape| {
        let mut world = shape.world();
        world.build();
        world.assert_conformant();
        Ok(())
    });
    if let Err(failure) = tested {
        panic!("{failure}");
    }
}

#[test]
fn what_protects_less_is_told_with_what_it_breaks() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let attachment = scene.id("networking/egress/attachment");
    let hub = world.account(HUB);
    world.by_hand(&hub, async |by: Console| {
        let options = ModifyTransitGatewayVpcAttachmentRequestOptions::builder();
        let options = options.appliance_mode_support(ApplianceModeSupportValue::Disable).build();
        let modify = by.ec2.modify_transit_gateway_vpc_attachment().transit_gateway_attachment_id(&attachment);
        modify.options(options).send().await.expect("done");
    });
    let swept = world.sweep();
    assert_eq!(
        told(&swept),
        [
            "critical violated egress-is-inspected of networking",
            "high weakened networking/egress/attachment appliance_mode"
        ]
    );
    let weakened = &swept.sweep.findings[1];
    assert_eq!(weakened.aws_id.as_deref(), Some(attachment.as_str()));
    assert_eq!(weakened.scope, Some(Scope::Hub));
    assert!(weakened.console.as_ref().is_some_and(|link| link.ends_with(&attachment)), "{weakened:#?}");
    let ids = |swept: &Swept| swept.sweep.findings.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&world.sweep()), ids(&swept), "the same finding has the same id in the next sweep");
    world.build();
    world.assert_conformant();
}

#[test]
fn a_way_around_the_firewall_is_a_violation_and_a_stranger() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let (vpc, table) =
        (scene.id("payments-prod/container/vpc"), scene.id("payments-prod/container/private/az1/route-table"));
    let account = world.account("payments-prod");
    world.by_hand(&account, async |by: Console| {
        let made = by.ec2.create_internet_gateway().send().await.expect("a gateway");
        let gateway = made.internet_gateway.and_then(|one| one.internet_gateway_id).expect("an id");
        by.clock.sleep(Duration::from_secs(600)).await;
        by.ec2.attach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&vpc).send().await.expect("done");
        let route = by.ec2.create_route().route_table_id(&table).destination_cidr_block("192.0.2.0/24");
        route.gateway_id(&gateway).send().await.expect("done");
    });
    let swept = world.sweep();
    assert_eq!(
        told(&swept).into_iter().collect::<BTreeSet<_>>(),
        [
            "critical unmanaged internet-gateway in payments-prod",
            "critical violated internet-stays-out of payments-prod",
            "critical violated workloads-have-no-edge of payments-prod",
            // Hosts have no public address: what they send that way is lost.
            "high violated paths-exist of payments-prod",
            "medium unmanaged route in payments-prod",
            "medium violated listed-egress-passes of payments-prod",
        ]
        .map(str::to_owned)
        .into()
    );
    let is_about = |one: &&Finding| one.violation.as_ref().is_some_and(|one| one.invariant == "internet-stays-out");
    let sentence = &swept.sweep.findings.iter().find(is_about).expect("told").sentence;
    assert!(sentence.contains(" takes it straight to payments-prod/container/"), "{sentence}");
    world.strangers = Strangers::Removed;
    world.build();
    world.assert_conformant();
}

#[test]
fn an_account_that_nobody_gets_into_is_told_and_the_rest_goes_on() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let log = scene.id("payments-prod/container/flow-log");
    let (payments, orders) = (world.account("payments-prod"), world.account("orders-prod"));
    world.by_hand(&payments, async |by: Console| {
        by.ec2.delete_flow_logs().flow_log_ids(&log).send().await.expect("done");
    });
    world.fault(Kind::Denied, Some(&orders), "DescribeVpcs", 1, u64::MAX);
    let swept = world.sweep();
    assert_eq!(
        told(&swept),
        ["high unreachable orders-prod", "high weakened payments-prod/container/flow-log"],
        "{:#?}",
        swept.sweep.findings
    );
    assert!(swept.sweep.invariants > 0 && !swept.sweep.caveats.is_empty());

    let hub = world.account(HUB);
    world.fault(Kind::Denied, Some(&hub), "DescribeVpcs", 1, u64::MAX);
    let swept = world.sweep();
    assert_eq!(told(&swept).len(), 3);
    assert_eq!(swept.sweep.invariants, 0, "without the hub nothing can be proved, and that is said");
}

#[test]
fn one_account_is_looked_into_with_the_hub_and_nothing_else() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let (log, other) = (scene.id("payments-prod/container/flow-log"), scene.id("orders-prod/container/flow-log"));
    let (payments, orders) = (world.account("payments-prod"), world.account("orders-prod"));
    for (account, log) in [(&payments, &log), (&orders, &other)] {
        world.by_hand(account, async |by: Console| {
            by.ec2.delete_flow_logs().flow_log_ids(log).send().await.expect("done");
        });
    }
    let ask = Ask { only: [Owner::Account(label("payments-prod"))].into(), ..Ask::default() };
    let before = world.exchanges().len();
    let swept = world.sweep_as(&ask);
    assert_eq!(told(&swept), ["high weakened payments-prod/container/flow-log"]);
    let exchanges = world.exchanges();
    let roles = exchanges[before..].iter().filter(|one| one.action == "AssumeRole");
    let roles: Vec<&str> = roles.map(|one| one.request.as_str()).collect();
    assert!(roles.iter().any(|role| role.contains(&payments)) && !roles.iter().any(|role| role.contains(&orders)));
    let read: Vec<String> = swept.sweep.accounts.keys().map(ToString::to_string).collect();
    assert_eq!(read, ["management", "networking", "payments-prod"]);
}

#[test]
fn what_was_never_built_is_one_finding() {
    let mut world = World::new(5);
    let scopes = |swept: &Swept| -> BTreeMap<String, Severity> {
        let findings = swept.sweep.findings.iter();
        findings.map(|one| (one.scope.as_ref().expect("a scope").to_string(), one.severity)).collect()
    };
    let swept = world.sweep();
    assert_eq!(scopes(&swept).len(), swept.sweep.findings.len());
    assert!(scopes(&swept).contains_key("hub") && swept.unbuilt.contains(&Scope::Hub));
    assert_eq!(swept.sweep.invariants, 0);
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    let swept = world.sweep();
    let workloads: BTreeSet<String> = world.workloads().iter().map(ToString::to_string).collect();
    assert_eq!(scopes(&swept).into_keys().collect::<BTreeSet<_>>(), workloads, "{:#?}", told(&swept));
}

#[test]
fn what_is_suppressed_is_counted_and_comes_back() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let log = scene.id("payments-prod/container/flow-log");
    let payments = world.account("payments-prod");
    world.by_hand(&payments, async |by: Console| {
        by.ec2.delete_flow_logs().flow_log_ids(&log).send().await.expect("done");
    });
    let id = world.sweep().sweep.findings[0].id.clone();
    let suppression = |pattern, until: &str| Suppression {
        pattern,
        reason: "agreed".to_owned(),
        until: until.parse().expect("a date"),
        place: format!("suppressions.toml:{until}"),
    };
    let all = |kind, address: Option<&str>| Pattern::All {
        class: Some(Class::Weakened),
        kind: Some(kind),
        account: Some("payments-prod".to_owned()),
        address: address.map(str::to_owned),
    };
    let logs = || all(KindName::FlowLog, Some("payments-prod/*"));
    for (pattern, until, suppressed, notes) in [
        (Pattern::Finding(id.clone()), "9999-12-31", 1, 0),
        (logs(), "9999-12-31", 1, 0),
        (logs(), "2001-01-01", 0, 1),
        (all(KindName::Vpc, None), "9999-12-31", 0, 1),
        (all(KindName::FlowLog, Some("orders-prod/*")), "9999-12-31", 0, 1),
    ] {
        let ask = Ask { suppressions: vec![suppression(pattern.clone(), until)], ..Ask::default() };
        let swept = world.sweep_as(&ask);
        assert_eq!(
            (swept.sweep.suppressed.len(), swept.sweep.findings.len(), swept.notes.len()),
            (suppressed, 1 - suppressed, notes),
            "{pattern:?} {:?}",
            swept.notes
        );
    }
}
