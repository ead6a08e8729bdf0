//! The tables `[stacks.NAME]` of an account's file: a template, and what its parameters are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnostic::Origin;
use super::findings::{Findings, Read};
use super::keys::stack as keys;
use super::read::{Sourced, Table, label_key};
use crate::values::Label;

/// What an account's file says of a stack.
pub(super) struct StackSpec {
    pub(super) origin: Origin,
    pub(super) template: Read<Sourced<String>>,
    pub(super) workload: Read<Option<Sourced<Label>>>,
    /// The values, by parameter, each with the place of the parameter's name.
    pub(super) parameters: BTreeMap<String, Read<Parameter>>,
}

/// A parameter that is given.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    /// Where its name is written.
    pub(super) name: Origin,
    pub(super) value: Sourced<Value>,
}

/// Reads the stacks of an account.
pub(super) fn read(root: &Table<'_>, findings: &Findings) -> BTreeMap<Label, StackSpec> {
    let tables = root.optional(&keys::STACKS).ok().flatten();
    let mut stacks = BTreeMap::new();
    for (key, table) in tables.into_iter().flat_map(|tables| tables.entries) {
        let (Ok(name), Ok(table)) = (label_key(&key, findings), table) else { continue };
        stacks.insert(name, read_stack(&table));
        table.finish();
    }
    stacks
}

fn read_stack(table: &Table<'_>) -> StackSpec {
    let parameters = table.optional(&keys::PARAMETERS).ok().flatten();
    let parameters = parameters.into_iter().flat_map(|names| names.entries).map(|(key, value)| {
        let value = value.map(|value| Parameter { name: key.origin, value });
        (key.value, value)
    });
    StackSpec {
        origin: table.origin(),
        template: table.required(&keys::TEMPLATE),
        workload: table.optional(&keys::WORKLOAD),
        parameters: parameters.collect(),
    }
}
