//! RAM's resource shares.

use std::collections::BTreeMap;

use aws_sdk_ram::types::{ResourceOwner, ResourceShare, ResourceShareAssociation, ResourceShareAssociationType};

use super::{Once, View};
use crate::cloud::{CallError, Operation, Service, pages};

const GET_SHARES: Operation = Service::Ram.read("GetResourceShares");
const GET_ASSOCIATIONS: Operation = Service::Ram.read("GetResourceShareAssociations");

#[derive(Debug, Default)]
pub(super) struct Cells {
    shares: Once<Vec<Share>>,
}

/// A resource share with all that is associated with it.
#[derive(Debug)]
pub(in crate::kinds) struct Share {
    /// The share.
    pub share: ResourceShare,
    /// What is shared.
    pub resources: Vec<ResourceShareAssociation>,
    /// With whom.
    pub principals: Vec<ResourceShareAssociation>,
}

impl View {
    /// All resource shares that this account owns.
    pub(in crate::kinds) async fn resource_shares(&self) -> Result<&[Share], CallError> {
        let fetch = || async {
            let send = |token| {
                let request = self.cloud.ram().get_resource_shares().resource_owner(ResourceOwner::SelfValue);
                request.max_results(500).set_next_token(token).send()
            };
            let shares = pages(&self.cloud, GET_SHARES, send, |page| (page.resource_shares, page.next_token)).await?;
            if shares.is_empty() {
                return Ok(Vec::new());
            }
            let (mut resources, mut principals) = futures::try_join!(
                self.share_associations(ResourceShareAssociationType::Resource),
                self.share_associations(ResourceShareAssociationType::Principal),
            )?;
            let mut of = |share: ResourceShare| {
                let arn = share.resource_share_arn.clone().unwrap_or_default();
                Share {
                    resources: resources.remove(&arn).unwrap_or_default(),
                    principals: principals.remove(&arn).unwrap_or_default(),
                    share,
                }
            };
            Ok(shares.into_iter().map(&mut of).collect())
        };
        self.sharing.shares.get(fetch).await.map(Vec::as_slice)
    }

    /// The associations of one type of all shares that this account owns, by the share's ARN.
    async fn share_associations(
        &self,
        association_type: ResourceShareAssociationType,
    ) -> Result<BTreeMap<String, Vec<ResourceShareAssociation>>, CallError> {
        let send = |token| {
            let request = self.cloud.ram().get_resource_share_associations();
            request.association_type(association_type.clone()).max_results(500).set_next_token(token).send()
        };
        let all =
            pages(&self.cloud, GET_ASSOCIATIONS, send, |page| (page.resource_share_associations, page.next_token))
                .await?;
        let answer = self.answer(GET_ASSOCIATIONS);
        let mut by_share: BTreeMap<String, Vec<ResourceShareAssociation>> = BTreeMap::new();
        for association in all {
            let share = answer.part(association.resource_share_arn.clone(), "resourceShareArn")?;
            by_share.entry(share).or_default().push(association);
        }
        Ok(by_share)
    }
}
