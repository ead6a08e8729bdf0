//! Flow logs: CreateFlowLogs, DescribeFlowLogs, DeleteFlowLogs.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client_token::{self, Replay};
use super::describe::Describe;
use super::kind::Kind;
use super::page::USUAL;
use super::tag::{self, Tags};
use super::{Actions, subnet, transit_gateway, visibility, vpc};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[("CreateFlowLogs", create), ("DeleteFlowLogs", delete), ("DescribeFlowLogs", describe)];

/// Flow logs.
pub const KIND: Kind = Kind {
    prefix: "fl-",
    resource_type: "vpc-flow-log",
    not_found: "InvalidFlowLogId.NotFound",
    not_found_message: "The flow log '{}' does not exist",
    malformed: "InvalidFlowLogId.Malformed",
    exists: |state, id, _| state.flow_logs.logs.contains_key(id),
};

/// How long it takes until the first records have arrived.
const DELIVERY: Duration = Duration::seconds(300, 600, 900);
/// Flow logs of one resource. <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-limits.html>
const PER_RESOURCE: usize = 2;
/// Resources in one request, and transit gateways in one.
const RESOURCES: (usize, usize) = (1000, 25);

const FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} \
                      ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html>
const TRANSIT_GATEWAY_FORMAT: &str = "${version} ${resource-type} ${account-id} ${tgw-id} ${tgw-attachment-id} \
    ${tgw-src-vpc-account-id} ${tgw-dst-vpc-account-id} ${tgw-src-vpc-id} ${tgw-dst-vpc-id} ${tgw-src-subnet-id} \
    ${tgw-dst-subnet-id} ${tgw-src-eni} ${tgw-dst-eni} ${tgw-src-az-id} ${tgw-dst-az-id} ${tgw-pair-attachment-id} \
    ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${log-status} ${type} \
    ${packets-lost-no-route} ${packets-lost-blackhole} ${packets-lost-mtu-exceeded} ${packets-lost-ttl-expired} \
    ${tcp-flags} ${region} ${flow-direction} ${pkt-src-aws-service} ${pkt-dst-aws-service}";

const FILTERS: &[&str] = &[
    "deliver-log-status",
    "flow-log-id",
    "log-destination-type",
    "log-group-name",
    "resource-id",
    "tag",
    "traffic-type",
];

/// The flow logs in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    logs: BTreeMap<String, FlowLog>,
}

/// A flow log.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FlowLog {
    resource_id: String,
    created: Moment,
    /// When the first records have arrived.
    delivered_at: Moment,
    settings: Settings,
}

/// What one request gives all its flow logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Settings {
    resource_type: ResourceType,
    /// None for transit gateways.
    traffic_type: Option<String>,
    destination: Destination,
    format: String,
    /// In seconds.
    max_aggregation_interval: i64,
}

/// Where records go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Destination {
    /// CloudWatch Logs: the log group's name, its ARN where the request gave that, and the role that may write there.
    CloudWatchLogs { group: String, arn: Option<String>, role: String },
    /// S3: the bucket's ARN, with a folder.
    S3 { arn: String, parquet: bool, hive_compatible_partitions: bool, per_hour_partition: bool },
}

impl Destination {
    fn type_name(&self) -> &'static str {
        match self {
            Self::CloudWatchLogs { .. } => "cloud-watch-logs",
            Self::S3 { .. } => "s3",
        }
    }

    /// True where records would end up in the same place.
    fn same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::CloudWatchLogs { group: one, .. }, Self::CloudWatchLogs { group: other, .. })
            | (Self::S3 { arn: one, .. }, Self::S3 { arn: other, .. }) => one == other,
            _ => false,
        }
    }
}

/// What a flow log may watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ResourceType {
    Vpc,
    Subnet,
    TransitGateway,
}

impl ResourceType {
    /// Checks that the caller has a resource of this type.
    fn find(self, state: &super::State, id: &str, now: Moment) -> Answer<()> {
        match self {
            Self::Vpc => vpc::find(state, id, now).map(|_| ()),
            Self::Subnet => subnet::find(state, id, now).map(|_| ()),
            Self::TransitGateway => {
                transit_gateway::GATEWAY.check(id)?;
                let there = (transit_gateway::GATEWAY.exists)(state, id, now) && state.visibility.sees(id, now);
                if there { Ok(()) } else { Err(transit_gateway::GATEWAY.unknown(id)) }
            }
        }
    }

    fn default_format(self) -> &'static str {
        match self {
            Self::Vpc | Self::Subnet => FORMAT,
            Self::TransitGateway => TRANSIT_GATEWAY_FORMAT,
        }
    }
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new("InvalidParameter", text)
}

impl Settings {
    fn read(form: &Form) -> Answer<Self> {
        form.required("ResourceType")?;
        let resource_type = match form.one_of("ResourceType", &["VPC", "Subnet", "TransitGateway"])? {
            Some("Subnet") => ResourceType::Subnet,
            Some("TransitGateway") => ResourceType::TransitGateway,
            _ => ResourceType::Vpc,
        };
        let traffic_type = form.one_of("TrafficType", &["ACCEPT", "REJECT", "ALL"])?.map(str::to_owned);
        let interval = form.integer("MaxAggregationInterval")?;
        let watches_gateway = resource_type == ResourceType::TransitGateway;
        if traffic_type.is_some() == watches_gateway {
            return Err(if watches_gateway {
                invalid("TrafficType is not supported for transit gateway resource types.")
            } else {
                Fault::new("MissingParameter", "The request must contain the parameter TrafficType")
            });
        }
        let intervals: &[i64] = if watches_gateway { &[60] } else { &[600, 60] };
        let max_aggregation_interval = interval.unwrap_or(intervals[0]);
        if !intervals.contains(&max_aggregation_interval) {
            return Err(invalid(format!("Invalid Flow Log Max Aggregation Interval: {max_aggregation_interval}")));
        }
        let format = form.optional("LogFormat").unwrap_or(resource_type.default_format()).to_owned();
        if !format.contains("${") {
            return Err(invalid("LogFormat must contain at least one field."));
        }
        let destination = read_destination(form)?;
        Ok(Self { resource_type, traffic_type, destination, format, max_aggregation_interval })
    }
}

fn read_destination(form: &Form) -> Answer<Destination> {
    let group = form.optional("LogGroupName");
    let arn = form.optional("LogDestination");
    let role = form.optional("DeliverLogsPermissionArn");
    let options = form.form("DestinationOptions");
    let flag = |name: &str| options.map_or(Ok(None), |options| options.boolean(name)).map(Option::unwrap_or_default);
    let file_format = options.map_or(Ok(None), |options| options.one_of("FileFormat", &["plain-text", "parquet"]))?;
    let (hive_compatible_partitions, per_hour_partition) =
        (flag("HiveCompatiblePartitions")?, flag("PerHourPartition")?);
    if form.one_of("LogDestinationType", &["cloud-watch-logs", "s3"])? == Some("s3") {
        let Some(arn) = arn.filter(|arn| arn.starts_with("arn:aws:s3:::")) else {
            return Err(invalid("LogDestination must be the ARN of an S3 bucket if LogDestinationType is s3."));
        };
        if group.is_some() || role.is_some() {
            return Err(invalid(
                "LogGroupName and DeliverLogsPermissionArn cannot be used if LogDestinationType is s3.",
            ));
        }
        let (arn, parquet) = (arn.to_owned(), file_format == Some("parquet"));
        return Ok(Destination::S3 { arn, parquet, hive_compatible_partitions, per_hour_partition });
    }
    if options.is_some() {
        return Err(invalid("DestinationOptions cannot be used if LogDestinationType is cloud-watch-logs."));
    }
    let Some(role) = role else {
        return Err(invalid("DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."));
    };
    let named = arn.and_then(|arn| arn.strip_prefix("arn:aws:logs:")?.split_once(":log-group:"));
    let group = match (group, arn, named) {
        (Some(group), None, _) => group,
        (None, Some(_), Some((_, group))) => group.trim_end_matches(":*"),
        _ => return Err(invalid("Either LogGroupName or the ARN of a log group as LogDestination must be specified.")),
    };
    Ok(Destination::CloudWatchLogs { group: group.to_owned(), arn: arn.map(str::to_owned), role: role.to_owned() })
}

fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let replay = client_token::read(call, form)?;
    let settings = Settings::read(form)?;
    let resources = form.list("ResourceId");
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let most = if settings.resource_type == ResourceType::TransitGateway { RESOURCES.1 } else { RESOURCES.0 };
    if resources.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter ResourceIds"));
    }
    if resources.len() > most {
        return Err(Fault::new("InvalidParameterValue", format!("At most {most} resources can be specified.")));
    }
    let mut unsuccessful = Vec::new();
    let ids = match replay {
        Replay::Old(ids) => ids,
        Replay::New(token) => {
            let mut ids = Vec::new();
            for resource in resources {
                match create_one(call, resource, &settings, &tags) {
                    Ok(id) => ids.push(id),
                    Err(fault) => unsuccessful.push((resource, fault)),
                }
            }
            // A request that failed in part is not answered again as if it had not.
            if unsuccessful.is_empty() {
                token.keep(call, ids.clone());
            }
            ids
        }
    };
    xml.optional("clientToken", form.optional("ClientToken")).texts("flowLogIdSet", ids);
    write_unsuccessful(xml, unsuccessful);
    Ok(())
}

fn create_one(call: &mut Call<'_>, resource: &str, settings: &Settings, tags: &Tags) -> Answer<String> {
    let now = call.now;
    let state = call.ec2();
    settings.resource_type.find(state, resource, now)?;
    let existing = || state.flow_logs.logs.values().filter(|log| log.resource_id == resource);
    if existing().any(|log| log.settings.destination.same_place(&settings.destination)) {
        let text = "Error. There is an existing Flow Log with the same configuration and log destination.";
        return Err(Fault::new("FlowLogAlreadyExists", text));
    }
    if existing().count() >= PER_RESOURCE {
        let text = format!("{resource} has reached the limit of {PER_RESOURCE} flow logs.");
        return Err(Fault::new("FlowLogsLimitExceeded", text));
    }
    let id = call.new_id("fl");
    let log = FlowLog {
        resource_id: resource.to_owned(),
        created: now,
        delivered_at: call.done_after("CreateFlowLogs", DELIVERY),
        settings: settings.clone(),
    };
    visibility::created(call, &id);
    let state = call.ec2();
    state.tags.set(&id, tags.clone());
    state.flow_logs.logs.insert(id.clone(), log);
    Ok(id)
}

fn write_unsuccessful(xml: &mut Xml, unsuccessful: Vec<(&str, Fault)>) {
    xml.list("unsuccessful", unsuccessful, |item, (id, fault)| {
        item.element("error", |error| {
            error.text("code", fault.code).text("message", fault.message);
        });
        item.text("resourceId", id);
    });
}

fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let ids = form.list("FlowLogId");
    form.finish()?;
    if ids.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter FlowLogIds"));
    }
    let now = call.now;
    let state = call.ec2();
    let mut unsuccessful = Vec::new();
    for id in ids {
        match KIND.find(state, id, now, |state| state.flow_logs.logs.get(id)) {
            Ok(_) => {
                state.flow_logs.logs.remove(id);
                state.tags.forget(id);
            }
            Err(fault) => unsuccessful.push((id, fault)),
        }
    }
    write_unsuccessful(xml, unsuccessful);
    Ok(())
}

fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Describe::read(form, &KIND, "FlowLogId", FILTERS, Some(USUAL))?;
    let now = call.now;
    let state = call.ec2();
    let selection = request.select(state, now, &state.flow_logs.logs, |id, log, name| {
        let settings = &log.settings;
        let value = match (name, &settings.destination) {
            ("deliver-log-status", _) => (now >= log.delivered_at).then_some("SUCCESS"),
            ("flow-log-id", _) => Some(id),
            ("log-destination-type", destination) => Some(destination.type_name()),
            ("log-group-name", Destination::CloudWatchLogs { group, .. }) => Some(group.as_str()),
            ("resource-id", _) => Some(log.resource_id.as_str()),
            ("traffic-type", _) => settings.traffic_type.as_deref(),
            _ => None,
        };
        value.map(str::to_owned).into_iter().collect()
    })?;
    selection.write(xml, "flowLogSet", |item, id, log| write(item, id, log, state.tags.of(id), now));
    Ok(())
}

fn write(xml: &mut Xml, id: &str, log: &FlowLog, tags: &Tags, now: Moment) {
    let settings = &log.settings;
    xml.text("creationTime", log.created.iso8601());
    xml.optional("deliverLogsStatus", (now >= log.delivered_at).then_some("SUCCESS"));
    xml.text("flowLogId", id).text("flowLogStatus", "ACTIVE").text("resourceId", &log.resource_id);
    xml.optional("trafficType", settings.traffic_type.as_ref());
    xml.text("logDestinationType", settings.destination.type_name());
    match &settings.destination {
        Destination::CloudWatchLogs { group, arn, role } => {
            xml.text("logGroupName", group)
                .optional("logDestination", arn.as_ref())
                .text("deliverLogsPermissionArn", role);
        }
        Destination::S3 { arn, parquet, hive_compatible_partitions, per_hour_partition } => {
            xml.text("logDestination", arn).element("destinationOptions", |options| {
                options.text("fileFormat", if *parquet { "parquet" } else { "plain-text" });
                options.text("hiveCompatiblePartitions", hive_compatible_partitions);
                options.text("perHourPartition", per_hour_partition);
            });
        }
    }
    xml.text("logFormat", &settings.format).text("maxAggregationInterval", settings.max_aggregation_interval);
    tag::write(xml, tags);
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    const S3: &str = "&LogDestinationType=s3&LogDestination=arn:aws:s3:::logs";

    #[test]
    fn a_second_flow_log_to_the_same_place_is_unsuccessful() {
        let mut bench = bench();
        let vpc = text(&bench.done("Action=CreateVpc&CidrBlock=10.0.0.0/16"), "vpcId").to_owned();
        let create = format!("Action=CreateFlowLogs&ResourceType=VPC&ResourceId.1={vpc}&TrafficType=ALL{S3}");
        let first = bench.done(&format!("{create}&ClientToken=one"));
        let id = text(text(&first, "flowLogIdSet"), "item");
        assert_eq!(text(&first, "unsuccessful"), "");
        assert_eq!(
            text(&bench.done(&format!("{create}&ClientToken=one")), "flowLogIdSet"),
            format!("<item>{id}</item>")
        );
        let again = bench.done(&format!("{create}&ResourceId.2=vpc-00000000&ClientToken=two"));
        assert_eq!(texts(&again, "code"), ["FlowLogAlreadyExists", "InvalidVpcID.NotFound"]);
        assert_eq!(text(&again, "flowLogIdSet"), "");
        let seen = bench.done(&format!("Action=DescribeFlowLogs&Filter.1.Name=resource-id&Filter.1.Value.1={vpc}"));
        assert_eq!(texts(&seen, "flowLogId"), [id]);
        let delete = format!("Action=DeleteFlowLogs&FlowLogId.1={id}");
        assert_eq!(text(&bench.done(&delete), "unsuccessful"), "");
        assert_eq!(text(&bench.done(&delete), "code"), "InvalidFlowLogId.NotFound");
    }

    #[test]
    fn what_a_destination_or_a_resource_does_not_take_is_refused() {
        let mut bench = bench();
        let resource = "Action=CreateFlowLogs&ResourceId.1=vpc-00000000";
        for (rest, code) in [
            (format!("&ResourceType=VPC{S3}"), "MissingParameter"),
            (format!("&ResourceType=TransitGateway&TrafficType=ALL{S3}"), "InvalidParameter"),
            (String::from("&ResourceType=VPC&TrafficType=ALL&LogGroupName=flows"), "InvalidParameter"),
            (format!("&ResourceType=VPC&TrafficType=ALL{S3}&MaxAggregationInterval=61"), "InvalidParameter"),
            (format!("&ResourceType=NetworkInterface&TrafficType=ALL{S3}"), "InvalidParameterValue"),
        ] {
            assert_eq!(bench.code(&format!("{resource}{rest}")), code, "{rest}");
        }
    }
}
