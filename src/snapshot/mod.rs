//! Recordings of live networks: collected from AWS, and kept in folders in the form of the AWS CLI's own output.
//!
//! A folder is `DIR/<account id>/<region>/<command>[.<id>].json`, so that people without lz can make one with the AWS CLI.

mod ec2;
mod firewall;
mod folder;

use std::collections::BTreeMap;

use futures::future::join_all;
use serde::Serialize;
use serde_json::Value;

pub use folder::{FolderError, read, write};

use crate::cloud::{AccountCloud, CallError, Sessions};
use crate::reach::recorded::{AccountRecording, Recording};
use crate::values::{AccountId, Region};

/// A network as it was read.
#[derive(Debug)]
pub struct Recorded {
    /// What could be read, one entry per account.
    pub recording: Recording,
    /// What could not be, a sentence per account or call. What a denied call would have shown is taken for empty.
    pub unread: Vec<String>,
}

/// Records what decides about packets in accounts, each named for people, all at the same time. Changes nothing. An account
/// that can't be read, or denies every call, is told and left out.
pub async fn record(sessions: &Sessions, accounts: &[(String, AccountId)]) -> Recorded {
    let looks = accounts.iter().map(|(name, id)| async move {
        let collect = async { collect(&sessions.account(id).await?, sessions.region()).await };
        collect.await.map_err(|error: CollectError| format!("{name} ({id}) could not be read: {error}"))
    });
    let mut recorded = Recorded { recording: Recording::default(), unread: Vec::new() };
    for seen in join_all(looks).await {
        match seen {
            Ok((place, denied)) => {
                recorded.unread.extend(denied.iter().map(|error| format!("not allowed: {error}")));
                recorded.recording.places.push(place);
            }
            Err(problem) => recorded.unread.push(problem),
        }
    }
    // An account that denies every call shows no network, which is not an empty one.
    recorded.recording.places.retain(|place| !place.answers.is_empty());
    recorded.recording.places.sort_by(|one, other| one.account.cmp(&other.account));
    recorded
}

/// What an account answers, and the calls that it denies for lack of permission.
///
/// A call that fails otherwise fails the account: a recording that left something out without saying so would prove what is
/// not so.
async fn collect(cloud: &AccountCloud, region: &Region) -> Result<(AccountRecording, Vec<CallError>), CollectError> {
    let (network, prefix_lists, gateways, transit, firewalls) = futures::try_join!(
        ec2::network::collect(cloud),
        ec2::prefix_list::collect(cloud),
        ec2::gateway::collect(cloud),
        ec2::transit_gateway::collect(cloud),
        firewall::collect(cloud),
    )?;
    let (mut answers, mut denied) = (BTreeMap::new(), Vec::new());
    for part in [network, prefix_lists, gateways, transit, firewalls] {
        answers.extend(part.answers);
        denied.extend(part.denied);
    }
    Ok((AccountRecording { account: cloud.id().clone(), region: region.clone(), answers }, denied))
}

/// Why an account can't be recorded.
#[derive(Debug, thiserror::Error)]
enum CollectError {
    /// A call failed, other than for lack of permission.
    #[error(transparent)]
    Call(#[from] CallError),
    /// An answer can't be written as a document.
    #[error("an answer can't be written as JSON: {0}")]
    Document(#[from] serde_json::Error),
}

/// Answers by the command that gives them.
#[derive(Debug, Default)]
struct Answers {
    answers: BTreeMap<String, Value>,
    denied: Vec<CallError>,
}

impl Answers {
    /// Keeps a document.
    ///
    /// # Errors
    /// It can't be written as JSON.
    fn add(&mut self, command: impl Into<String>, document: &impl Serialize) -> Result<(), CollectError> {
        self.answers.insert(command.into(), serde_json::to_value(document)?);
        Ok(())
    }

    /// Keeps an answer as a document.
    ///
    /// # Errors
    /// Where the call failed, other than for lack of permission, or the document can't be written as JSON.
    fn keep<T, D: Serialize>(
        &mut self,
        command: impl Into<String>,
        answer: Result<T, CallError>,
        document: impl FnOnce(&T) -> D,
    ) -> Result<(), CollectError> {
        match self.unless_denied(answer)? {
            Some(answer) => self.add(command, &document(&answer)),
            None => Ok(()),
        }
    }

    /// An answer; none where AWS denies it for lack of permission, which is remembered.
    ///
    /// # Errors
    /// Where the call failed otherwise.
    fn unless_denied<T>(&mut self, answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_denied() => {
                self.denied.push(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
