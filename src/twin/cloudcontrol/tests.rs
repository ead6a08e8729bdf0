//! What the tables say is in the schemas, and what AWS refuses is refused.

use super::pointer::Pointer;
use super::schemas::{Schema, embedded};

/// True where a place of a table is one of its type.
fn is_there(type_name: &str, path: &str) -> bool {
    let Some(schema) = embedded(type_name).and_then(|text| Schema::parse(&text).ok()) else { return false };
    let first = Pointer::of(path).to_string();
    let first = first.split('/').find(|part| !part.is_empty()).unwrap_or_default().to_owned();
    schema.document["properties"].get(&first).is_some()
}

#[test]
fn what_is_filled_in_is_in_the_schemas() {
    let places = super::defaults::places().chain(super::made_up::places());
    let wrong: Vec<(&str, &str)> = places.filter(|(type_name, path)| !is_there(type_name, path)).collect();
    assert_eq!(wrong, []);
}
