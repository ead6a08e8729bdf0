//! What a template declares, held against a type's schema: all faults at once.
//!
//! A value that is not known yet is never at fault for what it might be: an expression is refused only where nothing that it
//! could give would do. As CloudFormation does, a number or a truth value may be written as a text, and the other way round.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::ResourceType;
use crate::property::{Property, Shape};

/// A step of a path into a property.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into an object.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// What is wrong, and where: a path from the properties' root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The place.
    pub path: Vec<Segment>,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The object has no such property; the nearest one that it has.
    Unknown {
        /// The name.
        name: String,
        /// What may have been meant.
        meant: Option<String>,
    },
    /// Only AWS sets it.
    ReadOnly(String),
    /// A property is missing.
    Missing(String),
    /// It is of another type.
    Type {
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: String,
    },
    /// It is none of the values that are taken.
    NotAmong(Vec<String>),
    /// A text does not have the form.
    Pattern(String),
    /// A text's length, in characters.
    Length(Bounds),
    /// A number.
    Range(Bounds),
    /// The number of a list's items.
    Items(Bounds),
    /// The number of an object's properties.
    Properties(Bounds),
    /// It is no multiple.
    MultipleOf(String),
    /// Two items are the same.
    NotUnique,
    /// It is nothing of what is taken.
    NoneOf,
    /// It is more than one of what excludes each other.
    SeveralOf,
    /// It is what is not taken.
    Refused,
    /// Exactly one of these is to be there.
    OneOf(Vec<String>),
    /// At least one of these is to be there.
    AnyOf(Vec<String>),
    /// One property needs another.
    Needs {
        /// The one that is there.
        name: String,
        /// The one that it needs.
        needed: String,
    },
    /// One property excludes another.
    Excludes {
        /// The one.
        name: String,
        /// The other.
        other: String,
    },
}

/// From and to, where there is a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// What it is.
    pub found: String,
    /// The least.
    pub from: Option<String>,
    /// The most.
    pub to: Option<String>,
}

impl fmt::Display for Bounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(formatter, "{from} to {to}"),
            (Some(from), None) => write!(formatter, "{from} or more"),
            (None, Some(to)) => write!(formatter, "{to} at most"),
            (None, None) => formatter.write_str("any number"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, meant: Some(meant) } => {
                write!(formatter, "there is no property `{name}`; did you mean `{meant}`?")
            }
            Self::Unknown { name, meant: None } => write!(formatter, "there is no property `{name}`"),
            Self::ReadOnly(name) => write!(formatter, "`{name}` is read-only: AWS sets it"),
            Self::Missing(name) => write!(formatter, "`{name}` is missing"),
            Self::Type { found, wanted } => write!(formatter, "this is {found}, and {wanted} is wanted"),
            Self::NotAmong(values) => write!(formatter, "this is none of {}", values.join(", ")),
            Self::Pattern(pattern) => write!(formatter, "this does not match `{pattern}`"),
            Self::Length(bounds) => write!(formatter, "this has {} characters; {bounds} are taken", bounds.found),
            Self::Range(bounds) => write!(formatter, "{} is out of range; {bounds} is taken", bounds.found),
            Self::Items(bounds) => write!(formatter, "this list has {} items; {bounds} are taken", bounds.found),
            Self::Properties(bounds) => write!(formatter, "this has {} properties; {bounds} are taken", bounds.found),
            Self::MultipleOf(number) => write!(formatter, "this is no multiple of {number}"),
            Self::NotUnique => formatter.write_str("an item stands in this list twice"),
            Self::NoneOf => formatter.write_str("this has none of the forms that are taken here"),
            Self::SeveralOf => formatter.write_str("this has several forms that exclude each other"),
            Self::Refused => formatter.write_str("this is a form that is not taken here"),
            Self::OneOf(names) => write!(formatter, "exactly one of {} is wanted", names.join(", ")),
            Self::AnyOf(names) => write!(formatter, "one of {} is wanted", names.join(", ")),
            Self::Needs { name, needed } => write!(formatter, "`{name}` needs `{needed}`"),
            Self::Excludes { name, other } => write!(formatter, "`{name}` and `{other}` exclude each other"),
        }
    }
}

/// How deep a property may be nested: WAF's statements hold statements.
const DEEPEST: usize = 64;

impl ResourceType {
    /// Every fault of declared properties.
    #[must_use]
    pub fn check<R>(&self, properties: &Property<R>) -> Vec<Fault> {
        let mut checking = Checking { rules: self, faults: Vec::new(), unknown: false, path: Vec::new() };
        checking.value(self.schema(), properties);
        let mut faults = checking.faults;
        faults.sort_by(|one, other| one.path.cmp(&other.path));
        faults.dedup();
        faults
    }

    /// What AWS calls values that may stand at a path, such as `AWS::EC2::Subnet.Id`.
    #[must_use]
    pub fn formats(&self, path: &[Segment]) -> BTreeSet<&str> {
        let mut schema = Some(self.schema());
        for segment in path {
            schema = schema.and_then(|schema| match segment {
                Segment::Key(name) => self.property_of(schema, name),
                Segment::Index(_) => self.deref(schema).get("items"),
            });
        }
        let mut found = BTreeSet::new();
        let Some(schema) = schema.map(|schema| self.deref(schema)) else { return found };
        found.extend(schema.get("format").and_then(Value::as_str));
        let branches = ["anyOf", "oneOf"].iter().filter_map(|word| schema.get(*word)?.as_array()).flatten();
        found.extend(branches.filter_map(|branch| branch.get("format")?.as_str()));
        found
    }
}

struct Checking<'a> {
    rules: &'a ResourceType,
    faults: Vec<Fault>,
    /// True where something could not be judged, since its value is not known.
    unknown: bool,
    path: Vec<Segment>,
}

impl<'a> Checking<'a> {
    fn refuse(&mut self, reason: Reason) {
        self.faults.push(Fault { path: self.path.clone(), reason });
    }

    fn inside(&mut self, segment: Segment, work: impl FnOnce(&mut Self)) {
        self.path.push(segment);
        work(self);
        self.path.pop();
    }

    /// The same checks with faults of their own.
    fn apart(&self, work: impl FnOnce(&mut Self)) -> Self {
        let mut other = Self { rules: self.rules, faults: Vec::new(), unknown: false, path: self.path.clone() };
        work(&mut other);
        other
    }

    fn value<R>(&mut self, schema: &'a Value, value: &Property<R>) {
        let schema = self.rules.deref(schema);
        if self.path.len() > DEEPEST {
            self.unknown = true;
            return;
        }
        if !self.has_type(schema, value) {
            return;
        }
        match value {
            Property::Expression(_) => self.unknown = true,
            Property::Map(fields) => self.object(schema, fields),
            Property::List(items) => self.list(schema, items),
            Property::Text(_) | Property::Number(_) | Property::Boolean(_) => self.scalar(schema, value),
            Property::Null => {}
        }
        self.combined(schema, value);
    }

    fn has_type<R>(&mut self, schema: &Value, value: &Property<R>) -> bool {
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => return true,
        };
        let among = |words: &[&str]| types.iter().any(|one| words.contains(one));
        let (found, fits) = match value {
            Property::Null => ("nothing", false),
            Property::Boolean(_) => ("a truth value", among(&["boolean", "string"])),
            Property::Number(number) => {
                let whole = number.is_i64() || number.is_u64();
                ("a number", among(&["number", "string"]) || (whole && among(&["integer"])))
            }
            Property::Text(text) => {
                let fits = among(&["string"])
                    || (among(&["integer"]) && text.trim().parse::<i64>().is_ok())
                    || (among(&["number"]) && text.trim().parse::<f64>().is_ok())
                    || (among(&["boolean"]) && matches!(text.as_str(), "true" | "false" | "True" | "False"))
                    || (among(&["object", "array"]) && is_json_of(&types, text));
                ("a text", fits)
            }
            Property::List(_) => ("a list", among(&["array"])),
            Property::Map(_) => ("an object", among(&["object"]) || (among(&["string"]) && is_document(schema))),
            Property::Expression(expression) => match expression.shape() {
                Shape::Text => ("a text", among(&["string", "integer", "number", "boolean"])),
                Shape::Number => ("a number", among(&["string", "integer", "number"])),
                Shape::List => ("a list", among(&["array"])),
                Shape::Any => ("a value", true),
            },
        };
        if !fits {
            let wanted = types.iter().map(|one| article(one)).collect::<Vec<_>>().join(" or ");
            self.refuse(Reason::Type { found, wanted });
        }
        fits
    }

    fn object<R>(&mut self, schema: &'a Value, fields: &std::collections::BTreeMap<String, Property<R>>) {
        let at_root = self.path.is_empty();
        let known = object_of(schema, "properties");
        let patterns = object_of(schema, "patternProperties");
        let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        for (name, value) in fields {
            let path: Vec<String> = self.path.iter().map(text_of).chain([name.clone()]).collect();
            if self.rules.is_read_only(&path) && !self.rules.is_create_only(&path) {
                self.inside(Segment::Key(name.clone()), |this| this.refuse(Reason::ReadOnly(name.clone())));
                continue;
            }
            let declared = known.and_then(|all| all.get(name));
            let by_pattern = || {
                let found = patterns
                    .into_iter()
                    .flatten()
                    .find(|(pattern, _)| self.rules.matches(pattern, name) != Some(false));
                found.map(|(_, schema)| schema)
            };
            match declared.or_else(by_pattern) {
                Some(inner) => self.inside(Segment::Key(name.clone()), |this| this.value(inner, value)),
                None if is_closed => {
                    let names: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                    let names: Vec<&str> = match at_root {
                        // What only AWS sets is no way out.
                        true => {
                            names.into_iter().filter(|one| !self.rules.is_read_only(&[(*one).to_owned()])).collect()
                        }
                        false => names,
                    };
                    let meant = nearest(name, &names).map(str::to_owned);
                    let name = name.clone();
                    self.inside(Segment::Key(name.clone()), |this| this.refuse(Reason::Unknown { name, meant }));
                }
                None => {
                    if let Some(inner) = schema.get("additionalProperties").filter(|inner| inner.is_object()) {
                        self.inside(Segment::Key(name.clone()), |this| this.value(inner, value));
                    }
                }
            }
        }
        self.names(schema, &fields.keys().map(String::as_str).collect());
        let count = fields.len();
        self.bounds(schema, ("minProperties", "maxProperties"), count, Reason::Properties);
    }

    /// What a schema says of which properties are there.
    fn names(&mut self, schema: &Value, there: &BTreeSet<&str>) {
        let texts = |value: Option<&Value>| -> Vec<String> {
            value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        for name in texts(schema.get("required")) {
            // What AWS sets is in some schemas required all the same.
            let path: Vec<String> = self.path.iter().map(text_of).chain([name.clone()]).collect();
            if !there.contains(name.as_str()) && !self.rules.is_read_only(&path) {
                self.refuse(Reason::Missing(name));
            }
        }
        let count = |names: &[String]| names.iter().filter(|name| there.contains(name.as_str())).count();
        let one_of = texts(schema.get("requiredXor"));
        if !one_of.is_empty() && count(&one_of) != 1 {
            self.refuse(Reason::OneOf(one_of));
        }
        let any_of = texts(schema.get("requiredOr"));
        if !any_of.is_empty() && count(&any_of) == 0 {
            self.refuse(Reason::AnyOf(any_of));
        }
        let pairs = |word: &str| -> Vec<(String, Vec<String>)> {
            let all = object_of(schema, word).into_iter().flatten();
            all.map(|(name, others)| (name.clone(), texts(Some(others)))).collect()
        };
        for (name, needed) in pairs("dependentRequired").into_iter().filter(|(name, _)| there.contains(name.as_str())) {
            for needed in needed.into_iter().filter(|needed| !there.contains(needed.as_str())) {
                self.refuse(Reason::Needs { name: name.clone(), needed });
            }
        }
        for (name, others) in pairs("dependentExcluded").into_iter().filter(|(name, _)| there.contains(name.as_str())) {
            for other in others.into_iter().filter(|other| there.contains(other.as_str())) {
                self.refuse(Reason::Excludes { name: name.clone(), other });
            }
        }
    }

    fn list<R>(&mut self, schema: &'a Value, items: &[Property<R>]) {
        if let Some(inner) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.inside(Segment::Index(index), |this| this.value(inner, item));
            }
        }
        self.bounds(schema, ("minItems", "maxItems"), items.len(), Reason::Items);
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let known: Vec<String> = items.iter().filter_map(Property::json).map(|value| value.to_string()).collect();
            let distinct: BTreeSet<&String> = known.iter().collect();
            if distinct.len() < known.len() {
                self.refuse(Reason::NotUnique);
            }
        }
    }

    fn bounds(&mut self, schema: &Value, words: (&str, &str), count: usize, reason: fn(Bounds) -> Reason) {
        let bound = |word: &str| schema.get(word).and_then(Value::as_u64);
        let (from, to) = (bound(words.0), bound(words.1));
        let number = count as u64;
        if from.is_some_and(|from| number < from) || to.is_some_and(|to| number > to) {
            let text = |bound: Option<u64>| bound.map(|bound| bound.to_string());
            self.refuse(reason(Bounds { found: count.to_string(), from: text(from), to: text(to) }));
        }
    }

    fn scalar<R>(&mut self, schema: &Value, value: &Property<R>) {
        let Some(json) = value.json() else { return };
        let text = match &json {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let same = |one: &Value| match one {
            Value::String(one) => *one == text,
            other => other == &json || format!("{other}") == text,
        };
        let written = |one: &Value| match one {
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        if let Some(values) = schema.get("enum").and_then(Value::as_array)
            && !values.iter().any(same)
        {
            self.refuse(Reason::NotAmong(values.iter().map(written).collect()));
        }
        if let Some(only) = schema.get("const").filter(|only| !same(only)) {
            self.refuse(Reason::NotAmong(vec![written(only)]));
        }
        if takes(schema, "string") {
            if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
                && self.rules.matches(pattern, &text) == Some(false)
            {
                self.refuse(Reason::Pattern(pattern.to_owned()));
            }
            self.bounds(schema, ("minLength", "maxLength"), text.chars().count(), Reason::Length);
        }
        let bound = |word: &str| schema.get(word).filter(|one| one.is_number());
        let (from, to) = (bound("minimum"), bound("maximum"));
        if let Ok(number) = text.trim().parse::<f64>()
            && !takes(schema, "string")
        {
            let below = from.and_then(Value::as_f64).is_some_and(|from| number < from);
            let above = to.and_then(Value::as_f64).is_some_and(|to| number > to);
            if below || above {
                let text = |bound: Option<&Value>| bound.map(Value::to_string);
                self.refuse(Reason::Range(Bounds { found: json.to_string(), from: text(from), to: text(to) }));
            }
            if let Some(step) = schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0)
                && (number / step).fract() != 0.0
            {
                self.refuse(Reason::MultipleOf(step.to_string()));
            }
        }
    }

    /// What a schema says by other schemas. One is broken for sure, kept for sure, or neither.
    fn combined<R>(&mut self, schema: &'a Value, value: &Property<R>) {
        let branches = |word: &str| schema.get(word).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for branch in branches("allOf") {
            self.value(branch, value);
        }
        for (word, one_only) in [("anyOf", false), ("oneOf", true)] {
            let branches = branches(word);
            if branches.is_empty() {
                continue;
            }
            let mut judged: Vec<Self> =
                branches.iter().map(|branch| self.apart(|this| this.value(branch, value))).collect();
            let kept = judged.iter().filter(|one| one.faults.is_empty() && !one.unknown).count();
            self.unknown |= judged.iter().any(|one| one.unknown);
            if judged.iter().all(|one| !one.faults.is_empty()) {
                judged.sort_by_key(|one| one.faults.len());
                let closest = judged.into_iter().next().map(|one| one.faults).unwrap_or_default();
                match branches {
                    // What is wrong with the only form, or with the one that it comes closest to, says more.
                    [_] => self.faults.extend(closest),
                    _ if closest.iter().any(|fault| fault.path.len() > self.path.len()) => self.faults.extend(closest),
                    _ => self.refuse(Reason::NoneOf),
                }
            } else if one_only && kept > 1 {
                self.refuse(Reason::SeveralOf);
            }
        }
        if let Some(refused) = schema.get("not") {
            let judged = self.apart(|this| this.value(refused, value));
            if judged.faults.is_empty() && !judged.unknown {
                self.refuse(Reason::Refused);
            }
        }
        if let (Some(condition), Some(then)) = (schema.get("if"), schema.get("then")) {
            let judged = self.apart(|this| this.value(condition, value));
            if judged.faults.is_empty() && !judged.unknown {
                self.value(then, value);
            }
        }
    }
}

fn object_of<'a>(schema: &'a Value, word: &str) -> Option<&'a Map<String, Value>> {
    schema.get(word).and_then(Value::as_object)
}

fn takes(schema: &Value, word: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == word,
        Some(Value::Array(all)) => all.iter().any(|one| one == word),
        _ => word == "string",
    }
}

/// True where a text holds JSON: policies are written as objects or as texts.
fn is_document(schema: &Value) -> bool {
    schema.get("format").and_then(Value::as_str) == Some("json")
}

fn is_json_of(types: &[&str], text: &str) -> bool {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => types.contains(&"object"),
        Ok(Value::Array(_)) => types.contains(&"array"),
        _ => false,
    }
}

fn article(word: &str) -> String {
    match word {
        "string" => "a text".to_owned(),
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "a truth value".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "an object".to_owned(),
        other => other.to_owned(),
    }
}

fn text_of(segment: &Segment) -> String {
    match segment {
        Segment::Key(name) => name.clone(),
        Segment::Index(index) => index.to_string(),
    }
}

/// The name that is nearest to another one, where one is near.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let tolerance = (word.chars().count() / 3).clamp(1, 3);
    let folded = word.to_ascii_lowercase();
    let scored = known.iter().map(|&one| (strsim::levenshtein(&folded, &one.to_ascii_lowercase()), one));
    scored.filter(|(distance, _)| *distance <= tolerance).min().map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::property::Expression;

    fn faults(name: &str, properties: Value) -> Vec<String> {
        let rules = ResourceType::embedded(name).unwrap();
        told(&rules, &Property::<String>::from(properties))
    }

    fn told(rules: &ResourceType, properties: &Property<String>) -> Vec<String> {
        let path = |path: &[Segment]| path.iter().map(text_of).collect::<Vec<_>>().join(".");
        rules.check(properties).iter().map(|fault| format!("{}: {}", path(&fault.path), fault.reason)).collect()
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let role = json!({
            "RoleNam": "x", "Arn": "arn:aws:iam::1:role/x", "MaxSessionDuration": 10, "Policies": [{ "PolicyName": "p" }],
            "AssumeRolePolicyDocument": {}
        });
        insta::assert_snapshot!(faults("AWS::IAM::Role", role).join("\n"));
        let group = json!({ "RetentionInDays": 15, "LogGroupClass": "CHEAP", "LogGroupName": "no spaces" });
        insta::assert_snapshot!(faults("AWS::Logs::LogGroup", group).join("\n"));
        let balancer = json!({ "Subnets": ["subnet-1"], "SubnetMappings": [{ "SubnetId": "subnet-1" }] });
        insta::assert_snapshot!(faults("AWS::ElasticLoadBalancingV2::LoadBalancer", balancer).join("\n"));
    }

    #[test]
    fn what_is_not_known_is_not_at_fault() {
        let rules = ResourceType::embedded("AWS::ECS::Service").unwrap();
        let unknown = |of: &str| Property::Expression(Box::new(Expression::Attribute("X".to_owned(), of.to_owned())));
        let fields = [("Cluster", unknown("Arn")), ("TaskDefinition", unknown("Arn")), ("DesiredCount", unknown("N"))];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(told(&rules, &Property::Map(fields.into())), Vec::<String>::new());
        let list = Property::Expression(Box::new(Expression::Split(",".to_owned(), unknown("All"))));
        let wrong = Property::Map([("Cluster".to_owned(), list)].into());
        assert_eq!(told(&rules, &wrong), ["Cluster: this is a list, and a text is wanted"]);
    }

    #[test]
    fn numbers_and_truth_values_may_be_written_as_texts() {
        let bucket =
            json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": "true", "BlockPublicPolicy": true } });
        assert_eq!(faults("AWS::S3::Bucket", bucket), Vec::<String>::new());
        assert_eq!(faults("AWS::Logs::LogGroup", json!({ "RetentionInDays": "14" })), Vec::<String>::new());
    }

    #[test]
    fn every_pattern_compiles() {
        for name in crate::schema::type_names() {
            let rules = ResourceType::embedded(name).unwrap();
            let mut open = vec![rules.schema().clone()];
            while let Some(value) = open.pop() {
                match value {
                    Value::Object(fields) => {
                        if let Some(pattern) = fields.get("pattern").and_then(Value::as_str) {
                            assert!(rules.matches(pattern, "").is_some(), "{name}: {pattern}");
                        }
                        open.extend(fields.into_iter().map(|(_, value)| value));
                    }
                    Value::Array(items) => open.extend(items),
                    _ => {}
                }
            }
        }
    }
}
