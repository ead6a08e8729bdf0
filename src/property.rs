//! A property of a resource whose type a schema describes: JSON, with expressions wherever a value is not known yet.
//!
//! A template's author writes `!GetAtt Queue.Arn`; AWS tells the value when the queue is there. Until then the expression
//! stands in the value's place. What an expression refers to is a type of its own, `R`: a logical name in a template, an
//! address or id in a plan.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// A property's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property<R> {
    /// JSON's `null`.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Map(BTreeMap<String, Self>),
    /// A value that is not known yet.
    Expression(Box<Expression<R>>),
}

/// A value that is not known yet, as CloudFormation's intrinsic functions say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", bound(serialize = "R: Serialize", deserialize = "R: DeserializeOwned"))]
pub enum Expression<R> {
    /// What `Ref` of a resource gives.
    Id(R),
    /// What `Fn::GetAtt` of a resource gives: an attribute, such as `Arn` or `Endpoint.Address`.
    Attribute(R, String),
    /// The items, a list of texts, with a delimiter between them. `Fn::Sub` is this with an empty one.
    Join(String, Property<R>),
    /// The item at an index.
    Select(usize, Property<R>),
    /// The text, cut at each delimiter.
    Split(String, Property<R>),
    /// The text in base 64.
    Base64(Property<R>),
    /// The value as JSON in a text.
    ToJsonString(Property<R>),
    /// How many items a list has.
    Length(Property<R>),
}

/// What kind of value an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A list.
    List,
    /// Whatever AWS says: the schema of the attribute's type knows more.
    Any,
}

impl<R> Expression<R> {
    /// What kind of value it gives.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::Id(_) | Self::Join(..) | Self::Base64(_) | Self::ToJsonString(_) => Shape::Text,
            Self::Length(_) => Shape::Number,
            Self::Split(..) => Shape::List,
            Self::Attribute(..) | Self::Select(..) => Shape::Any,
        }
    }
}

/// What an expression asks of the resource that it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked<'a> {
    /// What `Ref` gives.
    Id,
    /// An attribute.
    Attribute(&'a str),
}

impl<R> Property<R> {
    /// The value as JSON; none while an expression is in it.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => Value::Bool(*value),
            Self::Number(value) => Value::Number(value.clone()),
            Self::Text(value) => Value::String(value.clone()),
            Self::List(items) => Value::Array(items.iter().map(Self::json).collect::<Option<_>>()?),
            Self::Map(fields) => {
                let fields = fields.iter().map(|(name, value)| Some((name.clone(), value.json()?)));
                Value::Object(fields.collect::<Option<_>>()?)
            }
            Self::Expression(_) => return None,
        })
    }

    /// Shows everything that its expressions ask for.
    pub fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a R, Asked<'a>)) {
        match self {
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) => {}
            Self::List(items) => items.iter().for_each(|item| item.visit(visitor)),
            Self::Map(fields) => fields.values().for_each(|field| field.visit(visitor)),
            Self::Expression(expression) => match &**expression {
                Expression::Id(of) => visitor(of, Asked::Id),
                Expression::Attribute(of, name) => visitor(of, Asked::Attribute(name)),
                Expression::Join(_, inner)
                | Expression::Select(_, inner)
                | Expression::Split(_, inner)
                | Expression::Base64(inner)
                | Expression::ToJsonString(inner)
                | Expression::Length(inner) => inner.visit(visitor),
            },
        }
    }

    /// The same with each thing that is referred to replaced.
    #[must_use]
    pub fn map<S>(self, replacement: &mut dyn FnMut(R) -> S) -> Property<S> {
        let mapped = self.try_map::<S, std::convert::Infallible>(&mut |one| Ok(replacement(one)));
        mapped.unwrap_or_else(|never| match never {})
    }

    /// The same with each thing that is referred to replaced.
    ///
    /// # Errors
    /// The first that `replacement` gives.
    pub fn try_map<S, E>(self, replacement: &mut dyn FnMut(R) -> Result<S, E>) -> Result<Property<S>, E> {
        Ok(match self {
            Self::Null => Property::Null,
            Self::Boolean(value) => Property::Boolean(value),
            Self::Number(value) => Property::Number(value),
            Self::Text(value) => Property::Text(value),
            Self::List(items) => {
                Property::List(items.into_iter().map(|item| item.try_map(replacement)).collect::<Result<_, E>>()?)
            }
            Self::Map(fields) => {
                let fields = fields.into_iter().map(|(name, value)| Ok((name, value.try_map(replacement)?)));
                Property::Map(fields.collect::<Result<_, E>>()?)
            }
            Self::Expression(expression) => Property::Expression(Box::new(match *expression {
                Expression::Id(of) => Expression::Id(replacement(of)?),
                Expression::Attribute(of, name) => Expression::Attribute(replacement(of)?, name),
                Expression::Join(delimiter, inner) => Expression::Join(delimiter, inner.try_map(replacement)?),
                Expression::Select(index, inner) => Expression::Select(index, inner.try_map(replacement)?),
                Expression::Split(delimiter, inner) => Expression::Split(delimiter, inner.try_map(replacement)?),
                Expression::Base64(inner) => Expression::Base64(inner.try_map(replacement)?),
                Expression::ToJsonString(inner) => Expression::ToJsonString(inner.try_map(replacement)?),
                Expression::Length(inner) => Expression::Length(inner.try_map(replacement)?),
            })),
        })
    }
}

impl<R: Clone> Property<R> {
    /// The same with what is known put in: an expression stays where something that it asks for is not known.
    #[must_use]
    pub fn resolve(&self, known: &mut dyn FnMut(&R, Asked<'_>) -> Option<Value>) -> Self {
        match self {
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) => self.clone(),
            Self::List(items) => Self::List(items.iter().map(|item| item.resolve(known)).collect()),
            Self::Map(fields) => {
                Self::Map(fields.iter().map(|(name, value)| (name.clone(), value.resolve(known))).collect())
            }
            Self::Expression(expression) => expression.resolve(known),
        }
    }
}

impl<R: Clone> Expression<R> {
    /// Its value, or itself with what is known put in.
    fn resolve(&self, known: &mut dyn FnMut(&R, Asked<'_>) -> Option<Value>) -> Property<R> {
        let found = match self {
            Self::Id(of) => known(of, Asked::Id).map(Property::from),
            Self::Attribute(of, name) => known(of, Asked::Attribute(name)).map(Property::from),
            Self::Join(delimiter, inner) => return Self::joined(delimiter, inner.resolve(known)),
            Self::Select(index, inner) => return Self::selected(*index, inner.resolve(known)),
            Self::Split(delimiter, inner) => return Self::split(delimiter, inner.resolve(known)),
            Self::Base64(inner) => return Self::base64(inner.resolve(known)),
            Self::ToJsonString(inner) => return Self::json_text(inner.resolve(known)),
            Self::Length(inner) => return Self::length(inner.resolve(known)),
        };
        found.unwrap_or_else(|| Property::Expression(Box::new(self.clone())))
    }

    /// `Fn::Join`, as far as it can be done.
    #[must_use]
    pub fn joined(delimiter: &str, items: Property<R>) -> Property<R> {
        if let Property::List(list) = &items
            && let Some(texts) = list.iter().map(Property::as_text).collect::<Option<Vec<_>>>()
        {
            return Property::Text(texts.join(delimiter));
        }
        Property::Expression(Box::new(Self::Join(delimiter.to_owned(), items)))
    }

    /// `Fn::Select`, as far as it can be done.
    #[must_use]
    pub fn selected(index: usize, items: Property<R>) -> Property<R> {
        match items {
            Property::List(list) if index < list.len() => list.into_iter().nth(index).unwrap_or(Property::Null),
            items => Property::Expression(Box::new(Self::Select(index, items))),
        }
    }

    /// `Fn::Split`, as far as it can be done.
    #[must_use]
    pub fn split(delimiter: &str, text: Property<R>) -> Property<R> {
        match text {
            Property::Text(text) => {
                Property::List(text.split(delimiter).map(|part| Property::Text(part.to_owned())).collect())
            }
            text => Property::Expression(Box::new(Self::Split(delimiter.to_owned(), text))),
        }
    }

    /// `Fn::Base64`, as far as it can be done.
    #[must_use]
    pub fn base64(text: Property<R>) -> Property<R> {
        match text {
            Property::Text(text) => Property::Text(aws_smithy_types::base64::encode(text)),
            text => Property::Expression(Box::new(Self::Base64(text))),
        }
    }

    /// `Fn::ToJsonString`, as far as it can be done.
    #[must_use]
    pub fn json_text(value: Property<R>) -> Property<R> {
        match value.json() {
            Some(value) => Property::Text(value.to_string()),
            None => Property::Expression(Box::new(Self::ToJsonString(value))),
        }
    }

    /// `Fn::Length`, as far as it can be done.
    #[must_use]
    pub fn length(items: Property<R>) -> Property<R> {
        match items {
            Property::List(list) => Property::Number(list.len().into()),
            items => Property::Expression(Box::new(Self::Length(items))),
        }
    }
}

impl<R> Property<R> {
    /// It as a text, where it is a scalar: CloudFormation joins numbers and truth values too.
    fn as_text(&self) -> Option<String> {
        match self {
            Self::Boolean(value) => Some(value.to_string()),
            Self::Number(value) => Some(value.to_string()),
            Self::Text(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl<R> From<Value> for Property<R> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(value),
            Value::Number(value) => Self::Number(value),
            Value::String(value) => Self::Text(value),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                Self::Map(fields.into_iter().map(|(name, value)| (name, Self::from(value))).collect())
            }
        }
    }
}

/// The only key of an object that is an expression. A key of a literal object that begins with `$` is written with one
/// more, so that no literal is ever read as an expression.
const EXPRESSION: &str = "$expression";

impl<R: Serialize> Property<R> {
    /// It for files and documents.
    #[must_use]
    pub fn document(&self) -> Value {
        match self {
            Self::List(items) => items.iter().map(Self::document).collect(),
            Self::Map(fields) => {
                let escaped = |name: &String| if name.starts_with('$') { format!("${name}") } else { name.clone() };
                Value::Object(fields.iter().map(|(name, value)| (escaped(name), value.document())).collect())
            }
            Self::Expression(expression) => match serde_json::to_value(expression) {
                Ok(value) => Value::from_iter([(EXPRESSION, value)]),
                // No reference fails to be written: each is a text or an object of texts.
                Err(_) => Value::Null,
            },
            literal => literal.json().unwrap_or_default(),
        }
    }
}

impl<R: Serialize> Serialize for Property<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl<'de, R: DeserializeOwned> Deserialize<'de> for Property<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn read<R: DeserializeOwned>(document: Value) -> Result<Property<R>, serde_json::Error> {
    match document {
        Value::Array(items) => Ok(Property::List(items.into_iter().map(read).collect::<Result<_, _>>()?)),
        Value::Object(mut fields) => {
            if let Some(expression) = fields.remove(EXPRESSION) {
                return Ok(Property::Expression(Box::new(serde_json::from_value(expression)?)));
            }
            let literal = |name: String| name.strip_prefix('$').map(str::to_owned).unwrap_or(name);
            let fields = fields.into_iter().map(|(name, value)| Ok((literal(name), read(value)?)));
            Ok(Property::Map(fields.collect::<Result<_, serde_json::Error>>()?))
        }
        literal => Ok(literal.into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn properties() -> impl Strategy<Value = Property<String>> {
        let leaf = prop_oneof![
            Just(Property::Null),
            any::<bool>().prop_map(Property::Boolean),
            any::<i32>().prop_map(|number| Property::Number(number.into())),
            "[$a-c]{0,3}".prop_map(Property::Text),
            "[a-c]".prop_map(|of| Property::Expression(Box::new(Expression::Id(of)))),
            ("[a-c]", "[a-c]").prop_map(|(of, name)| Property::Expression(Box::new(Expression::Attribute(of, name)))),
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Property::List),
                prop::collection::btree_map(r"(\$expression|[$a-c]{0,3})", inner.clone(), 0..3).prop_map(Property::Map),
                (0..3_usize, inner.clone())
                    .prop_map(|(index, inner)| Property::Expression(Box::new(Expression::Select(index, inner)))),
                ("[,-]", inner).prop_map(|(by, inner)| Property::Expression(Box::new(Expression::Join(by, inner)))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(property in properties()) {
            let written = serde_json::to_string(&property).unwrap();
            prop_assert_eq!(serde_json::from_str::<Property<String>>(&written).unwrap(), property);
        }

        #[test]
        fn nothing_known_changes_only_what_needs_no_knowledge(property in properties()) {
            let once = property.resolve(&mut |_, _| None);
            prop_assert_eq!(once.resolve(&mut |_, _| None), once);
        }
    }

    #[test]
    fn an_expression_is_its_value_once_all_it_asks_for_is_known() {
        let text = |text: &str| Property::<String>::Text(text.to_owned());
        let arn = Property::Expression(Box::new(Expression::Attribute("Queue".to_owned(), "Arn".to_owned())));
        let all = Expression::joined("", Property::List(vec![text("<"), arn.clone(), text(">")]));
        assert_eq!(all.json(), None);
        let mut asked = Vec::new();
        all.visit(&mut |of, what| asked.push(format!("{of} {what:?}")));
        assert_eq!(asked, [r#"Queue Attribute("Arn")"#]);
        let known = all.resolve(&mut |_, _| Some(json!("arn:aws:sqs:::q")));
        assert_eq!(known.json(), Some(json!("<arn:aws:sqs:::q>")));
        let part = Expression::selected(3, Expression::split(":", arn));
        assert_eq!(part.resolve(&mut |_, _| Some(json!("a:b:c:d"))).json(), Some(json!("d")));
        assert_eq!(Expression::base64(text("lz")).json(), Some(json!("bHo=")));
        let list = Property::List(vec![text("a"), Property::Number(1.into())]);
        assert_eq!(Expression::length(list.clone()).json(), Some(json!(2)));
        assert_eq!(Expression::json_text(list).json(), Some(json!(r#"["a",1]"#)));
    }
}
