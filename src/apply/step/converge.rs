//! Changing a resource step by step until it is what is wanted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::create::Request;
use super::{Doing, StepError};
use crate::apply::look::first_look;
use crate::cloud::Class;
use crate::journal::record::Deed;
use crate::kinds::{Field, Observed, Spec, State, tag, untag};

/// What becomes of a resource's tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tags {
    /// They are made what is wanted.
    AsWanted,
    /// They stay.
    AsTheyAre,
}

/// How many changing calls of its own a resource may need after it was made.
const ROUNDS: u32 = 12;

/// The tags that a live resource lacks. AWS's own (`aws:…`) can't be set.
fn lacking(wanted: BTreeMap<String, String>, there: &Observed<Spec>) -> BTreeMap<String, String> {
    let lacks = |(key, value): &(String, String)| there.tags.get(key) != Some(value) && !key.starts_with("aws:");
    wanted.into_iter().filter(lacks).collect()
}

impl Doing<'_> {
    /// Waits until the resource of an id can be changed: until it is ready, or at least there where it may need this very
    /// change to become ready.
    pub(super) async fn changeable(&self, id: &str) -> Result<Observed<Spec>, StepError> {
        if self.change.kind().stalls() {
            let seen = self.look(Duration::ZERO, Some(id)).await?;
            let stalled = seen.into_iter().find(|one| one.id == id && matches!(one.state, State::Pending(_)));
            if let Some(there) = stalled {
                return Ok(there);
            }
        }
        self.ready(id, Duration::ZERO).await
    }

    /// Changes the resource step by step until it is as specified.
    pub(super) async fn converge_to(
        &self,
        wanted: &Spec,
        there: Observed<Spec>,
        tags: Tags,
    ) -> Result<Observed<Spec>, StepError> {
        let spec = self.context.resolve(wanted)?;
        let mut there = there;
        let mut differing = Vec::new();
        for _ in 0..ROUNDS {
            differing = spec.differences(&there.spec);
            let (missing, surplus) = match tags {
                Tags::AsWanted => self.differing_tags(&there),
                Tags::AsTheyAre => (BTreeMap::new(), Vec::new()),
            };
            if differing.is_empty() && missing.is_empty() && surplus.is_empty() {
                return if there.state == State::Ready {
                    Ok(there)
                } else {
                    self.ready(&there.id, Duration::ZERO).await
                };
            }
            let retagged = self.retag(&there, missing, &surplus).await;
            // What it does is worth more than what it is called: a tag that can't be set holds nothing else up.
            if differing.is_empty() {
                retagged?;
            } else {
                let organization = self.context.organization();
                let token = self.token(Request::Update(self.context.next_update(&self.change.address)));
                let task = self.task(organization.as_ref(), &token);
                let deed = Deed::Update { wanted: spec.clone(), before: there.clone() };
                let call = spec.update(&there, &task);
                let (_, answer) = self.recorder().sending(self.change, deed, call, |_| None).await?;
                if let Ok(Some(request)) = &answer {
                    there = self.ready(request, first_look(self.change.timing().update)).await?;
                    retagged?;
                    continue;
                }
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
                if retagged.is_err() {
                    self.changed(there.clone()).await?;
                }
                retagged?;
            }
            there = self.changed(there).await?;
        }
        let names: Vec<&str> = differing.iter().map(Field::name).collect();
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
        let cloud = &self.cloud;
        let deed = Deed::Tag { tags: missing.clone(), before: there.clone() };
        let call = async {
            tag(there, &missing, cloud).await?;
            // What was set a moment ago stays.
            let tagged =
                Observed { tags: there.tags.clone().into_iter().chain(missing.clone()).collect(), ..there.clone() };
            untag(&tagged, surplus, cloud).await
        };
        let (_, answer) = self.recorder().sending(self.change, deed, call, |()| None).await?;
        Ok(answer?)
    }

    /// The tags that it lacks, and the keys of those that it should not carry.
    ///
    /// Tags that others have given it are theirs, unless it is given back what it was before.
    fn differing_tags(&self, there: &Observed<Spec>) -> (BTreeMap<String, String>, Vec<String>) {
        if !there.spec.takes_tags() {
            return (BTreeMap::new(), Vec::new());
        }
        let Some(former) = self.change.restores() else {
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
        let usual = self.change.timing().update;
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
}
