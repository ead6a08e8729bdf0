//! lz's library on the simulated AWS, in process and in virtual time.
//!
//! Every simulation ends with [`World::check`](world::World::check): what holds always is said there and not in single
//! tests.

mod accounts;
mod additions;
mod blind;
mod blindness;
mod bulkheads;
mod checks;
mod console;
mod crash_matrix;
mod credentials;
mod determinism;
mod disturbed;
mod drift;
mod duplicates;
mod endings;
mod firewall;
mod gives_up;
mod identity;
mod kept;
mod listener;
mod matrix;
mod mortal;
mod obstruction;
mod pins;
mod prefix;
mod random;
mod reach;
mod repairs;
mod rolled_back;
mod safety;
mod scale;
mod small;
mod stacks;
mod storm;
mod sweep;
mod tags;
mod trace;
mod trail;
mod transitions;
mod world;
