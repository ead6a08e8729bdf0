//! What is known of resources and of the requests that changed them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schemas::{self, Schema, SchemaError};
use crate::twin::ec2::visibility::Spreading;
use crate::twin::time::Moment;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::world::{AccountId, Region};

/// The key under which resources of services without regions are kept.
pub(crate) const GLOBAL: &str = "aws-global";

/// All resources and requests, by account and region, and the types that there are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// Schemas that were added, by type.
    schemas: BTreeMap<String, String>,
    /// Schemas as they were read, so that each is read once.
    #[serde(skip)]
    read: BTreeMap<String, Arc<Schema>>,
    regions: BTreeMap<AccountId, BTreeMap<Region, Regional>>,
    /// Requests that are not done yet: when they will be, and whose they are.
    queue: BTreeSet<(Moment, AccountId, Region, String)>,
    /// Permissions that nobody in an account has.
    denied: BTreeMap<AccountId, BTreeSet<String>>,
}

/// What there is in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Regional {
    /// By type and identifier.
    pub(crate) resources: BTreeMap<String, BTreeMap<String, Resource>>,
    /// By request token.
    pub(crate) requests: BTreeMap<String, Request>,
    /// By client token.
    pub(crate) client_tokens: BTreeMap<String, ClientToken>,
    /// Names of secrets that were deleted, and until when they are taken.
    pub(crate) secrets_in_recovery: BTreeMap<String, Moment>,
    /// Snapshots that were taken when databases were deleted.
    pub(crate) final_snapshots: Vec<String>,
    /// Keys that are to be deleted, and when.
    pub(crate) scheduled_keys: BTreeMap<String, Moment>,
    /// The last revision of each family of task definitions.
    pub(crate) revisions: BTreeMap<String, u64>,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resource {
    /// What a read tells.
    pub(crate) model: Value,
    /// What was set and is never told.
    pub(crate) hidden: Value,
    /// When its creation will be, or was, done.
    pub(crate) ready: Moment,
    /// The news of it, where they may not have reached everybody yet.
    pub(crate) news: Option<Spreading>,
    /// From when on others can use it, where that is later than `ready`.
    pub(crate) usable: Moment,
    /// The request that is changing it.
    pub(crate) busy: Option<String>,
    /// Its network interfaces.
    pub(crate) interfaces: Vec<String>,
    /// Tags that the tagging API still tells, and until when.
    pub(crate) earlier_tags: Option<(BTreeMap<String, String>, Moment)>,
    /// How many images, objects or other things it holds that are no resources.
    pub(crate) contents: u64,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Makes a resource.
    Create,
    /// Changes a resource.
    Update,
    /// Deletes a resource.
    Delete,
}

impl Action {
    /// As events write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// A request that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) type_name: String,
    pub(crate) action: Action,
    /// Known from the start, or once it is done.
    pub(crate) identifier: Option<String>,
    /// True where the identifier is known before the resource is made.
    pub(crate) identifier_at_once: bool,
    /// Under which region its resource is kept.
    pub(crate) home: Region,
    pub(crate) asked: Moment,
    pub(crate) started: Moment,
    pub(crate) done: Moment,
    /// The time between two looks that AWS takes, in milliseconds.
    pub(crate) callback: u64,
    pub(crate) outcome: Outcome,
    pub(crate) effect: Effect,
    /// When somebody asked for it to be cancelled, and when it will be.
    pub(crate) cancelled: Option<(Moment, Moment)>,
    /// From when on the tagging API knows the tags that it sets.
    pub(crate) tags_shown: Moment,
}

/// How a request ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Success,
    Failure { code: String, message: String },
}

/// What a request does to its resource when it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Effect {
    /// Nothing but that the resource may be changed again.
    None,
    /// The resource gets another model.
    Change { model: Value, hidden: Value },
    /// The resource is gone.
    Remove,
}

/// A client token that was used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClientToken {
    pub(crate) request: String,
    pub(crate) fingerprint: String,
    pub(crate) at: Moment,
}

/// How long a client token is honoured: 36 hours
/// (<https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html>).
pub(crate) const TOKEN_LIFE: u64 = 36 * 3600 * 1000;
/// How long a request is kept: seven days
/// (<https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-manage-requests.html>).
pub(crate) const REQUEST_LIFE: u64 = 7 * 24 * 3600 * 1000;

/// Under which region the resources of a type are kept: those of services without regions under one of their own.
pub(crate) fn home(type_name: &str, region: &str) -> Region {
    let global = ["AWS::IAM::", "AWS::Route53::", "AWS::CloudFront::"];
    let is_global = global.iter().any(|prefix| type_name.starts_with(prefix));
    if is_global { GLOBAL.to_owned() } else { region.to_owned() }
}

impl State {
    /// Adds resource types, by the texts of their schemas; a type that is there is replaced.
    ///
    /// # Errors
    /// A text is no schema of a resource type; then none is added.
    pub fn add_schemas<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> Result<(), SchemaError> {
        let mut added = Vec::new();
        for text in texts {
            added.push((Schema::parse(text)?, text));
        }
        for (schema, text) in added {
            self.schemas.insert(schema.type_name.clone(), text.to_owned());
            self.read.insert(schema.type_name.clone(), Arc::new(schema));
        }
        Ok(())
    }

    /// A resource type.
    ///
    /// # Errors
    /// `TypeNotFoundException`.
    pub(crate) fn schema(&mut self, type_name: &str) -> Answer<Arc<Schema>> {
        if let Some(schema) = self.read.get(type_name) {
            return Ok(Arc::clone(schema));
        }
        let unknown = || Fault::new("TypeNotFoundException", format!("The type '{type_name}' cannot be found."));
        let text = self.schemas.get(type_name).cloned().or_else(|| schemas::embedded(type_name)).ok_or_else(unknown)?;
        let schema = Schema::parse(&text).map_err(|_| unknown())?;
        let schema = Arc::new(schema);
        self.read.insert(type_name.to_owned(), Arc::clone(&schema));
        Ok(schema)
    }

    /// From now on nobody in an account may use a permission, such as `iam:PassRole` or `cloudformation:CreateResource`.
    pub fn deny(&mut self, account: &str, permission: &str) {
        self.denied.entry(account.to_owned()).or_default().insert(permission.to_owned());
    }

    /// Takes a denial back.
    pub fn allow(&mut self, account: &str, permission: &str) {
        if let Some(denied) = self.denied.get_mut(account) {
            denied.remove(permission);
        }
    }

    /// True where nobody in an account may use a permission.
    #[must_use]
    pub(crate) fn is_denied(&self, account: &str, permission: &str) -> bool {
        self.denied.get(account).is_some_and(|denied| denied.contains(permission))
    }

    /// What an account has in a region, or under [`GLOBAL`].
    pub(crate) fn regional(&mut self, account: &str, region: &str) -> &mut Regional {
        self.regions.entry(account.to_owned()).or_default().entry(region.to_owned()).or_default()
    }

    /// What an account has in a region, to be looked at.
    pub(crate) fn regional_of(&self, account: &str, region: &str) -> Option<&Regional> {
        self.regions.get(account)?.get(region)
    }

    /// The resources of a type that there are, whoever can see them, by identifier.
    pub(crate) fn all(&self, account: &str, home: &str, type_name: &str) -> Option<&BTreeMap<String, Resource>> {
        self.regional_of(account, home)?.resources.get(type_name)
    }

    /// A resource that there is, whoever can see it.
    pub(crate) fn resource(&self, account: &str, home: &str, type_name: &str, identifier: &str) -> Option<&Resource> {
        self.regional_of(account, home)?.resources.get(type_name)?.get(identifier)
    }

    /// The resources of a type in an account.
    pub(crate) fn of_type<'a>(
        &'a self,
        account: &str,
        region: &str,
        type_name: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Resource)> {
        let regional = self.regional_of(account, &home(type_name, region));
        regional.and_then(|regional| regional.resources.get(type_name)).into_iter().flatten()
    }

    /// The types that an account has resources of in a region, or under [`GLOBAL`].
    pub(crate) fn types_of(&self, account: &str, home: &str) -> Vec<String> {
        let regional = self.regional_of(account, home);
        regional.into_iter().flat_map(|regional| regional.resources.keys().cloned()).collect()
    }

    /// The resources of a type under a region, or under [`GLOBAL`].
    pub(crate) fn kept<'a>(
        &'a self,
        account: &str,
        home: &str,
        type_name: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Resource)> {
        let regional = self.regional_of(account, home);
        regional.and_then(|regional| regional.resources.get(type_name)).into_iter().flatten()
    }

    /// All resources of a type, whosever they are and wherever.
    pub(crate) fn anywhere(&self, type_name: &str) -> impl Iterator<Item = (&AccountId, &String)> {
        self.regions.iter().flat_map(move |(account, regions)| {
            let resources = regions.values().filter_map(move |regional| regional.resources.get(type_name)).flatten();
            resources.map(move |(identifier, _)| (account, identifier))
        })
    }

    /// Notes a request that will be done later.
    pub(crate) fn enqueue(&mut self, done: Moment, account: &str, region: &str, token: &str) {
        self.queue.insert((done, account.to_owned(), region.to_owned(), token.to_owned()));
    }

    /// Takes a request out of those that will be done later.
    pub(crate) fn dequeue(&mut self, done: Moment, account: &str, region: &str, token: &str) {
        self.queue.remove(&(done, account.to_owned(), region.to_owned(), token.to_owned()));
    }

    /// The next request that is done by now, and no longer waits.
    pub(crate) fn next_done(&mut self, now: Moment) -> Option<(AccountId, Region, String)> {
        if self.queue.first().is_none_or(|(done, ..)| *done > now) {
            return None;
        }
        self.queue.pop_first().map(|(_, account, region, token)| (account, region, token))
    }

    /// Snapshots that were taken when databases of an account were deleted.
    #[must_use]
    pub fn final_snapshots(&self, account: &str, region: &str) -> &[String] {
        self.regional_of(account, region).map_or(&[], |regional| &regional.final_snapshots)
    }

    /// The keys of an account that are to be deleted, and when.
    pub fn scheduled_keys(&self, account: &str, region: &str) -> impl Iterator<Item = (&String, &Moment)> {
        self.regional_of(account, region).into_iter().flat_map(|regional| &regional.scheduled_keys)
    }
}

impl Regional {
    pub(crate) fn find_mut(&mut self, type_name: &str, identifier: &str) -> Option<&mut Resource> {
        self.resources.get_mut(type_name)?.get_mut(identifier)
    }

    /// Forgets what AWS no longer knows.
    pub(crate) fn forget_old(&mut self, now: Moment) {
        self.client_tokens.retain(|_, token| now.since(token.at) < TOKEN_LIFE);
        self.requests.retain(|_, request| request.done > now || now.since(request.done) < REQUEST_LIFE);
        self.secrets_in_recovery.retain(|_, until| *until > now);
    }
}

impl Resource {
    /// A resource that has been there for as long as anybody can tell.
    pub(crate) fn settled(model: Value, since: Moment) -> Self {
        Self {
            model,
            hidden: Value::Object(serde_json::Map::new()),
            ready: since,
            news: None,
            usable: since,
            busy: None,
            interfaces: Vec::new(),
            earlier_tags: None,
            contents: 0,
        }
    }

    /// True where a call at this moment sees it.
    pub(crate) fn is_seen(&self, identifier: &str, now: Moment) -> bool {
        self.news.as_ref().is_none_or(|news| news.reaches(identifier, now))
    }
}
