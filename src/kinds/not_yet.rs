//! Kinds whose calls to AWS are not written yet: none is seen, and making one is refused.

use super::{
    Firewall, FirewallEndpoint, FirewallLogging, FirewallPolicy, FirewallRuleGroup, FirewallWorkloadRules, Kind,
    LogGroup, Observed, Specification, Task, View,
};
use crate::cloud::{CallError, Service};

fn refusal(task: &Task<'_>, name: &str) -> CallError {
    let message = format!("this version of lz makes no {name}");
    CallError::told(Service::Ec2.create("none"), task.cloud.id().as_str(), None, message)
}

macro_rules! not_yet {
    ($($kind:ident),+) => { $(
        impl Kind for $kind {
            async fn observe(_view: &View) -> Result<Vec<Observed<Self>>, CallError> {
                Ok(Vec::new())
            }
            async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
                Err(refusal(task, Self::NAME))
            }
            async fn update(&self, _live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
                Err(refusal(task, Self::NAME))
            }
            async fn delete(_live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
                Err(refusal(task, Self::NAME))
            }
        }
    )+ };
}
not_yet!(
    Firewall,
    FirewallEndpoint,
    FirewallLogging,
    FirewallPolicy,
    FirewallRuleGroup,
    FirewallWorkloadRules,
    LogGroup
);
