//! A resource type: what its schema says, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fancy_regex::Regex;
use serde_json::{Map, Value, json};

use super::archive;
use super::patch::PatchOperation;

/// A resource type.
#[derive(Debug)]
pub struct ResourceType {
    name: String,
    schema: Value,
    /// True where a user has given the schema.
    is_given: bool,
    identifier: Vec<Vec<String>>,
    read_only: Vec<Vec<String>>,
    create_only: Vec<Vec<String>>,
    conditionally_create_only: Vec<Vec<String>>,
    write_only: Vec<Vec<String>>,
    tagging: Option<Tagging>,
    /// Patterns that were asked for, compiled; none for one that is no regular expression.
    patterns: Mutex<BTreeMap<String, Option<Arc<Regex>>>>,
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.name == other.name && self.is_given == other.is_given && self.schema == other.schema)
    }
}

impl Eq for ResourceType {}

/// How resources of a type carry tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagging {
    /// The property that holds them.
    pub property: String,
    /// How it holds them.
    pub shape: TagShape,
}

/// How a property holds tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagShape {
    /// A list of objects with `Key` and `Value`.
    List,
    /// An object.
    Map,
}

/// What Cloud Control does with resources of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handler {
    /// It makes one.
    Create,
    /// It reads one.
    Read,
    /// It changes one.
    Update,
    /// It deletes one.
    Delete,
    /// It lists them.
    List,
}

impl Handler {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::List => "list",
        }
    }
}

/// Why a JSON value is no resource type's schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchema {
    /// Something is missing that every schema has (CloudFormation CLI user guide, "Resource type definition schema").
    #[error("it has no `{0}`, which every resource type's schema has")]
    Missing(&'static str),
    /// Its name is none.
    #[error("`typeName` is `{0}`; a type's name looks like `AWS::SQS::Queue`")]
    Name(String),
    /// Something is not of the form that it has in schemas.
    #[error("`{0}` is not of the form that it has in resource types' schemas")]
    Form(&'static str),
}

/// How long Cloud Control waits for a handler whose schema says nothing (CloudFormation CLI user guide, "handlers":
/// `timeoutInMinutes`).
const TIMEOUT: u64 = 120;

impl ResourceType {
    /// The type of a name that lz brings.
    #[must_use]
    pub fn embedded(name: &str) -> Option<Arc<Self>> {
        archive::resource_type(name)
    }

    pub(super) fn brought(text: &str) -> Option<Self> {
        let schema = serde_json::from_str(text).ok()?;
        Self::read(schema, false).ok()
    }

    /// A type by its schema, as `aws cloudformation describe-type` or AWS's archive of schemas has it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_schema(mut schema: Value) -> Result<Self, InvalidSchema> {
        trim(&mut schema, false);
        Self::read(schema, true)
    }

    fn read(schema: Value, is_given: bool) -> Result<Self, InvalidSchema> {
        let name = schema.get("typeName").and_then(Value::as_str).ok_or(InvalidSchema::Missing("typeName"))?;
        let is_name = |name: &str| name.split("::").count() >= 3 && !name.contains('|');
        if !is_name(name) {
            return Err(InvalidSchema::Name(name.to_owned()));
        }
        let properties = schema.get("properties").ok_or(InvalidSchema::Missing("properties"))?;
        if !properties.is_object() {
            return Err(InvalidSchema::Form("properties"));
        }
        if !schema.get("handlers").ok_or(InvalidSchema::Missing("handlers"))?.is_object() {
            return Err(InvalidSchema::Form("handlers"));
        }
        let identifier = pointers(&schema, "primaryIdentifier")?;
        if identifier.is_empty() {
            return Err(InvalidSchema::Missing("primaryIdentifier"));
        }
        Ok(Self {
            name: name.to_owned(),
            identifier,
            read_only: pointers(&schema, "readOnlyProperties")?,
            create_only: pointers(&schema, "createOnlyProperties")?,
            conditionally_create_only: pointers(&schema, "conditionalCreateOnlyProperties")?,
            write_only: pointers(&schema, "writeOnlyProperties")?,
            tagging: tagging(&schema),
            patterns: Mutex::default(),
            is_given,
            schema,
        })
    }

    /// Its name, such as `AWS::SQS::Queue`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema as a user has given it; none of a type that lz brings.
    #[must_use]
    pub fn given(&self) -> Option<&Value> {
        self.is_given.then_some(&self.schema)
    }

    /// The whole schema.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// True where Cloud Control does this with resources of the type.
    #[must_use]
    pub fn has(&self, handler: Handler) -> bool {
        self.handler(handler).is_some()
    }

    fn handler(&self, handler: Handler) -> Option<&Value> {
        self.schema.get("handlers")?.get(handler.name())
    }

    /// The IAM actions that a handler's caller needs.
    #[must_use]
    pub fn permissions(&self, handler: Handler) -> Vec<&str> {
        let listed = self.handler(handler).and_then(|one| one.get("permissions")?.as_array());
        listed.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// How long a handler may take.
    #[must_use]
    pub fn timeout(&self, handler: Handler) -> Duration {
        let minutes = self.handler(handler).and_then(|one| one.get("timeoutInMinutes")?.as_u64());
        Duration::from_secs(60 * minutes.unwrap_or(TIMEOUT))
    }

    /// The longest that making, changing or deleting one may take.
    #[must_use]
    pub fn longest_timeout(&self) -> Duration {
        [Handler::Create, Handler::Update, Handler::Delete]
            .map(|one| self.timeout(one))
            .into_iter()
            .max()
            .unwrap_or_default()
    }

    /// The properties that are its primary identifier, in order, as they stand in texts: `Endpoint.Address`.
    #[must_use]
    pub fn identifier_names(&self) -> Vec<String> {
        self.identifier.iter().map(|path| path.join(".")).collect()
    }

    /// The primary identifier, where all of it is among these properties; as Cloud Control takes it.
    #[must_use]
    pub fn identifier_of(&self, properties: &Value) -> Option<String> {
        let part = |path: &Vec<String>| {
            let value = path.iter().try_fold(properties, |value, name| value.get(name))?;
            value.as_str().map(str::to_owned)
        };
        let parts: Option<Vec<String>> = self.identifier.iter().map(part).collect();
        parts.filter(|parts| parts.iter().all(|part| !part.is_empty())).map(|parts| parts.join("|"))
    }

    /// True where AWS's ARN of a resource is its primary identifier.
    #[must_use]
    pub fn is_identified_by_arn(&self) -> bool {
        match self.identifier.as_slice() {
            [path] => {
                let name = path.last().map(String::as_str).unwrap_or_default();
                name.to_ascii_lowercase().ends_with("arn") || ARN_AS_ID.contains(&self.name.as_str())
            }
            _ => false,
        }
    }

    /// What `Ref` gives: the primary identifier, or the part of it that CloudFormation's documentation of the type names.
    #[must_use]
    pub fn ref_value(&self, identifier: &str) -> Value {
        let part = REFERENCES.iter().find(|(name, _)| *name == self.name).map(|(_, part)| *part);
        match part {
            Some(part) => identifier.split('|').nth(part).unwrap_or(identifier).into(),
            None => identifier.into(),
        }
    }

    /// The attributes that `Fn::GetAtt` gives: read-only properties. A dot leads into an object.
    #[must_use]
    pub fn attributes(&self) -> Vec<String> {
        self.read_only.iter().map(|path| path.join(".")).collect()
    }

    /// The schema of an attribute; none where the type does not return it. CloudFormation gives all read-only properties, and
    /// what the identifier is made of.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let is_given = self.read_only.iter().chain(&self.identifier).any(|one| path.starts_with(one));
        if !is_given {
            return None;
        }
        let mut schema = &self.schema;
        for name in &path {
            schema = self.property_of(schema, name)?;
        }
        Some(self.deref(schema))
    }

    /// The names of the properties that may be declared.
    #[must_use]
    pub fn property_names(&self) -> Vec<&str> {
        let all = self.schema.get("properties").and_then(Value::as_object);
        all.into_iter().flat_map(Map::keys).map(String::as_str).collect()
    }

    /// The properties that AWS can't change, by the name at the top.
    #[must_use]
    pub fn create_only_properties(&self) -> BTreeSet<&str> {
        self.create_only
            .iter()
            .filter(|path| path.len() == 1)
            .filter_map(|path| path.first())
            .map(String::as_str)
            .collect()
    }

    /// True where AWS can't change what is at a path, or a part of it.
    #[must_use]
    pub fn is_create_only(&self, path: &[String]) -> bool {
        self.create_only.iter().any(|one| covers(one, path) || covers_reverse(one, path))
    }

    /// True where AWS can change what is at a path in some cases only.
    #[must_use]
    pub fn is_conditionally_create_only(&self, path: &[String]) -> bool {
        self.conditionally_create_only.iter().any(|one| covers(one, path))
    }

    /// True where AWS makes what is at a path.
    #[must_use]
    pub fn is_read_only(&self, path: &[String]) -> bool {
        self.read_only.iter().any(|one| covers(one, path))
    }

    /// True where AWS never shows what is at a path.
    #[must_use]
    pub fn is_write_only(&self, path: &[String]) -> bool {
        self.write_only.iter().any(|one| covers(one, path))
    }

    /// The paths that AWS never shows.
    #[must_use]
    pub fn write_only(&self) -> &[Vec<String>] {
        &self.write_only
    }

    /// True for a property at the top that AWS shows and nobody should see.
    #[must_use]
    pub fn is_secret(&self, name: &str) -> bool {
        SECRETS.contains(&(self.name.as_str(), name))
    }

    /// How it carries tags; none where it carries none.
    #[must_use]
    pub fn tagging(&self) -> Option<&Tagging> {
        self.tagging.as_ref()
    }

    /// The tags among properties.
    #[must_use]
    pub fn tags_of(&self, properties: &Map<String, Value>) -> BTreeMap<String, String> {
        let Some(held) = self.tagging.as_ref().and_then(|tagging| properties.get(&tagging.property)) else {
            return BTreeMap::new();
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match held {
            Value::Array(items) => {
                let pair =
                    |tag: &Value| Some((text(tag.get("Key")?)?, tag.get("Value").and_then(text).unwrap_or_default()));
                items.iter().filter_map(pair).collect()
            }
            Value::Object(all) => all.iter().filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect(),
            _ => BTreeMap::new(),
        }
    }

    /// Adds tags to properties. Those that are there keep their values.
    pub fn add_tags(&self, properties: &mut Map<String, Value>, tags: &BTreeMap<String, String>) {
        let Some(tagging) = &self.tagging else { return };
        let mut all = tags.clone();
        all.extend(self.tags_of(properties));
        if !all.is_empty() {
            properties.insert(tagging.property.clone(), tagging.value(&all));
        }
    }

    /// What makes these the tags of a resource.
    #[must_use]
    pub fn tags_patch(&self, tags: &BTreeMap<String, String>) -> Option<PatchOperation> {
        let tagging = self.tagging.as_ref()?;
        Some(PatchOperation::add(&tagging.property, tagging.value(tags)))
    }

    /// The schema that a reference leads to, or the schema itself.
    #[must_use]
    pub fn deref<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut found = schema;
        // No schema of AWS's is a chain of more references than this; a circle of them leads nowhere.
        for _ in 0..16 {
            let Some(reference) = found.get("$ref").and_then(Value::as_str) else { return found };
            let pointer = reference.split_once('#').map_or(reference, |(_, pointer)| pointer);
            match self.schema.pointer(pointer) {
                Some(next) => found = next,
                None => return found,
            }
        }
        found
    }

    /// The schema of a property of an object's schema, wherever that says it.
    #[must_use]
    pub fn property_of<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let schema = self.deref(schema);
        if let Some(found) = schema.get("properties").and_then(|all| all.get(name)) {
            return Some(found);
        }
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let by_pattern = patterns.into_iter().flatten().find(|(pattern, _)| self.matches(pattern, name) != Some(false));
        if let Some((_, found)) = by_pattern {
            return Some(found);
        }
        let branches = ["allOf", "anyOf", "oneOf"].iter().filter_map(|word| schema.get(*word)?.as_array()).flatten();
        branches.into_iter().find_map(|branch| self.property_of(branch, name))
    }

    /// True where a text matches a pattern; none where the pattern is no regular expression.
    #[must_use]
    pub fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        let compiled = match patterns.get(pattern) {
            Some(known) => known.clone(),
            None => {
                let compiled = Regex::new(&translated(pattern)).ok().map(Arc::new);
                patterns.insert(pattern.to_owned(), compiled.clone());
                compiled
            }
        };
        drop(patterns);
        compiled?.is_match(text).ok()
    }
}

impl Tagging {
    fn value(&self, tags: &BTreeMap<String, String>) -> Value {
        match self.shape {
            TagShape::List => tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect(),
            TagShape::Map => tags.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))).collect(),
        }
    }
}

/// A pattern of a schema as a regular expression of Rust's: Python's end of text is written otherwise, and a bracket in a
/// class is escaped.
fn translated(pattern: &str) -> String {
    let (mut translated, mut in_class, mut chars) = (String::new(), false, pattern.chars().peekable());
    while let Some(one) = chars.next() {
        match one {
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                translated.extend(['\\', if escaped == 'Z' { 'z' } else { escaped }]);
            }
            '[' if in_class && chars.peek() != Some(&':') => translated.push_str("\\["),
            '[' if !in_class => {
                in_class = true;
                translated.push('[');
                // A bracket that closes nothing yet is itself.
                if chars.peek() == Some(&'^') {
                    translated.extend(chars.next());
                }
                if chars.peek() == Some(&']') {
                    chars.next();
                    translated.push_str("\\]");
                }
            }
            ']' => {
                in_class = false;
                translated.push(']');
            }
            other => translated.push(other),
        }
    }
    translated
}

/// Takes prose out of a schema: whoever keeps the type keeps no more than lz reads. In `named` objects, a key is a name.
fn trim(schema: &mut Value, named: bool) {
    const PROSE: [&str; 8] =
        ["$comment", "$id", "$schema", "description", "documentationUrl", "examples", "sourceUrl", "title"];
    const NAMED: [&str; 3] = ["definitions", "patternProperties", "properties"];
    match schema {
        Value::Object(fields) => {
            fields.retain(|key, _| named || !PROSE.contains(&key.as_str()));
            for (key, value) in fields {
                trim(value, !named && NAMED.contains(&key.as_str()));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| trim(item, false)),
        _ => {}
    }
}

/// True where a pattern of a path is the path's beginning: what is true of it is true of all that is inside.
fn covers(pattern: &[String], path: &[String]) -> bool {
    pattern.len() <= path.len() && pattern.iter().zip(path).all(|(one, other)| one == "*" || one == other)
}

/// True where a path is the beginning of a pattern.
fn covers_reverse(pattern: &[String], path: &[String]) -> bool {
    pattern.len() > path.len() && pattern.iter().zip(path).all(|(one, other)| one == "*" || one == other)
}

/// The pointers of a list of the schema, such as `/properties/Endpoint/Address`, as names.
fn pointers(schema: &Value, list: &'static str) -> Result<Vec<Vec<String>>, InvalidSchema> {
    let Some(listed) = schema.get(list) else { return Ok(Vec::new()) };
    let listed = listed.as_array().ok_or(InvalidSchema::Form(list))?;
    let path = |pointer: &Value| {
        let pointer = pointer.as_str()?.strip_prefix("/properties/")?;
        Some(pointer.split('/').filter(|part| *part != "properties").map(str::to_owned).collect())
    };
    listed.iter().map(|pointer| path(pointer).ok_or(InvalidSchema::Form(list))).collect()
}

fn tagging(schema: &Value) -> Option<Tagging> {
    let told = schema.get("tagging")?;
    if told.get("taggable").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let property = told.get("tagProperty").and_then(Value::as_str).unwrap_or("/properties/Tags");
    let property = property.strip_prefix("/properties/")?.to_owned();
    let mut held = schema.get("properties")?.get(&property)?;
    if let Some(reference) = held.get("$ref").and_then(Value::as_str) {
        held = schema.pointer(reference.trim_start_matches('#'))?;
    }
    let holds = |word: &str| match held.get("type") {
        Some(Value::String(one)) => one == word,
        Some(Value::Array(all)) => all.iter().any(|one| one == word),
        _ => false,
    };
    let shape = if holds("array") { TagShape::List } else { TagShape::Map };
    Some(Tagging { property, shape })
}

/// Types whose identifier is an ARN, and not called so.
const ARN_AS_ID: &[&str] = &["AWS::SecretsManager::Secret", "AWS::WAFv2::LoggingConfiguration"];

/// The part of the identifier that `Ref` gives, where it has several (CloudFormation template reference, "Return values" of
/// each type).
const REFERENCES: &[(&str, usize)] = &[
    ("AWS::ApiGateway::Authorizer", 1),
    ("AWS::ApiGateway::Deployment", 0),
    ("AWS::ApiGateway::Resource", 1),
    ("AWS::ApiGateway::Stage", 1),
    ("AWS::ApiGatewayV2::Authorizer", 0),
    ("AWS::ApiGatewayV2::Integration", 1),
    ("AWS::ApiGatewayV2::Route", 1),
    ("AWS::ApiGatewayV2::Stage", 1),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", 0),
    ("AWS::Cognito::UserPoolClient", 1),
    ("AWS::Cognito::UserPoolDomain", 1),
    ("AWS::Cognito::UserPoolResourceServer", 1),
    ("AWS::ECS::Service", 0),
    ("AWS::IAM::RolePolicy", 0),
    ("AWS::Route53::RecordSet", 0),
];

/// Properties that AWS shows to whoever may read the resource, and that are secrets.
const SECRETS: &[(&str, &str)] =
    &[("AWS::ApiGateway::ApiKey", "Value"), ("AWS::Cognito::UserPoolClient", "ClientSecret")];
