//! Stacks: templates with their parameters filled in, resource by resource.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{AvailabilityZone, NetworkName};
use crate::property::Property;
use crate::schema::ResourceType;
use crate::values::Label;

/// A stack's name in the zone: `payments-prod/queues`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StackName {
    /// The account that its resources are in.
    pub account: Label,
    /// Its name in that account.
    pub stack: Label,
}

impl fmt::Display for StackName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}/{}", self.account, self.stack))
    }
}

impl Serialize for StackName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stack {
    /// Its name.
    pub name: StackName,
    /// The template's name, such as `queues` of `blueprints/queues.yaml`.
    pub template: String,
    /// The workload whose scope it is of, where it is in the networking account and not of the hub's scope.
    pub workload: Option<Label>,
    /// Its resources, by logical id. Those whose condition is false are none.
    pub resources: BTreeMap<String, StackMember>,
    /// What it tells others, by name.
    pub outputs: BTreeMap<String, Property<StackTarget>>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackMember {
    /// Its type.
    #[serde(serialize_with = "crate::schema::written::serialize")]
    pub rules: Arc<ResourceType>,
    /// What the template declares.
    pub properties: BTreeMap<String, Property<StackTarget>>,
    /// What must be there first besides what its properties refer to, by logical id.
    pub after: BTreeSet<String>,
    /// What becomes of it when nothing asks for it any more.
    pub deletion: StackDeletion,
    /// True where it stays when another one takes its place (CloudFormation user guide, "UpdateReplacePolicy attribute").
    pub keeps_replaced: bool,
}

/// What becomes of a resource when its template no longer asks for it (CloudFormation user guide, "DeletionPolicy
/// attribute").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StackDeletion {
    /// It is deleted.
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the run that made it is rolled back.
    RetainExceptOnCreate,
    /// It is deleted, and AWS keeps a snapshot of what it held.
    Snapshot,
}

/// What an expression of a stack refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackTarget {
    /// A resource of a stack.
    Resource {
        /// The stack.
        stack: StackName,
        /// The resource's logical id.
        logical_id: String,
    },
    /// The account: what it gives is its id.
    Account(Label),
    /// The account that calls, in a single-account zone: what it gives is its id.
    Caller,
    /// A VPC.
    Vpc(NetworkName),
    /// A subnet of a VPC.
    Subnet {
        /// The VPC.
        network: NetworkName,
        /// The tier.
        tier: Label,
        /// The Availability Zone.
        zone: AvailabilityZone,
    },
    /// The security group of a VPC's interface endpoints.
    EndpointGroup(NetworkName),
}
