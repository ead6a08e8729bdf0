//! lz's library on the simulated AWS, in process and in virtual time.
//!
//! Every simulation ends with [`World::check`](world::World::check): what holds always is said there and not in single
//! tests.

mod accounts;
mod checks;
mod determinism;
mod disturbed;
mod drift;
mod random;
mod scale;
mod trace;
mod world;
