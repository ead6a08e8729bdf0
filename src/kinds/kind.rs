//! How a kind is found, created, changed and deleted in AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use serde::{Deserialize, Serialize};

use super::{KnownStacks, Spec, Specification, State};
use crate::cloud::{AccountCloud, CallError};
use crate::values::{AccountId, Email, Label};

/// The side of a kind that talks to AWS.
///
/// Each of `create`, `update` and `delete` makes one step and returns at once; waiting is the engine's. What takes several
/// calls to build (a VPC and its attributes) is created by the first of them and brought to its specification by `update`,
/// so that a run that ends in between is picked up by the next one like any other difference.
pub trait Kind: Specification + Into<Spec> {
    /// False for what lz never makes; see [`Addition`](super::addition::Addition).
    const MADE: bool = true;

    /// All resources of this kind that the view's account and region hold and that concern the zone: those with its tags,
    /// and those inside its VPCs, tables, gateways and shares, whoever made them. Deleted, rejected and expired ones are
    /// absent.
    ///
    /// # Errors
    /// The first call that failed.
    fn observe(view: &super::View) -> impl Future<Output = Result<Vec<Observed<Self>>, CallError>>;

    /// Asks AWS to make it. The references in `self` are AWS ids. Gives the id, where AWS tells one at once.
    ///
    /// # Errors
    /// What the call answered.
    fn create(&self, task: &Task<'_>) -> impl Future<Output = Result<Option<String>, CallError>>;

    /// Brings a live one a step nearer to `self`: every attribute that is not immutable, as far as one call each can.
    /// The references in both are AWS ids. A kind whose attributes are all immutable does nothing.
    ///
    /// # Errors
    /// What the call answered.
    fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> impl Future<Output = Result<(), CallError>>;

    /// The same as [`Kind::update`]. Gives the request that AWS works on, where it tells one: it is done when a look at
    /// the request shows so.
    ///
    /// # Errors
    /// What the call answered.
    fn change(
        &self,
        live: &Observed<Self>,
        task: &Task<'_>,
    ) -> impl Future<Output = Result<Option<String>, CallError>> {
        async { self.update(live, task).await.map(|()| None) }
    }

    /// The same as [`Kind::delete`]. Gives the request that AWS works on, where it tells one.
    ///
    /// # Errors
    /// What the call answered.
    fn remove(live: &Observed<Self>, task: &Task<'_>) -> impl Future<Output = Result<Option<String>, CallError>> {
        async { Self::delete(live, task).await.map(|()| None) }
    }

    /// Asks AWS to delete a live one. That it is gone already is success. A kind that can't be deleted does nothing.
    ///
    /// # Errors
    /// What the call answered.
    fn delete(live: &Observed<Self>, task: &Task<'_>) -> impl Future<Output = Result<(), CallError>>;
}

/// A resource as AWS shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed<S> {
    /// AWS's id; for what has none, one made of the ids that make it unique.
    pub id: String,
    /// Other ids under which it was known, such as the request that creates an account.
    pub aliases: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What AWS is doing with it.
    pub state: State,
    /// Its attributes; references are AWS ids.
    pub spec: S,
}

impl<S> Observed<S> {
    /// The same observation with its specification as another type.
    pub fn map<T>(self, convert: impl FnOnce(S) -> T) -> Observed<T> {
        Observed { id: self.id, aliases: self.aliases, tags: self.tags, state: self.state, spec: convert(self.spec) }
    }
}

/// What a creating, changing or deleting step may use.
#[derive(Debug)]
pub struct Task<'a> {
    /// The account it is done in.
    pub cloud: &'a AccountCloud,
    /// The organization, in a zone that has one.
    pub organization: Option<&'a OrganizationIds>,
    /// The role that a vended account is created with.
    pub role: &'a str,
    /// The tags it shall carry, lz's own included.
    pub tags: &'a BTreeMap<String, String>,
    /// A client token for the step, at most 64 characters: the same when the same step is sent again.
    pub token: &'a str,
}

/// What has to be known of the organization to name its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationIds {
    /// `o-…`
    pub organization: String,
    /// `r-…`
    pub root: String,
    /// The management account.
    pub management_account: AccountId,
}

/// The tag that holds a resource's address.
pub const TAG_ADDRESS: &str = "lz:address";
/// The tag that holds the zone's name.
pub const TAG_ZONE: &str = "lz:zone";
/// The tag that holds the run that made a resource.
pub const TAG_RUN: &str = "lz:run";

/// What is already known of an account, so that it need not be asked again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The ids of the zone's VPCs in this account, where they are known.
    pub vpcs: Option<Vec<String>>,
    /// The ids of the zone's transit gateways that this account owns, where they are known.
    pub transit_gateways: Option<Vec<String>>,
    /// The e-mail addresses of the zone's accounts, by the account's name. AWS tells an account's name only while it
    /// creates it; this tells whose creation it is.
    pub accounts: BTreeMap<String, Email>,
    /// The accounts that `lz.lock` pins: the account's name by its id. An account is itself by its id, whatever its address
    /// or name.
    pub account_names: BTreeMap<String, String>,
    /// The ids of this account's resources that `lz.lock` pins: they concern the zone, whatever their tags say.
    pub pinned: BTreeSet<String>,
    /// What somebody has asked for: requests for accounts, and attachments. AWS goes on telling of those that have come to
    /// nothing, some of them for years, and only these are shown as failed.
    pub asked_for: BTreeSet<String>,
    /// What is known of the account's stack resources.
    pub stacks: KnownStacks,
    /// The organization, where it is known.
    pub organization: Option<OrganizationIds>,
    /// The ids that somebody waits for, where nothing else matters: a kind that would have to ask about each of many may
    /// show these alone.
    pub awaited: Option<BTreeSet<String>>,
    /// True for a look of a run that waits for what it does. What AWS lists and does not find is absent then: AWS may not
    /// show yet what the run has made or deleted. To any other look it is unread.
    pub waits: bool,
}

impl Known {
    /// The zone's account of an id that the lock pins: its name and its e-mail address.
    pub(super) fn account_named(&self, id: &str) -> Option<(&String, &Email)> {
        self.account_names.get(id).and_then(|name| self.accounts.get_key_value(name))
    }

    /// The zone's account of an e-mail address, unless the lock pins another one as that.
    pub(super) fn account_of(&self, email: &Email) -> Option<(&String, &Email)> {
        let found = self.accounts.iter().find(|(_, known)| known.folded() == email.folded());
        found.filter(|(name, _)| !self.account_names.values().any(|pinned| pinned == *name))
    }
}

/// The zone's name and what is known already: what a view of an account starts from.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The zone.
    pub zone: Label,
    /// What is known already.
    pub known: Known,
}
