//! A writer for the XML answers of the `query` and `ec2` protocols.

use quick_xml::escape::escape;

/// The children of an element, being written.
#[derive(Debug, Default, Clone)]
pub struct Xml {
    text: String,
}

impl Xml {
    /// No children yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an element that holds a text.
    pub fn text(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        let value = value.to_string();
        self.text.push_str(&format!("<{name}>{}</{name}>", escape(value.as_str())));
        self
    }

    /// Adds an element that holds a text, or nothing where there is none.
    pub fn optional(&mut self, name: &str, value: Option<impl std::fmt::Display>) -> &mut Self {
        if let Some(value) = value {
            self.text(name, value);
        }
        self
    }

    /// Adds an element that holds elements.
    pub fn element(&mut self, name: &str, write: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = Self::new();
        write(&mut inner);
        self.text.push_str(&format!("<{name}>{}</{name}>", inner.text));
        self
    }

    /// Adds a list whose items are structures, each in an `item` element, as the `ec2` protocol does.
    pub fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.element(name, |list| {
            for item in items {
                list.element("item", |one| write(one, item));
            }
        })
    }

    /// Adds a list of texts, each in an `item` element.
    pub fn texts<T: std::fmt::Display>(&mut self, name: &str, items: impl IntoIterator<Item = T>) -> &mut Self {
        self.element(name, |list| {
            for item in items {
                list.text("item", item);
            }
        })
    }

    /// The document: the children inside a root element with a namespace.
    #[must_use]
    pub fn document(&self, root: &str, namespace: &str) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{namespace}\">{}</{root}>", self.text)
    }
}
