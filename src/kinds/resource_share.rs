//! RAM resource shares.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ram::types::{ResourceShareAssociation, ResourceShareAssociationStatus};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, gone, state};
use super::fields::{variants, with_fields};
use super::tag::ram_tags;
use super::view::Share;
use super::{
    Calls, Failure, FindingRule, Identity, Kind, Observed, Organization, OrganizationalUnit, Realm, Specification,
    State, TAG_ZONE, Tagging, Task, Timing, TransitGateway, View, When, arn,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// A resource share of AWS RAM.
    pub struct ResourceShare with ResourceShareField {
        /// Its name; names may repeat.
        pub name: String,
        /// True where principals outside the organization may be added. lz wants it false.
        pub allow_external_principals: bool,
        /// The transit gateways that are shared.
        pub transit_gateways: BTreeSet<Ref<TransitGateway>>,
        /// With whom.
        pub principals: BTreeSet<Principal>,
    }
}

impl Specification for ResourceShare {
    const NAME: &'static str = "resource-share";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(15, 10, 10);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::Ram;
    const CALLS: Calls = Calls::new(
        &["CreateResourceShare", "AssociateResourceShare"],
        &["UpdateResourceShare", "AssociateResourceShare", "DisassociateResourceShare"],
        &["DeleteResourceShare"],
    );
    const OPERATIONS: &'static [Operation] =
        &[GET, CREATE, UPDATE, ASSOCIATE, DISASSOCIATE, DELETE, Service::Ram.read("GetResourceShareAssociations")];
    const FINDINGS: &'static [FindingRule<ResourceShareField>] = &[
        FindingRule::weakened(ResourceShareField::allow_external_principals, When::TurnedOn, Severity::High)
            .nist(&["AC-3", "AC-4"]),
        FindingRule::weakened(ResourceShareField::principals, When::Widened, Severity::High).nist(&["AC-3", "AC-4"]),
        FindingRule::unmanaged(Severity::High).nist(&["AC-3", "AC-4"]),
    ];
    const SHARED: bool = true;

    fn is_only(&self, wanted: &Self) -> bool {
        let is_known = self.transit_gateways.iter().any(|gateway| gateway.as_address().is_some());
        is_known && self.transit_gateways == wanted.transit_gateways
    }
}

const GET: Operation = Service::Ram.read("GetResourceShares");
const CREATE: Operation = Service::Ram.idempotent("CreateResourceShare");
const UPDATE: Operation = Service::Ram.idempotent("UpdateResourceShare");
const ASSOCIATE: Operation = Service::Ram.idempotent("AssociateResourceShare");
const DISASSOCIATE: Operation = Service::Ram.idempotent("DisassociateResourceShare");
const DELETE: Operation = Service::Ram.delete("DeleteResourceShare");

/// Seen are shares with the zone's tag, and shares that somebody else made of the zone's transit gateways.
impl Kind for ResourceShare {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let shares = view.resource_shares().await?;
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let answer = view.answer(GET);
        let gateways = view.transit_gateway_ids().await?;
        let mut all = Vec::new();
        for share in shares {
            all.extend(observed(answer, share)?.filter(|one| {
                one.tags.get(TAG_ZONE).is_some_and(|zone| zone.eq_ignore_ascii_case(view.subject.zone.as_str()))
                    || view.subject.known.pinned.contains(&one.id)
                    || gateways.iter().any(|gateway| one.spec.transit_gateways.contains(&Ref::id(gateway)))
            }));
        }
        Ok(all)
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let resources = resource_arns(CREATE, &self.transit_gateways, task)?;
        let principals = principal_names(CREATE, &self.principals, task)?;
        let send = || {
            let request = task.cloud.ram().create_resource_share().name(&self.name);
            request
                .allow_external_principals(self.allow_external_principals)
                .set_resource_arns(Some(resources.clone()))
                .set_principals(Some(principals.clone()))
                .set_tags(Some(ram_tags(task.tags)))
                .client_token(task.token)
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.resource_share.and_then(|share| share.resource_share_arn))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let there = &live.spec;
        if (&self.name, self.allow_external_principals) != (&there.name, there.allow_external_principals) {
            let send = || {
                let request = task.cloud.ram().update_resource_share().resource_share_arn(&live.id).name(&self.name);
                request.allow_external_principals(self.allow_external_principals).client_token(task.token).send()
            };
            task.cloud.call(UPDATE, send).await?;
        }
        associate(live, self, task).await?;
        disassociate(live, self, task).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        // Deleting twice is deleting once, so that it needs no token; RAM refuses an empty one.
        let send = || task.cloud.ram().delete_resource_share().resource_share_arn(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

async fn associate(live: &Observed<ResourceShare>, wanted: &ResourceShare, task: &Task<'_>) -> Result<(), CallError> {
    let resources = wanted.transit_gateways.difference(&live.spec.transit_gateways);
    let resources = resource_arns(ASSOCIATE, resources, task)?;
    let principals = principal_names(ASSOCIATE, wanted.principals.difference(&live.spec.principals), task)?;
    if resources.is_empty() && principals.is_empty() {
        return Ok(());
    }
    let send = || {
        let request = task.cloud.ram().associate_resource_share().resource_share_arn(&live.id);
        request
            .set_resource_arns(Some(resources.clone()))
            .set_principals(Some(principals.clone()))
            .client_token(task.token)
            .send()
    };
    task.cloud.call(ASSOCIATE, send).await.map(drop)
}

async fn disassociate(
    live: &Observed<ResourceShare>,
    wanted: &ResourceShare,
    task: &Task<'_>,
) -> Result<(), CallError> {
    let resources = live.spec.transit_gateways.difference(&wanted.transit_gateways);
    let resources = resource_arns(DISASSOCIATE, resources, task)?;
    let principals = principal_names(DISASSOCIATE, live.spec.principals.difference(&wanted.principals), task)?;
    if resources.is_empty() && principals.is_empty() {
        return Ok(());
    }
    let send = || {
        let request = task.cloud.ram().disassociate_resource_share().resource_share_arn(&live.id);
        request
            .set_resource_arns(Some(resources.clone()))
            .set_principals(Some(principals.clone()))
            .client_token(task.token)
            .send()
    };
    task.cloud.call(DISASSOCIATE, send).await.map(drop)
}

/// The ARNs of transit gateways, which the account that shares them owns.
fn resource_arns<'r>(
    operation: Operation,
    gateways: impl IntoIterator<Item = &'r Ref<TransitGateway>>,
    task: &Task<'_>,
) -> Result<Vec<String>, CallError> {
    let arn = |gateway: &'r Ref<TransitGateway>| {
        let id = task.id(operation, gateway)?;
        Ok(arn::of_transit_gateway(id, task.cloud.region(), task.cloud.id()))
    };
    gateways.into_iter().map(arn).collect()
}

/// Principals as RAM names them.
fn principal_names<'r>(
    operation: Operation,
    principals: impl IntoIterator<Item = &'r Principal>,
    task: &Task<'_>,
) -> Result<Vec<String>, CallError> {
    let ids = || task.organization(operation);
    let name = |principal: &'r Principal| match principal {
        Principal::Organization(organization) => Ok(arn::of_organization(task.id(operation, organization)?, ids()?)),
        Principal::OrganizationalUnit(unit) => Ok(arn::of_unit(task.id(operation, unit)?, ids()?)),
        Principal::Other(name) => Ok(name.clone()),
    };
    principals.into_iter().map(name).collect()
}

/// A share is ready once everything in it is associated and nothing is leaving. What is leaving is no longer part of it.
fn observed(answer: Answer<'_>, share: &Share) -> Result<Option<Observed<ResourceShare>>, CallError> {
    let Share { share, resources, principals } = share;
    let word = answer.part(share.status(), "status")?.as_str();
    let Some(own) = state(word, share.status_message().map(refused)) else { return Ok(None) };
    let in_work = resources.iter().chain(principals).filter_map(unfinished);
    let state = std::iter::once(own).chain(in_work).max_by_key(weight);
    let tag = |tag: &aws_sdk_ram::types::Tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()));
    let mut spec = ResourceShare {
        name: answer.part(share.name.clone(), "name")?,
        allow_external_principals: answer.part(share.allow_external_principals, "allowExternalPrincipals")?,
        transit_gateways: BTreeSet::new(),
        principals: BTreeSet::new(),
    };
    for resource in resources.iter().filter(|one| belongs(one)) {
        let entity = answer.part(resource.associated_entity(), "associatedEntity")?;
        spec.transit_gateways.insert(arn::to_transit_gateway(entity));
    }
    for principal in principals.iter().filter(|one| belongs(one)) {
        let entity = answer.part(principal.associated_entity(), "associatedEntity")?;
        spec.principals.insert(arn::to_principal(entity));
    }
    let id = answer.part(share.resource_share_arn.clone(), "resourceShareArn")?;
    let tags: BTreeMap<String, String> = share.tags().iter().filter_map(tag).collect();
    Ok(state.map(|state| Observed { id, aliases: Vec::new(), tags, state, spec }))
}

fn belongs(association: &ResourceShareAssociation) -> bool {
    !matches!(
        association.status(),
        Some(ResourceShareAssociationStatus::Disassociating | ResourceShareAssociationStatus::Disassociated)
    )
}

/// RAM says in words only why it does not share: mostly with whom it can't be shared, which stays so.
fn refused(message: &str) -> Failure {
    Failure::lasting(message, "mend what RAM says, and run the same command again")
}

/// What AWS still does with an association, or that it failed.
fn unfinished(association: &ResourceShareAssociation) -> Option<State> {
    let word = association.status()?;
    let entity = association.associated_entity().unwrap_or("a part of the share");
    match state(word.as_str(), association.status_message().map(refused))? {
        State::Ready => None,
        State::Failed(why) => Some(State::Failed(Failure { message: format!("{entity}: {}", why.message), ..why })),
        State::Pending(_) | State::Deleting => Some(State::Pending(word.as_str().to_owned())),
    }
}

/// Which state stands for the whole: a share on its way out is nothing else any more, and a failure is no longer pending.
fn weight(state: &State) -> u8 {
    match state {
        State::Ready => 0,
        State::Pending(_) => 1,
        State::Failed(_) => 2,
        State::Deleting => 3,
    }
}

/// With whom something is shared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Principal {
    /// Every account of the organization.
    Organization(Ref<Organization>),
    /// Every account below a unit.
    OrganizationalUnit(Ref<OrganizationalUnit>),
    /// Anybody else: an account id or an ARN. lz makes none, and must see those that others make.
    Other(String),
}

variants! {
    Principal {
        Organization(organization) = "organization",
        OrganizationalUnit(unit) = "organizational-unit",
        Other(principal) = "other",
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ram::types::ResourceShareStatus;

    use super::*;

    const UNIT: &str = "arn:aws:organizations::111111111111:ou/o-exampleorg/ou-ab12-11111111";

    fn share(principal: ResourceShareAssociationStatus) -> Share {
        let gateway = "arn:aws:ec2:eu-west-1:222222222222:transit-gateway/tgw-1";
        let association = |entity: &str, status| {
            ResourceShareAssociation::builder()
                .associated_entity(entity)
                .status(status)
                .status_message("no such unit")
                .build()
        };
        Share {
            share: aws_sdk_ram::types::ResourceShare::builder()
                .resource_share_arn("arn:aws:ram:eu-west-1:222222222222:resource-share/1")
                .name("hub")
                .allow_external_principals(false)
                .status(ResourceShareStatus::Active)
                .build(),
            resources: vec![association(gateway, ResourceShareAssociationStatus::Associated)],
            principals: vec![association(UNIT, principal)],
        }
    }

    fn seen(principal: ResourceShareAssociationStatus) -> Observed<ResourceShare> {
        observed(Answer::new(GET, "222222222222"), &share(principal)).unwrap().unwrap()
    }

    #[test]
    fn a_share_is_ready_once_all_of_it_is_associated() {
        let ready = seen(ResourceShareAssociationStatus::Associated);
        assert_eq!(ready.state, State::Ready);
        assert_eq!(ready.spec.transit_gateways, BTreeSet::from([Ref::id("tgw-1")]));
        let unit = Principal::OrganizationalUnit(Ref::id("ou-ab12-11111111"));
        assert_eq!(ready.spec.principals, BTreeSet::from([unit.clone()]));

        let on_the_way = seen(ResourceShareAssociationStatus::Associating);
        assert_eq!(on_the_way.state, State::Pending("ASSOCIATING".to_owned()));
        assert_eq!(on_the_way.spec.principals, BTreeSet::from([unit]));

        let failed = seen(ResourceShareAssociationStatus::Failed);
        assert_eq!(failed.state, State::Failed(refused(&format!("{UNIT}: no such unit"))));
    }

    #[test]
    fn what_leaves_a_share_is_no_longer_part_of_it() {
        let leaving = seen(ResourceShareAssociationStatus::Disassociating);
        assert_eq!(leaving.state, State::Pending("DISASSOCIATING".to_owned()));
        assert_eq!(leaving.spec.principals, BTreeSet::new());
        assert_eq!(seen(ResourceShareAssociationStatus::Disassociated).state, State::Ready);
    }
}
