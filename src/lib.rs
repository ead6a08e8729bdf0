//! lz, a multi-account AWS landing-zone orchestrator.

pub mod twin;
