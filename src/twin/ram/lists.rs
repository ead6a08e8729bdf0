//! What is shared, seen from both sides.

use serde::Deserialize;
use serde_json::{Value, json};

use super::entities::{TRANSIT_GATEWAY, is_external, resource_type};
use super::input::{self, check_one_of, check_share_arn, describe, is_shown, malformed, paged, unknown};
use super::state::Kind;
use super::{Association, Share};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// The shares of one side that are asked for.
struct Side<'a> {
    shares: Vec<&'a Share>,
    own: bool,
}

impl<'a> Side<'a> {
    /// The caller's own shares, or those of others that reach the caller, in the caller's region; only those in `arns`,
    /// which must all be among them.
    fn of(call: &'a Call<'_>, owner: &str, arns: Option<&[String]>) -> Answer<Self> {
        check_one_of("resourceOwner", Some(owner), &["SELF", "OTHER-ACCOUNTS"])?;
        let own = owner == "SELF";
        let (world, caller, now) = (&*call.world, &call.caller, call.now);
        let mut shares: Vec<&Share> = world
            .ram
            .shares
            .values()
            .filter(|share| share.region == caller.region && is_shown(share, now))
            .filter(|share| (share.owner == caller.account) == own)
            .filter(|share| own || share.reaches(world, &caller.account, now))
            .collect();
        if let Some(arns) = arns {
            arns.iter().try_for_each(|arn| check_share_arn(arn))?;
            if let Some(missing) = arns.iter().find(|arn| shares.iter().all(|share| share.arn != **arn)) {
                return Err(unknown(format!("ResourceShare {missing} could not be found.")));
            }
            shares.retain(|share| arns.contains(&share.arn));
        }
        Ok(Self { shares, own })
    }

    /// The associations of a kind that stand; those of others' shares only once they have come through.
    fn associations(&self, kind: Kind, call: &Call<'_>) -> impl Iterator<Item = (&'a Share, &'a Association)> {
        let (own, now) = (self.own, call.now);
        let all =
            self.shares.clone().into_iter().flat_map(|share| share.associations.iter().map(move |one| (share, one)));
        all.filter(move |(_, one)| one.kind == kind && one.removal.is_none() && (own || one.effective_from <= now))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TagFilter {
    tag_key: String,
    #[serde(default)]
    tag_values: Vec<String>,
}

impl TagFilter {
    fn matches(&self, share: &Share) -> bool {
        share.tags.get(&self.tag_key).is_some_and(|value| self.tag_values.is_empty() || self.tag_values.contains(value))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GetShares {
    resource_owner: String,
    resource_share_arns: Option<Vec<String>>,
    resource_share_status: Option<String>,
    name: Option<String>,
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_GetResourceShares.html>
pub(super) fn get_resource_shares(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let list = format!("GetResourceShares/{}", input::without_page(value.clone()));
    let request: GetShares = input(value)?;
    let status = request.resource_share_status.as_deref();
    check_one_of("resourceShareStatus", status, &["PENDING", "ACTIVE", "FAILED", "DELETING", "DELETED"])?;
    let shares = Side::of(call, &request.resource_owner, request.resource_share_arns.as_deref())?
        .shares
        .into_iter()
        .filter(|share| status.is_none_or(|status| share.status(call.now) == status))
        .filter(|share| request.name.as_ref().is_none_or(|name| share.name == *name))
        .filter(|share| request.tag_filters.iter().all(|filter| filter.matches(share)))
        .map(|share| describe(share, call.now))
        .collect();
    paged("resourceShares", &list, shares, request.next_token.as_deref(), request.max_results)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListResources {
    resource_owner: String,
    principal: Option<String>,
    resource_type: Option<String>,
    resource_arns: Option<Vec<String>>,
    resource_share_arns: Option<Vec<String>>,
    resource_region_scope: Option<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_ListResources.html>
pub(super) fn list_resources(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let list = format!("ListResources/{}", input::without_page(value.clone()));
    let request: ListResources = input(value)?;
    check_type(request.resource_type.as_deref())?;
    check_one_of("resourceRegionScope", request.resource_region_scope.as_deref(), &["ALL", "REGIONAL", "GLOBAL"])?;
    if let Some(arn) = request.resource_arns.iter().flatten().find(|arn| !arn.starts_with("arn:")) {
        return Err(malformed(arn));
    }
    let now = call.now;
    let side = Side::of(call, &request.resource_owner, request.resource_share_arns.as_deref())?;
    let resources = side
        .associations(Kind::Resource, call)
        .filter(|_| request.resource_region_scope.as_deref() != Some("GLOBAL"))
        .filter(|(_, one)| request.resource_arns.as_ref().is_none_or(|arns| arns.contains(&one.entity)))
        .filter(|(share, _)| {
            request.principal.as_ref().is_none_or(|principal| holds(share, Kind::Principal, principal))
        })
        .map(|(share, one)| {
            json!({
                "arn": one.entity,
                "type": resource_type(&one.entity),
                "resourceShareArn": share.arn,
                "status": if one.associated_from <= now { "AVAILABLE" } else { "PENDING" },
                "creationTime": one.created.epoch_seconds(),
                "lastUpdatedTime": one.updated(now).epoch_seconds(),
                "resourceRegionScope": "REGIONAL",
            })
        })
        .collect();
    paged("resources", &list, resources, request.next_token.as_deref(), request.max_results)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListPrincipals {
    resource_owner: String,
    resource_arn: Option<String>,
    principals: Option<Vec<String>>,
    resource_type: Option<String>,
    resource_share_arns: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_ListPrincipals.html>
pub(super) fn list_principals(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let list = format!("ListPrincipals/{}", input::without_page(value.clone()));
    let request: ListPrincipals = input(value)?;
    check_type(request.resource_type.as_deref())?;
    let (world, now) = (&*call.world, call.now);
    let side = Side::of(call, &request.resource_owner, request.resource_share_arns.as_deref())?;
    let principals = side
        .associations(Kind::Principal, call)
        .filter(|(share, _)| request.resource_arn.as_ref().is_none_or(|arn| holds(share, Kind::Resource, arn)))
        // Seen from the other side, the principal is the account that shares.
        .map(|(share, one)| (share, one, if side.own { &one.entity } else { &share.owner }))
        .filter(|(.., id)| request.principals.as_ref().is_none_or(|wanted| wanted.contains(id)))
        .map(|(share, one, id)| {
            json!({
                "id": id,
                "resourceShareArn": share.arn,
                "creationTime": one.created.epoch_seconds(),
                "lastUpdatedTime": one.updated(now).epoch_seconds(),
                "external": is_external(world, share, id),
            })
        })
        .collect();
    paged("principals", &list, principals, request.next_token.as_deref(), request.max_results)
}

fn check_type(resource_type: Option<&str>) -> Answer<()> {
    match resource_type {
        None | Some(TRANSIT_GATEWAY) => Ok(()),
        Some(other) => {
            let message = format!("{other} is no resource type that the simulated AWS can share.");
            Err(Fault::new("InvalidResourceTypeException", message))
        }
    }
}

fn holds(share: &Share, kind: Kind, entity: &str) -> bool {
    share.associations.iter().any(|one| one.kind == kind && one.removal.is_none() && one.entity == entity)
}
