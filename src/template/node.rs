//! A template's text as a tree in which each value knows its place. YAML and JSON are read the same way.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use serde_json::Number;

use super::fault::{Fault, Faults, Position};

/// The longest text, in bytes: what CloudFormation takes from a bucket (CloudFormation user guide, "Quotas").
const LONGEST: usize = 1_048_576;
/// The most values, those that aliases repeat included.
const MOST: usize = 100_000;
/// The deepest nesting.
const DEEPEST: usize = 100;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of an object, with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) at: Position,
    pub(super) name: String,
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn map(&self) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Map(fields) => Some(fields),
            _ => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.map()?.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// What it is, in a sentence.
    pub(super) fn described(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Boolean(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }

    /// How many values it holds, itself included.
    fn size(&self) -> usize {
        1 + match &self.value {
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(fields) => fields.iter().map(|(_, node)| node.size()).sum(),
            _ => 0,
        }
    }
}

/// Reads a text. A text that can't be read to its end gives the one fault that stopped it, and those before.
pub(super) fn read(text: &str) -> Result<Node, Vec<Fault>> {
    let mut faults = Faults::default();
    let start = Position { line: 1, column: 1 };
    if text.len() > LONGEST {
        faults.add(
            start,
            "this template is longer than 1 MB",
            "cut it into several: CloudFormation takes no longer one",
        );
        return Err(faults.sorted());
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading { faults, anchors: BTreeMap::new(), nodes: 0, parser: Parser::new_from_str(text) };
    let root = reading.document();
    match root {
        Some(root) if reading.faults.is_empty() => Ok(root),
        _ => {
            if reading.faults.is_empty() {
                reading.faults.add(start, "this template is empty", "write at least `Resources:` with one resource");
            }
            Err(reading.faults.sorted())
        }
    }
}

struct Reading<'a> {
    faults: Faults,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

fn position(marker: &Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

impl<'a> Reading<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Span)> {
        match self.parser.next()? {
            Ok(event) => Some(event),
            Err(error) => {
                let at = position(error.marker());
                self.faults.add(
                    at,
                    format!("this is neither YAML nor JSON: {}", error.info()),
                    "correct the syntax here; nothing after it was read",
                );
                None
            }
        }
    }

    fn document(&mut self) -> Option<Node> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => return root,
                _ if root.is_some() => {
                    let at = position(&span.start);
                    self.faults.add(at, "this is a second document", "write it into a file of its own");
                    return None;
                }
                event => root = Some(self.node(event, span, 0)?),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Option<Node> {
        let at = position(&span.start);
        self.nodes += 1;
        if depth > DEEPEST {
            self.faults.add(at, "this is nested too deep", format!("nest at most {DEEPEST} levels"));
            return None;
        }
        if self.nodes > MOST {
            self.faults.add(
                at,
                "this template holds too many values",
                format!("keep it below {MOST}, aliases included"),
            );
            return None;
        }
        match event {
            Event::Alias(id) => {
                let Some(known) = self.anchors.get(&id).cloned() else {
                    self.faults.add(at, "this alias refers to what holds it", "write the value out");
                    return None;
                };
                self.nodes += known.size();
                if self.nodes > MOST {
                    self.faults.add(
                        at,
                        "aliases repeat too much here",
                        format!("keep the template below {MOST} values, aliases included"),
                    );
                    return None;
                }
                Some(Node { at, value: known.value })
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let value = self.scalar(&text, is_plain, tag.as_deref(), at);
                self.keep(anchor, Node { at, value })
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        break;
                    }
                    items.push(self.node(event, span, depth + 1)?);
                }
                let node = self.tagged(tag.as_deref(), Node { at, value: Value::List(items) });
                self.keep(anchor, node)
            }
            Event::MappingStart(anchor, tag) => {
                let fields = self.fields(depth)?;
                let node = self.tagged(tag.as_deref(), Node { at, value: Value::Map(fields) });
                self.keep(anchor, node)
            }
            _ => None,
        }
    }

    fn fields(&mut self, depth: usize) -> Option<Vec<(Key, Node)>> {
        let mut fields: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Some(fields);
            }
            let at = position(&span.start);
            let name = match event {
                Event::Scalar(text, _, _, None) => text.into_owned(),
                other => {
                    self.faults.add(at, "this key is no text", "write a name");
                    self.node(other, span, depth + 1)?;
                    String::new()
                }
            };
            if name == "<<" {
                self.faults.add(at, "CloudFormation merges no objects by `<<`", "write the keys out");
            }
            if let Some((first, _)) = fields.iter().find(|(key, _)| key.name == name && !name.is_empty()) {
                let problem = format!("the key `{name}` stands here twice, first at {}", first.at);
                self.faults.add(at, problem, "remove one of them");
            }
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth + 1)?;
            fields.push((Key { at, name }, node));
        }
    }

    fn keep(&mut self, anchor: usize, node: Node) -> Option<Node> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Some(node)
    }

    fn scalar(&mut self, text: &str, is_plain: bool, tag: Option<&Tag>, at: Position) -> Value {
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            let node = Node { at, value: Value::Text(text.to_owned()) };
            return self.tagged(tag, node).value;
        }
        if !is_plain || tag.is_some_and(|tag| tag.suffix == "str") {
            return Value::Text(text.to_owned());
        }
        plain(text)
    }

    /// A short form, such as `!Ref X`, in its long one.
    fn tagged(&mut self, tag: Option<&Tag>, node: Node) -> Node {
        let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else { return node };
        let at = node.at;
        let word = tag.suffix.as_str();
        if tag.handle != "!" || !SHORT_FORMS.contains(&word) {
            self.faults.add(
                at,
                format!("`{}{word}` is no function of CloudFormation", tag.handle),
                "write one of its functions, such as `!Ref`, or the value itself",
            );
            return node;
        }
        let name = match word {
            "Ref" | "Condition" => word.to_owned(),
            other => format!("Fn::{other}"),
        };
        Node { at, value: Value::Map(vec![(Key { at, name }, node)]) }
    }
}

/// The functions that have a short form (CloudFormation user guide, "Intrinsic function reference").
const SHORT_FORMS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Ref",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// A plain scalar of YAML's core schema. What begins with a zero is an id, such as an account's, and stays a text; so does a
/// date, such as a policy's version.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Boolean(true),
        "false" | "False" | "FALSE" => return Value::Boolean(false),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_id = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let is_number = digits.starts_with(|one: char| one.is_ascii_digit()) && !is_id;
    if is_number {
        if let Ok(whole) = text.parse::<i64>() {
            return Value::Number(whole.into());
        }
        let is_decimal =
            digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
        if is_decimal && let Some(number) = text.parse().ok().and_then(Number::from_f64) {
            return Value::Number(number);
        }
    }
    Value::Text(text.to_owned())
}
