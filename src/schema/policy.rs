//! Documents that AWS keeps in another form than they were given in: IAM policies, and JSON in a text.

use serde_json::{Map, Value};

/// Members of a statement that are a text or a list of texts (IAM user guide, "Grammar of the IAM JSON policy language").
const SCALAR_OR_LIST: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];

/// True for an IAM policy.
#[must_use]
pub fn is_policy(value: &Value) -> bool {
    value.get("Statement").is_some_and(|statement| statement.is_array() || statement.is_object())
}

/// A policy in one form: lists where a text would do, sorted where their order says nothing.
#[must_use]
pub fn canonical(policy: &Value) -> Value {
    let Value::Object(fields) = policy else { return policy.clone() };
    let mut fields = fields.clone();
    if let Some(statements) = fields.get_mut("Statement") {
        let all = match statements.take() {
            Value::Array(all) => all,
            one => vec![one],
        };
        *statements = all.iter().map(statement).collect();
    }
    Value::Object(fields)
}

fn statement(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let member = |(name, value): (&String, &Value)| {
        let value = match name.as_str() {
            name if SCALAR_OR_LIST.contains(&name) => list(value),
            "Principal" | "NotPrincipal" => by_key(value, list),
            "Condition" => by_key(value, |operator| by_key(operator, list)),
            _ => value.clone(),
        };
        (name.clone(), value)
    };
    Value::Object(fields.iter().map(member).collect::<Map<_, _>>())
}

fn by_key(value: &Value, of: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), of(value))).collect()),
        other => other.clone(),
    }
}

/// A sorted list of texts: conditions hold truth values and numbers as texts.
fn list(value: &Value) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut all: Vec<String> = match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => vec![text(one)],
    };
    all.sort();
    all.dedup();
    all.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_is_the_same_however_it_is_written() {
        let one = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": ["b", "a"],
            "Condition": { "Bool": { "aws:SecureTransport": false } } } });
        let other = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": ["s3:*"],
            "Resource": ["a", "b"], "Condition": { "Bool": { "aws:SecureTransport": ["false"] } } }] });
        assert!(is_policy(&one) && canonical(&one) == canonical(&other));
        let third = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": ["s3:*"] }] });
        assert_ne!(canonical(&one), canonical(&third));
    }
}
