//! Paths to parts of a resource's properties, as schemas write them: `/properties/DefaultActions/*/TargetGroupArn`.

use std::fmt;

use serde_json::{Map, Value};

/// A path from a resource's properties to a part of them; `*` stands for every item of a list or member of a map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// A path as schemas write it, beginning with `/properties/`. Nothing where it does not.
    #[must_use]
    pub fn of_schema(text: &str) -> Option<Self> {
        Some(Self::of(text.strip_prefix("/properties/")?))
    }

    /// A path without that beginning.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect())
    }

    /// As schemas write it.
    #[must_use]
    pub fn in_schema(&self) -> String {
        format!("/properties/{self}")
    }

    /// True where it is the whole of a top-level property.
    #[must_use]
    pub fn is_property(&self, name: &str) -> bool {
        matches!(self.0.as_slice(), [only] if only == name)
    }

    /// All values at the path.
    #[must_use]
    pub fn values<'a>(&self, model: &'a Value) -> Vec<&'a Value> {
        let mut here = vec![model];
        for segment in &self.0 {
            here = here.into_iter().flat_map(|value| members(value, segment)).collect();
        }
        here
    }

    /// All texts at the path.
    #[must_use]
    pub fn texts(&self, model: &Value) -> Vec<String> {
        self.values(model).into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Takes everything at the path out of the model; puts it, in its place, into what is given back.
    pub fn take(&self, model: &mut Value) -> Option<Value> {
        take(model, &self.0)
    }

    /// Sets the value at a path without `*`; makes the objects on the way.
    pub fn set(&self, model: &mut Value, value: Value) {
        let mut here = model;
        for segment in &self.0 {
            if !here.is_object() {
                *here = Value::Object(Map::new());
            }
            let Value::Object(members) = here else { return };
            here = members.entry(segment.as_str()).or_insert(Value::Null);
        }
        *here = value;
    }

    /// Applies `change` to every value at the path.
    pub fn change(&self, model: &mut Value, change: &mut dyn FnMut(&mut Value)) {
        apply(model, &self.0, change);
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join("/"))
    }
}

fn members<'a>(value: &'a Value, segment: &str) -> Vec<&'a Value> {
    match (value, segment) {
        (Value::Array(items), "*") => items.iter().collect(),
        (Value::Object(members), "*") => members.values().collect(),
        (Value::Object(members), name) => members.get(name).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn take(model: &mut Value, path: &[String]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    match (model, first.as_str()) {
        (Value::Array(items), "*") => {
            let taken: Vec<Value> = items.iter_mut().map(|item| take(item, rest).unwrap_or(Value::Null)).collect();
            taken.iter().any(|one| !one.is_null()).then_some(Value::Array(taken))
        }
        (Value::Object(members), "*") => {
            let taken: Map<String, Value> =
                members.iter_mut().filter_map(|(name, item)| Some((name.clone(), take(item, rest)?))).collect();
            (!taken.is_empty()).then_some(Value::Object(taken))
        }
        (Value::Object(members), name) if rest.is_empty() => {
            let taken = members.remove(name)?;
            Some(Value::Object(Map::from_iter([(name.to_owned(), taken)])))
        }
        (Value::Object(members), name) => {
            let taken = take(members.get_mut(name)?, rest)?;
            Some(Value::Object(Map::from_iter([(name.to_owned(), taken)])))
        }
        _ => None,
    }
}

fn apply(model: &mut Value, path: &[String], change: &mut dyn FnMut(&mut Value)) {
    let Some((first, rest)) = path.split_first() else { return change(model) };
    match (model, first.as_str()) {
        (Value::Array(items), "*") => items.iter_mut().for_each(|item| apply(item, rest, change)),
        (Value::Object(members), "*") => members.values_mut().for_each(|item| apply(item, rest, change)),
        (Value::Object(members), name) => {
            if let Some(member) = members.get_mut(name) {
                apply(member, rest, change);
            }
        }
        _ => {}
    }
}

/// Puts `other` into `model`: objects are joined, everything else is replaced. A list is joined item by item with one of
/// the same length, where an item that is null adds nothing.
pub fn join(model: &mut Value, other: Value) {
    match (model, other) {
        (Value::Object(members), Value::Object(others)) => {
            for (name, value) in others {
                join(members.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            items.iter_mut().zip(others).for_each(|(item, other)| join(item, other));
        }
        (_, Value::Null) => {}
        (here, other) => *here = other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_reaches_into_every_item() {
        let mut model = json!({"A": [{"B": "1", "C": "2"}, {"C": "3"}]});
        let pointer = Pointer::of_schema("/properties/A/*/B").unwrap();
        assert_eq!(pointer.texts(&model), ["1"]);
        let taken = pointer.take(&mut model).unwrap();
        assert_eq!(model, json!({"A": [{"C": "2"}, {"C": "3"}]}));
        join(&mut model, taken);
        assert_eq!(model, json!({"A": [{"B": "1", "C": "2"}, {"C": "3"}]}));
    }
}
