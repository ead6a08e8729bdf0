//! The integration tests, one module for each subject.

mod architecture;
mod cli;
mod config;
mod recordings;
mod simulation;
