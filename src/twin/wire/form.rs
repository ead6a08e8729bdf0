//! The form-encoded requests of the `query` and `ec2` protocols, as a tree whose every leaf must be read.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::fault::{Answer, Fault};

/// How deep parameters nest at most; EC2's own go no deeper than eight.
const DEPTH: usize = 16;

/// A structure of a form-encoded request: `Filter.1.Value.2=x` is a list of structures that hold a list.
///
/// Reading marks a parameter as known; [`Form::finish`] refuses a request that holds a parameter that nobody read, since
/// a simulation that ignores what it does not know is kinder than AWS.
#[derive(Debug, Default)]
pub struct Form {
    path: String,
    children: BTreeMap<String, Form>,
    value: Option<String>,
    read: Cell<bool>,
}

impl Form {
    /// Parses a request's body, `Action` and `Version` included.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut root = Self::default();
        for (key, value) in form_urlencoded::parse(body) {
            root.insert(&key, value.into_owned());
        }
        root
    }

    fn insert(&mut self, key: &str, value: String) {
        let mut here = self;
        let mut path = String::new();
        // What is nested deeper than anything in AWS becomes one part, which nobody reads; so a key cannot make the tree
        // deeper than the stack.
        for part in key.splitn(DEPTH, '.') {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(part);
            here =
                here.children.entry(part.to_owned()).or_insert_with(|| Self { path: path.clone(), ..Self::default() });
        }
        here.value = Some(value);
    }

    /// The value of a parameter that may be left out.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<&str> {
        let child = self.children.get(name)?;
        child.read.set(true);
        child.value.as_deref()
    }

    /// The value of a parameter that must be there and not be empty.
    ///
    /// # Errors
    /// `MissingParameter`.
    pub fn required(&self, name: &str) -> Answer<&str> {
        match self.optional(name) {
            Some(value) if !value.is_empty() => Ok(value),
            _ => Err(Fault::new(
                "MissingParameter",
                format!("The request must contain the parameter {}", self.name_of(name)),
            )),
        }
    }

    /// A boolean that may be left out.
    ///
    /// # Errors
    /// `InvalidParameterValue` for anything but `true` and `false`.
    pub fn boolean(&self, name: &str) -> Answer<Option<bool>> {
        match self.optional(name) {
            None => Ok(None),
            Some("true" | "True") => Ok(Some(true)),
            Some("false" | "False") => Ok(Some(false)),
            Some(other) => Err(self.invalid(name, other)),
        }
    }

    /// An integer that may be left out.
    ///
    /// # Errors
    /// `InvalidParameterValue` for what is no integer.
    pub fn integer(&self, name: &str) -> Answer<Option<i64>> {
        self.optional(name).map(|text| text.parse().map_err(|_| self.invalid(name, text))).transpose()
    }

    /// One of the values in `allowed`, or nothing.
    ///
    /// # Errors
    /// `InvalidParameterValue` for any other value.
    pub fn one_of(&self, name: &str, allowed: &[&'static str]) -> Answer<Option<&'static str>> {
        match self.optional(name) {
            None => Ok(None),
            Some(text) => {
                allowed.iter().find(|one| **one == text).copied().map(Some).ok_or_else(|| self.invalid(name, text))
            }
        }
    }

    /// The values of a list: `Name.1`, `Name.2` …, in the order of their numbers.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.forms(name)
            .into_iter()
            .filter_map(|item| {
                item.read.set(true);
                item.value.as_deref()
            })
            .collect()
    }

    /// The structures of a list: `Name.1.…`, `Name.2.…`, in the order of their numbers. An item under a key that is no
    /// number stays unread, so that [`Form::finish`] refuses it.
    #[must_use]
    pub fn forms(&self, name: &str) -> Vec<&Self> {
        let Some(list) = self.children.get(name) else { return Vec::new() };
        let mut numbered: Vec<(u32, &Self)> =
            list.children.iter().filter_map(|(key, child)| Some((key.parse().ok()?, child))).collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, child)| child).collect()
    }

    /// A structure that may be left out.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<&Self> {
        self.children.get(name)
    }

    /// True where the parameter is there, whatever its value; does not count as reading it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.children.contains_key(name)
    }

    /// All parameters but those named, as one text that is the same for requests that ask the same. Does not count as
    /// reading them.
    #[must_use]
    pub fn canonical(&self, without: &[&str]) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        self.children
            .iter()
            .filter(|(name, _)| !without.contains(&name.as_str()))
            .for_each(|(_, one)| one.pairs(&mut pairs));
        pairs.finish()
    }

    fn pairs(&self, pairs: &mut form_urlencoded::Serializer<'_, String>) {
        if let Some(value) = &self.value {
            pairs.append_pair(&self.path, value);
        }
        self.children.values().for_each(|child| child.pairs(pairs));
    }

    /// Refuses the request if it holds a parameter that was not read.
    ///
    /// # Errors
    /// `UnknownParameter`, naming the parameter.
    pub fn finish(&self) -> Answer<()> {
        if self.value.is_some() && !self.read.get() {
            return Err(Fault::new("UnknownParameter", format!("The parameter {} is not recognized", self.path)));
        }
        self.children.values().try_for_each(Self::finish)
    }

    fn name_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn invalid(&self, name: &str, value: &str) -> Fault {
        Fault::new("InvalidParameterValue", format!("Value ({value}) for parameter {} is invalid.", self.name_of(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_the_order_of_their_numbers() {
        let form = Form::parse(b"Filter.10.Name=c&Filter.2.Name=b&Filter.1.Name=a&Filter.1.Value.1=x%20y");
        let names: Vec<_> = form.forms("Filter").into_iter().map(|one| one.required("Name").unwrap()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(form.forms("Filter")[0].list("Value"), ["x y"]);
        assert_eq!(form.finish(), Ok(()));
    }

    #[test]
    fn what_nobody_read_is_refused_by_its_whole_name() {
        let form = Form::parse(b"Tag.1.Key=a&Tag.1.Colour=red&Tag.one.Key=b");
        form.forms("Tag").iter().for_each(|tag| assert_eq!(tag.optional("Key"), Some("a")));
        assert_eq!(form.finish().unwrap_err().message, "The parameter Tag.1.Colour is not recognized");
        let deep = format!("{}=x", ["a"; 100_000].join("."));
        assert_eq!(Form::parse(deep.as_bytes()).finish().unwrap_err().code, "UnknownParameter");
    }

    #[test]
    fn requests_that_ask_the_same_are_the_same_text() {
        let one = Form::parse(b"A=1&B.1=2&ClientToken=x");
        let other = Form::parse(b"ClientToken=y&B.1=2&A=1");
        assert_eq!(one.canonical(&["ClientToken"]), other.canonical(&["ClientToken"]));
        let changed = Form::parse(b"A=1&B.2=2");
        assert_ne!(one.canonical(&["ClientToken"]), changed.canonical(&[]));
    }
}
