//! Patch documents: JSON Patch, all six operations. <https://www.rfc-editor.org/rfc/rfc6902>
//!
//! A path is relative to the resource's properties. AWS's own example writes it without the slash that it begins with
//! (`RetentionInDays`), clients send it with it; both are taken
//! (<https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-update.html>).

use serde::Deserialize;
use serde_json::Value;

use crate::twin::wire::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
enum Operation {
    Add { path: String, value: Value },
    Replace { path: String, value: Value },
    Remove { path: String },
    Test { path: String, value: Value },
    Move { path: String, from: String },
    Copy { path: String, from: String },
}

/// The most operations of a patch document; the number is the twin's own.
const OPERATIONS: usize = 500;

/// Applies a patch document to a model.
///
/// # Errors
/// `InvalidRequestException`: it is no patch document, or an operation does not fit the model.
pub fn apply(document: &str, model: &Value) -> Answer<Value> {
    let invalid = |why: &str| Fault::new("InvalidRequestException", format!("Invalid patch document: {why}"));
    let operations: Vec<Operation> = serde_json::from_str(document).map_err(|error| invalid(&error.to_string()))?;
    if operations.is_empty() {
        return Err(invalid("it holds no operation"));
    }
    if operations.len() > OPERATIONS {
        return Err(invalid("it holds too many operations"));
    }
    let mut changed = model.clone();
    for operation in operations {
        carry_out(operation, &mut changed).map_err(|why| invalid(&why))?;
    }
    if !changed.is_object() {
        return Err(invalid("a resource's properties must stay an object"));
    }
    Ok(changed)
}

fn carry_out(operation: Operation, model: &mut Value) -> Result<(), String> {
    match operation {
        Operation::Add { path, value } => add(model, &path, value),
        Operation::Replace { path, value } => {
            *look(model, &path).ok_or_else(|| nothing_at(&path))? = value;
            Ok(())
        }
        Operation::Remove { path } => remove(model, &path).map(|_| ()),
        Operation::Test { path, value } => match look(model, &path) {
            Some(found) if *found == value => Ok(()),
            _ => Err(format!("the test of path '{path}' failed")),
        },
        Operation::Move { path, from } => {
            if segments(&path).starts_with(&segments(&from)) && segments(&path) != segments(&from) {
                return Err(format!("'{from}' cannot be moved into itself"));
            }
            let value = remove(model, &from)?;
            add(model, &path, value)
        }
        Operation::Copy { path, from } => {
            let value = look(model, &from).cloned().ok_or_else(|| nothing_at(&from))?;
            add(model, &path, value)
        }
    }
}

fn nothing_at(path: &str) -> String {
    format!("there is nothing at path '{path}'")
}

fn segments(path: &str) -> Vec<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}

fn look<'a>(model: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    segments(path).iter().try_fold(model, |here, segment| match here {
        Value::Object(members) => members.get_mut(segment),
        Value::Array(items) => items.get_mut(index(segment)?),
        _ => None,
    })
}

/// The parent of what a path names, and the last part of the path.
fn parent<'a>(model: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let mut segments = segments(path);
    let last = segments.pop()?;
    let parent = segments.iter().try_fold(model, |here, segment| match here {
        Value::Object(members) => members.get_mut(segment),
        Value::Array(items) => items.get_mut(index(segment)?),
        _ => None,
    })?;
    Some((parent, last))
}

/// No sign and no leading zero.
fn index(segment: &str) -> Option<usize> {
    let plain = segment == "0" || (!segment.starts_with('0') && segment.bytes().all(|byte| byte.is_ascii_digit()));
    plain.then(|| segment.parse().ok())?
}

fn add(model: &mut Value, path: &str, value: Value) -> Result<(), String> {
    match parent(model, path) {
        Some((Value::Object(members), name)) => {
            members.insert(name, value);
            Ok(())
        }
        Some((Value::Array(items), name)) => {
            let at = if name == "-" { Some(items.len()) } else { index(&name).filter(|at| *at <= items.len()) };
            let at = at.ok_or_else(|| format!("'{name}' in path '{path}' is no place in the list"))?;
            items.insert(at, value);
            Ok(())
        }
        _ => Err(format!("there is nothing that holds path '{path}'")),
    }
}

fn remove(model: &mut Value, path: &str) -> Result<Value, String> {
    let removed = match parent(model, path) {
        Some((Value::Object(members), name)) => members.remove(&name),
        Some((Value::Array(items), name)) => index(&name).filter(|at| *at < items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| nothing_at(path))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_six_operations_with_and_without_the_first_slash() {
        let model = json!({"A": 1, "List": ["x", "y"], "O": {"a/b": 2}});
        let patched = |document: Value| apply(&document.to_string(), &model);
        let one = |operation: Value| patched(json!([operation]));
        assert_eq!(one(json!({"op": "add", "path": "B", "value": 2})).unwrap()["B"], 2);
        assert_eq!(one(json!({"op": "add", "path": "/List/-", "value": "z"})).unwrap()["List"], json!(["x", "y", "z"]));
        assert_eq!(one(json!({"op": "replace", "path": "/O/a~1b", "value": 3})).unwrap()["O"], json!({"a/b": 3}));
        assert_eq!(one(json!({"op": "remove", "path": "/List/0"})).unwrap()["List"], json!(["y"]));
        assert_eq!(one(json!({"op": "move", "from": "/A", "path": "/C"})).unwrap()["C"], 1);
        assert_eq!(one(json!({"op": "copy", "from": "/A", "path": "/C"})).unwrap()["A"], 1);
        assert!(one(json!({"op": "test", "path": "/A", "value": 1})).is_ok());
        for refused in [
            json!({"op": "test", "path": "/A", "value": 2}),
            json!({"op": "replace", "path": "/B", "value": 2}),
            json!({"op": "remove", "path": "/B"}),
            json!({"op": "add", "path": "/B/C", "value": 1}),
            json!({"op": "add", "path": "/List/03", "value": 1}),
            json!({"op": "add", "path": "/B"}),
            json!({"op": "merge", "path": "/B", "value": 1}),
            json!({"op": "move", "from": "/O", "path": "/O/P"}),
        ] {
            assert_eq!(one(refused.clone()).unwrap_err().code, "InvalidRequestException", "{refused}");
        }
        assert!(patched(json!([])).is_err());
    }
}
