//! Typed reading of documents that reports every fault and goes on.
//!
//! Each reader returns `None` for what it could not read, after it has put the reason among the findings.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::str::FromStr;

use figment::value::{Dict, Tag, Value};

use super::diagnostic::{Diagnostic, Origin};
use super::document::Document;
use super::files::ENVIRONMENT;
use super::layer::{KeyPath, Part};
use super::spelling;
use crate::values::{InvalidValue, Label};

/// The findings of a run over the files.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: RefCell<Vec<Diagnostic>>,
    placeholders: RefCell<Vec<Diagnostic>>,
}

impl Findings {
    pub(super) fn add(&self, diagnostic: Diagnostic) {
        self.all.borrow_mut().push(diagnostic);
    }

    /// Adds something that does for a rehearsal, and can't be asked of AWS.
    pub(super) fn add_placeholder(&self, diagnostic: Diagnostic) {
        self.placeholders.borrow_mut().push(diagnostic);
    }

    /// What does for a rehearsal only; it is taken out.
    pub(super) fn placeholders(&self) -> Vec<Diagnostic> {
        sorted(self.placeholders.take())
    }

    /// Everything found, in the order of files and lines; the same finding about the same place once, however many networks
    /// share the blueprint that it is about.
    pub(super) fn sorted(self) -> Vec<Diagnostic> {
        sorted(self.all.into_inner())
    }
}

fn sorted(mut all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    all.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
    all.dedup();
    all
}

/// A value with the place it was read from.
#[derive(Debug, Clone)]
pub(super) struct Sourced<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

/// A table being read. [`Table::finish`] reports the keys that nobody asked for.
pub(super) struct Table<'a> {
    document: &'a Document<'a>,
    findings: &'a Findings,
    path: KeyPath,
    entries: Dict,
    asked: Vec<&'static str>,
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
    /// The whole document as a table.
    pub(super) fn root(document: &'a Document<'a>, findings: &'a Findings) -> Self {
        Self { document, findings, path: Vec::new(), entries: document.values.clone(), asked: Vec::new() }
    }

    /// A key's value, if it is given. `example` shows how it is written.
    pub(super) fn optional(&mut self, key: &'static str, example: &'static str) -> Option<Entry<'a>> {
        self.asked.push(key);
        let value = self.entries.get(key)?.clone();
        Some(self.entry(key, value, example))
    }

    /// A key's value; its absence is reported.
    pub(super) fn required(&mut self, key: &'static str, example: &'static str) -> Option<Entry<'a>> {
        let entry = self.optional(key, example);
        if entry.is_none() {
            self.findings.add(self.missing(key, example));
        }
        entry
    }

    fn missing(&self, key: &str, example: &str) -> Diagnostic {
        let mut home = self.origin();
        let mut path: KeyPath = if home.key.is_empty() { Vec::new() } else { vec![home.key.clone()] };
        path.push(key.to_owned());
        home.key = path.join(".");
        home.error(format!("`{key}` is missing here"), format!("add it, such as `{example}`"))
    }

    /// True where the key is given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
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

    /// All entries of a table whose keys are names that the user chose.
    pub(super) fn into_entries(self, example: &'static str) -> Vec<(Sourced<String>, Entry<'a>)> {
        let entries = self.entries.clone();
        let named = entries.into_iter().map(|(key, value)| {
            let entry = self.entry(&key, value, example);
            (Sourced { value: key, origin: entry.key_origin() }, entry)
        });
        named.collect()
    }

    fn entry(&self, key: &str, value: Value, example: &'static str) -> Entry<'a> {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        let tag = value.tag();
        Entry { document: self.document, findings: self.findings, path, value, tag, example }
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self) {
        for (key, value) in &self.entries {
            if self.asked.contains(&key.as_str()) {
                continue;
            }
            let way_out = match spelling::nearest(key, &self.asked) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys here are: {}", self.asked.join(", ")),
            };
            let origin = self.entry(key, value.clone(), "").key_origin();
            // Variables that only begin like lz's own may be anybody's.
            let diagnostic = match origin.source.name == ENVIRONMENT {
                true => origin.warning(format!("`{key}` is no key, so that this variable sets nothing"), way_out),
                false => origin.error(format!("unknown key `{key}`"), way_out),
            };
            self.findings.add(diagnostic);
        }
    }
}

impl<'a> Entry<'a> {
    fn key_origin(&self) -> Origin {
        self.document.origin(&self.path, self.tag, Part::Key)
    }

    /// Where the value is written.
    pub(super) fn origin(&self) -> Origin {
        self.document.origin(&self.path, self.tag, Part::Value)
    }

    /// Reports a fault of this value.
    pub(super) fn fault(&self, problem: impl Into<String>, way_out: impl Into<String>) {
        self.findings.add(self.origin().error(problem, way_out));
    }

    /// True where the value is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.value.as_str() == Some(word)
    }

    /// True where the value is written as a text.
    pub(super) fn is_text(&self) -> bool {
        self.value.as_str().is_some()
    }

    fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let key = self.path.iter().rev().find(|key| !key.starts_with('[')).map_or("", String::as_str);
        match self.value.as_str().filter(|_| self.document.is_text(self.tag)) {
            Some(text) => self
                .fault(format!("`{text}` is not {expected}"), format!("in a file one would write `{}`", self.example)),
            None => self.fault(
                format!("`{key}` holds {}, and wants {expected}", described(&self.value)),
                format!("write it like `{}`", self.example),
            ),
        }
        None
    }

    fn sourced<T>(&self, value: T) -> Option<Sourced<T>> {
        Some(Sourced { value, origin: self.origin() })
    }

    /// A text.
    pub(super) fn text(self) -> Option<Sourced<String>> {
        match self.value.as_str() {
            Some(text) => self.sourced(text.to_owned()),
            None => self.wrong_type("a text"),
        }
    }

    /// A text with rules.
    pub(super) fn parsed<T: FromStr<Err = InvalidValue>>(self) -> Option<Sourced<T>> {
        let findings = self.findings;
        let text = self.text()?;
        match text.value.parse() {
            Ok(value) => Some(Sourced { value, origin: text.origin }),
            Err(invalid) => {
                findings.add(invalid_value(&text.origin, &invalid));
                None
            }
        }
    }

    /// A text that a rule accepts.
    pub(super) fn text_that(
        self,
        rule: impl Fn(&str) -> bool,
        problem: &str,
        way_out: &str,
    ) -> Option<Sourced<String>> {
        let findings = self.findings;
        let text = self.text()?;
        if rule(&text.value) {
            return Some(text);
        }
        findings.add(text.origin.error(format!("`{}` {problem}", text.value), way_out));
        None
    }

    /// One of a few words, each with what it means.
    pub(super) fn word<T: Copy>(self, words: &[(&str, T)]) -> Option<Sourced<T>> {
        let findings = self.findings;
        let text = self.text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Sourced { value: *value, origin: text.origin });
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let way_out = match spelling::nearest(&text.value, &known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of: {}", known.join(", ")),
        };
        findings.add(text.origin.error(format!("`{}` is not known here", text.value), way_out));
        None
    }

    /// A whole number in a range.
    pub(super) fn integer(self, range: RangeInclusive<u32>, meaning: &str) -> Option<Sourced<u32>> {
        let given = match &self.value {
            Value::Num(_, number) => number.to_i128().or_else(|| number.to_u128()?.try_into().ok()),
            Value::String(_, text) if self.document.is_text(self.tag) => text.trim().parse().ok(),
            _ => None,
        };
        let Some(number) = given else { return self.wrong_type("a whole number") };
        match u32::try_from(number).ok().filter(|number| range.contains(number)) {
            Some(number) => self.sourced(number),
            None => {
                let way_out = format!("{meaning} is {} to {}", range.start(), range.end());
                self.fault(format!("{number} is out of range"), way_out);
                None
            }
        }
    }

    /// True or false.
    pub(super) fn boolean(self) -> Option<Sourced<bool>> {
        let given = match &self.value {
            Value::Bool(_, truth) => Some(*truth),
            Value::String(_, text) if self.document.is_text(self.tag) => text.trim().parse().ok(),
            _ => None,
        };
        match given {
            Some(truth) => self.sourced(truth),
            None => self.wrong_type("true or false"),
        }
    }

    /// A list, its elements to be read one by one.
    pub(super) fn list(self) -> Option<Vec<Entry<'a>>> {
        let elements = match &self.value {
            Value::Array(_, elements) => elements.clone(),
            Value::String(_, text) if self.document.is_text(self.tag) => split_list(text),
            _ => return self.wrong_type("a list"),
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
        Some(entries.collect())
    }

    /// A list of texts with rules; none where any element breaks them, so that nothing is judged by half a list.
    pub(super) fn list_of<T: FromStr<Err = InvalidValue>>(self) -> Option<Vec<Sourced<T>>> {
        let elements: Vec<Option<Sourced<T>>> = self.list()?.into_iter().map(Entry::parsed).collect();
        elements.into_iter().collect()
    }

    /// A table.
    pub(super) fn table(self) -> Option<Table<'a>> {
        match self.value {
            Value::Dict(_, entries) => {
                let (document, findings) = (self.document, self.findings);
                Some(Table { document, findings, path: self.path, entries, asked: Vec::new() })
            }
            _ if self.document.is_text(self.tag) => {
                self.fault("a table cannot be given as one text", "give its keys one by one");
                None
            }
            _ => self.wrong_type("a table"),
        }
    }
}

/// A key that is a name.
pub(super) fn label_key(key: &Sourced<String>, findings: &Findings) -> Option<Label> {
    Label::parse(&key.value).map_err(|invalid| findings.add(invalid_value(&key.origin, &invalid))).ok()
}

/// A value's own words for what is wrong with it; what follows its semicolon or colon is the way out.
pub(super) fn invalid_value(origin: &Origin, invalid: &InvalidValue) -> Diagnostic {
    let parts = invalid.problem.split_once("; ").or_else(|| invalid.problem.split_once(": "));
    let (problem, way_out) = parts.unwrap_or((&invalid.problem, "write a value of that form"));
    origin.error(format!("`{}` {problem}", invalid.text), way_out)
}

/// `a,b` or `["a", "b"]`, as people write a list in an environment variable.
fn split_list(text: &str) -> Vec<Value> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    let elements = inner.split(',').map(|element| element.trim().trim_matches(['"', '\'']));
    elements.filter(|element| !element.is_empty()).map(Value::from).collect()
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
