//! The AWS services that have VPC endpoints, their private names and their prefix lists.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>

use crate::twin::ec2::availability_zone;
use crate::twin::ec2::filter::Filters;
use crate::twin::ec2::page::{Page, USUAL};
use crate::twin::ec2::tag::Tags;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::{Call, mix};

/// Services with gateway endpoints, and the blocks of their prefix lists.
const GATEWAY: &[(&str, &[&str])] = &[
    ("dynamodb", &["52.94.24.0/23", "52.119.240.0/21"]),
    ("s3", &["3.5.64.0/21", "52.218.0.0/17", "54.231.128.0/19"]),
];

/// Services with interface endpoints, and the public names that private DNS takes over, `{}` being the region.
const INTERFACE: &[(&str, &[&str])] = &[
    ("athena", &["athena.{}.amazonaws.com"]),
    ("autoscaling", &["autoscaling.{}.amazonaws.com"]),
    ("backup", &["backup.{}.amazonaws.com"]),
    ("bedrock-runtime", &["bedrock-runtime.{}.amazonaws.com"]),
    ("cloudformation", &["cloudformation.{}.amazonaws.com"]),
    ("cloudtrail", &["cloudtrail.{}.amazonaws.com"]),
    ("codebuild", &["codebuild.{}.amazonaws.com"]),
    ("codedeploy", &["codedeploy.{}.amazonaws.com"]),
    ("codepipeline", &["codepipeline.{}.amazonaws.com"]),
    ("config", &["config.{}.amazonaws.com"]),
    ("ec2", &["ec2.{}.amazonaws.com"]),
    ("ec2messages", &["ec2messages.{}.amazonaws.com"]),
    ("ecr.api", &["api.ecr.{}.amazonaws.com"]),
    ("ecr.dkr", &["*.dkr.ecr.{}.amazonaws.com", "dkr.ecr.{}.amazonaws.com"]),
    ("ecs", &["ecs.{}.amazonaws.com"]),
    ("ecs-agent", &["ecs-a.{}.amazonaws.com"]),
    ("ecs-telemetry", &["ecs-t.{}.amazonaws.com"]),
    ("elasticache", &["elasticache.{}.amazonaws.com"]),
    ("elasticfilesystem", &["elasticfilesystem.{}.amazonaws.com"]),
    ("elasticloadbalancing", &["elasticloadbalancing.{}.amazonaws.com"]),
    ("events", &["events.{}.amazonaws.com"]),
    ("execute-api", &["*.execute-api.{}.amazonaws.com"]),
    ("glue", &["glue.{}.amazonaws.com"]),
    ("guardduty-data", &["guardduty-data.{}.amazonaws.com"]),
    ("kinesis-firehose", &["firehose.{}.amazonaws.com"]),
    ("kinesis-streams", &["kinesis.{}.amazonaws.com"]),
    ("kms", &["kms.{}.amazonaws.com"]),
    ("lambda", &["lambda.{}.amazonaws.com"]),
    ("logs", &["logs.{}.amazonaws.com"]),
    ("monitoring", &["monitoring.{}.amazonaws.com"]),
    ("rds", &["rds.{}.amazonaws.com"]),
    ("rds-data", &["rds-data.{}.amazonaws.com"]),
    ("secretsmanager", &["secretsmanager.{}.amazonaws.com"]),
    ("sns", &["sns.{}.amazonaws.com"]),
    ("sqs", &["sqs.{}.amazonaws.com"]),
    ("ssm", &["ssm.{}.amazonaws.com"]),
    ("ssmmessages", &["ssmmessages.{}.amazonaws.com"]),
    ("states", &["states.{}.amazonaws.com"]),
    ("sts", &["sts.{}.amazonaws.com"]),
    ("xray", &["xray.{}.amazonaws.com"]),
];

/// A service that a VPC may have an endpoint to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// By a gateway endpoint: the blocks of its prefix list.
    Gateway(&'static [&'static str]),
    /// By an interface endpoint: its public names, with `{}` for the region.
    Interface(&'static [&'static str]),
}

impl Service {
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Gateway(_) => "Gateway",
            Self::Interface(_) => "Interface",
        }
    }
}

/// All services of a region by their whole names, in the order of these.
fn services(region: &str) -> Vec<(String, Service)> {
    let gateways = GATEWAY.iter().map(|(name, blocks)| (whole_name(region, name), Service::Gateway(blocks)));
    let interfaces = INTERFACE.iter().map(|(name, names)| (whole_name(region, name), Service::Interface(names)));
    let mut all: Vec<_> = gateways.chain(interfaces).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

fn whole_name(region: &str, name: &str) -> String {
    format!("com.amazonaws.{region}.{name}")
}

/// A service by its whole name.
///
/// # Errors
/// `InvalidServiceName`.
pub(super) fn find(region: &str, service_name: &str) -> Answer<Service> {
    services(region).into_iter().find(|(name, _)| name == service_name).map(|(_, service)| service).ok_or_else(|| {
        Fault::new("InvalidServiceName", format!("The Vpc Endpoint Service '{service_name}' does not exist"))
    })
}

/// The public names of a service in a region.
pub(super) fn private_names(names: &[&str], region: &str) -> Vec<String> {
    names.iter().map(|name| name.replace("{}", region)).collect()
}

/// The id of a service's prefix list, which every account sees alike.
pub(super) fn prefix_list_id(service_name: &str) -> String {
    format!("pl-{:08x}", mix(0, service_name, 0) >> 32)
}

/// True where a service in the region has the prefix list.
#[must_use]
pub fn has_prefix_list(region: &str, id: &str) -> bool {
    prefix_lists(region).iter().any(|(known, ..)| known == id)
}

/// The prefix lists of a region: id, name and blocks.
pub(super) fn prefix_lists(region: &str) -> Vec<(String, String, &'static [&'static str])> {
    let services = services(region).into_iter();
    services
        .filter_map(|(name, service)| match service {
            Service::Gateway(blocks) => Some((prefix_list_id(&name), name, blocks)),
            Service::Interface(_) => None,
        })
        .collect()
}

pub(super) fn describe_services(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let names = form.list("ServiceName");
    let filters = Filters::read(form, &["owner", "service-name", "service-region", "service-type"])?;
    let page = Page::read(form, USUAL)?;
    form.finish()?;
    let region = call.caller.region.clone();
    names.iter().try_for_each(|name| find(&region, name).map(|_| ()))?;
    let matching = services(&region).into_iter().filter(|(name, service)| {
        let attribute = |filter: &str| {
            vec![match filter {
                "owner" => String::from("amazon"),
                "service-name" => name.clone(),
                "service-region" => region.clone(),
                _ => service.type_name().to_owned(),
            }]
        };
        (names.is_empty() || names.contains(&name.as_str())) && filters.matches(&Tags::new(), attribute)
    });
    let (services, next_token) = page.cut(matching.map(|(name, service)| (name.clone(), (name, service))));
    xml.texts("serviceNameSet", services.iter().map(|(name, _)| name));
    let zones: Vec<String> = availability_zone::of(call).into_iter().map(|zone| zone.name).collect();
    xml.list("serviceDetailSet", services, |item, (name, service)| write(item, &name, service, &region, &zones));
    xml.optional("nextToken", next_token);
    Ok(())
}

fn write(xml: &mut Xml, name: &str, service: Service, region: &str, zones: &[String]) {
    xml.text("serviceName", name);
    xml.list("serviceType", [service.type_name()], |item, one| {
        item.text("serviceType", one);
    });
    xml.text("serviceRegion", region).texts("availabilityZoneSet", zones).text("owner", "amazon");
    if let Service::Interface(names) = service {
        let names = private_names(names, region);
        xml.optional("privateDnsName", names.first());
        xml.list("privateDnsNameSet", &names, |item, one| {
            item.text("privateDnsName", one);
        });
        xml.text("privateDnsNameVerificationState", "verified");
    }
    xml.text("vpcEndpointPolicySupported", true).text("acceptanceRequired", false).text("managesVpcEndpoints", false);
    xml.texts("supportedIpAddressTypeSet", ["ipv4"]);
}
