//! NAT gateways.

use aws_sdk_ec2::types::{ConnectivityType, ResourceType};

use super::answer::{Answer, gone, state};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, ElasticIp, Failure, FindingRule, Identity, Kind, Observed, SecurityHubType, Specification,
    Subnet, Tagging, Task, Timing, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// A public, zonal NAT gateway.
    pub struct NatGateway with NatGatewayField {
        /// The subnet it is in, whose route table leads to an internet gateway.
        #[immutable]
        pub subnet: Ref<Subnet>,
        /// Its public address.
        #[immutable]
        pub elastic_ip: Ref<ElasticIp>,
    }
}

impl Specification for NatGateway {
    const NAME: &'static str = "nat-gateway";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(107, 0, 50);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateNatGateway"], &["AssociateNatGatewayAddress"], &["DeleteNatGateway"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, DELETE];
    const ALSO_NEEDS: &'static [&'static str] = &["iam:CreateServiceLinkedRole"];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::OTHER.in_ec2("natgateway");
    const FINDINGS: &'static [FindingRule<NatGatewayField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
    const COSTLY: bool = true;
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("NatGatewayDetails:natGatewayId", id))
    }

    fn excludes(&self, other: &Self) -> bool {
        self.elastic_ip == other.elastic_ip
    }

    // AWS keeps it unique: an address.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeNatGateways");
const CREATE: Operation = Service::Ec2.idempotent("CreateNatGateway");
const DELETE: Operation = Service::Ec2.delete("DeleteNatGateway");

/// Stands for the subnet of a regional NAT gateway, which is in none, and for the address of a private one, which has
/// none. lz makes neither, and must see those that others make.
const NONE: &str = "none";

impl Kind for NatGateway {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        view.nat_gateways().await?.iter().filter_map(|gateway| observed(answer, gateway).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let subnet = task.id(CREATE, &self.subnet)?;
        let address = task.id(CREATE, &self.elastic_ip)?;
        let send = || {
            let request = task.cloud.ec2().create_nat_gateway().subnet_id(subnet).allocation_id(address);
            request
                .connectivity_type(ConnectivityType::Public)
                .client_token(task.token)
                .tag_specifications(specification(ResourceType::Natgateway, task.tags))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.nat_gateway.and_then(|gateway| gateway.nat_gateway_id))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_nat_gateway().nat_gateway_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

fn observed(
    answer: Answer<'_>,
    gateway: &aws_sdk_ec2::types::NatGateway,
) -> Result<Option<Observed<NatGateway>>, CallError> {
    let failure = Failure::of_code(gateway.failure_code(), gateway.failure_message());
    let word = answer.part(gateway.state(), "state")?.as_str();
    let Some(state) = state(word, Some(failure)) else { return Ok(None) };
    let addresses = gateway.nat_gateway_addresses();
    let primary = addresses.iter().find(|address| address.is_primary != Some(false));
    Ok(Some(Observed {
        id: answer.part(gateway.nat_gateway_id.clone(), "natGatewayId")?,
        aliases: Vec::new(),
        tags: tags_of(gateway.tags.as_ref()),
        state,
        spec: NatGateway {
            subnet: Ref::id(gateway.subnet_id().unwrap_or(NONE)),
            elastic_ip: Ref::id(primary.and_then(|address| address.allocation_id()).unwrap_or(NONE)),
        },
    }))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{NatGatewayAddress, NatGatewayState};

    use super::*;
    use crate::kinds::State;

    #[test]
    fn a_failed_one_tells_why() {
        let gateway = aws_sdk_ec2::types::NatGateway::builder()
            .nat_gateway_id("nat-1")
            .subnet_id("subnet-1")
            .nat_gateway_addresses(NatGatewayAddress::builder().allocation_id("eipalloc-1").build())
            .state(NatGatewayState::Failed)
            .failure_code("Gateway.NotAttached")
            .failure_message("Network vpc-1 has no Internet gateway attached")
            .build();
        let seen = observed(Answer::new(DESCRIBE, "111111111111"), &gateway).unwrap().unwrap();
        let why = "Gateway.NotAttached: Network vpc-1 has no Internet gateway attached";
        assert_eq!(seen.state, State::Failed(Failure::passing(why)));
        assert_eq!(seen.spec, NatGateway { subnet: Ref::id("subnet-1"), elastic_ip: Ref::id("eipalloc-1") });
    }

    #[test]
    fn a_deleted_one_is_absent_though_aws_still_shows_it() {
        let gateway =
            aws_sdk_ec2::types::NatGateway::builder().nat_gateway_id("nat-1").state(NatGatewayState::Deleted).build();
        assert_eq!(observed(Answer::new(DESCRIBE, "111111111111"), &gateway), Ok(None));
    }
}
