//! The write-ahead journal and the lease.
//!
//! What AWS is asked for is durable before it is asked: an [`Intent`](record::Intent) before the call, an
//! [`Outcome`](record::Outcome) after it. That gives a rollback its before-images, a run after a crash what the last one may
//! have left half done, and people an audit trail.
//!
//! - [`record`]: what a journal says.
//! - [`state`]: what the records come to; refuses what can't be.
//! - [`effect`]: what a run has done to each resource, for rollback.
//! - [`inventory`]: which ids runs have made and deleted, for telling whose a resource is.
//! - [`store`]: numbered things that are created once, and removed when they are old: a folder, or memory.
//! - [`segment`]: how records lie in such a thing, with checksums.
//! - [`extract`] and [`housekeeping`]: what keeps it small.
//! - [`repair`](mod@repair): a damaged one, as far as it can be read.
//! - [`read`](mod@read) and [`writer`]: a journal read, and one written.
//! - [`lease`]: one writer per zone, and why a paused one can do no harm.
//! - [`history`]: what it tells people.
//!
//! It knows neither AWS nor a clock: times are passed in.

pub mod effect;
pub mod extract;
pub mod history;
pub mod housekeeping;
pub mod inventory;
pub mod lease;
pub mod memory;
pub mod message;
mod moment;
pub mod read;
pub mod record;
pub mod repair;
pub mod segment;
pub mod state;
pub mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod writer;

pub use inventory::Inventory;
pub use lease::{Lease, LeaseError};
pub use memory::MemoryStore;
pub use message::Message;
pub use read::{Contents, ReadError, read};
pub use record::{Number, Record};
pub use state::State;
pub use store::{DirectoryStore, Store, Stores};
pub use writer::{Journal, JournalError};
