//! The registry of resource types: what a type's schema says, and where the twin has schemas from.
//!
//! The twin has the types that [`embedded`] knows and those that were added to the world ([`super::State::add_schemas`]).
//! <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>

use serde_json::Value;

use super::pointer::Pointer;
use super::validation::{self, Validator};

/// The schema of a resource type that comes with the twin, as JSON text; none for a type that does not.
#[must_use]
pub fn embedded(type_name: &str) -> Option<String> {
    crate::schema::embedded_text(type_name)
}

/// Why a text is no schema of a resource type.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It is no JSON.
    #[error("a schema of a resource type is no JSON")]
    Malformed(#[from] serde_json::Error),
    /// It lacks something that every schema has.
    #[error("a schema of a resource type has no `{0}`")]
    Lacks(&'static str),
    /// The validator of documents cannot be made.
    #[error("the schema of {type_name} cannot be used: {reason}")]
    Unusable {
        /// The type.
        type_name: String,
        /// Why.
        reason: String,
    },
}

/// A resource type, as its schema describes it.
#[derive(Debug)]
pub struct Schema {
    /// Its name, such as `AWS::ECS::Cluster`.
    pub type_name: String,
    /// The whole schema.
    pub document: Value,
    /// The properties that identify a resource, in the order in which an identifier has them.
    pub identifier: Vec<String>,
    /// What only AWS sets.
    pub read_only: Vec<Pointer>,
    /// What is never read back.
    pub write_only: Vec<Pointer>,
    /// What no update may change.
    pub create_only: Vec<Pointer>,
    /// The property that holds tags.
    pub tags: Option<String>,
    validator: Validator,
}

/// What a handler of a type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Makes a resource.
    Create,
    /// Tells a resource.
    Read,
    /// Changes a resource.
    Update,
    /// Deletes a resource.
    Delete,
    /// Lists resources.
    List,
}

impl Handler {
    /// Its name in schemas.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::List => "list",
        }
    }
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// The text is no schema of a resource type.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let document: Value = serde_json::from_str(text)?;
        let type_name = document["typeName"].as_str().ok_or(SchemaError::Lacks("typeName"))?.to_owned();
        let pointers = |list: &str| -> Vec<Pointer> {
            let all = document[list].as_array().into_iter().flatten().filter_map(Value::as_str);
            all.filter_map(Pointer::of_schema).collect()
        };
        let identifier: Vec<String> =
            pointers("primaryIdentifier").into_iter().map(|pointer| pointer.to_string()).collect();
        if identifier.is_empty() {
            return Err(SchemaError::Lacks("primaryIdentifier"));
        }
        if !document["properties"].is_object() {
            return Err(SchemaError::Lacks("properties"));
        }
        let taggable = document["tagging"]["taggable"].as_bool().unwrap_or(true);
        let named = document["tagging"]["tagProperty"].as_str().and_then(Pointer::of_schema);
        let tags = named.map(|pointer| pointer.to_string()).or_else(|| Some("Tags".to_owned()));
        let tags = tags.filter(|name| taggable && document["properties"][name].is_object());
        let validator = Validator::of(&document)
            .map_err(|reason| SchemaError::Unusable { type_name: type_name.clone(), reason })?;
        Ok(Self {
            read_only: pointers("readOnlyProperties"),
            write_only: pointers("writeOnlyProperties"),
            create_only: pointers("createOnlyProperties"),
            type_name,
            identifier,
            tags,
            validator,
            document,
        })
    }

    /// True where the type has a handler.
    #[must_use]
    pub fn has(&self, handler: Handler) -> bool {
        self.document["handlers"][handler.name()].is_object()
    }

    /// The permissions that a handler uses.
    pub fn permissions(&self, handler: Handler) -> impl Iterator<Item = &str> {
        self.document["handlers"][handler.name()]["permissions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// The schema of a property, references followed; nothing where there is no such property.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Value> {
        let property = self.document["properties"].get(name)?;
        Some(self.resolved(property))
    }

    /// A schema, references followed.
    #[must_use]
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // A chain of references is short; a circle of nothing but references means nothing.
        for _ in 0..16 {
            let Some(reference) = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#')) else { break };
            match self.document.pointer(reference) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// True where only AWS sets the property.
    #[must_use]
    pub fn is_read_only(&self, property: &str) -> bool {
        self.read_only.iter().any(|pointer| pointer.is_property(property))
    }

    /// What is wrong with a document of this type: nothing where it is good.
    #[must_use]
    pub fn faults_of(&self, document: &Value) -> Vec<String> {
        let mut faults = self.validator.faults_of(document);
        faults.extend(validation::own_keywords(self, document));
        faults
    }
}
