//! The keys of a VPC's blueprint.

use super::{BlueprintKind, DESTINATION, LABEL, LABELS, NAME, PREFIX_LENGTH, dhcp_options, firewall};
use crate::config::declaration::{Defaulted, Fallback, Key, Keys, Optional, REQUIRED, Required, default};
use crate::config::shape::{Flag, List, Named, Nested, NestedApart, Number, Parsed, Tables, Variants, Words};
use crate::config::vpc_blueprint::{Destination, EndpointWord, Via};
use crate::values::Label;

/// The whole file.
pub(in crate::config) static VPC: Keys = Keys::of(&[
    &KIND,
    &PREFIX_LENGTH_OF_VPC,
    &INTERNET_GATEWAY,
    &ATTACHMENT,
    &TIERS,
    &ENDPOINTS,
    &FIREWALL,
    &DHCP_OPTIONS,
]);

pub(in crate::config) static KIND: Key<Required, Words<BlueprintKind>> = Key {
    name: "kind",
    presence: REQUIRED,
    shape: Words { words: &[("vpc", BlueprintKind::Vpc)], refused: &[] },
    example: r#"kind = "vpc""#,
    line: "this is the blueprint of a VPC",
    rule: "",
};

pub(in crate::config) static PREFIX_LENGTH_OF_VPC: Key<Required, Number<u8>> = Key {
    name: "prefix_length",
    presence: REQUIRED,
    shape: PREFIX_LENGTH,
    example: "prefix_length = 22",
    line: "the VPC's size",
    rule: "",
};

pub(in crate::config) static INTERNET_GATEWAY: Key<Defaulted, Flag> = Key {
    name: "internet_gateway",
    presence: default(Fallback::Flag(false)),
    shape: Flag,
    example: "internet_gateway = true",
    line: "an internet gateway, for VPCs of the networking account",
    rule: "",
};

pub(in crate::config) static ATTACHMENT: Key<Optional, Nested> = Key {
    name: "attachment",
    presence: Optional("none: not attached"),
    shape: Nested(&Keys::of(&[&TIER_OF_ATTACHMENT, &APPLIANCE_MODE])),
    example: "[attachment]",
    line: "to the transit gateway",
    rule: "",
};

pub(in crate::config) static TIER_OF_ATTACHMENT: Key<Required, Parsed<Label>> = Key {
    name: "tier",
    presence: Required("required in the table"),
    shape: LABEL,
    example: r#"tier = "transit""#,
    line: "the tier that holds the attachment's interfaces",
    rule: "",
};

pub(in crate::config) static APPLIANCE_MODE: Key<Defaulted, Flag> = Key {
    name: "appliance_mode",
    presence: default(Fallback::Flag(false)),
    shape: Flag,
    example: "appliance_mode = true",
    line: "keep both directions of a flow in one Availability Zone",
    rule: "",
};

pub(in crate::config) static TIERS: Key<Required, Named<Nested>> = Key {
    name: "tiers",
    presence: Required("at least one"),
    shape: Named { placeholder: "NAME", noun: "", example: "[tiers.private]", pattern: NAME, of: Nested(&TIER) },
    example: "[tiers.private]",
    line: "one subnet and one route table in each Availability Zone",
    rule: "",
};

/// A tier's table.
pub(in crate::config) static TIER: Keys = Keys::of(&[&PREFIX_LENGTH_OF_TIER, &NAT_GATEWAY, &FIREWALL_OF_TIER, &ROUTES]);

pub(in crate::config) static PREFIX_LENGTH_OF_TIER: Key<Required, Number<u8>> = Key {
    name: "prefix_length",
    presence: REQUIRED,
    shape: PREFIX_LENGTH,
    example: "prefix_length = 24",
    line: "the size of each subnet; all tiers in all zones fit into the VPC",
    rule: "",
};

pub(in crate::config) static NAT_GATEWAY: Key<Defaulted, Flag> = Key {
    name: "nat_gateway",
    presence: default(Fallback::Flag(false)),
    shape: Flag,
    example: "nat_gateway = true",
    line: "a NAT gateway, with an Elastic IP address, in each subnet; the tier's default route must lead to the internet \
           gateway",
    rule: "",
};

pub(in crate::config) static FIREWALL_OF_TIER: Key<Defaulted, Flag> = Key {
    name: "firewall",
    presence: default(Fallback::Flag(false)),
    shape: Flag,
    example: "firewall = true",
    line: "an endpoint of the VPC's firewall in each subnet, and nothing else: no NAT gateway, attachment or interface \
           endpoint",
    rule: "One tier at most",
};

pub(in crate::config) static ROUTES: Key<Defaulted, Tables> = Key {
    name: "routes",
    presence: default(Fallback::Texts(&[])),
    shape: Tables { noun: "list of `{ to, via }`", keys: &ROUTE },
    example: r#"routes = [{ to = "0.0.0.0/0", via = "transit-gateway" }]"#,
    line: "one route per destination, 500 at most",
    rule: "",
};

/// A route.
pub(in crate::config) static ROUTE: Keys = Keys::of(&[&TO, &VIA]);

pub(in crate::config) static TO: Key<Required, Parsed<Destination>> = Key {
    name: "to",
    presence: REQUIRED,
    shape: DESTINATION,
    example: r#"to = "0.0.0.0/0""#,
    line: "a block, `workloads`, `hub` (the supernets) or `vpc` (the VPC's own range)",
    rule: "",
};

pub(in crate::config) static VIA: Key<Required, Words<Via>> = Key {
    name: "via",
    presence: REQUIRED,
    shape: Words {
        words: &[
            ("transit-gateway", Via::TransitGateway),
            ("nat", Via::Nat),
            ("internet-gateway", Via::InternetGateway),
            ("firewall", Via::Firewall),
            ("local", Via::Local),
        ],
        refused: &[(
            "blackhole",
            "a VPC's route cannot be a blackhole: AWS has them in transit gateway route tables only",
            "leave the route out, or put a blackhole into a table of the transit gateway's blueprint",
        )],
    },
    example: r#"via = "transit-gateway""#,
    line: "where the route leads: the transit gateway; the NAT gateway or the firewall's endpoint of the same Availability \
           Zone; the VPC's internet gateway; or `local`, inside the VPC",
    rule: "",
};

pub(in crate::config) static ENDPOINTS: Key<Optional, Named<Variants>> = Key {
    name: "endpoints",
    presence: Optional("none"),
    shape: Named {
        placeholder: "SERVICE",
        noun: "",
        example: r#"[endpoints."ecr.api"]"#,
        pattern: "^[a-z0-9._-]+$",
        of: Variants { key: &TYPE, of: &[("gateway", &GATEWAY_ENDPOINT), ("interface", &INTERFACE_ENDPOINT)] },
    },
    example: "[endpoints.s3]",
    line: "SERVICE is what follows the region in the service's name: `s3`, `\"ecr.api\"` (quoted, for its dot)",
    rule: "",
};

/// A gateway endpoint's table.
pub(in crate::config) static GATEWAY_ENDPOINT: Keys = Keys::of(&[&TYPE, &TIERS_OF_ENDPOINT]);

/// An interface endpoint's table.
pub(in crate::config) static INTERFACE_ENDPOINT: Keys = Keys::of(&[&TYPE, &TIER_OF_ENDPOINT, &PRIVATE_DNS]);

pub(in crate::config) static TYPE: Key<Required, Words<EndpointWord>> = Key {
    name: "type",
    presence: REQUIRED,
    shape: Words { words: &[("gateway", EndpointWord::Gateway), ("interface", EndpointWord::Interface)], refused: &[] },
    example: r#"type = "interface""#,
    line: "gateway for `s3` and `dynamodb`, interface for all others; at most 50 interface endpoints in a VPC",
    rule: "",
};

pub(in crate::config) static TIERS_OF_ENDPOINT: Key<Required, List<Parsed<Label>>> = Key {
    name: "tiers",
    presence: Required("required for gateway"),
    shape: LABELS,
    example: r#"tiers = ["private"]"#,
    line: "the tiers whose route tables get the route",
    rule: "",
};

pub(in crate::config) static TIER_OF_ENDPOINT: Key<Required, Parsed<Label>> = Key {
    name: "tier",
    presence: Required("required for interface"),
    shape: LABEL,
    example: r#"tier = "private""#,
    line: "the tier that holds an interface in each zone",
    rule: "",
};

pub(in crate::config) static PRIVATE_DNS: Key<Defaulted, Flag> = Key {
    name: "private_dns",
    presence: Defaulted { value: Fallback::Flag(true), words: "for interface" },
    shape: Flag,
    example: "private_dns = true",
    line: "the service's own name resolves to the endpoint",
    rule: "",
};

pub(in crate::config) static FIREWALL: Key<Optional, NestedApart> = Key {
    name: "firewall",
    presence: Optional("none"),
    shape: NestedApart(&firewall::FIREWALL),
    example: "[firewall]",
    line: "Network Firewall; [below](#the-firewall)",
    rule: "One VPC of the zone at most, of the networking account",
};

pub(in crate::config) static DHCP_OPTIONS: Key<Optional, Nested> = Key {
    name: "dhcp_options",
    presence: Optional("none: what AWS tells"),
    shape: Nested(&dhcp_options::DHCP_OPTIONS),
    example: "[dhcp_options]",
    line: "what hosts learn with their addresses; at least one key",
    rule: "AWS changes no option set: another one is made and used, and the old one goes",
};
