use proptest::prelude::*;

use super::rules;
use crate::firewall::{
    Action, AddressMatch, Condition, DomainList, DomainPattern, DomainPlace, PortMatch, Rule, RuleProtocol,
    StatefulRule, UnknownWord, normalise, parse, stateful_rules,
};
use crate::values::Cidr;

#[test]
fn a_rule_is_read_whole() {
    let text = "\n# a comment\npass tls [10.0.0.0/8, !10.1.0.0/16] 1024: -> \\\n  !$HOME_NET [443,8000:8010,!8005] \
                (msg:\"a \\\"quoted\\\" one\\; and more\"; tls.sni; dotprefix; content:\".Example.com\"; nocase; endswith; \
                flow:to_server, established; http.uri; content:\"/x\"; metadata:lz payments-prod.container, tier a; rev:3; sid:7;)\n";
    let read = rules(text);
    let range = |text: &str| AddressMatch::Range(text.parse().unwrap());
    let expected = Rule {
        action: Action::Pass,
        protocol: RuleProtocol::Tls,
        source: AddressMatch::Group(vec![range("10.0.0.0/8"), AddressMatch::Not(Box::new(range("10.1.0.0/16")))]),
        source_ports: PortMatch::Range(1024..=65535),
        both_directions: false,
        destination: AddressMatch::Not(Box::new(AddressMatch::Variable("HOME_NET".to_owned()))),
        destination_ports: PortMatch::Group(vec![
            PortMatch::Range(443..=443),
            PortMatch::Range(8000..=8010),
            PortMatch::Not(Box::new(PortMatch::Range(8005..=8005))),
        ]),
        sid: 7,
        message: Some("a \"quoted\" one; and more".to_owned()),
        metadata: vec!["lz payments-prod.container".to_owned(), "tier a".to_owned()],
        conditions: vec![
            Condition::Domain {
                place: DomainPlace::TlsServerName,
                pattern: DomainPattern::Suffix("example.com".to_owned()),
            },
            Condition::Flow(["to_server", "established"].map(str::to_owned).into()),
            Condition::Other("http.uri".to_owned()),
            Condition::Other("content:\"/x\"".to_owned()),
        ],
        line: 3,
    };
    assert_eq!(read, [expected]);
    assert_eq!(normalise(text).lines().count(), 1);
}

#[test]
fn what_lz_cannot_judge_is_kept_as_written() {
    let patterns = [
        "tls.sni; content:!\"example.com\"; startswith; endswith",
        "tls.sni; content:\"example\"",
        "tls.sni; pcre:\"/ex(a|b)mple$/\"",
        "tls.sni; content:\"a\"; endswith; content:\"b\"; startswith",
        "http.host; content:\"|2e|com\"; endswith",
    ];
    for pattern in patterns {
        let rule = &rules(&format!("drop ip any any -> any any ({pattern}; sid:1;)"))[0];
        assert!(
            rule.conditions.iter().all(|condition| matches!(condition, Condition::Other(_))),
            "{pattern}: {rule:?}"
        );
        assert!(rule.to_string().contains(pattern), "{pattern}: {rule}");
    }
}

#[test]
fn what_aws_refuses_or_no_one_can_read_is_a_fault_with_its_line() {
    let cases = [
        ("pass tcp any any -> any 443 (msg:\"x\";)", "no sid"),
        ("pass tcp any any -> any (sid:1;)", "six"),
        ("allow tcp any any -> any any (sid:1;)", "not an action"),
        ("rejectboth tcp any any -> any any (sid:1;)", "doesn't take the action"),
        ("pass sctp any any -> any any (sid:1;)", "doesn't take the protocol"),
        ("pass tcpp any any -> any any (sid:1;)", "not a protocol"),
        ("pass tcp 10.0.0.1/8 any -> any any (sid:1;)", "host bits"),
        ("pass tcp [10.0.0.0/8 any -> any any (sid:1;)", "not closed"),
        ("pass tcp any 70000 -> any any (sid:1;)", "not a port"),
        ("pass tcp any 90:80 -> any any (sid:1;)", "ends before"),
        ("pass tcp any any <- any any (sid:1;)", "not a direction"),
        ("pass tcp ::/0 any -> any any (sid:1;)", "IPv6"),
        ("pass tcp any any -> any any (sid:1)", "doesn't end in `;`"),
        ("pass tcp any any -> any any (msg:\"a;b\"; sid:1;)", "not closed"),
        ("pass tcp any any -> any any (sid:1; sid:2;)", "two sids"),
        ("pass tcp any any -> any any (sid:0;)", "sid"),
        ("pass tcp any any -> any any (flow:sideways; sid:1;)", "not known"),
        ("pass tcp any any -> any any (priority:1; sid:1;)", "refuses `priority`"),
        ("pass tcp any any -> any any (iprep:any,x,>,1; sid:1;)", "refuses `iprep`"),
        ("pass tcp any any -> any any (threshold:type limit; sid:1;)", "refuses `threshold`"),
        ("pass tcp any any -> any any (xbits:set,x,track ip_src; sid:1;)", "state of hosts"),
        ("pass http any any -> any any (http.host; content:\"Example.com\"; endswith; sid:1;)", "never matches"),
    ];
    for (rule, word) in cases {
        let faults = parse(&format!("# first\n{rule}\npass ip any any -> any any (sid:9;)\n")).unwrap_err();
        assert_eq!(faults.len(), 1, "{rule}: {faults:?}");
        assert_eq!(faults[0].line, 2, "{rule}");
        let six = word == "six" && faults[0].message.contains("6 words");
        assert!(six || faults[0].message.contains(word), "{rule}: {}", faults[0].message);
    }
}

#[test]
fn lists_and_five_fields_become_the_rules_that_aws_makes_of_them() {
    let targets = [".amazon.com", "example.com"].map(str::to_owned);
    let list = DomainList::of_words(&targets, ["TLS_SNI"], "ALLOWLIST").unwrap();
    let published = "pass tls $HOME_NET any -> $EXTERNAL_NET any (ssl_state:client_hello; tls.sni; dotprefix; content:\".amazon.com\"; nocase; endswith; flow:to_server, established; sid:1; rev:1;)
        pass tls $HOME_NET any -> $EXTERNAL_NET any (ssl_state:client_hello; tls.sni; content:\"example.com\"; startswith; nocase; endswith; flow:to_server, established; sid:2; rev:1;)
        drop tls $HOME_NET any -> $EXTERNAL_NET any (ssl_state:client_hello; flow:to_server, established; sid:3; rev:1;)";
    assert_eq!(list.rules(), rules(published));
    let unknown = |field, word: &str| Err(UnknownWord { field, word: word.to_owned() });
    assert_eq!(DomainList::of_words(&targets, ["TLS_SNI"], "LIST"), unknown("GeneratedRulesType", "LIST"));
    assert_eq!(DomainList::of_words(&targets, ["TLS_SNI", "DNS"], "DENYLIST"), unknown("TargetTypes", "DNS"));

    let word = str::to_owned;
    let five = StatefulRule {
        action: word("DROP"),
        protocol: word("HTTP"),
        source: word("$HOME_NET"),
        source_port: word("ANY"),
        direction: word("ANY"),
        destination: word("$EXTERNAL_NET"),
        destination_port: word("ANY"),
        options: vec![(word("msg"), vec![word("\"this\"")]), (word("sid"), vec![word("1234")])],
    };
    let expected = rules("drop http $HOME_NET any <> $EXTERNAL_NET any (msg:\"this\"; sid:1234;)");
    assert_eq!(stateful_rules(&[five]).unwrap(), expected);
}

fn addresses() -> impl Strategy<Value = AddressMatch> {
    let range = (any::<u32>(), 0..=32_u8)
        .prop_map(|(bits, length)| AddressMatch::Range(Cidr::holding(bits.into(), length).unwrap()));
    let variable = "@?[A-Z_]{1,8}".prop_map(AddressMatch::Variable);
    let leaf = prop_oneof![range, variable];
    let some = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| AddressMatch::Not(Box::new(one))),
            prop::collection::vec(inner, 1..3).prop_map(AddressMatch::Group),
        ]
    });
    prop_oneof![Just(AddressMatch::Any), some]
}

fn ports() -> impl Strategy<Value = PortMatch> {
    let leaf = prop_oneof![
        (any::<u16>(), any::<u16>()).prop_map(|(one, two)| PortMatch::Range(one.min(two)..=one.max(two))),
        "[A-Z_]{1,8}".prop_map(PortMatch::Variable),
    ];
    let some = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| PortMatch::Not(Box::new(one))),
            prop::collection::vec(inner, 1..3).prop_map(PortMatch::Group),
        ]
    });
    prop_oneof![Just(PortMatch::Any), some]
}

fn condition() -> impl Strategy<Value = Condition> {
    let name = "[a-z0-9-]{1,5}(\\.[a-z]{2,3}){0,2}";
    let pattern = prop_oneof![
        name.prop_map(DomainPattern::Exact),
        name.prop_map(DomainPattern::Suffix),
        name.prop_map(DomainPattern::Ending),
    ];
    let place = prop_oneof![Just(DomainPlace::TlsServerName), Just(DomainPlace::HttpHost)];
    let flow = prop::sample::subsequence(vec!["to_server", "established", "no_stream"], 1..=3);
    prop_oneof![
        (place, pattern).prop_map(|(place, pattern)| Condition::Domain { place, pattern }),
        flow.prop_map(|words| Condition::Flow(words.into_iter().map(str::to_owned).collect())),
        Just(Condition::TlsClientHello),
        Just(Condition::Other("geoip:dst,RU,!US".to_owned())),
        Just(Condition::Other("dns.query".to_owned())),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let action = prop::sample::select(vec![Action::Pass, Action::Drop, Action::Reject, Action::Alert]);
    let protocol = prop::sample::select(vec![
        RuleProtocol::Ip,
        RuleProtocol::Tcp,
        RuleProtocol::Udp,
        RuleProtocol::Icmp,
        RuleProtocol::Http,
        RuleProtocol::Tls,
        RuleProtocol::Other("dns".to_owned()),
    ]);
    let header = (action, protocol, addresses(), ports(), any::<bool>(), addresses(), ports());
    let message = prop::option::of("[ -~]{1,20}");
    let metadata = prop::collection::vec("[a-z]{1,4} [a-z.-]{1,8}", 0..3);
    let body = (1..u32::MAX, message, metadata, prop::collection::vec(condition(), 0..4));
    (header, body).prop_map(|(header, (sid, message, metadata, conditions))| Rule {
        action: header.0,
        protocol: header.1,
        source: header.2,
        source_ports: header.3,
        both_directions: header.4,
        destination: header.5,
        destination_ports: header.6,
        sid,
        message,
        metadata,
        conditions,
        line: 1,
    })
}

proptest! {
    #[test]
    fn a_rule_reads_back_from_its_text(rule in rule()) {
        let text = rule.to_string();
        prop_assert_eq!(parse(&text).map_err(|faults| TestCaseError::fail(format!("{text}: {faults:?}")))?, vec![rule]);
    }
}
