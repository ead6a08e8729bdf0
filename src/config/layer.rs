//! The layers that settings come in, each with the place of every key: files, environment variables, options.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use figment::value::{Dict, Value};
use toml_edit::{Item, TableLike};

use super::diagnostic::{Fault, Origin, SourceText};

/// A path of keys; a list's elements stand in it as `[0]`, `[1]` ….
pub(super) type KeyPath = Vec<String>;

/// Where a layer comes from, which decides how its values are typed and whether messages point at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LayerKind {
    /// A file of the zone.
    File,
    /// An environment variable or an option: all its values are text, to be read as the type that the key wants.
    Text,
}

/// The settings of one source.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) source: Arc<SourceText>,
    pub(super) kind: LayerKind,
    /// Where the values stand in the whole: nowhere deeper for `lz.toml`, `accounts.NAME` for an account's file.
    pub(super) at: KeyPath,
    values: Dict,
    places: BTreeMap<KeyPath, Place>,
}

/// Where a key and its value stand in the text.
#[derive(Debug, Clone)]
struct Place {
    key: Range<usize>,
    value: Range<usize>,
}

/// Which part of a setting a message points at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Key,
    Value,
}

impl Layer {
    /// A TOML text as a layer.
    pub(super) fn from_toml(kind: LayerKind, name: &str, text: &str, at: KeyPath) -> Result<Self, Box<Fault>> {
        let source = Arc::new(SourceText { name: name.to_owned(), text: text.to_owned() });
        let document = toml_edit::Document::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let origin = Origin { source: Arc::clone(&source), span, key: String::new() };
            let problem = format!("this is not TOML: {}", error.message().lines().collect::<Vec<_>>().join("; "));
            Box::new(
                origin.error(problem, "correct the syntax here (https://toml.io); nothing else in this file was read"),
            )
        })?;
        let mut places = BTreeMap::new();
        let values = table_values(document.as_table(), &mut Vec::new(), &mut places);
        Ok(Self { source, kind, at, values, places })
    }

    /// One setting given as text: `name` is `environment` or `--set`, `written` how the user wrote the key.
    pub(super) fn from_text(name: &str, written: &str, path: &[String], value: &str) -> Self {
        let source = Arc::new(SourceText { name: name.to_owned(), text: format!("{written}={value}") });
        let place = Place { key: 0..written.len(), value: written.len() + 1..source.text.len() };
        let mut places = BTreeMap::new();
        let mut nested = Value::from(value);
        for depth in (0..path.len()).rev() {
            places.insert(path[..=depth].to_vec(), place.clone());
            nested = Value::from(Dict::from([(path[depth].clone(), nested)]));
        }
        Self { source, kind: LayerKind::Text, at: Vec::new(), values: nested.into_dict().unwrap_or_default(), places }
    }

    /// What this layer says below a root of the whole, and the path inside the layer that leads there.
    pub(super) fn below(&self, root: &[String]) -> Option<(&Dict, KeyPath)> {
        let inside = root.strip_prefix(self.at.as_slice())?;
        let values = inside.iter().try_fold(&self.values, |dict, key| dict.get(key)?.as_dict())?;
        Some((values, inside.to_vec()))
    }

    /// The place of a path inside the layer, if the layer names it.
    pub(super) fn origin(&self, path: &[String], part: Part) -> Option<Origin> {
        let place = self.places.get(path)?;
        let span = match part {
            Part::Key => place.key.clone(),
            Part::Value => place.value.clone(),
        };
        Some(Origin { source: Arc::clone(&self.source), span, key: written_path(path) })
    }

    /// The source as a whole.
    pub(super) fn whole(&self) -> Origin {
        Origin { source: Arc::clone(&self.source), span: 0..0, key: String::new() }
    }
}

/// A path as TOML writes it: `endpoints."ecr.api".tier`, `routes[0].via`.
pub(super) fn written_path(path: &[String]) -> String {
    let mut written = String::new();
    for segment in path {
        if !written.is_empty() && !segment.starts_with('[') {
            written.push('.');
        }
        let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'[' | b']');
        if segment.bytes().all(bare) {
            written.push_str(segment);
        } else {
            written.push_str(&format!("{segment:?}"));
        }
    }
    written
}

fn table_values(table: &dyn TableLike, path: &mut KeyPath, places: &mut BTreeMap<KeyPath, Place>) -> Dict {
    let mut values = Dict::new();
    for (key, item) in table.iter() {
        let key_span = table.key(key).and_then(toml_edit::Key::span).unwrap_or(0..0);
        path.push(key.to_owned());
        places.insert(path.clone(), Place { key: key_span.clone(), value: item.span().unwrap_or(key_span) });
        if let Some(value) = item_value(item, path, places) {
            values.insert(key.to_owned(), value);
        }
        path.pop();
    }
    values
}

fn item_value(item: &Item, path: &mut KeyPath, places: &mut BTreeMap<KeyPath, Place>) -> Option<Value> {
    match item {
        Item::None => None,
        Item::Value(value) => Some(plain_value(value, path, places)),
        Item::Table(table) => Some(Value::from(table_values(table, path, places))),
        Item::ArrayOfTables(tables) => {
            let elements = tables.iter().enumerate().map(|(index, table)| {
                path.push(format!("[{index}]"));
                let span = table.span().unwrap_or(0..0);
                places.insert(path.clone(), Place { key: span.clone(), value: span });
                let element = Value::from(table_values(table, path, places));
                path.pop();
                element
            });
            Some(Value::from(elements.collect::<Vec<_>>()))
        }
    }
}

fn plain_value(value: &toml_edit::Value, path: &mut KeyPath, places: &mut BTreeMap<KeyPath, Place>) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(truth) => Value::from(*truth.value()),
        toml_edit::Value::Datetime(date) => Value::from(date.value().to_string()),
        toml_edit::Value::InlineTable(table) => Value::from(table_values(table, path, places)),
        toml_edit::Value::Array(array) => {
            let elements = array.iter().enumerate().map(|(index, element)| {
                path.push(format!("[{index}]"));
                let span = element.span().unwrap_or(0..0);
                places.insert(path.clone(), Place { key: span.clone(), value: span });
                let value = plain_value(element, path, places);
                path.pop();
                value
            });
            Value::from(elements.collect::<Vec<_>>())
        }
    }
}
