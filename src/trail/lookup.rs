//! Looking calls up in CloudTrail.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudtrail::config::{Builder, Region};
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use futures::stream::{FuturesUnordered, StreamExt};

use super::event::Event;
use super::question::{About, Question};
use crate::cloud::{AccountCloud, CallError, Operation, Service, Sessions};
use crate::sweep::{Author, FindingId};
use crate::values::AccountId;

const LOOKUP: Operation = Service::CloudTrail.read("LookupEvents");
/// How many pages of 50 calls of one name are looked through, the newest first: LookupEvents takes two calls a second.
const PAGES: usize = 4;
/// Where calls of services are logged that have no regions, in the partition `aws` (CloudTrail user guide, "Global service
/// events").
const GLOBAL_REGION: &str = "us-east-1";

/// What CloudTrail has answered.
#[derive(Debug, Default)]
pub struct Answers {
    /// Who made what was found, where CloudTrail knows.
    pub authors: BTreeMap<FindingId, Author>,
    /// Accounts whose events could not be looked up, with the reason.
    pub refused: BTreeMap<AccountId, String>,
}

/// Asks, account by account and all accounts at once. An account that can't be asked is told; it keeps nobody else from
/// being asked.
pub async fn ask(sessions: &Sessions, questions: &[Question]) -> Answers {
    let mut by_account: BTreeMap<&AccountId, Vec<&Question>> = BTreeMap::new();
    for question in questions {
        by_account.entry(&question.account).or_default().push(question);
    }
    let mut asked: FuturesUnordered<_> = by_account
        .into_iter()
        .map(async |(account, questions)| (account, ask_account(sessions, account, &questions).await))
        .collect();
    let mut answers = Answers::default();
    while let Some((account, answered)) = asked.next().await {
        match answered {
            Ok(authors) => answers.authors.extend(authors),
            Err(error) => {
                answers.refused.insert(account.clone(), error.to_string());
            }
        }
    }
    answers
}

async fn ask_account(
    sessions: &Sessions,
    account: &AccountId,
    questions: &[&Question],
) -> Result<BTreeMap<FindingId, Author>, CallError> {
    let cloud = sessions.account(account).await?;
    let mut history = History { cloud, calls: BTreeMap::new() };
    let mut authors = BTreeMap::new();
    for question in questions {
        if let Some(author) = history.answer(question).await? {
            authors.insert(question.finding.clone(), author);
        }
    }
    Ok(authors)
}

/// The calls of an account that were looked up, by whether they are global and by name.
struct History {
    cloud: AccountCloud,
    calls: BTreeMap<(bool, &'static str), Vec<Event>>,
}

impl History {
    async fn answer(&mut self, question: &Question) -> Result<Option<Author>, CallError> {
        for name in question.calls.iter().copied() {
            self.look_up(question.is_global, name).await?;
        }
        let made = match &question.about {
            About::Ids(_) => BTreeSet::new(),
            About::Lost { address, makers } => self.made_as(question.is_global, address, makers).await?,
        };
        let events = question.calls.iter().filter_map(|name| self.calls.get(&(question.is_global, *name))).flatten();
        let is_it = |event: &&Event| match &question.about {
            About::Ids(ids) => event.is_about(ids),
            About::Lost { .. } => event.asks_about(&made),
        };
        Ok(events.filter(is_it).max_by_key(|event| event.time().to_owned()).map(Event::author))
    }

    /// The ids that were ever made under an address.
    async fn made_as(
        &mut self,
        is_global: bool,
        address: &String,
        makers: &'static [&'static str],
    ) -> Result<BTreeSet<String>, CallError> {
        let mut made = BTreeSet::new();
        for name in makers.iter().copied() {
            self.look_up(is_global, name).await?;
            let events = self.calls.get(&(is_global, name)).into_iter().flatten();
            made.extend(events.filter(|event| event.is_about([address])).flat_map(Event::made));
        }
        Ok(made)
    }

    /// Looks up the newest calls of a name, once.
    async fn look_up(&mut self, is_global: bool, name: &'static str) -> Result<(), CallError> {
        if self.calls.contains_key(&(is_global, name)) {
            return Ok(());
        }
        let mut events = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let page = self.page(is_global, name, token).await?;
            let records = page.events.unwrap_or_default();
            let parsed = records.iter().filter_map(|event| event.cloud_trail_event()).filter_map(Event::parse);
            events.extend(parsed.filter(|event| !event.was_refused()));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        self.calls.insert((is_global, name), events);
        Ok(())
    }

    async fn page(
        &self,
        is_global: bool,
        name: &'static str,
        token: Option<String>,
    ) -> Result<aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput, CallError> {
        let region = if is_global { GLOBAL_REGION } else { self.cloud.region().as_str() };
        let by_name =
            LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value(name).build();
        let invalid = |error: aws_sdk_cloudtrail::error::BuildError| {
            CallError::told(LOOKUP, self.cloud.id().as_str(), None, error.to_string())
        };
        let by_name = by_name.map_err(invalid)?;
        self.cloud
            .call(LOOKUP, || {
                let lookup = self.cloud.cloud_trail().lookup_events().lookup_attributes(by_name.clone());
                let lookup = lookup.set_next_token(token.clone());
                lookup.customize().config_override(Builder::new().region(Region::new(region.to_owned()))).send()
            })
            .await
    }
}
