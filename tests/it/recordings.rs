//! Traces in networks that lz did not build, from the AWS CLI's own output in `tests/recordings/`.

use std::fmt::Write;
use std::path::Path;

use lz::reach::recorded::Recording;
use lz::reach::{Endpoint, Network, Protocol, Trace, trace, worst_verdict};
use lz::snapshot;
use serde_json::{Value, json};

/// A question and what must come of it: from, to, protocol, port, verdict, AWS's codes in the order of the way.
type Case = (&'static str, &'static str, Protocol, u16, &'static str, &'static [&'static str]);

fn recording(name: &str) -> Recording {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name);
    snapshot::read(&folder).unwrap()
}

/// A part of an answer, to be changed.
fn part<'a>(recording: &'a mut Recording, account: &str, command: &str, pointer: &str) -> &'a mut Value {
    let place = recording.places.iter_mut().find(|place| place.account.as_str() == account).unwrap();
    place.answers.get_mut(command).unwrap().pointer_mut(pointer).unwrap()
}

fn ask(network: &Network, from: &str, to: &str, protocol: Protocol, port: u16) -> Vec<Trace> {
    let [from, to] = [from, to].map(|end| Endpoint::named(network, end).unwrap());
    trace(network, &from, &to, protocol, port).unwrap()
}

/// Asks, holds verdicts and codes against what they must be, and tells every hop.
fn story(network: &Network, cases: &[Case]) -> String {
    let mut text = String::new();
    for (from, to, protocol, port, verdict, codes) in cases {
        let traces = ask(network, from, to, *protocol, *port);
        let found: Vec<&str> = traces.iter().flat_map(|one| &one.reasons).map(|reason| reason.code.as_str()).collect();
        let question = format!("{from} → {to}, {protocol:?} {port}");
        assert_eq!((worst_verdict(&traces).as_str(), found.as_slice()), (*verdict, *codes), "{question}: {traces:#?}");
        writeln!(text, "{question}: {verdict}").unwrap();
        for one in &traces {
            for (way, hops) in [("forward", &one.forward), ("return", &one.answer)] {
                for hop in hops {
                    writeln!(text, "  {way}  {} {}: {}", hop.kind.as_str(), network.label(&hop.id), hop.by).unwrap();
                }
            }
            for reason in &one.reasons {
                writeln!(text, "  {} {}: {}", reason.code, network.label(&reason.id), reason.by).unwrap();
            }
        }
    }
    text
}

macro_rules! assert_story {
    ($name:expr, $story:expr) => {
        insta::with_settings!({
            snapshot_path => "../snapshots/recordings",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $story) })
    };
}

/// The documented example of VPC Reachability Analyzer ("Getting started", "Explanation codes").
#[test]
fn the_internet_reaches_an_instance_by_its_public_address() {
    const INSTANCE: &str = "i-0a1b2c3d4e5f60008";
    let mut recording = recording("internet-to-instance");
    let network = recording.network().unwrap();
    assert!(network.caveats.is_empty(), "{:?}", network.caveats);
    let cases: &[Case] = &[
        ("internet", INSTANCE, Protocol::Tcp, 22, "delivered", &[]),
        ("internet", "34.230.71.227", Protocol::Tcp, 22, "delivered", &[]),
        ("internet", INSTANCE, Protocol::Tcp, 443, "dropped", &["SUBNET_ACL_RESTRICTION", "ENI_SG_RULES_MISMATCH"]),
        ("internet", INSTANCE, Protocol::Icmp, 0, "dropped", &["SUBNET_ACL_RESTRICTION", "ENI_SG_RULES_MISMATCH"]),
        ("bastion", "internet", Protocol::Tcp, 443, "delivered", &[]),
        ("bastion", "internet", Protocol::Icmp, 0, "delivered", &[]),
        ("10.0.2.88", "internet", Protocol::Tcp, 443, "dropped", &["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]),
    ];
    assert_story!("internet-to-instance", story(&network, cases));

    let rules = part(&mut recording, "111122223333", "describe-security-groups", "/SecurityGroups/0/IpPermissions");
    rules.as_array_mut().unwrap().remove(0);
    let network = recording.network().unwrap();
    let case = ("internet", INSTANCE, Protocol::Tcp, 22, "dropped", ["ENI_SG_RULES_MISMATCH"].as_slice());
    let told = story(&network, &[case]);
    assert!(
        told.contains("no ingress rule of sg-0a1b2c3d4e5f60006 matches tcp 203.0.113.1:49152 → 10.0.2.87:22"),
        "{told}"
    );
}

#[test]
fn block_public_access_keeps_vpcs_and_the_internet_apart() {
    const ACCOUNT: &str = "111122223333";
    let mut recording = recording("internet-to-instance");
    let cases: &[Case] = &[
        ("internet", "bastion", Protocol::Tcp, 22, "dropped", &["VPC_BLOCK_PUBLIC_ACCESS_ENABLED"; 2]),
        ("bastion", "internet", Protocol::Tcp, 443, "dropped", &["VPC_BLOCK_PUBLIC_ACCESS_ENABLED"; 2]),
    ];
    for mode in ["block-ingress", "block-bidirectional"] {
        *part(&mut recording, ACCOUNT, "describe-vpcs", "/Vpcs/0/BlockPublicAccessStates/InternetGatewayBlockMode") =
            json!(mode);
        story(&recording.network().unwrap(), cases);
    }
    // A subnet that is excluded is not restricted.
    let subnet = part(&mut recording, ACCOUNT, "describe-subnets", "/Subnets/0");
    subnet["BlockPublicAccessStates"] = json!({ "InternetGatewayBlockMode": "off" });
    story(&recording.network().unwrap(), &[("internet", "bastion", Protocol::Tcp, 22, "delivered", &[])]);
}

#[test]
fn peering_carries_packets_between_its_two_vpcs_only() {
    let network = recording("peering").network().unwrap();
    assert!(network.caveats.is_empty(), "{:?}", network.caveats);
    assert_eq!(network.peering_connections.len(), 2, "the deleted and the rejected one are not there");
    let cases: &[Case] = &[
        ("a", "b", Protocol::Tcp, 443, "delivered", &[]),
        ("a", "b", Protocol::Icmp, 0, "delivered", &[]),
        ("b", "a", Protocol::Tcp, 443, "delivered", &[]),
        ("a", "c", Protocol::Tcp, 443, "dropped", &["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]),
        ("c", "b", Protocol::Tcp, 443, "dropped", &["ENI_SG_RULES_MISMATCH"]),
        ("b", "c", Protocol::Tcp, 443, "dropped", &["SG_HAS_NO_RULES"]),
        ("a", "10.66.0.1", Protocol::Tcp, 443, "dropped", &["BAD_STATE_ROUTE"]),
        ("b", "internet", Protocol::Tcp, 443, "dropped", &["NO_ROUTE_TO_DESTINATION"]),
    ];
    assert_story!("peering", story(&network, cases));
}

const HUB: &str = "222233334444";
const INSPECTION_ATTACHMENT: &str = "tgw-attach-0c0000000000000f0";
const VPN_ATTACHMENT: &str = "tgw-attach-0c0000000000000e0";
const DATABASE: &str = "eni-0c00000000000000b";
const LEGACY: &str = "i-0c00000000000000c";
const VIRTUAL_PRIVATE_GATEWAY: &str = "vgw-0c00000000000000c";

#[test]
fn a_shared_transit_gateway_leads_through_an_inspection_vpc() {
    let network = recording("inspected-hub").network().unwrap();
    assert_eq!(network.attachments.len(), 4, "shown by both accounts, and without the deleted and the rejected one");
    assert_eq!(network.transit_gateways.len(), 1);
    let cases: &[Case] = &[
        // Without appliance mode, the answer from another Availability Zone meets another endpoint.
        ("client", DATABASE, Protocol::Tcp, 5432, "asymmetric", &["TGW_ATTACH_VPC_AZ_RESTRICTION"]),
        (
            "client",
            DATABASE,
            Protocol::Tcp,
            22,
            "dropped",
            &["FIREWALL_RULES_RESTRICTION", "ENI_SG_RULES_MISMATCH", "TGW_ATTACH_VPC_AZ_RESTRICTION"],
        ),
        ("client", VPN_ATTACHMENT, Protocol::Tcp, 443, "delivered", &[]),
        ("client", "192.168.7.1", Protocol::Tcp, 8443, "inspected", &["FIREWALL_UNSUPPORTED_RULE_OPTIONS"]),
        ("client", "www.example.com", Protocol::Tcp, 443, "dropped", &["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]),
        (
            "client",
            "example.org",
            Protocol::Tcp,
            443,
            "dropped",
            &["FIREWALL_RULES_RESTRICTION", "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"],
        ),
        (
            "client",
            "10.66.0.5",
            Protocol::Tcp,
            443,
            "dropped",
            &["TGW_RTB_MORE_SPECIFIC_ROUTE", "TGW_RTB_BAD_STATE_ROUTE"],
        ),
        (LEGACY, VIRTUAL_PRIVATE_GATEWAY, Protocol::Tcp, 443, "delivered", &[]),
        (VIRTUAL_PRIVATE_GATEWAY, LEGACY, Protocol::Tcp, 443, "delivered", &[]),
        (VIRTUAL_PRIVATE_GATEWAY, LEGACY, Protocol::Tcp, 22, "dropped", &["ENI_SG_RULES_MISMATCH"]),
        (LEGACY, "client", Protocol::Tcp, 443, "dropped", &["BAD_STATE_ROUTE"]),
    ];
    assert_story!("inspected-hub", story(&network, cases));
}

#[test]
fn appliance_mode_makes_the_answer_meet_the_same_endpoint() {
    let mut recording = recording("inspected-hub");
    let options = "/TransitGatewayVpcAttachments/1/Options/ApplianceModeSupport";
    let attachments = "describe-transit-gateway-vpc-attachments";
    *part(&mut recording, HUB, attachments, options) = json!("enable");
    let attachment =
        part(&mut recording, HUB, attachments, "/TransitGatewayVpcAttachments/1/TransitGatewayAttachmentId");
    assert_eq!(attachment, INSPECTION_ATTACHMENT);
    let network = recording.network().unwrap();
    let told = story(&network, &[("client", DATABASE, Protocol::Tcp, 5432, "delivered", &[])]);
    assert_eq!(told.matches("firewall-endpoint inspection in euw1-az1 (vpce-0c000000000000f11)").count(), 2, "{told}");
}

#[test]
fn without_the_owner_of_a_transit_gateway_its_routes_are_unknown() {
    let mut recording = recording("inspected-hub");
    recording.places.retain(|place| place.account.as_str() != HUB);
    let network = recording.network().unwrap();
    let case = ("client", DATABASE, Protocol::Tcp, 5432, "inspected", ["TGW_RTB_ROUTES_ARE_UNKNOWN"].as_slice());
    story(&network, &[case]);
}

#[test]
fn what_is_not_recorded_is_said_and_what_is_malformed_is_named() {
    let mut recording = recording("inspected-hub");
    for place in &mut recording.places {
        place.answers.remove("describe-instances");
        place.answers.remove("describe-firewall.inspection");
    }
    let caveats = recording.network().unwrap().caveats;
    let said: Vec<&str> = caveats.iter().map(String::as_str).collect();
    assert_eq!(
        said,
        [
            "no answer, taken for empty: describe-instances of 222233334444 in eu-west-1, 333344445555 in eu-west-1",
            "the firewall inspection is not recorded: what it does is not known",
        ]
    );
    let list = "/RuleGroup/RulesSource/RulesSourceList/GeneratedRulesType";
    *part(&mut recording, HUB, "describe-rule-group.names", list) = json!("WISHLIST");
    let error = recording.network().unwrap_err().to_string();
    let named =
        "222233334444/eu-west-1/describe-rule-group.names.json: a domain list's GeneratedRulesType is `WISHLIST`";
    assert!(error.starts_with(named), "{error}");
    *part(&mut recording, HUB, "describe-vpcs", "/Vpcs/0/CidrBlockAssociationSet/0/CidrBlock") = json!("10.100.0.0/33");
    let error = recording.network().unwrap_err().to_string();
    assert!(error.starts_with("222233334444/eu-west-1/describe-vpcs.json: `10.100.0.0/33`"), "{error}");
    *part(&mut recording, HUB, "describe-vpcs", "/Vpcs") = json!("none");
    let error = recording.network().unwrap_err().to_string();
    assert!(error.starts_with("222233334444/eu-west-1/describe-vpcs.json: invalid type"), "{error}");
}
