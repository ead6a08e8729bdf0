//! What the journal tells people: the list of runs, and one run in full.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde::Serialize;

use super::moment;
use super::record::{CallResult, Deed, Entry, Intent, Number, Outcome, Record, RunStarted};
use crate::graph::Address;

/// A run in the list of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Its name.
    pub run: String,
    /// The command.
    pub command: String,
    /// The scopes that it was for.
    pub scopes: Vec<String>,
    /// Who ran it.
    pub by: String,
    /// When it began.
    #[serde(serialize_with = "moment::serialize")]
    pub started: SystemTime,
    /// When it ended; none for one that is under way or was killed.
    #[serde(serialize_with = "optional_moment")]
    pub ended: Option<SystemTime>,
    /// What became of it; none as above.
    pub outcome: Option<&'static str>,
    /// Resources made.
    pub created: usize,
    /// Resources changed, their tags included.
    pub updated: usize,
    /// Resources deleted.
    pub deleted: usize,
    /// Calls that AWS refused, or whose answer was lost.
    pub failed: usize,
    /// Calls without an outcome: AWS may have done them.
    pub open: usize,
    /// Effects that were undone.
    pub undone: usize,
}

fn optional_moment<S: serde::Serializer>(moment: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => moment::serialize(moment, serializer),
        None => serializer.serialize_none(),
    }
}

/// All runs of some records, oldest first.
#[must_use]
pub fn runs(entries: &BTreeMap<Number, Entry>) -> Vec<RunSummary> {
    split(entries).iter().map(|run| run.summary()).collect()
}

/// A run of a journal in full.
#[derive(Debug, Clone, PartialEq)]
pub struct RunHistory {
    /// In short.
    pub summary: RunSummary,
    records: Vec<(Number, Entry)>,
}

/// A run of some records by its name.
#[must_use]
pub fn run(entries: &BTreeMap<Number, Entry>, name: &str) -> Option<RunHistory> {
    let run = split(entries).into_iter().find(|run| run.started.run == name)?;
    let records = run.records.iter().map(|(number, entry)| (*number, (*entry).clone())).collect();
    Some(RunHistory { summary: run.summary(), records })
}

impl RunHistory {
    /// A line per record for people. What AWS has said in it stands there as it was said.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let intents = intents(self.records.iter().map(|(number, entry)| (*number, entry)));
        let line = |(number, entry): &(Number, Entry)| {
            format!("{}  {number:<6}  {}", moment::to_seconds(entry.at), line(&entry.record, &intents))
        };
        self.records.iter().map(line).collect()
    }

    /// The run as JSON: `summary`, and `records` with number, time and all that each of them says.
    ///
    /// # Errors
    /// None for what a journal holds: it was read from JSON.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        #[derive(Serialize)]
        struct Numbered<'a> {
            number: Number,
            #[serde(serialize_with = "moment::serialize")]
            at: SystemTime,
            record: &'a Record,
        }
        #[derive(Serialize)]
        struct Whole<'a> {
            summary: &'a RunSummary,
            records: Vec<Numbered<'a>>,
        }
        let records = self.records.iter();
        let records = records.map(|(number, Entry { at, record })| Numbered { number: *number, at: *at, record });
        serde_json::to_value(Whole { summary: &self.summary, records: records.collect() })
    }
}

/// What runs on files of a digest have done from a record on, and what nobody has undone: each address with the last run
/// that did something to it.
#[must_use]
pub fn applied(entries: &BTreeMap<Number, Entry>, digest: &str, from: u64) -> BTreeMap<Address, String> {
    let mut applied: BTreeMap<Address, String> = BTreeMap::new();
    for part in split(entries).iter().filter(|part| part.started.digest == digest) {
        let intents = intents(part.records.iter().copied());
        for (_, entry) in part.records.iter().filter(|(number, _)| number.0 >= from) {
            let (intent, done) = match &entry.record {
                Record::Outcome(Outcome { intent, result }) => (intent, matches!(result, CallResult::Done { .. })),
                Record::Learned(learned) => (&learned.intent, true),
                _ => continue,
            };
            let Some(intent) = intents.get(intent).filter(|_| done) else { continue };
            match intent.undoes {
                None => drop(applied.insert(intent.address.clone(), part.started.run.clone())),
                Some(_) => drop(applied.remove(&intent.address)),
            }
        }
    }
    applied
}

/// The records of a run.
struct Part<'a> {
    started: &'a RunStarted,
    at: SystemTime,
    records: Vec<(Number, &'a Entry)>,
}

/// The runs.
fn split(entries: &BTreeMap<Number, Entry>) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (number, entry) in entries {
        if let Record::RunStarted(started) = &entry.record {
            parts.push(Part { started, at: entry.at, records: Vec::new() });
        }
        // A journal that was read begins with a run.
        if let Some(part) = parts.last_mut() {
            part.records.push((*number, entry));
        }
    }
    parts
}

impl Part<'_> {
    fn summary(&self) -> RunSummary {
        let intents = intents(self.records.iter().copied());
        let mut results: BTreeMap<Number, &CallResult> = BTreeMap::new();
        let (mut undone, mut ended) = (0, None);
        for (_, entry) in &self.records {
            match &entry.record {
                Record::Outcome(Outcome { intent, result }) => drop(results.insert(*intent, result)),
                Record::Undone(_) => undone += 1,
                Record::RunEnded(end) => ended = Some((entry.at, end.outcome.as_str())),
                _ => {}
            }
        }
        let done = |word: &[&str]| {
            let done = intents.iter().filter(|(number, intent)| {
                let done = matches!(results.get(number), Some(CallResult::Done { .. }));
                done && intent.undoes.is_none() && word.contains(&intent.deed.as_str())
            });
            done.map(|(_, intent)| &intent.address).collect::<BTreeSet<&Address>>().len()
        };
        RunSummary {
            run: self.started.run.clone(),
            command: self.started.command.to_string(),
            scopes: self.started.scopes.iter().map(ToString::to_string).collect(),
            by: self.started.holder.to_string(),
            started: self.at,
            ended: ended.map(|(at, _)| at),
            outcome: ended.map(|(_, word)| word),
            created: done(&["create"]),
            updated: done(&["update", "tag"]),
            deleted: done(&["delete"]),
            failed: results.values().filter(|result| !matches!(result, CallResult::Done { .. })).count(),
            open: intents.len() - results.len(),
            undone,
        }
    }
}

fn intents<'a>(records: impl Iterator<Item = (Number, &'a Entry)>) -> BTreeMap<Number, &'a Intent> {
    let intent = |(number, entry): (Number, &'a Entry)| match &entry.record {
        Record::Intent(intent) => Some((number, &**intent)),
        _ => None,
    };
    records.filter_map(intent).collect()
}

/// A record in words.
fn line(record: &Record, intents: &BTreeMap<Number, &Intent>) -> String {
    let of = |number: &Number| match intents.get(number) {
        Some(intent) => format!("{} {}", intent.deed.as_str(), intent.address),
        None => format!("{number} of an earlier run"),
    };
    match record {
        Record::RunStarted(started) => {
            let scopes: Vec<String> = started.scopes.iter().map(ToString::to_string).collect();
            let changes = &started.changes;
            let plan = format!(
                "{} to create, {} to update, {} to replace, {} to delete",
                changes.create, changes.update, changes.replace, changes.delete
            );
            format!("run {} of {} by {}: {}; {plan}", started.run, started.command, started.holder, scopes.join(", "))
        }
        Record::Intent(intent) => {
            let verb = if intent.undoes.is_some() { "undo: " } else { "" };
            let id = match &intent.deed {
                Deed::Create { .. } => String::new(),
                Deed::Update { before, .. } | Deed::Tag { before, .. } | Deed::Delete { before } => {
                    format!(" {}", before.id)
                }
            };
            let (deed, kind) = (intent.deed.as_str(), intent.deed.kind().as_str());
            format!("{verb}{deed} {} ({kind}{id}) in {}", intent.address, intent.owner)
        }
        Record::Outcome(Outcome { intent, result }) => match result {
            CallResult::Done { id: Some(id) } => format!("done: {}: {id}", of(intent)),
            CallResult::Done { id: None } => format!("done: {}", of(intent)),
            CallResult::Failed { message } => format!("failed: {}: {message}", of(intent)),
            CallResult::Unknown { message } => format!("answer lost: {}: {message}", of(intent)),
        },
        Record::Learned(learned) => format!("found: {}: {}", of(&learned.intent), learned.id),
        Record::RollbackStarted(started) => format!("rollback of {} to before run {}", started.scope, started.run),
        Record::Undone(undone) => format!("undone: {}", of(&undone.effect)),
        Record::RollbackEnded(ended) => {
            let left: Vec<String> = ended.left.iter().map(|one| format!("{} ({})", one.address, one.message)).collect();
            let word = if ended.complete { "complete" } else { "not complete" };
            let left = if left.is_empty() { String::new() } else { format!("; left: {}", left.join(", ")) };
            format!("rollback of {} {word}{left}", ended.scope)
        }
        Record::RunEnded(ended) => {
            let scopes = ended.scopes.iter().map(|one| {
                let error = one.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
                format!("{} {}{error}", one.scope, one.ending.as_str())
            });
            format!("run {}: {}", ended.outcome.as_str(), scopes.collect::<Vec<String>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::journal::Journal;
    use crate::journal::housekeeping::read_history;
    use crate::journal::memory::MemoryStore;
    use crate::journal::record::Ending;
    use crate::journal::testing::{create, ended, entries, every_record, intent, lease, started, stores};

    async fn journal(records: Vec<Record>) -> BTreeMap<Number, Entry> {
        let stores = stores(Rc::new(MemoryStore::new()));
        let journal = Journal::open(&stores, &lease(0).await).await.unwrap();
        for Entry { at, record } in entries(records) {
            journal.append(at, record).await.unwrap();
        }
        read_history(&stores).await.unwrap()
    }

    #[tokio::test]
    async fn a_run_is_told_in_words_and_as_data() {
        let contents = journal(every_record()).await;
        let history = run(&contents, "run-1").unwrap();
        insta::assert_snapshot!(history.lines().join("\n"));
        let data = history.json().unwrap();
        insta::assert_json_snapshot!(data["summary"]);
        assert_eq!(data["records"].as_array().unwrap().len(), every_record().len());
        assert_eq!(run(&contents, "run-2"), None);
    }

    #[tokio::test]
    async fn every_run_is_listed_with_how_it_ended() {
        let killed = [started("run-2"), intent("a", create(1))];
        let quiet = [started("run-3"), ended(Ending::Unchanged)];
        let contents = journal([every_record(), killed.to_vec(), quiet.to_vec()].concat()).await;
        let told: Vec<_> = runs(&contents).into_iter().map(|run| (run.run, run.outcome, run.open)).collect();
        let name = str::to_owned;
        assert_eq!(
            told,
            [(name("run-1"), Some("failed"), 0), (name("run-2"), None, 1), (name("run-3"), Some("unchanged"), 0),]
        );
    }
}
