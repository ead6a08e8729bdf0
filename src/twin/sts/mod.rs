//! AWS Security Token Service, and what of IAM it rests on: access keys, roles, and whom roles trust.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::Moment;
use super::wire::fault::Answer;
use super::wire::{Form, Xml};
use super::world::{AccountId, Call, mix};

mod assume_role;
mod identity;

/// What answers one action. The moment is that of the client's clock, on which credentials live and expire.
pub type Handler = fn(&mut Call<'_>, &Form, Moment, &mut Xml) -> Answer<()>;

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<Handler> {
    match action {
        "AssumeRole" => Some(assume_role::assume_role),
        "GetCallerIdentity" => Some(identity::get_caller_identity),
        _ => None,
    }
}

/// Access keys and roles.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// Access keys, of users and of sessions, by access key id.
    keys: BTreeMap<String, Key>,
    /// Roles, by account and name.
    roles: BTreeMap<AccountId, BTreeMap<String, Role>>,
}

/// An access key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    /// The secret.
    pub secret: String,
    /// The account it belongs to.
    pub account: AccountId,
    /// The principal's ARN.
    pub arn: String,
    /// What a session's key has besides.
    pub session: Option<Session>,
}

/// What temporary credentials have besides a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The session token.
    pub token: String,
    /// When it expires, on the clock of the client that got it.
    pub expires: Moment,
}

/// A role that may be assumed. What it may do is everything: the twin has no policies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// `AROA…`.
    pub id: String,
    /// Whom it trusts: account ids, or principals' ARNs.
    pub trusts: Vec<String>,
    /// The external id that AssumeRole must give.
    pub external_id: Option<String>,
    /// The longest session, in seconds.
    pub max_session: u64,
    /// From when on it can be assumed; before, it is as if it were not there.
    pub usable_from: Moment,
}

impl State {
    /// Adds an administrator with an access key to an account.
    pub fn add_administrator(&mut self, seed: u64, account: &str) {
        let (id, secret) = administrator_key(seed, account);
        let arn = format!("arn:aws:iam::{account}:user/administrator");
        self.keys.insert(id, Key { secret, account: account.to_owned(), arn, session: None });
    }

    /// Adds a role to an account, in the place of one of the same name.
    pub fn add_role(&mut self, account: &str, name: &str, role: Role) {
        self.roles.entry(account.to_owned()).or_default().insert(name.to_owned(), role);
    }

    /// An access key, by its id.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&Key> {
        self.keys.get(id)
    }

    /// A role that can be assumed at `now`.
    #[must_use]
    pub fn role(&self, account: &str, name: &str, now: Moment) -> Option<&Role> {
        self.roles.get(account)?.get(name).filter(|role| role.usable_from <= now)
    }
}

impl Role {
    /// A role that trusts the given account ids or principals' ARNs, for sessions of up to an hour.
    #[must_use]
    pub fn trusting(seed: u64, account: &str, name: &str, trusts: Vec<String>, usable_from: Moment) -> Self {
        let id = format!("AROA{}", characters(seed, &format!("role/{account}/{name}"), 17, ID));
        Self { id, trusts, external_id: None, max_session: 3600, usable_from }
    }
}

/// The id and the secret of the access key of an account's administrator.
#[must_use]
pub fn administrator_key(seed: u64, account: &str) -> (String, String) {
    let id = format!("AKIA{}", characters(seed, &format!("key/{account}"), 16, ID));
    (id, characters(seed, &format!("secret/{account}"), 40, SECRET))
}

/// The alphabet of ids that IAM makes.
const ID: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The alphabet of secrets and tokens.
const SECRET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A text of `length` characters of `alphabet` that depends on the seed and the name only.
fn characters(seed: u64, name: &str, length: u64, alphabet: &[u8]) -> String {
    let letters = alphabet.len() as u64;
    (0..length)
        .filter_map(|number| usize::try_from(mix(seed, name, number) % letters).ok())
        .filter_map(|index| alphabet.get(index).map(|letter| char::from(*letter)))
        .collect()
}
