//! The creation of accounts, which takes minutes and is told of by its request.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{self, Page, Tag, check_length, check_pattern, invalid, managed, new_id, organization_mut, paged};
use super::units::LISTED;
use super::{ACCOUNTS_QUOTA, Account, CreationRequest, Membership};
use crate::twin::sts::Role;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::{AccountId, Call};

/// Until the request has succeeded or failed.
const CREATED: Duration = Duration::seconds(120, 300, 900);
/// From then until the account's role can be assumed.
const ROLE_USABLE: Duration = Duration::seconds(15, 90, 420);
/// From then until EC2 answers the account.
const EC2_USABLE: Duration = Duration::seconds(30, 180, 420);
/// The most creations at a time.
const IN_FLIGHT: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Create {
    email: String,
    account_name: String,
    role_name: Option<String>,
    iam_user_access_to_billing: Option<String>,
    tags: Option<Vec<Tag>>,
}

impl Create {
    fn check(&self) -> Answer<()> {
        check_length("AccountName", &self.account_name, 50)?;
        check_pattern(self.account_name.bytes().all(|letter| (0x20..=0x7e).contains(&letter)), &self.account_name)?;
        check_length("Email", &self.email, 64)?;
        check_pattern(is_email(&self.email), &self.email)?;
        if let Some(role) = &self.role_name {
            check_length("RoleName", role, 64)?;
            let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
            check_pattern(role.chars().all(allowed), role)?;
        }
        match self.iam_user_access_to_billing.as_deref() {
            None | Some("ALLOW" | "DENY") => Ok(()),
            Some(other) => Err(invalid("INVALID_ENUM", format!("IamUserAccessToBilling cannot be {other}."))),
        }
    }
}

/// `[^\s@]+@[^\s@]+\.[^\s@]+`
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|letter: char| letter == '@' || letter.is_whitespace());
    plain(local) && plain(domain) && domain.rsplit_once('.').is_some_and(|(host, top)| plain(host) && plain(top))
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html>
pub(super) fn create_account(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let mut request: Create = input(value)?;
    let organization = managed(call)?;
    request.check()?;
    let tags = input::tags(request.tags.take())?;
    check_room(call, &organization)?;
    let completed = call.done_after("create-account", CREATED);
    let taken = call.world.organizations.accounts.values().any(|account| account.email == request.email);
    let outcome = if taken {
        Err("EMAIL_ALREADY_EXISTS".to_owned())
    } else if let Some(reason) = call.failure("CreateAccount") {
        Err(reason)
    } else {
        let account = make(call, &organization, &request, completed)?;
        if let Some(account) = call.world.organizations.accounts.get_mut(&account) {
            account.tags = tags;
        }
        Ok(account)
    };
    let id = new_id(call, "car-", 32);
    let request = CreationRequest { id, name: request.account_name, requested: call.now, completed, outcome };
    let answer = json!({"CreateAccountStatus": describe(&request, call.now)});
    organization_mut(call, &organization)?.requests.push(request);
    Ok(answer)
}

/// Refuses a creation that the organization cannot take on now.
fn check_room(call: &Call<'_>, organization: &str) -> Answer<()> {
    let known = input::organization(call, organization)?;
    if call.now < known.finalized_at {
        let message = "AWS Organizations couldn't perform the operation because your organization is still initializing. This can take up to an hour. Try again later.";
        return Err(Fault::new("FinalizingOrganizationException", message));
    }
    // AWS documents the limit of five and leaves open how a sixth is refused.
    if known.requests.iter().filter(|request| call.now < request.completed).count() >= IN_FLIGHT {
        let message = "You have the maximum number of account creations in progress.";
        return Err(Fault::new("TooManyRequestsException", message));
    }
    let quota = call.quota(ACCOUNTS_QUOTA, 10);
    if call.world.organizations.members(organization).count() as u64 >= quota {
        let message = "You have exceeded the allowed number of AWS accounts.";
        return Err(Fault::new("ConstraintViolationException", message).with_reason("ACCOUNT_NUMBER_LIMIT_EXCEEDED"));
    }
    Ok(())
}

/// The account and its role, as they will be once the creation has completed.
fn make(call: &mut Call<'_>, organization: &str, request: &Create, completed: Moment) -> Answer<AccountId> {
    let known = input::organization(call, organization)?;
    let (root, management) = (known.root.clone(), known.management.clone());
    let id = call.world.new_account_id();
    let mut delay = |name: &str, duration| {
        let lasts = call.world.draw_duration(&format!("{name}/{id}"), duration);
        completed.after(lasts)
    };
    let (listed_from, role_from, ec2_from) =
        (delay("account-listed", LISTED), delay("account-role", ROLE_USABLE), delay("account-ec2", EC2_USABLE));
    let mut account = Account::standalone(&id, &request.account_name, &request.email, completed);
    account.ec2_from = ec2_from;
    account.membership = Some(Membership {
        organization: organization.to_owned(),
        created: true,
        joined: completed,
        listed_from,
        parent: root.clone(),
        parent_before: root,
        parent_seen_from: completed,
    });
    let name = request.role_name.as_deref().unwrap_or("OrganizationAccountAccessRole");
    let role = Role::trusting(call.world.seed, &id, name, vec![management], role_from);
    call.world.sts.add_role(&id, name, role);
    call.world.organizations.add_account(account);
    Ok(id)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    create_account_request_id: String,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html>
pub(super) fn describe_create_account_status(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let Named { create_account_request_id: id } = input(value)?;
    let organization = managed(call)?;
    let requests = &input::organization(call, &organization)?.requests;
    let request = requests.iter().find(|request| request.id == id).ok_or_else(|| {
        let message = format!("We can't find a create account request with the CreateAccountRequestId {id}.");
        Fault::new("CreateAccountStatusNotFoundException", message)
    })?;
    Ok(json!({"CreateAccountStatus": describe(request, call.now)}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct List {
    states: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListCreateAccountStatus.html>
pub(super) fn list_create_account_status(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let List { states, next_token, max_results } = input(value)?;
    let organization = managed(call)?;
    let states = states.unwrap_or_default();
    if let Some(unknown) = states.iter().find(|state| !["IN_PROGRESS", "SUCCEEDED", "FAILED"].contains(&state.as_str()))
    {
        return Err(invalid("INVALID_ENUM", format!("States cannot hold {unknown}.")));
    }
    let requests = &input::organization(call, &organization)?.requests;
    let statuses = requests
        .iter()
        .filter(|request| states.is_empty() || states.iter().any(|state| state == request.state(call.now)))
        .map(|request| describe(request, call.now))
        .collect();
    let list = format!("ListCreateAccountStatus/{}", states.join(","));
    paged(call, "CreateAccountStatuses", &list, statuses, &Page { next_token, max_results })
}

impl CreationRequest {
    fn state(&self, now: Moment) -> &'static str {
        match &self.outcome {
            _ if now < self.completed => "IN_PROGRESS",
            Ok(_) => "SUCCEEDED",
            Err(_) => "FAILED",
        }
    }
}

fn describe(request: &CreationRequest, now: Moment) -> Value {
    let mut status = json!({
        "Id": request.id,
        "AccountName": request.name,
        "State": request.state(now),
        "RequestedTimestamp": request.requested.epoch_seconds(),
    });
    if request.completed <= now {
        status["CompletedTimestamp"] = Value::from(request.completed.epoch_seconds());
        match &request.outcome {
            Ok(account) => status["AccountId"] = Value::from(account.as_str()),
            Err(reason) => status["FailureReason"] = Value::from(reason.as_str()),
        }
    }
    status
}
