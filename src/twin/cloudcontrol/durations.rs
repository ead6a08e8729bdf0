//! How long AWS takes, by type and action.
//!
//! No number is published but for the limits of handlers; those here are the estimates that the twin was designed with.

use serde_json::Value;

use super::state::Action;
use crate::twin::time::Duration;

/// What Cloud Control itself adds, and what most types take.
const USUAL: Duration = Duration::seconds(5, 15, 60);
/// The time after which a request that was taken is begun.
pub(crate) const START: Duration = Duration::milliseconds(300, 1_000, 3_000);
/// How long a web ACL takes until it can be associated: "seconds to minutes" by `WAFUnavailableEntityException`
/// (<https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html>).
pub(crate) const ACL_USABLE: Duration = Duration::seconds(5, 60, 300);
/// How long interfaces of what was deleted stay in their subnets; the twin's own numbers.
pub(crate) const LINGERING: Duration = Duration::seconds(20, 90, 300);
/// How long the tagging API takes to learn of tags; the twin's own numbers.
pub(crate) const TAGS_SHOWN: Duration = Duration::seconds(3, 20, 120);

/// How long an action takes.
pub(crate) fn of(action: Action, type_name: &str, model: &Value) -> Duration {
    let seconds = Duration::seconds;
    match (type_name, action) {
        ("AWS::ECS::Cluster", _) => seconds(8, 20, 60),
        ("AWS::Cognito::UserPool", _) => seconds(6, 20, 120),
        ("AWS::Cognito::UserPoolDomain", _) if model["CustomDomainConfig"].is_object() => seconds(300, 900, 1200),
        ("AWS::Cognito::UserPoolDomain", _) => seconds(10, 60, 300),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", Action::Create) if model["Type"] == "network" => {
            seconds(120, 180, 600)
        }
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", Action::Create) => seconds(150, 240, 600),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", Action::Update) => seconds(30, 90, 300),
        ("AWS::ECS::Service", Action::Create | Action::Update) => seconds(150, 360, 10_800),
        ("AWS::ECS::Service", Action::Delete) => seconds(60, 180, 900),
        ("AWS::RDS::DBInstance", Action::Create) if model["MultiAZ"] == true => seconds(720, 1350, 3600),
        ("AWS::RDS::DBInstance" | "AWS::RDS::DBCluster", Action::Create | Action::Update) => seconds(480, 900, 2400),
        ("AWS::RDS::DBInstance" | "AWS::RDS::DBCluster", Action::Delete) => seconds(300, 900, 3600),
        ("AWS::ApiGatewayV2::VpcLink", Action::Create) => seconds(150, 400, 600),
        ("AWS::ApiGatewayV2::VpcLink", Action::Delete) => seconds(60, 300, 600),
        ("AWS::ApiGateway::RestApi" | "AWS::ApiGateway::Resource" | "AWS::ApiGateway::Method", _) => seconds(3, 10, 60),
        ("AWS::ApiGateway::Deployment" | "AWS::ApiGateway::Stage", _) => seconds(5, 20, 60),
        ("AWS::WAFv2::WebACL" | "AWS::WAFv2::WebACLAssociation", _) => seconds(5, 20, 60),
        ("AWS::CertificateManager::Certificate", Action::Create) => seconds(90, 300, 3600),
        ("AWS::Route53::RecordSet" | "AWS::Route53::HostedZone", _) => seconds(30, 60, 120),
        _ => USUAL,
    }
}

/// True where the resource is there, and can be read, long before its creation is done.
pub(crate) fn is_there_while_made(type_name: &str) -> bool {
    matches!(
        type_name,
        "AWS::ElasticLoadBalancingV2::LoadBalancer"
            | "AWS::ECS::Service"
            | "AWS::RDS::DBInstance"
            | "AWS::RDS::DBCluster"
            | "AWS::ApiGatewayV2::VpcLink"
            | "AWS::CertificateManager::Certificate"
            | "AWS::Cognito::UserPoolDomain"
    )
}

/// How often AWS looks whether it is done, in milliseconds; RDS: every 30 s, by its handlers' source.
pub(crate) fn callback(type_name: &str) -> u64 {
    if is_there_while_made(type_name) { 30_000 } else { 5_000 }
}
