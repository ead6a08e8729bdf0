//! Resources of stacks: one kind for all types that AWS Cloud Control makes, changes and deletes.
//!
//! What is true of a type stands in its schema ([`crate::schema`]), which each specification carries. Cloud Control works on
//! requests: making, changing and deleting give a request at once, and whoever waits looks at that. An id here is a type with
//! what identifies the resource, or with the request that makes it ([`StackResourceId`]).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{FieldMarks, Fields, KeyPart, Mark};
use super::{Calls, Identity, Kind, Observed, Spec, Specification, Tagging, Task, Timing, View, caller_address};
use crate::cloud::{AccountCloud, CallError, Operation, Service};
use crate::graph::AnyRef;
use crate::property::{Asked, Property};
use crate::schema::{PatchOperation, ResourceType};

/// A resource of a stack. AWS Cloud Control makes it, and its type's schema says what is true of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackResource {
    /// Its type's schema.
    #[serde(with = "crate::schema::written")]
    pub rules: Arc<ResourceType>,
    /// Its properties: what the template declares, or what AWS shows.
    pub properties: BTreeMap<String, Property<AnyRef>>,
    /// What becomes of it when nothing asks for it any more.
    pub deletion: DeletionPolicy,
    /// True where it stays when another one takes its place. Of one that AWS shows nothing is known.
    pub keeps_replaced: bool,
}

/// What becomes of a resource when its template no longer asks for it (CloudFormation user guide, "DeletionPolicy
/// attribute").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub enum DeletionPolicy {
    /// It is deleted.
    #[default]
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the run that made it is rolled back.
    RetainExceptOnCreate,
    /// It is deleted, and AWS keeps a snapshot of what it held.
    Snapshot,
}

impl DeletionPolicy {
    /// Its name in templates and in the tag.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Retain => "Retain",
            Self::RetainExceptOnCreate => "RetainExceptOnCreate",
            Self::Snapshot => "Snapshot",
        }
    }

    /// The policy of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Delete, Self::Retain, Self::RetainExceptOnCreate, Self::Snapshot]
            .into_iter()
            .find(|policy| policy.as_str() == name)
    }

    /// True where it stays when nothing asks for it any more.
    #[must_use]
    pub fn retains(self) -> bool {
        matches!(self, Self::Retain | Self::RetainExceptOnCreate)
    }
}

/// The tag of AWS's that says which CloudFormation stack made a resource. Such a one is that stack's (Cloud Control API user
/// guide, "Updating a resource").
pub const TAG_CLOUD_FORMATION: &str = "aws:cloudformation:stack-id";

/// The tag that remembers a resource's policy when its template is gone.
pub const TAG_DELETION: &str = "lz:deletion-policy";

/// The name of [`StackResource::deletion`] among the fields.
const DELETION: &str = "DeletionPolicy";

/// A property of a stack's resource, by its name in the schema.
#[derive(Debug, Clone)]
pub struct StackProperty {
    name: String,
    /// True where this difference means replacement: AWS can't change what differs in it.
    is_immutable: bool,
}

impl StackProperty {
    /// A property of a name, which AWS can change.
    #[must_use]
    pub fn mutable(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_immutable: false }
    }
}

// What a property is called is what it is. That a difference in it means replacement is said of the difference.
impl PartialEq for StackProperty {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for StackProperty {}

impl PartialOrd for StackProperty {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StackProperty {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name.cmp(&other.name)
    }
}

impl FieldMarks for StackProperty {
    fn all() -> Vec<Self> {
        Vec::new()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is(&self, mark: Mark) -> bool {
        mark == Mark::Immutable && self.is_immutable
    }

    fn named(name: &str) -> Option<Self> {
        Some(Self::mutable(name))
    }
}

impl Fields for StackResource {
    type Field = StackProperty;

    const DOC: &'static str =
        " A resource of a stack. AWS Cloud Control makes it, and its type's schema says what is true of it.";

    fn fields(&self) -> Vec<StackProperty> {
        let create_only = self.rules.create_only_properties();
        let is_immutable = |name: &String| create_only.contains(name.as_str());
        let property = |name: &String| StackProperty { name: name.clone(), is_immutable: is_immutable(name) };
        let deletion = StackProperty::mutable(DELETION);
        self.properties.keys().map(property).chain([deletion]).collect()
    }

    /// What differs in what is declared here. What AWS shows besides is no difference, and neither is what can't be read back.
    fn differences(&self, other: &Self) -> Vec<StackProperty> {
        if self.rules.name() != other.rules.name() {
            let all = self.fields().into_iter();
            return all.map(|property| StackProperty { is_immutable: true, ..property }).collect();
        }
        let mut found: BTreeMap<String, bool> = BTreeMap::new();
        for (name, declared) in &self.properties {
            let there = other.properties.get(name);
            // An expression is what is there where it refers to the same; else its value is not known.
            if there == Some(declared) {
                continue;
            }
            for difference in self.rules.compare(name, declared, there.and_then(Property::json).as_ref()) {
                *found.entry(name.clone()).or_default() |= difference.replaces;
            }
        }
        if self.deletion != other.deletion && self.rules.tagging().is_some() {
            found.insert(DELETION.to_owned(), false);
        }
        found.into_iter().map(|(name, is_immutable)| StackProperty { name, is_immutable }).collect()
    }

    fn value(&self, field: &StackProperty) -> Value {
        if field.name == DELETION {
            return self.deletion.as_str().into();
        }
        self.properties.get(&field.name).map(Property::document).unwrap_or_default()
    }

    fn visit(&self, visitor: &mut dyn FnMut(&StackProperty, &AnyRef)) {
        let fields: BTreeMap<String, StackProperty> =
            self.fields().into_iter().map(|field| (field.name.clone(), field)).collect();
        for (name, value) in &self.properties {
            if let Some(field) = fields.get(name) {
                value.visit(&mut |reference, _| {
                    // The account that calls is there whatever is made.
                    if reference.as_address() != Some(&caller_address()) {
                        visitor(field, reference);
                    }
                });
            }
        }
    }

    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
        for value in self.properties.values_mut() {
            let taken = std::mem::replace(value, Property::Null);
            *value = taken.map(&mut |one| replacement(&one).unwrap_or(one));
        }
    }

    fn key(&self) -> Vec<KeyPart> {
        Vec::new()
    }
}

impl Specification for StackResource {
    const NAME: &'static str = "stack-resource";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(15, 15, 15);
    const TAGGING: Tagging = Tagging::CloudControl;
    const CALLS: Calls = Calls::new(&["CreateResource"], &["UpdateResource"], &["DeleteResource"]);
    const OPERATIONS: &'static [Operation] = &[CREATE, UPDATE, DELETE, GET, LIST, REQUEST_STATUS, TAGGED];
}

pub(super) const CREATE: Operation = Service::CloudControl.idempotent("CreateResource");
pub(super) const UPDATE: Operation = Service::CloudControl.idempotent("UpdateResource");
pub(super) const DELETE: Operation = Service::CloudControl.delete("DeleteResource");
pub(super) const GET: Operation = Service::CloudControl.read("GetResource");
pub(super) const LIST: Operation = Service::CloudControl.read("ListResources");
pub(super) const REQUEST_STATUS: Operation = Service::CloudControl.read("GetResourceRequestStatus");
pub(super) const TAGGED: Operation = Service::Tagging.read("GetResources");

/// What lz calls a stack's resource by: its type with its primary identifier, or with the request that makes it.
///
/// As text it is `AWS::SQS::Queue|https://…`, or `AWS::SQS::Queue||` with the request's token. No identifier is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StackResourceId {
    /// Its type.
    pub type_name: String,
    /// What tells it from others of its type.
    pub of: IdentifiedBy,
}

/// What tells a resource from others of its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentifiedBy {
    /// Its primary identifier, as Cloud Control takes it.
    Identifier(String),
    /// The token of a request that makes, changes or deletes it.
    Request(String),
}

impl StackResourceId {
    /// One that is there.
    #[must_use]
    pub fn identifier(type_name: &str, identifier: &str) -> Self {
        Self { type_name: type_name.to_owned(), of: IdentifiedBy::Identifier(identifier.to_owned()) }
    }

    /// One that AWS is at work on.
    #[must_use]
    pub fn request(type_name: &str, token: &str) -> Self {
        Self { type_name: type_name.to_owned(), of: IdentifiedBy::Request(token.to_owned()) }
    }

    /// Reads an id. None where it is no stack resource's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (type_name, rest) = text.split_once('|')?;
        if !type_name.contains("::") || rest.is_empty() {
            return None;
        }
        Some(match rest.strip_prefix('|') {
            Some(token) => Self::request(type_name, token),
            None => Self::identifier(type_name, rest),
        })
    }

    /// True for a request's id.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(self.of, IdentifiedBy::Request(_))
    }
}

impl fmt::Display for StackResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            IdentifiedBy::Identifier(identifier) => write!(formatter, "{}|{identifier}", self.type_name),
            IdentifiedBy::Request(token) => write!(formatter, "{}||{token}", self.type_name),
        }
    }
}

impl StackResource {
    /// The type's name, such as `AWS::SQS::Queue`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        self.rules.name()
    }

    /// The id that it will have, where what is declared says it: its primary identifier is declared and known.
    #[must_use]
    pub fn expected_id(&self) -> Option<StackResourceId> {
        let identifier = self.rules.identifier_of(&Value::Object(self.literals()))?;
        Some(StackResourceId::identifier(self.type_name(), &identifier))
    }

    /// The properties that are known.
    fn literals(&self) -> Map<String, Value> {
        self.properties.iter().filter_map(|(name, value)| Some((name.clone(), value.json()?))).collect()
    }

    /// What an expression asks of it, where AWS shows it. A secret is never told.
    #[must_use]
    pub fn answer(&self, identifier: &str, asked: Asked<'_>) -> Option<Value> {
        match asked {
            Asked::Id => Some(self.rules.ref_value(identifier)),
            Asked::Attribute(path) => {
                let mut names = path.split('.');
                let mut found = self.properties.get(names.next()?)?.json()?;
                for name in names {
                    found = found.get_mut(name)?.take();
                }
                Some(found)
            }
        }
    }

    /// The same with what is known of others put in for the expressions that ask for it.
    #[must_use]
    pub fn filled(&self, known: &mut dyn FnMut(&AnyRef, Asked<'_>) -> Option<Value>) -> Self {
        let properties = self.properties.iter().map(|(name, value)| (name.clone(), value.resolve(known))).collect();
        Self { properties, ..self.clone() }
    }

    /// This one, which AWS shows, with a declared expression wherever its value is what AWS shows.
    #[must_use]
    pub fn written_as(&self, declared: &Self, known: &mut dyn FnMut(&AnyRef, Asked<'_>) -> Option<Value>) -> Self {
        let mut written = self.clone();
        if self.type_name() != declared.type_name() {
            return written;
        }
        for (name, value) in &declared.properties {
            if value.json().is_some() {
                continue;
            }
            let filled = value.resolve(known);
            let there = self.properties.get(name).and_then(Property::json);
            let is_same = filled.json().is_some() && self.rules.compare(name, &filled, there.as_ref()).is_empty();
            if is_same {
                written.properties.insert(name.clone(), value.clone());
            }
        }
        written
    }

    /// How long AWS may take to make, change or delete one, by its schema. Cloud Control's own limit is 36 hours; a session's
    /// credentials last a day, so that lz waits no longer than 20 hours (Cloud Control API user guide, "Managing resource
    /// operation requests").
    #[must_use]
    pub fn patience(&self) -> Duration {
        const LONGEST: Duration = Duration::from_secs(20 * 3600);
        self.rules.longest_timeout().min(LONGEST)
    }

    /// How long AWS usually takes.
    #[must_use]
    pub fn timing(&self) -> Timing {
        let slow = SLOW.iter().find(|(name, _)| *name == self.type_name());
        slow.map_or(<Self as Specification>::TIMING, |(_, timing)| *timing)
    }

    /// True for what holds data that is gone with it: it goes only where removals are allowed.
    #[must_use]
    pub fn is_stateful(&self) -> bool {
        STATEFUL.contains(&self.type_name())
    }

    /// What the template declares, as Cloud Control takes it.
    fn desired_state(&self, task: &Task<'_>) -> Result<Map<String, Value>, CallError> {
        let mut desired = Map::new();
        for (name, value) in &self.properties {
            let unknown = || {
                let message = format!("{name} refers to something that is not known yet");
                task.answer(CREATE).error(None, message)
            };
            desired.insert(name.clone(), value.json().ok_or_else(unknown)?);
        }
        Ok(desired)
    }

    /// Tags with the one that remembers the policy.
    fn tags(&self, tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut tags = tags.clone();
        tags.remove(TAG_DELETION);
        if self.deletion != DeletionPolicy::default() {
            tags.insert(TAG_DELETION.to_owned(), self.deletion.as_str().to_owned());
        }
        tags
    }
}

/// Types that hold data, or what data is unreadable without.
const STATEFUL: &[&str] = &[
    "AWS::Cognito::UserPool",
    "AWS::ECR::Repository",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
];

/// Types that take AWS longer than a few seconds. AWS publishes no such times: these are what people report.
const SLOW: &[(&str, Timing)] = &[
    ("AWS::ApiGatewayV2::VpcLink", Timing::seconds(150, 15, 60)),
    ("AWS::CertificateManager::Certificate", Timing::seconds(90, 15, 15)),
    ("AWS::Cognito::UserPoolDomain", Timing::seconds(60, 60, 60)),
    ("AWS::ECS::Service", Timing::seconds(150, 150, 60)),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", Timing::seconds(150, 15, 60)),
    ("AWS::RDS::DBCluster", Timing::seconds(480, 300, 300)),
    ("AWS::RDS::DBInstance", Timing::seconds(480, 300, 300)),
];

impl Kind for StackResource {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        view.stack_resources().await
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let mut desired = self.desired_state(task)?;
        self.rules.add_tags(&mut desired, &self.tags(task.tags));
        let desired = Value::Object(desired).to_string();
        let send = || {
            let request = task.cloud.cloud_control().create_resource().type_name(self.type_name());
            request.desired_state(&desired).client_token(task.token).send()
        };
        let event = task.cloud.call(CREATE, send).await?.progress_event;
        let token = event.and_then(|event| event.request_token);
        let token = task.answer(CREATE).part(token, "RequestToken")?;
        Ok(Some(StackResourceId::request(self.type_name(), &token).to_string()))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        self.change(live, task).await.map(drop)
    }

    async fn change(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let mut declared = self.desired_state(task)?;
        if self.deletion != live.spec.deletion {
            // The tag is set with what the resource carries already.
            self.rules.add_tags(&mut declared, &self.tags(&live.tags));
        }
        let patch = self.rules.patch(&declared, &live.spec.literals());
        self.send_patch(&live.id, patch, task).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        Self::remove(live, task).await.map(drop)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let Some(StackResourceId { type_name, of: IdentifiedBy::Identifier(identifier) }) =
            StackResourceId::parse(&live.id)
        else {
            return Ok(None);
        };
        let send = || {
            let request = task.cloud.cloud_control().delete_resource().type_name(&type_name).identifier(&identifier);
            request.send()
        };
        match task.cloud.call(DELETE, send).await {
            Ok(answer) => {
                let token = answer.progress_event.and_then(|event| event.request_token);
                let token = task.answer(DELETE).part(token, "RequestToken")?;
                Ok(Some(StackResourceId::request(&type_name, &token).to_string()))
            }
            Err(error) => super::answer::gone::<()>(Err(error)).map(|()| None),
        }
    }
}

impl StackResource {
    /// Sends a patch to one that is there. Gives the request; none where there is nothing to change.
    async fn send_patch(
        &self,
        id: &str,
        patch: Vec<PatchOperation>,
        task: &Task<'_>,
    ) -> Result<Option<String>, CallError> {
        let Some(StackResourceId { type_name, of: IdentifiedBy::Identifier(identifier) }) = StackResourceId::parse(id)
        else {
            return Ok(None);
        };
        if patch.is_empty() {
            return Ok(None);
        }
        let patch = Value::from_iter(patch).to_string();
        let send = || {
            let request = task.cloud.cloud_control().update_resource().type_name(&type_name).identifier(&identifier);
            request.patch_document(&patch).client_token(task.token).send()
        };
        let event = task.cloud.call(UPDATE, send).await?.progress_event;
        let token = task.answer(UPDATE).part(event.and_then(|event| event.request_token), "RequestToken")?;
        Ok(Some(StackResourceId::request(&type_name, &token).to_string()))
    }
}

/// Gives a live one tags, and takes others off. Cloud Control replaces the list as a whole.
pub(super) async fn retag(
    live: &Observed<Spec>,
    missing: &BTreeMap<String, String>,
    surplus: &[String],
    cloud: &AccountCloud,
) -> Result<(), CallError> {
    let (Spec::StackResource(resource), Some(id)) = (&live.spec, StackResourceId::parse(&live.id)) else {
        return Ok(());
    };
    let IdentifiedBy::Identifier(identifier) = id.of else { return Ok(()) };
    let mut tags = live.tags.clone();
    tags.extend(missing.clone());
    tags.retain(|key, _| !surplus.contains(key) && !key.starts_with("aws:"));
    let Some(operation) = resource.rules.tags_patch(&tags) else { return Ok(()) };
    let patch = Value::from_iter([operation]).to_string();
    let send = || {
        let request = cloud.cloud_control().update_resource().type_name(&id.type_name).identifier(&identifier);
        request.patch_document(&patch).send()
    };
    cloud.call(UPDATE, send).await.map(drop)
}
