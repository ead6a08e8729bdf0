//! A zone that is open: what its files ask for, the way to AWS, and the surroundings of a use case.

use std::rc::Rc;

use super::apply::ApplyOptions;
use super::audience::{Audience, Notice};
use super::declared::Declared;
use super::error::OperateError;
use super::holding::{Holding, Tenure};
use super::machine::{Hold, Ports};
use crate::apply::{Recorder, Report};
use crate::cloud::{Connection, Sessions};
use crate::journal::housekeeping::tidy;
use crate::journal::lease::Claim;
use crate::journal::record::{Holder, RunOutcome};
use crate::journal::state::Run;
use crate::journal::{Contents, Journal, JournalError, Message, State, read};
use crate::plan::{Authority, Evidence, Plan, Strangers};
use crate::reconcile::{Applying, Reconciler, evidence};
use crate::sweep::Effort;
use crate::zone::lock::Lock;

/// A zone, open for one use case.
pub struct OpenZone<'a> {
    /// What its files ask for.
    pub(super) declared: &'a Declared,
    pub(super) ports: Ports<'a>,
    reconciler: Reconciler<'a>,
    /// What is known of its resources beside what AWS, the lock and the journal tell.
    besides: Evidence,
}

impl<'a> OpenZone<'a> {
    /// Opens a zone: asks AWS who calls, and holds what is there against the zone that the lock pins.
    ///
    /// # Errors
    /// AWS can't be reached, does not accept the credentials, or holds another zone.
    pub async fn open(declared: &'a Declared, ports: Ports<'a>, connection: Connection) -> Result<Self, OperateError> {
        let Declared { loaded, desired } = declared;
        let reconciler = Reconciler::start(connection, &loaded.zone, desired).await?;
        if let Some(locked) = &loaded.lock.zone {
            reconciler.check_identity(locked).await?;
        }
        Ok(Self { declared, ports, reconciler, besides: Evidence::default() })
    }

    /// The same zone, with more that is known of its resources than AWS, the lock and the journal tell.
    #[must_use]
    pub fn knowing(self, besides: Evidence) -> Self {
        Self { besides, ..self }
    }

    /// The name of the run, should the use case become one.
    #[must_use]
    pub fn run(&self) -> &str {
        self.reconciler.name()
    }

    /// The accounts that the use case acts in.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        self.reconciler.sessions()
    }

    /// What it took of AWS until now.
    #[must_use]
    pub fn effort(&self) -> Effort {
        let counts = self.sessions().counts();
        let duration = self.sessions().clock().elapsed();
        Effort { duration, calls: counts.api_calls, throttled: counts.throttled }
    }

    /// Looks at AWS, and plans, with what the lock and a journal know.
    #[must_use]
    pub fn reconciler(&self, strangers: Strangers, authority: Authority, journal: &State) -> Reconciler<'a> {
        let mut known = evidence(&self.declared.loaded.lock, journal);
        known.pinned.extend(self.besides.pinned.clone());
        known.journal.extend(self.besides.journal.clone());
        known.unfinished_runs.extend(self.besides.unfinished_runs.clone());
        let reconciler = self.reconciler.clone().with_evidence(known);
        reconciler.with_strangers(strangers).with_authority(authority)
    }

    /// Reads the journal, without holding the zone.
    ///
    /// # Errors
    /// It is damaged, or can't be read.
    pub async fn journal(&self) -> Result<Contents, OperateError> {
        Ok(read(&self.ports.machine.journal()).await?)
    }

    /// After a run that was interrupted or killed, AWS may not show yet what that run has made: waits until it does, so that
    /// nothing is made twice, or told to be missing.
    pub async fn settle(&self, journal: &State) {
        let unfinished = |run: &&Run| run.ended.as_ref().is_none_or(|end| end.outcome == RunOutcome::Interrupted);
        if let Some(run) = journal.runs().last().filter(unfinished) {
            let (interrupted, open_calls) = (run.ended.is_some(), run.open().count());
            self.ports.audience.notes(&Notice::GoesOn { run: Box::new(run.started.clone()), interrupted, open_calls });
            self.reconciler.settle().await;
        }
    }

    pub(super) fn write_lock(&self, lock: &Lock) -> Result<(), OperateError> {
        self.ports.machine.write_lock(lock, &self.declared.loaded.zone)
    }

    /// Takes the zone's lease and opens its journal, does something, and gives the zone back whatever came of it. The lease is
    /// renewed all the while. Since no other process of this machine changes the zone, a lease of this machine is one of a
    /// process that has died.
    pub(super) async fn changing<T>(
        &self,
        _hold: &Hold,
        command: &str,
        work: impl AsyncFnOnce(&OpenJournal) -> Result<T, OperateError>,
    ) -> Result<T, OperateError> {
        let Ports { machine, audience } = self.ports;
        let holder = machine.holder();
        let claim = Claim { holder: holder.clone(), run: self.run().to_owned(), command: Message::new(command) };
        let (stores, now) = (machine.journal(), self.reconciler.time_source());
        let requests = machine.requests();
        let holding = Holding { store: machine.lease(), claim, now: Rc::clone(&now), requests };
        let tell = |notice: Notice| audience.notes(&notice);
        let tidies = async || tidy(&stores).await.map_err(|error| error.to_string());
        let opens = async |tenure: &Tenure| {
            let journal = Journal::open(&stores, tenure.lease).await?;
            let recorder = Recorder::new(journal, move || now());
            Ok(OpenJournal { recorder, holder, tenure: tenure.clone(), command: command.to_owned() })
        };
        // On the heap: a run is deep.
        let work = async |journal: &OpenJournal| Box::pin(work(journal)).await;
        Box::pin(holding.during(&tell, tidies, opens, work)).await
    }
}

/// A journal that is written, under a lease that is given back on every way out.
pub(super) struct OpenJournal {
    recorder: Recorder,
    holder: Holder,
    tenure: Tenure,
    command: String,
}

impl OpenJournal {
    /// What the journal says by now.
    pub fn state(&self) -> State {
        self.recorder.journal().look(State::clone)
    }

    /// Looks at what the journal says by now.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.recorder.journal().look(look)
    }

    /// Does something that changes AWS: whoever waits hears of it, and a request to end lets what is under way end.
    pub async fn executing(
        &self,
        zone: &OpenZone<'_>,
        options: ApplyOptions,
        part: &Plan,
        work: impl AsyncFnOnce(Applying<'_>) -> Result<Report, JournalError>,
    ) -> Result<Report, OperateError> {
        let audience = zone.ports.audience;
        audience.begins(part);
        let begun = Begun(audience);
        self.tenure.begin_changes();
        let applying = Applying {
            recorder: &self.recorder,
            command: &self.command,
            digest: &zone.declared.loaded.digest,
            holder: &self.holder,
            parallelism: options.parallelism,
            rollback: options.rollback,
            stop: self.tenure.stopper.subscribe(),
            events: &|event| audience.hears(&event),
        };
        let report = Box::pin(work(applying)).await;
        drop(begun);
        Ok(report?)
    }
}

/// Whoever waits hears of the end on every way out.
struct Begun<'a>(&'a dyn Audience);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.ends();
    }
}
