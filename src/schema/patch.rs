//! From a difference to what Cloud Control is asked for: a JSON Patch (RFC 6902).
//!
//! Cloud Control reads the resource, applies the patch, and hands all of it to the type's handler. So a property is set as a
//! whole, with what AWS shows besides what is declared; nothing is removed because AWS shows more; and what AWS never shows
//! stands in each patch again, since what it reads lacks it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ResourceType;
use crate::property::Property;

/// A step of a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatchOperation {
    op: &'static str,
    path: String,
    value: Value,
}

impl PatchOperation {
    /// Sets a property at the top, whether or not it is there.
    #[must_use]
    pub fn add(property: &str, value: Value) -> Self {
        Self { op: "add", path: format!("/{}", property.replace('~', "~0").replace('/', "~1")), value }
    }

    /// The property that it sets.
    #[must_use]
    pub fn property(&self) -> &str {
        self.path.trim_start_matches('/')
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl From<PatchOperation> for Value {
    fn from(operation: PatchOperation) -> Self {
        json!({ "op": operation.op, "path": operation.path, "value": operation.value })
    }
}

/// Values that an update must not repeat: AWS would make another secret of it, or set an old one (Secrets Manager API
/// reference, UpdateSecret).
const NOT_REPEATED: &[(&str, &str)] =
    &[("AWS::SecretsManager::Secret", "SecretString"), ("AWS::SecretsManager::Secret", "GenerateSecretString")];

impl ResourceType {
    /// What makes of a live resource what is declared. Empty where nothing that AWS can change differs.
    #[must_use]
    pub fn patch(&self, declared: &Map<String, Value>, live: &Map<String, Value>) -> Vec<PatchOperation> {
        let mut patch = Vec::new();
        for (name, value) in declared {
            let there = live.get(name);
            let property = Property::<()>::from(value.clone());
            let differs = self.compare(name, &property, there).iter().any(|difference| !difference.replaces);
            if differs {
                patch.push(PatchOperation::add(name, self.wanted(name, value, there)));
            }
        }
        if patch.is_empty() {
            return patch;
        }
        for (name, value) in declared {
            let is_set = patch.iter().any(|operation| operation.property() == name);
            let is_repeated = !NOT_REPEATED.contains(&(self.name(), name));
            if !is_set && is_repeated && self.holds_hidden(&mut vec![name.clone()], value) {
                patch.push(PatchOperation::add(name, self.wanted(name, value, live.get(name))));
            }
        }
        patch
    }

    /// A property as it shall be: what is declared, and what AWS shows besides.
    fn wanted(&self, name: &str, declared: &Value, live: Option<&Value>) -> Value {
        if let Some(tagging) = self.tagging().filter(|tagging| tagging.property == name) {
            let held = |value: &Value| self.tags_of(&Map::from_iter([(tagging.property.clone(), value.clone())]));
            let mut all = live.map(held).unwrap_or_default();
            all.retain(|key, _| !key.starts_with("aws:"));
            all.extend(held(declared));
            let mut whole = Map::new();
            self.add_tags(&mut whole, &all);
            return whole.remove(name).unwrap_or_else(|| declared.clone());
        }
        let mut path = vec![name.to_owned()];
        self.overlaid(&mut path, declared, live)
    }

    fn overlaid(&self, path: &mut Vec<String>, declared: &Value, live: Option<&Value>) -> Value {
        match (declared, live) {
            // Another choice takes the place of the one that is there.
            (Value::Object(fields), Some(Value::Object(there)))
                if fields.iter().any(|(name, value)| *value == json!({}) && !there.contains_key(name)) =>
            {
                declared.clone()
            }
            (Value::Object(fields), Some(Value::Object(there))) if !super::policy::is_policy(declared) => {
                let mut all = there.clone();
                all.retain(|name, _| {
                    path.push(name.clone());
                    let is_set_by_aws = self.is_read_only(path);
                    path.pop();
                    !is_set_by_aws
                });
                for (name, value) in fields {
                    path.push(name.clone());
                    let value = self.overlaid(path, value, there.get(name));
                    path.pop();
                    all.insert(name.clone(), value);
                }
                Value::Object(all)
            }
            _ => declared.clone(),
        }
    }

    /// True where something in it AWS never shows, and an update may set.
    fn holds_hidden(&self, path: &mut Vec<String>, value: &Value) -> bool {
        if self.is_write_only(path) {
            return !self.is_create_only(path);
        }
        let mut inside = |name: String, value: &Value| {
            path.push(name);
            let holds = self.holds_hidden(path, value);
            path.pop();
            holds
        };
        match value {
            Value::Object(fields) => fields.iter().any(|(name, value)| inside(name.clone(), value)),
            Value::Array(items) => items.iter().enumerate().any(|(index, item)| inside(index.to_string(), item)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(name: &str, declared: Value, live: Value) -> Value {
        let rules = ResourceType::embedded(name).unwrap();
        let (Value::Object(declared), Value::Object(live)) = (declared, live) else { panic!("objects") };
        Value::from_iter(rules.patch(&declared, &live))
    }

    #[test]
    fn nothing_is_asked_for_where_nothing_differs() {
        let live = json!({ "RetentionInDays": 14, "LogGroupClass": "STANDARD" });
        assert_eq!(patch("AWS::Logs::LogGroup", json!({ "RetentionInDays": 14 }), live), json!([]));
    }

    #[test]
    fn a_property_is_set_with_what_aws_shows_besides() {
        let declared =
            json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": true }, "AccessControl": "Private" });
        let live = json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": false, "IgnorePublicAcls": true } });
        let access = json!({ "BlockPublicAcls": true, "IgnorePublicAcls": true });
        let wanted = json!([
            { "op": "add", "path": "/PublicAccessBlockConfiguration", "value": access },
            { "op": "add", "path": "/AccessControl", "value": "Private" },
        ]);
        assert_eq!(patch("AWS::S3::Bucket", declared, live), wanted);
    }

    #[test]
    fn another_choice_takes_the_place_of_the_first() {
        let found = patch(
            "AWS::WAFv2::WebACL",
            json!({ "DefaultAction": { "Allow": {} } }),
            json!({ "DefaultAction": { "Block": {} } }),
        );
        assert_eq!(found, json!([{ "op": "add", "path": "/DefaultAction", "value": { "Allow": {} } }]));
    }

    #[test]
    fn tags_of_others_stay() {
        let tag = |key: &str| json!({ "Key": key, "Value": "v" });
        let live = json!({ "Tags": [tag("aws:cloudformation:x"), tag("theirs")] });
        let found = patch("AWS::S3::Bucket", json!({ "Tags": [tag("ours")] }), live);
        assert_eq!(found, json!([{ "op": "add", "path": "/Tags", "value": [tag("ours"), tag("theirs")] }]));
    }

    #[test]
    fn a_secret_is_not_set_again() {
        let declared = json!({ "Description": "new", "GenerateSecretString": { "PasswordLength": 32 } });
        let found = patch("AWS::SecretsManager::Secret", declared, json!({ "Description": "old" }));
        assert_eq!(found, json!([{ "op": "add", "path": "/Description", "value": "new" }]));
    }
}
