//! One look at an account: describe calls that several kinds need are made once.
//!
//! Each file holds the describes of one subject: [`network`] those of VPCs and what is inside them, [`transit_gateway`]
//! those that a transit gateway's owner may make, [`firewall`] Network Firewall's, [`logs`] CloudWatch Logs', [`sharing`]
//! RAM's, [`stacks`] Cloud Control's, [`addition`] what people add by hand, [`occupant`] what others have put into the zone's VPCs, [`organization`] those of the management account.
//! What is asked for by the ids of VPCs or gateways is not asked at all where there are none: AWS takes an empty filter
//! for no filter.

mod addition;
mod firewall;
mod logs;
mod network;
mod occupant;
mod organization;
mod sharing;
mod stacks;
mod transit_gateway;

use std::future::Future;

use tokio::sync::OnceCell;

use crate::cloud::{AccountCloud, CallError, Operation};

use super::Subject;
use super::answer::{Answer, found};

pub(super) use firewall::{
    DESCRIBE_FIREWALL, DESCRIBE_POLICY, DESCRIBE_RULE_GROUP, describe_firewall, describe_logging, describe_policy,
    describe_rule_group, list_rule_groups, rule_groups_of, sync_states,
};
pub(super) use logs::TaggedLogGroup;
pub(super) use network::DnsAttributes;
pub use occupant::{Occupant, occupants};
pub(super) use organization::{Member, Unit};
pub use organization::{management_account, organization_id, organization_ids};
pub(super) use sharing::Share;
pub use stacks::KnownStacks;

/// How many values a filter takes (EC2 API reference, "Filter").
const FILTER_VALUES: usize = 200;

/// What a look fetches at most once. A failure counts as fetched: whoever asks next gets it at once, since a call that has
/// been sent again for minutes would only be sent again for as long.
#[derive(Debug)]
struct Once<T>(OnceCell<Result<T, CallError>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Once<T> {
    /// What was fetched, by whoever asked first.
    async fn get<Fetching>(&self, fetch: impl FnOnce() -> Fetching) -> Result<&T, CallError>
    where
        Fetching: Future<Output = Result<T, CallError>>,
    {
        // One fetch may need another: boxed, the outer one does not grow with all that are inside of it.
        self.0.get_or_init(|| Box::pin(fetch())).await.as_ref().map_err(Clone::clone)
    }
}

/// One look at one account and region. Kinds ask it for AWS's own descriptions; each is fetched at most once.
#[derive(Debug)]
pub struct View {
    /// The account.
    pub cloud: AccountCloud,
    /// What is looked for.
    pub subject: Subject,
    network: network::Cells,
    transit_gateway: transit_gateway::Cells,
    firewall: firewall::Cells,
    logs: logs::Cells,
    sharing: sharing::Cells,
    organization: organization::Cells,
    addition: addition::Cells,
    stacks: stacks::Cells,
}

impl View {
    /// A new look: nothing has been asked yet.
    #[must_use]
    pub fn new(cloud: AccountCloud, subject: Subject) -> Self {
        Self {
            cloud,
            subject,
            network: network::Cells::default(),
            transit_gateway: transit_gateway::Cells::default(),
            firewall: firewall::Cells::default(),
            logs: logs::Cells::default(),
            sharing: sharing::Cells::default(),
            organization: organization::Cells::default(),
            addition: addition::Cells::default(),
            stacks: stacks::Cells::default(),
        }
    }

    /// An answer about what AWS has listed. Where nobody waits, AWS contradicts itself by not finding it, and that is an
    /// error: what is listed is not absent.
    fn listed<T>(&self, answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
        if self.subject.known.waits { found(answer) } else { answer.map(Some) }
    }

    /// An answer to a call in this account.
    pub(super) fn answer(&self, operation: Operation) -> Answer<'_> {
        Answer::new(operation, self.cloud.id().as_str())
    }
}
