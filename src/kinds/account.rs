//! AWS accounts of the organization.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types::{CreateAccountState, CreateAccountStatus};
use futures::future::try_join_all;

use super::answer::Answer;
use super::fields::with_fields;
use super::organizational_unit::parent_id;
use super::tag::organizations_tags;
use super::view::Member;
use super::{
    Calls, ConsolePage, Failure, FindingRule, Identity, Kind, Known, Observed, OrganizationalUnit, Realm,
    Specification, State, Tagging, Task, Timing, View, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::{AccountId, Email, Severity};

with_fields! {
    /// An account that the organization vends. Its e-mail address is unique among all AWS accounts.
    pub struct Account with AccountField {
        /// Its name, which AWS shows and nobody can change from outside the account.
        #[immutable]
        pub name: String,
        /// The root user's e-mail address.
        #[key]
        #[immutable]
        pub email: Email,
        /// The unit it is in; none is the root.
        pub parent: Option<Ref<OrganizationalUnit>>,
    }
}

impl Specification for Account {
    const NAME: &'static str = "account";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(150, 5, 0);
    const TAGGING: Tagging = Tagging::Organizations;
    // Organizations user guide, "Quotas and service limits": account creations in flight.
    const AT_ONCE: Option<usize> = Some(5);
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
    const REMAINS: bool = false;
    const CALLS: Calls =
        Calls::new(&["CreateAccount"], &["MoveAccount"], &["CloseAccount", "RemoveAccountFromOrganization"]);
    const OPERATIONS: &'static [Operation] = &[
        LIST,
        DESCRIBE,
        DESCRIBE_STATUS,
        LIST_STATUSES,
        CREATE,
        MOVE,
        Service::Organizations.read("ListParents"),
        Service::Organizations.read("ListTagsForResource"),
    ];
    const FINDINGS: &'static [FindingRule<AccountField>] = &[
        // An account outside its unit is outside the unit's guardrails.
        FindingRule::weakened(AccountField::parent, When::Differs, Severity::High).nist(&["CM-2"]),
    ];
    const STAYS: Option<&'static str> =
        Some("an account is created for good: it can be used by the next run, or closed by hand");

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::account(id))
    }
}

const LIST: Operation = Service::Organizations.read("ListAccountsForParent");
const DESCRIBE: Operation = Service::Organizations.read("DescribeAccount");
const DESCRIBE_STATUS: Operation = Service::Organizations.read("DescribeCreateAccountStatus");
const LIST_STATUSES: Operation = Service::Organizations.read("ListCreateAccountStatus");
const CREATE: Operation = Service::Organizations.create("CreateAccount");
const MOVE: Operation = Service::Organizations.idempotent("MoveAccount");

/// Every account of the organization is seen, and every request for one of the zone's accounts that AWS works on. While
/// AWS creates an account there is no more of it than the request: its id is the request's, which becomes an alias of the
/// account. AWS tells a request's account by name only; whose it is says [`Known::accounts`]. Requests that failed long
/// ago stay in AWS's list; those of [`Known::asked_for`] are shown.
impl Kind for Account {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let known = &view.subject.known;
        if let Some(awaited) = &known.awaited {
            let each = awaited.iter().map(|id| one_awaited(view, id));
            return Ok(try_join_all(each).await?.into_iter().flatten().collect());
        }
        let statuses = view.create_account_statuses().await?;
        let tags = view.member_tags().await?;
        let answer = view.answer(LIST);
        let mut all = Vec::new();
        for member in view.members().await? {
            let id = answer.part(member.account.id(), "Id")?;
            let tags = tags.get(id).cloned().unwrap_or_default();
            all.extend(observed(answer, member, tags, statuses, known)?);
        }
        let there: BTreeSet<String> = all.iter().map(|account: &Observed<Self>| account.spec.email.folded()).collect();
        let answer = view.answer(LIST_STATUSES);
        for status in statuses {
            all.extend(requested(answer, status, known)?.filter(|one| !there.contains(&one.spec.email.folded())));
        }
        Ok(all)
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let send = || {
            let request = task.cloud.organizations().create_account().email(self.email.as_str());
            request.account_name(&self.name).role_name(task.role).set_tags(Some(organizations_tags(task.tags))).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.create_account_status.and_then(|status| status.id))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.parent == live.spec.parent {
            return Ok(());
        }
        let from = parent_id(MOVE, live.spec.parent.as_ref(), task)?;
        let to = parent_id(MOVE, self.parent.as_ref(), task)?;
        let request = || task.cloud.organizations().move_account().account_id(&live.id);
        let send = || request().source_parent_id(from).destination_parent_id(to).send();
        match task.cloud.call(MOVE, send).await {
            // It is where it should be already.
            Err(error) if error.is("DuplicateAccountException") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn delete(_live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }
}

/// The account of an id, or what has become of the request of an id: in an organization of hundreds, a look at all would
/// take hundreds of calls.
async fn one_awaited(view: &View, id: &str) -> Result<Option<Observed<Account>>, CallError> {
    let known = &view.subject.known;
    let (account, statuses) = if AccountId::parse(id).is_ok() {
        (id.to_owned(), Vec::new())
    } else {
        let Some(status) = view.create_account_status(id).await? else { return Ok(None) };
        match status.account_id.clone() {
            Some(account) => (account, vec![status]),
            None => return requested(view.answer(DESCRIBE_STATUS), &status, known),
        }
    };
    match view.member(&account).await? {
        Some((member, tags)) => observed(view.answer(DESCRIBE), &member, tags, &statuses, known),
        None => Ok(None),
    }
}

/// An account that is there. One with an e-mail address that lz takes for none isn't the zone's, and is left out.
fn observed(
    answer: Answer<'_>,
    member: &Member,
    tags: BTreeMap<String, String>,
    statuses: &[CreateAccountStatus],
    known: &Known,
) -> Result<Option<Observed<Account>>, CallError> {
    let Member { account, parent } = member;
    let id = answer.part(account.id.clone(), "Id")?;
    let Ok(email) = answer.part(account.email(), "Email")?.parse::<Email>() else { return Ok(None) };
    // AWS may write the address in another case than the zone does, and whoever made an account that the zone adopts may
    // have named it otherwise: the address says whose it is.
    let own = known.account_named(&id).or_else(|| known.account_of(&email));
    let name = answer.part(account.name.clone(), "Name")?;
    let (name, email) = own.map_or((name, email), |(name, email)| (name.clone(), email.clone()));
    let requests = statuses.iter().filter(|status| status.account_id() == Some(&id));
    // `State` is to replace `Status`, which AWS announced to retire (Organizations API reference, Account).
    let status = account.status().map(|status| status.as_str());
    let word = answer.part(account.state().map(|state| state.as_str()).or(status), "State")?;
    Ok(Some(Observed {
        aliases: requests.filter_map(|status| status.id.clone()).collect(),
        tags,
        state: match word {
            "ACTIVE" => State::Ready,
            "SUSPENDED" | "PENDING_CLOSURE" | "CLOSED" => State::Failed(suspended(word)),
            other => State::Pending(other.to_owned()),
        },
        spec: Account { name, email, parent: parent.as_ref().map(Ref::id) },
        id,
    }))
}

/// A request for one of the zone's accounts that has made none so far. AWS creates accounts in the root.
fn requested(
    answer: Answer<'_>,
    status: &CreateAccountStatus,
    known: &Known,
) -> Result<Option<Observed<Account>>, CallError> {
    let id = answer.part(status.id.clone(), "Id")?;
    let state = match answer.part(status.state(), "State")? {
        CreateAccountState::Failed if known.asked_for.contains(&id) => {
            State::Failed(status.failure_reason().map_or_else(Failure::untold, |reason| failure(reason.as_str())))
        }
        CreateAccountState::Succeeded | CreateAccountState::Failed => return Ok(None),
        other => State::Pending(other.as_str().to_owned()),
    };
    let Some((name, email)) = status.account_name().and_then(|name| known.accounts.get_key_value(name)) else {
        return Ok(None);
    };
    Ok(Some(Observed {
        id,
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        state,
        spec: Account { name: name.clone(), email: email.clone(), parent: None },
    }))
}

/// Why an account was not created, and what to do about it. AWS's reason is its whole message (Organizations API
/// reference, CreateAccountStatus).
fn failure(reason: &str) -> Failure {
    let hint = match reason {
        // Nothing was made, says AWS, and "try again later"; of the other, that the same request is under way already.
        "INTERNAL_FAILURE" | "CONCURRENT_ACCOUNT_MODIFICATION" => return Failure::passing(reason),
        "EMAIL_ALREADY_EXISTS" => "an AWS account has this e-mail address already: give this one another address",
        "INVALID_EMAIL" => "give the account another e-mail address",
        "ACCOUNT_LIMIT_EXCEEDED" => "ask AWS in Service Quotas for more accounts in the organization",
        "MISSING_PAYMENT_INSTRUMENT" | "INVALID_PAYMENT_INSTRUMENT" => {
            "give the management account a valid payment method"
        }
        _ => "AWS Support can tell what the organization lacks",
    };
    Failure::lasting(reason, hint)
}

fn suspended(word: &str) -> Failure {
    Failure::lasting(
        format!("the account is suspended ({word})"),
        "reopen it with AWS Support, which can within 90 days, or take its file out of accounts/",
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_organizations::types::{AccountState, AccountStatus, CreateAccountFailureReason};

    use super::*;

    fn known(requests: &[&str]) -> Known {
        let email = Email::parse("aws+payments@example.com").unwrap();
        Known {
            accounts: BTreeMap::from([("payments".to_owned(), email)]),
            asked_for: requests.iter().map(|&request| request.to_owned()).collect(),
            ..Known::default()
        }
    }

    fn request(name: &str, state: CreateAccountState) -> CreateAccountStatus {
        CreateAccountStatus::builder()
            .id("car-1")
            .account_name(name)
            .state(state)
            .failure_reason(CreateAccountFailureReason::AccountLimitExceeded)
            .build()
    }

    fn seen(name: &str, state: CreateAccountState, known: &Known) -> Option<Observed<Account>> {
        requested(Answer::new(LIST_STATUSES, "111111111111"), &request(name, state), known).unwrap()
    }

    #[test]
    fn a_creation_in_progress_is_known_by_the_accounts_name() {
        let pending = seen("payments", CreateAccountState::InProgress, &known(&[])).unwrap();
        assert_eq!((pending.id.as_str(), pending.state), ("car-1", State::Pending("IN_PROGRESS".to_owned())));
        assert_eq!(pending.spec.email.as_str(), "aws+payments@example.com");
        assert_eq!(seen("somebody-elses", CreateAccountState::InProgress, &known(&[])), None);
    }

    #[test]
    fn a_failed_creation_is_shown_to_who_waits_for_it() {
        assert_eq!(seen("payments", CreateAccountState::Failed, &known(&[])), None);
        let failed = seen("payments", CreateAccountState::Failed, &known(&["car-1"])).unwrap();
        assert_eq!(failed.state, State::Failed(failure("ACCOUNT_LIMIT_EXCEEDED")));
    }

    #[test]
    fn an_account_keeps_its_request_as_an_alias_and_the_zones_spelling() {
        let account = aws_sdk_organizations::types::Account::builder()
            .id("333333333333")
            .name("payments")
            .email("AWS+Payments@example.com")
            .state(AccountState::PendingClosure)
            .status(AccountStatus::Active)
            .build();
        let member = Member { account, parent: Some("ou-ab12-11111111".to_owned()) };
        let request = CreateAccountStatus::builder().id("car-1").account_id("333333333333").build();
        let answer = Answer::new(LIST, "111111111111");
        let seen = observed(answer, &member, BTreeMap::new(), &[request], &known(&[])).unwrap().unwrap();
        assert_eq!(seen.aliases, ["car-1"]);
        assert_eq!(seen.spec.email.as_str(), "aws+payments@example.com");
        assert_eq!(seen.spec.parent, Some(Ref::id("ou-ab12-11111111")));
        assert_eq!(seen.state, State::Failed(suspended("PENDING_CLOSURE")));
    }
}
