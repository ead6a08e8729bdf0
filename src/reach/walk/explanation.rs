//! The words in which AWS's own analyzers explain a verdict.

use std::fmt;

use serde::{Serialize, Serializer};

/// Defines the codes, each with its exact text, so that none can be listed without one.
macro_rules! explanations {
    ($($(#[doc = $doc:literal])+ $code:ident = $text:literal,)+) => {
        /// Why a packet does not arrive: the explanation codes of VPC Reachability Analyzer (its user guide, "Reachability
        /// Analyzer explanation codes"), and two of lz's own for what that analyzer does not look at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Explanation {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Explanation {
            /// The code as AWS writes it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)+
                }
            }
        }
    };
}

explanations! {
    /// No route of the table holds the destination.
    NoRouteToDestination = "NO_ROUTE_TO_DESTINATION",
    /// The route's target is gone or does not work.
    BadStateRoute = "BAD_STATE_ROUTE",
    /// A route that would lead on loses to one with a longer prefix.
    MoreSpecificRoute = "MORE_SPECIFIC_ROUTE",
    /// A route that would lead on loses to one of the same prefix that comes first.
    HigherPriorityRoute = "HIGHER_PRIORITY_ROUTE",
    /// No rule of the interface's security groups matches.
    EniSecurityGroupRulesMismatch = "ENI_SG_RULES_MISMATCH",
    /// The interface's security groups have no rule at all for the direction.
    SecurityGroupHasNoRules = "SG_HAS_NO_RULES",
    /// A rule names a security group, and something on the way has taken the sender's groups off the packet.
    SecurityGroupReferencesNotPreserved = "SG_REFERENCES_NOT_PRESERVED",
    /// A rule names a security group of a peered VPC that lz does not know.
    UnknownPeeredSecurityGroups = "UNKNOWN_PEERED_SGS",
    /// A rule names a security group on the other side of a transit gateway.
    SecurityGroupReferencingSupport = "SG_REFERENCING_SUPPORT",
    /// The network ACL denies it.
    SubnetAclRestriction = "SUBNET_ACL_RESTRICTION",
    /// The interface takes packets for its own addresses only.
    EniSourceDestCheckRestriction = "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    /// The firewall's policy drops it.
    FirewallRulesRestriction = "FIREWALL_RULES_RESTRICTION",
    /// The sender has no public address.
    IgwPublicIpAssociationForEgress = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    /// The destination is no public address of the VPC.
    IgwPrivateIpAssociationForIngress = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    /// Private addresses (RFC 1918) do not leave by an internet gateway.
    IgwDestinationAddressNotInRfc1918Egress = "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS",
    /// Shared addresses (RFC 6598) do not leave by an internet gateway.
    IgwDestinationAddressNotInRfc6598Egress = "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS",
    /// An internet gateway was handed a packet for its own VPC.
    IgwDestinationAddressInVpcCidrs = "IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS",
    /// An edge table hands packets of the internet to an interface without a public address.
    IngressRouteTableNoPublicIp = "INGRESS_RTB_NO_PUBLIC_IP",
    /// An edge table sends what comes in for the sender through a middlebox that the packet bypasses on its way out.
    IngressRouteTableTrafficRedirection = "INGRESS_RTB_TRAFFIC_REDIRECTION",
    /// VPC Block Public Access keeps it from the internet gateway.
    VpcBlockPublicAccessEnabled = "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    /// A NAT gateway serves its own VPC and what a transit gateway brings, nothing else.
    NatGatewayRequiresSourceInVpc = "NGW_REQUIRES_SOURCE_IN_VPC",
    /// A NAT gateway translates destinations of answers only.
    NatGatewayDestinationAddressPreservation = "NGW_DEST_ADDRESS_PRESERVATION",
    /// A peering connection carries packets between its two VPCs, nothing beyond.
    PeeringRequiresAddressInVpcCidr = "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR",
    /// The attachment has no route table.
    AttachmentMissingAssociation = "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
    /// The transit gateway's table has no route to the destination.
    TransitGatewayNoRoute = "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
    /// The transit gateway's table belongs to an account that could not be read.
    TransitGatewayRoutesAreUnknown = "TGW_RTB_ROUTES_ARE_UNKNOWN",
    /// A route of the transit gateway's table that would lead on loses to one with a longer prefix.
    TransitGatewayMoreSpecificRoute = "TGW_RTB_MORE_SPECIFIC_ROUTE",
    /// A route of the transit gateway's table that would lead on loses to one of the same prefix that comes first.
    TransitGatewayHigherPriorityRoute = "TGW_RTB_HIGHER_PRIORITY_ROUTE",
    /// The route of the transit gateway's table is a blackhole.
    TransitGatewayBadStateRoute = "TGW_RTB_BAD_STATE_ROUTE",
    /// The attachment has no subnet in the Availability Zone that the packet comes from.
    TransitGatewayRouteZoneRestriction = "TGW_ROUTE_AZ_RESTRICTION",
    /// The answer comes by another Availability Zone than the packet did, where the firewall knows nothing of it.
    AttachmentZoneRestriction = "TGW_ATTACH_VPC_AZ_RESTRICTION",
    /// A gateway endpoint takes TCP and ICMP echo only.
    GatewayEndpointProtocolRestriction = "VPCE_GATEWAY_PROTOCOL_RESTRICTION",
    /// A gateway endpoint answers from its service's ranges, to its own VPC's addresses, only.
    GatewayEndpointSourceAddressRestriction = "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION",
    /// A gateway endpoint serves its own VPC only.
    EndpointIntraVpcTraffic = "VPCE_INTRA_VPC_TRAFFIC",
    /// A virtual private gateway takes packets from its own VPC's addresses only.
    VgwPrivateIpAssociationForEgress = "VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS",
    /// A virtual private gateway brings packets for its own VPC's addresses only.
    VgwPrivateIpAssociationForIngress = "VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    /// A route inside the VPC's own range that AWS does not accept: it is for no whole subnet, or its target is no middlebox.
    VpcLocalRouteCidrRestriction = "VPC_LOCAL_ROUTE_CIDR_RESTRICTION",
    /// The attachment does not work.
    BadStateAttachment = "BAD_STATE_ATTACHMENT",
    /// The packet arrives, but not where it was meant for; or it goes round for ever.
    NoPath = "NO_PATH",
    /// Nothing has the destination's address, or nobody knows where it is.
    UnknownDestination = "UNKNOWN_DESTINATION",
    /// Of lz: the answer does not pass the stateful hop that let the packet through. AWS's analyzer walks one direction, and
    /// has no code for it.
    AsymmetricPath = "ASYMMETRIC_PATH",
    /// Of lz: several routes are equally good, and AWS does not say which it takes.
    UndefinedRouteOrder = "UNDEFINED_ROUTE_ORDER",
    /// A detail code of AWS's: a rule that can't be judged may decide.
    FirewallUnsupportedRuleOptions = "FIREWALL_UNSUPPORTED_RULE_OPTIONS",
    /// A detail code of AWS's: a Gateway Load Balancer's appliances see the packet, and nobody knows what they do with it.
    PathThroughGatewayLoadBalancerNotChecked = "PATH_THROUGH_GWLB_NOT_CHECKED",
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
