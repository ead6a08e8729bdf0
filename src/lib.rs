//! lz, a multi-account AWS landing-zone orchestrator.

#![warn(missing_docs)]

pub mod apply;
pub mod blueprint;
pub mod cli;
pub mod cloud;
pub mod config;
pub mod discover;
pub mod firewall;
pub mod graph;
pub mod intent;
pub mod journal;
pub mod kinds;
pub mod monitor;
pub mod operate;
mod owner_only;
pub mod plan;
pub mod property;
pub mod reach;
pub mod reconcile;
pub mod report;
pub mod schema;
pub mod snapshot;
pub mod sweep;
pub mod template;
pub mod text;
pub mod trail;
pub mod twin;
pub mod ui;
pub mod values;
mod whole_file;
pub mod zone;
