//! Waiting for AWS.

use std::time::Duration;

use super::{Doing, StepError};
use crate::apply::event::Event;
use crate::kinds::{Failure, Observed, Spec, State};

/// The longest that AWS may take with one resource: ten times the usual time, and a quarter of an hour at least. Of a stack's
/// resource its type's schema says it.
pub(super) fn patience(spec: &Spec) -> Duration {
    let timing = spec.kind().timing();
    let usual = match spec {
        Spec::StackResource(resource) => resource.patience(),
        _ => timing.create.max(timing.delete) * 10,
    };
    usual.max(Duration::from_secs(900))
}

/// A resource that AWS is done with.
#[derive(Debug)]
pub(super) enum Settled {
    /// It can be used.
    Ready(Observed<Spec>),
    /// AWS gave up on it.
    Failed(Observed<Spec>, Failure),
}

impl Doing<'_> {
    /// The longest that AWS may take with what the change is about.
    pub(super) fn patience(&self) -> Duration {
        let wanted = self.change.wanted().map(|wanted| &wanted.spec);
        let spec = wanted.or_else(|| self.change.live().map(|live| &live.spec));
        spec.map_or(Duration::ZERO, patience)
    }

    /// Waits until AWS is done with the resource of an id.
    pub(super) async fn settled(&self, id: &str, first: Duration) -> Result<Settled, StepError> {
        let clock = self.cloud.clock();
        let (since, patience) = (clock.elapsed(), self.patience());
        let mut wait = first;
        loop {
            let seen = self.look(wait, Some(id)).await?;
            let there = seen.into_iter().find(|one| one.id == id || one.aliases.iter().any(|alias| alias == id));
            let state = match there {
                Some(there) => match &there.state {
                    State::Ready => return Ok(Settled::Ready(there)),
                    State::Failed(failure) => {
                        let failure = failure.clone();
                        return Ok(Settled::Failed(there, failure));
                    }
                    State::Deleting => return Err(StepError::BeingDeleted),
                    State::Pending(word) => word.clone(),
                },
                None => "not visible yet".to_owned(),
            };
            let waited = clock.elapsed().saturating_sub(since);
            if waited > patience {
                return Err(StepError::TooLong { state, waited });
            }
            self.tell_waiting(&state);
            wait = Duration::ZERO;
        }
    }

    /// Waits until the resource of an id is ready.
    pub(super) async fn ready(&self, id: &str, first: Duration) -> Result<Observed<Spec>, StepError> {
        match self.settled(id, first).await? {
            Settled::Ready(there) => Ok(there),
            Settled::Failed(_, failure) => Err(StepError::GaveUp { failure, times: 1 }),
        }
    }

    /// Lets time pass; ends at once when somebody asks to stop.
    pub(super) async fn pause(&self, time: Duration) -> Result<(), StepError> {
        tokio::select! {
            biased;
            () = self.context.stopped() => Err(StepError::Interrupted),
            () = self.cloud.clock().sleep(time) => Ok(()),
        }
    }

    /// One look at the resource of an id, or at all of the kind, shared with all who wait for one; ends at once when
    /// somebody asks to stop.
    pub(super) async fn look(&self, wait: Duration, id: Option<&str>) -> Result<Vec<Observed<Spec>>, StepError> {
        let subject = self.context.subject(&self.change.owner);
        let seen = tokio::select! {
            biased;
            () = self.context.stopped() => return Err(StepError::Interrupted),
            seen = self.context.looks.look(&self.cloud, self.change.kind(), wait, id, subject) => seen,
        };
        match &*seen {
            Ok(seen) => Ok(seen.clone()),
            Err(error) => Err(error.clone().into()),
        }
    }

    pub(super) fn tell_waiting(&self, state: &str) {
        self.context.tell(Event::Waiting {
            address: self.change.address.clone(),
            scope: self.change.scope.clone(),
            state: state.to_owned(),
        });
    }
}
