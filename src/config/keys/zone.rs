//! The keys of `lz.toml`.

use std::marker::PhantomData;

use super::{CIDR, LABEL, LABELS, UNITS, parsed};
use crate::config::declaration::{Defaulted, Fallback, Key, Keys, Optional, REQUIRED, Required, default};
use crate::config::shape::{Flag, List, Named, Nested, Number, NumberRule, Parsed, Text, TextRule, WordOr, Words};
use crate::config::suppressions_file;
use crate::config::zone_file::LayoutWord;
use crate::values::{Cidr, Label, Region, ZoneId};
use crate::zone::{Traffic, UnitPath};

/// The whole file.
pub(in crate::config) static ZONE: Keys = Keys {
    own: &[
        &NAME,
        &REGION,
        &AVAILABILITY_ZONES,
        &LAYOUT,
        &SEGMENTS,
        &ADDRESSES,
        &ORGANIZATION,
        &TRANSIT_GATEWAY,
        &TAGS,
        &FLOW_LOGS,
    ],
    over: None,
    // These stand in files of their own; their settings from the environment and options are read with them.
    elsewhere: &["accounts", "blueprints", "invariants", suppressions_file::ROOT],
};

pub(in crate::config) static NAME: Key<Required, Parsed<Label>> = Key {
    name: "name",
    presence: REQUIRED,
    shape: LABEL,
    example: r#"name = "acme""#,
    line: "the tag `lz:zone`, by which lz finds its resources",
    rule: "Under another name the zone is another zone",
};

pub(in crate::config) static REGION: Key<Required, Parsed<Region>> = Key {
    name: "region",
    presence: REQUIRED,
    shape: Parsed { noun: "text", pattern: None, words: Region::known, marker: PhantomData },
    example: r#"region = "eu-west-1""#,
    line: "a region of the `aws` partition that lz knows, such as `eu-west-1`",
    rule: "",
};

pub(in crate::config) static AVAILABILITY_ZONES: Key<Required, List<Parsed<ZoneId>>> = Key {
    name: "availability_zones",
    presence: REQUIRED,
    shape: List { noun: "list of zone ids", of: parsed("zone id", Some("^[a-z]{2,4}[0-9]-az[0-9]{1,3}$")) },
    example: r#"availability_zones = ["euw1-az1", "euw1-az2"]"#,
    line: "at least two, of the region, each once; `euw1-az1`, not `eu-west-1a`",
    rule: "They become `az1`, `az2` … by their order, which `lz.lock` pins: new ones at the end",
};

pub(in crate::config) static LAYOUT: Key<Defaulted, Words<LayoutWord>> = Key {
    name: "layout",
    presence: default(Fallback::Text("organization")),
    shape: Words {
        words: &[("organization", LayoutWord::Organization), ("single-account", LayoutWord::SingleAccount)],
        refused: &[],
    },
    example: r#"layout = "organization""#,
    line: "one AWS account per file, or all VPCs in the caller's account",
    rule: "",
};

pub(in crate::config) static SEGMENTS: Key<Required, List<Parsed<Label>>> = Key {
    name: "segments",
    presence: REQUIRED,
    shape: LABELS,
    example: r#"segments = ["prod", "dev"]"#,
    line: "the groups of workloads",
    rule: "Each once; not the name of a network of the networking account",
};

pub(in crate::config) static ADDRESSES: Key<Required, Nested> = Key {
    name: "addresses",
    presence: REQUIRED,
    shape: Nested(&Keys::of(&[&WORKLOADS, &HUB])),
    example: "[addresses]",
    line: "where VPCs get their ranges",
    rule: "",
};

pub(in crate::config) static WORKLOADS: Key<Required, Parsed<Cidr>> = Key {
    name: "workloads",
    presence: REQUIRED,
    shape: CIDR,
    example: r#"workloads = "10.32.0.0/11""#,
    line: "the supernet of all workloads' VPCs",
    rule: "Private: inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10",
};

pub(in crate::config) static HUB: Key<Required, Parsed<Cidr>> = Key {
    name: "hub",
    presence: REQUIRED,
    shape: CIDR,
    example: r#"hub = "10.16.0.0/16""#,
    line: "the supernet of the networking account's VPCs",
    rule: "Private; shares no address with `workloads`",
};

pub(in crate::config) static ORGANIZATION: Key<Defaulted, Nested> = Key {
    name: "organization",
    presence: default(Fallback::Table),
    shape: Nested(&Keys::of(&[&ROLE, &EXTERNAL_ID, &UNITS_OF_ZONE, &SHARE_WITH])),
    example: "[organization]",
    line: "says nothing in a single-account zone",
    rule: "",
};

/// True where a text has only letters, digits and these.
fn is_made_of(text: &str, more: &str) -> bool {
    text.chars().all(|one| one.is_ascii_alphanumeric() || more.contains(one))
}

/// A role's name as IAM takes it (Organizations API reference, CreateAccount). The default is the one that Organizations creates
/// in a vended account when it is given no other name.
pub(in crate::config) static ROLE: Key<Defaulted, Text> = Key {
    name: "role",
    presence: default(Fallback::Text("OrganizationAccountAccessRole")),
    shape: Text {
        noun: "text",
        rule: Some(TextRule {
            legal: |text| (1..=64).contains(&text.len()) && is_made_of(text, "_+=,.@-"),
            problem: "is not a role's name",
            hint: "give the name alone, not the ARN: 1 to 64 of A-Z a-z 0-9 _+=,.@-",
            pattern: "^[A-Za-z0-9_+=,.@-]{1,64}$",
        }),
    },
    example: r#"role = "OrganizationAccountAccessRole""#,
    line: "a role's name (not its ARN): 1 to 64 of `A-Z a-z 0-9 _+=,.@-`",
    rule: "lz assumes it in every account, and vends accounts with it",
};

/// An external id as STS takes it (STS API reference, AssumeRole).
pub(in crate::config) static EXTERNAL_ID: Key<Optional, Text> = Key {
    name: "external_id",
    presence: Optional("none"),
    shape: Text {
        noun: "text",
        rule: Some(TextRule {
            legal: |text| (2..=1224).contains(&text.len()) && is_made_of(text, "_+=,.@:/-"),
            problem: "is not an external id",
            hint: "it is 2 to 1,224 of A-Z a-z 0-9 _+=,.@:/-",
            pattern: "^[A-Za-z0-9_+=,.@:/-]{2,1224}$",
        }),
    },
    example: r#"external_id = "acme-landing-zone""#,
    line: "what lz says to be let into the role: 2 to 1,224 of `A-Z a-z 0-9 _+=,.@:/-`",
    rule: "",
};

pub(in crate::config) static UNITS_OF_ZONE: Key<Defaulted, List<Parsed<UnitPath>>> = Key {
    name: "units",
    presence: default(Fallback::Texts(&[])),
    shape: UNITS,
    example: r#"units = ["Workloads/Prod"]"#,
    line: "organizational units, such as `Workloads/Prod`",
    rule: "Names of 1 to 128 characters, five levels at most, each once; the units above are implied",
};

pub(in crate::config) static SHARE_WITH: Key<Defaulted, WordOr<List<Parsed<UnitPath>>>> = Key {
    name: "share_with",
    presence: default(Fallback::Text("organization")),
    shape: WordOr { word: "organization", other: UNITS, noun: "a list of paths" },
    example: r#"share_with = ["Workloads"]"#,
    line: "who may attach to the transit gateway; never anybody outside the organization",
    rule: "The units must be listed or implied",
};

pub(in crate::config) static TRANSIT_GATEWAY: Key<Defaulted, Nested> = Key {
    name: "transit_gateway",
    presence: default(Fallback::Table),
    shape: Nested(&Keys::of(&[&TOPOLOGY, &AMAZON_SIDE_ASN, &AUTO_ACCEPT_SHARED_ATTACHMENTS])),
    example: "[transit_gateway]",
    line: "what connects the VPCs",
    rule: "",
};

pub(in crate::config) static TOPOLOGY: Key<Defaulted, Parsed<Label>> = Key {
    name: "topology",
    presence: default(Fallback::Text("segmented")),
    shape: LABEL,
    example: r#"topology = "segmented""#,
    line: "a blueprint with `kind = \"transit-gateway\"`",
    rule: "",
};

/// The private ranges of RFC 6996, the only ones that CreateTransitGateway takes (EC2 API reference). The default is AWS's own.
pub(in crate::config) static AMAZON_SIDE_ASN: Key<Defaulted, Number<u32>> = Key {
    name: "amazon_side_asn",
    presence: default(Fallback::Number(64_512)),
    shape: Number {
        noun: "number",
        first: 1,
        last: u32::MAX,
        meaning: "an autonomous system number",
        among: Some(NumberRule {
            parts: &[(64_512, 65_534), (4_200_000_000, 4_294_967_294)],
            refusal: |number| {
                let problem = format!("{number} is not a private autonomous system number");
                (problem, "AWS takes 64512 to 65534 and 4200000000 to 4294967294".to_owned())
            },
        }),
        marker: PhantomData,
    },
    example: "amazon_side_asn = 64512",
    line: "the gateway's own autonomous system number: 64512 to 65534, or 4200000000 to 4294967294",
    rule: "",
};

pub(in crate::config) static AUTO_ACCEPT_SHARED_ATTACHMENTS: Key<Defaulted, Flag> = Key {
    name: "auto_accept_shared_attachments",
    presence: default(Fallback::Flag(true)),
    shape: Flag,
    example: "auto_accept_shared_attachments = true",
    line: "`false`: lz accepts each attachment itself",
    rule: "",
};

/// Tags as every service that lz tags takes them (Organizations API reference, Tag; EC2 user guide, "Tag restrictions").
pub(in crate::config) static TAGS: Key<Optional, Named<Text>> = Key {
    name: "tags",
    presence: Optional("none"),
    shape: Named {
        placeholder: "KEY",
        noun: "texts",
        example: r#"owner = "platform""#,
        pattern: "^.{1,128}$",
        of: Text {
            noun: "text",
            rule: Some(TextRule {
                legal: |text| text.chars().count() <= 256 && text.chars().all(is_of_tags),
                problem: "is not a tag's value that AWS takes",
                hint: "it is up to 256 letters, digits, spaces and _.:/=+-@",
                pattern: "^.{0,256}$",
            }),
        },
    },
    example: "[tags]",
    line: "on every resource that takes tags",
    rule: "Keys: 1 to 128 letters, digits, spaces and `_.:/=+-@`, not starting with `aws:` or `lz:`. Values: up to 256 of the \
           same. 40 at most",
};

/// True for what a tag's key and value are made of.
pub(in crate::config) fn is_of_tags(one: char) -> bool {
    one.is_alphanumeric() || " _.:/=+-@".contains(one)
}

pub(in crate::config) static FLOW_LOGS: Key<Optional, Nested> = Key {
    name: "flow_logs",
    presence: Optional("none: no flow logs"),
    shape: Nested(&Keys::of(&[&BUCKET_ARN, &TRAFFIC])),
    example: "[flow_logs]",
    line: "of every VPC, to S3",
    rule: "",
};

pub(in crate::config) static BUCKET_ARN: Key<Required, Text> = Key {
    name: "bucket_arn",
    presence: Required("required in the table"),
    shape: Text {
        noun: "text",
        rule: Some(TextRule {
            legal: |text| {
                let bucket = text.strip_prefix("arn:aws:s3:::").map(|rest| rest.split('/').next().unwrap_or(""));
                bucket.is_some_and(|name| (3..=63).contains(&name.len()))
            },
            problem: "is not an S3 bucket's ARN",
            hint: "one looks like arn:aws:s3:::acme-flow-logs or …/folder/",
            pattern: "^arn:aws:s3:::[^/]{3,63}(/.*)?$",
        }),
    },
    example: r#"bucket_arn = "arn:aws:s3:::acme-flow-logs""#,
    line: "`arn:aws:s3:::BUCKET` or `…/FOLDER/`",
    rule: "The bucket exists, and its policy lets `delivery.logs.amazonaws.com` write",
};

pub(in crate::config) static TRAFFIC: Key<Defaulted, Words<Traffic>> = Key {
    name: "traffic",
    presence: default(Fallback::Text("all")),
    shape: Words {
        words: &[("all", Traffic::All), ("accept", Traffic::Accept), ("reject", Traffic::Reject)],
        refused: &[],
    },
    example: r#"traffic = "all""#,
    line: "which packets are logged: all, those that were let through, those that were not",
    rule: "",
};
