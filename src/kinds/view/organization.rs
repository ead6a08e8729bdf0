//! The organization, as its management account sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use aws_sdk_organizations::types::{Account, CreateAccountStatus, Organization, ParentType};
use futures::future::try_join_all;

use super::{Once, View};
use crate::cloud::{CallError, Operation, Service, pages};
use crate::kinds::OrganizationIds;
use crate::kinds::answer::found;
use crate::values::{AccountId, Email};

/// Tags, value by key.
type Tags = BTreeMap<String, String>;

const DESCRIBE_ORGANIZATION: Operation = Service::Organizations.read("DescribeOrganization");
const LIST_ROOTS: Operation = Service::Organizations.read("ListRoots");
const LIST_UNITS: Operation = Service::Organizations.read("ListOrganizationalUnitsForParent");
const LIST_ACCOUNTS: Operation = Service::Organizations.read("ListAccountsForParent");
const LIST_STATUSES: Operation = Service::Organizations.read("ListCreateAccountStatus");
const DESCRIBE_ACCOUNT: Operation = Service::Organizations.read("DescribeAccount");
const DESCRIBE_STATUS: Operation = Service::Organizations.read("DescribeCreateAccountStatus");
const LIST_PARENTS: Operation = Service::Organizations.read("ListParents");
const LIST_TAGS: Operation = Service::Organizations.read("ListTagsForResource");
const LIST_SERVICE_ACCESS: Operation = Service::Organizations.read("ListAWSServiceAccessForOrganization");

#[derive(Debug, Default)]
pub(super) struct Cells {
    organization: Once<Option<Organization>>,
    root: Once<Option<String>>,
    units: Once<Vec<Unit>>,
    members: Once<Vec<Member>>,
    statuses: Once<Vec<CreateAccountStatus>>,
    unit_tags: Once<BTreeMap<String, Tags>>,
    member_tags: Once<BTreeMap<String, Tags>>,
    service_access: Once<BTreeSet<String>>,
}

/// An organizational unit in its place.
#[derive(Debug, Clone)]
pub(in crate::kinds) struct Unit {
    /// `ou-…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// The unit it is in; none is the root.
    pub parent: Option<String>,
}

/// An account in its place.
#[derive(Debug, Clone)]
pub(in crate::kinds) struct Member {
    /// The account.
    pub account: Account,
    /// The unit it is in; none is the root.
    pub parent: Option<String>,
}

/// The management account of the organization that the view's account belongs to, which every member may ask for; none
/// where it belongs to none.
///
/// # Errors
/// The call that failed.
pub async fn management_account(view: &View) -> Result<Option<AccountId>, CallError> {
    let Some(organization) = view.organization().await? else { return Ok(None) };
    view.answer(DESCRIBE_ORGANIZATION).value(organization.master_account_id(), "MasterAccountId").map(Some)
}

/// The id of the organization that the view's account belongs to, `o-…`; none where it belongs to none.
///
/// # Errors
/// Where AWS does not say.
pub async fn organization_id(view: &View) -> Result<Option<String>, CallError> {
    let Some(organization) = view.organization().await? else { return Ok(None) };
    view.answer(DESCRIBE_ORGANIZATION).part(organization.id.clone(), "Id").map(Some)
}

/// The ids of the organization that the view's account belongs to; none where it belongs to none. Asked of the
/// management account: no other may list roots.
///
/// # Errors
/// The first call that failed.
pub async fn organization_ids(view: &View) -> Result<Option<OrganizationIds>, CallError> {
    let (Some(organization), Some(root)) = (view.organization().await?, view.root().await?) else {
        return Ok(None);
    };
    let answer = view.answer(DESCRIBE_ORGANIZATION);
    Ok(Some(OrganizationIds {
        organization: answer.part(organization.id.clone(), "Id")?,
        root: root.to_owned(),
        management_account: answer.value(organization.master_account_id(), "MasterAccountId")?,
    }))
}

impl View {
    /// The organization that the account belongs to, if any.
    pub(in crate::kinds) async fn organization(&self) -> Result<Option<&Organization>, CallError> {
        let fetch = || async {
            let send = || self.cloud.organizations().describe_organization().send();
            match self.cloud.call(DESCRIBE_ORGANIZATION, send).await {
                Ok(answer) => Ok(answer.organization),
                Err(error) if error.is("AWSOrganizationsNotInUseException") => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.organization.organization.get(fetch).await.map(Option::as_ref)
    }

    /// The id of the organization's root, of which there is one; none where there is no organization. No call where it is
    /// known.
    pub(in crate::kinds) async fn root(&self) -> Result<Option<&str>, CallError> {
        if let Some(known) = &self.subject.known.organization {
            return Ok(Some(&known.root));
        }
        let fetch = || async {
            if self.organization().await?.is_none() {
                return Ok(None);
            }
            let send = |token| self.cloud.organizations().list_roots().set_next_token(token).send();
            let roots = pages(&self.cloud, LIST_ROOTS, send, |page| (page.roots, page.next_token)).await?;
            let root = roots.into_iter().next().and_then(|root| root.id);
            self.answer(LIST_ROOTS).part(root, "root").map(Some)
        };
        self.organization.root.get(fetch).await.map(Option::as_deref)
    }

    /// All organizational units, each after the one it is in. Units of one level are listed at the same time.
    pub(in crate::kinds) async fn units(&self) -> Result<&[Unit], CallError> {
        let fetch = || async {
            let Some(root) = self.root().await? else { return Ok(Vec::new()) };
            let mut all = Vec::new();
            let mut level = self.units_in(root, None).await?;
            while !level.is_empty() {
                let below = try_join_all(level.iter().map(|unit| self.units_in(&unit.id, Some(&unit.id)))).await?;
                all.append(&mut level);
                level = below.concat();
            }
            Ok(all)
        };
        self.organization.units.get(fetch).await.map(Vec::as_slice)
    }

    async fn units_in(&self, parent_id: &str, parent: Option<&str>) -> Result<Vec<Unit>, CallError> {
        let send = |token| {
            let request = self.cloud.organizations().list_organizational_units_for_parent().parent_id(parent_id);
            request.set_next_token(token).send()
        };
        let units = pages(&self.cloud, LIST_UNITS, send, |page| (page.organizational_units, page.next_token)).await;
        let answer = self.answer(LIST_UNITS);
        // The root is always there.
        let units = if parent.is_some() { self.listed(units)?.unwrap_or_default() } else { units? }.into_iter();
        units
            .map(|unit| {
                Ok(Unit {
                    id: answer.part(unit.id, "Id")?,
                    name: answer.part(unit.name, "Name")?,
                    parent: parent.map(str::to_owned),
                })
            })
            .collect()
    }

    /// All accounts of the organization.
    pub(in crate::kinds) async fn members(&self) -> Result<&[Member], CallError> {
        let fetch = || async {
            let Some(root) = self.root().await? else { return Ok(Vec::new()) };
            let units = self.units().await?.iter().map(|unit| (unit.id.as_str(), Some(unit.id.as_str())));
            let parents = std::iter::once((root, None)).chain(units);
            let each = parents.map(|(parent_id, parent)| self.members_in(parent_id, parent));
            Ok(try_join_all(each).await?.concat())
        };
        self.organization.members.get(fetch).await.map(Vec::as_slice)
    }

    /// When each of the organization's accounts joined it, by id, as far as that could be read.
    pub async fn joined(&self) -> BTreeMap<String, SystemTime> {
        let members = self.members().await.unwrap_or_default().iter().map(|member| &member.account);
        let joined = members.filter_map(|account| {
            let joined = SystemTime::try_from(*account.joined_timestamp()?).ok()?;
            Some((account.id.clone()?, joined))
        });
        joined.collect()
    }

    async fn members_in(&self, parent_id: &str, parent: Option<&str>) -> Result<Vec<Member>, CallError> {
        let send = |token| {
            let request = self.cloud.organizations().list_accounts_for_parent().parent_id(parent_id);
            request.set_next_token(token).send()
        };
        let accounts = pages(&self.cloud, LIST_ACCOUNTS, send, |page| (page.accounts, page.next_token)).await;
        let accounts =
            if parent.is_some() { self.listed(accounts)?.unwrap_or_default() } else { accounts? }.into_iter();
        Ok(accounts.map(|account| Member { account, parent: parent.map(str::to_owned) }).collect())
    }

    /// The requests for accounts that AWS remembers.
    pub(in crate::kinds) async fn create_account_statuses(&self) -> Result<&[CreateAccountStatus], CallError> {
        let fetch = || async {
            if self.root().await?.is_none() {
                return Ok(Vec::new());
            }
            let send = |token| self.cloud.organizations().list_create_account_status().set_next_token(token).send();
            pages(&self.cloud, LIST_STATUSES, send, |page| (page.create_account_statuses, page.next_token)).await
        };
        self.organization.statuses.get(fetch).await.map(Vec::as_slice)
    }

    /// The tags of all units, or of those that somebody waits for, by unit. AWS tells those of one per call.
    pub(in crate::kinds) async fn unit_tags(&self) -> Result<&BTreeMap<String, Tags>, CallError> {
        let fetch = || async {
            let awaited = self.subject.known.awaited.as_ref();
            let ids = self.units().await?.iter().map(|unit| unit.id.as_str());
            let ids = ids.filter(|id| awaited.is_none_or(|awaited| awaited.contains(*id)));
            self.tags_by_id(ids.collect()).await
        };
        self.organization.unit_tags.get(fetch).await
    }

    /// The tags of the zone's accounts, by account. AWS tells those of one per call.
    pub(in crate::kinds) async fn member_tags(&self) -> Result<&BTreeMap<String, Tags>, CallError> {
        let fetch = || async {
            let emails: BTreeSet<String> = self.subject.known.accounts.values().map(Email::folded).collect();
            let members = self.members().await?.iter();
            let own = members.filter(|member| {
                member.account.email().is_some_and(|email| emails.contains(&email.to_ascii_lowercase()))
                    || member.account.id().is_some_and(|id| self.subject.known.account_names.contains_key(id))
            });
            let ids = own.filter_map(|member| member.account.id());
            self.tags_by_id(ids.collect()).await
        };
        self.organization.member_tags.get(fetch).await
    }

    /// One request for an account.
    pub(in crate::kinds) async fn create_account_status(
        &self,
        request: &str,
    ) -> Result<Option<CreateAccountStatus>, CallError> {
        let client = self.cloud.organizations();
        let send = || client.describe_create_account_status().create_account_request_id(request).send();
        Ok(found(self.cloud.call(DESCRIBE_STATUS, send).await)?.and_then(|answer| answer.create_account_status))
    }

    /// One account with its tags, without a look at all others; none where it is none of the organization's.
    pub(in crate::kinds) async fn member(&self, id: &str) -> Result<Option<(Member, Tags)>, CallError> {
        let client = self.cloud.organizations();
        let describe = || client.describe_account().account_id(id).send();
        let described = found(self.cloud.call(DESCRIBE_ACCOUNT, describe).await)?;
        let Some(account) = described.and_then(|answer| answer.account) else { return Ok(None) };
        let parents = |token| client.list_parents().child_id(id).set_next_token(token).send();
        let (parents, mut tags) = futures::try_join!(
            pages(&self.cloud, LIST_PARENTS, parents, |page| (page.parents, page.next_token)),
            self.tags_by_id(vec![id]),
        )?;
        let unit = parents.into_iter().find(|parent| parent.r#type() == Some(&ParentType::OrganizationalUnit));
        let parent = unit.and_then(|unit| unit.id);
        Ok(Some((Member { account, parent }, tags.remove(id).unwrap_or_default())))
    }

    async fn tags_by_id(&self, ids: Vec<&str>) -> Result<BTreeMap<String, Tags>, CallError> {
        let each = ids.into_iter().map(|id| async move {
            let client = self.cloud.organizations();
            let send = |token| client.list_tags_for_resource().resource_id(id).set_next_token(token).send();
            let tags = pages(&self.cloud, LIST_TAGS, send, |page| (page.tags, page.next_token)).await;
            let tags = self.listed(tags)?.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect();
            Ok::<_, CallError>((id.to_owned(), tags))
        });
        Ok(try_join_all(each).await?.into_iter().collect())
    }

    /// The services that may act in the organization, by their principals.
    pub(in crate::kinds) async fn service_access(&self) -> Result<&BTreeSet<String>, CallError> {
        let fetch = || async {
            if self.organization().await?.is_none() {
                return Ok(BTreeSet::new());
            }
            let send = |token| {
                self.cloud.organizations().list_aws_service_access_for_organization().set_next_token(token).send()
            };
            let all = pages(&self.cloud, LIST_SERVICE_ACCESS, send, |page| {
                (page.enabled_service_principals, page.next_token)
            })
            .await?;
            Ok(all.into_iter().filter_map(|one| one.service_principal).collect())
        };
        self.organization.service_access.get(fetch).await
    }
}
