//! A network from recorded answers of AWS: the JSON that the AWS CLI prints.
//!
//! What `lz trace` reads live takes the same way: its answers are brought into this form first. So a trace over a recording
//! and one over what is live can't differ but by the time between them.

mod assemble;
pub mod documents;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Network;
use crate::values::{AccountId, Region};

/// Answers of one account in one region, by the command that gives them: `describe-vpcs`, or
/// `search-transit-gateway-routes.tgw-rtb-0123` where a command asks about one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRecording {
    /// The account that was asked.
    pub account: AccountId,
    /// The region that was asked.
    pub region: Region,
    /// The answers.
    pub answers: BTreeMap<String, Value>,
}

/// Answers of several accounts and regions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// The answers, one entry per account and region.
    pub places: Vec<AccountRecording>,
}

/// A recorded answer that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{account}/{region}/{command}.json: {problem}")]
pub struct UnusableAnswer {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The command that gave it.
    pub command: String,
    /// What is wrong.
    pub problem: String,
}

/// The commands whose absence is worth saying: without them a verdict may be wrong.
const EXPECTED: &[&str] = &[
    "describe-vpcs",
    "describe-subnets",
    "describe-route-tables",
    "describe-network-acls",
    "describe-security-groups",
    "describe-network-interfaces",
    "describe-instances",
    "describe-internet-gateways",
    "describe-nat-gateways",
    "describe-vpc-endpoints",
    "describe-vpc-peering-connections",
    "describe-vpn-gateways",
    "describe-vpc-block-public-access-options",
    "describe-managed-prefix-lists",
    "describe-transit-gateways",
    "describe-transit-gateway-attachments",
    "describe-transit-gateway-vpc-attachments",
    "describe-transit-gateway-route-tables",
    "describe-transit-gateway-policy-tables",
    "list-firewalls",
];

impl Recording {
    /// The network that the answers show.
    ///
    /// # Errors
    /// Where an answer does not have the form of the AWS CLI's, or holds a value that can't be (an address that is none).
    pub fn network(&self) -> Result<Network, UnusableAnswer> {
        let mut network = assemble::network(self)?;
        network.caveats.extend(self.missing());
        Ok(network)
    }

    /// What was not recorded, a sentence for all accounts that lack the same.
    fn missing(&self) -> Vec<String> {
        let mut places: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
        for place in &self.places {
            let missing = EXPECTED.iter().copied().filter(|command| !place.answers.contains_key(*command)).collect();
            places.entry(missing).or_default().push(format!("{} in {}", place.account, place.region));
        }
        let sentence = |(missing, places): (Vec<&str>, Vec<String>)| {
            (!missing.is_empty())
                .then(|| format!("no answer, taken for empty: {} of {}", missing.join(", "), places.join(", ")))
        };
        places.into_iter().filter_map(sentence).collect()
    }
}

impl AccountRecording {
    /// An answer, if it was recorded.
    fn answer<T: DeserializeOwned>(&self, command: &str) -> Result<Option<T>, UnusableAnswer> {
        let Some(value) = self.answers.get(command) else { return Ok(None) };
        T::deserialize(value).map(Some).map_err(|error| self.unusable(command, error))
    }

    /// The answers to a command that asks about one thing at a time, by that thing.
    fn answers<T: DeserializeOwned>(&self, command: &str) -> Result<Vec<(&str, T)>, UnusableAnswer> {
        let about = |name: &'_ str| name.strip_prefix(command)?.strip_prefix('.').map(str::len);
        let mut all = Vec::new();
        for (name, value) in &self.answers {
            if let Some(length) = about(name) {
                let document = T::deserialize(value).map_err(|error| self.unusable(name, error))?;
                all.push((&name[name.len() - length..], document));
            }
        }
        Ok(all)
    }

    fn unusable(&self, command: &str, problem: impl std::fmt::Display) -> UnusableAnswer {
        UnusableAnswer {
            account: self.account.clone(),
            region: self.region.clone(),
            command: command.to_owned(),
            problem: problem.to_string(),
        }
    }
}
