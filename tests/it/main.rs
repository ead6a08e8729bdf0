//! The integration tests, one module for each subject.

// The futures of a whole run, nested in a simulation's, are deeper than the compiler follows by itself.
#![recursion_limit = "256"]

mod architecture;
mod cli;
mod config;
mod recordings;
mod reference;
mod simulation;
