//! lz, a multi-account AWS landing-zone orchestrator.

#![warn(missing_docs)]

pub mod cloud;
pub mod graph;
pub mod kinds;
pub mod twin;
pub mod values;
pub mod zone;
