//! Why something is changed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::change::Attribute;
use crate::graph::Address;
use crate::kinds::Field;
use crate::values::Label;

/// Why something is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Reason {
    /// It is not there.
    Absent,
    /// The account that it is in does not exist.
    NoAccount {
        /// The account.
        account: Label,
    },
    /// The one that is there is on its way out.
    BeingDeleted,
    /// AWS gave up on the one that is there.
    Failed {
        /// AWS's own message.
        message: String,
    },
    /// It differs in what AWS can change.
    Differs {
        /// The attributes.
        attributes: Vec<Attribute>,
    },
    /// It differs in what AWS can't change.
    Immutable {
        /// The attributes.
        attributes: Vec<Attribute>,
    },
    /// Something that it refers to is replaced.
    Follows {
        /// The attribute that refers to it.
        attribute: Field,
    },
    /// It leads through another Availability Zone for a while.
    LedRound {
        /// The NAT gateway that is made anew.
        gateway: Address,
    },
    /// The files stopped asking for it.
    NoLongerWanted,
    /// It is inside something that goes.
    Inside {
        /// What goes.
        parent: Address,
    },
    /// Another one of its address is kept.
    Duplicate {
        /// The address.
        of: Address,
        /// The id of the one that is kept.
        kept: String,
        /// Why that one.
        grounds: String,
    },
    /// It is inside a duplicate.
    InsideDuplicate {
        /// The address.
        of: Address,
        /// The duplicate's id.
        id: String,
    },
    /// Nobody asked for it, and removals are allowed.
    NobodyAsked {
        /// What it is inside of.
        parent: Address,
    },
    /// A run is rolled back.
    RolledBack {
        /// The run.
        run: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("not there yet"),
            Self::NoAccount { account } => write!(formatter, "account {account} does not exist yet"),
            Self::BeingDeleted => formatter.write_str("the one that is there is being deleted"),
            Self::Failed { message } => write!(formatter, "it has failed: {message}"),
            Self::Differs { attributes } => write!(formatter, "{} differs", names(attributes, ", ")),
            Self::Immutable { attributes } => write!(formatter, "AWS can't change {}", names(attributes, " and ")),
            Self::Follows { attribute } => write!(formatter, "its {attribute} is replaced"),
            Self::LedRound { gateway } => {
                write!(formatter, "it leads through another Availability Zone while {gateway} is replaced")
            }
            Self::NoLongerWanted => formatter.write_str("the files no longer ask for it"),
            Self::Inside { parent } => write!(formatter, "it is inside {parent}, which goes"),
            Self::Duplicate { of, kept, grounds } => {
                write!(formatter, "duplicate of {of}: {kept} is kept, since {grounds}")
            }
            Self::InsideDuplicate { of, id } => write!(formatter, "it is inside {id}, a duplicate of {of}"),
            Self::NobodyAsked { parent } => write!(formatter, "nobody asked for it inside {parent}"),
            Self::RolledBack { run } => write!(formatter, "run {run} is rolled back"),
        }
    }
}

fn names(attributes: &[Attribute], between: &str) -> String {
    attributes.iter().map(Attribute::name).collect::<Vec<_>>().join(between)
}
