//! A zone's files and a simulated AWS, and lz's commands on them as the library has them: each in a runtime of its own,
//! on a paused clock, as a process of its own would be.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use lz::apply::{Outcome, Recorder, Report};
use lz::blueprint::expand;
use lz::cloud::{Clock, Connection, Counts};
use lz::config::{Files, Loaded, resolve_files, starter_zone};
use lz::discover::Live;
use lz::journal::housekeeping::tidy;
use lz::journal::lease::{self, Claim};
use lz::journal::record::Holder;
use lz::journal::{Journal, JournalError, MemoryStore, Message, State, Store, Stores};
use lz::kinds::{Desired, Scope};
use lz::plan::{Authority, Evidence, Plan, Selection, Strangers};
use lz::reconcile::{Applying, Reconciler, evidence};
use lz::twin::Twin;
use lz::twin::connector::Connector;
use lz::twin::faults::{Kind, Rule};
use lz::twin::world::World as Aws;
use lz::values::Label;
use lz::zone::lock::Lock;
use lz::zone::{Layout, Purpose};
use tokio::sync::watch;

pub use super::console::Console;
use super::firewall::Intruder;
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
    /// What may become of what lz has made.
    pub authority: Authority,
    /// What commands know beside what AWS shows.
    pub evidence: Evidence,
    /// Somebody else who changes rule groups at the same time.
    pub intruder: Option<Intruder>,
    /// True where nothing that AWS has given the zone is pinned in its lock.
    pub without_lock: bool,
    /// Where AWS is kept as it is before each request that changes something.
    pub views: Option<Views>,
    pub journals: Rc<MemoryStore>,
    checkpoints: Rc<MemoryStore>,
    archive: Rc<MemoryStore>,
    leases: Rc<MemoryStore>,
    /// True after a run that did not end.
    unfinished: bool,
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
    pub loaded: Loaded,
    pub desired: Desired,
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

fn holder() -> Holder {
    Holder { user: "somebody".to_owned(), host: "somewhere".to_owned(), process: 1 }
}

impl Done {
    /// What went wrong, by scope.
    pub fn errors(&self) -> Vec<String> {
        let scopes = self.report.scopes.iter();
        scopes.filter_map(|scope| Some(format!("{}: {}", scope.scope, scope.error.as_ref()?))).collect()
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
            authority: Authority::Files,
            evidence: Evidence::default(),
            intruder: None,
            without_lock: false,
            views: None,
            journals: Rc::default(),
            checkpoints: Rc::default(),
            archive: Rc::default(),
            leases: Rc::default(),
            unfinished: false,
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
        (read.loaded.clone(), read.desired.clone())
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
        let desired = expand(&loaded.zone).expect("a zone that can be built");
        let (files, overrides) = (self.files.clone(), self.overrides.clone());
        let read = Rc::new(Read { files, overrides, loaded, desired });
        *self.read.borrow_mut() = Some(Rc::clone(&read));
        read
    }

    pub fn workloads(&self) -> Vec<Scope> {
        let read = self.read();
        let accounts = read.loaded.zone.accounts.values();
        let workloads = accounts.filter(|account| matches!(account.purpose, Purpose::Workload { .. }));
        workloads.map(|account| Scope::Workload(account.name.clone())).collect()
    }

    /// The scopes that `lz bootstrap` is about.
    pub fn foundation(&self) -> Vec<Scope> {
        match self.read().loaded.zone.layout {
            Layout::Organization(_) => vec![Scope::Organization, Scope::Hub],
            Layout::SingleAccount => vec![Scope::Hub],
        }
    }

    /// Does something with the zone in AWS, as one process; none where the process died.
    pub fn command<T>(
        &mut self,
        disturbance: Disturbance,
        work: impl AsyncFnOnce(&Reconciler<'_>, watch::Receiver<bool>) -> T,
    ) -> Option<T> {
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
        work: impl AsyncFnOnce(&Reconciler<'_>, watch::Receiver<bool>) -> T,
    ) -> Option<T> {
        let read = self.read();
        fastrand::seed(self.twin.with_world(|aws| aws.seed) ^ self.twin.now().0);
        let (unfinished, strangers, authority) = (self.unfinished, self.strangers, self.authority);
        let besides = self.evidence.clone();
        let stores = self.stores(Rc::<MemoryStore>::clone(&self.journals));
        let done = virtual_time().block_on(async {
            let connector = Connector::new(self.twin.clone());
            let (mut traced, mut death) = Traced::new(connector.clone(), self.trace.clone(), disturbance);
            traced.intruder = self.intruder.clone();
            traced.views = self.views.clone();
            let region = read.loaded.zone.region.as_str();
            let sdk = connector.sdk_config(region).into_builder().http_client(traced.clone()).build();
            let connection = Connection::new(sdk, Clock::new(1));
            let work = async {
                let zone = Reconciler::start(connection, &read.loaded.zone, &read.desired).await.expect("credentials");
                let journal = lz::journal::read(&stores).await.expect("a journal that can be read");
                let mut known = evidence(&read.loaded.lock, &journal.state);
                known.pinned.extend(besides.pinned);
                known.unfinished_runs.extend(besides.unfinished_runs);
                let zone = zone.with_strangers(strangers).with_authority(authority).with_evidence(known);
                if unfinished {
                    zone.settle().await;
                }
                // On the heap: a test's stack is small, and a run deep.
                Box::pin(work(&zone, traced.stop())).await
            };
            let done = tokio::select! {
                biased;
                _ = death.wait_for(|dead| *dead) => None,
                done = work => Some(done),
            };
            connector.settle();
            done
        });
        if done.is_some() {
            self.pin(&read.loaded.lock);
        }
        done
    }

    fn pin(&mut self, lock: &Lock) {
        let lock = if self.without_lock { lock.clone().without_ids() } else { lock.clone() };
        self.files.insert("lz.lock".to_owned(), lock.to_text().expect("a lock"));
    }

    /// The lock.
    pub fn lock(&self) -> Lock {
        self.files.get("lz.lock").map(|text| Lock::parse(text).expect("a lock")).unwrap_or_default()
    }

    fn stores(&self, segments: Rc<dyn Store>) -> Stores {
        Stores {
            segments,
            checkpoints: Rc::<MemoryStore>::clone(&self.checkpoints),
            archive: Rc::<MemoryStore>::clone(&self.archive),
        }
    }

    pub fn discover(&mut self) -> Live {
        let live = self.command(Disturbance::None, async |zone, _| zone.discover().await).expect("nothing disturbs it");
        live.expect("a management account that can be read")
    }

    pub fn plan(&mut self) -> Plan {
        let plan = self.command(Disturbance::None, async |zone, _| {
            zone.plan(&zone.discover().await.expect("a management account that can be read"))
        });
        plan.expect("nothing disturbs it").expect("a plan")
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

    /// Plans and applies; none where the process died, or could not write its journal.
    pub fn apply_disturbed(&mut self, scopes: &[Scope], disturbance: Disturbance) -> Option<Done> {
        self.run(disturbance, async |zone, applying| {
            let live = zone.discover().await.expect("a management account that can be read");
            let selection = Selection::Scopes(scopes.iter().cloned().collect());
            let plan = zone.plan(&live).expect("a plan").only(&selection);
            zone.apply(&plan, &live, scopes, applying).await
        })
    }

    /// What `lz sweep --repair` does: one run over the scopes that need changes.
    pub fn repair(&mut self) -> Done {
        self.authority = Authority::Repair;
        let done = self.run(Disturbance::None, async |zone, applying| {
            let live = zone.discover().await.expect("a management account that can be read");
            let whole = zone.plan(&live).expect("a plan");
            let changes = whole.changes.values().chain(whole.blocked.values().map(|one| &one.change));
            let scopes: BTreeSet<Scope> = changes.map(|change| change.scope.clone()).collect();
            let plan = whole.only(&Selection::Scopes(scopes.clone()));
            zone.apply(&plan, &live, &scopes.into_iter().collect::<Vec<_>>(), applying).await
        });
        self.authority = Authority::Files;
        done.expect("nothing disturbs it")
    }

    /// Undoes what the last run has left of scopes.
    pub fn undo(&mut self, scopes: &[Scope]) -> Done {
        self.undo_run(None, scopes)
    }

    /// Undoes what a run has left of scopes: the one of a name, or the last one.
    pub fn undo_run(&mut self, name: Option<&str>, scopes: &[Scope]) -> Done {
        let memory = self.memory.get_mut();
        memory.undoing = name.map(str::to_owned).or_else(|| memory.runs.last().map(|run| run.name.clone()));
        let done = self.run(Disturbance::None, async |zone, applying| {
            zone.settle().await;
            let last = |state: &State| state.runs().last().map(|run| run.started.run.clone());
            let last = applying.recorder.journal().look(last).expect("a run");
            zone.undo(name.unwrap_or(&last), scopes, applying).await
        });
        self.memory.get_mut().undoing = None;
        done.expect("nothing disturbs it")
    }

    /// Does something that the journal knows of.
    pub fn run(
        &mut self,
        disturbance: Disturbance,
        work: impl AsyncFnOnce(&Reconciler<'_>, &Applying<'_>) -> Result<Report, JournalError>,
    ) -> Option<Done> {
        let (parallelism, rollback) = (self.parallelism, self.rollback);
        let read = self.read();
        let mut name = String::new();
        let leases = Rc::clone(&self.leases);
        let (segments, mut death) = MortalStore::new(Rc::clone(&self.journals), disturbance);
        let stores = self.stores(segments);
        let lock = read.loaded.lock.clone();
        let done = self.command(disturbance, async |zone, stop| {
            zone.name().clone_into(&mut name);
            let work = async {
                let time = zone.time_source();
                let claim = Claim { holder: holder(), run: zone.name().to_owned(), command: Message::new("apply") };
                // Whoever held it before has ended, or died.
                lease::unlock(&*leases, holder(), time()).await.expect("nobody else");
                let lease = lease::acquire(leases, claim, time(), Duration::from_secs(120)).await.expect("a free zone");
                let journal = Journal::open(&stores, &lease).await?;
                let recorder = Recorder::new(journal, move || time());
                let applying = Applying {
                    recorder: &recorder,
                    command: "apply",
                    digest: "",
                    holder: &holder(),
                    parallelism,
                    rollback,
                    stop,
                    events: &|_| (),
                };
                let report = Box::pin(work(zone, &applying)).await?;
                tidy(&stores).await.expect("a journal that can be read");
                lease.release().await.expect("a lease that nobody took");
                let pinned = zone.pinned(&lock, &report);
                Ok::<_, JournalError>((Done { report, counts: zone.sessions().counts() }, pinned))
            };
            tokio::select! {
                biased;
                _ = death.wait_for(|dead| *dead) => None,
                done = work => done.ok(),
            }
        });
        let done = done.flatten().map(|(done, pinned)| {
            self.pin(&pinned);
            done
        });
        let ended = |done: &Done| matches!(done.report.outcome, Outcome::Applied | Outcome::Unchanged);
        self.unfinished = !done.as_ref().is_some_and(ended);
        if let Some(began) = self.began.take() {
            let run = Run { name, began, ended: !self.unfinished };
            self.memory.get_mut().ran(run, done.as_ref().map(|done| &done.report), &read.desired);
        }
        done
    }

    /// An account of the zone, by name.
    pub fn account(&self, name: &str) -> String {
        let read = self.read();
        let email = read.loaded.zone.accounts[&label(name)].email.clone().expect("an account of its own");
        self.twin.with_world(|aws| account_of(aws, email.as_str())).expect("an account that is there")
    }

    /// The requests so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.trace.exchanges()
    }
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
