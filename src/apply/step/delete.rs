//! Deleting a resource, until AWS no longer shows it.

use std::time::Duration;

use super::wait::patience;
use super::{Doing, StepError};
use crate::apply::look::first_look;
use crate::journal::record::Deed;
use crate::kinds::{Observed, OrganizationIds, Spec, State};

impl Doing<'_> {
    /// Deletes a live resource; waits until it is gone.
    pub(super) async fn take_away(&self, live: &Observed<Spec>) -> Result<(), StepError> {
        let organization = self.context.organization();
        self.recorder().going_along(self.change, self.context.along(self.change)).await?;
        // What is being deleted already is waited for.
        let mut request = match live.state {
            State::Deleting => None,
            _ => self.ask_to_delete(live, organization.as_ref()).await?,
        };
        if !self.change.kind().deletable() {
            // It goes with what it belongs to, and the journal knows now how it was.
            return Ok(());
        }
        let had_failed = matches!(live.state, State::Failed(_));
        let mut wait = first_look(self.change.timing().delete);
        let patience = patience(&live.spec);
        let since = self.cloud.clock().elapsed();
        loop {
            let awaited = request.as_ref().unwrap_or(&live.id);
            let seen = self.look(wait, Some(awaited)).await?;
            let Some(there) = seen.iter().find(|seen| seen.id == *awaited) else { break };
            let waited = self.cloud.clock().elapsed().saturating_sub(since);
            if waited > patience {
                return Err(StepError::TooLong { state: "being deleted".to_owned(), waited });
            }
            match &there.state {
                State::Failed(failure) if !had_failed || request.is_some() => {
                    return Err(StepError::GaveUp { failure: failure.clone(), times: 1 });
                }
                // A call that did not see it yet took it for gone.
                State::Ready | State::Failed(_) => request = self.ask_to_delete(there, organization.as_ref()).await?,
                State::Pending(_) | State::Deleting => {}
            }
            self.tell_waiting("deleting");
            wait = Duration::ZERO;
        }
        Ok(())
    }

    async fn ask_to_delete(
        &self,
        there: &Observed<Spec>,
        organization: Option<&OrganizationIds>,
    ) -> Result<Option<String>, StepError> {
        let deed = Deed::Delete { before: there.clone() };
        let task = self.task(organization, "");
        let (_, answer) = self.recorder().sending(self.change, deed, Spec::delete(there, &task), |_| None).await?;
        Ok(answer?)
    }
}
