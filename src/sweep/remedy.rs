//! What to do about findings.

use super::Look;
use super::finding::Remedy;
use crate::kinds::{Owner, Scope};

/// What would mend the zone, as far as lz can.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Remedies {
    /// Something that was asked for is not there, or otherwise than it was asked for.
    pub(super) repair: bool,
    /// Something is there that nobody asked for.
    pub(super) removal: bool,
}

impl Look<'_> {
    /// lz puts it back.
    pub(super) fn repair(&self, scope: &Scope) -> Remedy {
        Remedy::Command(format!("lz sweep --repair --account {}", self.name(scope)))
    }

    /// lz takes it away, if it is told to.
    pub(super) fn removal(&self, owner: &Owner) -> Remedy {
        Remedy::Command(format!("lz sweep --repair --allow-removals --account {owner}"))
    }

    /// lz builds it for the first time.
    pub(super) fn building(scope: &Scope) -> Remedy {
        Remedy::Command(match scope {
            Scope::Organization | Scope::Hub => "lz bootstrap".to_owned(),
            Scope::Workload(name) => format!("lz onboard-workload {name}"),
        })
    }

    /// What breaks an invariant.
    pub(super) fn of_violation(remedies: Remedies, at: &str, in_files: bool) -> Remedy {
        match remedies {
            _ if in_files => Remedy::Manual("the files ask for it: change them, and apply them".to_owned()),
            Remedies { repair: true, .. } => Remedy::Command("lz sweep --repair".to_owned()),
            Remedies { removal: true, .. } => Remedy::Command("lz sweep --repair --allow-removals".to_owned()),
            _ => Remedy::Manual(format!(
                "all that lz manages is as it was asked for: look at {at}, and at what lz does not manage beside it"
            )),
        }
    }

    fn name(&self, scope: &Scope) -> Owner {
        self.home(scope)
    }
}
