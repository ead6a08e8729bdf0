//! The lock is made anew from what AWS shows.

use super::declared::Declared;
use super::error::OperateError;
use super::machine::{Hold, Machine};
use super::zone::OpenZone;
use crate::discover::Live;
use crate::plan::{Authority, Strangers};
use crate::zone::lock::Lock;
use crate::zone::rebuilt::Rebuilt;

/// A lock that was made anew.
#[derive(Debug)]
pub struct Relocked {
    /// What it would pin, and how that is known.
    pub rebuilt: Rebuilt,
    /// The lock that is there.
    pub before: Lock,
    /// What could not be read, each in a sentence: what is pinned of it stays.
    pub unread: Vec<String>,
}

impl Relocked {
    /// True where it pins something else than the lock that is there.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.rebuilt.lock != self.before
    }
}

/// Says what a lock would pin that is made from what AWS shows. Resources are looked for as if none was pinned. Changes
/// nothing.
///
/// # Errors
/// AWS, the journal or the lock can't be read, or what is wanted contradicts itself.
pub async fn rebuild_lock(zone: &OpenZone<'_>, _hold: &Hold) -> Result<Relocked, OperateError> {
    let before = zone.ports.machine.written_lock()?;
    let journal = zone.journal().await?.state;
    zone.settle(&journal).await;
    let reconciler = zone.reconciler(Strangers::Kept, Authority::Files, &journal);
    let live = reconciler.discover().await?;
    let rebuilt = reconciler.rebuild(&before, &zone.declared.loaded.lock, &live)?;
    Ok(Relocked { rebuilt, before, unread: unread(&live) })
}

/// Writes a lock that was made anew.
///
/// # Errors
/// It can't be written.
pub fn keep_lock(
    machine: &dyn Machine,
    _hold: &Hold,
    declared: &Declared,
    relocked: &Relocked,
) -> Result<(), OperateError> {
    machine.write_lock(&relocked.rebuilt.lock, &declared.loaded.zone)
}

/// What could not be read, each in a sentence.
fn unread(live: &Live) -> Vec<String> {
    let accounts = live.unreadable.iter().map(|(name, reason)| format!("account {name} can't be read: {reason}"));
    let kinds = live.unread_kinds.iter().flat_map(|(owner, kinds)| {
        kinds.iter().map(move |(kind, reason)| format!("{} can't be read in {owner}: {reason}", kind.as_str()))
    });
    accounts.chain(kinds).collect()
}
