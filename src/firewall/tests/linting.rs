use super::rules;
use crate::firewall::{LintContext, RuleFile, lint};

/// The faults of one file, each as its line and message.
fn faults(text: &str) -> Vec<String> {
    let rules = rules(text);
    let context = LintContext {
        address_variables: [("HOME_NET".to_owned(), ["10.0.0.0/8".parse().unwrap()].into())].into(),
        reserved_sids: Some(1_000_000_000..=u32::MAX),
    };
    let file = RuleFile { name: "egress.rules", rules: &rules, capacity: Some(3) };
    lint(&[file], &context).iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect()
}

#[test]
fn rules_that_never_decide_are_told_with_those_that_do() {
    let cases = [
        // One that holds all of it, and two that do together.
        (
            "drop tcp any any -> any any (sid:1;)\npass tcp 10.1.0.0/16 any -> any 443 (sid:2;)",
            "2: the rule with sid 2 is never asked: sid 1 (egress.rules:1) decides first",
        ),
        (
            "drop tcp any any -> any :1023 (sid:1;)\ndrop ip any any -> any 1024: (sid:2;)\npass tcp any any -> any [443,8443] (sid:3;)",
            "3: the rule with sid 3 is never asked: sid 1 (egress.rules:1), sid 2 (egress.rules:2) decides first",
        ),
        // A wider domain.
        (
            "pass tls any any -> any any (tls.sni; dotprefix; content:\".example.com\"; endswith; sid:1;)\ndrop tls any any -> any any (tls.sni; content:\"x.example.com\"; startswith; endswith; sid:2;)",
            "2: the rule with sid 2 is never asked: sid 1 (egress.rules:1) decides first",
        ),
        // The handshake, though it stands later.
        (
            "drop tls any any -> any any (tls.sni; content:\"evil.example\"; startswith; endswith; sid:1;)\npass tcp any any -> any any (sid:2;)",
            "1: the rule with sid 1 is never asked: sid 2 (egress.rules:2) decides first",
        ),
        (
            "pass udp any any -> any any (sid:1;)\ndrop quic any any -> any any (flow:to_server; sid:2;)\npass tcp any any -> any any (sid:3;)",
            "2: the rule with sid 2 is never asked: sid 1 (egress.rules:1), sid 3 (egress.rules:3) decides first",
        ),
        ("pass tcp [10.0.0.0/16,!10.0.0.0/8] any -> any any (sid:1;)", "1: the rule with sid 1 matches nothing"),
        (
            "pass tls any any -> any any (tls.sni; content:\"a\"; endswith; flow:to_client; sid:1;)",
            "1: the rule with sid 1 matches nothing",
        ),
        (
            "pass tcp $HOME_NET any -> any 1 (sid:1;)\npass tcp $EXTERNAL_NET any -> any 1 (sid:1;)",
            "2: sid 1 is taken by egress.rules:1",
        ),
        (
            "pass tcp any any -> any 1 (sid:1000000001;)",
            "1: sid 1000000001 is among those that are kept for workloads' rules",
        ),
        (
            "pass tcp any any -> any 1 (sid:1;)\npass tcp any any -> any 2 (sid:2;)\npass tcp any any -> any 3 (sid:3;)\npass tcp any any -> any 4 (sid:4;)",
            "1: 4 rules are more than the capacity of 3",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(faults(text), [expected], "{text}");
    }
}

#[test]
fn rules_that_may_still_decide_are_left_alone() {
    let cases = [
        // Not all of it, not surely, only logged, other addresses, only the handshake's packets.
        "drop tcp any any -> any :1023 (sid:1;)\npass tcp any any -> any [443,8443] (sid:2;)",
        "drop tcp any any -> any any (geoip:any,RU; sid:1;)\npass tcp any any -> any 443 (sid:2;)",
        "alert tcp any any -> any any (sid:1;)\npass tcp any any -> any 443 (sid:2;)",
        "drop tcp $HOME_NET any -> any any (sid:1;)\npass tcp $EXTERNAL_NET any -> any 443 (sid:2;)",
        "pass tcp any any <> any any (flow:not_established; sid:1;)\npass tls any any -> any 443 (tls.sni; content:\"a\"; endswith; sid:2;)",
        "drop tcp any any -> $PARTNERS any (sid:1;)\npass tcp any any -> 192.0.2.0/24 443 (sid:2;)",
        "drop tls any any -> any any (tls.sni; content:\"b.a\"; startswith; endswith; sid:1;)\npass tls any any -> any any (tls.sni; dotprefix; content:\".a\"; endswith; sid:2;)",
        // A datagram shows what it speaks at once.
        "drop dns any any -> any any (sid:1;)\npass udp any any -> any any (sid:2;)",
    ];
    for text in cases {
        assert_eq!(faults(text), Vec::<String>::new(), "{text}");
    }
}
