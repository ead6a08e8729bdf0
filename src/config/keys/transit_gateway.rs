//! The keys of a blueprint of the transit gateway's tables.

use super::{BlueprintKind, DESTINATION, LABEL, NAME};
use crate::config::declaration::{Defaulted, Fallback, Key, Keys, REQUIRED, Required, default};
use crate::config::shape::{Flag, List, Named, Nested, Parsed, Tables, Words};
use crate::config::vpc_blueprint::Destination;
use crate::values::Label;

/// The whole file.
pub(in crate::config) static TRANSIT_GATEWAY: Keys = Keys::of(&[&KIND, &ISOLATES_SEGMENTS, &TABLES]);

pub(in crate::config) static KIND: Key<Required, Words<BlueprintKind>> = Key {
    name: "kind",
    presence: REQUIRED,
    shape: Words { words: &[("transit-gateway", BlueprintKind::TransitGateway)], refused: &[] },
    example: r#"kind = "transit-gateway""#,
    line: "this is the blueprint of a transit gateway's tables",
    rule: "",
};

pub(in crate::config) static ISOLATES_SEGMENTS: Key<Defaulted, Flag> = Key {
    name: "isolates_segments",
    presence: default(Fallback::Flag(false)),
    shape: Flag,
    example: "isolates_segments = true",
    line: "what the tables are for: workloads of different segments never reach each other",
    rule: "",
};

pub(in crate::config) static TABLES: Key<Required, Named<Nested>> = Key {
    name: "tables",
    presence: REQUIRED,
    shape: Named { placeholder: "NAME", noun: "", example: "[tables.main]", pattern: NAME, of: Nested(&TABLE) },
    example: "[tables.main]",
    line: "a route table",
    rule: "",
};

/// A route table.
pub(in crate::config) static TABLE: Keys = Keys::of(&[&PER_SEGMENT, &ASSOCIATES, &PROPAGATES_FROM, &ROUTES]);

pub(in crate::config) static PER_SEGMENT: Key<Defaulted, Flag> = Key {
    name: "per_segment",
    presence: default(Fallback::Flag(false)),
    shape: Flag,
    example: "per_segment = true",
    line: "one table for each segment, named `NAME-SEGMENT` (40 characters together)",
    rule: "",
};

const WORDS: List<Parsed<Label>> = List { noun: "list of words", of: LABEL };

pub(in crate::config) static ASSOCIATES: Key<Required, List<Parsed<Label>>> = Key {
    name: "associates",
    presence: REQUIRED,
    shape: WORDS,
    example: r#"associates = ["all"]"#,
    line: "the VPCs whose packets it routes",
    rule: "Every attached VPC is in exactly one table's list",
};

pub(in crate::config) static PROPAGATES_FROM: Key<Defaulted, List<Parsed<Label>>> = Key {
    name: "propagates_from",
    presence: default(Fallback::Texts(&[])),
    shape: WORDS,
    example: r#"propagates_from = ["workloads"]"#,
    line: "the VPCs whose ranges it learns",
    rule: "",
};

pub(in crate::config) static ROUTES: Key<Defaulted, Tables> = Key {
    name: "routes",
    presence: default(Fallback::Texts(&[])),
    shape: Tables { noun: "list of `{ to, via }`", keys: &ROUTE },
    example: r#"routes = [{ to = "0.0.0.0/0", via = "egress" }]"#,
    line: "static routes, one per destination",
    rule: "",
};

/// A static route.
pub(in crate::config) static ROUTE: Keys = Keys::of(&[&TO, &VIA]);

pub(in crate::config) static TO: Key<Required, Parsed<Destination>> = Key {
    name: "to",
    presence: REQUIRED,
    shape: DESTINATION,
    example: r#"to = "0.0.0.0/0""#,
    line: "a block, `workloads` or `hub`",
    rule: "",
};

pub(in crate::config) static VIA: Key<Required, Parsed<Label>> = Key {
    name: "via",
    presence: REQUIRED,
    shape: LABEL,
    example: r#"via = "egress""#,
    line: "a network of the networking account, or `blackhole`",
    rule: "",
};
