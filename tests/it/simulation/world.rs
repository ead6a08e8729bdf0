//! A zone's files and a simulated AWS, and lz's commands on them as the library has them: each in a runtime of its own,
//! on a paused clock, as a process of its own would be.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use lz::apply::{Outcome, Report};
use lz::cloud::{Clock, Connection, Counts};
use lz::config::{Files, Loaded, resolve_files, starter_zone};
use lz::discover::Live;
use lz::journal::{MemoryStore, Stores};
use lz::kinds::{Desired, Scope};
use lz::operate::{
    self, Applied, ApplyOptions, ApplyRequest, ChangeOptions, Consent, Declared, Hold, MemoryMachine, OpenZone,
    OperateError, Planned, Ports, RepairedZone, RollbackRequest, SweepRequest,
};
use lz::plan::{Authority, Evidence, Plan, Selection, Strangers};
use lz::reconcile::Reconciler;
use lz::sweep::{Suppression, Swept};
use lz::twin::Twin;
use lz::twin::connector::Connector;
use lz::twin::faults::{Kind, Rule};
use lz::twin::world::World as Aws;
use lz::values::Label;
use lz::zone::lock::Lock;

pub use super::console::Console;
use super::firewall::Intruder;
use super::listener::Listener;
use super::mortal::MortalStore;
use super::safety::{Memory, Run};
use super::trace::{Exchange, Trace, Traced};
use super::transitions::Views;

/// A zone's files with a simulated AWS.
pub struct World {
    pub twin: Twin,
    /// The zone's files, by path.
    pub files: BTreeMap<String, String>,
    /// Settings laid over the files: keys and values.
    pub overrides: Vec<(String, String)>,
    /// Ids of what belongs to somebody else.
    pub foreign: BTreeSet<String>,
    pub trace: Trace,
    pub parallelism: usize,
    /// Error codes that this simulation brings about.
    pub expected: BTreeSet<&'static str>,
    /// True where scopes that fail are rolled back.
    pub rollback: bool,
    /// What becomes of what nobody asked for.
    pub strangers: Strangers,
    /// What commands know beside what AWS shows.
    pub evidence: Evidence,
    /// Findings that somebody lives with, beside those in the files.
    pub suppressions: Vec<Suppression>,
    /// Somebody else who changes rule groups at the same time.
    pub intruder: Option<Intruder>,
    /// The part of a plan that the last command has begun; none where it began none.
    pub begun: Option<Plan>,
    /// True where nothing that AWS has given the zone is pinned in its lock.
    pub without_lock: bool,
    /// Where AWS is kept as it is before each request that changes something.
    pub views: Option<Views>,
    pub journals: Rc<MemoryStore>,
    checkpoints: Rc<MemoryStore>,
    archive: Rc<MemoryStore>,
    leases: Rc<MemoryStore>,
    /// What is known of what lz has made here.
    pub memory: RefCell<Memory>,
    /// AWS when the last command began.
    began: Option<Rc<Aws>>,
    read: RefCell<Option<Rc<Read>>>,
}

/// Files, and what they say.
pub struct Read {
    files: BTreeMap<String, String>,
    overrides: Vec<(String, String)>,
    pub declared: Declared,
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub report: Report,
    pub counts: Counts,
}

/// How a command is disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    None,
    /// The process dies when AWS has carried out this request, counted from 1.
    DiesAt(u64),
    /// Somebody asks it to stop when AWS has answered this request.
    StopsAt(u64),
    /// The process dies before this request that changes something is sent, counted from 1.
    DiesBeforeChange(u64),
    /// The process dies when AWS has carried out this request that changes something, before it has an answer.
    DiesAfterChange(u64),
    /// The process dies before this segment of its journal is written, counted from 1.
    DiesBeforeSegment(u64),
    /// The process dies when this segment of its journal has been written, before it acts on that.
    DiesAfterSegment(u64),
}

impl Done {
    /// What went wrong, by scope.
    pub fn errors(&self) -> Vec<String> {
        let scopes = self.report.scopes.iter();
        scopes.filter_map(|scope| Some(format!("{}: {}", scope.scope, scope.error()?))).collect()
    }
}

impl World {
    /// The starter zone and an AWS that holds one account.
    pub fn new(seed: u64) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            twin: Twin::new(seed),
            files: starter_zone().iter().map(owned).collect(),
            overrides: Vec::new(),
            foreign: BTreeSet::new(),
            trace: Trace::default(),
            parallelism: 64,
            expected: BTreeSet::new(),
            rollback: false,
            strangers: Strangers::Kept,
            evidence: Evidence::default(),
            suppressions: Vec::new(),
            intruder: None,
            begun: None,
            without_lock: false,
            views: None,
            journals: Rc::default(),
            checkpoints: Rc::default(),
            archive: Rc::default(),
            leases: Rc::default(),
            memory: RefCell::default(),
            began: None,
            read: RefCell::default(),
        }
    }

    /// The starter zone in an AWS that has it all.
    pub fn built(seed: u64) -> Self {
        let mut world = Self::new(seed);
        world.build();
        world
    }

    /// The same zone in a world of its own that is as this one is now.
    pub fn copy(&self) -> Self {
        Self {
            twin: Twin::of(self.twin.with_world(|aws| aws.clone())),
            files: self.files.clone(),
            overrides: self.overrides.clone(),
            foreign: self.foreign.clone(),
            trace: Trace::default(),
            expected: self.expected.clone(),
            evidence: self.evidence.clone(),
            suppressions: self.suppressions.clone(),
            begun: None,
            journals: Rc::new(self.journals.copy()),
            checkpoints: Rc::new(self.checkpoints.copy()),
            archive: Rc::new(self.archive.copy()),
            leases: Rc::new(self.leases.copy()),
            intruder: None,
            views: None,
            memory: self.memory.clone(),
            began: None,
            read: self.read.clone(),
            ..*self
        }
    }

    /// Bootstraps and onboards all workloads.
    pub fn build(&mut self) {
        for done in [self.bootstrap(), self.onboard_all()] {
            assert_eq!(done.errors(), Vec::<String>::new());
        }
    }

    /// Lays a setting over the files.
    pub fn set(&mut self, key: &str, value: &str) -> &mut Self {
        self.overrides.retain(|(other, _)| other != key);
        self.overrides.push((key.to_owned(), value.to_owned()));
        self
    }

    pub fn write(&mut self, path: &str, text: impl Into<String>) -> &mut Self {
        self.files.insert(path.to_owned(), text.into());
        self
    }

    /// Writes something else in a file.
    pub fn edit(&mut self, path: &str, from: &str, to: &str) -> &mut Self {
        let text = self.files.get_mut(path).expect("the file");
        assert!(text.contains(from), "{path} does not say {from:?}");
        *text = text.replace(from, to);
        self
    }

    /// Adds a workload that is like the starter zone's payments-prod.
    pub fn add_workload(&mut self, name: &str) -> &mut Self {
        let like = self.files["accounts/payments-prod.toml"].replace("payments-prod", name);
        self.write(&format!("accounts/{name}.toml"), like)
    }

    /// Lets calls go wrong.
    pub fn fault(&mut self, kind: Kind, account: Option<&str>, action: &str, from: u64, times: u64) -> &mut Self {
        let (account, action) = (account.map(str::to_owned), Some(action.to_owned()));
        let rule = Rule { kind, account, action, from, times, seen: 0 };
        self.twin.with_world(|aws| aws.faults.rules.push(rule));
        self
    }

    /// What the files say.
    pub fn load(&self) -> (Loaded, Desired) {
        let read = self.read();
        (read.declared.loaded.clone(), read.declared.desired.clone())
    }

    /// The same, kept as long as they say the same.
    pub fn read(&self) -> Rc<Read> {
        let kept = self.read.borrow().clone();
        if let Some(read) = kept.filter(|read| read.files == self.files && read.overrides == self.overrides) {
            return read;
        }
        let files = Files::from_texts(self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let loaded = resolve_files(&files, &BTreeMap::new(), &self.overrides);
        let loaded = loaded.unwrap_or_else(|invalid| panic!("{:#?}", invalid.diagnostics));
        let declared = Declared::of(loaded).expect("a zone that can be built");
        let (files, overrides) = (self.files.clone(), self.overrides.clone());
        let read = Rc::new(Read { files, overrides, declared });
        *self.read.borrow_mut() = Some(Rc::clone(&read));
        read
    }

    pub fn workloads(&self) -> Vec<Scope> {
        self.read().declared.workloads().into_iter().map(Scope::Workload).collect()
    }

    /// The scopes that `lz bootstrap` is about.
    pub fn foundation(&self) -> Vec<Scope> {
        self.read().declared.foundation()
    }

    /// Does something with the zone in AWS, as one process; none where the process died. What no command of lz does is done
    /// here, and changes nothing of the zone's.
    pub fn command<T>(&mut self, disturbance: Disturbance, work: impl AsyncFnOnce(&Reconciler<'_>) -> T) -> Option<T> {
        let strangers = self.strangers;
        let done = self.using(disturbance, async |zone, _| {
            let journal = zone.journal().await?.state;
            zone.settle(&journal).await;
            Ok(work(&zone.reconciler(strangers, Authority::Files, &journal)).await)
        });
        done.map(|done| done.expect("a zone that can be opened"))
    }

    /// A use case, as one process; none where the process died.
    pub fn using<T>(
        &mut self,
        disturbance: Disturbance,
        work: impl AsyncFnOnce(&OpenZone<'_>, &Hold) -> Result<T, OperateError>,
    ) -> Option<Result<T, OperateError>> {
        let (began, since) = (Rc::new(self.twin.with_world(|aws| aws.clone())), self.trace.len());
        let done = self.process(disturbance, work);
        // The process is over, and what it needed of the stack is free again: judging may take a process of its own.
        self.judge(&began, since);
        self.began = Some(began);
        done
    }

    fn process<T>(
        &mut self,
        disturbance: Disturbance,
        work: impl AsyncFnOnce(&OpenZone<'_>, &Hold) -> Result<T, OperateError>,
    ) -> Option<Result<T, OperateError>> {
        let read = self.read();
        let mut declared = read.declared.clone();
        declared.loaded.suppressions.extend(self.suppressions.iter().cloned());
        fastrand::seed(self.twin.with_world(|aws| aws.seed) ^ self.twin.now().0);
        let besides = self.evidence.clone();
        let (segments, mut stores_death) = MortalStore::new(Rc::clone(&self.journals), disturbance);
        let stores = Stores {
            segments,
            checkpoints: Rc::<MemoryStore>::clone(&self.checkpoints),
            archive: Rc::<MemoryStore>::clone(&self.archive),
        };
        // The connector counts from the runtime's own beginning: outside of it, it would take the machine's time in.
        let runtime = virtual_time();
        let entered = runtime.enter();
        let connector = Connector::new(self.twin.clone());
        drop(entered);
        let (mut traced, mut death) = Traced::new(connector.clone(), self.trace.clone(), disturbance);
        traced.intruder = self.intruder.clone();
        traced.views = self.views.clone();
        let (leases, twin) = (Rc::<MemoryStore>::clone(&self.leases), self.twin.clone());
        let time = Rc::new(move || SystemTime::UNIX_EPOCH + Duration::from_millis(twin.now().0));
        let machine = MemoryMachine::new(stores, leases, self.lock(), traced.stop(), time);
        let listener = Listener::default();
        let done = runtime.block_on(async {
            let region = declared.loaded.zone.region.as_str();
            let sdk = connector.sdk_config(region).into_builder().http_client(traced.clone()).build();
            let connection = Connection::new(sdk, Clock::new(1));
            let work = async {
                let hold = operate::hold(&machine)?;
                let ports = Ports { machine: &machine, audience: &listener };
                let zone = OpenZone::open(&declared, ports, connection).await?.knowing(besides);
                // On the heap: a test's stack is small, and a run deep.
                Box::pin(work(&zone, &hold)).await
            };
            let done = tokio::select! {
                biased;
                _ = death.wait_for(|dead| *dead) => None,
                _ = stores_death.wait_for(|dead| *dead) => None,
                done = work => Some(done),
            };
            connector.settle();
            done
        });
        self.begun = listener.begun.into_inner();
        match machine.written() {
            Some(lock) => self.pin(&lock),
            // The ranges that the files got.
            None if done.is_some() => self.pin(&declared.loaded.lock),
            None => {}
        }
        done
    }

    fn pin(&mut self, lock: &Lock) {
        let lock = if self.without_lock { lock.clone().without_ids() } else { lock.clone() };
        self.files.insert("lz.lock".to_owned(), lock.to_text().expect("a lock"));
    }

    /// Lets the lock say no more which organization and account the zone is in.
    pub fn forget_identity(&mut self) {
        let lock = Lock { zone: None, ..self.lock() };
        self.files.insert("lz.lock".to_owned(), lock.to_text().expect("a lock"));
    }

    /// The lock.
    pub fn lock(&self) -> Lock {
        self.files.get("lz.lock").map(|text| Lock::parse(text).expect("a lock")).unwrap_or_default()
    }

    pub fn discover(&mut self) -> Live {
        let live = self.command(Disturbance::None, async |zone| zone.discover().await).expect("nothing disturbs it");
        live.expect("a management account that can be read")
    }

    pub fn plan(&mut self) -> Plan {
        self.try_plan().expect("a plan").plan
    }

    /// A plan, or why there is none.
    pub fn try_plan(&mut self) -> Result<Planned, OperateError> {
        let strangers = self.strangers;
        let everything = Selection::Everything;
        let planned = self.using(Disturbance::None, async |zone, _| operate::plan(zone, &everything, strangers).await);
        planned.expect("nothing disturbs it")
    }

    /// What a sweep finds, or why nothing can be said.
    pub fn try_sweep(&mut self, request: &SweepRequest<'_>) -> Result<Swept, OperateError> {
        let swept = self.using(Disturbance::None, async |zone, _| operate::sweep(zone, request, None).await);
        swept.expect("nothing disturbs it")
    }

    pub fn bootstrap(&mut self) -> Done {
        self.apply(&self.foundation())
    }

    pub fn onboard_all(&mut self) -> Done {
        self.apply(&self.workloads())
    }

    pub fn apply(&mut self, scopes: &[Scope]) -> Done {
        self.apply_disturbed(scopes, Disturbance::None).expect("nothing disturbs it")
    }

    /// Plans and applies; none where the process died, was stopped before it changed anything, or could not write its journal.
    pub fn apply_disturbed(&mut self, scopes: &[Scope], disturbance: Disturbance) -> Option<Done> {
        match self.try_apply(scopes, disturbance)? {
            Ok(done) => Some(done),
            Err(OperateError::Journal(_) | OperateError::Declined) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Plans and applies, or says why not; none where the process died.
    pub fn try_apply(&mut self, scopes: &[Scope], disturbance: Disturbance) -> Option<Result<Done, OperateError>> {
        let options = self.options();
        self.run(disturbance, async |zone, hold| {
            let request = ApplyRequest { command: "apply", scopes, kept: None, options };
            match operate::apply(zone, hold, &request).await? {
                Applied::Run(ran) => Ok(ran.report),
                Applied::Already { run } => panic!("no plan was kept, and run {run} has applied it"),
            }
        })
    }

    /// What `lz sweep --repair` does.
    pub fn repair(&mut self) -> Done {
        self.try_repair().unwrap_or_else(|error| panic!("{error}")).1
    }

    /// What `lz sweep --repair` finds at its end and does, or why it doesn't. Where there is nothing to do its report is empty.
    pub fn try_repair(&mut self) -> Result<(Swept, Done), OperateError> {
        let options = self.options();
        let request = SweepRequest { only: &[], authors: false };
        let mut found = None;
        let done = self.run(Disturbance::None, async |zone, hold| {
            let RepairedZone { swept, repaired } = operate::repair(zone, hold, &request, options, None).await?;
            found = Some(swept);
            Ok(repaired.map_or_else(|| nothing_done(zone.run()), |repaired| repaired.report))
        });
        done.expect("nothing disturbs it").map(|done| (found.expect("a sweep"), done))
    }

    fn options(&self) -> ChangeOptions {
        let apply = ApplyOptions { parallelism: self.parallelism, rollback: self.rollback };
        ChangeOptions { consent: Consent::Given, strangers: self.strangers, apply }
    }

    /// Undoes what the last run has left of scopes.
    pub fn undo(&mut self, scopes: &[Scope]) -> Done {
        self.undo_run(None, scopes)
    }

    /// Undoes what a run has left of scopes: the one of a name, or the last one.
    pub fn undo_run(&mut self, name: Option<&str>, scopes: &[Scope]) -> Done {
        let done = self.try_undo(name).unwrap_or_else(|error| panic!("{error}"));
        let undone: BTreeSet<&Scope> = done.report.scopes.iter().map(|one| &one.scope).collect();
        assert_eq!(undone, scopes.iter().collect(), "what the run has left");
        done
    }

    /// Undoes what a run has left, or says why not.
    pub fn try_undo(&mut self, name: Option<&str>) -> Result<Done, OperateError> {
        let memory = self.memory.get_mut();
        memory.undoing = name.map(str::to_owned).or_else(|| memory.runs.last().map(|run| run.name.clone()));
        let parallelism = self.parallelism;
        let done = self.run(Disturbance::None, async |zone, hold| {
            let request = RollbackRequest { run: name, consent: Consent::Given, parallelism };
            Ok(operate::rollback(zone, hold, &request).await?.report)
        });
        self.memory.get_mut().undoing = None;
        done.expect("nothing disturbs it")
    }

    /// A use case that the journal knows of.
    fn run(
        &mut self,
        disturbance: Disturbance,
        work: impl AsyncFnOnce(&OpenZone<'_>, &Hold) -> Result<Report, OperateError>,
    ) -> Option<Result<Done, OperateError>> {
        let read = self.read();
        let mut name = String::new();
        let done = self.using(disturbance, async |zone, hold| {
            zone.run().clone_into(&mut name);
            let report = work(zone, hold).await?;
            Ok(Done { report, counts: zone.sessions().counts() })
        });
        let began = self.began.take().expect("a process began");
        let ended = |done: &Done| matches!(done.report.outcome, Outcome::Applied | Outcome::Unchanged);
        let report = match &done {
            // It has begun nothing.
            Some(Err(error)) if !matches!(error, OperateError::Journal(_)) => return done,
            Some(Ok(done)) => Some(&done.report),
            Some(Err(_)) | None => None,
        };
        let ended = matches!(&done, Some(Ok(done)) if ended(done));
        self.memory.get_mut().ran(Run { name, began, ended }, report, &read.declared.desired);
        done
    }

    /// An account of the zone, by name.
    pub fn account(&self, name: &str) -> String {
        let read = self.read();
        let email = read.declared.loaded.zone.accounts[&label(name)].email.clone().expect("an account of its own");
        self.twin.with_world(|aws| account_of(aws, email.as_str())).expect("an account that is there")
    }

    /// The requests so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.trace.exchanges()
    }
}

/// The report of a repair that found nothing to do.
fn nothing_done(run: &str) -> Report {
    Report { outcome: Outcome::Unchanged, ..Report::unfinished_scopes(run, &[], run) }
}

pub fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

pub fn account_of(aws: &Aws, email: &str) -> Option<String> {
    let state = serde_json::to_value(&aws.organizations).expect("a state");
    let accounts = state["accounts"].as_object().expect("accounts").values();
    let mut with_email = accounts.filter(|account| account["email"] == email);
    with_email.next().and_then(|account| account["id"].as_str()).map(str::to_owned)
}

pub fn virtual_time() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
}
