//! Where firewalls write their logs.

use std::collections::BTreeMap;

use aws_sdk_networkfirewall::types::{LogDestinationConfig, LogDestinationType, LogType, LoggingConfiguration};

use super::answer::{found, gone};
use super::fields::with_fields;
use super::view::describe_logging;
use super::{
    Calls, FindingRule, Firewall, Identity, Kind, LogGroup, Observed, Realm, Specification, State, Tagging, Task,
    Timing, View, When, arn,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// That a firewall writes logs to CloudWatch Logs. What it writes elsewhere is named as a reference that is no log group's,
    /// so that it is seen.
    pub struct FirewallLogging with FirewallLoggingField {
        /// The firewall.
        #[key]
        #[immutable]
        pub firewall: Ref<Firewall>,
        /// Where it tells of flows that rules alert about or drop.
        pub alert: Option<Ref<LogGroup>>,
        /// Where it tells of every flow.
        pub flow: Option<Ref<LogGroup>>,
    }
}

impl Specification for FirewallLogging {
    const NAME: &'static str = "firewall-logging";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 2, 2);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls =
        Calls::new(&["UpdateLoggingConfiguration"], &["UpdateLoggingConfiguration"], &["UpdateLoggingConfiguration"]);
    const OPERATIONS: &'static [Operation] = &[UPDATE, Service::NetworkFirewall.read("DescribeLoggingConfiguration")];
    const ALSO_NEEDS: &'static [&'static str] = &[
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ];
    const FINDINGS: &'static [FindingRule<FirewallLoggingField>] = &[
        FindingRule::gone(Severity::High).fsbp(&["NetworkFirewall.2"]).nist(&["AU-2", "AU-12"]),
        FindingRule::weakened(FirewallLoggingField::alert, When::Differs, Severity::High).nist(&["AU-2", "AU-12"]),
        FindingRule::weakened(FirewallLoggingField::flow, When::Differs, Severity::High).nist(&["AU-2", "AU-12"]),
    ];
}

const UPDATE: Operation = Service::NetworkFirewall.idempotent("UpdateLoggingConfiguration");

/// The key of a log group's name in a destination (Network Firewall API reference, "LogDestinationConfig").
const LOG_GROUP: &str = "logGroup";

impl Kind for FirewallLogging {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let logging = view.firewall_logging().await?.iter().filter(|(_, destinations)| !destinations.is_empty());
        let observed = |(firewall, destinations): &(String, Vec<LogDestinationConfig>)| {
            let of_type = |log_type| destinations.iter().find(|one| one.log_type == log_type);
            let named =
                |one| Ref::id(name_of(one, |group| arn::of_log_group(group, view.cloud.region(), view.cloud.id())));
            Observed {
                id: logging_id(firewall),
                aliases: Vec::new(),
                tags: BTreeMap::new(),
                state: State::Ready,
                spec: Self {
                    firewall: Ref::id(firewall),
                    alert: of_type(LogType::Alert).map(named),
                    flow: of_type(LogType::Flow).map(named),
                },
            }
        };
        Ok(logging.map(observed).collect())
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let firewall = task.id(UPDATE, &self.firewall)?;
        self.set(firewall, task).await?;
        Ok(Some(logging_id(firewall)))
    }

    async fn update(&self, _live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        self.set(task.id(UPDATE, &self.firewall)?, task).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let firewall = task.id(UPDATE, &live.spec.firewall)?;
        let mut left = found(describe_logging(task.cloud, firewall).await)?.unwrap_or_default();
        while left.pop().is_some() {
            gone(send(firewall, &left, task).await)?;
        }
        Ok(())
    }
}

impl FirewallLogging {
    /// Brings the destinations a call nearer. AWS takes one change a call: one destination added, taken out, or pointed
    /// elsewhere, and that within one service only. One call a step, so that what a step has done before it failed is known.
    async fn set(&self, firewall: &str, task: &Task<'_>) -> Result<(), CallError> {
        let mut there = describe_logging(task.cloud, firewall).await?;
        for (log_type, wanted) in [(LogType::Alert, &self.alert), (LogType::Flow, &self.flow)] {
            let wanted = match wanted {
                Some(group) => Some(to_log_group(&log_type, task.id(UPDATE, group)?, task)?),
                None => None,
            };
            let at = there.iter().position(|one| one.log_type == log_type);
            if at.and_then(|at| there.get(at)) == wanted.as_ref() {
                continue;
            }
            if let Some(at) = at {
                let former = there.remove(at);
                let moves = wanted.as_ref().is_some_and(|new| new.log_destination_type == former.log_destination_type);
                if !moves {
                    return send(firewall, &there, task).await;
                }
            }
            if let Some(wanted) = wanted {
                there.push(wanted);
                return send(firewall, &there, task).await;
            }
        }
        Ok(())
    }
}

async fn send(firewall: &str, destinations: &[LogDestinationConfig], task: &Task<'_>) -> Result<(), CallError> {
    let configuration =
        LoggingConfiguration::builder().set_log_destination_configs(Some(destinations.to_vec())).build();
    let configuration = configuration.map_err(|error| task.answer(UPDATE).error(None, format!("{error}")))?;
    let request = || task.cloud.network_firewall().update_logging_configuration().firewall_arn(firewall);
    let send = || request().logging_configuration(configuration.clone()).send();
    task.cloud.call(UPDATE, send).await.map(drop)
}

/// The destination that a log group is.
fn to_log_group(log_type: &LogType, group: &str, task: &Task<'_>) -> Result<LogDestinationConfig, CallError> {
    let refused = || task.answer(UPDATE).error(None, format!("{group} is no log group that lz can write to"));
    let name = arn::to_log_group_name(group).ok_or_else(refused)?;
    let destination = LogDestinationConfig::builder()
        .log_type(log_type.clone())
        .log_destination_type(LogDestinationType::CloudwatchLogs)
        .log_destination(LOG_GROUP, name);
    destination.build().map_err(|error| task.answer(UPDATE).error(None, format!("{error}")))
}

/// What a destination is called: a log group's ARN; for a bucket or a stream, the service and AWS's words.
fn name_of(destination: &LogDestinationConfig, group_arn: impl Fn(&str) -> String) -> String {
    let words: BTreeMap<&String, &String> = destination.log_destination.iter().collect();
    match (&destination.log_destination_type, destination.log_destination.get(LOG_GROUP)) {
        (LogDestinationType::CloudwatchLogs, Some(group)) => group_arn(group),
        (other, _) => {
            let words: Vec<&str> = words.into_values().map(String::as_str).collect();
            format!("{} {}", other.as_str(), words.join("/"))
        }
    }
}

/// That a firewall writes logs has no id of AWS's.
fn logging_id(firewall: &str) -> String {
    format!("{firewall}|logging")
}
