//! What resources refer to: what must be there before they are made, and what cannot go while they are there.

use serde_json::Value;

use super::pointer::Pointer;
use super::state::Resource;
use crate::twin::ec2;
use crate::twin::world::{Call, Caller, World};

/// How a request fails: the code of its event and the message.
pub(crate) type Failure = (&'static str, String);

/// A reference of resources of one type to those of another.
struct Reference {
    of: &'static str,
    /// Where in the model.
    at: &'static str,
    to: &'static str,
    /// What it may name the other by, besides its identifier.
    by: &'static [&'static str],
    /// Code and message where the other is not there; `{}` stands for what was named.
    missing: (&'static str, &'static str),
    /// Code and message where the other is to be deleted; `{}` stands for the other, `{by}` for who refers to it.
    holds: Option<(&'static str, &'static str)>,
}

const fn must(
    of: &'static str,
    at: &'static str,
    to: &'static str,
    by: &'static [&'static str],
    missing: (&'static str, &'static str),
) -> Reference {
    Reference { of, at, to, by, missing, holds: None }
}

const fn held(
    of: &'static str,
    at: &'static str,
    to: &'static str,
    by: &'static [&'static str],
    missing: (&'static str, &'static str),
    holds: (&'static str, &'static str),
) -> Reference {
    Reference { of, at, to, by, missing, holds: Some(holds) }
}

const ALARM: &str = "AWS::CloudWatch::Alarm";
const API: &str = "AWS::ApiGatewayV2::Api";
const ASSOCIATION: &str = "AWS::WAFv2::WebACLAssociation";
const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";
const CLUSTER: &str = "AWS::ECS::Cluster";
const DB_CLUSTER: &str = "AWS::RDS::DBCluster";
const DB_INSTANCE: &str = "AWS::RDS::DBInstance";
const DEPLOYMENT: &str = "AWS::ApiGateway::Deployment";
const DOMAIN: &str = "AWS::ApiGateway::DomainName";
const KEY: &str = "AWS::KMS::Key";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";
const MAPPING: &str = "AWS::ApiGateway::BasePathMapping";
const METHOD: &str = "AWS::ApiGateway::Method";
const POLICY: &str = "AWS::IAM::ManagedPolicy";
const RESOURCE: &str = "AWS::ApiGateway::Resource";
const REST_API: &str = "AWS::ApiGateway::RestApi";
const ROLE: &str = "AWS::IAM::Role";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const SECRET: &str = "AWS::SecretsManager::Secret";
const SERVICE: &str = "AWS::ECS::Service";
const STAGE: &str = "AWS::ApiGateway::Stage";
const SUBNET_GROUP: &str = "AWS::RDS::DBSubnetGroup";
const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";
const USAGE_PLAN: &str = "AWS::ApiGateway::UsagePlan";
const USER_POOL: &str = "AWS::Cognito::UserPool";
const VPC_LINK: &str = "AWS::ApiGatewayV2::VpcLink";
const WEB_ACL: &str = "AWS::WAFv2::WebACL";
const ZONE: &str = "AWS::Route53::HostedZone";
const BUCKET: &str = "AWS::S3::Bucket";
const SUBNET: &str = "subnet";
const GROUP: &str = "security group";
const VPC: &str = "VPC";

const NO_API: (&str, &str) = ("NotFound", "Invalid API identifier specified {}");
const NO_CLUSTER: (&str, &str) = ("InvalidRequest", "Cluster not found.");
const NO_GROUP: (&str, &str) = ("InvalidRequest", "The security group ID '{}' does not exist");
const NO_KEY: (&str, &str) = ("InvalidRequest", "Key '{}' does not exist");
const NO_LISTENER: (&str, &str) = ("NotFound", "Listener '{}' not found");
const NO_POOL: (&str, &str) = ("NotFound", "User pool {} does not exist.");
const NO_ROLE: (&str, &str) =
    ("InvalidRequest", "ECS was unable to assume the role '{}' that was provided for this task.");
const NO_SECRET: (&str, &str) = ("NotFound", "Secrets Manager can't find the specified secret {}.");
const NO_SUBNET: (&str, &str) = ("InvalidRequest", "The subnet ID '{}' does not exist");
const NO_TARGET_GROUP: (&str, &str) = ("InvalidRequest", "Target groups '{}' not found");
const NO_CERTIFICATE: (&str, &str) = ("InvalidRequest", "Certificate ARN '{}' is not valid");
const TARGETS_IN_USE: (&str, &str) =
    ("ResourceConflict", "Target group '{}' is currently in use by a listener or a rule");
const CERTIFICATE_IN_USE: (&str, &str) = ("ResourceConflict", "Certificate {} in account is in use.");
const GROUP_IN_USE: (&str, &str) = (
    "ResourceConflict",
    "Cannot delete the subnet group '{}' because at least one database instance: {by} is still using it.",
);
const LINK_IN_USE: (&str, &str) = (
    "ResourceConflict",
    "Cannot delete vpc link. Vpc link '{}', is referenced in [{by}] in format of [Method:Resource].",
);

const REFERENCES: &[Reference] = &[
    // Load balancing.
    must(LOAD_BALANCER, "Subnets/*", SUBNET, &[], NO_SUBNET),
    must(LOAD_BALANCER, "SubnetMappings/*/SubnetId", SUBNET, &[], NO_SUBNET),
    must(LOAD_BALANCER, "SecurityGroups/*", GROUP, &[], NO_GROUP),
    must(TARGET_GROUP, "VpcId", VPC, &[], ("InvalidRequest", "The VPC ID '{}' is not found")),
    must(LISTENER, "LoadBalancerArn", LOAD_BALANCER, &[], ("NotFound", "One or more load balancers not found: {}")),
    held(LISTENER, "DefaultActions/*/TargetGroupArn", TARGET_GROUP, &[], NO_TARGET_GROUP, TARGETS_IN_USE),
    held(
        LISTENER,
        "DefaultActions/*/ForwardConfig/TargetGroups/*/TargetGroupArn",
        TARGET_GROUP,
        &[],
        NO_TARGET_GROUP,
        TARGETS_IN_USE,
    ),
    held(LISTENER, "Certificates/*/CertificateArn", CERTIFICATE, &[], NO_CERTIFICATE, CERTIFICATE_IN_USE),
    must(RULE, "ListenerArn", LISTENER, &[], NO_LISTENER),
    held(RULE, "Actions/*/TargetGroupArn", TARGET_GROUP, &[], NO_TARGET_GROUP, TARGETS_IN_USE),
    held(
        RULE,
        "Actions/*/ForwardConfig/TargetGroups/*/TargetGroupArn",
        TARGET_GROUP,
        &[],
        NO_TARGET_GROUP,
        TARGETS_IN_USE,
    ),
    // Containers.
    held(
        SERVICE,
        "Cluster",
        CLUSTER,
        &["Arn"],
        NO_CLUSTER,
        ("InvalidRequest", "The Cluster cannot be deleted while Services are active."),
    ),
    must(SERVICE, "TaskDefinition", TASK_DEFINITION, &[], ("InvalidRequest", "TaskDefinition not found.")),
    must(
        SERVICE,
        "LoadBalancers/*/TargetGroupArn",
        TARGET_GROUP,
        &[],
        ("InvalidRequest", "The specified target group does not exist."),
    ),
    must(SERVICE, "NetworkConfiguration/AwsvpcConfiguration/Subnets/*", SUBNET, &[], NO_SUBNET),
    must(SERVICE, "NetworkConfiguration/AwsvpcConfiguration/SecurityGroups/*", GROUP, &[], NO_GROUP),
    must("AWS::ECS::ClusterCapacityProviderAssociations", "Cluster", CLUSTER, &["Arn"], NO_CLUSTER),
    must(TASK_DEFINITION, "ExecutionRoleArn", ROLE, &["Arn"], NO_ROLE),
    must(TASK_DEFINITION, "TaskRoleArn", ROLE, &["Arn"], NO_ROLE),
    // Databases.
    must(SUBNET_GROUP, "SubnetIds/*", SUBNET, &[], ("InvalidRequest", "Some input subnets in :[{}] are invalid.")),
    held(
        DB_INSTANCE,
        "DBSubnetGroupName",
        SUBNET_GROUP,
        &[],
        ("InvalidRequest", "DB subnet group '{}' does not exist."),
        GROUP_IN_USE,
    ),
    held(
        DB_CLUSTER,
        "DBSubnetGroupName",
        SUBNET_GROUP,
        &[],
        ("InvalidRequest", "DB subnet group '{}' does not exist."),
        GROUP_IN_USE,
    ),
    held(
        DB_INSTANCE,
        "DBParameterGroupName",
        "AWS::RDS::DBParameterGroup",
        &[],
        ("NotFound", "DBParameterGroup not found: {}"),
        (
            "ResourceConflict",
            "One or more database instances are still members of this parameter group {}, so the group cannot be deleted",
        ),
    ),
    held(
        DB_CLUSTER,
        "DBClusterParameterGroupName",
        "AWS::RDS::DBClusterParameterGroup",
        &[],
        ("NotFound", "DBClusterParameterGroup not found: {}"),
        (
            "ResourceConflict",
            "One or more database clusters are still members of this parameter group {}, so the group cannot be deleted",
        ),
    ),
    held(
        DB_INSTANCE,
        "DBClusterIdentifier",
        DB_CLUSTER,
        &[],
        ("InvalidRequest", "DBCluster {} not found."),
        ("ResourceConflict", "Cluster cannot be deleted, it still contains DB instances in non-deleting state."),
    ),
    must(DB_INSTANCE, "VPCSecurityGroups/*", GROUP, &[], NO_GROUP),
    must(DB_CLUSTER, "VpcSecurityGroupIds/*", GROUP, &[], NO_GROUP),
    must(DB_INSTANCE, "KmsKeyId", KEY, &["Arn"], NO_KEY),
    must(DB_CLUSTER, "KmsKeyId", KEY, &["Arn"], NO_KEY),
    // REST APIs.
    must(RESOURCE, "RestApiId", REST_API, &[], NO_API),
    must(METHOD, "RestApiId", REST_API, &[], NO_API),
    held(
        METHOD,
        "Integration/ConnectionId",
        VPC_LINK,
        &[],
        ("InvalidRequest", "Invalid VpcLink with Id: {} specified"),
        LINK_IN_USE,
    ),
    must(
        METHOD,
        "Integration/IntegrationTarget",
        LOAD_BALANCER,
        &[],
        ("InvalidRequest", "Invalid integration target specified {}"),
    ),
    must(
        METHOD,
        "AuthorizerId",
        "AWS::ApiGateway::Authorizer",
        &["AuthorizerId"],
        ("InvalidRequest", "Invalid authorizer ID specified {}"),
    ),
    must(DEPLOYMENT, "RestApiId", REST_API, &[], NO_API),
    must("AWS::ApiGateway::Authorizer", "RestApiId", REST_API, &[], NO_API),
    must(
        "AWS::ApiGateway::Authorizer",
        "ProviderARNs/*",
        USER_POOL,
        &["Arn"],
        ("InvalidRequest", "Invalid Cognito Identity Provider ARN specified {}"),
    ),
    must("AWS::ApiGateway::GatewayResponse", "RestApiId", REST_API, &[], NO_API),
    must(STAGE, "RestApiId", REST_API, &[], NO_API),
    held(
        STAGE,
        "DeploymentId",
        DEPLOYMENT,
        &["DeploymentId"],
        ("InvalidRequest", "Deployment id does not exist"),
        ("InvalidRequest", "Active stages pointing to this deployment must be moved or deleted"),
    ),
    must(MAPPING, "DomainName", DOMAIN, &[], ("NotFound", "Invalid domain name identifier specified")),
    held(
        MAPPING,
        "RestApiId",
        REST_API,
        &[],
        NO_API,
        ("InvalidRequest", "Please remove all base path mappings related to the API {} in your domains."),
    ),
    held(
        MAPPING,
        "DomainName",
        DOMAIN,
        &[],
        ("NotFound", "Invalid domain name identifier specified"),
        ("InvalidRequest", "Deleting domain names that have base path mappings is not allowed."),
    ),
    held(DOMAIN, "RegionalCertificateArn", CERTIFICATE, &[], NO_CERTIFICATE, CERTIFICATE_IN_USE),
    must(
        "AWS::ApiGateway::Account",
        "CloudWatchRoleArn",
        ROLE,
        &["Arn"],
        ("InvalidRequest", "The role ARN does not have required permissions configured: {}"),
    ),
    must(
        "AWS::ApiGateway::UsagePlanKey",
        "UsagePlanId",
        USAGE_PLAN,
        &[],
        ("NotFound", "Invalid Usage Plan ID specified"),
    ),
    must(
        "AWS::ApiGateway::UsagePlanKey",
        "KeyId",
        "AWS::ApiGateway::ApiKey",
        &[],
        ("NotFound", "Invalid API Key identifier specified"),
    ),
    must(USAGE_PLAN, "ApiStages/*/ApiId", REST_API, &[], NO_API),
    // HTTP APIs.
    must("AWS::ApiGatewayV2::Integration", "ApiId", API, &[], NO_API),
    held(
        "AWS::ApiGatewayV2::Integration",
        "ConnectionId",
        VPC_LINK,
        &[],
        ("InvalidRequest", "VpcLink {} not found"),
        LINK_IN_USE,
    ),
    must("AWS::ApiGatewayV2::Route", "ApiId", API, &[], NO_API),
    must("AWS::ApiGatewayV2::Stage", "ApiId", API, &[], NO_API),
    must("AWS::ApiGatewayV2::Authorizer", "ApiId", API, &[], NO_API),
    must(VPC_LINK, "SubnetIds/*", SUBNET, &[], NO_SUBNET),
    must(VPC_LINK, "SecurityGroupIds/*", GROUP, &[], NO_GROUP),
    // The web application firewall.
    held(
        ASSOCIATION,
        "WebACLArn",
        WEB_ACL,
        &["Arn"],
        (
            "InvalidRequest",
            "AWS WAF couldn\u{2019}t perform the operation because your resource doesn\u{2019}t exist: {}",
        ),
        (
            "ResourceConflict",
            "AWS WAF couldn\u{2019}t delete the resource {} because it\u{2019}s associated with another resource.",
        ),
    ),
    must(
        "AWS::WAFv2::LoggingConfiguration",
        "ResourceArn",
        WEB_ACL,
        &["Arn"],
        (
            "InvalidRequest",
            "AWS WAF couldn\u{2019}t perform the operation because your resource doesn\u{2019}t exist: {}",
        ),
    ),
    // Identity.
    must("AWS::IAM::RolePolicy", "RoleName", ROLE, &[], ("NotFound", "The role with name {} cannot be found.")),
    held(
        ROLE,
        "ManagedPolicyArns/*",
        POLICY,
        &[],
        ("NotFound", "Policy {} does not exist or is not attachable."),
        ("ResourceConflict", "Cannot delete a policy attached to entities."),
    ),
    must("AWS::Cognito::UserPoolClient", "UserPoolId", USER_POOL, &[], NO_POOL),
    must("AWS::Cognito::UserPoolResourceServer", "UserPoolId", USER_POOL, &[], NO_POOL),
    held(
        "AWS::Cognito::UserPoolDomain",
        "UserPoolId",
        USER_POOL,
        &[],
        NO_POOL,
        ("InvalidRequest", "User pool cannot be deleted. It has a domain configured that should be deleted first."),
    ),
    // Secrets and keys.
    must("AWS::SecretsManager::ResourcePolicy", "SecretId", SECRET, &["Name"], NO_SECRET),
    must("AWS::SecretsManager::RotationSchedule", "SecretId", SECRET, &["Name"], NO_SECRET),
    must("AWS::SecretsManager::SecretTargetAttachment", "SecretId", SECRET, &["Name"], NO_SECRET),
    must("AWS::KMS::Alias", "TargetKeyId", KEY, &["Arn"], ("NotFound", "Key '{}' does not exist")),
    must(SECRET, "KmsKeyId", KEY, &["Arn"], NO_KEY),
    must(
        LOG_GROUP,
        "KmsKeyId",
        KEY,
        &["Arn"],
        ("InvalidRequest", "The specified KMS key does not exist or is not allowed to be used with LogGroup '{}'"),
    ),
    // The rest.
    must(
        "AWS::Logs::MetricFilter",
        "LogGroupName",
        LOG_GROUP,
        &[],
        ("NotFound", "The specified log group does not exist."),
    ),
    held(
        "AWS::Route53::RecordSet",
        "HostedZoneId",
        ZONE,
        &[],
        ("NotFound", "No hosted zone found with ID: {}"),
        (
            "InvalidRequest",
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        ),
    ),
    must("AWS::S3::BucketPolicy", "Bucket", BUCKET, &[], ("NotFound", "The specified bucket does not exist")),
    must(ALARM, "AlarmActions/*", "AWS::SNS::Topic", &[], ("InvalidRequest", "Invalid alarm action {}")),
];

/// What goes with a resource when it is deleted: type, property that names the other, the other's type.
const OWNED: &[(&str, &str, &str)] = &[
    (RESOURCE, "RestApiId", REST_API),
    (METHOD, "RestApiId", REST_API),
    (DEPLOYMENT, "RestApiId", REST_API),
    (STAGE, "RestApiId", REST_API),
    ("AWS::ApiGateway::Authorizer", "RestApiId", REST_API),
    ("AWS::ApiGateway::GatewayResponse", "RestApiId", REST_API),
    (RESOURCE, "ParentId", RESOURCE),
    (METHOD, "ResourceId", RESOURCE),
    ("AWS::ApiGatewayV2::Integration", "ApiId", API),
    ("AWS::ApiGatewayV2::Route", "ApiId", API),
    ("AWS::ApiGatewayV2::Stage", "ApiId", API),
    ("AWS::ApiGatewayV2::Authorizer", "ApiId", API),
    (LISTENER, "LoadBalancerArn", LOAD_BALANCER),
    (RULE, "ListenerArn", LISTENER),
    ("AWS::Cognito::UserPoolClient", "UserPoolId", USER_POOL),
    ("AWS::Cognito::UserPoolResourceServer", "UserPoolId", USER_POOL),
    ("AWS::IAM::RolePolicy", "RoleName", ROLE),
    ("AWS::Logs::MetricFilter", "LogGroupName", LOG_GROUP),
    ("AWS::S3::BucketPolicy", "Bucket", BUCKET),
    ("AWS::SecretsManager::ResourcePolicy", "SecretId", SECRET),
    ("AWS::SecretsManager::RotationSchedule", "SecretId", SECRET),
    ("AWS::SecretsManager::SecretTargetAttachment", "SecretId", SECRET),
    ("AWS::WAFv2::LoggingConfiguration", "ResourceArn", WEB_ACL),
    (ASSOCIATION, "ResourceArn", LOAD_BALANCER),
];

/// What must not be the same in two resources of a type; identifiers never are.
const UNIQUE: &[(&str, &[&str])] = &[
    (LOAD_BALANCER, &["Name"]),
    (TARGET_GROUP, &["Name"]),
    (LISTENER, &["LoadBalancerArn", "Port"]),
    (RULE, &["ListenerArn", "Priority"]),
    (SERVICE, &["Cluster", "ServiceName"]),
    (SECRET, &["Name"]),
    (POLICY, &["ManagedPolicyName"]),
    (WEB_ACL, &["Name", "Scope"]),
    ("AWS::WAFv2::IPSet", &["Name", "Scope"]),
    (RESOURCE, &["RestApiId", "ParentId", "PathPart"]),
    ("AWS::ApiGateway::Authorizer", &["RestApiId", "Name"]),
    ("AWS::ApiGateway::ApiKey", &["Name"]),
    ("AWS::ApiGatewayV2::Route", &["ApiId", "RouteKey"]),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", &["PolicyName", "ResourceId", "ScalableDimension"]),
    ("AWS::SNS::Topic", &["TopicName"]),
    ("AWS::SQS::Queue", &["QueueName"]),
    ("AWS::XRay::Group", &["GroupName"]),
    // One web ACL protects a resource.
    (ASSOCIATION, &["ResourceArn"]),
];

/// Names that are taken wherever and whosever the other is.
const UNIQUE_ANYWHERE: &[&str] = &[BUCKET];

/// The identifier of a resource that has what must be unique.
pub(crate) fn same_as(
    world: &World,
    caller: &Caller,
    type_name: &str,
    identifier: &str,
    model: &Value,
) -> Option<String> {
    let state = &world.cloud_control;
    if UNIQUE_ANYWHERE.contains(&type_name) && state.anywhere(type_name).any(|(_, other)| other == identifier) {
        return Some(identifier.to_owned());
    }
    let properties = UNIQUE.iter().find(|(of, _)| *of == type_name).map_or(&[][..], |(_, properties)| *properties);
    let same = |resource: &Resource| {
        !properties.is_empty()
            && properties.iter().all(|name| !model[*name].is_null() && resource.model[*name] == model[*name])
    };
    let mut all = state.of_type(&caller.account, &caller.region, type_name);
    all.find(|(other, resource)| *other == identifier || same(resource)).map(|(other, _)| other.clone())
}

/// Why a model cannot be: something that it refers to is not there.
pub(crate) fn missing(call: &mut Call<'_>, type_name: &str, model: &Value) -> Option<Failure> {
    for reference in REFERENCES.iter().filter(|reference| reference.of == type_name) {
        for named in Pointer::of(reference.at).texts(model) {
            if !is_there(call, reference, &named) {
                let (code, message) = reference.missing;
                return Some((code, message.replace("{}", &named)));
            }
        }
    }
    None
}

fn is_there(call: &mut Call<'_>, reference: &Reference, named: &str) -> bool {
    let Call { world, caller, now } = call;
    if matches!(reference.to, SUBNET | GROUP | VPC) {
        let state = world.ec2(&caller.account, &caller.region);
        return match reference.to {
            SUBNET => state.subnets.get(named).is_some(),
            GROUP => state.security_groups.get(named).is_some(),
            _ => ec2::vpc::find(state, named, *now).is_ok(),
        };
    }
    if is_elsewhere(named, &caller.account) || is_from_the_start(reference.to, named) {
        return true;
    }
    let mut all = world.cloud_control.of_type(&caller.account, &caller.region, reference.to);
    all.any(|(identifier, resource)| resource.ready <= *now && names(reference, named, identifier, resource))
}

/// True for an ARN of another account, or of AWS itself: the twin lets it be.
fn is_elsewhere(named: &str, account: &str) -> bool {
    let mut parts = named.split(':');
    parts.next() == Some("arn") && parts.nth(3).is_some_and(|owner| !owner.is_empty() && owner != account)
}

/// True for what every account has.
fn is_from_the_start(type_name: &str, named: &str) -> bool {
    match type_name {
        "AWS::RDS::DBParameterGroup" | "AWS::RDS::DBClusterParameterGroup" => named.starts_with("default."),
        KEY => named.contains("alias/") || named.ends_with("00000000-0000-4000-8000-000000000000"),
        // Roles that AWS makes for its services, and those of the world's accounts that are not made here.
        ROLE => named.contains(":role/aws-service-role/") || named.ends_with("role/OrganizationAccountAccessRole"),
        "AWS::SNS::Topic" => !named.contains(":sns:"),
        _ => false,
    }
}

fn names(reference: &Reference, named: &str, identifier: &str, resource: &Resource) -> bool {
    if reference.to == TASK_DEFINITION {
        let short = identifier.rsplit('/').next().unwrap_or_default();
        let family = short.rsplit_once(':').map_or(short, |(family, _)| family);
        return [identifier, short, family].contains(&named);
    }
    identifier == named
        || (reference.to.starts_with("AWS::RDS::") && identifier.eq_ignore_ascii_case(named))
        || reference.by.iter().any(|property| resource.model[*property] == named)
}

/// Why a resource cannot be deleted: another refers to it.
pub(crate) fn holder(call: &Call<'_>, type_name: &str, identifier: &str, resource: &Resource) -> Option<Failure> {
    let state = &call.world.cloud_control;
    for reference in REFERENCES.iter().filter(|reference| reference.to == type_name) {
        let Some((code, message)) = reference.holds else { continue };
        let pointer = Pointer::of(reference.at);
        let mut all = state.of_type(&call.caller.account, &call.caller.region, reference.of);
        let by = all.find(|(_, other)| {
            pointer.texts(&other.model).iter().any(|named| names(reference, named, identifier, resource))
        });
        if let Some((by, _)) = by {
            return Some((code, message.replace("{by}", by).replace("{}", identifier)));
        }
    }
    None
}

/// What goes with a resource: type and identifier of each.
pub(crate) fn owned(
    world: &World,
    caller: &Caller,
    type_name: &str,
    identifier: &str,
    resource: &Resource,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (of, property, _) in OWNED.iter().filter(|(_, _, owner)| *owner == type_name) {
        let own = owner_key(type_name).and_then(|key| resource.model[key].as_str());
        for (other, child) in world.cloud_control.of_type(&caller.account, &caller.region, of) {
            let named = child.model[*property].as_str().unwrap_or_default();
            if named == identifier || own.is_some_and(|own| own == named) {
                found.push(((*of).to_owned(), other.clone()));
            }
        }
    }
    found
}

/// The property by which what it owns names a resource, where that is not its identifier.
fn owner_key(type_name: &str) -> Option<&'static str> {
    match type_name {
        RESOURCE => Some("ResourceId"),
        SECRET => Some("Name"),
        WEB_ACL => Some("Arn"),
        _ => None,
    }
}
