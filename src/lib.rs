//! lz, a multi-account AWS landing-zone orchestrator.

#![warn(missing_docs)]

pub mod config;
pub mod graph;
pub mod twin;
pub mod values;
pub mod zone;
