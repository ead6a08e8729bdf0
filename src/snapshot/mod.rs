//! Recordings of live networks: collected from AWS, and kept in folders in the form of the AWS CLI's own output.
//!
//! A folder is `DIR/<account id>/<region>/<command>[.<id>].json`, so that people without lz can make one with the AWS CLI.

mod ec2;
mod firewall;
mod folder;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use folder::{FolderError, read, write};

use crate::cloud::{AccountCloud, CallError};
use crate::reach::recorded::AccountRecording;
use crate::values::Region;

/// Records what decides about packets in an account and region. Changes nothing.
///
/// # Errors
/// The first call that failed: a recording that left something out would prove what is not so.
pub async fn collect(cloud: &AccountCloud, region: &Region) -> Result<AccountRecording, CallError> {
    let (network, gateways, transit, firewalls) = futures::try_join!(
        ec2::network::collect(cloud),
        ec2::gateway::collect(cloud),
        ec2::transit_gateway::collect(cloud),
        firewall::collect(cloud),
    )?;
    let all = [network, gateways, transit, firewalls].into_iter().flat_map(|answers| answers.0);
    Ok(AccountRecording { account: cloud.id().clone(), region: region.clone(), answers: all.collect() })
}

/// Answers by the command that gives them.
#[derive(Debug, Default)]
struct Answers(BTreeMap<String, Value>);

impl Answers {
    fn add(&mut self, command: impl Into<String>, document: &impl Serialize) {
        // Documents are structs of texts, numbers and lists, with text keys: they always serialize.
        let value = serde_json::to_value(document).unwrap_or(Value::Null);
        self.0.insert(command.into(), value);
    }
}
