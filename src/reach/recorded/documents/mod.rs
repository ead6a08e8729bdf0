//! The AWS CLI's answers, as far as they decide about packets. What else an answer holds is passed over when it is read.
//!
//! Field names are the service models' own (`botocore`), so that `aws ec2 describe-vpcs > describe-vpcs.json` is such a
//! document. A list that is absent is empty, as the CLI leaves out nothing that AWS answers.

mod firewall;
mod gateway;
mod network;
mod transit_gateway;

use serde::{Deserialize, Serialize};

pub use firewall::*;
pub use gateway::*;
pub use network::*;
pub use transit_gateway::*;

/// Declares structs whose fields are named as in AWS's models.
macro_rules! documents {
    ($($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty,)+ })+) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(rename_all = "PascalCase", default)]
            pub struct $name {
                $(
                    $(#[$field_about])*
                    #[doc = concat!("`", stringify!($field), "`, in AWS's own spelling.")]
                    #[serde(skip_serializing_if = "super::is_absent")]
                    pub $field: $type,
                )+
            }
        )+
    };
}
pub(crate) use documents;

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A state that AWS wraps in an object of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct State {
    /// The state.
    pub state: String,
}

/// What a field is when AWS has not answered it: the CLI leaves such a field out.
pub trait Absent {
    /// True where it is.
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}
impl<T> Absent for Vec<T> {
    // An empty list is an answer: the CLI prints `[]`.
    fn is_absent(&self) -> bool {
        false
    }
}
impl<K, V> Absent for std::collections::BTreeMap<K, V> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
impl Absent for String {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
impl Absent for bool {
    fn is_absent(&self) -> bool {
        false
    }
}
impl Absent for i32 {
    fn is_absent(&self) -> bool {
        false
    }
}

fn is_absent<T: Absent>(field: &T) -> bool {
    field.is_absent()
}
