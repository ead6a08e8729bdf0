//! What services demand of models beyond schemas and references, and what keeps a resource from being deleted.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::Value;

use super::pointer::Pointer;
use super::relations::Failure;
use super::state::Resource;
use crate::twin::time::Moment;
use crate::twin::world::Call;

fn refused(message: impl Into<String>) -> Option<Failure> {
    Some(("InvalidRequest", message.into()))
}

/// Why a service refuses a model; `before` is what the resource was, where it is being changed.
pub(crate) fn refusal(
    call: &mut Call<'_>,
    type_name: &str,
    model: &Value,
    before: Option<&Resource>,
) -> Option<Failure> {
    match type_name {
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => load_balancer(call, model, before),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => target_group(model),
        "AWS::ECS::Service" => service(call, model, before),
        "AWS::RDS::DBSubnetGroup" => subnet_group(call, model),
        "AWS::RDS::DBInstance" => database(model, before),
        "AWS::SecretsManager::Secret" => secret(call, model, before),
        "AWS::ApiGateway::Resource" => api_resource(call, model),
        "AWS::ApiGateway::Method" => method(call, model),
        "AWS::ApiGateway::Stage" => stage(call, model),
        "AWS::WAFv2::WebACLAssociation" => association(call, model),
        "AWS::WAFv2::WebACL" | "AWS::WAFv2::IPSet"
            if model["Scope"] == "CLOUDFRONT" && call.caller.region != "us-east-1" =>
        {
            refused("The scope is not valid: CLOUDFRONT resources must be made in us-east-1.")
        }
        "AWS::WAFv2::LoggingConfiguration" => logging(call, model),
        "AWS::ApplicationAutoScaling::ScalableTarget" => scalable_target(call, model),
        "AWS::ApplicationAutoScaling::ScalingPolicy" => scaling_policy(call, model),
        _ => None,
    }
}

/// The zones of subnets, one for each.
fn zones(call: &mut Call<'_>, subnets: &[String]) -> Vec<String> {
    let state = call.ec2();
    subnets.iter().filter_map(|id| state.subnets.get(id).map(|subnet| subnet.zone.id.clone())).collect()
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>
fn load_balancer(call: &mut Call<'_>, model: &Value, before: Option<&Resource>) -> Option<Failure> {
    let mut subnets = Pointer::of("SubnetMappings/*/SubnetId").texts(model);
    if subnets.is_empty() {
        subnets = Pointer::of("Subnets/*").texts(model);
    }
    let zones = zones(call, &subnets);
    let different: BTreeSet<&String> = zones.iter().collect();
    if different.len() < zones.len() {
        return refused("A load balancer cannot be attached to multiple subnets in the same Availability Zone");
    }
    let is_network = model["Type"] == "network";
    if !is_network && model["Type"] != "gateway" && different.len() < 2 {
        return refused("At least two subnets in two different Availability Zones must be specified");
    }
    if different.is_empty() {
        return refused("You must specify subnets");
    }
    let vpcs: BTreeSet<String> =
        subnets.iter().filter_map(|id| call.ec2().subnets.get(id).map(|subnet| subnet.vpc_id.clone())).collect();
    if vpcs.len() > 1 {
        return refused("All subnets must belong to the same VPC");
    }
    let groups = Pointer::of("SecurityGroups/*").texts(model);
    let is_without = |resource: &Resource| Pointer::of("SecurityGroups/*").texts(&resource.model).is_empty();
    if is_network && before.is_some_and(|before| is_without(before) && !groups.is_empty()) {
        return refused(
            "Security groups cannot be added to a Network Load Balancer that was created without security groups",
        );
    }
    let taken =
        |address: &str, subnet: &str| format!("The private IPv4 address {address} is not available in subnet {subnet}");
    for mapping in Pointer::of("SubnetMappings/*").values(model) {
        let Some(address) = mapping["PrivateIPv4Address"].as_str() else { continue };
        let subnet = mapping["SubnetId"].as_str().unwrap_or_default();
        let own = before.map(|before| before.interfaces.clone()).unwrap_or_default();
        let now = call.now;
        let state = call.ec2();
        let parsed: Option<Ipv4Addr> = address.parse().ok();
        let is_inside = parsed.is_some_and(|address| {
            state.subnets.get(subnet).is_some_and(|subnet| subnet.assignable().any(|one| one == address))
        });
        let is_taken = state
            .network_interfaces
            .in_subnet(subnet, now)
            .any(|(id, interface)| Some(interface.private_ip) == parsed && !own.contains(id));
        if !is_inside || is_taken {
            return refused(taken(address, subnet));
        }
    }
    None
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html>
fn target_group(model: &Value) -> Option<Failure> {
    if model["TargetType"] != "lambda"
        && (model["VpcId"].is_null() || model["Port"].is_null() || model["Protocol"].is_null())
    {
        return refused("A port, a protocol and a VPC ID must be specified");
    }
    if model["TargetType"] == "ip" {
        for target in Pointer::of("Targets/*/Id").texts(model) {
            let is_private = target.parse::<Ipv4Addr>().is_ok_and(|address| {
                let [a, b, ..] = address.octets();
                address.is_private() || (a == 100 && (64..128).contains(&b))
            });
            if !is_private {
                return refused(format!("The IP address '{target}' is not a valid IPv4 address of a target"));
            }
        }
    }
    None
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
fn service(call: &mut Call<'_>, model: &Value, before: Option<&Resource>) -> Option<Failure> {
    if before.is_some_and(|before| before.hidden["VolumeConfigurations"].is_array())
        && model["VolumeConfigurations"].is_null()
    {
        return refused(
            "volumeConfigurations must be specified: the task definition has a volume that is configured at launch.",
        );
    }
    let (account, region) = (call.caller.account.clone(), call.caller.region.clone());
    for arn in Pointer::of("LoadBalancers/*/TargetGroupArn").texts(model) {
        let state = &call.world.cloud_control;
        let forwards = |type_name: &str, property: &str| {
            state.of_type(&account, &region, type_name).any(|(_, other)| {
                let direct = Pointer::of(&format!("{property}/*/TargetGroupArn")).texts(&other.model);
                let weighed = Pointer::of(&format!("{property}/*/ForwardConfig/TargetGroups/*/TargetGroupArn"))
                    .texts(&other.model);
                other.ready <= call.now && (direct.contains(&arn) || weighed.contains(&arn))
            })
        };
        if !forwards("AWS::ElasticLoadBalancingV2::Listener", "DefaultActions")
            && !forwards("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions")
        {
            return refused(format!(
                "The target group with targetGroupArn {arn} does not have an associated load balancer."
            ));
        }
        let kind = state
            .resource(&account, &region, "AWS::ElasticLoadBalancingV2::TargetGroup", &arn)
            .map(|group| group.model["TargetType"].clone());
        let is_awsvpc = model["NetworkConfiguration"]["AwsvpcConfiguration"].is_object();
        if is_awsvpc && kind.is_some_and(|kind| kind != "ip") {
            return refused(format!(
                "The provided target group {arn} has target type instance, which is incompatible with the awsvpc \
                 network mode specified in the task definition."
            ));
        }
    }
    if model["LaunchType"] == "FARGATE" && !model["NetworkConfiguration"]["AwsvpcConfiguration"].is_object() {
        return refused("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
    }
    None
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>
fn subnet_group(call: &mut Call<'_>, model: &Value) -> Option<Failure> {
    let subnets = Pointer::of("SubnetIds/*").texts(model);
    let zones: BTreeSet<String> = zones(call, &subnets).into_iter().collect();
    if zones.len() < 2 {
        return refused(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: 1. Add \
             subnets to cover at least 2 AZs. (DBSubnetGroupDoesNotCoverEnoughAZs)",
        );
    }
    None
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>
fn database(model: &Value, before: Option<&Resource>) -> Option<Failure> {
    let is_managed = model["ManageMasterUserPassword"] == true;
    if is_managed && !model["MasterUserPassword"].is_null() {
        return refused("You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.");
    }
    let is_part = !model["DBClusterIdentifier"].is_null();
    let is_copy = ["SourceDBInstanceIdentifier", "DBSnapshotIdentifier"].iter().any(|name| !model[*name].is_null());
    if before.is_none() && !is_part && !is_copy {
        if model["Engine"].is_null() || model["DBInstanceClass"].is_null() {
            return refused("The parameters Engine and DBInstanceClass must be provided.");
        }
        if model["AllocatedStorage"].is_null() {
            return refused("Invalid storage size for engine name and storage type: null");
        }
        if !is_managed && model["MasterUserPassword"].is_null() {
            return refused("MasterUserPassword must be provided when ManageMasterUserPassword is set to false");
        }
    }
    // A handler that reads no password takes the management of it to be switched off.
    let was_managed = before.is_some_and(|before| before.model["ManageMasterUserPassword"] == true);
    let says_no = before.is_some() && model["ManageMasterUserPassword"] == false;
    if ((was_managed && !is_managed) || says_no) && model["MasterUserPassword"].is_null() {
        return refused("MasterUserPassword must be provided when ManageMasterUserPassword is set to false");
    }
    if model["MultiAZ"] == true && !model["AvailabilityZone"].is_null() && before.is_none() {
        return refused("Requesting a specific availability zone is not valid for Multi-AZ instances.");
    }
    None
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
fn secret(call: &mut Call<'_>, model: &Value, before: Option<&Resource>) -> Option<Failure> {
    if !model["SecretString"].is_null() && !model["GenerateSecretString"].is_null() {
        return refused("You can't specify both SecretString and GenerateSecretString.");
    }
    let (account, region) = (call.caller.account.clone(), call.caller.region.clone());
    let name = model["Name"].as_str().unwrap_or_default();
    let until = call.world.cloud_control.regional(&account, &region).secrets_in_recovery.get(name).copied();
    if before.is_none() && until.is_some_and(|until| until > call.now) {
        return refused(
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
    }
    None
}

/// The parent of a resource is the root of its API, or another resource of it.
fn api_resource(call: &Call<'_>, model: &Value) -> Option<Failure> {
    let parent = model["ParentId"].as_str().unwrap_or_default();
    (!is_api_resource(call, model["RestApiId"].as_str().unwrap_or_default(), parent))
        .then(|| ("NotFound", "Invalid Resource identifier specified".to_owned()))
}

fn is_api_resource(call: &Call<'_>, api: &str, id: &str) -> bool {
    let (state, account, region) = (&call.world.cloud_control, &call.caller.account, &call.caller.region);
    let root = state.resource(account, region, "AWS::ApiGateway::RestApi", api);
    root.is_some_and(|root| root.model["RootResourceId"] == id)
        || state.resource(account, region, "AWS::ApiGateway::Resource", &format!("{api}|{id}")).is_some()
}

/// <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>
fn method(call: &Call<'_>, model: &Value) -> Option<Failure> {
    let (api, id) = (model["RestApiId"].as_str().unwrap_or_default(), model["ResourceId"].as_str().unwrap_or_default());
    if !is_api_resource(call, api, id) {
        return Some(("NotFound", "Invalid Resource identifier specified".to_owned()));
    }
    let integration = &model["Integration"];
    if integration["ConnectionType"] == "VPC_LINK" {
        if integration["ConnectionId"].is_null() {
            return refused("ConnectionId is required for VPC_LINK");
        }
        // The twin has VPC links of the second version only.
        if integration["IntegrationTarget"].is_null() {
            return refused("IntegrationTarget is required for VpcLinkV2");
        }
    }
    if model["AuthorizationType"] == "COGNITO_USER_POOLS" && model["AuthorizerId"].is_null() {
        return refused(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
        );
    }
    None
}

/// A stage that logs needs the account's role.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>
fn stage(call: &Call<'_>, model: &Value) -> Option<Failure> {
    let logs = Pointer::of("MethodSettings/*/LoggingLevel").texts(model).iter().any(|level| level != "OFF")
        || model["AccessLogSetting"].is_object();
    let mut accounts =
        call.world.cloud_control.of_type(&call.caller.account, &call.caller.region, "AWS::ApiGateway::Account");
    let has_role =
        accounts.any(|(_, account)| account.ready <= call.now && !account.model["CloudWatchRoleArn"].is_null());
    if logs && !has_role {
        return refused("CloudWatch Logs role ARN must be set in account settings to enable logging");
    }
    if model["DeploymentId"].is_null() {
        return refused("Deployment id must be specified");
    }
    None
}

/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html>
fn association(call: &Call<'_>, model: &Value) -> Option<Failure> {
    let (state, account, region) = (&call.world.cloud_control, &call.caller.account, &call.caller.region);
    let arn = model["ResourceArn"].as_str().unwrap_or_default();
    let gone = "AWS WAF couldn\u{2019}t perform the operation because your resource doesn\u{2019}t exist.";
    let protected = if let Some(path) = arn.strip_prefix(&format!("arn:aws:apigateway:{region}::/restapis/")) {
        let stage = path.replacen("/stages/", "|", 1);
        state.resource(account, region, "AWS::ApiGateway::Stage", &stage)
    } else if arn.contains(":loadbalancer/app/") {
        state.resource(account, region, "AWS::ElasticLoadBalancingV2::LoadBalancer", arn)
    } else if arn.contains(":userpool/") {
        let pool = arn.rsplit('/').next().unwrap_or_default();
        state.resource(account, region, "AWS::Cognito::UserPool", pool)
    } else {
        return refused(
            "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.",
        );
    };
    let Some(protected) = protected.filter(|resource| resource.ready <= call.now) else {
        return refused(gone);
    };
    let acl =
        state.of_type(account, region, "AWS::WAFv2::WebACL").find(|(_, acl)| acl.model["Arn"] == model["WebACLArn"]);
    let usable = acl.map_or(Moment::EPOCH, |(_, acl)| acl.usable).max(protected.usable);
    if usable > call.now {
        let message = "AWS WAF couldn\u{2019}t retrieve the resource that you requested. Retry your request. (Service: \
                       Wafv2, Status Code: 400) (WAFUnavailableEntityException)";
        return Some(("GeneralServiceException", message.to_owned()));
    }
    None
}

/// <https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html>
fn logging(call: &Call<'_>, model: &Value) -> Option<Failure> {
    for arn in Pointer::of("LogDestinationConfigs/*").texts(model) {
        let name = arn.rsplit(':').find(|part| !part.is_empty() && *part != "*").unwrap_or_default();
        if !name.starts_with("aws-waf-logs-") {
            return refused(
                "Error reason: The ARN isn't valid. The name of a log destination must begin with aws-waf-logs-.",
            );
        }
        let is_group = arn.contains(":log-group:");
        if is_group && !call.world.logs.has_group(&call.caller.account, &call.caller.region, name) {
            return refused("Error reason: The log destination does not exist.");
        }
    }
    None
}

/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>
fn scalable_target(call: &Call<'_>, model: &Value) -> Option<Failure> {
    if model["ServiceNamespace"] != "ecs" {
        return None;
    }
    let id = model["ResourceId"].as_str().unwrap_or_default();
    let mut services = call.world.cloud_control.of_type(&call.caller.account, &call.caller.region, "AWS::ECS::Service");
    let is_there = services.any(|(_, service)| {
        service.ready <= call.now
            && service.model["ServiceArn"].as_str().is_some_and(|arn| arn.ends_with(&format!(":{id}")))
    });
    (!is_there).then(|| ("InvalidRequest", format!("ECS service doesn't exist: {id}")))
}

fn scaling_policy(call: &Call<'_>, model: &Value) -> Option<Failure> {
    let target = |name: &str| model[name].as_str().unwrap_or_default().to_owned();
    let named = [target("ResourceId"), target("ScalableDimension"), target("ServiceNamespace")].join("|");
    let id = model["ScalingTargetId"].as_str().map_or(named, str::to_owned);
    let mut targets = call.world.cloud_control.of_type(
        &call.caller.account,
        &call.caller.region,
        "AWS::ApplicationAutoScaling::ScalableTarget",
    );
    let is_there = targets.any(|(identifier, _)| *identifier == id);
    (!is_there).then(|| ("NotFound", format!("No scalable target registered for service namespace and resource: {id}")))
}

/// What keeps a resource from being deleted, other than what refers to it.
pub(crate) fn protection(type_name: &str, identifier: &str, resource: &Resource) -> Option<Failure> {
    let model = &resource.model;
    let attribute = |key: &str| {
        Pointer::of("LoadBalancerAttributes/*")
            .values(model)
            .iter()
            .any(|one| one["Key"] == key && one["Value"] == "true")
    };
    match type_name {
        "AWS::RDS::DBInstance" if model["DeletionProtection"] == true => {
            refused("Cannot delete protected DB Instance, please disable deletion protection and try again.")
        }
        "AWS::RDS::DBCluster" if model["DeletionProtection"] == true => {
            refused("Cannot delete protected Cluster, please disable deletion protection and try again.")
        }
        "AWS::ElasticLoadBalancingV2::LoadBalancer" if attribute("deletion_protection.enabled") => {
            refused(format!("Load balancer '{identifier}' cannot be deleted because deletion protection is enabled"))
        }
        "AWS::Cognito::UserPool" if model["DeletionProtection"] == "ACTIVE" => refused(
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be \
             inactivated first.",
        ),
        "AWS::Logs::LogGroup" if model["DeletionProtectionEnabled"] == true => {
            refused("The log group cannot be deleted because deletion protection is enabled.")
        }
        "AWS::ECR::Repository" if resource.contents > 0 && resource.hidden["EmptyOnDelete"] != true => refused(
            format!("The repository with name '{identifier}' cannot be deleted because it still contains images"),
        ),
        "AWS::S3::Bucket" if resource.contents > 0 => {
            refused("The bucket you tried to delete is not empty. You must delete all versions in the bucket.")
        }
        _ => None,
    }
}
