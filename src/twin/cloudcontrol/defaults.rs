//! What AWS fills in where a resource's owner says nothing, as live reads show it (service-facts §4; cdk-real-drift's noise
//! tables, tested live in 2026).

use serde_json::{Value, json};

use super::pointer::Pointer;
use super::schemas::Schema;

/// What is filled in: the type, the place, and the value as JSON. A place with `*` fills every item that is there; after
/// a part that ends in `?` only what is there is filled.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("AWS::ApiGateway::DomainName", "SecurityPolicy", r#""TLS_1_2""#),
    ("AWS::ApiGateway::Method", "ApiKeyRequired", "false"),
    ("AWS::ApiGateway::Method", "Integration?/PassthroughBehavior", r#""WHEN_NO_MATCH""#),
    ("AWS::ApiGateway::Method", "Integration?/ResponseTransferMode", r#""BUFFERED""#),
    ("AWS::ApiGateway::Method", "Integration?/TimeoutInMillis", "29000"),
    ("AWS::ApiGateway::RestApi", "ApiKeySourceType", r#""HEADER""#),
    ("AWS::ApiGateway::RestApi", "SecurityPolicy", r#""TLS_1_0""#),
    ("AWS::ApiGateway::RestApi", "EndpointConfiguration/Types", r#"["EDGE"]"#),
    ("AWS::ApiGateway::RestApi", "EndpointConfiguration/IpAddressType", r#""ipv4""#),
    ("AWS::ApiGateway::RestApi", "DisableExecuteApiEndpoint", "false"),
    ("AWS::ApiGateway::Stage", "MethodSettings/*/CacheTtlInSeconds", "300"),
    ("AWS::ApiGateway::Stage", "MethodSettings/*/ThrottlingBurstLimit", "5000"),
    ("AWS::ApiGateway::Stage", "MethodSettings/*/ThrottlingRateLimit", "10000"),
    ("AWS::CertificateManager::Certificate", "KeyAlgorithm", r#""RSA_2048""#),
    ("AWS::Cognito::UserPool", "MfaConfiguration", r#""OFF""#),
    ("AWS::Cognito::UserPool", "DeletionProtection", r#""INACTIVE""#),
    ("AWS::Cognito::UserPool", "UserPoolTier", r#""ESSENTIALS""#),
    ("AWS::Cognito::UserPool", "EmailConfiguration", r#"{"EmailSendingAccount": "COGNITO_DEFAULT"}"#),
    ("AWS::Cognito::UserPool", "Policies/PasswordPolicy/MinimumLength", "8"),
    ("AWS::Cognito::UserPool", "Policies/PasswordPolicy/RequireUppercase", "true"),
    ("AWS::Cognito::UserPool", "Policies/PasswordPolicy/RequireLowercase", "true"),
    ("AWS::Cognito::UserPool", "Policies/PasswordPolicy/RequireNumbers", "true"),
    ("AWS::Cognito::UserPool", "Policies/PasswordPolicy/RequireSymbols", "true"),
    ("AWS::Cognito::UserPool", "Policies/PasswordPolicy/TemporaryPasswordValidityDays", "7"),
    ("AWS::Cognito::UserPool", "Policies/SignInPolicy/AllowedFirstAuthFactors", r#"["PASSWORD"]"#),
    ("AWS::Cognito::UserPool", "VerificationMessageTemplate", r#"{"DefaultEmailOption": "CONFIRM_WITH_CODE"}"#),
    (
        "AWS::Cognito::UserPool",
        "AccountRecoverySetting",
        r#"{"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}, {"Name": "verified_phone_number", "Priority": 2}]}"#,
    ),
    ("AWS::Cognito::UserPoolClient", "EnableTokenRevocation", "true"),
    ("AWS::Cognito::UserPoolClient", "AuthSessionValidity", "3"),
    ("AWS::Cognito::UserPoolClient", "RefreshTokenValidity", "30"),
    ("AWS::ECR::Repository", "EncryptionConfiguration/EncryptionType", r#""AES256""#),
    ("AWS::ECR::Repository", "ImageScanningConfiguration/ScanOnPush", "false"),
    ("AWS::ECS::Cluster", "ClusterSettings", r#"[{"Name": "containerInsights", "Value": "disabled"}]"#),
    ("AWS::ECS::Service", "SchedulingStrategy", r#""REPLICA""#),
    ("AWS::ECS::Service", "HealthCheckGracePeriodSeconds", "0"),
    ("AWS::ECS::Service", "EnableExecuteCommand", "false"),
    ("AWS::ECS::Service", "DeploymentController", r#"{"Type": "ECS"}"#),
    ("AWS::ECS::Service", "DeploymentConfiguration/Strategy", r#""ROLLING""#),
    ("AWS::ECS::Service", "DeploymentConfiguration/BakeTimeInMinutes", "0"),
    ("AWS::ECS::Service", "DeploymentConfiguration/MaximumPercent", "200"),
    ("AWS::ECS::Service", "DeploymentConfiguration/MinimumHealthyPercent", "100"),
    (
        "AWS::ECS::Service",
        "DeploymentConfiguration/Alarms",
        r#"{"AlarmNames": [], "Enable": false, "Rollback": false}"#,
    ),
    ("AWS::ECS::Service", "DeploymentConfiguration/DeploymentCircuitBreaker/Enable", "false"),
    ("AWS::ECS::Service", "DeploymentConfiguration/DeploymentCircuitBreaker/Rollback", "false"),
    ("AWS::ECS::Service", "DeploymentConfiguration/DeploymentCircuitBreaker/ResetOnHealthyTask", "true"),
    (
        "AWS::ECS::Service",
        "DeploymentConfiguration/DeploymentCircuitBreaker/ThresholdConfiguration",
        r#"{"Type": "BOUNDED_PERCENT", "Value": 50}"#,
    ),
    ("AWS::ECS::Service", "NetworkConfiguration?/AwsvpcConfiguration?/AssignPublicIp", r#""DISABLED""#),
    ("AWS::ECS::Service", "PlatformVersion", r#""LATEST""#),
    ("AWS::ECS::Service", "AvailabilityZoneRebalancing", r#""ENABLED""#),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions/*/Cpu", "0"),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions/*/Essential", "true"),
    ("AWS::ElasticLoadBalancingV2::Listener", "MutualAuthentication", r#"{"Mode": "off"}"#),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Type", r#""application""#),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", r#""internet-facing""#),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "IpAddressType", r#""ipv4""#),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "EnablePrefixForIpv6SourceNat", r#""off""#),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "HealthCheckEnabled", "true"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "HealthCheckPort", r#""traffic-port""#),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "HealthCheckTimeoutSeconds", "5"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "UnhealthyThresholdCount", "2"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Targets/*/AvailabilityZone", r#""all""#),
    ("AWS::IAM::Role", "MaxSessionDuration", "3600"),
    ("AWS::IAM::Role", "Path", r#""/""#),
    ("AWS::IAM::Role", "Description", r#""""#),
    ("AWS::KMS::Key", "Enabled", "true"),
    ("AWS::KMS::Key", "KeySpec", r#""SYMMETRIC_DEFAULT""#),
    ("AWS::KMS::Key", "KeyUsage", r#""ENCRYPT_DECRYPT""#),
    ("AWS::Logs::LogGroup", "LogGroupClass", r#""STANDARD""#),
    ("AWS::Logs::LogGroup", "DeletionProtectionEnabled", "false"),
    ("AWS::Logs::LogGroup", "BearerTokenAuthenticationEnabled", "false"),
    ("AWS::RDS::DBInstance", "AutoMinorVersionUpgrade", "true"),
    ("AWS::RDS::DBInstance", "BackupTarget", r#""region""#),
    ("AWS::RDS::DBInstance", "BackupRetentionPeriod", "1"),
    ("AWS::RDS::DBInstance", "DatabaseInsightsMode", r#""standard""#),
    ("AWS::RDS::DBInstance", "MonitoringInterval", "0"),
    ("AWS::RDS::DBInstance", "NetworkType", r#""IPV4""#),
    ("AWS::RDS::DBInstance", "StorageThroughput", "0"),
    ("AWS::RDS::DBInstance", "MultiAZ", "false"),
    ("AWS::RDS::DBInstance", "StorageEncrypted", "false"),
    ("AWS::RDS::DBInstance", "CopyTagsToSnapshot", "false"),
    ("AWS::RDS::DBInstance", "DeletionProtection", "false"),
    ("AWS::RDS::DBInstance", "PubliclyAccessible", "false"),
    ("AWS::RDS::DBInstance", "EnableIAMDatabaseAuthentication", "false"),
    ("AWS::RDS::DBInstance", "StorageType", r#""gp2""#),
    ("AWS::RDS::DBInstance", "PreferredBackupWindow", r#""03:12-03:42""#),
    ("AWS::RDS::DBInstance", "PreferredMaintenanceWindow", r#""sun:04:22-sun:04:52""#),
    ("AWS::RDS::DBInstance", "EngineLifecycleSupport", r#""open-source-rds-extended-support""#),
    ("AWS::WAFv2::WebACL", "OnSourceDDoSProtectionConfig/ALBLowReputationMode", r#""ACTIVE_UNDER_DDOS""#),
];

/// Where a type needs more than a value at a place.
pub(crate) struct Place<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// A zone of the region, by its name in the account.
    pub(crate) zone: &'a str,
}

/// Fills in what is missing; nothing that the type's schema does not have.
pub(crate) fn fill(schema: &Schema, model: &mut Value, place: &Place<'_>) {
    for (_, path, text) in DEFAULTS.iter().filter(|(type_name, ..)| *type_name == schema.type_name) {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let top = parts.first().map_or("", |part| part.trim_end_matches('?'));
        if schema.property(top).is_some() {
            put(model, &parts, &value);
        }
    }
    match schema.type_name.as_str() {
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => load_balancer(model),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => target_group(model),
        "AWS::ElasticLoadBalancingV2::Listener" => listener(model),
        "AWS::RDS::DBInstance" => database(model, place),
        "AWS::ApiGateway::Method" => {
            let resource = model["ResourceId"].clone();
            put(model, &["Integration?", "CacheNamespace"], &resource);
        }
        "AWS::ECS::Service" => service(model, place),
        "AWS::Cognito::UserPool" => user_pool(model),
        "AWS::CertificateManager::Certificate" => certificate(model),
        "AWS::WAFv2::WebACL" => rate_windows(model),
        _ => {}
    }
}

fn put(here: &mut Value, parts: &[&str], value: &Value) {
    let Some((first, rest)) = parts.split_first() else { return };
    match here {
        Value::Array(items) if *first == "*" => items.iter_mut().for_each(|item| put(item, rest, value)),
        Value::Object(members) => {
            let name = first.trim_end_matches('?');
            if rest.is_empty() {
                members.entry(name).or_insert_with(|| value.clone());
            } else if let Some(member) = members.get_mut(name) {
                put(member, rest, value);
            } else if *first == name && rest.first() != Some(&"*") {
                let mut made = json!({});
                put(&mut made, rest, value);
                members.insert(name.to_owned(), made);
            }
        }
        _ => {}
    }
}

fn missing(model: &mut Value, name: &str, value: Value) {
    put(model, &[name], &value);
}

/// Adds the attributes that are not given to a list of `{Key, Value}`.
fn attributes(model: &mut Value, property: &str, all: &[(&str, &str)]) {
    missing(model, property, json!([]));
    let Some(list) = model[property].as_array_mut() else { return };
    for (key, value) in all {
        if !list.iter().any(|one| one["Key"] == *key) {
            list.push(json!({"Key": key, "Value": value}));
        }
    }
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>
fn load_balancer(model: &mut Value) {
    let all: &[(&str, &str)] = if model["Type"] == "network" {
        &[
            ("deletion_protection.enabled", "false"),
            ("access_logs.s3.enabled", "false"),
            ("access_logs.s3.bucket", ""),
            ("access_logs.s3.prefix", ""),
            ("load_balancing.cross_zone.enabled", "false"),
            ("dns_record.client_routing_policy", "any_availability_zone"),
            ("zonal_shift.config.enabled", "false"),
        ]
    } else {
        &[
            ("deletion_protection.enabled", "false"),
            ("access_logs.s3.enabled", "false"),
            ("access_logs.s3.bucket", ""),
            ("access_logs.s3.prefix", ""),
            ("connection_logs.s3.enabled", "false"),
            ("idle_timeout.timeout_seconds", "60"),
            ("client_keep_alive.seconds", "3600"),
            ("load_balancing.cross_zone.enabled", "true"),
            ("routing.http.desync_mitigation_mode", "defensive"),
            ("routing.http.drop_invalid_header_fields.enabled", "false"),
            ("routing.http.preserve_host_header.enabled", "false"),
            ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"),
            ("routing.http.xff_client_port.enabled", "false"),
            ("routing.http.xff_header_processing.mode", "append"),
            ("routing.http2.enabled", "true"),
            ("waf.fail_open.enabled", "false"),
            ("zonal_shift.config.enabled", "false"),
        ]
    };
    attributes(model, "LoadBalancerAttributes", all);
    // A load balancer is told with both: the subnets, and the same as mappings.
    let of_mappings: Vec<Value> = Pointer::of("SubnetMappings/*/SubnetId").values(model).into_iter().cloned().collect();
    if of_mappings.is_empty() {
        let mappings: Vec<Value> =
            Pointer::of("Subnets/*").values(model).into_iter().map(|subnet| json!({"SubnetId": subnet})).collect();
        model["SubnetMappings"] = Value::from(mappings);
    } else {
        model["Subnets"] = Value::from(of_mappings);
    }
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>
fn target_group(model: &mut Value) {
    missing(model, "TargetType", json!("instance"));
    let protocol = model["Protocol"].as_str().unwrap_or_default().to_owned();
    let is_web = matches!(protocol.as_str(), "HTTP" | "HTTPS");
    let all: &[(&str, &str)] = if is_web {
        &[
            ("deregistration_delay.timeout_seconds", "300"),
            ("stickiness.enabled", "false"),
            ("stickiness.type", "lb_cookie"),
            ("stickiness.lb_cookie.duration_seconds", "86400"),
            ("slow_start.duration_seconds", "0"),
            ("load_balancing.algorithm.type", "round_robin"),
            ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
        ]
    } else {
        &[
            ("deregistration_delay.timeout_seconds", "300"),
            ("deregistration_delay.connection_termination.enabled", "false"),
            ("stickiness.enabled", "false"),
            ("stickiness.type", "source_ip"),
            ("preserve_client_ip.enabled", "false"),
            ("proxy_protocol_v2.enabled", "false"),
            ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
        ]
    };
    if is_web {
        missing(model, "ProtocolVersion", json!("HTTP1"));
        missing(model, "Matcher", json!({"HttpCode": "200"}));
        missing(model, "HealthCheckPath", json!("/"));
        missing(model, "HealthCheckProtocol", json!(protocol));
    } else if !protocol.is_empty() {
        missing(model, "HealthCheckProtocol", json!("TCP"));
    }
    missing(model, "HealthCheckIntervalSeconds", json!(30));
    missing(model, "HealthyThresholdCount", json!(5));
    missing(model, "IpAddressType", json!("ipv4"));
    attributes(model, "TargetGroupAttributes", all);
}

fn listener(model: &mut Value) {
    let protocol = model["Protocol"].as_str().unwrap_or_default().to_owned();
    if matches!(protocol.as_str(), "HTTPS" | "TLS") {
        missing(model, "SslPolicy", json!("ELBSecurityPolicy-2016-08"));
    }
    if !matches!(protocol.as_str(), "HTTPS")
        && let Value::Object(members) = model
    {
        members.remove("MutualAuthentication");
    }
    if protocol == "TCP" {
        attributes(model, "ListenerAttributes", &[("tcp.idle_timeout.seconds", "350")]);
    }
}

fn database(model: &mut Value, place: &Place<'_>) {
    let engine = model["Engine"].as_str().unwrap_or_default().to_lowercase();
    let (port, license, full) = match engine.as_str() {
        "postgres" | "aurora-postgresql" => ("5432", "postgresql-license", "17.6"),
        "mariadb" => ("3306", "general-public-license", "11.4.8"),
        engine if engine.starts_with("oracle") => ("1521", "license-included", "19.0.0.0.ru-2026-01.rur-2026-01.r1"),
        engine if engine.starts_with("sqlserver") => ("1433", "license-included", "16.00.4215.2.v1"),
        _ => ("3306", "general-public-license", "8.4.7"),
    };
    missing(model, "Port", json!(port));
    missing(model, "LicenseModel", json!(license));
    let given = model["EngineVersion"].as_str().unwrap_or_default().to_owned();
    let version = if given.is_empty() || full.starts_with(&format!("{given}.")) {
        full.to_owned()
    } else if given.contains('.') {
        given
    } else {
        format!("{given}.4")
    };
    let major = version.split('.').next().unwrap_or_default().to_owned();
    let family = match engine.as_str() {
        "postgres" => format!("postgres{major}"),
        _ => format!("{engine}{}", version.split('.').take(2).collect::<Vec<_>>().join(".")),
    };
    model["EngineVersion"] = Value::from(version);
    missing(model, "DBParameterGroupName", json!(format!("default.{family}")));
    missing(model, "OptionGroupName", json!(format!("default:{}", family.replace('.', "-"))));
    if model["MultiAZ"] != true {
        missing(model, "AvailabilityZone", json!(place.zone));
    }
    if model["StorageEncrypted"] == true {
        let key = format!("arn:aws:kms:{}:{}:key/00000000-0000-4000-8000-000000000000", place.region, place.account);
        missing(model, "KmsKeyId", json!(key));
    }
}

fn service(model: &mut Value, place: &Place<'_>) {
    let role = "AWSServiceRoleForECS";
    let arn = format!("arn:aws:iam::{}:role/aws-service-role/ecs.amazonaws.com/{role}", place.account);
    missing(model, "Role", json!(arn));
    missing(model, "Cluster", json!("default"));
    if model["CapacityProviderStrategy"].is_null() {
        missing(model, "LaunchType", json!("EC2"));
    }
    if model["LaunchType"] != "FARGATE"
        && model["CapacityProviderStrategy"].is_null()
        && let Value::Object(members) = model
    {
        members.remove("PlatformVersion");
    }
}

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>
fn user_pool(model: &mut Value) {
    const STANDARD: &[&str] = &[
        "address",
        "birthdate",
        "email",
        "email_verified",
        "family_name",
        "gender",
        "given_name",
        "identities",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "picture",
        "preferred_username",
        "profile",
        "sub",
        "updated_at",
        "website",
        "zoneinfo",
    ];
    missing(model, "Schema", json!([]));
    let Some(list) = model["Schema"].as_array_mut() else { return };
    for attribute in list.iter_mut() {
        let name = attribute["Name"].as_str().unwrap_or_default().to_owned();
        if !STANDARD.contains(&name.as_str()) && !name.starts_with("custom:") && name.len() <= 20 {
            attribute["Name"] = Value::from(format!("custom:{name}"));
        }
    }
    for name in STANDARD {
        if !list.iter().any(|one| one["Name"] == *name) {
            let kind = match *name {
                "email_verified" | "phone_number_verified" => "Boolean",
                "updated_at" => "Number",
                _ => "String",
            };
            list.push(
                json!({"Name": name, "AttributeDataType": kind, "Mutable": *name != "sub", "Required": *name == "sub"}),
            );
        }
    }
}

fn certificate(model: &mut Value) {
    let domain = model["DomainName"].clone();
    missing(model, "SubjectAlternativeNames", json!([]));
    if let Some(names) = model["SubjectAlternativeNames"].as_array_mut()
        && !names.contains(&domain)
    {
        names.insert(0, domain);
    }
}

/// Every rate-based statement, however deep.
fn rate_windows(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(statement) = members.get_mut("RateBasedStatement") {
                missing(statement, "EvaluationWindowSec", json!(300));
            }
            members.values_mut().for_each(rate_windows);
        }
        Value::Array(items) => items.iter_mut().for_each(rate_windows),
        _ => {}
    }
}

/// The places of the table, for a test that each is in its schema.
#[cfg(test)]
pub(crate) fn places() -> impl Iterator<Item = (&'static str, &'static str)> {
    DEFAULTS.iter().map(|(type_name, path, _)| (*type_name, *path))
}
