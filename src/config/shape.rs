//! The types of keys: how each is read, what documents call it, and its schema.

use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::declaration::{Declared, Keys};
use super::findings::Read;
use super::read::{Entry, Sourced, Table, invalid_value};
use crate::values::{InvalidValue, PortRange};

/// A type of keys as readers use it.
pub(super) trait Shape: Describe + 'static {
    /// What is read.
    type Value<'a>;

    /// Reads a value.
    fn read<'a>(&self, entry: Entry<'a>) -> Read<Self::Value<'a>>;
}

/// A type of keys as documents and schemas see it.
pub(super) trait Describe: Sync {
    /// What the column of types says; nothing for a table.
    fn words(&self) -> String;

    /// The schema. `laid_over` is true where the value lies over another that has what is missing.
    fn schema(&self, laid_over: bool) -> Json;

    /// The keys inside, where it is a table.
    fn inside(&self) -> Inside {
        Inside::Nothing
    }
}

/// What is inside of a key, as documents list it.
pub(super) enum Inside {
    /// No keys.
    Nothing,
    /// The keys of a table.
    Keys(&'static Keys),
    /// The keys of a table, which a part of its own lists.
    Apart(&'static Keys),
    /// Tables with names that people choose; the word stands for a name.
    Named(&'static str, Vec<&'static Keys>),
}

/// A text.
pub(super) struct Text {
    /// What documents call it.
    pub(super) noun: &'static str,
    pub(super) rule: Option<TextRule>,
}

/// What a text has to keep to.
pub(super) struct TextRule {
    pub(super) legal: fn(&str) -> bool,
    /// What is wrong with one that does not, after the text itself.
    pub(super) problem: &'static str,
    pub(super) hint: &'static str,
    /// The rule for editors, which may take more.
    pub(super) pattern: &'static str,
}

/// A text that a type parses.
pub(super) struct Parsed<T> {
    /// What documents call it.
    pub(super) noun: &'static str,
    /// Its form for editors, which may take more; none where it has no simple one.
    pub(super) pattern: Option<&'static str>,
    /// Words that it may be besides; without a pattern, that it may be alone.
    pub(super) words: fn() -> Vec<&'static str>,
    pub(super) marker: PhantomData<fn() -> T>,
}

/// True or false.
pub(super) struct Flag;

/// A whole number.
pub(super) struct Number<T> {
    /// What documents call it; nothing where its range says it.
    pub(super) noun: &'static str,
    pub(super) first: u32,
    pub(super) last: u32,
    /// What the number is, for messages.
    pub(super) meaning: &'static str,
    pub(super) among: Option<NumberRule>,
    pub(super) marker: PhantomData<fn() -> T>,
}

/// Which numbers of a range are meant.
pub(super) struct NumberRule {
    /// The first and the last one of each part.
    pub(super) parts: &'static [(u32, u32)],
    /// What is wrong with another number, and the way out.
    pub(super) refusal: fn(u32) -> (String, String),
}

/// One of a few words, each with what it means.
pub(super) struct Words<T: 'static> {
    pub(super) words: &'static [(&'static str, T)],
    /// Words that somebody may try: what is wrong with each, and the way out.
    pub(super) refused: &'static [(&'static str, &'static str, &'static str)],
}

/// One of many values, by its name.
pub(super) struct Among<T: 'static> {
    /// What documents call it.
    pub(super) noun: &'static str,
    pub(super) all: &'static [T],
    pub(super) name: fn(T) -> &'static str,
}

/// A list.
pub(super) struct List<S> {
    /// What documents call it.
    pub(super) noun: &'static str,
    pub(super) of: S,
}

/// A word, or something else.
pub(super) struct WordOr<S> {
    pub(super) word: &'static str,
    pub(super) other: S,
    /// What documents call the other.
    pub(super) noun: &'static str,
}

/// A port as a number, or ports as a text.
pub(super) struct Ports;

/// A day.
pub(super) struct Day;

/// A value of a template's parameter: a text, a number, a truth value, or a list of them.
pub(super) struct Argument;

/// A table.
pub(super) struct Nested(pub(super) &'static Keys);

/// A table whose keys a part of the documentation of its own lists.
pub(super) struct NestedApart(pub(super) &'static Keys);

/// A list of tables.
pub(super) struct Tables {
    /// What documents call it.
    pub(super) noun: &'static str,
    pub(super) keys: &'static Keys,
}

/// A table with names that people choose.
pub(super) struct Named<S> {
    /// What stands for a name in documents.
    pub(super) placeholder: &'static str,
    /// What documents call its values; nothing for tables.
    pub(super) noun: &'static str,
    /// How one is written rightly.
    pub(super) example: &'static str,
    /// The form of names, for editors.
    pub(super) pattern: &'static str,
    pub(super) of: S,
}

/// A table whose keys hang on a word in it.
pub(super) struct Variants {
    /// The key that has the word.
    pub(super) key: &'static dyn Declared,
    /// The keys by each word.
    pub(super) of: &'static [(&'static str, &'static Keys)],
}

/// The entries of a table with names that people choose.
pub(super) struct Names<V> {
    pub(super) origin: super::diagnostic::Origin,
    pub(super) entries: Vec<(Sourced<String>, Read<V>)>,
}

fn codes<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ")
}

impl Shape for Text {
    type Value<'a> = Sourced<String>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<String>> {
        let findings = entry.findings();
        let text = entry.text()?;
        match &self.rule {
            Some(rule) if !(rule.legal)(&text.value) => {
                Err(findings.refuse(text.origin.error(format!("`{}` {}", text.value, rule.problem), rule.hint)))
            }
            _ => Ok(text),
        }
    }
}

impl Describe for Text {
    fn words(&self) -> String {
        self.noun.to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        match &self.rule {
            Some(rule) => json!({ "type": "string", "pattern": rule.pattern }),
            None => json!({ "type": "string" }),
        }
    }
}

impl<T: FromStr<Err = InvalidValue> + 'static> Shape for Parsed<T> {
    type Value<'a> = Sourced<T>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<T>> {
        let findings = entry.findings();
        let text = entry.text()?;
        match text.value.parse() {
            Ok(value) => Ok(Sourced { value, origin: text.origin }),
            Err(invalid) => Err(findings.refuse(invalid_value(&text.origin, &invalid))),
        }
    }
}

impl<T> Describe for Parsed<T> {
    fn words(&self) -> String {
        self.noun.to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        match (self.pattern, (self.words)()) {
            (None, words) if words.is_empty() => json!({ "type": "string" }),
            (None, words) => json!({ "enum": words }),
            (Some(pattern), words) if words.is_empty() => json!({ "type": "string", "pattern": pattern }),
            (Some(pattern), words) => json!({ "anyOf": [{ "enum": words }, { "type": "string", "pattern": pattern }] }),
        }
    }
}

impl Shape for Flag {
    type Value<'a> = Sourced<bool>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<bool>> {
        entry.boolean()
    }
}

impl Describe for Flag {
    fn words(&self) -> String {
        "boolean".to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        json!({ "type": "boolean" })
    }
}

impl<T: TryFrom<u32> + 'static> Shape for Number<T> {
    type Value<'a> = Sourced<T>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<T>> {
        let findings = entry.findings();
        let number = entry.integer(self.first..=self.last, self.meaning)?;
        if let Some(rule) = &self.among
            && !rule.parts.iter().any(|(first, last)| (*first..=*last).contains(&number.value))
        {
            let (problem, hint) = (rule.refusal)(number.value);
            return Err(findings.refuse(number.origin.error(problem, hint)));
        }
        // The range lies in the type's, as a test of all declarations sees.
        T::try_from(number.value)
            .map(|value| Sourced { value, origin: number.origin.clone() })
            .map_err(|_| findings.refuse(number.origin.error("this number is out of range", "write a smaller one")))
    }
}

impl<T> Describe for Number<T> {
    fn words(&self) -> String {
        if self.noun.is_empty() { format!("{} to {}", self.first, self.last) } else { self.noun.to_owned() }
    }

    fn schema(&self, _: bool) -> Json {
        let range = |first: u32, last: u32| json!({ "type": "integer", "minimum": first, "maximum": last });
        match &self.among {
            None => range(self.first, self.last),
            Some(rule) if rule.parts.iter().all(|(first, last)| first == last) => {
                json!({ "enum": rule.parts.iter().map(|(number, _)| number).collect::<Vec<_>>() })
            }
            Some(rule) => {
                json!({ "anyOf": rule.parts.iter().map(|(first, last)| range(*first, *last)).collect::<Vec<_>>() })
            }
        }
    }
}

impl<T: Copy + Sync + 'static> Shape for Words<T> {
    type Value<'a> = Sourced<T>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<T>> {
        if let Some((_, problem, hint)) = self.refused.iter().find(|(word, ..)| entry.is_word(word)) {
            return Err(entry.fault(*problem, *hint));
        }
        entry.word(self.words.iter().copied())
    }
}

impl<T: Sync> Describe for Words<T> {
    fn words(&self) -> String {
        codes(self.words.iter().map(|(word, _)| word))
    }

    fn schema(&self, _: bool) -> Json {
        json!({ "enum": self.words.iter().map(|(word, _)| word).collect::<Vec<_>>() })
    }
}

impl<T: Copy + Sync + 'static> Shape for Among<T> {
    type Value<'a> = Sourced<T>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<T>> {
        entry.word(self.all.iter().map(|one| ((self.name)(*one), *one)))
    }
}

impl<T: Copy + Sync> Describe for Among<T> {
    fn words(&self) -> String {
        self.noun.to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        json!({ "enum": self.all.iter().map(|one| (self.name)(*one)).collect::<Vec<_>>() })
    }
}

/// The list is read where each element is, so that nothing is judged by half a list.
impl<S: Shape> Shape for List<S> {
    type Value<'a> = Sourced<Vec<S::Value<'a>>>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Self::Value<'a>> {
        let origin = entry.origin();
        let elements: Vec<Read<S::Value<'a>>> = entry.list()?.into_iter().map(|one| self.of.read(one)).collect();
        Ok(Sourced { value: elements.into_iter().collect::<Read<_>>()?, origin })
    }
}

impl<S: Describe> Describe for List<S> {
    fn words(&self) -> String {
        self.noun.to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        // A list replaces the one that it is laid over as a whole.
        json!({ "type": "array", "items": self.of.schema(false) })
    }
}

impl<S: Shape> Shape for WordOr<S> {
    /// None for the word.
    type Value<'a> = Option<S::Value<'a>>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Self::Value<'a>> {
        if entry.is_word(self.word) { Ok(None) } else { self.other.read(entry).map(Some) }
    }
}

impl<S: Describe> Describe for WordOr<S> {
    fn words(&self) -> String {
        format!("{}, or {}", codes([self.word]), self.noun)
    }

    fn schema(&self, laid_over: bool) -> Json {
        json!({ "anyOf": [{ "const": self.word }, self.other.schema(laid_over)] })
    }
}

impl Shape for Ports {
    type Value<'a> = Sourced<PortRange>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<PortRange>> {
        let findings = entry.findings();
        let text = if entry.is_written_as_text() {
            entry.text()?
        } else {
            let number = entry.integer(1..=65_535, "a port")?;
            Sourced { value: number.value.to_string(), origin: number.origin }
        };
        match PortRange::parse(&text.value) {
            Ok(ports) => Ok(Sourced { value: ports, origin: text.origin }),
            Err(invalid) => Err(findings.refuse(invalid_value(&text.origin, &invalid))),
        }
    }
}

impl Describe for Ports {
    fn words(&self) -> String {
        "port".to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": 65_535 },
            { "type": "string", "pattern": "^[0-9]{1,5}(-[0-9]{1,5})?$" },
        ] })
    }
}

impl Shape for Day {
    type Value<'a> = Date;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Date> {
        let findings = entry.findings();
        let text = entry.text()?;
        match text.value.parse::<Date>() {
            Ok(date) if text.value.len() == "2027-03-31".len() => Ok(date),
            _ => {
                let problem = format!("`{}` is not a day", text.value);
                let hint = "write the day from which on it is told again: until = 2027-03-31";
                Err(findings.refuse(text.origin.error(problem, hint)))
            }
        }
    }
}

impl Describe for Day {
    fn words(&self) -> String {
        "day".to_owned()
    }

    /// Editors give a TOML date as a text.
    fn schema(&self, _: bool) -> Json {
        json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

impl Shape for Argument {
    type Value<'a> = Sourced<Json>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Sourced<Json>> {
        entry.json()
    }
}

impl Describe for Argument {
    fn words(&self) -> String {
        "value".to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        let scalar = json!({ "type": ["string", "number", "boolean"] });
        json!({ "anyOf": [scalar, { "type": "array", "items": scalar }] })
    }
}

impl Shape for Nested {
    type Value<'a> = Table<'a>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Table<'a>> {
        entry.table(self.0)
    }
}

impl Describe for Nested {
    fn words(&self) -> String {
        String::new()
    }

    fn schema(&self, laid_over: bool) -> Json {
        self.0.schema(laid_over)
    }

    fn inside(&self) -> Inside {
        Inside::Keys(self.0)
    }
}

impl Shape for NestedApart {
    type Value<'a> = Table<'a>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Table<'a>> {
        entry.table(self.0)
    }
}

impl Describe for NestedApart {
    fn words(&self) -> String {
        String::new()
    }

    fn schema(&self, laid_over: bool) -> Json {
        self.0.schema(laid_over)
    }

    fn inside(&self) -> Inside {
        Inside::Apart(self.0)
    }
}

impl Shape for Tables {
    /// Each table by itself.
    type Value<'a> = Sourced<Vec<Read<Table<'a>>>>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Self::Value<'a>> {
        let origin = entry.origin();
        let tables = entry.list()?.into_iter().map(|element| element.table(self.keys)).collect();
        Ok(Sourced { value: tables, origin })
    }
}

impl Describe for Tables {
    fn words(&self) -> String {
        self.noun.to_owned()
    }

    fn schema(&self, _: bool) -> Json {
        json!({ "type": "array", "items": self.keys.schema(false) })
    }

    fn inside(&self) -> Inside {
        Inside::Apart(self.keys)
    }
}

impl<S: Shape> Shape for Named<S> {
    type Value<'a> = Names<S::Value<'a>>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Self::Value<'a>> {
        let (origin, entries) = entry.named(self.example)?;
        let entries = entries.into_iter().map(|(key, entry)| (key, self.of.read(entry))).collect();
        Ok(Names { origin, entries })
    }
}

impl<S: Describe> Describe for Named<S> {
    fn words(&self) -> String {
        self.noun.to_owned()
    }

    fn schema(&self, laid_over: bool) -> Json {
        let names = json!({ "pattern": self.pattern });
        json!({ "type": "object", "propertyNames": names, "additionalProperties": self.of.schema(laid_over) })
    }

    fn inside(&self) -> Inside {
        match self.of.inside() {
            Inside::Nothing => Inside::Nothing,
            Inside::Keys(keys) | Inside::Apart(keys) => Inside::Named(self.placeholder, vec![keys]),
            Inside::Named(_, all) => Inside::Named(self.placeholder, all),
        }
    }
}

impl Shape for Variants {
    /// A table that knows the key with the word alone, until [`Table::with`] says which of them it is.
    type Value<'a> = Table<'a>;

    fn read<'a>(&self, entry: Entry<'a>) -> Read<Table<'a>> {
        let (_, first) = self.of.first().copied().unwrap_or(("", &EMPTY));
        entry.table(first)
    }
}

/// No keys.
static EMPTY: Keys = Keys::of(&[]);

impl Describe for Variants {
    fn words(&self) -> String {
        String::new()
    }

    fn schema(&self, laid_over: bool) -> Json {
        let name = self.key.name();
        let variants = self.of.iter().map(|(word, keys)| {
            let mut schema = keys.schema(laid_over);
            if let Some(key) = schema["properties"].get_mut(name) {
                key["const"] = json!(word);
            }
            schema
        });
        // What is laid over another table may leave the word to it.
        let how = if laid_over { "anyOf" } else { "oneOf" };
        json!({ how: variants.collect::<Vec<_>>() })
    }

    fn inside(&self) -> Inside {
        Inside::Named("", self.of.iter().map(|(_, keys)| *keys).collect())
    }
}
