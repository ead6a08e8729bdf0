//! Whether a document is one of a resource type, by the type's schema. Strict: no text is taken for a number.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions};
use serde_json::Value;

use super::schemas::Schema;

/// A compiled schema.
#[derive(Debug)]
pub struct Validator(jsonschema::Validator);

impl Validator {
    /// Compiles a schema; refuses what it does not describe at the top even where the schema forgets to.
    ///
    /// # Errors
    /// Why it is no schema that documents can be validated against.
    pub fn of(document: &Value) -> Result<Self, String> {
        let mut schema = document.clone();
        if let Value::Object(members) = &mut schema {
            // What describes the type and not its documents. Some of the names mean something else in JSON Schema.
            let about_the_type =
                ["$schema", "$id", "handlers", "tagging", "propertyTransform", "typeName", "typeConfiguration"];
            members.retain(|name, _| !about_the_type.contains(&name.as_str()));
            members.entry("type").or_insert_with(|| Value::from("object"));
            if !members.contains_key("patternProperties") {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        in_the_dialect_of_javascript(&mut schema);
        let options = jsonschema::options()
            .with_draft(Draft::Draft7)
            .with_pattern_options(PatternOptions::fancy_regex())
            .should_validate_formats(false);
        options.offline().build(&schema).map(Self).map_err(|error| error.to_string())
    }

    /// What is wrong with a document, in AWS's words where they are known ("extraneous key [Id] is not permitted":
    /// pulumi-aws-native#581).
    #[must_use]
    pub fn faults_of(&self, document: &Value) -> Vec<String> {
        let fault = |error: jsonschema::ValidationError<'_>| -> Vec<String> {
            let place = format!("#{}", error.instance_path());
            match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    unexpected.iter().map(|name| format!("{place}: extraneous key [{name}] is not permitted")).collect()
                }
                ValidationErrorKind::Required { property } => {
                    let name = property.as_str().unwrap_or_default();
                    vec![format!("{place}: required key [{name}] not found")]
                }
                // Values may be secrets, and a message is kept and shown.
                _ => vec![format!("{place}: {}", error.masked())],
            }
        };
        self.0.iter_errors(document).flat_map(fault).collect()
    }
}

/// A pattern as JavaScript has it. AWS writes them for Java, where `\Z` is the end of the text and `(?s)` lets a dot stand
/// for the end of a line, too.
fn pattern(java: &str) -> String {
    let text = java.replace("\\Z", "$");
    if text.contains("(?s)") { text.replace("(?s)", "").replace('.', "[\\s\\S]") } else { text }
}

fn in_the_dialect_of_javascript(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(pattern) if name == "pattern" => *pattern = self::pattern(pattern),
                    value => in_the_dialect_of_javascript(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(in_the_dialect_of_javascript),
        _ => {}
    }
}

/// What is wrong by the keywords that cfn-lint has of its own: `requiredXor`, `requiredOr`, `dependentRequired` and
/// `dependentExcluded`, wherever in the schema they stand.
#[must_use]
pub fn own_keywords(schema: &Schema, document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, &schema.document, document, "#", 0, &mut faults);
    faults
}

/// How deep a document is looked into; schemas may be recursive, documents end.
const DEPTH: usize = 64;

fn check(schema: &Schema, part: &Value, document: &Value, place: &str, depth: usize, faults: &mut Vec<String>) {
    if depth > DEPTH {
        return;
    }
    let part = schema.resolved(part);
    match document {
        Value::Object(members) => {
            let names = |value: &Value| -> Vec<String> {
                value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            };
            let given = |names: &[String]| names.iter().filter(|name| members.contains_key(*name)).count();
            let exactly = names(&part["requiredXor"]);
            if !exactly.is_empty() && given(&exactly) != 1 {
                faults.push(format!("{place}: exactly one of [{}] must be specified", exactly.join(", ")));
            }
            let some = names(&part["requiredOr"]);
            if !some.is_empty() && given(&some) == 0 {
                faults.push(format!("{place}: at least one of [{}] must be specified", some.join(", ")));
            }
            for (name, needed) in part["dependentRequired"].as_object().into_iter().flatten() {
                for needed in names(needed).iter().filter(|needed| !members.contains_key(*needed)) {
                    if members.contains_key(name) {
                        faults.push(format!("{place}: property [{name}] requires property [{needed}]"));
                    }
                }
            }
            for (name, excluded) in part["dependentExcluded"].as_object().into_iter().flatten() {
                for excluded in names(excluded).iter().filter(|excluded| members.contains_key(*excluded)) {
                    if members.contains_key(name) {
                        faults.push(format!("{place}: property [{name}] excludes property [{excluded}]"));
                    }
                }
            }
            for (name, value) in members {
                if let Some(property) = part["properties"].get(name) {
                    check(schema, property, value, &format!("{place}/{name}"), depth + 1, faults);
                }
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                check(schema, &part["items"], item, &format!("{place}/{number}"), depth + 1, faults);
            }
        }
        _ => {}
    }
}
