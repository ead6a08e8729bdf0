//! An event's record: the JSON that CloudTrail calls `CloudTrailEvent`.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event as Markup;
use quick_xml::reader::Reader;
use serde_json::{Map, Value, json};

use super::event::{Event, Words};

pub(super) fn record(event: &Event) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": identity(event),
        "eventTime": event.at.iso8601().replace(".000Z", "Z"),
        "eventSource": event.source(),
        "eventName": event.name,
        "awsRegion": event.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": event.user_agent,
        "requestParameters": event.request.value(),
        "responseElements": event.reply.as_ref().map_or(Value::Null, Words::value),
        "requestID": event.request_id,
        "eventID": event.id,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": event.account,
        "eventCategory": "Management",
    });
    if let Some((code, message)) = &event.error {
        record["errorCode"] = Value::from(code.as_str());
        record["errorMessage"] = Value::from(message.as_str());
    }
    record
}

fn identity(event: &Event) -> Value {
    let (account, key, arn) = (&event.account, &event.access_key_id, &event.principal);
    match arn.split_once(":assumed-role/").and_then(|(_, session)| session.split_once('/')) {
        Some((role, _)) => json!({
            "type": "AssumedRole", "arn": arn, "accountId": account, "accessKeyId": key,
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "arn": format!("arn:aws:iam::{account}:role/{role}"), "accountId": account, "userName": role,
            }},
        }),
        None => json!({
            "type": "IAMUser", "arn": arn, "accountId": account, "accessKeyId": key, "userName": event.user_name(),
        }),
    }
}

impl Words {
    /// The members under the names that CloudTrail gives them, which begin with a small letter.
    fn value(&self) -> Value {
        match self {
            Self::Form(text) => form(text),
            Self::Json(text) => serde_json::from_str(text).map_or(Value::Null, decapitalized),
            Self::Xml(text) => xml(text),
        }
    }
}

fn small(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

fn decapitalized(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (small(&name), decapitalized(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(decapitalized).collect()),
        other => other,
    }
}

/// `A.1.B=c` as `{"a": {"items": [{"b": "c"}]}}`.
fn form(text: &str) -> Value {
    let mut root = Value::Object(Map::new());
    for (key, value) in form_urlencoded::parse(text.as_bytes()) {
        put(&mut root, key.split('.'), &value);
    }
    listed(root)
}

fn put<'a>(into: &mut Value, mut path: impl Iterator<Item = &'a str>, value: &str) {
    match (path.next(), into) {
        (Some(part), Value::Object(members)) => {
            put(members.entry(small(part)).or_insert_with(|| Value::Object(Map::new())), path, value);
        }
        (None, here) => *here = Value::from(value),
        (Some(_), _) => {}
    }
}

/// Objects whose members are numbered, as lists.
fn listed(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let is_list = !members.is_empty() && members.keys().all(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    if is_list {
        return json!({"items": members.into_values().map(listed).collect::<Vec<_>>()});
    }
    Value::Object(members.into_iter().map(|(name, value)| (name, listed(value))).collect())
}

/// What an element holds: an object of its elements, or its text.
#[derive(Default)]
struct Element {
    name: String,
    members: Map<String, Value>,
    items: Vec<Value>,
    text: String,
}

impl Element {
    fn value(self) -> Value {
        match (self.items.is_empty(), self.members.is_empty()) {
            (false, _) => json!({"items": self.items}),
            (true, false) => Value::Object(self.members),
            (true, true) => Value::from(self.text),
        }
    }

    fn take(&mut self, child: Self) {
        match child.name.as_str() {
            "item" => self.items.push(child.value()),
            _ => {
                self.members.insert(child.name.clone(), child.value());
            }
        }
    }
}

/// An answer of EC2; null where it is no XML.
fn xml(text: &str) -> Value {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event() {
            Ok(Markup::Start(tag)) => {
                let name = tag.local_name().as_ref().to_owned();
                open.push(Element { name, ..Element::default() });
            }
            Ok(Markup::End(_)) => {
                let Some(child) = open.pop() else { return Value::Null };
                match open.last_mut() {
                    Some(parent) => parent.take(child),
                    None => return Value::Null,
                }
            }
            Ok(Markup::Text(text)) => {
                if let Some(here) = open.last_mut() {
                    here.text.push_str(&text);
                }
            }
            Ok(Markup::GeneralRef(entity)) => {
                if let (Some(here), Some(letter)) = (open.last_mut(), resolve_predefined_entity(&entity)) {
                    here.text.push_str(letter);
                }
            }
            Ok(Markup::Eof) => break,
            Ok(_) => {}
            Err(_) => return Value::Null,
        }
    }
    // The document is the only child of what is around it.
    let root = open.pop().map(Element::value).unwrap_or_default();
    root.as_object().and_then(|root| root.values().next()).cloned().unwrap_or_default()
}
