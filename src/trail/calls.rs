//! Which calls make, change and take away a resource of a kind, by the names that CloudTrail logs.

use crate::kinds::{KindName, Tagging};

/// The calls that a kind's resources come, change and go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// What makes one.
    pub make: &'static [&'static str],
    /// What changes one.
    pub change: &'static [&'static str],
    /// What takes one away.
    pub unmake: &'static [&'static str],
}

type Names = &'static [&'static str];

const fn calls(make: Names, change: Names, unmake: Names) -> Calls {
    Calls { make, change, unmake }
}

const SECURITY_GROUP_RULES: Names = &[
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "ModifySecurityGroupRules",
];

/// The calls of a kind.
#[must_use]
pub fn of(kind: KindName) -> Calls {
    match kind {
        KindName::Organization => calls(&["CreateOrganization"], &["EnableAllFeatures"], &["DeleteOrganization"]),
        KindName::OrganizationalUnit => {
            calls(&["CreateOrganizationalUnit"], &["UpdateOrganizationalUnit"], &["DeleteOrganizationalUnit"])
        }
        KindName::Account => {
            calls(&["CreateAccount"], &["MoveAccount"], &["CloseAccount", "RemoveAccountFromOrganization"])
        }
        KindName::RamOrganizationSharing => {
            calls(&["EnableSharingWithAwsOrganization"], &[], &["DisableAWSServiceAccess"])
        }
        KindName::Vpc => calls(&["CreateVpc"], &["ModifyVpcAttribute"], &["DeleteVpc"]),
        KindName::Subnet => calls(&["CreateSubnet"], &["ModifySubnetAttribute"], &["DeleteSubnet"]),
        KindName::InternetGateway => calls(
            &["CreateInternetGateway", "AttachInternetGateway"],
            &["AttachInternetGateway", "DetachInternetGateway"],
            &["DeleteInternetGateway", "DetachInternetGateway"],
        ),
        KindName::ElasticIp => {
            calls(&["AllocateAddress"], &["AssociateAddress", "DisassociateAddress"], &["ReleaseAddress"])
        }
        KindName::NatGateway => calls(&["CreateNatGateway"], &["AssociateNatGatewayAddress"], &["DeleteNatGateway"]),
        KindName::RouteTable => calls(&["CreateRouteTable"], &[], &["DeleteRouteTable"]),
        KindName::RouteTableAssociation => calls(
            &["AssociateRouteTable", "ReplaceRouteTableAssociation"],
            &["AssociateRouteTable", "ReplaceRouteTableAssociation"],
            &["DisassociateRouteTable", "ReplaceRouteTableAssociation"],
        ),
        KindName::Route => {
            calls(&["CreateRoute", "ReplaceRoute"], &["CreateRoute", "ReplaceRoute", "DeleteRoute"], &["DeleteRoute"])
        }
        KindName::DefaultSecurityGroup | KindName::SecurityGroup => {
            calls(&["CreateSecurityGroup"], SECURITY_GROUP_RULES, &["DeleteSecurityGroup"])
        }
        KindName::VpcEndpoint => calls(&["CreateVpcEndpoint"], &["ModifyVpcEndpoint"], &["DeleteVpcEndpoints"]),
        KindName::FlowLog => calls(&["CreateFlowLogs"], &[], &["DeleteFlowLogs"]),
        KindName::LogGroup => {
            calls(&["CreateLogGroup"], &["PutRetentionPolicy", "DeleteRetentionPolicy"], &["DeleteLogGroup"])
        }
        KindName::FirewallRuleGroup => calls(&["CreateRuleGroup"], &["UpdateRuleGroup"], &["DeleteRuleGroup"]),
        KindName::FirewallWorkloadRules => calls(&["UpdateRuleGroup"], &["UpdateRuleGroup"], &["UpdateRuleGroup"]),
        KindName::FirewallPolicy => {
            calls(&["CreateFirewallPolicy"], &["UpdateFirewallPolicy"], &["DeleteFirewallPolicy"])
        }
        KindName::Firewall => calls(
            &["CreateFirewall"],
            &[
                "AssociateFirewallPolicy",
                "AssociateSubnets",
                "DisassociateSubnets",
                "UpdateFirewallDeleteProtection",
                "UpdateFirewallPolicyChangeProtection",
                "UpdateSubnetChangeProtection",
            ],
            &["DeleteFirewall"],
        ),
        KindName::FirewallEndpoint => calls(
            &["AssociateSubnets"],
            &["AssociateSubnets", "DisassociateSubnets"],
            &["DisassociateSubnets", "DeleteFirewall"],
        ),
        KindName::FirewallLogging => {
            calls(&["UpdateLoggingConfiguration"], &["UpdateLoggingConfiguration"], &["UpdateLoggingConfiguration"])
        }
        KindName::TransitGateway => {
            calls(&["CreateTransitGateway"], &["ModifyTransitGateway"], &["DeleteTransitGateway"])
        }
        KindName::ResourceShare => calls(
            &["CreateResourceShare", "AssociateResourceShare"],
            &["UpdateResourceShare", "AssociateResourceShare", "DisassociateResourceShare"],
            &["DeleteResourceShare"],
        ),
        KindName::TransitGatewayAttachment => calls(
            &["CreateTransitGatewayVpcAttachment"],
            &["ModifyTransitGatewayVpcAttachment"],
            &["DeleteTransitGatewayVpcAttachment", "RejectTransitGatewayVpcAttachment"],
        ),
        KindName::TransitGatewayAttachmentAcceptance => calls(
            &["AcceptTransitGatewayVpcAttachment"],
            &["AcceptTransitGatewayVpcAttachment"],
            &["RejectTransitGatewayVpcAttachment"],
        ),
        KindName::TransitGatewayRouteTable => {
            calls(&["CreateTransitGatewayRouteTable"], &[], &["DeleteTransitGatewayRouteTable"])
        }
        KindName::TransitGatewayAssociation => calls(
            &["AssociateTransitGatewayRouteTable"],
            &["AssociateTransitGatewayRouteTable"],
            &["DisassociateTransitGatewayRouteTable"],
        ),
        KindName::TransitGatewayPropagation => {
            calls(&["EnableTransitGatewayRouteTablePropagation"], &[], &["DisableTransitGatewayRouteTablePropagation"])
        }
        KindName::TransitGatewayRoute => calls(
            &["CreateTransitGatewayRoute"],
            &["ReplaceTransitGatewayRoute", "CreateTransitGatewayRoute", "DeleteTransitGatewayRoute"],
            &["DeleteTransitGatewayRoute"],
        ),
        KindName::VpcCidrBlock => calls(&["AssociateVpcCidrBlock"], &[], &[]),
        KindName::VpcPeeringConnection => {
            calls(&["CreateVpcPeeringConnection", "AcceptVpcPeeringConnection"], &[], &[])
        }
        KindName::VpnGatewayAttachment => calls(&["AttachVpnGateway"], &[], &[]),
        KindName::EgressOnlyInternetGateway => calls(&["CreateEgressOnlyInternetGateway"], &[], &[]),
        KindName::NetworkAcl => calls(&["CreateNetworkAcl"], &[], &[]),
        KindName::NetworkAclAssociation => calls(&["ReplaceNetworkAclAssociation"], &[], &[]),
        KindName::DefaultNetworkAcl => {
            calls(&["CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"], &[], &[])
        }
        KindName::PublicAddress => calls(&["AssociateAddress", "RunInstances"], &[], &[]),
        KindName::OtherTransitGatewayAttachment => calls(
            &["CreateVpnConnection", "CreateTransitGatewayPeeringAttachment", "CreateTransitGatewayConnect"],
            &[],
            &[],
        ),
        KindName::OtherTransitGatewayRoute => {
            calls(&["CreateTransitGatewayRoute", "CreateTransitGatewayPrefixListReference"], &[], &[])
        }
        KindName::ForeignTransitGatewayAttachment => {
            calls(&["CreateTransitGatewayVpcAttachment", "AcceptTransitGatewayVpcAttachment"], &[], &[])
        }
        KindName::VpcEndpointPolicy => calls(&["CreateVpcEndpoint", "ModifyVpcEndpoint"], &[], &[]),
        KindName::MainRouteTable => calls(&["ReplaceRouteTableAssociation"], &[], &[]),
        KindName::TransitGatewayPolicyTable => calls(&["CreateTransitGatewayPolicyTable"], &[], &[]),
    }
}

/// The calls that change a resource's tags.
#[must_use]
pub fn of_tags(kind: KindName) -> &'static [&'static str] {
    match kind.tagging() {
        Tagging::Ec2 => &["CreateTags", "DeleteTags"],
        Tagging::Organizations | Tagging::Ram | Tagging::NetworkFirewall | Tagging::Logs => {
            &["TagResource", "UntagResource"]
        }
        Tagging::None => &[],
    }
}
