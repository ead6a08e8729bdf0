//! Parameters: what a template asks of whoever uses it.

use std::collections::BTreeMap;
use std::fmt;

use fancy_regex::Regex;
use serde_json::Value as Json;

use super::fault::{Faults, Position};
use super::node::{Node, Value};
use crate::property::{Expression, Property, Shape};

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Where it is declared.
    pub at: Position,
    /// Its type.
    pub parameter_type: ParameterType,
    /// What it is where nobody gives a value.
    pub default: Option<Json>,
    allowed: Option<Vec<String>>,
    pattern: Option<String>,
    description: Option<String>,
    length: (Option<f64>, Option<f64>),
    range: (Option<f64>, Option<f64>),
}

/// A parameter's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterType {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A list of texts.
    Texts,
    /// A list of numbers.
    Numbers,
    /// What AWS identifies, such as `AWS::EC2::Subnet::Id`.
    Id(String),
    /// A list of what AWS identifies.
    Ids(String),
}

impl ParameterType {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "String" => Self::Text,
            "Number" => Self::Number,
            "CommaDelimitedList" | "List<String>" => Self::Texts,
            "List<Number>" => Self::Numbers,
            _ => match name.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>')) {
                Some(of) if is_id(of) => Self::Ids(of.to_owned()),
                None if is_id(name) => Self::Id(name.to_owned()),
                _ => return None,
            },
        })
    }

    /// True for a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Texts | Self::Numbers | Self::Ids(_))
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => formatter.write_str("String"),
            Self::Number => formatter.write_str("Number"),
            Self::Texts => formatter.write_str("CommaDelimitedList"),
            Self::Numbers => formatter.write_str("List<Number>"),
            Self::Id(of) => formatter.write_str(of),
            Self::Ids(of) => write!(formatter, "List<{of}>"),
        }
    }
}

/// What AWS identifies (CloudFormation user guide, "AWS-specific parameter types").
fn is_id(name: &str) -> bool {
    name.starts_with("AWS::EC2::") || name == "AWS::Route53::HostedZone::Id"
}

const KEYS: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

impl Parameter {
    /// Reads a parameter's declaration.
    pub(super) fn read(name: &str, at: Position, node: &Node, faults: &mut Faults) -> Option<Self> {
        let Some(fields) = node.map() else {
            faults.add(
                node.at,
                format!("the parameter `{name}` is {}", node.described()),
                "write an object with a `Type`",
            );
            return None;
        };
        super::sections::refuse_unknown(fields, &KEYS, "parameter", faults);
        let Some(written) = node.get("Type") else {
            faults.add(at, format!("the parameter `{name}` has no `Type`"), "add one, such as `Type: String`");
            return None;
        };
        let word = written.text().unwrap_or_default();
        let Some(parameter_type) = ParameterType::named(word) else {
            let (problem, hint) = match word.starts_with("AWS::SSM::") {
                true => (
                    format!("lz reads no parameters of Systems Manager, as `{word}` asks"),
                    "take a `String`, and give the value",
                ),
                false => (
                    format!("`{word}` is no type of a parameter"),
                    "write `String`, `Number`, `CommaDelimitedList`, or one such as `AWS::EC2::Subnet::Id`",
                ),
            };
            faults.add(written.at, problem, hint);
            return None;
        };
        if let Some(hidden) = node.get("NoEcho").filter(|one| matches!(scalar(one).as_deref(), Some("true"))) {
            faults.add(
                hidden.at,
                format!("lz takes no secret, and `{name}` is one"),
                "let AWS make it: `ManageMasterUserPassword` of a database, or `GenerateSecretString` of a secret",
            );
            return None;
        }
        let number = |word: &str| node.get(word).and_then(scalar).and_then(|text| text.parse().ok());
        let parameter = Self {
            at,
            parameter_type,
            default: node.get("Default").and_then(json),
            allowed: node.get("AllowedValues").and_then(Node::list).map(|all| all.iter().filter_map(scalar).collect()),
            pattern: node.get("AllowedPattern").and_then(scalar),
            description: node.get("ConstraintDescription").and_then(scalar),
            length: (number("MinLength"), number("MaxLength")),
            range: (number("MinValue"), number("MaxValue")),
        };
        if let Some(pattern) = node.get("AllowedPattern")
            && Regex::new(pattern.text().unwrap_or_default()).is_err()
        {
            faults.add(pattern.at, "this is no regular expression", "correct it");
        }
        if let (Some(default), Some(place)) = (&parameter.default, node.get("Default"))
            && let Err(problem) = parameter.value::<()>(&Property::from(default.clone()))
        {
            faults.add(place.at, format!("the default of `{name}` {problem}"), "give another one");
        }
        Some(parameter)
    }

    /// The value that a parameter has, given what somebody writes for it: of its type, and by its rules.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with what is given.
    pub fn value<R: Clone>(&self, given: &Property<R>) -> Result<Property<R>, String> {
        if self.parameter_type.is_list() {
            let items = match given {
                Property::List(items) => items.clone(),
                Property::Text(text) => text
                    .split(',')
                    .map(|part| Property::Text(part.trim().to_owned()))
                    .filter(|part| !matches!(part, Property::Text(text) if text.is_empty()))
                    .collect(),
                Property::Expression(expression) if matches!(expression.shape(), Shape::List | Shape::Any) => {
                    return Ok(given.clone());
                }
                Property::Expression(_) => return Ok(Expression::split(",", given.clone())),
                other => vec![other.clone()],
            };
            return items.iter().map(|item| self.item(item)).collect::<Result<_, _>>().map(Property::List);
        }
        if matches!(given, Property::List(_) | Property::Map(_) | Property::Null) {
            return Err(format!("is no single value, and the parameter is a {}", self.parameter_type));
        }
        self.item(given)
    }

    fn item<R: Clone>(&self, given: &Property<R>) -> Result<Property<R>, String> {
        let text = match given.json() {
            None => return Ok(given.clone()),
            Some(Json::String(text)) => text,
            Some(value @ (Json::Number(_) | Json::Bool(_))) => value.to_string(),
            Some(_) => return Err("is no text, number or truth value".to_owned()),
        };
        let because = |problem: String| match &self.description {
            Some(description) => format!("{problem} ({description})"),
            None => problem,
        };
        if let Some(allowed) = self.allowed.as_ref().filter(|allowed| !allowed.contains(&text)) {
            return Err(because(format!("is `{text}`, and the parameter takes {}", allowed.join(", "))));
        }
        if let Some(pattern) = &self.pattern
            && Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| !regex.is_match(&text).unwrap_or(false))
        {
            return Err(because(format!("is `{text}`, which does not match `{pattern}`")));
        }
        let outside = |number: f64, (from, to): (Option<f64>, Option<f64>)| {
            from.is_some_and(|from| number < from) || to.is_some_and(|to| number > to)
        };
        #[expect(clippy::cast_precision_loss, reason = "no text of a template is that long")]
        let length = text.chars().count() as f64;
        if outside(length, self.length) {
            return Err(because(format!("has {length} characters, and the parameter takes another number of them")));
        }
        if matches!(self.parameter_type, ParameterType::Number | ParameterType::Numbers) {
            let number: f64 =
                text.trim().parse().map_err(|_| because(format!("is `{text}`, and the parameter is a number")))?;
            if outside(number, self.range) {
                return Err(because(format!("is {text}, which is out of the parameter's range")));
            }
            return Ok(match text.trim().parse::<i64>() {
                Ok(whole) => Property::Number(whole.into()),
                Err(_) => serde_json::Number::from_f64(number).map_or_else(|| given.clone(), Property::Number),
            });
        }
        Ok(Property::Text(text))
    }
}

/// A scalar as a text.
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A value without functions as JSON.
pub(super) fn json(node: &Node) -> Option<Json> {
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Boolean(truth) => (*truth).into(),
        Value::Number(number) => Json::Number(number.clone()),
        Value::Text(text) => text.clone().into(),
        Value::List(items) => items.iter().map(json).collect::<Option<Vec<_>>>()?.into(),
        Value::Map(fields) => {
            let fields = fields.iter().map(|(key, node)| Some((key.name.clone(), json(node)?)));
            Json::Object(fields.collect::<Option<BTreeMap<_, _>>>()?.into_iter().collect())
        }
    })
}
