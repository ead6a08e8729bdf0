//! The organization's accounts and where they are.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{self, Page, invalid, managed, paged};
use super::units::OfParent;
use super::{Account, Membership, Organization};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// How long a move takes to come through.
const MOVED: Duration = Duration::seconds(2, 10, 60);
/// From when on accounts have a `State` and no `Status` any more: 2026-09-09, as AWS announced in the member's
/// description.
const STATUS_RETIRED: Moment = Moment(1_788_912_000_000);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    account_id: String,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html>
pub(super) fn describe_account(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Named = input(value)?;
    let organization = managed(call)?;
    let (account, membership) = member(call, &organization, &request.account_id)?;
    let known = input::organization(call, &organization)?;
    Ok(json!({"Account": describe(known, account, membership, call.now)}))
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
pub(super) fn list_accounts(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let page: Page = input(value)?;
    let organization = managed(call)?;
    let accounts = listed(call, &organization, |_| true)?;
    paged(call, "Accounts", "ListAccounts", accounts, &page)
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html>
pub(super) fn list_accounts_for_parent(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: OfParent = input(value)?;
    let organization = managed(call)?;
    let (parent, page) = request.check(input::organization(call, &organization)?)?;
    let accounts = listed(call, &organization, |membership| membership.seen_parent(call.now) == parent)?;
    paged(call, "Accounts", &format!("ListAccountsForParent/{parent}"), accounts, &page)
}

fn listed(call: &Call<'_>, organization: &str, wanted: impl Fn(&Membership) -> bool) -> Answer<Vec<Value>> {
    let known = input::organization(call, organization)?;
    let members = call.world.organizations.members(organization);
    Ok(members
        .filter(|(_, membership)| membership.listed_from <= call.now && wanted(membership))
        .map(|(account, membership)| describe(known, account, membership, call.now))
        .collect())
}

fn describe(organization: &Organization, account: &Account, membership: &Membership, now: Moment) -> Value {
    let path = organization.path(membership.seen_parent(now));
    let state = if account.suspended { "SUSPENDED" } else { "ACTIVE" };
    let mut described = json!({
        "Id": account.id,
        "Arn": organization.arn("account", &account.id),
        "Email": account.email,
        "Name": account.name,
        "State": state,
        "Paths": [format!("{path}{}/", account.id)],
        "JoinedMethod": if membership.created { "CREATED" } else { "INVITED" },
        "JoinedTimestamp": membership.joined.epoch_seconds(),
    });
    if now < STATUS_RETIRED {
        described["Status"] = Value::from(state);
    }
    described
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parents {
    child_id: String,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html>
pub(super) fn list_parents(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Parents = input(value)?;
    let organization = managed(call)?;
    let child = request.child_id;
    let known = input::organization(call, &organization)?;
    let unit = known.units.get(&child).map(|unit| unit.parent.as_str());
    let account = || member(call, &organization, &child).map(|(_, membership)| membership.seen_parent(call.now));
    let parent = unit.or_else(|| account().ok()).ok_or_else(|| {
        Fault::new("ChildNotFoundException", format!("You specified a child that doesn't exist: {child}"))
    })?;
    let kind = if parent == known.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    let parent = json!({"Id": parent, "Type": kind});
    let page = Page { next_token: request.next_token, max_results: request.max_results };
    paged(call, "Parents", &format!("ListParents/{child}"), vec![parent], &page)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Move {
    account_id: String,
    source_parent_id: String,
    destination_parent_id: String,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html>
pub(super) fn move_account(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let Move { account_id, source_parent_id: source, destination_parent_id: destination } = input(value)?;
    let organization = managed(call)?;
    let (_, membership) = member(call, &organization, &account_id)?;
    let known = input::organization(call, &organization)?;
    if !known.has_parent(&destination) {
        let message = format!("We can't find the destination container (a root or OU): {destination}");
        return Err(Fault::new("DestinationParentNotFoundException", message));
    }
    if membership.parent == destination {
        let message = "That account is already present in the specified destination.";
        return Err(Fault::new("DuplicateAccountException", message));
    }
    if membership.parent != source {
        let message = format!("We can't find a source root or OU with the ParentId {source} for this account.");
        return Err(Fault::new("SourceParentNotFoundException", message));
    }
    let (now, seen_from) = (call.now, call.done_after("move-account", MOVED));
    let account = call.world.organizations.accounts.get_mut(&account_id);
    if let Some(membership) = account.and_then(|account| account.membership.as_mut()) {
        membership.parent_before = membership.seen_parent(now).to_owned();
        membership.parent = destination;
        membership.parent_seen_from = seen_from;
    }
    Ok(json!({}))
}

/// An account of the organization that exists by now.
pub(super) fn member<'a>(
    call: &'a Call<'_>,
    organization: &str,
    account: &str,
) -> Answer<(&'a Account, &'a Membership)> {
    if account.len() != 12 || !account.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(invalid("INVALID_PATTERN", "You provided a value that does not match the required pattern."));
    }
    call.world
        .organizations
        .account(account, call.now)
        .and_then(|account| account.membership.as_ref().map(|membership| (account, membership)))
        .filter(|(_, membership)| membership.organization == organization)
        .ok_or_else(|| {
            let message = "You specified an account that doesn't exist.";
            Fault::new("AccountNotFoundException", message)
        })
}
