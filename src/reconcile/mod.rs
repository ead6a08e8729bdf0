//! One run of lz on a zone: look at AWS, plan, apply, and look again.

mod evidence;
mod pins;
mod rebuild;
mod rollback;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

pub use self::evidence::evidence;

use self::verify::Before;
use crate::apply::{Event, Outcome, Recorder, Report, Run, ScopeOutcome, apply};
use crate::cloud::{CallError, ConnectError, Connection, Role, Sessions};
use crate::discover::{DiscoverError, Live, Search, discover, organization};
use crate::graph::Address;
use crate::journal::record::{Ending, Holder, RunEnded, RunOutcome, RunStarted, ScopeEnded};
use crate::journal::{JournalError, Message, Record, State};
use crate::kinds::{Desired, KnownStacks, Owner, Root, Scope, StackResourceId, account_address};
use crate::plan::{Authority, Evidence, Intent, Plan, PlanError, Strangers, Summary, plan};
use crate::values::{AccountId, Label};
use crate::zone::{Layout, OtherZone, Zone};

/// The role of a single-account zone's sessions: there are none, since everything is in the caller's account.
const NO_ROLE: &str = "none";
/// How long news of a change take to reach all of AWS, usually seconds: a read may miss until then what an earlier read has
/// shown (EC2 API reference, "Ensure idempotency and eventual consistency").
const SETTLING: Duration = Duration::from_secs(60);

/// Tells the time of day.
pub type TimeOfDay = Rc<dyn Fn() -> SystemTime>;

/// Why it is not known that this is the zone that the lock pins.
#[derive(Debug, thiserror::Error)]
pub enum OtherZoneError {
    /// It is another one.
    #[error(transparent)]
    Other(#[from] OtherZone),
    /// AWS does not say.
    #[error("whether this is the organization that lz.lock pins can't be told: {0}")]
    Unknown(#[from] CallError),
}

/// One run of lz on a zone.
#[derive(Debug, Clone)]
pub struct Reconciler<'a> {
    zone: &'a Zone,
    desired: &'a Desired,
    sessions: Rc<Sessions>,
    name: String,
    strangers: Strangers,
    evidence: Evidence,
    authority: Authority,
}

/// What an applying run is given besides its plan.
pub struct Applying<'a> {
    /// How many steps may be under way at once.
    pub parallelism: usize,
    /// Where every changing call is written down.
    pub recorder: &'a Recorder,
    /// The command, for the journal.
    pub command: &'a str,
    /// The digest of the files, for the journal.
    pub digest: &'a str,
    /// Who runs it, for the journal.
    pub holder: &'a Holder,
    /// True where scopes that fail are given back their state from before.
    pub rollback: bool,
    /// True once somebody asked to stop.
    pub stop: watch::Receiver<bool>,
    /// Who is told what happens.
    pub events: &'a dyn Fn(Event),
}

impl<'a> Reconciler<'a> {
    /// Starts a run: asks AWS who calls, and gives the run its name, such as `20261121T233818Z-0a1b2c`.
    ///
    /// # Errors
    /// Where AWS can't be reached or does not accept the credentials.
    pub async fn start(connection: Connection, zone: &'a Zone, desired: &'a Desired) -> Result<Self, ConnectError> {
        let name = format!("{}-{:06x}", timestamp(connection.now()), fastrand::u32(..1 << 24));
        let (role, external_id) = match &zone.layout {
            Layout::Organization(organization) => (organization.role.clone(), organization.external_id.clone()),
            Layout::SingleAccount => (NO_ROLE.to_owned(), None),
        };
        let role = Role { name: role, external_id, session_name: format!("lz-{name}") };
        let sessions = Rc::new(Sessions::open(connection, zone.region.clone(), role).await?);
        let (strangers, evidence, authority) = (Strangers::Kept, Evidence::default(), Authority::Files);
        let run = Self { zone, desired, sessions, name, strangers, evidence, authority };
        Ok(run.with_evidence(Evidence::default()))
    }

    /// The same run, with this becoming of what nobody asked for.
    #[must_use]
    pub fn with_strangers(self, strangers: Strangers) -> Self {
        Self { strangers, ..self }
    }

    /// The same run, with what may become of what lz has made.
    #[must_use]
    pub fn with_authority(self, authority: Authority) -> Self {
        Self { authority, ..self }
    }

    /// What is known of the zone's resources beside what AWS shows.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The run's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time of day on the other side.
    #[must_use]
    pub fn time_source(&self) -> TimeOfDay {
        let sessions = Rc::clone(&self.sessions);
        Rc::new(move || sessions.now())
    }

    /// The accounts that the run acts in.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What is in AWS.
    ///
    /// # Errors
    /// Where the management account can't be read.
    pub async fn discover(&self) -> Result<Live, DiscoverError> {
        self.discover_by(&self.evidence).await
    }

    /// The same, where this is known of the zone's resources.
    pub(super) async fn discover_by(&self, evidence: &Evidence) -> Result<Live, DiscoverError> {
        discover(&self.sessions, &self.search(evidence)).await
    }

    /// What is in AWS in some accounts; the management account is read in any case.
    ///
    /// # Errors
    /// Where the management account can't be read.
    pub async fn discover_only(&self, accounts: BTreeSet<Label>) -> Result<Live, DiscoverError> {
        discover(&self.sessions, &Search { only: Some(accounts), ..self.search(&self.evidence) }).await
    }

    /// The zone's accounts that exist, without a look at what they hold.
    ///
    /// # Errors
    /// Where the management account can't be read.
    pub async fn accounts(&self) -> Result<BTreeMap<Owner, AccountId>, DiscoverError> {
        Ok(self.account_ids(&organization(&self.sessions, &self.search(&self.evidence)).await?))
    }

    fn search(&self, evidence: &Evidence) -> Search {
        let accounts = matches!(self.zone.layout, Layout::Organization(_)).then(|| {
            let accounts = self.zone.accounts.values();
            accounts.filter_map(|account| Some((account.name.clone(), account.email.clone()?))).collect()
        });
        let hub = self.zone.transit_gateway.account.clone();
        let Evidence { pinned, journal, .. } = evidence;
        let mut by_owner: BTreeMap<Owner, BTreeSet<String>> = BTreeMap::new();
        for (address, id) in pinned {
            by_owner.entry(self.owner_of(address)).or_default().insert(id.clone());
        }
        let account_id = |name: &Label| AccountId::parse(pinned.get(&account_address(name))?).ok();
        let names = self.zone.accounts.keys();
        let pinned_accounts = names.filter_map(|name| Some((name.clone(), account_id(name)?))).collect();
        let mut stacks = KnownStacks::of(self.desired);
        // A stack's resource is asked for by its id: nothing lists it in time.
        for (id, address) in journal {
            let Some(parsed) = StackResourceId::parse(id) else { continue };
            let owner = self.owner_of(address);
            if parsed.is_request() {
                stacks.entry(owner).or_default().requests.insert(id.clone(), address.clone());
            } else {
                by_owner.entry(owner).or_default().insert(id.clone());
            }
        }
        Search { zone: self.zone.name.clone(), accounts, pinned_accounts, pinned: by_owner, stacks, hub, only: None }
    }

    /// The account that a resource of an address is in. Of what is no longer wanted its address tells.
    fn owner_of(&self, address: &Address) -> Owner {
        if let Some(wanted) = self.desired.get(address) {
            return wanted.owner.clone();
        }
        match (&self.zone.layout, Root::of(address)) {
            (Layout::Organization(_), Root::Account(name)) if self.zone.accounts.contains_key(&name) => {
                Owner::Account(name)
            }
            _ => Owner::Management,
        }
    }

    /// The ids of the accounts that exist.
    #[must_use]
    pub fn account_ids(&self, live: &Live) -> BTreeMap<Owner, AccountId> {
        let accounts = live.accounts.iter().map(|(name, id)| (Owner::Account(name.clone()), id.clone()));
        accounts.chain([(Owner::Management, self.sessions.caller().clone())]).collect()
    }

    /// What has to change.
    ///
    /// # Errors
    /// Where what is wanted contradicts itself.
    pub fn plan(&self, live: &Live) -> Result<Plan, PlanError> {
        plan(&self.intent(), live)
    }

    /// What is not as the files say: what a sweep tells. Nothing that could be judged is left out of it, and what nobody
    /// asked for is told.
    ///
    /// # Errors
    /// Where what is wanted contradicts itself.
    pub fn drift(&self, live: &Live) -> Result<Plan, PlanError> {
        plan(&Intent { strangers: Strangers::Kept, authority: Authority::Repair, ..self.intent() }, live)
    }

    fn intent(&self) -> Intent<'_> {
        Intent {
            zone: &self.zone.name,
            networking: &self.zone.transit_gateway.account,
            tags: &self.zone.tags,
            desired: self.desired,
            strangers: self.strangers,
            evidence: &self.evidence,
            authority: self.authority,
        }
    }

    /// Waits until whatever an earlier run has begun is seen by every call.
    pub async fn settle(&self) {
        self.sessions.clock().sleep(SETTLING).await;
    }

    /// Does what a plan says, and writes down in the journal what it does.
    ///
    /// A run that has changed something ends when AWS shows it to everybody: it looks at everything again, and what is not
    /// as it was asked for then counts as failed; what could not be read is told, and does not. Scopes that failed are then
    /// given back their state from before, where that is asked for and the run is no repair.
    ///
    /// # Errors
    /// Where the beginning or the end of the run can't be written down. Where something in between can't, the run stops, and
    /// its report says so.
    pub async fn apply(
        &self,
        plan: &Plan,
        live: &Live,
        scopes: &[Scope],
        applying: &Applying<'_>,
    ) -> Result<Report, JournalError> {
        let run = self.run(applying);
        if plan.changes.is_empty() {
            let mut report = apply(&run, plan, live, scopes).await;
            report.pins = applying.recorder.journal().look(|journal: &State| self.pins(plan, live, journal));
            return Ok(report);
        }
        self.note_start(applying, scopes, plan.summary()).await?;
        let mut report = apply(&run, plan, live, scopes).await;
        if !report.interrupted && applying.recorder.journal().stopped().is_none() {
            self.verify(&run, &mut report, &Before { live, put_off: &plan.put_off }).await;
            let unfinished: Vec<Scope> = report.unfinished().map(|scope| scope.scope.clone()).collect();
            // What a repair has mended stays.
            let rollback = applying.rollback && self.authority == Authority::Files;
            if rollback && !unfinished.is_empty() {
                self.roll_back(&run, &self.name, &unfinished, &plan.put_off, &mut report).await?;
            }
        }
        report.count(&self.sessions.counts(), self.sessions.clock().elapsed());
        if applying.recorder.journal().stopped().is_none() {
            applying.recorder.note(Record::RunEnded(ending(&report, self.authority))).await?;
        }
        Ok(report)
    }

    /// Undoes what an earlier run, with those whose unfinished work it went on with, has done to scopes.
    ///
    /// # Errors
    /// Where the journal can't be written.
    pub async fn undo(&self, run: &str, scopes: &[Scope], applying: &Applying<'_>) -> Result<Report, JournalError> {
        self.note_start(applying, scopes, Summary::default()).await?;
        let mut report = Report::unfinished_scopes(&self.name, scopes, run);
        self.roll_back(&self.run(applying), run, scopes, &BTreeMap::new(), &mut report).await?;
        report.count(&self.sessions.counts(), self.sessions.clock().elapsed());
        applying.recorder.note(Record::RunEnded(ending(&report, Authority::Files))).await?;
        Ok(report)
    }

    async fn note_start(
        &self,
        applying: &Applying<'_>,
        scopes: &[Scope],
        changes: Summary,
    ) -> Result<(), JournalError> {
        let started = RunStarted {
            run: self.name.clone(),
            zone: self.zone.name.clone(),
            command: Message::new(applying.command),
            scopes: scopes.to_vec(),
            digest: applying.digest.to_owned(),
            changes,
            holder: applying.holder.clone(),
            repairs: self.authority == Authority::Repair,
        };
        applying.recorder.note(Record::RunStarted(started)).await.map(drop)
    }

    fn run<'b>(&'b self, applying: &Applying<'b>) -> Run<'b> {
        Run {
            sessions: Rc::clone(&self.sessions),
            intent: self.intent(),
            name: self.name.clone(),
            recorder: applying.recorder,
            parallelism: applying.parallelism,
            stop: applying.stop.clone(),
            events: applying.events,
        }
    }
}

/// What the journal says of a run's end.
fn ending(report: &Report, authority: Authority) -> RunEnded {
    let outcome = match report.outcome {
        _ if report.interrupted => RunOutcome::Interrupted,
        Outcome::Applied => RunOutcome::Applied,
        Outcome::Unchanged => RunOutcome::Unchanged,
        Outcome::Partial => RunOutcome::Partial,
        Outcome::RolledBack => RunOutcome::RolledBack,
        Outcome::Failed => RunOutcome::Failed,
    };
    let scopes = report.scopes.iter().map(|scope| ScopeEnded {
        scope: scope.scope.clone(),
        ending: match scope.outcome {
            ScopeOutcome::Applied => Ending::Applied,
            ScopeOutcome::Unchanged => Ending::Unchanged,
            ScopeOutcome::RolledBack => Ending::RolledBack,
            ScopeOutcome::Refused => Ending::Refused,
            ScopeOutcome::Failed | ScopeOutcome::Partial if report.interrupted => Ending::Interrupted,
            ScopeOutcome::Partial => Ending::Mended,
            ScopeOutcome::Failed if authority == Authority::Repair => Ending::Mended,
            ScopeOutcome::Failed => Ending::Left,
        },
        error: scope.error().as_deref().map(Message::new),
    });
    RunEnded { outcome, scopes: scopes.collect() }
}

/// A moment as it stands in run names: `20261121T233818Z`.
#[must_use]
pub fn timestamp(moment: SystemTime) -> String {
    match jiff::Timestamp::try_from(moment) {
        Ok(moment) => moment.strftime("%Y%m%dT%H%M%SZ").to_string(),
        Err(_) => "unknown-time".to_owned(),
    }
}
