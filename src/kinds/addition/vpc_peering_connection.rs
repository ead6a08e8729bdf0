//! VPC peering connections.

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{found, gone};
use crate::kinds::fields::with_fields;
use crate::kinds::tag::tags_of;
use crate::kinds::{Calls, FindingRule, Identity, Observed, Specification, State, Tagging, Task, Timing, View, Vpc};
use crate::values::Severity;

with_fields! {
    /// A peering connection of one of the zone's VPCs with another VPC, whichever of the two has asked for it. One between two of
    /// the zone's accounts is told in each of them, since it opens both VPCs; deleting it on one side ends it.
    pub struct VpcPeeringConnection with VpcPeeringConnectionField {
        /// The VPC whose owner has asked.
        #[key]
        #[immutable]
        pub requester: Ref<Vpc>,
        /// The VPC whose owner is asked.
        #[key]
        #[immutable]
        pub accepter: Ref<Vpc>,
    }
}

impl Specification for VpcPeeringConnection {
    const NAME: &'static str = "vpc-peering-connection";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(5, 0, 5);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["CreateVpcPeeringConnection", "AcceptVpcPeeringConnection"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DELETE];
    const FINDINGS: &'static [FindingRule<VpcPeeringConnectionField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
}

const DELETE: Operation = Service::Ec2.delete("DeleteVpcPeeringConnection");

impl Addition for VpcPeeringConnection {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeVpcPeeringConnections");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for connection in view.peering_connections().await? {
            let word = answer.part(connection.status().and_then(|status| status.code()), "status")?;
            let Some(state) = state(word.as_str()) else { continue };
            let requester = connection.requester_vpc_info().and_then(|one| one.vpc_id());
            let accepter = connection.accepter_vpc_info().and_then(|one| one.vpc_id());
            all.push(Observed {
                id: answer.part(connection.vpc_peering_connection_id.clone(), "vpcPeeringConnectionId")?,
                aliases: Vec::new(),
                tags: tags_of(connection.tags.as_ref()),
                state,
                spec: Self {
                    requester: Ref::id(answer.part(requester, "requesterVpcInfo")?),
                    accepter: Ref::id(answer.part(accepter, "accepterVpcInfo")?),
                },
            });
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_vpc_peering_connection().vpc_peering_connection_id(&live.id).send();
        let answer = task.cloud.call(DELETE, send).await;
        let is_refused = answer.as_ref().is_err_and(|error| error.is("InvalidStateTransition"));
        if is_refused && has_ended(&live.id, task).await? { Ok(()) } else { gone(answer) }
    }
}

/// True where the other account has ended it: AWS refuses to delete what was deleted and is still shown.
async fn has_ended(id: &str, task: &Task<'_>) -> Result<bool, CallError> {
    let describe = VpcPeeringConnection::DESCRIBE;
    let send = || task.cloud.ec2().describe_vpc_peering_connections().vpc_peering_connection_ids(id).send();
    let there = found(task.cloud.call(describe, send).await)?;
    let connections = there.and_then(|answer| answer.vpc_peering_connections).unwrap_or_default();
    let code = connections.first().and_then(|one| one.status()).and_then(|status| status.code());
    Ok(code.is_none_or(|code| matches!(state(code.as_str()), None | Some(State::Deleting))))
}

/// What a connection's status means: one that has come to nothing is shown for hours (VPC peering guide, "VPC peering
/// connection lifecycle"), and packets pass an active one only.
fn state(word: &str) -> Option<State> {
    match word {
        "deleted" | "rejected" | "expired" | "failed" => None,
        "deleting" => Some(State::Deleting),
        "active" => Some(State::Ready),
        other => Some(State::Pending(other.to_owned())),
    }
}
