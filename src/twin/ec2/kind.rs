//! The kinds of resources: how their ids look, what their tags call them, and how AWS says that one is not there.

use super::State;
use crate::twin::time::Moment;
use crate::twin::wire::Fault;
use crate::twin::wire::fault::Answer;

/// A kind of resource in EC2.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What its ids begin with, the hyphen included.
    pub prefix: &'static str,
    /// What TagSpecification and DescribeTags call it.
    pub resource_type: &'static str,
    /// The error code for an id that is well-formed and names nothing.
    pub not_found: &'static str,
    /// The message for that, with `{}` for the id.
    pub not_found_message: &'static str,
    /// The error code for an id that is not well-formed.
    pub malformed: &'static str,
    /// True where the resource is in this state at this moment, whoever can see it.
    pub exists: fn(&State, &str, Moment) -> bool,
}

impl Kind {
    /// The kind that an id is of, by its prefix.
    #[must_use]
    pub fn of(id: &str) -> Option<&'static Self> {
        super::FAMILIES.iter().flat_map(|family| family.kinds).copied().find(|kind| kind.is_id(id))
    }

    /// True for the prefix and 8 or 17 hexadecimal digits.
    #[must_use]
    pub fn is_id(&self, id: &str) -> bool {
        id.strip_prefix(self.prefix).is_some_and(|digits| {
            matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    }

    /// Refuses what cannot be an id of this kind.
    ///
    /// # Errors
    /// The kind's `….Malformed`.
    pub fn check(&self, id: &str) -> Answer<()> {
        if self.is_id(id) {
            return Ok(());
        }
        Err(Fault::new(self.malformed, format!("Invalid id: \"{id}\" (expecting \"{}...\")", self.prefix)))
    }

    /// What AWS answers where no such resource is seen.
    #[must_use]
    pub fn unknown(&self, id: &str) -> Fault {
        Fault::new(self.not_found, self.not_found_message.replace("{}", id))
    }

    /// Finds a resource by its id, among those that a call at this moment sees.
    ///
    /// # Errors
    /// The kind's `….Malformed`; its `….NotFound`, also for a resource that was created so lately that this call does
    /// not see it yet.
    pub fn find<'a, T>(
        &self,
        state: &'a State,
        id: &str,
        now: Moment,
        get: impl FnOnce(&'a State) -> Option<&'a T>,
    ) -> Answer<&'a T> {
        self.check(id)?;
        get(state).filter(|_| state.visibility.sees(id, now)).ok_or_else(|| self.unknown(id))
    }
}
