//! The quotas of EC2, by the codes that Service Quotas gives them.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>

use crate::twin::world::Call;

/// A quota: its code in Service Quotas and what an account has unless it was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The code, such as `L-F678F1CE`.
    pub code: &'static str,
    /// What an account has unless it was raised.
    pub default: usize,
}

/// VPCs in a region, the default VPC included.
pub const VPCS: Quota = Quota { code: "L-F678F1CE", default: 5 };
/// Subnets in a VPC.
pub const SUBNETS: Quota = Quota { code: "L-407747CB", default: 200 };
/// Internet gateways in a region.
pub const INTERNET_GATEWAYS: Quota = Quota { code: "L-A4707A72", default: 5 };
/// Elastic IP addresses in a region.
pub const ADDRESSES: Quota = Quota { code: "L-0263D0A3", default: 5 };
/// NAT gateways in an Availability Zone.
pub const NAT_GATEWAYS: Quota = Quota { code: "L-FE5A380F", default: 5 };
/// Route tables in a VPC, the main route table included.
pub const ROUTE_TABLES: Quota = Quota { code: "L-589F43AA", default: 200 };
/// Routes in a route table that were not propagated.
pub const ROUTES: Quota = Quota { code: "L-93826ACB", default: 500 };
/// Security groups in a region.
pub const SECURITY_GROUPS: Quota = Quota { code: "L-E79EC296", default: 2500 };
/// Rules of a security group in one direction.
pub const SECURITY_GROUP_RULES: Quota = Quota { code: "L-0EA8095F", default: 60 };

/// Transit gateways in a region. <https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html>
pub const TRANSIT_GATEWAYS: Quota = Quota { code: "L-A2478D36", default: 5 };
/// Routes in all route tables of a transit gateway together, static and propagated.
/// <https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html>
pub const TRANSIT_GATEWAY_ROUTES: Quota = Quota { code: "L-BCC1FB47", default: 10_000 };
/// Route tables of a transit gateway. <https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html>
pub const TRANSIT_GATEWAY_ROUTE_TABLES: Quota = Quota { code: "L-43872EB7", default: 20 };
/// Attachments of a transit gateway. <https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html>
pub const TRANSIT_GATEWAY_ATTACHMENTS: Quota = Quota { code: "L-E0233F82", default: 5_000 };
/// Transit gateways that one VPC may be attached to.
pub const TRANSIT_GATEWAYS_PER_VPC: Quota = Quota { code: "L-6DA43717", default: 5 };
/// Gateway endpoints in a region. <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html>
pub const GATEWAY_ENDPOINTS: Quota = Quota { code: "L-1B52E74A", default: 20 };
/// Interface and Gateway Load Balancer endpoints of a VPC.
pub const INTERFACE_ENDPOINTS: Quota = Quota { code: "L-29B6F2EB", default: 50 };

/// All of them.
pub const ALL: &[Quota] = &[
    VPCS,
    SUBNETS,
    INTERNET_GATEWAYS,
    ADDRESSES,
    NAT_GATEWAYS,
    ROUTE_TABLES,
    ROUTES,
    SECURITY_GROUPS,
    SECURITY_GROUP_RULES,
    TRANSIT_GATEWAYS,
    TRANSIT_GATEWAY_ROUTES,
    TRANSIT_GATEWAY_ROUTE_TABLES,
    TRANSIT_GATEWAY_ATTACHMENTS,
    TRANSIT_GATEWAYS_PER_VPC,
    GATEWAY_ENDPOINTS,
    INTERFACE_ENDPOINTS,
];

/// How many the caller's account may have.
#[must_use]
pub fn limit(call: &Call<'_>, quota: Quota) -> usize {
    let limit = call.quota(quota.code, u64::try_from(quota.default).unwrap_or(u64::MAX));
    usize::try_from(limit).unwrap_or(usize::MAX)
}
