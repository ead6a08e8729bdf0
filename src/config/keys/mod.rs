//! The keys of all files, each declared once: name, presence, type, example, and what people read of it.
//!
//! A key's line and its rule are the last column of `docs/zone-files.md`, and its description in editors.

pub(super) mod account;
pub(super) mod dhcp_options;
pub(super) mod firewall;
pub(super) mod invariants;
pub(super) mod stack;
pub(super) mod suppressions;
pub(super) mod transit_gateway;
pub(super) mod vpc;
pub(super) mod zone;

use std::marker::PhantomData;

use super::declaration::{Key, REQUIRED, Required};
use super::shape::{List, Number, Parsed, Variants, Words};
use super::vpc_blueprint::Destination;
use crate::values::{Cidr, Label};
use crate::zone::UnitPath;

/// The form of names, as `Label` has it.
const NAME: &str = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$";

/// The form of a CIDR block.
const BLOCK: &str = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$";

/// A name.
const LABEL: Parsed<Label> = parsed("name", Some(NAME));

/// A list of names.
const LABELS: List<Parsed<Label>> = List { noun: "list of names", of: LABEL };

/// A CIDR block.
const CIDR: Parsed<Cidr> = parsed("block", Some(BLOCK));

/// A path of organizational units.
const UNIT: Parsed<UnitPath> = parsed("path", Some("^[^/]{1,128}(/[^/]{1,128}){0,4}$"));

/// Paths of organizational units.
const UNITS: List<Parsed<UnitPath>> = List { noun: "list of paths", of: UNIT };

/// A VPC's or subnet's prefix length (VPC user guide, "VPC CIDR blocks": `/16` to `/28`).
const PREFIX_LENGTH: Number<u8> = Number {
    noun: "",
    first: 16,
    last: 28,
    meaning: "the prefix length of a VPC or a subnet in AWS",
    among: None,
    marker: PhantomData,
};

/// Where a route of a VPC leads.
const DESTINATION: Parsed<Destination> = Parsed {
    noun: "destination",
    pattern: Some(BLOCK),
    words: || vec!["workloads", "hub", "vpc"],
    marker: PhantomData,
};

const fn parsed<T>(noun: &'static str, pattern: Option<&'static str>) -> Parsed<T> {
    Parsed { noun, pattern, words: Vec::new, marker: PhantomData }
}

/// What a blueprint is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlueprintKind {
    Vpc,
    TransitGateway,
}

/// The key that says which keys a blueprint has.
pub(super) static KIND: Key<Required, Words<BlueprintKind>> = Key {
    name: "kind",
    presence: REQUIRED,
    shape: Words {
        words: &[("vpc", BlueprintKind::Vpc), ("transit-gateway", BlueprintKind::TransitGateway)],
        refused: &[],
    },
    example: r#"kind = "vpc""#,
    line: "what the blueprint is of, which decides on its keys",
    rule: "",
};

/// A blueprint.
pub(super) const BLUEPRINT: Variants =
    Variants { key: &KIND, of: &[("vpc", &vpc::VPC), ("transit-gateway", &transit_gateway::TRANSIT_GATEWAY)] };
