//! One step: a resource made, changed or deleted, until AWS shows it so.

mod converge;
mod create;
mod delete;
mod error;
mod wait;

use std::collections::BTreeMap;

pub use error::StepError;

use super::context::Context;
use super::record::Recorder;
use crate::cloud::AccountCloud;
use crate::kinds::{KindName, OrganizationIds, State, Task, View, organization_ids};
use crate::plan::Change;

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
    let there = match &change.live {
        Some(live) if !change.action.deletes() => match &live.state {
            // An earlier run has asked for it: it may still fail, as one of this run.
            State::Pending(_) if !change.kind.stalls() => doing.create(resource, Some(&live.id)).await?,
            _ => doing.changeable(&live.id).await?,
        },
        _ => doing.create(resource, None).await?,
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
    doing.take_away(live).await?;
    context.forget(&change.address);
    Ok(())
}

impl Doing<'_> {
    fn task<'a>(&'a self, organization: Option<&'a OrganizationIds>, token: &'a str) -> Task<'a> {
        Task { cloud: &self.cloud, organization, role: &self.context.run.sessions.role().name, tags: &self.tags, token }
    }

    fn recorder(&self) -> &Recorder {
        self.context.run.recorder
    }
}
