//! The keys of a statement in `invariants.toml`.

use std::marker::PhantomData;

use super::NAME;
use crate::config::declaration::{Key, Keys, Optional, REQUIRED, Required};
use crate::config::egress_table::{PROTOCOLS, ProtocolWord};
use crate::config::invariants_file::PlaceSpec;
use crate::config::shape::{List, Named, Nested, Parsed, Ports, Words};
use crate::zone::Waypoint;

/// The whole file.
pub(in crate::config) const INVARIANTS: Named<Nested> =
    Named { placeholder: "NAME", noun: "", example: "[nobody-speaks-smtp]", pattern: NAME, of: Nested(&STATEMENT) };

/// A statement.
pub(in crate::config) static STATEMENT: Keys = Keys::of(&[&FROM, &TO, &MUST, &MUST_NOT, &THROUGH, &PROTOCOL, &PORTS]);

const PLACE: Parsed<PlaceSpec> = Parsed { noun: "place", pattern: None, words: Vec::new, marker: PhantomData };

pub(in crate::config) static FROM: Key<Required, Parsed<PlaceSpec>> = Key {
    name: "from",
    presence: REQUIRED,
    shape: PLACE,
    example: r#"from = "workloads""#,
    line: "where the packets come from",
    rule: "No domain; a block shares addresses with `addresses.workloads` or `addresses.hub` of `lz.toml`",
};

pub(in crate::config) static TO: Key<Required, Parsed<PlaceSpec>> = Key {
    name: "to",
    presence: REQUIRED,
    shape: PLACE,
    example: r#"to = "internet""#,
    line: "where they go",
    rule: "Not the one VPC or tier that `from` names; not `internet` or a domain where `from` is `internet`",
};

pub(in crate::config) static MUST: Key<Optional, Words<()>> = Key {
    name: "must",
    presence: Optional(""),
    shape: Words { words: &[("reach", ())], refused: &[] },
    example: r#"must = "reach""#,
    line: "each packet arrives, and its answer comes back",
    rule: "",
};

pub(in crate::config) static MUST_NOT: Key<Optional, Words<()>> = Key {
    name: "must_not",
    presence: Optional(""),
    shape: Words { words: &[("reach", ())], refused: &[] },
    example: r#"must_not = "reach""#,
    line: "none arrives",
    rule: "Neither with `must` nor with `through`",
};

pub(in crate::config) static THROUGH: Key<Optional, Words<Waypoint>> = Key {
    name: "through",
    presence: Optional(""),
    shape: Words {
        words: &[
            ("firewall", Waypoint::Firewall),
            ("nat", Waypoint::NatGateway),
            ("transit-gateway", Waypoint::TransitGateway),
        ],
        refused: &[],
    },
    example: r#"through = "firewall""#,
    line: "what packets and answers pass",
    rule: "With `must`: each arrives, and passes it; alone: each that arrives passes it",
};

pub(in crate::config) static PROTOCOL: Key<Optional, Words<ProtocolWord>> = Key {
    name: "protocol",
    presence: Optional("all"),
    shape: Words { words: &PROTOCOLS, refused: &[] },
    example: r#"protocol = "tcp""#,
    line: "which packets the statement is about",
    rule: "",
};

pub(in crate::config) static PORTS: Key<Optional, List<Ports>> = Key {
    name: "ports",
    presence: Optional("all"),
    shape: List { noun: r#"list of ports: `[443, "8000-8100"]`"#, of: Ports },
    example: r#"ports = [443, "8000-8100"]"#,
    line: "destination ports, each entry once; with `protocol` `\"tcp\"` or `\"udp\"`",
    rule: "",
};
