//! What was found in the files, and the proof that something was.

use std::cell::RefCell;

use super::diagnostic::{Diagnostic, Fault};

/// Proof that an error was told: whoever holds it has nothing more to say. Only [`Findings::refuse`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported(());

/// What was read, or the proof that it is known why not.
pub(super) type Read<T> = Result<T, Reported>;

impl From<&Self> for Reported {
    fn from(proof: &Self) -> Self {
        *proof
    }
}

/// The findings of a run over the files.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: RefCell<Vec<Diagnostic>>,
    placeholders: RefCell<Vec<Diagnostic>>,
    /// Which declared keys somebody asked for.
    #[cfg(test)]
    asked: RefCell<std::collections::BTreeSet<usize>>,
}

impl Findings {
    /// Adds an error.
    pub(super) fn refuse(&self, fault: Fault) -> Reported {
        self.all.borrow_mut().push(fault.into());
        Reported(())
    }

    /// Adds what somebody should know.
    pub(super) fn warn(&self, warning: Diagnostic) {
        self.all.borrow_mut().push(warning);
    }

    /// Adds something that does for a rehearsal, and can't be asked of AWS.
    pub(super) fn add_placeholder(&self, fault: Fault) {
        self.placeholders.borrow_mut().push(fault.into());
    }

    /// What does for a rehearsal only; it is taken out.
    pub(super) fn placeholders(&self) -> Vec<Diagnostic> {
        sorted(self.placeholders.take())
    }

    /// Everything found, in the order of files and lines; the same finding about the same place once, however many networks
    /// share the blueprint that it is about.
    pub(super) fn sorted(self) -> Vec<Diagnostic> {
        sorted(self.all.into_inner())
    }

    /// Notes that a key was asked for.
    #[cfg(test)]
    pub(super) fn note(&self, key: usize) {
        self.asked.borrow_mut().insert(key);
    }

    /// Which keys were asked for.
    #[cfg(test)]
    pub(super) fn asked(&self) -> std::collections::BTreeSet<usize> {
        self.asked.borrow().clone()
    }
}

fn sorted(mut all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    all.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
    all.dedup();
    all
}
