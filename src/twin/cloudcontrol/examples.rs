//! A client of Cloud Control for tests, and a small document of every type that the twin knows.

use serde_json::{Value, json};

use crate::twin::front::Twin;
use crate::twin::testing::{Client, text};

/// Long enough for nearly everything.
const LONG: u64 = 12_000;

/// A client in an account with a VPC, three subnets in three zones, and a security group.
pub(crate) struct Bench {
    pub(crate) client: Client,
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) group: String,
}

/// A type's document, by what there is already.
type Document = fn(&mut Bench) -> Value;

impl Bench {
    pub(crate) fn of(twin: &Twin) -> Self {
        let client = Client::management(twin);
        let mut bench = Self { client, vpc: String::new(), subnets: Vec::new(), group: String::new() };
        bench.vpc = bench.ec2("vpcId", &[("Action", "CreateVpc"), ("CidrBlock", "10.0.0.0/16")]);
        let vpc = bench.vpc.clone();
        for (zone, cidr) in [("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"), ("c", "10.0.2.0/24")] {
            let zone = format!("eu-west-1{zone}");
            let create =
                [("Action", "CreateSubnet"), ("VpcId", &vpc), ("CidrBlock", cidr), ("AvailabilityZone", zone.as_str())];
            let subnet = bench.ec2("subnetId", &create);
            bench.subnets.push(subnet);
        }
        let create =
            [("Action", "CreateSecurityGroup"), ("VpcId", &vpc), ("GroupName", "web"), ("GroupDescription", "web")];
        bench.group = bench.ec2("groupId", &create);
        bench
    }

    /// An action of EC2, and an element of its answer.
    pub(crate) fn ec2(&mut self, element: &str, parameters: &[(&str, &str)]) -> String {
        let reply = self.client.wait(120).form("ec2", parameters);
        assert_eq!(reply.status, 200, "{}", reply.body);
        text(&reply.body, element)
    }

    /// Asks for a change; its first event.
    pub(crate) fn ask(&mut self, action: &str, request: Value) -> Result<Value, (String, String)> {
        self.client.wait(40).cloud_control(action, &request).map(|answer| answer["ProgressEvent"].clone())
    }

    /// A request's event.
    pub(crate) fn event(&self, token: &Value) -> Value {
        let asked = self.client.cloud_control("GetResourceRequestStatus", &json!({"RequestToken": token}));
        asked.expect("a request")["ProgressEvent"].clone()
    }

    /// Asks for a change and waits until it is done; its last event.
    pub(crate) fn done(&mut self, action: &str, request: Value) -> Result<Value, (String, String)> {
        let event = self.ask(action, request)?;
        self.client.wait(LONG);
        Ok(self.event(&event["RequestToken"]))
    }

    /// The last event of a creation.
    pub(crate) fn created(&mut self, type_name: &str, document: &Value) -> Value {
        let event = self.done("CreateResource", json!({"TypeName": type_name, "DesiredState": document.to_string()}));
        event.unwrap_or_else(|error| panic!("{type_name}: {error:?}"))
    }

    /// Makes a resource; its identifier.
    pub(crate) fn make(&mut self, type_name: &str, document: &Value) -> String {
        let event = self.created(type_name, document);
        assert_eq!(event["OperationStatus"], "SUCCESS", "{type_name}: {event}");
        event["Identifier"].as_str().expect("an identifier").to_owned()
    }

    /// The last event of a deletion.
    pub(crate) fn deleted(&mut self, type_name: &str, identifier: &str) -> Value {
        let event = self.done("DeleteResource", json!({"TypeName": type_name, "Identifier": identifier}));
        event.expect("a request that was taken")
    }

    /// The last event of an update.
    pub(crate) fn updated(
        &mut self,
        type_name: &str,
        identifier: &str,
        patch: &Value,
    ) -> Result<Value, (String, String)> {
        let patch = patch.to_string();
        self.done("UpdateResource", json!({"TypeName": type_name, "Identifier": identifier, "PatchDocument": patch}))
    }

    /// What a read tells.
    pub(crate) fn read(&self, type_name: &str, identifier: &str) -> Result<Value, (String, String)> {
        let answer =
            self.client.cloud_control("GetResource", &json!({"TypeName": type_name, "Identifier": identifier}))?;
        let properties = answer["ResourceDescription"]["Properties"].as_str().expect("properties");
        Ok(serde_json::from_str(properties).expect("JSON"))
    }

    /// The identifier of the only resource of a type.
    fn one(&mut self, type_name: &str) -> String {
        let account = self.client.twin.management_credentials().account;
        let region = self.client.region.clone();
        self.client.twin.with_world(|world| {
            let mut all = world.cloud_control.of_type(&account, &region, type_name);
            all.next().map(|(identifier, _)| identifier.clone()).unwrap_or_else(|| panic!("no {type_name}"))
        })
    }

    /// A property of the only resource of a type.
    fn property(&mut self, type_name: &str, property: &str) -> Value {
        let identifier = self.one(type_name);
        self.read(type_name, &identifier).expect("a resource")[property].clone()
    }
}

fn policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]})
}

/// A document of every type, each after what it refers to. Without those of EC2, which Cloud Control's twin refuses.
pub(crate) const EXAMPLES: &[(&str, Document)] = &[
    ("AWS::KMS::Key", |_| json!({"KeyPolicy": policy()})),
    ("AWS::KMS::Alias", |bench| json!({"AliasName": "alias/a", "TargetKeyId": bench.one("AWS::KMS::Key")})),
    ("AWS::Logs::LogGroup", |_| json!({"LogGroupName": "aws-waf-logs-a", "RetentionInDays": 30})),
    ("AWS::Logs::MetricFilter", |_| {
        json!({"LogGroupName": "aws-waf-logs-a", "FilterPattern": "", "FilterName": "f", "MetricTransformations": [
            {"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}]})
    }),
    ("AWS::Logs::ResourcePolicy", |_| json!({"PolicyName": "p", "PolicyDocument": policy().to_string()})),
    ("AWS::IAM::Role", |_| json!({"RoleName": "r", "AssumeRolePolicyDocument": policy()})),
    ("AWS::IAM::RolePolicy", |_| json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": policy()})),
    ("AWS::IAM::ManagedPolicy", |_| json!({"ManagedPolicyName": "m", "PolicyDocument": policy()})),
    ("AWS::IAM::ServiceLinkedRole", |_| json!({"AWSServiceName": "ecs.amazonaws.com"})),
    ("AWS::ECR::Repository", |_| json!({"RepositoryName": "app"})),
    (
        "AWS::ECR::PullThroughCacheRule",
        |_| json!({"EcrRepositoryPrefix": "public", "UpstreamRegistryUrl": "public.ecr.aws"}),
    ),
    ("AWS::ECR::RepositoryCreationTemplate", |_| json!({"Prefix": "public", "AppliedFor": ["PULL_THROUGH_CACHE"]})),
    ("AWS::SecretsManager::Secret", |_| json!({"Name": "s", "SecretString": "x"})),
    (
        "AWS::SecretsManager::ResourcePolicy",
        |bench| json!({"SecretId": bench.one("AWS::SecretsManager::Secret"), "ResourcePolicy": policy()}),
    ),
    ("AWS::SecretsManager::RotationSchedule", |bench| json!({"SecretId": bench.one("AWS::SecretsManager::Secret")})),
    ("AWS::SSM::Parameter", |_| json!({"Name": "/a/b", "Type": "String", "Value": "v"})),
    ("AWS::SNS::Topic", |_| json!({"TopicName": "t"})),
    ("AWS::S3::Bucket", |_| json!({"BucketName": "bucket-of-the-test"})),
    ("AWS::S3::BucketPolicy", |_| json!({"Bucket": "bucket-of-the-test", "PolicyDocument": policy()})),
    (
        "AWS::RDS::DBSubnetGroup",
        |bench| json!({"DBSubnetGroupName": "Data", "DBSubnetGroupDescription": "d", "SubnetIds": bench.subnets}),
    ),
    (
        "AWS::RDS::DBParameterGroup",
        |_| json!({"DBParameterGroupName": "pg", "Family": "postgres17", "Description": "d"}),
    ),
    (
        "AWS::RDS::DBClusterParameterGroup",
        |_| json!({"DBClusterParameterGroupName": "cpg", "Family": "aurora-postgresql17", "Description": "d", "Parameters": {"a": "b"}}),
    ),
    ("AWS::RDS::DBInstance", |bench| {
        json!({"DBInstanceIdentifier": "db", "Engine": "postgres", "EngineVersion": "17", "DBInstanceClass": "db.t4g.medium",
            "AllocatedStorage": "20", "MasterUsername": "root", "ManageMasterUserPassword": true,
            "DBSubnetGroupName": "data", "DBParameterGroupName": "pg", "VPCSecurityGroups": [bench.group]})
    }),
    ("AWS::RDS::DBCluster", |_| {
        json!({"DBClusterIdentifier": "cluster", "Engine": "aurora-postgresql", "MasterUsername": "root",
            "ManageMasterUserPassword": true, "DBSubnetGroupName": "data"})
    }),
    (
        "AWS::SecretsManager::SecretTargetAttachment",
        |bench| json!({"SecretId": bench.one("AWS::SecretsManager::Secret"), "TargetId": "db", "TargetType": "AWS::RDS::DBInstance"}),
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        |bench| json!({"Name": "lb", "Type": "application", "Scheme": "internal", "Subnets": bench.subnets, "SecurityGroups": [bench.group]}),
    ),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", |bench| {
        json!({"Name": "tg", "Protocol": "HTTP", "Port": 80, "TargetType": "ip", "VpcId": bench.vpc,
            "Targets": [{"Id": "10.9.0.10", "Port": 80}]})
    }),
    ("AWS::ElasticLoadBalancingV2::Listener", |bench| {
        let (balancer, group) = (
            bench.one("AWS::ElasticLoadBalancingV2::LoadBalancer"),
            bench.one("AWS::ElasticLoadBalancingV2::TargetGroup"),
        );
        json!({"LoadBalancerArn": balancer, "Port": 80, "Protocol": "HTTP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]})
    }),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", |bench| {
        let (listener, group) =
            (bench.one("AWS::ElasticLoadBalancingV2::Listener"), bench.one("AWS::ElasticLoadBalancingV2::TargetGroup"));
        json!({"ListenerArn": listener, "Priority": 1, "Actions": [{"Type": "forward", "TargetGroupArn": group}],
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}}]})
    }),
    ("AWS::ECS::Cluster", |_| json!({"ClusterName": "c"})),
    (
        "AWS::ECS::ClusterCapacityProviderAssociations",
        |_| json!({"Cluster": "c", "CapacityProviders": ["FARGATE"], "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE"}]}),
    ),
    ("AWS::ECS::TaskDefinition", |bench| {
        json!({"Family": "app", "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"],
            "ExecutionRoleArn": bench.property("AWS::IAM::Role", "Arn"),
            "ContainerDefinitions": [{"Name": "app", "Image": "app:1", "PortMappings": [{"ContainerPort": 80}]}]})
    }),
    ("AWS::ECS::Service", |bench| {
        json!({"ServiceName": "s", "Cluster": "c", "TaskDefinition": "app", "LaunchType": "FARGATE", "DesiredCount": 2,
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": bench.subnets, "SecurityGroups": [bench.group]}},
            "LoadBalancers": [{"ContainerName": "app", "ContainerPort": 80,
                "TargetGroupArn": bench.one("AWS::ElasticLoadBalancingV2::TargetGroup")}]})
    }),
    ("AWS::ApplicationAutoScaling::ScalableTarget", |_| {
        json!({"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 1, "MaxCapacity": 4})
    }),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", |_| {
        json!({"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "ServiceNamespace": "ecs", "ResourceId": "service/c/s",
            "ScalableDimension": "ecs:service:DesiredCount", "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}})
    }),
    ("AWS::Cognito::UserPool", |_| json!({"UserPoolName": "users"})),
    (
        "AWS::Cognito::UserPoolClient",
        |bench| json!({"UserPoolId": bench.one("AWS::Cognito::UserPool"), "ClientName": "web"}),
    ),
    (
        "AWS::Cognito::UserPoolDomain",
        |bench| json!({"UserPoolId": bench.one("AWS::Cognito::UserPool"), "Domain": "users"}),
    ),
    (
        "AWS::Cognito::UserPoolResourceServer",
        |bench| json!({"UserPoolId": bench.one("AWS::Cognito::UserPool"), "Identifier": "api", "Name": "api"}),
    ),
    ("AWS::Route53::HostedZone", |_| json!({"Name": "example.com"})),
    ("AWS::Route53::RecordSet", |bench| {
        json!({"HostedZoneId": bench.one("AWS::Route53::HostedZone"), "Name": "www.example.com", "Type": "A", "TTL": "300",
            "ResourceRecords": ["192.0.2.1"]})
    }),
    ("AWS::CertificateManager::Certificate", |bench| {
        json!({"DomainName": "www.example.com", "ValidationMethod": "DNS", "DomainValidationOptions": [
            {"DomainName": "www.example.com", "HostedZoneId": bench.one("AWS::Route53::HostedZone")}]})
    }),
    (
        "AWS::ApiGatewayV2::VpcLink",
        |bench| json!({"Name": "link", "SubnetIds": bench.subnets, "SecurityGroupIds": [bench.group]}),
    ),
    ("AWS::ApiGateway::Account", |bench| json!({"CloudWatchRoleArn": bench.property("AWS::IAM::Role", "Arn")})),
    ("AWS::ApiGateway::RestApi", |_| json!({"Name": "api", "EndpointConfiguration": {"Types": ["REGIONAL"]}})),
    ("AWS::ApiGateway::Resource", |bench| {
        let root = bench.property("AWS::ApiGateway::RestApi", "RootResourceId");
        json!({"RestApiId": bench.one("AWS::ApiGateway::RestApi"), "ParentId": root, "PathPart": "{proxy+}"})
    }),
    ("AWS::ApiGateway::Authorizer", |bench| {
        json!({"RestApiId": bench.one("AWS::ApiGateway::RestApi"), "Name": "users", "Type": "COGNITO_USER_POOLS",
            "ProviderARNs": [bench.property("AWS::Cognito::UserPool", "Arn")], "IdentitySource": "method.request.header.Authorization"})
    }),
    ("AWS::ApiGateway::Method", |bench| {
        let resource = bench.one("AWS::ApiGateway::Resource");
        let (api, resource) = resource.split_once('|').expect("two parts");
        json!({"RestApiId": api, "ResourceId": resource, "HttpMethod": "ANY", "AuthorizationType": "NONE", "Integration": {
            "Type": "HTTP_PROXY", "IntegrationHttpMethod": "ANY", "Uri": "http://app.example.com/", "ConnectionType": "VPC_LINK",
            "ConnectionId": bench.one("AWS::ApiGatewayV2::VpcLink"),
            "IntegrationTarget": bench.one("AWS::ElasticLoadBalancingV2::LoadBalancer")}})
    }),
    (
        "AWS::ApiGateway::GatewayResponse",
        |bench| json!({"RestApiId": bench.one("AWS::ApiGateway::RestApi"), "ResponseType": "DEFAULT_4XX"}),
    ),
    (
        "AWS::ApiGateway::Deployment",
        |bench| json!({"RestApiId": bench.one("AWS::ApiGateway::RestApi"), "Description": "1"}),
    ),
    ("AWS::ApiGateway::Stage", |bench| {
        let deployment = bench.property("AWS::ApiGateway::Deployment", "DeploymentId");
        json!({"RestApiId": bench.one("AWS::ApiGateway::RestApi"), "StageName": "live", "DeploymentId": deployment,
            "MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "INFO"}]})
    }),
    ("AWS::ApiGateway::UsagePlan", |_| json!({"UsagePlanName": "plan"})),
    ("AWS::ApiGateway::ApiKey", |_| json!({"Name": "key", "Enabled": true})),
    (
        "AWS::ApiGateway::UsagePlanKey",
        |bench| json!({"UsagePlanId": bench.one("AWS::ApiGateway::UsagePlan"), "KeyId": bench.one("AWS::ApiGateway::ApiKey"), "KeyType": "API_KEY"}),
    ),
    ("AWS::ApiGateway::DomainName", |bench| {
        json!({"DomainName": "www.example.com", "RegionalCertificateArn": bench.one("AWS::CertificateManager::Certificate"),
            "EndpointConfiguration": {"Types": ["REGIONAL"]}})
    }),
    (
        "AWS::ApiGateway::BasePathMapping",
        |bench| json!({"DomainName": "www.example.com", "RestApiId": bench.one("AWS::ApiGateway::RestApi"), "Stage": "live"}),
    ),
    ("AWS::ApiGatewayV2::Api", |_| json!({"Name": "http", "ProtocolType": "HTTP"})),
    ("AWS::ApiGatewayV2::Authorizer", |bench| {
        json!({"ApiId": bench.one("AWS::ApiGatewayV2::Api"), "Name": "jwt", "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"], "JwtConfiguration": {"Audience": ["a"], "Issuer": "https://example.com"}})
    }),
    ("AWS::ApiGatewayV2::Integration", |bench| {
        json!({"ApiId": bench.one("AWS::ApiGatewayV2::Api"), "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
            "ConnectionType": "VPC_LINK", "ConnectionId": bench.one("AWS::ApiGatewayV2::VpcLink"),
            "IntegrationUri": bench.one("AWS::ElasticLoadBalancingV2::Listener"), "PayloadFormatVersion": "1.0"})
    }),
    ("AWS::ApiGatewayV2::Route", |bench| json!({"ApiId": bench.one("AWS::ApiGatewayV2::Api"), "RouteKey": "$default"})),
    (
        "AWS::ApiGatewayV2::Stage",
        |bench| json!({"ApiId": bench.one("AWS::ApiGatewayV2::Api"), "StageName": "$default"}),
    ),
    (
        "AWS::WAFv2::IPSet",
        |_| json!({"Name": "ips", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["192.0.2.0/24"]}),
    ),
    ("AWS::WAFv2::WebACL", |_| {
        let visibility = json!({"CloudWatchMetricsEnabled": true, "MetricName": "m", "SampledRequestsEnabled": true});
        json!({"Name": "acl", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": visibility, "Rules": [
            {"Name": "rate", "Priority": 1, "Action": {"Block": {}}, "VisibilityConfig": visibility,
             "Statement": {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}}}]})
    }),
    ("AWS::WAFv2::WebACLAssociation", |bench| {
        let stage =
            format!("arn:aws:apigateway:eu-west-1::/restapis/{}/stages/live", bench.one("AWS::ApiGateway::RestApi"));
        json!({"ResourceArn": stage, "WebACLArn": bench.property("AWS::WAFv2::WebACL", "Arn")})
    }),
    ("AWS::WAFv2::LoggingConfiguration", |bench| {
        let account = bench.client.twin.management_credentials().account;
        let group = format!("arn:aws:logs:eu-west-1:{account}:log-group:aws-waf-logs-a");
        json!({"ResourceArn": bench.property("AWS::WAFv2::WebACL", "Arn"), "LogDestinationConfigs": [group]})
    }),
    ("AWS::CloudWatch::Alarm", |_| {
        json!({"AlarmName": "a", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "MetricName": "m",
            "Namespace": "n", "Period": 60, "Statistic": "Sum", "Threshold": 1})
    }),
    ("AWS::CloudWatch::Dashboard", |_| json!({"DashboardName": "d", "DashboardBody": "{}"})),
    ("AWS::XRay::Group", |_| json!({"GroupName": "g"})),
    ("AWS::XRay::SamplingRule", |_| {
        json!({"SamplingRule": {"RuleName": "r", "FixedRate": 0.1, "Host": "*", "HTTPMethod": "*", "Priority": 10,
            "ReservoirSize": 1, "ResourceARN": "*", "ServiceName": "*", "ServiceType": "*", "URLPath": "*", "Version": 1}})
    }),
    ("AWS::XRay::ResourcePolicy", |_| json!({"PolicyName": "p", "PolicyDocument": policy().to_string()})),
    ("AWS::XRay::TransactionSearchConfig", |_| json!({})),
];

/// Makes one of every type, reads it, changes nothing about it, and deletes all in the opposite order. What is wrong.
pub(crate) fn one_of_every_type(twin: &Twin) -> Vec<String> {
    let mut bench = Bench::of(twin);
    let mut wrong = Vec::new();
    let mut made = Vec::new();
    for (type_name, document) in EXAMPLES {
        let document = document(&mut bench);
        let request = json!({"TypeName": type_name, "DesiredState": document.to_string()});
        let event = match bench.done("CreateResource", request) {
            Ok(event) if event["OperationStatus"] == "SUCCESS" => event,
            other => {
                wrong.push(format!("{type_name} is not made: {other:?}"));
                continue;
            }
        };
        let identifier = event["Identifier"].as_str().unwrap_or_default().to_owned();
        if let Err(error) = bench.read(type_name, &identifier) {
            wrong.push(format!("{type_name} is not read: {error:?}"));
        }
        made.push((*type_name, identifier));
    }
    let mut bench_of_updates = Vec::new();
    for (type_name, identifier) in &made {
        let read = bench.read(type_name, identifier).unwrap_or_default();
        let Some((name, value)) = read.as_object().and_then(|members| members.iter().next()) else { continue };
        let patch = json!([{"op": "replace", "path": format!("/{name}"), "value": value}]);
        match bench.updated(type_name, identifier, &patch) {
            Ok(event) if event["OperationStatus"] == "SUCCESS" => {
                let again = bench.read(type_name, identifier).unwrap_or_default();
                if again != read {
                    wrong.push(format!("{type_name} is changed by nothing: {read} {again}"));
                }
            }
            other => bench_of_updates.push(format!("{type_name} is not updated: {other:?}")),
        }
    }
    wrong.extend(bench_of_updates.into_iter().filter(|one| !one.contains("UnsupportedActionException")));
    for (type_name, identifier) in made.iter().rev() {
        let event = bench.deleted(type_name, identifier);
        if event["OperationStatus"] != "SUCCESS" {
            wrong.push(format!("{type_name} is not deleted: {event}"));
        }
    }
    wrong
}
