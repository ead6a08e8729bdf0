//! What a share holds: resources and principals.

use serde::Deserialize;
use serde_json::{Value, json};

use super::entities::{self, SETTLED, check_principal, check_resource, is_external};
use super::input::{
    self, check_one_of, check_share_arn, invalid, is_shown, once, own_share, paged, refuse_unsupported,
};
use super::state::Kind;
use super::{Association, Share};
use crate::twin::time::Moment;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::{Call, World};

/// The most resources or principals of one request.
const LARGEST: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    resource_share_arn: String,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    principals: Vec<String>,
    client_token: Option<String>,
    sources: Option<Vec<String>>,
}

impl Change {
    fn check(&self) -> Answer<()> {
        refuse_unsupported("sources", self.sources.as_deref())?;
        if self.resource_arns.is_empty() && self.principals.is_empty() {
            return Err(invalid("You must specify at least one resource or principal."));
        }
        if self.resource_arns.len() > LARGEST || self.principals.len() > LARGEST {
            return Err(invalid("You can specify at most 100 resources and 100 principals."));
        }
        Ok(())
    }

    fn entities(&self) -> impl Iterator<Item = (Kind, &String)> {
        let resources = self.resource_arns.iter().map(|arn| (Kind::Resource, arn));
        resources.chain(self.principals.iter().map(|principal| (Kind::Principal, principal)))
    }
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_AssociateResourceShare.html>
pub(super) fn associate_resource_share(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let parameters = input::without_token(value.clone());
    let mut request: Change = input(value)?;
    request.check()?;
    let token = request.client_token.take();
    once(call, "AssociateResourceShare", token, parameters, |call| associate(call, &request))
}

fn associate(call: &mut Call<'_>, request: &Change) -> Answer<Value> {
    let arn = &request.resource_share_arn;
    let (now, share) = (call.now, own_share(call, arn)?.clone());
    request.resource_arns.iter().try_for_each(|arn| check_resource(call, arn))?;
    request.principals.iter().try_for_each(|principal| check_principal(call, share.allow_external, principal))?;
    for (kind, entity) in request.entities() {
        if find(&share, kind, entity).is_some_and(|one| one.status(now) == "DISASSOCIATING") {
            let message = format!("{entity} is still being disassociated from the resource share.");
            return Err(Fault::new("InvalidStateTransitionException", message));
        }
    }
    for (kind, entity) in request.entities() {
        if find(&share, kind, entity).is_some_and(|one| one.removal.is_none()) {
            continue;
        }
        let association = entities::associate(call, kind, entity.clone());
        let share = own_share(call, arn)?;
        share.associations.retain(|one| one.kind != kind || one.entity != *entity);
        share.associations.push(association);
        share.updated = now;
    }
    told(call, request)
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_DisassociateResourceShare.html>
pub(super) fn disassociate_resource_share(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let parameters = input::without_token(value.clone());
    let mut request: Change = input(value)?;
    request.check()?;
    let token = request.client_token.take();
    once(call, "DisassociateResourceShare", token, parameters, |call| disassociate(call, &request))
}

fn disassociate(call: &mut Call<'_>, request: &Change) -> Answer<Value> {
    let now = call.now;
    let share = own_share(call, &request.resource_share_arn)?;
    for (kind, entity) in request.entities() {
        if find(share, kind, entity).is_none_or(|one| one.removal.is_some()) {
            return Err(input::unknown(format!("{entity} is not associated with the resource share.")));
        }
    }
    for (kind, entity) in request.entities() {
        let done = call.done_after("resource-share", SETTLED);
        let share = own_share(call, &request.resource_share_arn)?;
        share.updated = now;
        for association in share.associations.iter_mut().filter(|one| one.kind == kind && one.entity == *entity) {
            association.removal = Some((now, done));
        }
    }
    told(call, request)
}

fn find<'a>(share: &'a Share, kind: Kind, entity: &str) -> Option<&'a Association> {
    share.associations.iter().find(|one| one.kind == kind && one.entity == entity)
}

/// The associations that a request was about.
fn told(call: &mut Call<'_>, request: &Change) -> Answer<Value> {
    let share = own_share(call, &request.resource_share_arn)?.clone();
    let told: Vec<Value> = request
        .entities()
        .filter_map(|(kind, entity)| find(&share, kind, entity))
        .map(|association| describe(call.world, &share, association, call.now))
        .collect();
    Ok(json!({"resourceShareAssociations": told}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Get {
    association_type: String,
    resource_share_arns: Option<Vec<String>>,
    resource_arn: Option<String>,
    principal: Option<String>,
    association_status: Option<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

impl Get {
    /// The kind that is asked for; nothing for sources, of which the twin has none.
    fn kind(&self) -> Answer<Option<Kind>> {
        check_one_of("associationType", Some(&self.association_type), &["PRINCIPAL", "RESOURCE", "SOURCE"])?;
        let statuses = [
            "ASSOCIATING",
            "ASSOCIATED",
            "FAILED",
            "DISASSOCIATING",
            "DISASSOCIATED",
            "SUSPENDED",
            "SUSPENDING",
            "RESTORING",
        ];
        check_one_of("associationStatus", self.association_status.as_deref(), &statuses)?;
        self.resource_share_arns.iter().flatten().try_for_each(|arn| check_share_arn(arn))?;
        match self.association_type.as_str() {
            "PRINCIPAL" if self.resource_arn.is_some() => {
                Err(invalid("You cannot specify resourceArn with the association type PRINCIPAL."))
            }
            "PRINCIPAL" => Ok(Some(Kind::Principal)),
            "RESOURCE" if self.principal.is_some() => {
                Err(invalid("You cannot specify principal with the association type RESOURCE."))
            }
            "RESOURCE" => Ok(Some(Kind::Resource)),
            _ => Ok(None),
        }
    }
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_GetResourceShareAssociations.html>
pub(super) fn get_resource_share_associations(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let list = format!("GetResourceShareAssociations/{}", input::without_page(value.clone()));
    let request: Get = input(value)?;
    let kind = request.kind()?;
    let (world, caller, now) = (&*call.world, &call.caller, call.now);
    let own: Vec<&Share> = world
        .ram
        .shares
        .values()
        .filter(|share| share.owner == caller.account && share.region == caller.region && is_shown(share, now))
        .collect();
    if let Some(missing) =
        request.resource_share_arns.iter().flatten().find(|arn| own.iter().all(|share| share.arn != **arn))
    {
        return Err(input::unknown(format!("ResourceShare {missing} could not be found.")));
    }
    let wanted = request.resource_arn.as_ref().or(request.principal.as_ref());
    let associations = own
        .into_iter()
        .filter(|share| request.resource_share_arns.as_ref().is_none_or(|arns| arns.contains(&share.arn)))
        .flat_map(|share| share.associations.iter().map(move |association| (share, association)))
        .filter(|(_, one)| Some(one.kind) == kind && wanted.is_none_or(|wanted| one.entity == *wanted))
        .filter(|(_, one)| request.association_status.as_deref().is_none_or(|status| one.status(now) == status))
        .map(|(share, association)| describe(world, share, association, now))
        .collect();
    paged("resourceShareAssociations", &list, associations, request.next_token.as_deref(), request.max_results)
}

fn describe(world: &World, share: &Share, association: &Association, now: Moment) -> Value {
    let kind = match association.kind {
        Kind::Principal => "PRINCIPAL",
        Kind::Resource => "RESOURCE",
    };
    json!({
        "resourceShareArn": share.arn,
        "resourceShareName": share.name,
        "associatedEntity": association.entity,
        "associationType": kind,
        "status": association.status(now),
        "creationTime": association.created.epoch_seconds(),
        "lastUpdatedTime": association.updated(now).epoch_seconds(),
        "external": association.kind == Kind::Principal && is_external(world, share, &association.entity),
    })
}
