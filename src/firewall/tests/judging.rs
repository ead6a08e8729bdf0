use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::{group, policy, rules};
use crate::firewall::{
    Decider, Decision, DefaultAction, Flow, FlowBox, FlowProtocol, Judge, Judgement, Policy, RuleGroup, RuleOrder,
    StatelessDefault,
};

fn flow(protocol: FlowProtocol, port: u16, domain: Option<&str>) -> Flow<'_> {
    let [source, destination] = [[10, 1, 2, 3], [203, 0, 113, 9]].map(Ipv4Addr::from);
    Flow { source, destination, protocol, source_port: 40_000, port, domain }
}

fn tcp(port: u16, domain: Option<&str>) -> Flow<'_> {
    flow(FlowProtocol::Tcp, port, domain)
}

fn sids(judgement: &Judgement) -> Vec<u32> {
    let sid = |decider: &Decider| if let Decider::Rule { sid, .. } = decider { *sid } else { 0 };
    judgement.by.iter().map(sid).collect()
}

const DOMAINS: &str = "pass tls $HOME_NET any -> $EXTERNAL_NET 443 (tls.sni; content:\"api.example.com\"; startswith; nocase; endswith; flow:to_server, established; sid:1;)
    pass http $HOME_NET any -> $EXTERNAL_NET 80 (http.host; dotprefix; content:\".example.org\"; endswith; sid:2;)
    pass udp $HOME_NET any -> 203.0.113.0/24 53 (sid:3;)";

#[test]
fn a_list_of_domains_passes_those_and_drops_the_rest() {
    use Decision::{Dropped, Inspected, Passed};
    let policy = policy(DOMAINS);
    let cases = [
        (tcp(443, Some("api.example.com")), Passed, vec![1]),
        (tcp(443, Some("API.example.com.")), Passed, vec![1]),
        (tcp(443, Some("www.api.example.com")), Dropped, vec![0]),
        (tcp(80, Some("example.org")), Passed, vec![2]),
        (tcp(80, Some("deep.www.example.org")), Passed, vec![2]),
        (tcp(80, Some("notexample.org")), Dropped, vec![0]),
        (tcp(443, None), Inspected, vec![1, 0]),
        (tcp(8443, Some("api.example.com")), Dropped, vec![0]),
        (flow(FlowProtocol::Udp, 53, None), Passed, vec![3]),
        (flow(FlowProtocol::Udp, 54, None), Dropped, vec![0]),
        (flow(FlowProtocol::Icmp, 0, None), Dropped, vec![0]),
    ];
    for (flow, decision, by) in cases {
        let judgement = policy.judge(&flow);
        assert_eq!((judgement.decision, sids(&judgement)), (decision, by), "{flow:?}: {judgement:?}");
    }
}

#[test]
fn a_home_net_that_leaves_the_workloads_out_matches_nothing() {
    let mut policy = policy(DOMAINS);
    policy.address_variables.insert("HOME_NET".to_owned(), ["100.64.0.0/24".parse().unwrap()].into());
    let judgement = policy.judge(&tcp(443, Some("api.example.com")));
    assert_eq!(judgement.decision, Decision::Dropped);
    assert_eq!(judgement.by, [Decider::Default(DefaultAction::DropEstablished)]);
}

#[test]
fn dropping_strictly_drops_the_handshake_that_a_domain_needs() {
    let mut policy = policy(DOMAINS);
    policy.defaults = [DefaultAction::DropStrict].into();
    assert_eq!(policy.judge(&tcp(443, Some("api.example.com"))).decision, Decision::Dropped);
    assert_eq!(policy.judge(&flow(FlowProtocol::Udp, 53, None)).decision, Decision::Passed);

    let handshake = format!("pass tcp $HOME_NET any <> $EXTERNAL_NET 443 (flow:not_established; sid:9;)\n{DOMAINS}");
    policy.groups[0].rules = rules(&handshake);
    assert_eq!(policy.judge(&tcp(443, Some("api.example.com"))).decision, Decision::Passed);
    assert_eq!(policy.judge(&tcp(443, Some("evil.example"))).decision, Decision::Dropped);
}

#[test]
fn the_first_packet_is_decided_before_what_is_spoken_is_seen() {
    let policy = policy(
        "drop tls any any -> any any (tls.sni; content:\"evil.example\"; startswith; endswith; nocase; sid:1;)
         pass tcp $HOME_NET any -> any 443 (sid:2;)",
    );
    let judgement = policy.judge(&tcp(443, Some("evil.example")));
    assert_eq!((judgement.decision, sids(&judgement)), (Decision::Passed, vec![2]));
}

#[test]
fn a_datagram_shows_what_it_speaks_from_the_first_on() {
    use Decision::{Dropped, Inspected, Passed};
    let udp = |port| flow(FlowProtocol::Udp, port, None);
    let icmp = flow(FlowProtocol::Icmp, 0, None);
    let cases = [
        // Whether the flow is one of these, nobody can tell.
        ("pass dns $HOME_NET any -> any 53 (sid:1;)", udp(53), Inspected, vec![1, 0]),
        ("pass quic $HOME_NET any -> any 443 (sid:1;)", udp(443), Inspected, vec![1, 0]),
        ("pass ntp $HOME_NET any -> any 123 (sid:1;)", udp(123), Inspected, vec![1, 0]),
        ("pass dns any any -> any any (dns.query; content:\"a.example\"; sid:1;)", udp(53), Inspected, vec![1, 0]),
        // Other ports, other protocols, and what is carried by TCP alone.
        ("pass dns $HOME_NET any -> any 53 (sid:1;)", udp(54), Dropped, vec![0]),
        ("pass dns $HOME_NET any -> any any (sid:1;)", icmp, Dropped, vec![0]),
        ("pass ssh $HOME_NET any -> any any (sid:1;)", udp(22), Dropped, vec![0]),
        ("pass tls $HOME_NET any -> any any (sid:1;)", udp(443), Dropped, vec![0]),
        // Both sides have to have sent, and nothing lets the first packet through.
        ("pass dns $HOME_NET any -> any any (flow:established; sid:1;)", udp(53), Dropped, vec![0]),
        // The rules are asked in their order, at the first packet already.
        ("drop dns any any -> any any (sid:1;)\npass udp any any -> any 53 (sid:2;)", udp(53), Inspected, vec![1, 2]),
        ("pass udp any any -> any 53 (sid:2;)\ndrop dns any any -> any any (sid:1;)", udp(53), Passed, vec![2]),
        ("drop udp any any -> any 53 (sid:2;)\npass dns any any -> any any (sid:1;)", udp(53), Dropped, vec![2]),
        // TCP speaks after its handshake, which decides first.
        ("drop dns any any -> any any (sid:1;)\npass tcp any any -> any 53 (sid:2;)", tcp(53, None), Passed, vec![2]),
        ("pass dns $HOME_NET any -> any 53 (sid:1;)", tcp(53, None), Inspected, vec![1, 0]),
    ];
    for (text, flow, decision, by) in cases {
        let policy = policy(text);
        let judgement = policy.judge(&flow);
        assert_eq!((judgement.decision, sids(&judgement)), (decision, by), "{text}\n{flow:?}: {judgement:?}");
        let partition = Judge::new(&policy).partition(&FlowBox::all(flow.protocol));
        let set = match decision {
            Passed => &partition.passed,
            Dropped => &partition.dropped,
            Inspected => &partition.inspected,
        };
        assert!(set.overlaps(&FlowBox::one(&flow)), "{text}\n{flow:?} in {partition:?}");
    }
    let mut strict = policy("pass dns any any -> any any (sid:1;)");
    strict.defaults = [DefaultAction::DropStrict].into();
    assert_eq!(strict.judge(&udp(53)).decision, Inspected);
    assert_eq!(strict.judge(&tcp(53, None)).decision, Dropped);
}

#[test]
fn answers_can_be_dropped_too() {
    let mut policy = policy("drop tcp $EXTERNAL_NET 443 -> $HOME_NET any (sid:1;)");
    policy.defaults = BTreeSet::new();
    assert_eq!(policy.judge(&tcp(443, None)).decision, Decision::Dropped);
    assert_eq!(policy.judge(&tcp(80, None)).decision, Decision::Passed);
}

#[test]
fn what_lz_cannot_judge_is_inspected_only_where_it_would_change_something() {
    let inspected = policy("pass tcp any any -> any 443 (geoip:dst,US; sid:1;)").judge(&tcp(443, None));
    assert_eq!((inspected.decision, sids(&inspected)), (Decision::Inspected, vec![1, 0]));
    let unknown = policy("pass tcp any any -> $PARTNERS 443 (sid:1;)").judge(&tcp(443, None));
    assert_eq!(unknown.decision, Decision::Inspected);
    let dropped = policy("drop tcp any any -> any 443 (geoip:dst,RU; sid:1;)").judge(&tcp(443, None));
    assert_eq!((dropped.decision, sids(&dropped)), (Decision::Dropped, vec![1]));
    let alerted = policy("alert tcp any any -> any 443 (pcre:\"/x/\"; sid:1;)\npass tcp any any -> any 443 (sid:2;)");
    assert_eq!(sids(&alerted.judge(&tcp(443, None))), [2]);
}

#[test]
fn the_order_is_the_policys() {
    let text = "drop tcp any any -> any 443 (sid:1;)\npass tcp any any -> any 443 (sid:2;)";
    let strict = policy(text);
    let by_action = Policy { order: RuleOrder::DefaultAction, defaults: BTreeSet::new(), ..policy(text) };
    assert_eq!(strict.judge(&tcp(443, None)).decision, Decision::Dropped);
    assert_eq!(by_action.judge(&tcp(443, None)).decision, Decision::Passed);
    assert_eq!(by_action.judge(&tcp(80, None)).by, [Decider::NoRule]);
    let stateless = Policy { stateless: StatelessDefault::Pass, ..strict };
    assert_eq!(stateless.judge(&tcp(443, None)).decision, Decision::Passed);
}

#[test]
fn a_groups_own_home_net_is_not_that_of_external_net() {
    let own = [("HOME_NET".to_owned(), ["10.1.0.0/16".parse().unwrap()].into())].into();
    let group = RuleGroup {
        rules: rules("pass tcp $HOME_NET any -> $EXTERNAL_NET 443 (sid:1;)"),
        address_variables: own,
        ..group()
    };
    let policy = Policy { groups: vec![group], ..policy("") };
    assert_eq!(policy.judge(&tcp(443, None)).decision, Decision::Passed);
    let inside = Flow { destination: Ipv4Addr::new(10, 9, 9, 9), ..tcp(443, None) };
    assert_eq!(policy.judge(&inside).decision, Decision::Dropped);
}

fn rule() -> impl Strategy<Value = String> {
    let address =
        prop::sample::select(vec!["any", "$HOME_NET", "$EXTERNAL_NET", "10.1.0.0/16", "!203.0.113.0/24", "$X"]);
    let port = prop::sample::select(vec!["any", "443", "!80", "[80,443]"]);
    let header = (
        prop::sample::select(vec!["pass", "drop", "alert"]),
        prop::sample::select(vec!["ip", "tcp", "udp", "icmp", "tls", "http", "dns", "quic", "ssh"]),
        address.clone(),
        prop::sample::select(vec!["any", "any", "40000"]),
        prop::sample::select(vec!["->", "<>"]),
        address,
        port,
    );
    let options = prop::sample::select(vec![
        "",
        "",
        "flow:to_server;",
        "flow:to_client, established;",
        "flow:not_established;",
        "tls.sni; content:\"a.example\"; startswith; endswith;",
        "geoip:any,US;",
    ]);
    (header, options, 1..1000_u32).prop_map(
        |((action, protocol, source, from, arrow, destination, port), options, sid)| {
            format!("{action} {protocol} {source} {from} {arrow} {destination} {port} ({options} sid:{sid};)")
        },
    )
}

proptest! {
    /// The sets say of every flow what the flow by itself is told.
    #[test]
    fn sets_agree_with_single_flows(
        text in prop::collection::vec(rule(), 0..6),
        strict in any::<bool>(),
        source in prop::sample::select(vec![[10, 1, 2, 3], [10, 2, 2, 3], [203, 0, 113, 9]]),
        destination in prop::sample::select(vec![[10, 1, 2, 3], [203, 0, 113, 9], [198, 51, 100, 1]]),
        protocol in prop::sample::select(FlowProtocol::ALL.to_vec()),
        source_port in prop::sample::select(vec![443, 40_000, 50_000]),
        port in prop::sample::select(vec![80, 443, 53]),
    ) {
        let mut policy = policy(&text.join("\n"));
        if strict {
            policy.defaults = [DefaultAction::DropStrict].into();
        }
        let flow = Flow {
            source: source.into(), destination: destination.into(), protocol, source_port, port, domain: None,
        };
        let judge = Judge::new(&policy);
        let partition = judge.partition(&FlowBox::all(protocol));
        let one = FlowBox::one(&flow);
        let holds = [&partition.passed, &partition.dropped, &partition.inspected].map(|set| set.overlaps(&one));
        let expected = match judge.judge(&flow).decision {
            Decision::Passed => [true, false, false],
            Decision::Dropped => [false, true, false],
            Decision::Inspected => [false, false, true],
        };
        prop_assert_eq!(holds, expected);
    }
}
