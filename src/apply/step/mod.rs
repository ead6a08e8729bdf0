//! One step: a resource made, changed or deleted, until AWS shows it so.

mod converge;
mod create;
mod delete;
mod error;
mod wait;

use std::collections::BTreeMap;

use converge::Tags;
pub use error::StepError;

use super::context::Context;
use super::record::Recorder;
use crate::cloud::AccountCloud;
use crate::kinds::{KindName, Observed, OrganizationIds, Spec, State, Task, View, organization_ids};
use crate::plan::order::Part;
use crate::plan::{Change, Transition, Wanted};

/// One change being done.
struct Doing<'a> {
    context: &'a Context<'a>,
    change: &'a Change,
    cloud: AccountCloud,
    tags: BTreeMap<String, String>,
}

/// Does one step of a change, until AWS shows it done.
pub(super) async fn take(context: &Context<'_>, change: &Change, part: Part) -> Result<(), StepError> {
    match (part, &change.transition) {
        (Part::Delete, Transition::Replace { there, .. } | Transition::Delete { there, .. }) => {
            delete(context, change, &there.observed).await
        }
        (Part::Build, Transition::Create { wanted } | Transition::Replace { wanted, .. }) => {
            build(context, change, None, wanted).await
        }
        (Part::Build, Transition::Update { there, wanted, .. }) => {
            build(context, change, Some(&there.observed), wanted).await
        }
        (Part::Stage(number), Transition::Update { there, stages, .. }) => match stages.get(number) {
            Some(spec) => turn(context, change, &there.observed, spec).await,
            None => Ok(()),
        },
        // The order holds no such step.
        (Part::Delete, Transition::Create { .. } | Transition::Update { .. })
        | (Part::Stage(_), Transition::Create { .. } | Transition::Replace { .. } | Transition::Delete { .. })
        | (Part::Build, Transition::Delete { .. }) => Ok(()),
    }
}

/// Makes or changes what a change is about, until AWS shows what is wanted.
async fn build(
    context: &Context<'_>,
    change: &Change,
    there: Option<&Observed<Spec>>,
    wanted: &Wanted,
) -> Result<(), StepError> {
    let resource = &wanted.resource;
    let admission = context.admission(change).await;
    let doing = Doing {
        context,
        change,
        cloud: context.cloud(&change.owner).await?,
        tags: wanted.restores.clone().unwrap_or_else(|| context.tags(&change.address)),
    };
    let there = match there {
        None => doing.create(resource, None).await?,
        Some(live) => match &live.state {
            // An earlier run has asked for it: it may still fail, as one of this run.
            State::Pending(_) if !change.kind().stalls() => doing.create(resource, Some(&live.id)).await?,
            _ => doing.changeable(&live.id).await?,
        },
    };
    context.learn_shown(change, &there);
    drop(admission);
    let there = doing.converge_to(&resource.spec, there, Tags::AsWanted).await?;
    context.learn_shown(change, &there);
    if change.kind() == KindName::Organization {
        let view = View::new(doing.cloud.clone(), context.subject(&change.owner)(None));
        context.learn_organization(organization_ids(&view).await?);
    }
    Ok(())
}

/// Changes what is there to a stage on the way to what is wanted, until AWS shows that. Its tags stay as they are.
async fn turn(context: &Context<'_>, change: &Change, live: &Observed<Spec>, spec: &Spec) -> Result<(), StepError> {
    let cloud = context.cloud(&change.owner).await?;
    let doing = Doing { context, change, cloud, tags: BTreeMap::new() };
    let there = doing.changeable(&live.id).await?;
    doing.converge_to(spec, there, Tags::AsTheyAre).await?;
    Ok(())
}

/// Deletes the live resource that a change is about, until AWS no longer shows it.
async fn delete(context: &Context<'_>, change: &Change, live: &Observed<Spec>) -> Result<(), StepError> {
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
