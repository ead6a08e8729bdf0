//! Organizational units.

use super::fields::with_fields;
use super::tag::organizations_tags;
use super::view::Unit;
use super::{Calls, Identity, Kind, Observed, Realm, Specification, State, Tagging, Task, Timing, View};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;

with_fields! {
    /// An organizational unit. Its name is unique among its parent's units (Organizations API reference,
    /// CreateOrganizationalUnit).
    pub struct OrganizationalUnit with OrganizationalUnitField {
        /// The unit it is in; none is the root.
        #[key]
        #[immutable]
        pub parent: Option<Ref<OrganizationalUnit>>,
        /// Its name.
        #[key]
        pub name: String,
    }
}

impl Specification for OrganizationalUnit {
    const NAME: &'static str = "organizational-unit";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 2, 2);
    const TAGGING: Tagging = Tagging::Organizations;
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
    // Whoever has an id knows a unit whose name was changed, and no other of that name is taken for it.
    const PINNED: bool = true;
    const CALLS: Calls =
        Calls::new(&["CreateOrganizationalUnit"], &["UpdateOrganizationalUnit"], &["DeleteOrganizationalUnit"]);
    const OPERATIONS: &'static [Operation] = &[
        CREATE,
        UPDATE,
        Service::Organizations.read("ListRoots"),
        Service::Organizations.read("ListOrganizationalUnitsForParent"),
        Service::Organizations.read("ListTagsForResource"),
    ];
    const STAYS: Option<&'static str> = Some("it holds nothing that costs, and the next run uses it");
}

const CREATE: Operation = Service::Organizations.create("CreateOrganizationalUnit");
const UPDATE: Operation = Service::Organizations.idempotent("UpdateOrganizationalUnit");

/// The whole tree concerns the zone: a unit is known by its place and name, whoever made it.
impl Kind for OrganizationalUnit {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let tags = view.unit_tags().await?;
        let observed = |unit: &Unit| Observed {
            id: unit.id.clone(),
            aliases: Vec::new(),
            tags: tags.get(&unit.id).cloned().unwrap_or_default(),
            state: State::Ready,
            spec: Self { name: unit.name.clone(), parent: unit.parent.as_ref().map(Ref::id) },
        };
        Ok(view.units().await?.iter().map(observed).collect())
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let parent = parent_id(CREATE, self.parent.as_ref(), task)?;
        let send = || {
            let request = task.cloud.organizations().create_organizational_unit().parent_id(parent).name(&self.name);
            request.set_tags(Some(organizations_tags(task.tags))).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.organizational_unit.and_then(|unit| unit.id))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.name == live.spec.name {
            return Ok(());
        }
        let request = || task.cloud.organizations().update_organizational_unit();
        let send = || request().organizational_unit_id(&live.id).name(&self.name).send();
        task.cloud.call(UPDATE, send).await.map(drop)
    }

    async fn delete(_live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }
}

/// AWS's id of what a unit or an account is in: a unit's, or the root's.
pub(super) fn parent_id<'r>(
    operation: Operation,
    parent: Option<&'r Ref<OrganizationalUnit>>,
    task: &'r Task<'_>,
) -> Result<&'r str, CallError> {
    match parent {
        Some(unit) => task.id(operation, unit),
        None => Ok(&task.organization(operation)?.root),
    }
}
