//! What a template declares, against what AWS shows.
//!
//! Only what is declared is compared: AWS fills in what is not, and adds properties to types at any time. What AWS never
//! shows can't be compared ([`ResourceType::not_observable`]). AWS spells some values otherwise than they were given: lists
//! whose order says nothing, policies, numbers in texts, names in lower case.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ResourceType, policy};
use crate::property::Property;

/// Where AWS shows something else than what is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place, as names and indices.
    pub path: Vec<String>,
    /// True where AWS can't change it: another resource is needed.
    pub replaces: bool,
    /// True where the declared value is not known yet.
    pub unknown: bool,
}

/// How deep properties are compared one by one; what lies deeper is compared as a whole.
const DEEPEST: usize = 64;

impl ResourceType {
    /// Where a declared property at the top differs from what AWS shows of it.
    #[must_use]
    pub fn compare<R>(&self, name: &str, declared: &Property<R>, live: Option<&Value>) -> Vec<Difference> {
        let mut comparing = Comparing { rules: self, found: Vec::new(), path: vec![name.to_owned()] };
        let schema = self.property_of(self.schema(), name);
        if self.is_secret(name) {
            return Vec::new();
        }
        match self.tagging().filter(|tagging| tagging.property == name) {
            // Tags that others have given are theirs.
            Some(_) => comparing.tags(declared, live),
            None => comparing.value(schema, declared, live),
        }
        comparing.found
    }

    /// The declared paths that AWS never shows.
    #[must_use]
    pub fn not_observable<R>(&self, declared: &BTreeMap<String, Property<R>>) -> Vec<String> {
        let mut found = Vec::new();
        for (name, value) in declared {
            self.hidden(&mut vec![name.clone()], value, &mut found);
        }
        found
    }

    fn hidden<R>(&self, path: &mut Vec<String>, value: &Property<R>, found: &mut Vec<String>) {
        if self.is_write_only(path) || (path.len() == 1 && self.is_secret(&path[0])) {
            found.push(path.join("."));
            return;
        }
        let mut inside = |name: String, value: &Property<R>| {
            path.push(name);
            self.hidden(path, value, found);
            path.pop();
        };
        match value {
            Property::Map(fields) => fields.iter().for_each(|(name, value)| inside(name.clone(), value)),
            Property::List(items) => items.iter().enumerate().for_each(|(index, item)| inside(index.to_string(), item)),
            _ => {}
        }
    }
}

struct Comparing<'a> {
    rules: &'a ResourceType,
    found: Vec<Difference>,
    path: Vec<String>,
}

impl<'a> Comparing<'a> {
    fn differs(&mut self, unknown: bool) {
        let replaces = self.rules.is_create_only(&self.path);
        self.found.push(Difference { path: self.path.clone(), replaces, unknown });
    }

    fn inside(&mut self, name: String, work: impl FnOnce(&mut Self)) {
        self.path.push(name);
        work(self);
        self.path.pop();
    }

    /// True where nothing differs.
    fn is_same<R>(&self, schema: Option<&'a Value>, declared: &Property<R>, live: &Value, index: usize) -> bool {
        let mut path = self.path.clone();
        path.push(index.to_string());
        let mut apart = Comparing { rules: self.rules, found: Vec::new(), path };
        apart.value(schema, declared, Some(live));
        apart.found.is_empty()
    }

    fn value<R>(&mut self, schema: Option<&'a Value>, declared: &Property<R>, live: Option<&Value>) {
        if self.rules.is_write_only(&self.path)
            || (self.rules.is_read_only(&self.path) && !self.rules.is_create_only(&self.path))
        {
            return;
        }
        let schema = schema.map(|schema| self.rules.deref(schema));
        let Some(live) = live.filter(|live| !live.is_null()) else { return self.absent(schema, declared) };
        if self.path.len() > DEEPEST {
            if declared.json().as_ref() != Some(live) {
                self.differs(false);
            }
            return;
        }
        if let Some(known) = declared.json()
            && self.is_same_document(schema, &known, live)
        {
            return;
        }
        match (declared, live) {
            (Property::Expression(_), _) => self.differs(true),
            (Property::Map(fields), Value::Object(there)) => {
                for (name, value) in fields {
                    let inner = schema.and_then(|schema| self.rules.property_of(schema, name));
                    self.inside(name.clone(), |this| this.value(inner, value, there.get(name)));
                }
            }
            (Property::List(items), Value::Array(there)) => self.list(schema, items, there),
            (Property::Map(_) | Property::List(_), _) => self.differs(false),
            (scalar, live) => {
                let same = scalar.json().is_some_and(|declared| self.is_same_scalar(schema, &declared, live));
                if !same {
                    self.differs(false);
                }
            }
        }
    }

    /// What AWS does not show: what is empty, and what it would be by itself, may be left out.
    fn absent<R>(&mut self, schema: Option<&'a Value>, declared: &Property<R>) {
        match declared {
            Property::Null => {}
            Property::Map(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    let inner = schema.and_then(|schema| self.rules.property_of(schema, name));
                    self.inside(name.clone(), |this| this.value(inner, value, None));
                }
            }
            // An empty object is a choice, such as the action `Allow: {}` of a rule.
            Property::Map(_) if self.path.len() > 1 => self.differs(false),
            Property::Map(_) => {}
            Property::List(items) if items.is_empty() => {}
            Property::Expression(_) => self.differs(true),
            scalar => {
                let default = schema.and_then(|schema| schema.get("default"));
                let by_itself = scalar.json().is_some_and(|declared| {
                    declared == Value::Bool(false) && default.is_none()
                        || default.is_some_and(|default| is_same_text(&declared, default))
                });
                if !by_itself {
                    self.differs(false);
                }
            }
        }
    }

    fn list<R>(&mut self, schema: Option<&'a Value>, items: &[Property<R>], there: &[Value]) {
        let inner = schema.and_then(|schema| schema.get("items"));
        let says = schema.and_then(|schema| schema.get("insertionOrder")?.as_bool());
        let is_ordered = says.unwrap_or(true) && !self.is_reordered();
        if is_ordered {
            for (index, item) in items.iter().enumerate() {
                self.inside(index.to_string(), |this| match there.get(index) {
                    Some(live) => this.value(inner, item, Some(live)),
                    None => this.differs(false),
                });
            }
            if there.len() > items.len() {
                self.differs(false);
            }
            return;
        }
        let mut left: Vec<&Value> = there.iter().collect();
        let mut unmatched = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match left.iter().position(|live| self.is_same(inner, item, live, index)) {
                Some(place) => {
                    left.remove(place);
                }
                None => unmatched.push((index, item)),
            }
        }
        // What can't be told apart from another one by what is declared is compared with what is left.
        for (index, item) in unmatched {
            let live = if left.is_empty() { None } else { Some(left.remove(0)) };
            self.inside(index.to_string(), |this| match live {
                Some(live) => this.value(inner, item, Some(live)),
                None => this.differs(false),
            });
        }
        if !left.is_empty() {
            self.differs(false);
        }
    }

    /// Lists that AWS sorts although their schema does not say so.
    fn is_reordered(&self) -> bool {
        let path: Vec<&str> =
            self.path.iter().map(String::as_str).filter(|part| part.parse::<usize>().is_err()).collect();
        REORDERED.iter().any(|(name, list)| *name == self.rules.name() && path == list.split('.').collect::<Vec<_>>())
    }

    fn is_same_document(&self, schema: Option<&Value>, declared: &Value, live: &Value) -> bool {
        let holds_text = schema.is_none_or(|schema| match schema.get("type") {
            Some(Value::Array(_)) | None => true,
            Some(one) => one == "object" || schema.get("format").and_then(Value::as_str) == Some("json"),
        });
        let parsed = |value: &Value| match value {
            Value::String(text) if holds_text => serde_json::from_str(text).ok().filter(Value::is_object),
            Value::Object(_) => Some(value.clone()),
            _ => None,
        };
        let (Some(declared), Some(live)) = (parsed(declared), parsed(live)) else { return false };
        if policy::is_policy(&declared) && policy::is_policy(&live) {
            return policy::canonical(&declared) == policy::canonical(&live);
        }
        // A free object's texts may be numbers, as in a queue's redrive policy.
        declared == live || is_same_text_tree(&declared, &live)
    }

    fn is_same_scalar(&self, schema: Option<&Value>, declared: &Value, live: &Value) -> bool {
        if is_same_text(declared, live) {
            return true;
        }
        let (Some(declared), Some(live)) = (declared.as_str(), live.as_str()) else { return false };
        if schema.is_some_and(|schema| schema.get("format").and_then(Value::as_str) == Some("json")) {
            let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
            if let (Some(declared), Some(live)) = (parsed(declared), parsed(live)) {
                return declared == live;
            }
        }
        self.transform().is_some_and(|transform| is_transformed(self.rules, transform, declared, live))
    }

    fn transform(&self) -> Option<&'a str> {
        let path: Vec<&str> =
            self.path.iter().map(|part| if part.parse::<usize>().is_ok() { "*" } else { part.as_str() }).collect();
        let transforms = self.rules.schema().get("propertyTransform")?;
        transforms.get(format!("/properties/{}", path.join("/")))?.as_str()
    }

    fn tags<R>(&mut self, declared: &Property<R>, live: Option<&Value>) {
        let Some(tagging) = self.rules.tagging() else { return };
        let of = |value: Value| {
            let held = serde_json::Map::from_iter([(tagging.property.clone(), value)]);
            self.rules.tags_of(&held)
        };
        let Some(known) = declared.json() else { return self.differs(true) };
        let there = live.cloned().map(of).unwrap_or_default();
        if of(known).into_iter().any(|(key, value)| there.get(&key) != Some(&value)) {
            self.differs(false);
        }
    }
}

/// True where two scalars are the same text.
fn is_same_text(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) => Some(value.to_string()),
        Value::Number(number) => number
            .as_f64()
            .filter(|float| float.fract() == 0.0)
            .map_or_else(|| Some(value.to_string()), |float| Some(format!("{float}"))),
        _ => None,
    };
    one == other || text(one).is_some_and(|one| text(other) == Some(one))
}

fn is_same_text_tree(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| is_same_text_tree(value, other)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_text_tree(one, other))
        }
        _ => is_same_text(one, other),
    }
}

/// True where AWS shows a declared text as a schema's `propertyTransform` says. Of JSONata schemas use a few forms, which are
/// read here: lower and upper case, one or the other, and a text that is found in a longer one.
fn is_transformed(rules: &ResourceType, transform: &str, declared: &str, live: &str) -> bool {
    transform.split(" $OR ").any(|form| {
        let form = form.trim();
        if form.starts_with("$lowercase(") {
            return declared.to_lowercase() == live || declared.eq_ignore_ascii_case(live);
        }
        if form.starts_with("$uppercase(") {
            return declared.to_uppercase() == live;
        }
        if let Some(parts) = form.strip_prefix("$join([").and_then(|rest| rest.strip_suffix("])")) {
            let pattern: String = split_parts(parts).iter().map(|part| joined_part(part, declared)).collect();
            return rules.matches(&format!("^(?:{pattern})$"), live) == Some(true);
        }
        false
    })
}

/// The parts of a list of JSONata: a comma in quotes parts nothing.
fn split_parts(list: &str) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for one in list.chars() {
        match one {
            '"' => {
                quoted = !quoted;
                parts.last_mut().into_iter().for_each(|part| part.push(one));
            }
            ',' if !quoted => parts.push(String::new()),
            _ => parts.last_mut().into_iter().for_each(|part| part.push(one)),
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// A part as a regular expression: what is quoted is one, anything else is the declared text.
fn joined_part(part: &str, declared: &str) -> String {
    match part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\/", "/"),
        None => fancy_regex::escape(declared).into_owned(),
    }
}

/// Lists that AWS gives back in another order (service-facts of lz's design, "Diff rules").
const REORDERED: &[(&str, &str)] = &[
    ("AWS::Cognito::UserPoolClient", "CallbackURLs"),
    ("AWS::Cognito::UserPoolClient", "LogoutURLs"),
    ("AWS::Cognito::UserPoolClient", "AllowedOAuthFlows"),
    ("AWS::Cognito::UserPoolClient", "AllowedOAuthScopes"),
    ("AWS::Cognito::UserPoolClient", "ReadAttributes"),
    ("AWS::Cognito::UserPoolClient", "WriteAttributes"),
    ("AWS::Cognito::UserPoolClient", "ExplicitAuthFlows"),
    ("AWS::Cognito::UserPoolClient", "SupportedIdentityProviders"),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions.PortMappings"),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions.Environment"),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions.Secrets"),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions.VolumesFrom"),
    ("AWS::IAM::Role", "Policies"),
    ("AWS::IAM::Role", "ManagedPolicyArns"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differing(name: &str, property: &str, declared: Value, live: Value) -> Vec<String> {
        let rules = ResourceType::embedded(name).unwrap();
        let declared = Property::<String>::from(declared);
        let found = rules.compare(property, &declared, Some(&live));
        found.into_iter().map(|one| format!("{}{}", one.path.join("."), if one.replaces { "!" } else { "" })).collect()
    }

    #[test]
    fn aws_spells_values_otherwise() {
        let same = |name, property, declared, live| assert_eq!(differing(name, property, declared, live), [""; 0]);
        same("AWS::RDS::DBInstance", "DBInstanceIdentifier", json!("Orders"), json!("orders"));
        same("AWS::RDS::DBInstance", "EngineVersion", json!("16"), json!("16.4"));
        same("AWS::RDS::DBInstance", "KmsKeyId", json!("abc"), json!("arn:aws:kms:eu-west-1:1:key/abc"));
        same("AWS::RDS::DBInstance", "AllocatedStorage", json!(20), json!("20"));
        let statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "x" } });
        let live = json!({ "Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": { "Service": ["x"] } });
        let policy = |statement| json!({ "Version": "2012-10-17", "Statement": statement });
        let live = json!(policy(json!([live])).to_string());
        same("AWS::IAM::Role", "AssumeRolePolicyDocument", policy(json!(statement)), live);
        let tags = |keys: &[&str]| keys.iter().map(|key| json!({ "Key": key, "Value": "v" })).collect::<Value>();
        same("AWS::S3::Bucket", "Tags", tags(&["a"]), tags(&["aws:x", "b", "a"]));
        assert_eq!(differing("AWS::S3::Bucket", "Tags", tags(&["c"]), tags(&["a"])), ["Tags"]);
        assert_eq!(differing("AWS::RDS::DBInstance", "EngineVersion", json!("16"), json!("17.1")), ["EngineVersion"]);
    }

    #[test]
    fn what_aws_cant_change_means_another_resource() {
        assert_eq!(differing("AWS::IAM::Role", "RoleName", json!("a"), json!("b")), ["RoleName!"]);
        assert_eq!(differing("AWS::IAM::Role", "MaxSessionDuration", json!(3600), json!(7200)), ["MaxSessionDuration"]);
        let mapping = |zone: &str| json!([{ "SubnetId": zone }]);
        let found =
            differing("AWS::ElasticLoadBalancingV2::LoadBalancer", "SubnetMappings", mapping("a"), mapping("b"));
        assert_eq!(found, ["SubnetMappings.0.SubnetId"]);
    }

    #[test]
    fn an_empty_object_is_a_choice() {
        let (allow, block) = (json!({ "Allow": {} }), json!({ "Block": {} }));
        assert_eq!(differing("AWS::WAFv2::WebACL", "DefaultAction", allow.clone(), allow.clone()), [""; 0]);
        assert_eq!(differing("AWS::WAFv2::WebACL", "DefaultAction", allow, block), ["DefaultAction.Allow"]);
    }

    #[test]
    fn only_what_is_declared_is_compared() {
        let live = json!({ "BlockPublicAcls": true, "NewOne": 1 });
        let declared = json!({ "BlockPublicAcls": true });
        assert_eq!(differing("AWS::S3::Bucket", "PublicAccessBlockConfiguration", declared, live), [""; 0]);
        let rules = ResourceType::embedded("AWS::S3::Bucket").unwrap();
        let declared = Property::<String>::from(json!("Private"));
        assert_eq!(rules.compare("AccessControl", &declared, None), []);
        let all = BTreeMap::from([("AccessControl".to_owned(), declared)]);
        assert_eq!(rules.not_observable(&all), ["AccessControl"]);
    }
}
