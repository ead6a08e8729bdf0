//! CloudFormation templates, as lz carries them out: resource by resource, without a stack in CloudFormation. Pure.
//!
//! [`Template::parse`] reads a text, and [`Template::evaluate`] fills its parameters in. A value that AWS has not told yet
//! stays an expression ([`crate::property`]). All faults are told at once, each with its place and a way out.

mod condition;
mod evaluate;
mod fault;
mod node;
mod parameter;
mod sections;

#[cfg(test)]
mod tests;

pub use evaluate::{Context, Evaluated, EvaluatedResource, Reference};
pub use fault::{Fault, Position};
pub use parameter::{Parameter, ParameterType};
pub use sections::Template;
