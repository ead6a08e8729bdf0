//! What people add by hand to what lz manages: kinds that lz never makes.
//!
//! A resource of such a kind is never wanted. It is found, told as unmanaged, and deleted where `--allow-removals` is
//! given. What people run in the zone's VPCs is none of them: instances, network interfaces, load balancers and security
//! groups of their own are what a VPC is for. What opens a VPC to another network, or changes which packets pass, is.

mod default_network_acl;
mod egress_only_internet_gateway;
mod foreign_transit_gateway_attachment;
mod main_route_table;
mod network_acl;
mod network_acl_association;
mod other_transit_gateway_attachment;
mod other_transit_gateway_route;
mod public_address;
mod transit_gateway_policy_table;
mod vpc_cidr_block;
mod vpc_endpoint_policy;
mod vpc_peering_connection;
mod vpn_gateway_attachment;

pub use default_network_acl::DefaultNetworkAcl;
pub use egress_only_internet_gateway::EgressOnlyInternetGateway;
pub use foreign_transit_gateway_attachment::ForeignTransitGatewayAttachment;
pub use main_route_table::MainRouteTable;
pub use network_acl::{NetworkAcl, NetworkAclEntry};
pub use network_acl_association::NetworkAclAssociation;
pub use other_transit_gateway_attachment::OtherTransitGatewayAttachment;
pub use other_transit_gateway_route::OtherTransitGatewayRoute;
pub(in crate::kinds) use other_transit_gateway_route::other_destination;
pub use public_address::PublicAddress;
pub use transit_gateway_policy_table::TransitGatewayPolicyTable;
pub use vpc_cidr_block::VpcCidrBlock;
pub use vpc_endpoint_policy::VpcEndpointPolicy;
pub use vpc_peering_connection::VpcPeeringConnection;
pub use vpn_gateway_attachment::VpnGatewayAttachment;

use super::{Kind, Observed, Spec, Specification, Task, View};
use crate::cloud::{CallError, Operation};

/// A kind that lz never makes: [`Kind`] without its making and changing.
pub trait Addition: Specification + Into<Spec> {
    /// The call that shows it.
    const DESCRIBE: Operation;

    /// All that the view's account and region hold inside what the zone's tags are on; see [`Kind::observe`].
    ///
    /// # Errors
    /// The first call that failed.
    fn find(view: &View) -> impl Future<Output = Result<Vec<Observed<Self>>, CallError>>;

    /// Asks AWS to take it out of what lz manages; see [`Kind::delete`].
    ///
    /// # Errors
    /// What the call answered.
    fn remove(live: &Observed<Self>, task: &Task<'_>) -> impl Future<Output = Result<(), CallError>>;
}

impl<A: Addition> Kind for A {
    const MADE: bool = false;

    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        Self::find(view).await
    }

    /// Refused: a plan never asks for one.
    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        Err(task.answer(Self::DESCRIBE).error(None, format!("lz makes no {}", Self::NAME)))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        Self::remove(live, task).await
    }
}
