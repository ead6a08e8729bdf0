//! The organization.

use std::collections::BTreeMap;

use aws_sdk_organizations::types::OrganizationFeatureSet;

use super::fields::with_fields;
use super::{Calls, Failure, Identity, Kind, Observed, Realm, Specification, State, Tagging, Task, Timing, View};
use crate::cloud::{CallError, Operation, Service};

with_fields! {
    /// An organization with all features.
    pub struct Organization with OrganizationField {}
}

impl Specification for Organization {
    const NAME: &'static str = "organization";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(60, 0, 0);
    const TAGGING: Tagging = Tagging::None;
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
    const CALLS: Calls = Calls::new(&["CreateOrganization"], &["EnableAllFeatures"], &["DeleteOrganization"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, Service::Organizations.read("ListRoots")];
    const ALSO_NEEDS: &'static [&'static str] = &["iam:CreateServiceLinkedRole"];
    const STAYS: Option<&'static str> = Some("an organization is created for good");
}

const DESCRIBE: Operation = Service::Organizations.read("DescribeOrganization");
const CREATE: Operation = Service::Organizations.create("CreateOrganization");

impl Kind for Organization {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let Some(organization) = view.organization().await? else { return Ok(Vec::new()) };
        let state = match organization.feature_set() {
            Some(OrganizationFeatureSet::ConsolidatedBilling) => State::Failed(Failure::lasting(
                "the organization has consolidated billing only",
                "enable all features in AWS Organizations",
            )),
            _ => State::Ready,
        };
        Ok(vec![Observed {
            id: view.answer(DESCRIBE).part(organization.id.clone(), "Id")?,
            aliases: Vec::new(),
            tags: BTreeMap::new(),
            state,
            spec: Self {},
        }])
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let send = || task.cloud.organizations().create_organization().feature_set(OrganizationFeatureSet::All).send();
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.organization.and_then(|organization| organization.id))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(_live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }
}
