//! What would change in AWS.

use std::collections::BTreeMap;

use super::error::OperateError;
use super::zone::OpenZone;
use crate::kinds::Owner;
use crate::plan::file::PlanFile;
use crate::plan::{Authority, Plan, Selection, Strangers};
use crate::values::AccountId;

/// A plan that nothing is done of.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The ids of the accounts that exist.
    pub accounts: BTreeMap<Owner, AccountId>,
    /// The plan as it may be kept, to be applied later.
    pub kept: PlanFile,
}

/// Says what would change in AWS. Changes nothing.
///
/// # Errors
/// AWS or the journal can't be read, or what is wanted contradicts itself.
pub async fn plan(zone: &OpenZone<'_>, selection: &Selection, strangers: Strangers) -> Result<Planned, OperateError> {
    let journal = zone.journal().await?.state;
    zone.settle(&journal).await;
    let reconciler = zone.reconciler(strangers, Authority::Files, &journal);
    let live = reconciler.discover().await?;
    let plan = reconciler.plan(&live)?.only(selection);
    let kept = PlanFile::new(zone.declared.loaded.digest.clone(), journal.next_number().0, plan.clone());
    Ok(Planned { plan, accounts: reconciler.account_ids(&live), kept })
}
