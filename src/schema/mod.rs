//! stub
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use serde_json::Value;
use crate::property::Property;
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ResourceType { name: String }
pub type PatchOperation = Value;
pub struct Difference { pub replaces: bool }
impl ResourceType {
    pub fn embedded(_: &str) -> Option<Arc<Self>> { None }
    pub fn name(&self) -> &str { &self.name }
    pub fn create_only_properties(&self) -> BTreeSet<String> { BTreeSet::new() }
    pub fn compare<R>(&self, _: &str, _: &Property<R>, _: Option<&Value>) -> Vec<Difference> { vec![] }
    pub fn tagging(&self) -> Option<()> { None }
    pub fn identifier_of(&self, _: &Value) -> Option<String> { None }
    pub fn ref_value(&self, _: &str, _: &Value) -> Option<Value> { None }
    pub fn longest_timeout(&self) -> Duration { Duration::ZERO }
    pub fn add_tags(&self, _: &mut Value, _: &BTreeMap<String, String>) {}
    pub fn patch(&self, _: &Value, _: &Value) -> Vec<PatchOperation> { vec![] }
    pub fn tags_of(&self, _: &serde_json::Map<String, Value>) -> BTreeMap<String, String> { BTreeMap::new() }
    pub fn is_secret(&self, _: &str) -> bool { false }
    pub fn is_identified_by_arn(&self) -> bool { false }
    pub fn physical_name(&self, _: &str, _: &str) -> Option<(String, String)> { None }
}
