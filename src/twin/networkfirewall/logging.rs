//! Where a firewall's logs go.
//!
//! <https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::firewall_state::Firewall;
use super::input::{arn, find, invalid, named};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// What a log tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum LogType {
    Alert,
    Flow,
    Tls,
}

/// Where a log goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LogDestination {
    log_destination_type: DestinationType,
    log_destination: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum DestinationType {
    S3,
    CloudWatchLogs,
    KinesisDataFirehose,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateRequest {
    firewall_arn: Option<String>,
    firewall_name: Option<String>,
    logging_configuration: Option<LoggingConfiguration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LoggingConfiguration {
    log_destination_configs: Vec<Config>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    log_type: LogType,
    log_destination_type: DestinationType,
    log_destination: BTreeMap<String, String>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateLoggingConfiguration.html>
pub(super) fn update_logging_configuration(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UpdateRequest = input(value)?;
    let name = named::<Firewall>(&call.caller, request.firewall_name, request.firewall_arn)?;
    let firewall = find::<Firewall>(call, &name)?;
    if firewall.record.gone_at.is_some() {
        return Err(invalid(format!("firewall is being deleted, parameter: [{name}]")));
    }
    let former = firewall.logging.clone();
    let mut logging = BTreeMap::new();
    for config in request.logging_configuration.unwrap_or_default().log_destination_configs {
        let Config { log_type, log_destination_type, log_destination } = config;
        let destination = LogDestination { log_destination_type, log_destination };
        if logging.insert(log_type, destination).is_some() {
            return Err(invalid(format!("a log type can have one destination only, parameter: [{log_type:?}]")));
        }
    }
    check_one_change(&former, &logging)?;
    let changed = logging.iter().filter(|(log_type, destination)| former.get(log_type) != Some(destination));
    for (log_type, destination) in changed {
        check_destination(call, *log_type, destination)?;
    }
    find::<Firewall>(call, &name)?.logging = logging;
    described(call, &name)
}

/// One call may add a destination, or remove one, or change where one leads to; not what it is of, nor its type.
fn check_one_change(
    former: &BTreeMap<LogType, LogDestination>,
    wanted: &BTreeMap<LogType, LogDestination>,
) -> Answer<()> {
    let types: BTreeSet<&LogType> = former.keys().chain(wanted.keys()).collect();
    let changes: Vec<&LogType> =
        types.into_iter().filter(|log_type| former.get(log_type) != wanted.get(log_type)).collect();
    if changes.len() > 1 {
        return Err(invalid("You can change the logging configuration one LogDestinationConfig at a time only."));
    }
    let retyped = changes.iter().any(|log_type| match (former.get(log_type), wanted.get(log_type)) {
        (Some(former), Some(wanted)) => former.log_destination_type != wanted.log_destination_type,
        _ => false,
    });
    if retyped {
        return Err(invalid("LogDestinationType cannot be changed: delete the configuration and create a new one."));
    }
    Ok(())
}

/// The twin has log groups only. That AWS looks whether they are there is the stricter reading.
fn check_destination(call: &Call<'_>, log_type: LogType, destination: &LogDestination) -> Answer<()> {
    if log_type == LogType::Tls {
        return Err(invalid("TLS logs need a firewall policy with TLS inspection, parameter: [TLS]"));
    }
    if destination.log_destination_type != DestinationType::CloudWatchLogs {
        let text = "The simulated AWS has no destinations of logs but CloudWatch Logs.";
        return Err(Fault::new("LogDestinationPermissionException", text));
    }
    let members = &destination.log_destination;
    let Some(group) = members.get("logGroup").filter(|_| members.len() == 1) else {
        return Err(invalid("LogDestination must have the one key logGroup"));
    };
    if !call.world.logs.has_group(&call.caller.account, &call.caller.region, group) {
        let text = format!("Unable to deliver logs: the log group does not exist, parameter: [{group}]");
        return Err(Fault::new("LogDestinationPermissionException", text));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    firewall_arn: Option<String>,
    firewall_name: Option<String>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DescribeLoggingConfiguration.html>
pub(super) fn describe_logging_configuration(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Named = input(value)?;
    let name = named::<Firewall>(&call.caller, request.firewall_name, request.firewall_arn)?;
    let mut answer = described(call, &name)?;
    if let Some(members) = answer.as_object_mut() {
        members.remove("FirewallName");
    }
    Ok(answer)
}

fn described(call: &mut Call<'_>, name: &str) -> Answer<Value> {
    let arn = arn::<Firewall>(&call.caller, name);
    let config = |(log_type, destination): (&LogType, &LogDestination)| {
        let mut config = json!(destination);
        config["LogType"] = json!(log_type);
        config
    };
    let configs: Vec<Value> = find::<Firewall>(call, name)?.logging.iter().map(config).collect();
    Ok(json!({
        "FirewallArn": arn,
        "FirewallName": name,
        "LoggingConfiguration": {"LogDestinationConfigs": configs},
    }))
}
