//! AWS's side: sessions per account, pacing, what a failed call means, waiting.

pub mod account;
pub mod call;
pub mod clock;
mod document;
pub mod error;
pub mod operation;
pub mod pace;
pub mod paging;
mod role;
pub mod session;

pub use account::AccountCloud;
pub use call::Counts;
pub use clock::Clock;
pub use error::{CallError, Class};
pub use operation::{Effect, Operation, Service};
pub use paging::pages;
pub use session::{ConnectError, Connection, Role, Sessions};
