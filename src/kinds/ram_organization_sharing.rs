//! RAM's sharing within the organization.

use std::collections::BTreeMap;

use super::fields::with_fields;
use super::{Calls, Identity, Kind, Observed, Realm, Specification, State, Tagging, Task, Timing, View};
use crate::cloud::{CallError, Operation, Service};

with_fields! {
    /// Sharing through AWS RAM within the organization, which needs no invitation. It is enabled by RAM's own call, since
    /// enabling the service principal in Organizations alone leaves RAM without its service-linked role (RAM user guide,
    /// "Enable resource sharing within AWS Organizations").
    pub struct RamOrganizationSharing with RamOrganizationSharingField {}
}

impl Specification for RamOrganizationSharing {
    const NAME: &'static str = "ram-organization-sharing";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 0, 0);
    const TAGGING: Tagging = Tagging::None;
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
    const CALLS: Calls = Calls::new(&["EnableSharingWithAwsOrganization"], &[], &["DisableAWSServiceAccess"]);
    const OPERATIONS: &'static [Operation] =
        &[ENABLE, Service::Organizations.read("ListAWSServiceAccessForOrganization")];
    const ALSO_NEEDS: &'static [&'static str] =
        &["iam:CreateServiceLinkedRole", "organizations:EnableAWSServiceAccess"];
    const STAYS: Option<&'static str> = Some("it is a setting of the organization that others may use by now");
}

const ENABLE: Operation = Service::Ram.idempotent("EnableSharingWithAwsOrganization");

/// RAM's service principal, which Organizations lists once sharing is enabled.
const PRINCIPAL: &str = "ram.amazonaws.com";

impl Kind for RamOrganizationSharing {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let enabled = view.service_access().await?.contains(PRINCIPAL);
        let observed = || Observed {
            id: PRINCIPAL.to_owned(),
            aliases: Vec::new(),
            tags: BTreeMap::new(),
            state: State::Ready,
            spec: Self {},
        };
        Ok(enabled.then(observed).into_iter().collect())
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let send = || task.cloud.ram().enable_sharing_with_aws_organization().send();
        let answer = task.cloud.call(ENABLE, send).await?;
        if answer.return_value == Some(false) {
            return Err(task.answer(ENABLE).error(None, "RAM did not enable sharing, and doesn't say why"));
        }
        Ok(Some(PRINCIPAL.to_owned()))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(_live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }
}
