//! A sweep made by hand: a finding of every class, with texts that every format has to escape.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::graph::Address;
use crate::kinds::transit_gateway_attachment::TransitGatewayAttachmentField;
use crate::kinds::{KindName, Owner, Scope};
use crate::plan::{Attribute, AttributeChange};
use crate::reach::network::Protocol;
use crate::reach::prove::{Violation, Witness};
use crate::sweep::{Class, Control, Finding, FindingId, Remedy, Severity, Standard, Sweep};
use crate::text::escape;
use crate::values::{AccountId, Label, Region};

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn finding(number: u32, class: Class, severity: Severity, owner: &str) -> Finding {
    let id = match owner {
        "networking" => Some(AccountId::parse("222222222222").unwrap()),
        "payments-prod" => Some(AccountId::parse("333333333333").unwrap()),
        _ => None,
    };
    Finding {
        // By way of its text, as a document has it: only a sweep makes ids.
        id: serde_json::from_value::<FindingId>(json!(format!("lz-{number:012x}"))).unwrap(),
        class,
        severity,
        owner: Owner::Account(label(owner)),
        account: id,
        scope: Some(Scope::Hub),
        address: None,
        kind: None,
        aws_id: None,
        console: None,
        sentence: String::new(),
        attributes: Vec::new(),
        violation: None,
        by: None,
        remedy: Remedy::Command("lz sweep --repair".to_owned()),
        controls: BTreeSet::new(),
    }
}

/// A finding of every class, and one that is suppressed.
pub fn sweep() -> Sweep {
    let control = |standard, id: &str| Control { standard, id: id.to_owned() };
    let findings = vec![
        Finding {
            violation: Some(Violation {
                invariant: "egress-inspected".to_owned(),
                sentence: "what leaves payments-prod is not inspected".to_owned(),
                at: Some("networking/egress/firewall-tier/az1/routes".into()),
                tables: Vec::new(),
                witness: Some(Witness {
                    subnet: Some("payments-prod/container/app/az1/subnet".into()),
                    source: Ipv4Addr::new(10, 32, 0, 5),
                    destination: Ipv4Addr::new(203, 0, 113, 1),
                    protocol: Protocol::Tcp,
                    port: 443,
                    domain: Some("bücher.example".to_owned()),
                }),
            }),
            scope: Some(Scope::Workload(label("payments-prod"))),
            sentence: "what leaves payments-prod is not inspected: \"rtb-0a\" & <others> lead it\npast the firewall".into(),
            controls: [control(Standard::Nist80053, "SC-7"), control(Standard::CisAwsFoundations, "5.2")].into(),
            ..finding(1, Class::Violated, Severity::Critical, "networking")
        },
        Finding {
            address: Some(Address::parse("networking/tgw/attachments/egress").unwrap()),
            kind: Some(KindName::TransitGatewayAttachment),
            aws_id: Some("tgw-attach-0123456789abcdef0".to_owned()),
            sentence: "appliance mode is off".to_owned(),
            attributes: vec![AttributeChange {
                attribute: TransitGatewayAttachmentField::appliance_mode.into(),
                from: json!(false),
                to: json!(true),
            }],
            ..finding(2, Class::Weakened, Severity::High, "networking")
        },
        Finding {
            kind: Some(KindName::Vpc),
            aws_id: Some("vpc-0123456789abcdef0".to_owned()),
            console: Some("https://eu-west-1.console.aws.amazon.com/vpcconsole/home?region=eu-west-1#VpcDetails:VpcId=vpc-0123456789abcdef0".to_owned()),
            scope: None,
            sentence: "nobody asked for the VPC 'Büro \\ test'\u{7}".to_owned(),
            remedy: Remedy::Manual("ask who made it; then delete it".to_owned()),
            controls: [control(Standard::AwsFoundationalSecurityBestPractices, "EC2.2")].into(),
            ..finding(3, Class::Unmanaged, Severity::Medium, "payments-prod")
        },
        Finding {
            address: Some(Address::parse("networking/egress/public/az1/nat").unwrap()),
            kind: Some(KindName::NatGateway),
            sentence: "it is not there".to_owned(),
            ..finding(4, Class::Missing, Severity::Medium, "networking")
        },
        Finding {
            address: Some(Address::parse("payments-prod/container/vpc").unwrap()),
            kind: Some(KindName::Vpc),
            aws_id: Some("vpc-0fedcba9876543210".to_owned()),
            scope: Some(Scope::Workload(label("payments-prod"))),
            sentence: "DNS hostnames are off".to_owned(),
            attributes: vec![AttributeChange {
                attribute: Attribute::Tags,
                from: json!({ "owner": "<b>\"x\" & y</b>" }),
                to: json!({}),
            }],
            ..finding(5, Class::Changed, Severity::Low, "payments-prod")
        },
        Finding {
            scope: Some(Scope::Workload(label("orders-prod"))),
            sentence: "orders-prod could not be read: sts:AssumeRole was denied".to_owned(),
            remedy: Remedy::Manual("give the role back".to_owned()),
            ..finding(6, Class::Unreachable, Severity::High, "orders-prod")
        },
    ];
    let suppressed = Finding {
        kind: Some(KindName::Route),
        aws_id: Some("rtb-0123456789abcdef0/192.0.2.0/24".to_owned()),
        sentence: "nobody asked for the route to 192.0.2.0/24".to_owned(),
        ..finding(7, Class::Unmanaged, Severity::High, "networking")
    };
    let account = |id: &str| AccountId::parse(id).unwrap();
    Sweep {
        zone: label("acme"),
        region: Region::parse("eu-west-1").unwrap(),
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
        accounts: BTreeMap::from([
            (Owner::Management, account("111111111111")),
            (Owner::Account(label("networking")), account("222222222222")),
            (Owner::Account(label("payments-prod")), account("333333333333")),
        ]),
        conformant: 412,
        invariants: 9,
        findings,
        suppressed: vec![(suppressed, "a test range, until <June>".to_owned())],
        caveats: BTreeSet::from(["a VPN connection is not modelled".to_owned()]),
    }
}

/// A sweep that found nothing.
pub fn clean() -> Sweep {
    Sweep { findings: Vec::new(), suppressed: Vec::new(), caveats: BTreeSet::new(), ..sweep() }
}

/// What a tag may hold that means something to a terminal, a CI server, XML, JSON or a page.
pub const FORGED: &str = "x\r\nNo changes: all 9 resources are as the files say.\n::error::forged\n##[error]##vso[task.complete]\
    \u{1b}[2K\u{9b}31m\u{85}\u{7f}\u{0}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{feff}<script>&amp;]]>\"'\\[a](https://example.com)";

/// A sweep in which every text that AWS or people name is forged.
pub fn forged() -> Sweep {
    let mut sweep = sweep();
    for finding in sweep.findings.iter_mut().chain(sweep.suppressed.iter_mut().map(|(finding, _)| finding)) {
        finding.sentence = FORGED.to_owned();
        finding.aws_id = Some(FORGED.to_owned());
        finding.console = Some(FORGED.to_owned());
        finding.remedy = Remedy::Manual(FORGED.to_owned());
        let (from, to) = (json!({ FORGED: FORGED }), json!([FORGED]));
        finding.attributes = vec![AttributeChange { attribute: Attribute::Tags, from, to }];
        if let Some(violation) = &mut finding.violation {
            violation.sentence = FORGED.to_owned();
            violation.at = Some(FORGED.into());
            if let Some(witness) = &mut violation.witness {
                witness.subnet = Some(FORGED.into());
                witness.domain = Some(FORGED.to_owned());
            }
        }
    }
    for (_, reason) in &mut sweep.suppressed {
        *reason = FORGED.to_owned();
    }
    sweep.caveats.insert(FORGED.to_owned());
    sweep
}

/// Panics where a text holds what a terminal obeys or hides, or a line that is forged.
pub fn check(text: &str) {
    let raw = |one: &char| *one != '\n' && escape(&one.to_string()) != one.to_string();
    assert_eq!(text.chars().find(raw), None, "{text}");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::") && !line.trim_start().starts_with("No changes"), "{line}");
        assert!(!line.contains("##[") && !line.contains("##vso["), "{line}");
    }
}
