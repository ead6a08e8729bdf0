//! What only AWS sets: ids, ARNs, addresses. A table for the types that the twin knows, and something plausible for others.

use serde_json::{Value, json};

use super::pointer::Pointer;
use super::schemas::Schema;
use crate::twin::world::World;

/// Type, place, and the text with `${…}`: a property's name, or one of `account`, `region`, `uuid`, `now`, `revision`, or
/// `hex`, `lower`, `upper`, `digits` with a length.
const VALUES: &[(&str, &str, &str)] = &[
    ("AWS::ApiGateway::Account", "Id", "${account}"),
    ("AWS::ApiGateway::ApiKey", "APIKeyId", "${lower10}"),
    ("AWS::ApiGateway::Authorizer", "AuthorizerId", "${lower6}"),
    ("AWS::ApiGateway::Deployment", "DeploymentId", "${lower6}"),
    ("AWS::ApiGateway::DomainName", "DomainNameArn", "arn:aws:apigateway:${region}::/domainnames/${DomainName}"),
    ("AWS::ApiGateway::DomainName", "RegionalHostedZoneId", "Z${upper13}"),
    ("AWS::ApiGateway::DomainName", "RegionalDomainName", "d-${lower10}.execute-api.${region}.amazonaws.com"),
    ("AWS::ApiGateway::GatewayResponse", "Id", "${RestApiId}${ResponseType}"),
    ("AWS::ApiGateway::Resource", "ResourceId", "${lower6}"),
    ("AWS::ApiGateway::RestApi", "RestApiId", "${lower10}"),
    ("AWS::ApiGateway::RestApi", "RootResourceId", "${lower10}"),
    ("AWS::ApiGateway::UsagePlan", "Id", "${lower6}"),
    ("AWS::ApiGateway::UsagePlanKey", "Id", "${KeyId}:${UsagePlanId}"),
    ("AWS::ApiGatewayV2::Api", "ApiId", "${lower10}"),
    ("AWS::ApiGatewayV2::Api", "ApiEndpoint", "https://${ApiId}.execute-api.${region}.amazonaws.com"),
    ("AWS::ApiGatewayV2::Api", "ExecuteApiArn", "arn:aws:execute-api:${region}:${account}:${ApiId}"),
    ("AWS::ApiGatewayV2::Authorizer", "AuthorizerId", "${lower6}"),
    ("AWS::ApiGatewayV2::Integration", "IntegrationId", "${lower7}"),
    ("AWS::ApiGatewayV2::Route", "RouteId", "${lower7}"),
    ("AWS::ApiGatewayV2::VpcLink", "VpcLinkId", "${lower6}"),
    ("AWS::ApplicationAutoScaling::ScalableTarget", "Id", "${ResourceId}|${ScalableDimension}|${ServiceNamespace}"),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Arn",
        "arn:aws:autoscaling:${region}:${account}:scalingPolicy:${uuid}:resource/${ServiceNamespace}/${ResourceId}:\
         policyName/${PolicyName}",
    ),
    ("AWS::CertificateManager::Certificate", "CertificateArn", "arn:aws:acm:${region}:${account}:certificate/${uuid}"),
    ("AWS::CloudWatch::Alarm", "Arn", "arn:aws:cloudwatch:${region}:${account}:alarm:${AlarmName}"),
    ("AWS::Cognito::UserPool", "UserPoolId", "${region}_${mixed9}"),
    ("AWS::Cognito::UserPool", "Arn", "arn:aws:cognito-idp:${region}:${account}:userpool/${UserPoolId}"),
    ("AWS::Cognito::UserPool", "ProviderName", "cognito-idp.${region}.amazonaws.com/${UserPoolId}"),
    ("AWS::Cognito::UserPool", "ProviderURL", "https://cognito-idp.${region}.amazonaws.com/${UserPoolId}"),
    ("AWS::Cognito::UserPoolClient", "ClientId", "${lower26}"),
    ("AWS::Cognito::UserPoolClient", "Name", "${ClientName}"),
    ("AWS::Cognito::UserPoolDomain", "CloudFrontDistribution", ""),
    ("AWS::ECR::Repository", "Arn", "arn:aws:ecr:${region}:${account}:repository/${RepositoryName}"),
    ("AWS::ECR::Repository", "RepositoryUri", "${account}.dkr.ecr.${region}.amazonaws.com/${RepositoryName}"),
    ("AWS::ECR::RepositoryCreationTemplate", "CreatedAt", "${now}"),
    ("AWS::ECR::RepositoryCreationTemplate", "UpdatedAt", "${now}"),
    ("AWS::ECS::Cluster", "Arn", "arn:aws:ecs:${region}:${account}:cluster/${ClusterName}"),
    ("AWS::ECS::Service", "ServiceArn", "arn:aws:ecs:${region}:${account}:service/${cluster}/${ServiceName}"),
    ("AWS::ECS::Service", "Name", "${ServiceName}"),
    (
        "AWS::ECS::TaskDefinition",
        "TaskDefinitionArn",
        "arn:aws:ecs:${region}:${account}:task-definition/${Family}:${revision}",
    ),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerName", "${Name}"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName", "${kind}/${Name}/${hex16}"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "LoadBalancerArn",
        "arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/${LoadBalancerFullName}",
    ),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "CanonicalHostedZoneID", "Z${upper13}"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName", "${dns}"),
    ("AWS::ElasticLoadBalancingV2::Listener", "ListenerArn", "${listener}"),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", "RuleArn", "${rule}"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupName", "${Name}"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName", "targetgroup/${Name}/${hex16}"),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "TargetGroupArn",
        "arn:aws:elasticloadbalancing:${region}:${account}:${TargetGroupFullName}",
    ),
    ("AWS::IAM::ManagedPolicy", "PolicyArn", "arn:aws:iam::${account}:policy${path}${ManagedPolicyName}"),
    ("AWS::IAM::ManagedPolicy", "PolicyId", "ANPA${upper17}"),
    ("AWS::IAM::ManagedPolicy", "DefaultVersionId", "v1"),
    ("AWS::IAM::ManagedPolicy", "CreateDate", "${now}"),
    ("AWS::IAM::ManagedPolicy", "UpdateDate", "${now}"),
    ("AWS::IAM::Role", "Arn", "arn:aws:iam::${account}:role${path}${RoleName}"),
    ("AWS::IAM::Role", "RoleId", "AROA${upper17}"),
    ("AWS::IAM::ServiceLinkedRole", "RoleName", "AWSServiceRoleFor${service-name}"),
    ("AWS::KMS::Key", "KeyId", "${uuid}"),
    ("AWS::KMS::Key", "Arn", "arn:aws:kms:${region}:${account}:key/${KeyId}"),
    ("AWS::Logs::LogGroup", "Arn", "arn:aws:logs:${region}:${account}:log-group:${LogGroupName}:*"),
    ("AWS::RDS::DBCluster", "DBClusterArn", "arn:aws:rds:${region}:${account}:cluster:${DBClusterIdentifier}"),
    ("AWS::RDS::DBCluster", "DBClusterResourceId", "cluster-${upper26}"),
    ("AWS::RDS::DBCluster", "Endpoint/Address", "${DBClusterIdentifier}.cluster-${suffix}.${region}.rds.amazonaws.com"),
    ("AWS::RDS::DBCluster", "Endpoint/Port", "${Port}"),
    (
        "AWS::RDS::DBCluster",
        "ReadEndpoint/Address",
        "${DBClusterIdentifier}.cluster-ro-${suffix}.${region}.rds.amazonaws.com",
    ),
    ("AWS::RDS::DBInstance", "DBInstanceArn", "arn:aws:rds:${region}:${account}:db:${DBInstanceIdentifier}"),
    ("AWS::RDS::DBInstance", "DbiResourceId", "db-${upper26}"),
    ("AWS::RDS::DBInstance", "Endpoint/Address", "${DBInstanceIdentifier}.${suffix}.${region}.rds.amazonaws.com"),
    ("AWS::RDS::DBInstance", "Endpoint/Port", "${Port}"),
    ("AWS::RDS::DBInstance", "Endpoint/HostedZoneId", "Z${upper13}"),
    ("AWS::RDS::DBInstance", "DBInstanceStatus", "available"),
    ("AWS::RDS::DBInstance", "InstanceCreateTime", "${now}"),
    ("AWS::RDS::DBInstance", "CertificateDetails/CAIdentifier", "rds-ca-rsa2048-g1"),
    ("AWS::RDS::DBInstance", "CertificateDetails/ValidTill", "2061-05-21T00:00:00Z"),
    (
        "AWS::RDS::DBParameterGroup",
        "DBParameterGroupArn",
        "arn:aws:rds:${region}:${account}:pg:${DBParameterGroupName}",
    ),
    ("AWS::RDS::DBSubnetGroup", "DBSubnetGroupArn", "arn:aws:rds:${region}:${account}:subgrp:${DBSubnetGroupName}"),
    ("AWS::Route53::HostedZone", "Id", "Z${upper20}"),
    ("AWS::S3::Bucket", "Arn", "arn:aws:s3:::${BucketName}"),
    ("AWS::S3::Bucket", "DomainName", "${BucketName}.s3.amazonaws.com"),
    ("AWS::S3::Bucket", "DualStackDomainName", "${BucketName}.s3.dualstack.${region}.amazonaws.com"),
    ("AWS::S3::Bucket", "RegionalDomainName", "${BucketName}.s3.${region}.amazonaws.com"),
    ("AWS::S3::Bucket", "WebsiteURL", "http://${BucketName}.s3-website-${region}.amazonaws.com"),
    ("AWS::SNS::Topic", "TopicArn", "arn:aws:sns:${region}:${account}:${TopicName}"),
    ("AWS::SQS::Queue", "Arn", "arn:aws:sqs:${region}:${account}:${QueueName}"),
    ("AWS::SQS::Queue", "QueueUrl", "https://sqs.${region}.amazonaws.com/${account}/${QueueName}"),
    ("AWS::SSM::Parameter", "Arn", "arn:aws:ssm:${region}:${account}:parameter/${bare-name}"),
    ("AWS::SecretsManager::Secret", "Id", "arn:aws:secretsmanager:${region}:${account}:secret:${Name}-${mixed6}"),
    ("AWS::SecretsManager::ResourcePolicy", "Id", "${SecretId}"),
    ("AWS::SecretsManager::RotationSchedule", "Id", "${SecretId}"),
    ("AWS::SecretsManager::SecretTargetAttachment", "Id", "${SecretId}"),
    ("AWS::WAFv2::IPSet", "Id", "${uuid}"),
    ("AWS::WAFv2::IPSet", "Arn", "arn:aws:wafv2:${region}:${account}:${scope}/ipset/${Name}/${Id}"),
    ("AWS::WAFv2::WebACL", "Id", "${uuid}"),
    ("AWS::WAFv2::WebACL", "Arn", "arn:aws:wafv2:${region}:${account}:${scope}/webacl/${Name}/${Id}"),
    ("AWS::WAFv2::WebACL", "LabelNamespace", "awswaf:${account}:webacl:${Name}:"),
    ("AWS::XRay::Group", "GroupARN", "arn:aws:xray:${region}:${account}:group/${GroupName}/${upper26}"),
    ("AWS::XRay::SamplingRule", "RuleARN", "arn:aws:xray:${region}:${account}:sampling-rule/${rule-name}"),
    ("AWS::XRay::TransactionSearchConfig", "AccountId", "${account}"),
];

/// Where and for whom values are made up, and what the model does not tell.
pub(crate) struct Maker<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// The number of a task definition in its family.
    pub(crate) revision: u64,
}

impl Maker<'_> {
    /// Puts into a model what AWS sets, where it is not there yet.
    pub(crate) fn fill(&mut self, schema: &Schema, model: &mut Value) {
        let mut is_known = false;
        for (_, path, template) in VALUES.iter().filter(|(type_name, ..)| *type_name == schema.type_name) {
            is_known = true;
            let pointer = Pointer::of(path);
            let top = path.split('/').next().unwrap_or_default();
            if schema.property(top).is_none() || !pointer.values(model).is_empty() {
                continue;
            }
            if let Some(text) = self.text(schema, template, model).filter(|text| !text.is_empty()) {
                pointer.set(model, Value::from(text));
            }
        }
        self.others(schema, model);
        if !is_known {
            self.plausible(schema, model);
        }
        self.identify(schema, model);
    }

    /// What is no text.
    fn others(&mut self, schema: &Schema, model: &mut Value) {
        match schema.type_name.as_str() {
            "AWS::ElasticLoadBalancingV2::ListenerRule" => model["IsDefault"] = json!(false),
            "AWS::ElasticLoadBalancingV2::TargetGroup" if model["LoadBalancerArns"].is_null() => {
                model["LoadBalancerArns"] = json!([]);
            }
            "AWS::IAM::ManagedPolicy" => {
                for (name, value) in [
                    ("AttachmentCount", json!(0)),
                    ("IsAttachable", json!(true)),
                    ("PermissionsBoundaryUsageCount", json!(0)),
                ] {
                    if model[name].is_null() {
                        model[name] = value;
                    }
                }
            }
            "AWS::Route53::HostedZone" if model["NameServers"].is_null() => {
                let server = |(number, domain): (usize, &str)| {
                    let drawn = self.world.draw("name-server") % 512;
                    json!(format!("ns-{}.awsdns-{:02}.{domain}", drawn + number as u64 * 512, drawn % 64))
                };
                let servers: Vec<Value> = ["com", "net", "org", "co.uk"].into_iter().enumerate().map(server).collect();
                model["NameServers"] = Value::from(servers);
            }
            "AWS::WAFv2::WebACL" if model["Capacity"].is_null() => {
                model["Capacity"] = json!(model["Rules"].as_array().map_or(0, Vec::len));
            }
            "AWS::Cognito::UserPoolClient" if model["GenerateSecret"] == true && model["ClientSecret"].is_null() => {
                model["ClientSecret"] = json!(self.drawn("lower", 52));
            }
            "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster"
                if model["ManageMasterUserPassword"] == true
                    && Pointer::of("MasterUserSecret/SecretArn").values(model).is_empty() =>
            {
                let id = if schema.type_name.ends_with("Cluster") { "cluster" } else { "db" };
                let (uuid, suffix) = (self.world.new_uuid("made-up"), self.drawn("mixed", 6));
                let (region, account) = (self.region, self.account);
                let arn = format!("arn:aws:secretsmanager:{region}:{account}:secret:rds!{id}-{uuid}-{suffix}");
                Pointer::of("MasterUserSecret/SecretArn").set(model, json!(arn));
            }
            _ => {}
        }
    }

    /// For types that the twin has nothing of but their schema.
    fn plausible(&mut self, schema: &Schema, model: &mut Value) {
        for pointer in &schema.read_only {
            let name = pointer.to_string();
            if name.contains('/') || !model[&name].is_null() {
                continue;
            }
            let Some(property) = schema.property(&name) else { continue };
            let value = match property["type"].as_str() {
                Some("string") => json!(self.plausible_text(schema, &name)),
                Some("integer" | "number") => json!(0),
                Some("boolean") => json!(false),
                _ => continue,
            };
            model[&name] = value;
        }
    }

    fn plausible_text(&mut self, schema: &Schema, name: &str) -> String {
        let mut parts = schema.type_name.split("::").map(str::to_lowercase).skip(1);
        let (service, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let id = self.drawn("hex", 16);
        if name.to_lowercase().ends_with("arn") {
            return format!("arn:aws:{service}:{}:{}:{kind}/{id}", self.region, self.account);
        }
        if name.to_lowercase().ends_with("url") {
            return format!("https://{id}.{service}.{}.amazonaws.com", self.region);
        }
        format!("{kind}-{id}")
    }

    /// A resource has an identifier in any case.
    fn identify(&mut self, schema: &Schema, model: &mut Value) {
        for name in schema.identifier.iter().filter(|name| schema.is_read_only(name)) {
            if model[name].is_null() {
                model[name] = json!(self.plausible_text(schema, name));
            }
        }
    }

    /// A text with what stands for something replaced; nothing where the model does not have it.
    fn text(&mut self, schema: &Schema, template: &str, model: &Value) -> Option<String> {
        let mut rest = template;
        let mut text = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            text.push_str(before);
            text.push_str(&self.word(schema, name, model)?);
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }

    fn word(&mut self, schema: &Schema, name: &str, model: &Value) -> Option<String> {
        let own = |name: &str| model[name].as_str().map(str::to_owned);
        Some(match name {
            "account" => self.account.to_owned(),
            "region" => self.region.to_owned(),
            "uuid" => self.world.new_uuid("made-up"),
            "now" => self.world.now.iso8601(),
            "revision" => self.revision.to_string(),
            "path" => own("Path").unwrap_or_else(|| "/".to_owned()),
            "bare-name" => own("Name")?.trim_start_matches('/').to_owned(),
            "scope" => if model["Scope"] == "CLOUDFRONT" { "global" } else { "regional" }.to_owned(),
            // The same for all databases of an account in a region.
            "suffix" => {
                let drawn = crate::twin::world::mix(self.world.seed, &format!("{}/{}", self.account, self.region), 0);
                letters(drawn, 12, b"abcdefghijklmnopqrstuvwxyz0123456789")
            }
            "cluster" => {
                let cluster = own("Cluster").unwrap_or_else(|| "default".to_owned());
                cluster.rsplit('/').next()?.to_owned()
            }
            "kind" => match model["Type"].as_str() {
                Some("network") => "net",
                Some("gateway") => "gwy",
                _ => "app",
            }
            .to_owned(),
            "dns" => {
                let internal = if model["Scheme"] == "internal" { "internal-" } else { "" };
                let (name, drawn) = (own("Name")?, self.world.draw("made-up") % 9_000_000_000 + 1_000_000_000);
                match model["Type"].as_str() {
                    Some("network") => format!("{name}-{}.elb.{}.amazonaws.com", self.drawn("hex", 16), self.region),
                    _ => format!("{internal}{name}-{drawn}.{}.elb.amazonaws.com", self.region),
                }
            }
            "listener" => {
                let of = own("LoadBalancerArn")?.replacen(":loadbalancer/", ":listener/", 1);
                format!("{of}/{}", self.drawn("hex", 16))
            }
            "rule" => {
                let of = own("ListenerArn")?.replacen(":listener/", ":listener-rule/", 1);
                format!("{of}/{}", self.drawn("hex", 16))
            }
            "service-name" => {
                let principal = own("AWSServiceName")?;
                let service = principal.split('.').next()?;
                let suffix = own("CustomSuffix").map(|suffix| format!("_{suffix}")).unwrap_or_default();
                let name = match service {
                    "ecs" => "ECS".to_owned(),
                    "rds" => "RDS".to_owned(),
                    "elasticloadbalancing" => "ElasticLoadBalancing".to_owned(),
                    "ops" => "APIGateway".to_owned(),
                    other => other.chars().take(1).flat_map(char::to_uppercase).chain(other.chars().skip(1)).collect(),
                };
                format!("{name}{suffix}")
            }
            "rule-name" => {
                model["SamplingRule"]["RuleName"].as_str().map_or_else(|| self.drawn("lower", 12), str::to_owned)
            }
            _ => {
                let digits = name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
                let kind = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
                match digits.parse() {
                    Ok(length) if ["hex", "lower", "upper", "mixed"].contains(&kind) => self.drawn(kind, length),
                    _ if schema.property(name).is_some() => return own(name),
                    _ => return None,
                }
            }
        })
    }

    /// Letters and digits of a kind.
    pub(crate) fn drawn(&mut self, kind: &str, length: usize) -> String {
        let alphabet: &[u8] = match kind {
            "hex" => b"0123456789abcdef",
            "lower" => b"abcdefghijklmnopqrstuvwxyz0123456789",
            "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            _ => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        };
        let stream = format!("made-up/{}/{}", self.account, self.region);
        let mut text = String::new();
        while text.len() < length {
            text.push_str(&letters(self.world.draw(&stream), (length - text.len()).min(10), alphabet));
        }
        text
    }
}

fn letters(drawn: u64, length: usize, alphabet: &[u8]) -> String {
    let (mut drawn, base) = (drawn, alphabet.len() as u64);
    let letter = |_| {
        let at = usize::try_from(drawn % base).unwrap_or_default();
        drawn /= base;
        alphabet.get(at).map_or('x', |byte| char::from(*byte))
    };
    (0..length).map(letter).collect()
}

/// The places of the table, for a test that each is in its schema.
#[cfg(test)]
pub(crate) fn places() -> impl Iterator<Item = (&'static str, &'static str)> {
    VALUES.iter().map(|(type_name, path, _)| (*type_name, *path))
}
