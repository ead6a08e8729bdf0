//! What is in AWS: a look at every account of the zone, concurrently.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::stream::StreamExt;
use serde::{Deserialize, Serialize};

use crate::cloud::{AccountCloud, CallError, Class, Sessions};
use crate::kinds::{
    Failure, Identity, KindName, Known, KnownStacks, Observed, Occupant, OrganizationIds, Owner, Realm, Spec, State,
    Subject, TAG_ADDRESS, TAG_ZONE, View, management_account, occupants, organization_ids,
};
use crate::values::{AccountId, Email, Label};

/// How many accounts are looked at at a time. What AWS answers of an account is let go of when its resources are known, so
/// that so many accounts' answers are held at most; and an account that is slow to fail holds up one place of them.
const AT_ONCE: usize = 64;

/// How many seconds are waited before kinds are looked at again in which AWS does not find what it has listed. An organization's
/// units lag longest, seconds to minutes behind.
const BETWEEN_LOOKS: [u64; 5] = [2, 4, 8, 16, 30];

/// How AWS's ids of transit gateway attachments begin.
const ATTACHMENT: &str = "tgw-attach-";

/// What is in AWS. Not a moment's picture: accounts are read one beside the other, and what could not be read is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// The organization, where there is one.
    pub organization: Option<OrganizationIds>,
    /// The account that calls.
    #[serde(default)]
    pub caller: Option<AccountId>,
    /// The ids of the zone's accounts that exist.
    pub accounts: BTreeMap<Label, AccountId>,
    /// Everything that concerns the zone.
    pub resources: Vec<LiveResource>,
    /// What somebody else has put into the zone's VPCs, in accounts in which two resources carry one address: the one that
    /// is in use can't go.
    #[serde(default)]
    pub occupants: Vec<Occupant>,
    /// Accounts that could not be read, with the reason.
    pub unreadable: BTreeMap<Label, String>,
    /// Accounts that nobody asked to look at.
    #[serde(default)]
    pub left_out: BTreeSet<Label>,
    /// The kinds that could not be read in an account that otherwise could, each with the reason.
    #[serde(default)]
    pub unread_kinds: BTreeMap<Owner, BTreeMap<KindName, String>>,
    /// Accounts in which it could not be read what somebody else has put into the zone's VPCs, with the reason.
    #[serde(default)]
    pub unread_occupants: BTreeMap<Owner, String>,
}

/// Why nothing is known of a kind in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// It could not be read.
    Unread(String),
    /// Nobody asked to look at the account.
    LeftOut(Label),
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unread(reason) => formatter.write_str(reason),
            Self::LeftOut(account) => write!(formatter, "account {account} was not looked into"),
        }
    }
}

impl Live {
    /// True where an account is there and was not read, whether or not somebody tried.
    #[must_use]
    pub fn is_unread(&self, account: &Label) -> bool {
        self.unreadable.contains_key(account) || self.left_out.contains(account)
    }

    /// Why nothing is known of a kind in an account: what was not seen there may be there. None where the kind was read, or
    /// the account does not exist.
    #[must_use]
    pub fn unknown(&self, owner: &Owner, kind: KindName) -> Option<Unknown> {
        let of_kind = |owner: &Owner, kind: KindName| self.unread_kinds.get(owner)?.get(&kind).cloned();
        if let Owner::Account(name) = owner {
            if let Some(reason) = self.unreadable.get(name) {
                return Some(Unknown::Unread(format!("account {name} can't be read: {reason}")));
            }
            if self.left_out.contains(name) {
                return Some(Unknown::LeftOut(name.clone()));
            }
            let accounts = of_kind(&Owner::Management, KindName::Account);
            if let Some(reason) = accounts.filter(|_| !self.accounts.contains_key(name)) {
                return Some(Unknown::Unread(format!("it is not known whether account {name} exists: {reason}")));
            }
        }
        of_kind(owner, kind).map(Unknown::Unread)
    }

    /// What could not be read in accounts that otherwise could, a sentence for each account.
    #[must_use]
    pub fn unread_parts(&self) -> BTreeMap<Owner, String> {
        let sentence = |(owner, kinds): (&Owner, &BTreeMap<KindName, String>)| {
            let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (kind, reason) in kinds {
                by_reason.entry(reason).or_default().push(kind.as_str());
            }
            let told = by_reason.iter().map(|(reason, kinds)| format!("{}: {reason}", kinds.join(", ")));
            let told: Vec<String> = told.collect();
            (
                owner.clone(),
                format!("a part of account {owner} could not be read, and is not known: {}", told.join("; ")),
            )
        };
        self.unread_kinds.iter().map(sentence).collect()
    }

    /// True where everything was read that could be in an account.
    #[must_use]
    pub fn knows_all_of(&self, owner: &Owner) -> bool {
        let is_unread = matches!(owner, Owner::Account(name) if self.is_unread(name));
        !is_unread && !self.unread_kinds.contains_key(owner) && !self.unread_occupants.contains_key(owner)
    }

    /// True where everything was read, in all accounts.
    #[must_use]
    pub fn knows_all(&self) -> bool {
        self.unreadable.is_empty()
            && self.left_out.is_empty()
            && self.unread_kinds.is_empty()
            && self.unread_occupants.is_empty()
    }

    /// True where what was seen refers to something that was not, directly or through others, while that may be there unread:
    /// nobody can tell then whether it was asked for.
    #[must_use]
    pub fn may_be_of_unread(&self, observed: &Observed<Spec>) -> bool {
        if self.knows_all() {
            return false;
        }
        let is_whole = self.unread_kinds.is_empty();
        let mut open: Vec<&Observed<Spec>> = vec![observed];
        let mut visited = BTreeSet::new();
        while let Some(next) = open.pop() {
            for id in next.spec.ids() {
                let is_it = |one: &&LiveResource| one.observed.id == id || one.observed.aliases.contains(&id);
                match self.resources.iter().find(is_it) {
                    // Of an account that was not read, the hub sees attachments alone.
                    None if !is_whole || id.starts_with(ATTACHMENT) => return true,
                    None => {}
                    Some(seen) => open.extend(visited.insert(id).then_some(&seen.observed)),
                }
            }
        }
        false
    }
}

/// A resource in AWS, and the account it was seen in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveResource {
    /// The account.
    pub owner: Owner,
    /// What was seen.
    pub observed: Observed<Spec>,
}

/// Why nothing can be said about what is in AWS.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// A call without which nothing can be said failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The caller's account is in an organization that another account manages. Only that one may create accounts and read
    /// all of them (Organizations user guide, "Terminology and concepts": management account).
    #[error("the credentials are of account {caller}, and the organization is managed by account {management}")]
    NotManagement {
        /// The caller's account.
        caller: AccountId,
        /// The organization's management account.
        management: AccountId,
    },
}

/// What discovery looks for.
#[derive(Debug, Clone)]
pub struct Search {
    /// The zone's name.
    pub zone: Label,
    /// The accounts of an organization's zone, by name; none in a single-account zone.
    pub accounts: Option<BTreeMap<Label, Email>>,
    /// The ids of those accounts that the lock pins: an account is itself by its id.
    pub pinned_accounts: BTreeMap<Label, AccountId>,
    /// The ids of resources that the lock pins, by the account they are in.
    pub pinned: BTreeMap<Owner, BTreeSet<String>>,
    /// What is known of stack resources, by the account they are in.
    pub stacks: BTreeMap<Owner, KnownStacks>,
    /// The account that the hub is in.
    pub hub: Label,
    /// The accounts that are looked into; all of them where none are named.
    pub only: Option<BTreeSet<Label>>,
}

/// Looks at the organization: which accounts of the zone exist, and what the management account holds of them. Nothing is
/// read in another account; a zone without organization has nothing to read.
///
/// # Errors
/// Where the caller is not the management account, or that can't be read.
pub async fn organization(sessions: &Sessions, search: &Search) -> Result<Live, DiscoverError> {
    Ok(organization_and_ages(sessions, search).await?.0)
}

/// The same, with the moment at which each account joined the organization, by id.
async fn organization_and_ages(
    sessions: &Sessions,
    search: &Search,
) -> Result<(Live, BTreeMap<String, SystemTime>), DiscoverError> {
    let mut live = Live { caller: Some(sessions.caller().clone()), ..Live::default() };
    let Some(wanted) = &search.accounts else { return Ok((live, BTreeMap::new())) };
    let management = sessions.account(sessions.caller()).await?;
    let accounts = wanted.iter().map(|(name, email)| (name.to_string(), email.clone())).collect();
    let account_names = search.pinned_accounts.iter().map(|(name, id)| (id.to_string(), name.to_string())).collect();
    let known = Known { accounts, account_names, ..search.known_of(&Owner::Management) };
    let view = View::new(management, Subject { zone: search.zone.clone(), known });
    let Some(management) = management_account(&view).await? else { return Ok((live, BTreeMap::new())) };
    if management != *sessions.caller() {
        return Err(DiscoverError::NotManagement { caller: sessions.caller().clone(), management });
    }
    live.organization = organization_ids(&view).await?;
    let looked = look_patiently(&view, Owner::Management, &[Realm::Organization]).await;
    let joined = match looked.unread.contains_key(&KindName::Account) {
        true => {
            // What the lock pins is there: nobody deletes an account.
            live.accounts = search.pinned_accounts.clone();
            BTreeMap::new()
        }
        false => {
            live.accounts = existing(search, wanted, &looked.resources);
            view.joined().await
        }
    };
    live.take_in(Owner::Management, looked);
    live.unreadable = suspended(&live);
    let is_left_out = |name: &&Label| search.only.as_ref().is_some_and(|only| !only.contains(*name));
    live.left_out = live.accounts.keys().filter(is_left_out).cloned().collect();
    live.unreadable.retain(|name, _| !live.left_out.contains(name));
    Ok((live, joined))
}

/// Looks at the organization, then at all accounts that exist.
///
/// # Errors
/// Where the caller is not the management account, or that can't be read: nothing can be said then. Another account that can't be read is told in
/// [`Live::unreadable`].
pub async fn discover(sessions: &Sessions, search: &Search) -> Result<Live, DiscoverError> {
    let (mut live, joined) = organization_and_ages(sessions, search).await?;
    if search.accounts.is_none() {
        let only = sessions.account(sessions.caller()).await?;
        let looked = look(only, search, Owner::Management, &[Realm::Region, Realm::Hub]).await;
        live.take_in(Owner::Management, looked);
        return Ok(live);
    }
    let readable = live.accounts.iter().filter(|(name, _)| !live.is_unread(name));
    let looks = readable.map(|(name, id)| {
        let joined = joined.get(id.as_str()).copied();
        async move { (name.clone(), look_at_account(sessions, search, name, id, joined).await) }
    });
    let found: BTreeMap<_, _> = futures::stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
    for (name, seen) in found {
        match seen {
            Ok(looked) => live.take_in(Owner::Account(name), looked),
            Err(error) => {
                live.unreadable.insert(name, unreadable(sessions, &error));
            }
        }
    }
    Ok(live)
}

/// The accounts that nobody gets into any more, with the reason. AWS would only say that it denies their role.
fn suspended(live: &Live) -> BTreeMap<Label, String> {
    let mut failed: BTreeMap<&str, &Failure> = BTreeMap::new();
    for LiveResource { observed, .. } in &live.resources {
        if let (Spec::Account(_), State::Failed(failure)) = (&observed.spec, &observed.state) {
            failed.insert(&observed.id, failure);
        }
    }
    let named = live.accounts.iter().filter_map(|(name, id)| Some((name, failed.get(id.as_str())?)));
    named.map(|(name, failure)| (name.clone(), failure.to_string())).collect()
}

/// Why an account can't be read. AWS does not say why it denies a role, so that what to look at is said with it.
fn unreadable(sessions: &Sessions, error: &CallError) -> String {
    if error.is("RegionDisabledException") || error.is("AuthFailure") {
        let region = sessions.region();
        return format!("{error}; the region {region} has to be enabled in the account");
    }
    if error.operation.name != "AssumeRole" || !error.is("AccessDenied") {
        return error.to_string();
    }
    let role = sessions.role();
    let external_id = role.external_id.as_ref().map(|id| format!(" with the external id {id}")).unwrap_or_default();
    format!("{error}; the role {} has to be there and to trust account {}{external_id}", role.name, sessions.caller())
}

/// The zone's accounts among those of the organization: the ones that the lock pins by their ids, others by e-mail address.
fn existing(
    search: &Search,
    wanted: &BTreeMap<Label, Email>,
    resources: &[LiveResource],
) -> BTreeMap<Label, AccountId> {
    let is_there = |id: &AccountId| resources.iter().any(|one| one.observed.id == id.as_str());
    let ids: BTreeMap<String, AccountId> = resources
        .iter()
        .filter_map(|resource| match &resource.observed.spec {
            Spec::Account(account) => Some((account.email.folded(), AccountId::parse(&resource.observed.id).ok()?)),
            _ => None,
        })
        .collect();
    let id_of = |name: &Label, email: &Email| match search.pinned_accounts.get(name) {
        Some(pinned) => Some(pinned).filter(|id| is_there(id)).cloned(),
        None => ids.get(&email.folded()).cloned(),
    };
    wanted.iter().filter_map(|(name, email)| Some((name.clone(), id_of(name, email)?))).collect()
}

async fn look_at_account(
    sessions: &Sessions,
    search: &Search,
    name: &Label,
    id: &AccountId,
    joined: Option<SystemTime>,
) -> Result<Looked, CallError> {
    let cloud = match joined {
        Some(joined) => sessions.account_since(id, joined).await?,
        None => sessions.account(id).await?,
    };
    let realms: &[Realm] = if *name == search.hub { &[Realm::Region, Realm::Hub] } else { &[Realm::Region] };
    let looked = look(cloud, search, Owner::Account(name.clone()), realms).await;
    // Where nothing at all could be read it is the account that can't be. Of stacks nothing is asked where none are known.
    let is_asked = |kind: &&KindName| realms.contains(&kind.realm()) && **kind != KindName::StackResource;
    let asked = KindName::ALL.iter().filter(is_asked).count();
    match looked.unread.keys().filter(is_asked).count() == asked {
        true => looked.unread.into_values().next().map_or_else(|| Ok(Looked::default()), Err),
        false => Ok(looked),
    }
}

/// What a look at one account has come to.
#[derive(Debug, Default)]
struct Looked {
    resources: Vec<LiveResource>,
    occupants: Vec<Occupant>,
    /// The kinds that could not be read, with the call that failed.
    unread: BTreeMap<KindName, CallError>,
    unread_occupants: Option<String>,
}

impl Live {
    fn take_in(&mut self, owner: Owner, looked: Looked) {
        self.resources.extend(looked.resources);
        self.occupants.extend(looked.occupants);
        if let Some(reason) = looked.unread_occupants {
            self.unread_occupants.insert(owner.clone(), reason);
        }
        if !looked.unread.is_empty() {
            let reasons = looked.unread.into_iter().map(|(kind, error)| (kind, error.to_string()));
            self.unread_kinds.insert(owner, reasons.collect());
        }
    }
}

impl Search {
    /// What is known of an account before it is looked into.
    fn known_of(&self, owner: &Owner) -> Known {
        Known {
            pinned: self.pinned.get(owner).cloned().unwrap_or_default(),
            stacks: self.stacks.get(owner).cloned().unwrap_or_default(),
            ..Known::default()
        }
    }
}

async fn look(cloud: AccountCloud, search: &Search, owner: Owner, realms: &[Realm]) -> Looked {
    let known = search.known_of(&owner);
    let view = View::new(cloud, Subject { zone: search.zone.clone(), known });
    let mut looked = look_patiently(&view, owner, realms).await;
    if holds_duplicates(&search.zone, &looked.resources) {
        match occupants(&view).await {
            Ok(occupants) => looked.occupants = occupants,
            Err(error) => looked.unread_occupants = Some(error.to_string()),
        }
    }
    looked
}

/// True where two resources of a kind carry one of the zone's addresses.
fn holds_duplicates(zone: &Label, resources: &[LiveResource]) -> bool {
    let mut seen = BTreeSet::new();
    let tagged = resources.iter().map(|one| &one.observed).filter(|one| {
        let of_zone = one.tags.get(TAG_ZONE).is_some_and(|name| name == zone.as_str());
        of_zone && one.spec.kind().identity() == Identity::Tag
    });
    tagged.into_iter().any(|one| !seen.insert((one.spec.kind(), one.tags.get(TAG_ADDRESS))))
}

/// All kinds of these realms, in the order of kinds and ids. Where AWS does not find what it has just listed it may lag
/// behind what was made or deleted a moment ago: such kinds are looked at again, from the beginning.
async fn look_patiently(view: &View, owner: Owner, realms: &[Realm]) -> Looked {
    let kinds: Vec<KindName> = KindName::ALL.iter().copied().filter(|kind| realms.contains(&kind.realm())).collect();
    let mut looked = look_with(view, &owner, &kinds).await;
    for pause in BETWEEN_LOOKS {
        let contradicted = looked.unread.iter().filter(|(_, error)| error.class == Class::NotFound);
        let kinds: Vec<KindName> = contradicted.map(|(kind, _)| *kind).collect();
        if kinds.is_empty() {
            break;
        }
        view.cloud.clock().sleep(Duration::from_secs(pause)).await;
        let again = look_with(&View::new(view.cloud.clone(), view.subject.clone()), &owner, &kinds).await;
        looked.unread.retain(|kind, _| !kinds.contains(kind));
        looked.unread.extend(again.unread);
        looked.resources.extend(again.resources);
    }
    let mut seen = BTreeSet::new();
    looked.resources.retain(|one| seen.insert((one.observed.spec.kind(), one.observed.id.clone())));
    looked.resources.sort_by(|one, other| {
        (one.observed.spec.kind(), &one.observed.id).cmp(&(other.observed.spec.kind(), &other.observed.id))
    });
    looked
}

/// These kinds, concurrently. A kind that can't be read leaves the others alone.
async fn look_with(view: &View, owner: &Owner, kinds: &[KindName]) -> Looked {
    // What observes any kind is large, and all of them wait beside each other.
    let looks = kinds.iter().map(|&kind| async move { (kind, kind.observe(view).await) }.boxed_local());
    let mut looked = Looked::default();
    for (kind, observed) in futures::future::join_all(looks).await {
        match observed {
            Ok(observed) => {
                let all = observed.into_iter().map(|observed| LiveResource { owner: owner.clone(), observed });
                looked.resources.extend(all);
            }
            Err(error) => {
                looked.unread.insert(kind, error);
            }
        }
    }
    looked
}
