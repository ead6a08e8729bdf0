//! Making a resource: once, however many answers are lost, and another one where AWS gives up on it.

use std::collections::BTreeSet;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::wait::Settled;
use super::{Doing, StepError};
use crate::apply::look::first_look;
use crate::cloud::Class;
use crate::journal::record::Deed;
use crate::kinds::{Cause, Failure, Field, Identity, Observed, Resource, Spec, State, TAG_ADDRESS, TAG_ZONE};
use crate::values::hexadecimal;

/// How long AWS may take to show what it has made before lz believes that it was not made: `Describe…` calls lag behind
/// (EC2 API reference, "Ensure idempotency and eventual consistency").
const VISIBILITY: Duration = Duration::from_secs(120);
/// How long lz looks for what AWS says is there already, before it asks again.
const CONFIRMATION: Duration = Duration::from_secs(20);
/// How long what is in the way of a creation may take to go.
const IN_THE_WAY: Duration = Duration::from_secs(1200);
/// How far apart creations are that AWS refuses because it does not see yet what they need.
const BETWEEN_CREATIONS: Duration = Duration::from_secs(5);
/// How often a creation is sent in all, when its answers are lost and nothing is found.
const CREATIONS: u32 = 5;
/// How often one is made in all, where AWS gives up on it and another one may come to something.
const MOST_MADE: u32 = 3;
/// How long lz waits before it makes another one; twice as long the second time.
const BETWEEN_FAILURES: Duration = Duration::from_secs(30);

/// What was done so far to make one resource.
#[derive(Debug, Default)]
struct Tries {
    /// Creations that were sent. Each has a token of its own: with a former one, AWS would answer with the one that failed.
    sent: u32,
    /// Ids of those that AWS gave up on.
    given_up: BTreeSet<String>,
    /// How often AWS gave up.
    failures: u32,
}

/// A request that makes or changes a resource, by its number among those of its sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// One that makes it.
    Create(u32),
    /// One that changes it where it is.
    Update(u32),
}

impl Doing<'_> {
    /// Makes the resource, or goes on with the one of an id that was begun before; waits until it is ready.
    ///
    /// Where AWS gives up on it, and another one may come to something, what is left is taken away and another one is made.
    pub(super) async fn create(&self, resource: &Resource, begun: Option<&str>) -> Result<Observed<Spec>, StepError> {
        let spec = self.context.resolve(&resource.spec)?;
        let mut tries = Tries::default();
        let mut settled = match begun {
            Some(id) => self.settled(id, Duration::ZERO).await?,
            None => self.make(&spec, &mut tries).await?,
        };
        loop {
            let (failed, failure) = match settled {
                Settled::Ready(there) => return Ok(there),
                Settled::Failed(failed, failure) => (failed, failure),
            };
            tries.failures += 1;
            if !self.may_make_another(&failure) || tries.failures >= MOST_MADE {
                return Err(StepError::GaveUp { failure, times: tries.failures });
            }
            self.context.gave_up(self.change, &failure);
            self.clear(&failed).await?;
            tries.given_up.insert(failed.id);
            self.pause(BETWEEN_FAILURES * tries.failures).await?;
            // AWS may have made it after all, or somebody else has.
            settled = match self.find(&spec, &tries, Duration::ZERO).await? {
                Some(found) => self.settled(&found.id, Duration::ZERO).await?,
                None => self.make(&spec, &mut tries).await?,
            };
        }
    }

    fn may_make_another(&self, failure: &Failure) -> bool {
        let kind = self.change.kind();
        failure.cause == Cause::Passing && (kind.deletable() || !kind.remains())
    }

    /// Takes away what is left of one that failed.
    async fn clear(&self, failed: &Observed<Spec>) -> Result<(), StepError> {
        // What AWS goes on telling of is no longer looked for.
        self.context.forget(&self.change.address);
        let remains = self.change.kind().remains() && !failed.is_request();
        if remains { self.take_away(failed).await } else { Ok(()) }
    }

    /// Creates the resource, or finds the one that an earlier call has made; waits until AWS is done with it.
    ///
    /// A call whose answer was lost may have made it. So AWS is looked at before the call is sent again, for as long as
    /// AWS may lag behind.
    async fn make(&self, spec: &Spec, tries: &mut Tries) -> Result<Settled, StepError> {
        let clock = self.cloud.clock();
        let (since, mut sent) = (clock.elapsed(), 0);
        loop {
            sent += 1;
            tries.sent += 1;
            let token = self.token(Request::Create(tries.sent));
            let organization = self.context.organization();
            let (deed, task) = (Deed::Create { wanted: spec.clone() }, self.task(organization.as_ref(), &token));
            let (intent, answer) = self.recorder().sending(self.change, deed, spec.create(&task), Clone::clone).await?;
            match answer {
                Ok(Some(id)) => {
                    // Whoever waits for a part of this resource must be able to name it even before it is ready.
                    self.context.learn(self.change, &id);
                    let settled = self.settled(&id, first_look(self.change.timing().create)).await?;
                    if let Settled::Ready(there) = &settled
                        && there.id != id
                    {
                        // It was known by the request for it until now.
                        self.recorder().found(intent, &there.id).await?;
                    }
                    return Ok(settled);
                }
                Ok(None) => return self.found_settled(spec, tries).await,
                Err(error) if error.class == Class::Exists => {
                    let found = self.find(spec, tries, CONFIRMATION).await?;
                    if let Some(found) = found.filter(|found| found.state != State::Deleting) {
                        return self.settled(&found.id, Duration::ZERO).await;
                    }
                    if clock.elapsed() > since + IN_THE_WAY {
                        return Err(error.into());
                    }
                }
                // Some calls tell in a list of failures, and not by an error, that AWS does not see yet what they need.
                Err(error) if error.class == Class::NotFound && clock.elapsed() < since + VISIBILITY => {
                    clock.sleep(BETWEEN_CREATIONS).await;
                }
                Err(error) if error.class == Class::Unknown => {
                    if let Some(found) = self.find(spec, tries, VISIBILITY).await? {
                        self.recorder().found(intent, &found.id).await?;
                        self.context.learn(self.change, &found.id);
                        return self.settled(&found.id, Duration::ZERO).await;
                    }
                    if sent >= CREATIONS {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The same for the same request for the same resource in the same run, and at most 64 characters; another one where a
    /// rollback makes again what the run has replaced. With a former request's, AWS would do nothing, or refuse.
    pub(super) fn token(&self, request: Request) -> String {
        let purpose = if self.change.restores().is_some() { "restore" } else { "reach" };
        let request = match request {
            Request::Create(number) => format!("create {number}"),
            Request::Update(number) => format!("update {number}"),
        };
        let mut hash = Sha256::new();
        for part in [self.context.run.name.as_str(), self.change.address.as_str(), purpose, &request] {
            hash.update(part);
            hash.update([0]);
        }
        hexadecimal(&hash.finalize()[..20])
    }

    /// The one that is meant: by its own address tag, or by its natural key.
    fn is_it(&self, spec: &Spec, seen: &Observed<Spec>) -> bool {
        match self.change.kind().identity() {
            Identity::Tag => {
                seen.tags.get(TAG_ADDRESS).is_some_and(|tag| tag == self.change.address.as_str())
                    && seen.tags.get(TAG_ZONE) == self.tags.get(TAG_ZONE)
            }
            Identity::Key => !spec.differences(&seen.spec).iter().any(Field::is_key),
        }
    }

    /// Looks for it for a while; those that AWS gave up on before are not it.
    async fn find(&self, spec: &Spec, tries: &Tries, patience: Duration) -> Result<Option<Observed<Spec>>, StepError> {
        let since = self.cloud.clock().elapsed();
        loop {
            for seen in self.look(Duration::ZERO, None).await? {
                if !tries.given_up.contains(&seen.id) && self.is_it(spec, &seen) {
                    return Ok(Some(seen));
                }
            }
            if self.cloud.clock().elapsed() >= since + patience {
                return Ok(None);
            }
        }
    }

    /// Waits until what has no id yet can be found, and AWS is done with it.
    async fn found_settled(&self, spec: &Spec, tries: &Tries) -> Result<Settled, StepError> {
        self.cloud.clock().sleep(first_look(self.change.timing().create)).await;
        let waited = self.patience();
        match self.find(spec, tries, waited).await? {
            Some(found) => self.settled(&found.id, Duration::ZERO).await,
            None => Err(StepError::TooLong { state: "not visible".to_owned(), waited }),
        }
    }
}
