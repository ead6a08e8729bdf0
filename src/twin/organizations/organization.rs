//! The organization itself, its root, and the services that it trusts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{self, Page, check_length, check_pattern, invalid, managed, new_id, organization_mut, paged};
use super::{Membership, Organization};
use crate::twin::time::Duration;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// How long an organization takes until accounts can be created in it.
const FINALIZING: Duration = Duration::seconds(60, 600, 3600);

/// An action without parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateOrganization {
    feature_set: Option<String>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html>
pub(super) fn create_organization(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: CreateOrganization = input(value)?;
    let feature_set = request.feature_set.unwrap_or_else(|| "ALL".to_owned());
    if !["ALL", "CONSOLIDATED_BILLING"].contains(&feature_set.as_str()) {
        return Err(invalid("INVALID_ENUM", format!("FeatureSet cannot be {feature_set}.")));
    }
    if input::joined(call).is_ok() {
        let message = "The AWS account is already a member of an organization.";
        return Err(Fault::new("AlreadyInOrganizationException", message));
    }
    let organization = Organization {
        id: new_id(call, "o-", 10),
        root: new_id(call, "r-", 4),
        management: call.caller.account.clone(),
        feature_set,
        finalized_at: call.done_after("organization", FINALIZING),
        units: BTreeMap::new(),
        requests: Vec::new(),
        service_access: BTreeMap::new(),
        root_tags: BTreeMap::new(),
    };
    let now = call.now;
    let state = &mut call.world.organizations;
    if let Some(account) = state.accounts.get_mut(&organization.management) {
        account.membership = Some(Membership {
            organization: organization.id.clone(),
            created: false,
            joined: now,
            listed_from: now,
            parent: organization.root.clone(),
            parent_before: organization.root.clone(),
            parent_seen_from: now,
        });
    }
    state.organizations.insert(organization.id.clone(), organization);
    describe(call)
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html>
pub(super) fn describe_organization(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let Nothing {} = input(value)?;
    describe(call)
}

fn describe(call: &Call<'_>) -> Answer<Value> {
    let organization = input::joined(call)?;
    let management = &organization.management;
    let email = call.world.organizations.account(management, call.now).map(|account| account.email.as_str());
    Ok(json!({"Organization": {
        "Id": organization.id,
        "Arn": format!("arn:aws:organizations::{management}:organization/{}", organization.id),
        "FeatureSet": organization.feature_set,
        "MasterAccountArn": organization.arn("account", management),
        "MasterAccountId": management,
        "MasterAccountEmail": email,
        "AvailablePolicyTypes": policy_types(organization),
    }}))
}

/// Service control policies are enabled from the start where all features are.
fn policy_types(organization: &Organization) -> Value {
    match organization.feature_set.as_str() {
        "ALL" => json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]),
        _ => json!([]),
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html>
pub(super) fn list_roots(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let page: Page = input(value)?;
    let organization = managed(call)?;
    let organization = input::organization(call, &organization)?;
    let root = json!({
        "Id": organization.root,
        "Arn": organization.arn("root", &organization.root),
        "Name": "Root",
        "PolicyTypes": policy_types(organization),
    });
    paged(call, "Roots", "ListRoots", vec![root], &page)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ServiceAccess {
    service_principal: String,
}

impl ServiceAccess {
    fn check(&self) -> Answer<()> {
        check_length("ServicePrincipal", &self.service_principal, 128)?;
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
        check_pattern(self.service_principal.chars().all(allowed), &self.service_principal)?;
        if self.service_principal.ends_with(".amazonaws.com") {
            return Ok(());
        }
        let message = format!("You specified an unrecognized service principal: {}", self.service_principal);
        Err(invalid("UNRECOGNIZED_SERVICE_PRINCIPAL", message))
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html>
pub(super) fn enable_aws_service_access(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: ServiceAccess = input(value)?;
    let organization = managed(call)?;
    request.check()?;
    let now = call.now;
    let access = &mut organization_mut(call, &organization)?.service_access;
    access.entry(request.service_principal).or_insert(now);
    Ok(json!({}))
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisableAWSServiceAccess.html>
pub(super) fn disable_aws_service_access(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: ServiceAccess = input(value)?;
    let organization = managed(call)?;
    request.check()?;
    organization_mut(call, &organization)?.service_access.remove(&request.service_principal);
    Ok(json!({}))
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAWSServiceAccessForOrganization.html>
pub(super) fn list_aws_service_access_for_organization(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let page: Page = input(value)?;
    let organization = managed(call)?;
    let access = &input::organization(call, &organization)?.service_access;
    let principals = access
        .iter()
        .map(|(principal, since)| json!({"ServicePrincipal": principal, "DateEnabled": since.epoch_seconds()}))
        .collect();
    paged(call, "EnabledServicePrincipals", "ListAWSServiceAccessForOrganization", principals, &page)
}
