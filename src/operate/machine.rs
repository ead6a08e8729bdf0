//! What use cases take of the machine that they run on.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use futures::StreamExt;
use futures::stream::{LocalBoxStream, Stream};

use super::audience::Audience;
use super::error::OperateError;
use crate::journal::record::Holder;
use crate::journal::{Store, Stores};
use crate::reconcile::TimeOfDay;
use crate::zone::Zone;
use crate::zone::lock::Lock;

/// The surroundings of a use case.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The machine that it runs on.
    pub machine: &'a dyn Machine,
    /// Who is asked and told.
    pub audience: &'a dyn Audience,
}

/// What is kept of a zone on a machine, and the process that works there.
pub trait Machine {
    /// Keeps other processes of this machine from changing the zone until the value is dropped.
    ///
    /// # Errors
    /// [`OperateError::Locked`] where another process does.
    fn hold(&self) -> Result<Box<dyn Any>, OperateError>;

    /// The journal's stores.
    fn journal(&self) -> Stores;

    /// Where a repair of the journal puts what is damaged.
    fn damaged_journal(&self) -> Stores;

    /// The lease's store.
    fn lease(&self) -> Rc<dyn Store>;

    /// The lock as it is written down now; an empty one where there is none.
    ///
    /// # Errors
    /// It can't be read.
    fn written_lock(&self) -> Result<Lock, OperateError>;

    /// Writes a zone's lock, where it says something else by now.
    ///
    /// # Errors
    /// It can't be written.
    fn write_lock(&self, lock: &Lock, zone: &Zone) -> Result<(), OperateError>;

    /// Requests to end that come from now on.
    fn requests(&self) -> Requests;

    /// Tells the time of day.
    fn time(&self) -> TimeOfDay;

    /// This process.
    fn holder(&self) -> Holder;
}

/// Proof that no other process of this machine changes the zone, until it is dropped. Use cases that change something ask
/// for it.
pub struct Hold(#[expect(dead_code, reason = "it is held, and not looked at")] Box<dyn Any>);

impl fmt::Debug for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hold")
    }
}

/// Keeps other processes of this machine from changing the zone until the value is dropped; the system lets go of it even
/// when the process dies.
///
/// # Errors
/// [`OperateError::Locked`] where another process changes the zone.
pub fn hold(machine: &dyn Machine) -> Result<Hold, OperateError> {
    machine.hold().map(Hold)
}

/// Requests to end, one after the other. None is lost that comes after this was made.
pub struct Requests(LocalBoxStream<'static, ()>);

impl Requests {
    /// Those of a stream.
    pub fn of(stream: impl Stream<Item = ()> + 'static) -> Self {
        Self(stream.boxed_local())
    }

    /// Ends at the next request; never where none can come any more.
    pub async fn next(&mut self) {
        if self.0.next().await.is_none() {
            std::future::pending().await
        }
    }
}
