//! A resource of each kind that is somebody else's.

use std::time::Duration;

use aws_sdk_ec2::types::{ConnectivityType, FlowLogsResourceType, LogDestinationType, TrafficType, VpcEndpointType};
use aws_sdk_networkfirewall::types::{
    FirewallPolicy, RuleGroup, RuleGroupType, RuleOrder, RulesSource, StatefulRuleOptions, SubnetMapping,
};
use lz::kinds::KindName;

use super::super::world::Console;

/// The zone's own that a stranger is put into, or beside.
pub struct Around {
    /// A VPC of the zone in the stranger's account, where there is one.
    pub vpc: Option<String>,
    pub gateway: String,
    /// A unit of the organization.
    pub unit: String,
}

/// Makes a stranger of a kind; gives its id. None where nobody makes one by itself.
pub async fn stranger(by: &Console, kind: KindName, around: &Around) -> Option<String> {
    let made = match kind {
        KindName::Vpc => vpc(by).await,
        KindName::Subnet => subnet(by).await.1,
        KindName::InternetGateway => {
            let made = by.ec2.create_internet_gateway().send().await.expect("a gateway").internet_gateway;
            made.and_then(|one| one.internet_gateway_id).expect("an id")
        }
        KindName::ElasticIp => {
            let made = by.ec2.allocate_address().domain(aws_sdk_ec2::types::DomainType::Vpc).send().await;
            made.expect("an address").allocation_id.expect("an id")
        }
        KindName::NatGateway => {
            let create = by.ec2.create_nat_gateway().subnet_id(subnet(by).await.1);
            let made = create.connectivity_type(ConnectivityType::Private).send().await.expect("a gateway");
            made.nat_gateway.and_then(|one| one.nat_gateway_id).expect("an id")
        }
        KindName::RouteTable => {
            let made = by.ec2.create_route_table().vpc_id(beside(by, around).await).send().await.expect("a table");
            made.route_table.and_then(|one| one.route_table_id).expect("an id")
        }
        KindName::SecurityGroup => {
            let create = by.ec2.create_security_group().vpc_id(beside(by, around).await).group_name("theirs");
            create.description("theirs").send().await.expect("a group").group_id.expect("an id")
        }
        KindName::VpcEndpoint => {
            let create = by.ec2.create_vpc_endpoint().vpc_id(vpc(by).await);
            let create = create.service_name("com.amazonaws.eu-west-1.s3").vpc_endpoint_type(VpcEndpointType::Gateway);
            let made = create.send().await.expect("an endpoint").vpc_endpoint;
            made.and_then(|one| one.vpc_endpoint_id).expect("an id")
        }
        KindName::FlowLog => {
            let create = by.ec2.create_flow_logs().resource_ids(beside(by, around).await);
            let create = create.resource_type(FlowLogsResourceType::Vpc).traffic_type(TrafficType::All);
            let create = create.log_destination_type(LogDestinationType::S3).log_destination("arn:aws:s3:::theirs");
            let made = create.send().await.expect("a flow log").flow_log_ids.unwrap_or_default();
            made.into_iter().next().expect("an id")
        }
        KindName::TransitGateway => {
            let made = by.ec2.create_transit_gateway().send().await.expect("a gateway").transit_gateway;
            made.and_then(|one| one.transit_gateway_id).expect("an id")
        }
        KindName::TransitGatewayRouteTable => {
            let create = by.ec2.create_transit_gateway_route_table().transit_gateway_id(&around.gateway);
            let made = create.send().await.expect("a table").transit_gateway_route_table;
            made.and_then(|one| one.transit_gateway_route_table_id).expect("an id")
        }
        KindName::TransitGatewayAttachment => {
            let (vpc, subnet) = subnet(by).await;
            let create = by.ec2.create_transit_gateway_vpc_attachment().transit_gateway_id(&around.gateway);
            let made = create.vpc_id(vpc).subnet_ids(subnet).send().await.expect("an attachment");
            let made = made.transit_gateway_vpc_attachment.and_then(|one| one.transit_gateway_attachment_id);
            made.expect("an id")
        }
        KindName::ResourceShare => {
            let made = by.ram.create_resource_share().name("theirs").send().await.expect("a share").resource_share;
            made.and_then(|one| one.resource_share_arn).expect("an ARN")
        }
        KindName::LogGroup => {
            by.logs.create_log_group().log_group_name("theirs").send().await.expect("a log group");
            by.clock.sleep(std::time::Duration::from_secs(300)).await;
            let all = by.logs.describe_log_groups().log_group_name_prefix("theirs").send().await.expect("groups");
            let all = all.log_groups.unwrap_or_default();
            let arn = all.into_iter().find_map(|one| one.log_group_arn.or(one.arn)).expect("an ARN");
            arn.trim_end_matches(":*").to_owned()
        }
        KindName::OrganizationalUnit => {
            let create = by.organizations.create_organizational_unit().parent_id(&around.unit).name("Theirs");
            let made = create.send().await.expect("a unit").organizational_unit;
            made.and_then(|one| one.id).expect("an id")
        }
        KindName::Account => account(by).await,
        KindName::FirewallRuleGroup => rule_group(by).await,
        KindName::FirewallPolicy => policy(by).await,
        KindName::Firewall => firewall(by).await,
        // A VPC has one, and AWS makes it.
        _ => return None,
    };
    wait(by).await;
    Some(made)
}

/// Until AWS has done what was asked, and shows it.
async fn wait(by: &Console) {
    by.clock.sleep(Duration::from_secs(900)).await;
}

async fn vpc(by: &Console) -> String {
    let made = by.ec2.create_vpc().cidr_block("10.99.0.0/24").send().await.expect("a VPC").vpc;
    wait(by).await;
    made.and_then(|one| one.vpc_id).expect("an id")
}

/// The VPC that a stranger is put into.
async fn beside(by: &Console, around: &Around) -> String {
    match &around.vpc {
        Some(vpc) => vpc.clone(),
        None => vpc(by).await,
    }
}

/// A subnet, after its VPC.
async fn subnet(by: &Console) -> (String, String) {
    let vpc = vpc(by).await;
    let create = by.ec2.create_subnet().vpc_id(&vpc).cidr_block("10.99.0.0/26").availability_zone_id("euw1-az1");
    let made = create.send().await.expect("a subnet").subnet.and_then(|one| one.subnet_id).expect("an id");
    wait(by).await;
    (vpc, made)
}

async fn account(by: &Console) -> String {
    let create = by.organizations.create_account().email("theirs@example.com").account_name("theirs");
    let request = create.send().await.expect("a request").create_account_status.and_then(|status| status.id);
    by.clock.sleep(Duration::from_secs(1800)).await;
    let status = by.organizations.describe_create_account_status();
    let status = status.create_account_request_id(request.expect("an id")).send().await.expect("a status");
    status.create_account_status.and_then(|status| status.account_id).expect("an account")
}

async fn rule_group(by: &Console) -> String {
    let source = RulesSource::builder().rules_string("pass ip any any -> any any (sid:7;)").build();
    let options = StatefulRuleOptions::builder().rule_order(RuleOrder::StrictOrder).build();
    let group = RuleGroup::builder().rules_source(source).stateful_rule_options(options).build();
    let create = by.firewall.create_rule_group().rule_group_name("theirs").r#type(RuleGroupType::Stateful);
    let made = create.capacity(10).rule_group(group).send().await.expect("a group");
    made.rule_group_response.expect("a group").rule_group_arn
}

async fn policy(by: &Console) -> String {
    let policy = FirewallPolicy::builder().stateless_default_actions("aws:pass");
    let policy = policy.stateless_fragment_default_actions("aws:pass").build().expect("a policy");
    let create = by.firewall.create_firewall_policy().firewall_policy_name("theirs").firewall_policy(policy);
    create.send().await.expect("a policy").firewall_policy_response.expect("a policy").firewall_policy_arn
}

async fn firewall(by: &Console) -> String {
    let (vpc, subnet) = subnet(by).await;
    let mapping = SubnetMapping::builder().subnet_id(subnet).build().expect("a mapping");
    let create = by.firewall.create_firewall().firewall_name("theirs").firewall_policy_arn(policy(by).await);
    let made = create.vpc_id(vpc).subnet_mappings(mapping).send().await.expect("a firewall").firewall;
    made.and_then(|one| one.firewall_arn).expect("an ARN")
}
