//! Resource shares, what is associated with them, and who sees what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::twin::time::Moment;
use crate::twin::world::{AccountId, Region, World};

/// All resource shares of all accounts and regions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// Shares, by ARN.
    pub shares: BTreeMap<String, Share>,
    /// Organizations for which EnableSharingWithAwsOrganization was called.
    pub enabled: BTreeSet<String>,
    /// The parameters and the answer of every change that had a client token, by the token with its scope.
    pub tokens: BTreeMap<String, (Value, Value)>,
}

/// A resource share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Share {
    /// Its ARN.
    pub arn: String,
    /// Its name; names need not differ.
    pub name: String,
    /// The account that owns it.
    pub owner: AccountId,
    /// Its region.
    pub region: Region,
    /// Whether accounts outside the organization may be principals.
    pub allow_external: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    pub created: Moment,
    /// When it was last changed.
    pub updated: Moment,
    /// From when on it is `ACTIVE`; before, it is `PENDING`.
    pub active_from: Moment,
    /// When its deletion was asked for and when it is done.
    pub deletion: Option<(Moment, Moment)>,
    /// What it shares, and with whom.
    pub associations: Vec<Association>,
}

/// What an association ties to a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Somebody to share with.
    Principal,
    /// Something to share.
    Resource,
}

/// A principal or a resource in a share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Association {
    /// Which of both.
    pub kind: Kind,
    /// The resource's ARN; the principal's account id or ARN.
    pub entity: String,
    /// When it was asked for.
    pub created: Moment,
    /// From when on it is `ASSOCIATED`.
    pub associated_from: Moment,
    /// From when on the other account's services know of it; `ASSOCIATED` comes earlier.
    pub effective_from: Moment,
    /// When its removal was asked for and when it is done.
    pub removal: Option<(Moment, Moment)>,
}

impl Share {
    /// `PENDING`, `ACTIVE`, `DELETING` or `DELETED`.
    #[must_use]
    pub fn status(&self, now: Moment) -> &'static str {
        match self.deletion {
            Some((_, done)) if done <= now => "DELETED",
            Some(_) => "DELETING",
            None if now < self.active_from => "PENDING",
            None => "ACTIVE",
        }
    }

    /// True where the share is active and `found` is true of one of its effective associations of that kind.
    fn has(&self, kind: Kind, now: Moment, found: impl Fn(&str) -> bool) -> bool {
        self.status(now) == "ACTIVE"
            && self
                .associations
                .iter()
                .any(|one| one.kind == kind && one.removal.is_none() && one.effective_from <= now && found(&one.entity))
    }
}

impl Share {
    /// True where an effective principal of the share is the account, its organization, or a unit above it.
    #[must_use]
    pub fn reaches(&self, world: &World, account: &str, now: Moment) -> bool {
        self.has(Kind::Principal, now, |principal| covers(world, self, principal, account, now))
    }
}

impl Association {
    /// When its status last changed.
    #[must_use]
    pub fn updated(&self, now: Moment) -> Moment {
        match self.removal {
            Some((_, done)) if done <= now => done,
            Some((asked, _)) => asked,
            None if now < self.associated_from => self.created,
            None => self.associated_from,
        }
    }

    /// `ASSOCIATING`, `ASSOCIATED`, `DISASSOCIATING` or `DISASSOCIATED`.
    #[must_use]
    pub fn status(&self, now: Moment) -> &'static str {
        match self.removal {
            Some((_, done)) if done <= now => "DISASSOCIATED",
            Some(_) => "DISASSOCIATING",
            None if now < self.associated_from => "ASSOCIATING",
            None => "ASSOCIATED",
        }
    }
}

/// True where a resource is shared with an account, and the account's services already know it: an active share of the
/// resource's owner holds it and a principal that is the account, its organization, or a unit above it.
#[must_use]
pub fn shared_with(world: &World, resource_arn: &str, account: &str, now: Moment) -> bool {
    let Some(owner) = resource_arn.split(':').nth(4) else { return false };
    world.ram.shares.values().any(|share| {
        share.owner == owner
            && share.has(Kind::Resource, now, |entity| entity == resource_arn)
            && share.reaches(world, account, now)
    })
}

/// True where a principal of a share is the account, or holds it as a unit or as the organization. Within an organization
/// that takes RAM to be enabled; an account elsewhere is reached as if it had accepted an invitation.
fn covers(world: &World, share: &Share, principal: &str, account: &str, now: Moment) -> bool {
    let accounts = &world.organizations;
    if accounts.account(account, now).is_none() {
        return false;
    }
    let organization = accounts.organization_of(account).map(|one| one.id.as_str());
    let together = organization.filter(|id| accounts.organization_of(&share.owner).is_some_and(|one| one.id == *id));
    let Some(organization) = together else { return principal == account };
    let last = principal.rsplit('/').next().unwrap_or_default();
    sharing_enabled(world, organization)
        && (last == account || last == organization || accounts.ancestors(account, now).contains(last))
}

/// True where RAM may share within the organization: it was enabled through RAM, and trusted access was not withdrawn
/// since.
pub(super) fn sharing_enabled(world: &World, organization: &str) -> bool {
    world.ram.enabled.contains(organization)
        && world.organizations.organization(organization).is_some_and(|one| one.service_access.contains_key(PRINCIPAL))
}

/// RAM's service principal.
pub(super) const PRINCIPAL: &str = "ram.amazonaws.com";
