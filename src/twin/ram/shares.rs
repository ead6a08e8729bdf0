//! Resource shares themselves.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Share;
use super::entities::{SETTLED, associate, check_principal, check_resource};
use super::input::{self, Tag, describe, invalid, once, own_share, refuse_unsupported};
use super::state::{Kind, PRINCIPAL};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::Call;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_EnableSharingWithAwsOrganization.html>
pub(super) fn enable_sharing_with_aws_organization(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let Nothing {} = input(value)?;
    let (account, now) = (call.caller.account.clone(), call.now);
    let organization = call
        .world
        .organizations
        .organization_managed_by(&account)
        .filter(|organization| organization.feature_set == "ALL")
        .ok_or_else(|| {
            let message = "Only the management account of an organization with all features can enable sharing.";
            Fault::new("OperationNotPermittedException", message)
        })?;
    organization.service_access.entry(PRINCIPAL.to_owned()).or_insert(now);
    let id = organization.id.clone();
    call.world.ram.enabled.insert(id);
    Ok(json!({"returnValue": true}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    name: String,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    principals: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    allow_external_principals: Option<bool>,
    client_token: Option<String>,
    permission_arns: Option<Vec<String>>,
    sources: Option<Vec<String>>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_CreateResourceShare.html>
pub(super) fn create_resource_share(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let parameters = input::without_token(value.clone());
    let mut request: Create = input(value)?;
    refuse_unsupported("permissionArns", request.permission_arns.as_deref())?;
    refuse_unsupported("sources", request.sources.as_deref())?;
    if request.name.is_empty() || request.name.chars().count() > 255 {
        return Err(invalid("The name of a resource share must have 1 to 255 characters."));
    }
    let token = request.client_token.take();
    once(call, "CreateResourceShare", token, parameters, |call| create(call, request))
}

fn create(call: &mut Call<'_>, request: Create) -> Answer<Value> {
    let allow_external = request.allow_external_principals.unwrap_or(true);
    let tags = input::tags(request.tags)?;
    request.resource_arns.iter().try_for_each(|arn| check_resource(call, arn))?;
    request.principals.iter().try_for_each(|principal| check_principal(call, allow_external, principal))?;
    let mut share = Share {
        arn: new_arn(call),
        name: request.name,
        owner: call.caller.account.clone(),
        region: call.caller.region.clone(),
        allow_external,
        tags,
        created: call.now,
        updated: call.now,
        active_from: call.done_after("resource-share", SETTLED),
        deletion: None,
        associations: Vec::new(),
    };
    let resources = request.resource_arns.into_iter().map(|arn| (Kind::Resource, arn));
    let principals = request.principals.into_iter().map(|principal| (Kind::Principal, principal));
    for (kind, entity) in resources.chain(principals) {
        let association = associate(call, kind, entity);
        share.associations.push(association);
    }
    let answer = json!({"resourceShare": describe(&share, call.now)});
    call.world.ram.shares.insert(share.arn.clone(), share);
    Ok(answer)
}

fn new_arn(call: &mut Call<'_>) -> String {
    let (account, region) = (call.caller.account.clone(), call.caller.region.clone());
    let stream = format!("resource-share/{account}/{region}");
    let (high, low) = (call.world.draw(&stream), call.world.draw(&stream));
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xffff);
    let (d, e) = (low >> 48, low & 0xffff_ffff_ffff);
    format!("arn:aws:ram:{region}:{account}:resource-share/{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    resource_share_arn: String,
    name: Option<String>,
    allow_external_principals: Option<bool>,
    client_token: Option<String>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_UpdateResourceShare.html>
pub(super) fn update_resource_share(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let parameters = input::without_token(value.clone());
    let mut request: Update = input(value)?;
    let token = request.client_token.take();
    once(call, "UpdateResourceShare", token, parameters, |call| {
        let now = call.now;
        let share = own_share(call, &request.resource_share_arn)?;
        share.name = request.name.unwrap_or_else(|| share.name.clone());
        share.allow_external = request.allow_external_principals.unwrap_or(share.allow_external);
        share.updated = now;
        Ok(json!({"resourceShare": describe(share, now)}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    resource_share_arn: String,
    client_token: Option<String>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_DeleteResourceShare.html>
pub(super) fn delete_resource_share(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let parameters = input::without_token(value.clone());
    let mut request: Delete = input(value)?;
    let token = request.client_token.take();
    once(call, "DeleteResourceShare", token, parameters, |call| {
        let (now, done) = (call.now, call.done_after("resource-share", SETTLED));
        let share = own_share(call, &request.resource_share_arn)?;
        share.deletion = Some((now, done));
        share.updated = now;
        for association in &mut share.associations {
            association.removal.get_or_insert((now, done));
        }
        Ok(json!({"returnValue": true}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TagRequest {
    resource_share_arn: String,
    tags: Vec<Tag>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_TagResource.html>
pub(super) fn tag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: TagRequest = input(value)?;
    let added = input::tags(request.tags)?;
    let share = own_share(call, &request.resource_share_arn)?;
    let mut tags = share.tags.clone();
    tags.extend(added);
    if tags.len() > 50 {
        return Err(Fault::new("TagLimitExceededException", "A resource share can have at most 50 tags."));
    }
    share.tags = tags;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UntagRequest {
    resource_share_arn: String,
    tag_keys: Vec<String>,
}

/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_UntagResource.html>
pub(super) fn untag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UntagRequest = input(value)?;
    let share = own_share(call, &request.resource_share_arn)?;
    share.tags.retain(|key, _| !request.tag_keys.contains(key));
    Ok(json!({}))
}
