//! Addresses, typed references, and the graph of what depends on what. Knows nothing of AWS.

mod address;
mod dag;
mod reference;

pub use address::{Address, InvalidAddress};
pub use dag::{Cycle, Dag};
pub use reference::{AnyRef, Ref};
