//! One step: a resource made, changed or deleted, until AWS shows it so.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::context::Context;
use super::event::Event;
use super::look::first_look;
use super::record::Recorder;
use crate::cloud::{AccountCloud, CallError, Class};
use crate::graph::Address;
use crate::journal::JournalError;
use crate::journal::record::Deed;
use crate::kinds::{
    Identity, KindName, Observed, OrganizationIds, Resource, Spec, State, TAG_ADDRESS, TAG_ZONE, Tagging, Task, View,
    organization_ids, tag, untag,
};
use crate::plan::{Change, differences};
use crate::values::Label;

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
/// How many changing calls of its own a resource may need after it was made.
const ROUNDS: u32 = 12;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// AWS refused a call.
    #[error(transparent)]
    Call(#[from] CallError),
    /// AWS gave up on a resource.
    #[error("AWS gave up: {0}")]
    Failed(String),
    /// AWS took longer than it ever should.
    #[error("still {state} after {} minutes", .waited.as_secs() / 60)]
    TooLong {
        /// The state that it is in.
        state: String,
        /// How long lz waited, as AWS counts.
        waited: Duration,
    },
    /// AWS took every call, and the resource still is not what is wanted.
    #[error("AWS accepted every change, but {0} still differs")]
    NotConverging(String),
    /// The journal can't be written: nothing more may be asked of AWS.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// An account that is needed is not there.
    #[error("account {0} does not exist")]
    NoAccount(Label),
    /// A resource that is referred to is not there.
    #[error("{0} does not exist")]
    NoReference(Address),
    /// A specification can't be written as JSON or read back: a defect of lz.
    #[error("a specification can't be serialized: {0}")]
    Specification(#[from] serde_json::Error),
    /// What a change needs is not in the plan: a defect of lz.
    #[error("the plan lacks {0} of this change")]
    Incomplete(&'static str),
}

/// One change being done.
struct Doing<'a> {
    context: &'a Context<'a>,
    change: &'a Change,
    cloud: AccountCloud,
    tags: BTreeMap<String, String>,
}

/// Makes or changes what a change is about, until AWS shows what is wanted.
pub(super) async fn build(context: &Context<'_>, change: &Change) -> Result<(), StepError> {
    let resource = change.desired.as_ref().ok_or(StepError::Incomplete("what is wanted"))?;
    let admission = context.admission(change).await;
    let doing = Doing {
        context,
        change,
        cloud: context.cloud(&change.owner).await?,
        tags: change.restores.clone().unwrap_or_else(|| context.tags(&change.address)),
    };
    let there = match (&change.live, change.action.deletes()) {
        (Some(live), false) => doing.changeable(&live.id).await?,
        _ => doing.create(resource).await?,
    };
    context.learn(change, &there.id);
    drop(admission);
    let there = doing.converge(resource, there).await?;
    context.learn(change, &there.id);
    if change.kind == KindName::Organization {
        let view = View::new(doing.cloud.clone(), context.subject(&change.owner)(None));
        context.learn_organization(organization_ids(&view).await?);
    }
    Ok(())
}

/// Deletes the live resource that a change is about, until AWS no longer shows it.
pub(super) async fn delete(context: &Context<'_>, change: &Change) -> Result<(), StepError> {
    let live = change.live.as_ref().ok_or(StepError::Incomplete("what is there"))?;
    let cloud = context.cloud(&change.owner).await?;
    let doing = Doing { context, change, cloud, tags: BTreeMap::new() };
    let organization = context.organization();
    doing.ask_to_delete(live, organization.as_ref()).await?;
    if !change.kind.deletable() {
        // It goes with what it belongs to, and the journal knows now how it was.
        context.forget(&change.address);
        return Ok(());
    }
    let mut wait = first_look(change.kind.timing().delete);
    let patience = patience(change.kind);
    let since = doing.cloud.clock().elapsed();
    while let Some(there) = doing.look(wait, Some(&live.id)).await?.iter().find(|seen| seen.id == live.id) {
        let waited = doing.cloud.clock().elapsed().saturating_sub(since);
        if let State::Failed(message) = &there.state {
            return Err(StepError::Failed(message.clone()));
        }
        if waited > patience {
            return Err(StepError::TooLong { state: "being deleted".to_owned(), waited });
        }
        if there.state == State::Ready {
            // A call that did not see it yet took it for gone.
            doing.ask_to_delete(there, organization.as_ref()).await?;
        }
        doing.tell_waiting("deleting");
        wait = Duration::ZERO;
    }
    context.forget(&change.address);
    Ok(())
}

/// The longest that AWS may take with one resource: ten times the usual time, and a quarter of an hour at least.
fn patience(kind: KindName) -> Duration {
    let usual = kind.timing().create.max(kind.timing().delete);
    (usual * 10).max(Duration::from_secs(900))
}

/// The tags that a live resource lacks. AWS's own (`aws:…`) can't be set.
fn lacking(wanted: BTreeMap<String, String>, there: &Observed<Spec>) -> BTreeMap<String, String> {
    let lacks = |(key, value): &(String, String)| there.tags.get(key) != Some(value) && !key.starts_with("aws:");
    wanted.into_iter().filter(lacks).collect()
}

impl Doing<'_> {
    fn task<'a>(&'a self, organization: Option<&'a OrganizationIds>, token: &'a str) -> Task<'a> {
        Task { cloud: &self.cloud, organization, role: &self.context.run.sessions.role().name, tags: &self.tags, token }
    }

    async fn ask_to_delete(
        &self,
        there: &Observed<Spec>,
        organization: Option<&OrganizationIds>,
    ) -> Result<(), StepError> {
        let deed = Deed::Delete { before: there.clone() };
        let task = self.task(organization, "");
        let (_, answer) = self.recorder().sending(self.change, deed, Spec::delete(there, &task), |()| None).await?;
        Ok(answer?)
    }

    fn recorder(&self) -> &Recorder {
        self.context.run.recorder
    }

    /// Creates the resource, or finds the one that an earlier call has made; waits until it is ready.
    ///
    /// A call whose answer was lost may have made it. So AWS is looked at before the call is sent again, for as long as
    /// AWS may lag behind.
    async fn create(&self, resource: &Resource) -> Result<Observed<Spec>, StepError> {
        let spec = self.context.resolve(&resource.spec)?;
        let clock = self.cloud.clock();
        let since = clock.elapsed();
        let mut sent = 0;
        loop {
            sent += 1;
            let token = self.token(sent);
            let organization = self.context.organization();
            let (deed, task) = (Deed::Create { wanted: spec.clone() }, self.task(organization.as_ref(), &token));
            let (intent, answer) = self.recorder().sending(self.change, deed, spec.create(&task), Clone::clone).await?;
            match answer {
                Ok(Some(id)) => {
                    // Whoever waits for a part of this resource must be able to name it even before it is ready.
                    self.context.learn(self.change, &id);
                    return self.ready(&id, first_look(self.change.kind.timing().create)).await;
                }
                Ok(None) => return self.found_ready(&spec).await,
                Err(error) if error.class == Class::Exists => {
                    let found = self.find(&spec, CONFIRMATION).await?;
                    if let Some(found) = found.filter(|found| found.state != State::Deleting) {
                        return self.ready(&found.id, Duration::ZERO).await;
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
                    if let Some(found) = self.find(&spec, VISIBILITY).await? {
                        self.recorder().found(intent, &found.id).await?;
                        return self.ready(&found.id, Duration::ZERO).await;
                    }
                    if sent >= CREATIONS {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The same for the same attempt of the same resource in the same run, and at most 64 characters; another one where a
    /// rollback makes again what the run has replaced.
    fn token(&self, attempt: u32) -> String {
        let purpose = if self.change.restores.is_some() { "restore" } else { "reach" };
        let mut hash = Sha256::new();
        for part in [self.context.run.name.as_str(), self.change.address.as_str(), purpose, &attempt.to_string()] {
            hash.update(part);
            hash.update([0]);
        }
        hash.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The one that is meant: by its own address tag, or by its natural key.
    fn is_it(&self, spec: &Spec, seen: &Observed<Spec>) -> Result<bool, StepError> {
        match self.change.kind.identity() {
            Identity::Tag => Ok(seen.tags.get(TAG_ADDRESS).is_some_and(|tag| tag == self.change.address.as_str())
                && seen.tags.get(TAG_ZONE) == self.tags.get(TAG_ZONE)),
            Identity::Attributes(fields) => {
                let differing = differences(&spec.attributes()?, &seen.spec.attributes()?);
                Ok(!differing.iter().any(|one| fields.contains(&one.attribute.as_str())))
            }
        }
    }

    /// Looks for it for a while.
    async fn find(&self, spec: &Spec, patience: Duration) -> Result<Option<Observed<Spec>>, StepError> {
        let since = self.cloud.clock().elapsed();
        loop {
            for seen in self.look(Duration::ZERO, None).await? {
                if self.is_it(spec, &seen)? {
                    return Ok(Some(seen));
                }
            }
            if self.cloud.clock().elapsed() > since + patience {
                return Ok(None);
            }
        }
    }

    /// Waits until what has no id yet can be found, and is ready.
    async fn found_ready(&self, spec: &Spec) -> Result<Observed<Spec>, StepError> {
        self.cloud.clock().sleep(first_look(self.change.kind.timing().create)).await;
        let waited = patience(self.change.kind);
        match self.find(spec, waited).await? {
            Some(found) => self.ready(&found.id, Duration::ZERO).await,
            None => Err(StepError::TooLong { state: "not visible".to_owned(), waited }),
        }
    }

    /// Waits until the resource of an id is ready.
    async fn ready(&self, id: &str, first: Duration) -> Result<Observed<Spec>, StepError> {
        let clock = self.cloud.clock();
        let (since, patience) = (clock.elapsed(), patience(self.change.kind));
        let mut wait = first;
        loop {
            let seen = self.look(wait, Some(id)).await?;
            let there = seen.into_iter().find(|one| one.id == id || one.aliases.iter().any(|alias| alias == id));
            let state = match there {
                Some(there) => match &there.state {
                    State::Ready => return Ok(there),
                    State::Failed(message) => return Err(StepError::Failed(message.clone())),
                    State::Deleting => return Err(StepError::Failed("somebody is deleting it".to_owned())),
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

    /// Waits until the resource of an id can be changed: until it is ready, or at least there where it may need this very
    /// change to become ready.
    async fn changeable(&self, id: &str) -> Result<Observed<Spec>, StepError> {
        if self.change.kind.stalls() {
            let seen = self.look(Duration::ZERO, Some(id)).await?;
            let stalled = seen.into_iter().find(|one| one.id == id && matches!(one.state, State::Pending(_)));
            if let Some(there) = stalled {
                return Ok(there);
            }
        }
        self.ready(id, Duration::ZERO).await
    }

    /// Changes the resource step by step until it is what is wanted.
    async fn converge(&self, resource: &Resource, there: Observed<Spec>) -> Result<Observed<Spec>, StepError> {
        let spec = self.context.resolve(&resource.spec)?;
        let attributes = spec.attributes()?;
        let mut there = there;
        let mut differing = Vec::new();
        for _ in 0..ROUNDS {
            differing = differences(&attributes, &there.spec.attributes()?);
            let (missing, surplus) = self.differing_tags(&there);
            if differing.is_empty() && missing.is_empty() && surplus.is_empty() {
                return if there.state == State::Ready {
                    Ok(there)
                } else {
                    self.ready(&there.id, Duration::ZERO).await
                };
            }
            self.retag(&there, missing, &surplus).await?;
            if !differing.is_empty() {
                let organization = self.context.organization();
                let token = self.token(u32::MAX);
                let task = self.task(organization.as_ref(), &token);
                let deed = Deed::Update { wanted: spec.clone(), before: there.clone() };
                let call = spec.update(&there, &task);
                let (_, answer) = self.recorder().sending(self.change, deed, call, |()| None).await?;
                if let Err(error) = answer {
                    // The last look may not have shown what an earlier call has done, so that AWS refuses to do it again.
                    // If that is why, a later look shows it otherwise. What got no answer and shows no effect is asked for
                    // again.
                    let later = self.changed(there.clone()).await?;
                    if later.spec == there.spec && error.class != Class::Unknown {
                        return Err(error.into());
                    }
                    there = later;
                    continue;
                }
            }
            there = self.changed(there).await?;
        }
        let names: Vec<&str> = differing.iter().map(|one| one.attribute.as_str()).collect();
        Err(StepError::NotConverging(names.join(", ")))
    }

    /// Gives it the tags that it lacks, and takes those off that it should not carry.
    async fn retag(
        &self,
        there: &Observed<Spec>,
        missing: BTreeMap<String, String>,
        surplus: &[String],
    ) -> Result<(), StepError> {
        if missing.is_empty() && surplus.is_empty() {
            return Ok(());
        }
        let (kind, id, cloud) = (self.change.kind, &there.id, &self.cloud);
        let deed = Deed::Tag { tags: missing.clone(), before: there.clone() };
        let call = async {
            tag(kind, id, &missing, cloud).await?;
            untag(kind, id, surplus, cloud).await
        };
        let (_, answer) = self.recorder().sending(self.change, deed, call, |()| None).await?;
        Ok(answer?)
    }

    /// The tags that it lacks, and the keys of those that it should not carry.
    ///
    /// Tags that others have given it are theirs, unless it is given back what it was before.
    fn differing_tags(&self, there: &Observed<Spec>) -> (BTreeMap<String, String>, Vec<String>) {
        if self.change.kind.tagging() == Tagging::None {
            return (BTreeMap::new(), Vec::new());
        }
        let Some(former) = &self.change.restores else {
            let wanted = self.context.run.intent.tags_of(&self.change.address);
            return (lacking(wanted, there), Vec::new());
        };
        let ours = |key: &&String| !former.contains_key(*key) && !key.starts_with("aws:");
        let surplus = there.tags.keys().filter(ours).cloned().collect();
        (lacking(former.clone(), there), surplus)
    }

    /// Waits until AWS shows the resource otherwise than before, or long enough that it will not any more.
    async fn changed(&self, before: Observed<Spec>) -> Result<Observed<Spec>, StepError> {
        let clock = self.cloud.clock();
        let usual = self.change.kind.timing().update;
        let since = clock.elapsed();
        let mut wait = first_look(usual);
        loop {
            let there = self.ready(&before.id, wait).await?;
            let waited = clock.elapsed().saturating_sub(since);
            if there.spec != before.spec || there.tags != before.tags || waited > usual + Duration::from_secs(60) {
                return Ok(there);
            }
            wait = Duration::ZERO;
        }
    }

    /// One look at the resource of an id, or at all of the kind, shared with all who wait for one; ends at once when
    /// somebody asks to stop.
    async fn look(&self, wait: Duration, id: Option<&str>) -> Result<Vec<Observed<Spec>>, StepError> {
        let subject = self.context.subject(&self.change.owner);
        let seen = tokio::select! {
            biased;
            () = self.context.stopped() => return Err(StepError::Interrupted),
            seen = self.context.looks.look(&self.cloud, self.change.kind, wait, id, subject) => seen,
        };
        match &*seen {
            Ok(seen) => Ok(seen.clone()),
            Err(error) => Err(error.clone().into()),
        }
    }

    fn tell_waiting(&self, state: &str) {
        self.context.tell(Event::Waiting {
            address: self.change.address.clone(),
            scope: self.change.scope.clone(),
            state: state.to_owned(),
        });
    }
}
