//! What a key is: its name, whether it must be there, its type, and what people read of it.
//!
//! Each key is declared once, in [`super::keys`]. Readers ask a [`super::read::Table`] for it by its declaration, and
//! `docs/zone-files.md` and the schemas for editors are made of the same ([`super::reference`]).

use serde_json::{Value as Json, json};

use super::shape::{Describe, Shape};

/// A key of a table.
pub(super) struct Key<P, S> {
    pub(super) name: &'static str,
    /// Whether it must be there, and what holds where it is not.
    pub(super) presence: P,
    /// Its type, which reads it.
    pub(super) shape: S,
    /// How it is written rightly, for messages.
    pub(super) example: &'static str,
    /// What it is, in a line.
    pub(super) line: &'static str,
    /// What its value has to keep to, as far as the type does not say it.
    pub(super) rule: &'static str,
}

/// The key must be there. The words stand in the documentation where its default would.
pub(super) struct Required(pub(super) &'static str);

/// The key may be absent, which means something of its own. The words say what.
pub(super) struct Optional(pub(super) &'static str);

/// Whether the key must be there hangs on other keys. The words say where it must.
pub(super) struct Sometimes(pub(super) &'static str);

/// The key has a value where nobody gives one.
pub(super) struct Defaulted {
    pub(super) value: Fallback,
    /// Where the default holds, if not everywhere.
    pub(super) words: &'static str,
}

/// The value of a key that nobody gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fallback {
    Text(&'static str),
    Flag(bool),
    Number(u32),
    Texts(&'static [&'static str]),
    /// A table whose keys each have a default.
    Table,
}

/// What must be there, everywhere.
pub(super) const REQUIRED: Required = Required("required");

/// A default that holds everywhere.
pub(super) const fn default(value: Fallback) -> Defaulted {
    Defaulted { value, words: "" }
}

/// Whether a key must be there, as documents tell it.
pub(super) trait Presence: Sync {
    /// What the column of defaults says.
    fn words(&self) -> String;

    /// True where it must be there whatever else is.
    fn is_required(&self) -> bool {
        false
    }

    /// The default.
    fn fallback(&self) -> Option<Fallback> {
        None
    }
}

/// What can be asked for as required.
pub(super) trait MayBeRequired: Presence {}

/// What can be asked for as optional.
pub(super) trait MayBeAbsent: Presence {}

impl MayBeRequired for Required {}
impl MayBeRequired for Sometimes {}
impl MayBeAbsent for Optional {}
impl MayBeAbsent for Sometimes {}

impl Presence for Required {
    fn words(&self) -> String {
        self.0.to_owned()
    }

    fn is_required(&self) -> bool {
        true
    }
}

impl Presence for Optional {
    fn words(&self) -> String {
        self.0.to_owned()
    }
}

impl Presence for Sometimes {
    fn words(&self) -> String {
        self.0.to_owned()
    }
}

impl Presence for Defaulted {
    fn words(&self) -> String {
        let value = self.value.written().map(|value| format!("`{value}`"));
        [value.as_deref(), Some(self.words).filter(|words| !words.is_empty())]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn fallback(&self) -> Option<Fallback> {
        Some(self.value)
    }
}

impl Fallback {
    /// As the readers take it.
    pub(super) fn value(self) -> figment::value::Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Flag(truth) => truth.into(),
            Self::Number(number) => number.into(),
            Self::Texts(texts) => texts.to_vec().into(),
            Self::Table => figment::value::Dict::new().into(),
        }
    }

    /// As a file has it; none for a table, of which nothing is written.
    pub(super) fn written(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(format!("{text:?}")),
            Self::Flag(truth) => Some(truth.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Texts(texts) => Some(format!("{texts:?}")),
            Self::Table => None,
        }
    }

    fn json(self) -> Option<Json> {
        match self {
            Self::Text(text) => Some(json!(text)),
            Self::Flag(truth) => Some(json!(truth)),
            Self::Number(number) => Some(json!(number)),
            Self::Texts(texts) => Some(json!(texts)),
            Self::Table => None,
        }
    }
}

/// A key of any type and presence, as documents and schemas see it.
pub(super) trait Declared: Sync {
    fn name(&self) -> &'static str;
    fn example(&self) -> &'static str;
    fn line(&self) -> &'static str;
    fn rule(&self) -> &'static str;
    fn presence(&self) -> &dyn Presence;
    fn shape(&self) -> &dyn Describe;

    /// Which key it is: two of one name are told apart.
    fn identity(&self) -> usize;
}

impl<P: Presence, S: Shape> Declared for Key<P, S> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn line(&self) -> &'static str {
        self.line
    }

    fn rule(&self) -> &'static str {
        self.rule
    }

    fn presence(&self) -> &dyn Presence {
        &self.presence
    }

    fn shape(&self) -> &dyn Describe {
        &self.shape
    }

    fn identity(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// The keys of a table: all that it may have.
pub(super) struct Keys {
    pub(super) own: &'static [&'static dyn Declared],
    /// The keys of what the table lies over, none of which it has to repeat.
    pub(super) over: Option<&'static Keys>,
    /// Keys that settings lead through to other files.
    pub(super) elsewhere: &'static [&'static str],
}

impl Keys {
    /// A table of these keys.
    pub(super) const fn of(own: &'static [&'static dyn Declared]) -> Self {
        Self { own, over: None, elsewhere: &[] }
    }

    /// All keys, each name once.
    pub(super) fn all(&self) -> Vec<&'static dyn Declared> {
        let mut all = self.own.to_vec();
        for key in self.over.map(Keys::all).unwrap_or_default() {
            if !all.iter().any(|own| own.name() == key.name()) {
                all.push(key);
            }
        }
        all
    }

    /// True where a table may have the key.
    pub(super) fn has(&self, name: &str) -> bool {
        self.own.iter().any(|key| key.name() == name)
            || self.elsewhere.contains(&name)
            || self.over.is_some_and(|over| over.has(name))
    }

    /// The schema of the table. What is laid over another table needs none of its keys.
    pub(super) fn schema(&self, laid_over: bool) -> Json {
        let all = self.all();
        let is_own = |key: &dyn Declared| self.own.iter().any(|own| own.identity() == key.identity());
        let properties = all.iter().map(|&key| (key.name().to_owned(), property(key, laid_over || !is_own(key))));
        let properties: serde_json::Map<String, Json> = properties.collect();
        let required: Vec<&str> =
            self.own.iter().filter(|key| key.presence().is_required() && !laid_over).map(|key| key.name()).collect();
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }
}

/// The schema of a key.
fn property(key: &dyn Declared, laid_over: bool) -> Json {
    let mut schema = key.shape().schema(laid_over);
    schema["description"] = json!(described(key));
    if let Some(default) = key.presence().fallback().and_then(Fallback::json) {
        schema["default"] = default;
    }
    schema
}

/// What a key is, and its rule.
pub(super) fn described(key: &dyn Declared) -> String {
    [key.line(), key.rule()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ")
}
