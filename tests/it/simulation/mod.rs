//! lz's library on the simulated AWS, in process and in virtual time.
//!
//! Every simulation ends with [`World::check`](world::World::check): what holds always is said there and not in single
//! tests.

mod accounts;
mod additions;
mod blindness;
mod bulkheads;
mod checks;
mod crash_matrix;
mod credentials;
mod determinism;
mod disturbed;
mod drift;
mod duplicates;
mod endings;
mod firewall;
mod gives_up;
mod kept;
mod mortal;
mod pins;
mod prefix;
mod random;
mod reach;
mod rolled_back;
mod scale;
mod small;
mod storm;
mod sweep;
mod trace;
mod trail;
mod world;
