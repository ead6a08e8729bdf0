//! Typed reading of documents that reports every fault and goes on.
//!
//! What could not be read is [`Reported`]: the reason is among the findings.

use std::ops::RangeInclusive;

use figment::value::{Dict, Tag, Value};
use serde_json::Value as Json;

use super::declaration::{Defaulted, Key, Keys, MayBeAbsent, MayBeRequired, Presence};
use super::diagnostic::{Fault, Origin};
use super::document::Document;
use super::files::ENVIRONMENT;
use super::findings::{Findings, Read, Reported};
use super::layer::{KeyPath, Part};
use super::shape::{Named, Names, Shape};
use super::spelling;
use crate::values::{InvalidValue, Label};

/// A value with the place it was read from.
#[derive(Debug, Clone)]
pub(super) struct Sourced<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

/// A flag that is on, and where that is said.
pub(super) fn on(flag: &Read<Sourced<bool>>) -> Option<&Sourced<bool>> {
    flag.as_ref().ok().filter(|flag| flag.value)
}

/// A table being read, with the keys that it may have. [`Table::finish`] reports all others.
pub(super) struct Table<'a> {
    document: &'a Document<'a>,
    findings: &'a Findings,
    path: KeyPath,
    entries: Dict,
    keys: &'static Keys,
}

/// A value being read.
pub(super) struct Entry<'a> {
    document: &'a Document<'a>,
    findings: &'a Findings,
    path: KeyPath,
    value: Value,
    /// Where the value, or the text it is a part of, came from.
    tag: Tag,
    /// How the setting is written rightly.
    example: &'static str,
}

impl<'a> Table<'a> {
    /// The whole document as a table of these keys.
    pub(super) fn root(document: &'a Document<'a>, findings: &'a Findings, keys: &'static Keys) -> Self {
        Self { document, findings, path: Vec::new(), entries: document.values.clone(), keys }
    }

    /// The same table, where a word in it tells its keys.
    pub(super) fn with(self, keys: &'static Keys) -> Self {
        Self { keys, ..self }
    }

    /// A key's value; its absence is reported.
    pub(super) fn required<P: MayBeRequired, S: Shape>(&self, key: &'static Key<P, S>) -> Read<S::Value<'a>> {
        match self.given(key) {
            Some(entry) => key.shape.read(entry),
            None => Err(self.findings.refuse(self.missing(key.name, key.example))),
        }
    }

    /// A key's value, if it is given.
    pub(super) fn optional<P: MayBeAbsent, S: Shape>(&self, key: &'static Key<P, S>) -> Read<Option<S::Value<'a>>> {
        self.given(key).map(|entry| key.shape.read(entry)).transpose()
    }

    /// A key's value, or its default.
    pub(super) fn defaulted<S: Shape>(&self, key: &'static Key<Defaulted, S>) -> Read<S::Value<'a>> {
        let default = || self.entry(key.name, key.presence.value.value(), key.example);
        key.shape.read(self.given(key).unwrap_or_else(default))
    }

    fn given<P: Presence, S: Shape>(&self, key: &'static Key<P, S>) -> Option<Entry<'a>> {
        debug_assert!(self.keys.has(key.name), "`{}` is read from a table that has no such key", key.name);
        #[cfg(test)]
        self.findings.note(super::declaration::Declared::identity(key));
        let value = self.entries.get(key.name)?.clone();
        Some(self.entry(key.name, value, key.example))
    }

    fn missing(&self, key: &str, example: &str) -> Fault {
        let mut home = self.origin();
        let mut path: KeyPath = if home.key.is_empty() { Vec::new() } else { vec![home.key.clone()] };
        path.push(key.to_owned());
        home.key = path.join(".");
        home.error(format!("`{key}` is missing here"), format!("add it, such as `{example}`"))
    }

    /// True where a key is given.
    pub(super) fn has<P: Presence, S: Shape>(&self, key: &'static Key<P, S>) -> bool {
        self.given(key).is_some()
    }

    /// Where a key's value is written, if it is given.
    pub(super) fn place_of<P: Presence, S: Shape>(&self, key: &'static Key<P, S>) -> Option<Origin> {
        self.given(key).map(|entry| entry.origin())
    }

    /// True where this is an account's network laid over its blueprint, not the blueprint alone.
    pub(super) fn is_network(&self) -> bool {
        self.document.is_overlay()
    }

    /// The first key that holds a table itself.
    pub(super) fn first_table(&self) -> Option<&str> {
        self.entries.iter().find(|(_, value)| value.as_dict().is_some()).map(|(key, _)| key.as_str())
    }

    /// Where the table is written.
    pub(super) fn origin(&self) -> Origin {
        self.document.home(&self.path)
    }

    fn entry(&self, key: &str, value: Value, example: &'static str) -> Entry<'a> {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        let tag = value.tag();
        Entry { document: self.document, findings: self.findings, path, value, tag, example }
    }

    /// Reports every key that the table may not have.
    pub(super) fn finish(self) {
        let keys: Vec<&str> = self.keys.all().iter().map(|key| key.name()).collect();
        for (key, value) in self.entries.iter().filter(|(key, _)| !self.keys.has(key)) {
            let known: Vec<&str> = keys.iter().chain(self.keys.elsewhere).copied().collect();
            let hint = match spelling::nearest(key, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys here are: {}", keys.join(", ")),
            };
            let origin = self.entry(key, value.clone(), "").key_origin();
            // Variables that only begin like lz's own may be anybody's.
            if origin.source.name == ENVIRONMENT {
                self.findings
                    .warn(origin.warning(format!("`{key}` is no key, so that this variable sets nothing"), hint));
            } else {
                self.findings.refuse(origin.error(format!("unknown key `{key}`"), hint));
            }
        }
    }
}

/// The whole document as a table with names that people choose.
pub(super) fn named_root<'a, S: Shape>(
    document: &'a Document<'a>,
    findings: &'a Findings,
    shape: &Named<S>,
) -> Read<Names<S::Value<'a>>> {
    let value = Value::from(document.values.clone());
    let tag = value.tag();
    shape.read(Entry { document, findings, path: Vec::new(), value, tag, example: shape.example })
}

/// The entries of a table whose names people choose, with the table's place.
type NamedEntries<'a> = (Origin, Vec<(Sourced<String>, Entry<'a>)>);

impl<'a> Entry<'a> {
    fn key_origin(&self) -> Origin {
        self.document.origin(&self.path, self.tag, Part::Key)
    }

    /// Where the value is written.
    pub(super) fn origin(&self) -> Origin {
        self.document.origin(&self.path, self.tag, Part::Value)
    }

    /// Where faults are told.
    pub(super) fn findings(&self) -> &'a Findings {
        self.findings
    }

    /// Reports a fault of this value.
    pub(super) fn fault(&self, problem: impl Into<String>, hint: impl Into<String>) -> Reported {
        self.findings.refuse(self.origin().error(problem, hint))
    }

    /// True where the value is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.value.as_str() == Some(word)
    }

    /// True where the value is written as a text.
    pub(super) fn is_written_as_text(&self) -> bool {
        self.value.as_str().is_some()
    }

    fn wrong_type(&self, expected: &str) -> Reported {
        let key = self.path.iter().rev().find(|key| !key.starts_with('[')).map_or("", String::as_str);
        match self.value.as_str().filter(|_| self.document.is_text(self.tag)) {
            Some(text) => self
                .fault(format!("`{text}` is not {expected}"), format!("in a file one would write `{}`", self.example)),
            None => self.fault(
                format!("`{key}` holds {}, and wants {expected}", described(&self.value)),
                format!("write it like `{}`", self.example),
            ),
        }
    }

    fn sourced<T>(&self, value: T) -> Sourced<T> {
        Sourced { value, origin: self.origin() }
    }

    /// A text.
    pub(super) fn text(self) -> Read<Sourced<String>> {
        match self.value.as_str() {
            Some(text) => Ok(self.sourced(text.to_owned())),
            None => Err(self.wrong_type("a text")),
        }
    }

    /// One of a few words, each with what it means.
    pub(super) fn word<T>(self, words: impl Iterator<Item = (&'static str, T)>) -> Read<Sourced<T>> {
        let findings = self.findings;
        let text = self.text()?;
        let mut known = Vec::new();
        for (word, value) in words {
            if word == text.value {
                return Ok(Sourced { value, origin: text.origin });
            }
            known.push(word);
        }
        let hint = match spelling::nearest(&text.value, &known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of: {}", known.join(", ")),
        };
        Err(findings.refuse(text.origin.error(format!("`{}` is not known here", text.value), hint)))
    }

    /// A whole number in a range.
    pub(super) fn integer(self, range: RangeInclusive<u32>, meaning: &str) -> Read<Sourced<u32>> {
        let given = match &self.value {
            Value::Num(_, number) => number.to_i128().or_else(|| number.to_u128()?.try_into().ok()),
            Value::String(_, text) if self.document.is_text(self.tag) => text.trim().parse().ok(),
            _ => None,
        };
        let Some(number) = given else { return Err(self.wrong_type("a whole number")) };
        match u32::try_from(number).ok().filter(|number| range.contains(number)) {
            Some(number) => Ok(self.sourced(number)),
            None => {
                let hint = format!("{meaning} is {} to {}", range.start(), range.end());
                Err(self.fault(format!("{number} is out of range"), hint))
            }
        }
    }

    /// True or false.
    pub(super) fn boolean(self) -> Read<Sourced<bool>> {
        let given = match &self.value {
            Value::Bool(_, truth) => Some(*truth),
            Value::String(_, text) if self.document.is_text(self.tag) => text.trim().parse().ok(),
            _ => None,
        };
        match given {
            Some(truth) => Ok(self.sourced(truth)),
            None => Err(self.wrong_type("true or false")),
        }
    }

    /// A text, a number, a truth value, or a list of them.
    pub(super) fn json(self) -> Read<Sourced<Json>> {
        match scalar(&self.value) {
            Some(value) => Ok(self.sourced(value)),
            None => match &self.value {
                Value::Array(_, items) => match items.iter().map(scalar).collect::<Option<Vec<Json>>>() {
                    Some(items) => Ok(self.sourced(items.into())),
                    None => Err(self.wrong_type("a list of texts, numbers or truth values")),
                },
                _ => Err(self.wrong_type("a text, a number, true or false, or a list of them")),
            },
        }
    }

    /// A list, its elements to be read one by one.
    pub(super) fn list(self) -> Read<Vec<Entry<'a>>> {
        let elements = match &self.value {
            Value::Array(_, elements) => elements.clone(),
            Value::String(_, text) if self.document.is_text(self.tag) => split_list(text),
            _ => return Err(self.wrong_type("a list")),
        };
        let entries = elements.into_iter().enumerate().map(|(index, value)| {
            let mut path = self.path.clone();
            path.push(format!("[{index}]"));
            Entry {
                document: self.document,
                findings: self.findings,
                path,
                value,
                tag: self.tag,
                example: self.example,
            }
        });
        Ok(entries.collect())
    }

    /// A table of these keys.
    pub(super) fn table(self, keys: &'static Keys) -> Read<Table<'a>> {
        let (document, findings, path) = (self.document, self.findings, self.path.clone());
        Ok(Table { document, findings, path, entries: self.dict()?, keys })
    }

    /// A table with names that people choose: where it is written, and its entries.
    pub(super) fn named(self, example: &'static str) -> Read<NamedEntries<'a>> {
        let (document, findings, path) = (self.document, self.findings, self.path.clone());
        let named = self.dict()?.into_iter().map(|(key, value)| {
            let mut path = path.clone();
            path.push(key.clone());
            let tag = value.tag();
            let entry = Entry { document, findings, path, value, tag, example };
            (Sourced { value: key, origin: entry.key_origin() }, entry)
        });
        let named = named.collect();
        Ok((document.home(&path), named))
    }

    fn dict(self) -> Read<Dict> {
        match self.value {
            Value::Dict(_, entries) => Ok(entries),
            _ if self.document.is_text(self.tag) => {
                Err(self.fault("a table cannot be given as one text", "give its keys one by one"))
            }
            _ => Err(self.wrong_type("a table")),
        }
    }
}

/// A key that is a name.
pub(super) fn label_key(key: &Sourced<String>, findings: &Findings) -> Read<Label> {
    Label::parse(&key.value).map_err(|invalid| findings.refuse(invalid_value(&key.origin, &invalid)))
}

/// A value's own words for what is wrong with it; what follows its semicolon or colon is the way out.
pub(super) fn invalid_value(origin: &Origin, invalid: &InvalidValue) -> Fault {
    let parts = invalid.problem.split_once("; ").or_else(|| invalid.problem.split_once(": "));
    let (problem, hint) = parts.unwrap_or((&invalid.problem, "write a value of that form"));
    origin.error(format!("`{}` {problem}", invalid.text), hint)
}

/// `a,b` or `["a", "b"]`, as people write a list in an environment variable.
fn split_list(text: &str) -> Vec<Value> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    let elements = inner.split(',').map(|element| element.trim().trim_matches(['"', '\'']));
    elements.filter(|element| !element.is_empty()).map(Value::from).collect()
}

/// A value that holds no others, as JSON.
fn scalar(value: &Value) -> Option<Json> {
    match value {
        Value::String(_, text) => Some(text.clone().into()),
        Value::Char(_, one) => Some(one.to_string().into()),
        Value::Bool(_, truth) => Some((*truth).into()),
        Value::Num(_, number) => match number.to_i128().map(i64::try_from) {
            Some(Ok(whole)) => Some(whole.into()),
            Some(Err(_)) => None,
            None => number.to_f64().and_then(serde_json::Number::from_f64).map(Json::Number),
        },
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

fn described(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "a text",
        Value::Bool(..) => "true or false",
        Value::Num(_, number) if number.to_i128().is_none() && number.to_u128().is_none() => "a fraction",
        Value::Num(..) => "a number",
        Value::Empty(..) => "nothing",
        Value::Dict(..) => "a table",
        Value::Array(..) => "a list",
    }
}
