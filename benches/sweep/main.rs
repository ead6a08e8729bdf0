//! What one sweep of a zone of many accounts costs: calls per account, throttled calls, AWS's time, this machine's time and
//! memory.
//!
//! The zone is built on the simulated AWS first, by lz itself and in virtual time; the simulation throttles as AWS does.
//! `scripts/benchmark sweep` runs it, with lz optimised. It fails where an account takes more calls than it may, where a call
//! is throttled, where the sweep takes more memory than it may, or where it finds anything.

mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::{Error, Write, stdout};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use lz::apply::{Event, Outcome, ScopeReport};
use lz::cloud::{Clock, Connection, Counts};
use lz::config::{Files, resolve_files, starter_zone};
use lz::journal::{MemoryStore, Store, Stores};
use lz::kinds::{Owner, Scope};
use lz::operate::{
    self, Applied, ApplyOptions, ApplyRequest, Audience, ChangeOptions, Confirmation, Consent, Declared, Hold,
    MemoryMachine, Notice, OpenZone, OperateError, Ports, SweepRequest,
};
use lz::plan::{Authority, Plan, Strangers};
use lz::twin::Twin;
use lz::twin::connector::Connector;
use lz::values::AccountId;
use tokio::sync::watch;

/// How many workloads there are where nobody says otherwise.
const WORKLOADS: usize = 500;
/// How many calls a workload's account may take, its role and its tags in the organization included; and how many the zone
/// may take for each of its accounts.
const BUDGET: u64 = 25;

/// How many bytes a sweep may take for each account.
const MEMORY_BUDGET: usize = 1_000_000;

const SEGMENTS: [&str; 2] = ["prod", "dev"];

fn main() -> ExitCode {
    // Cargo passes `--bench`; a number says how many workloads.
    let workloads = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(WORKLOADS);
    let told = measure(workloads).and_then(|measured| {
        tell(&measured)?;
        Ok(measured.is_within_budget())
    });
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Where standard output is gone, the exit status is all that is left to tell.
            let _ = writeln!(stdout(), "sweep: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a look came to.
struct Measured {
    workloads: usize,
    resources: usize,
    /// The calls of each workload's account.
    calls: BTreeMap<AccountId, u64>,
    /// The calls of the account that the hub is in.
    hub: u64,
    counts: Counts,
    /// What was found, each in a sentence.
    findings: Vec<String>,
    /// AWS's time.
    waited: Duration,
    /// This machine's time, for building and for the look.
    built_in: Duration,
    seconds: Vec<(&'static str, Duration)>,
    /// What the sweep takes at most in each part, in bytes: the simulated AWS was there before it.
    memory: Vec<(&'static str, usize)>,
    /// The most that the whole process was given by the system, the simulated AWS included, in kilobytes.
    resident: u64,
}

impl Measured {
    fn accounts(&self) -> u64 {
        // With the hub's and the management account.
        self.workloads as u64 + 2
    }

    fn most(&self) -> u64 {
        self.calls.values().copied().max().unwrap_or_default()
    }

    fn memory_per_account(&self) -> usize {
        let most = self.memory.iter().map(|(_, bytes)| *bytes).max().unwrap_or_default();
        most / (self.workloads + 2)
    }

    fn is_within_budget(&self) -> bool {
        self.most() <= BUDGET
            && self.memory_per_account() <= MEMORY_BUDGET
            && self.counts.api_calls <= BUDGET * self.accounts()
            && self.counts.throttled == 0
            && self.findings.is_empty()
    }
}

/// The starter zone with its workloads replaced by many, in turn of each segment.
fn files(workloads: usize) -> Files {
    let mut files = Files::from_texts(starter_zone().iter().copied());
    files.accounts.retain(|name, _| name == "networking");
    // They are about the starter zone's own workloads.
    files.invariants = None;
    for number in 1..=workloads {
        let segment = SEGMENTS[number % SEGMENTS.len()];
        let text = format!(
            "email = \"aws+workload-{number}@example.com\"\n\
             unit = \"Workloads/Prod\"\n\
             segment = \"{segment}\"\n\
             blueprint = \"container\"\n\
             [egress]\n\
             domains = [\"api-{number}.example.com\", \"api.binance.com\"]\n"
        );
        files.accounts.insert(format!("workload-{number}"), text);
    }
    files
}

fn measure(workloads: usize) -> Result<Measured, Error> {
    let capacity = (workloads * 7).max(100);
    let overrides =
        [("accounts.networking.networks.egress.firewall.workload_capacity".to_owned(), capacity.to_string())];
    let loaded = resolve_files(&files(workloads), &BTreeMap::new(), &overrides).map_err(|invalid| {
        let told: Vec<String> = invalid.diagnostics.iter().map(|one| one.render(false).to_write()).collect();
        Error::other(told.join("\n"))
    })?;
    let declared = Declared::of(loaded).map_err(Error::other)?;
    let twin = Twin::new(5);
    let accounts = workloads as u64 + 10;
    twin.with_world(|aws| aws.quotas.insert("accounts-per-organization".to_owned(), accounts));
    let start = now();
    let kept = Kept::default();
    build(&twin, &declared, &kept)?;
    let built_in = start.elapsed();
    look(&twin, &declared, &kept, built_in)
}

/// Who waits for the benchmark, and hears nothing.
struct Nobody;

#[async_trait(?Send)]
impl Audience for Nobody {
    async fn confirms(&self, _: Confirmation<'_>) -> Result<bool, OperateError> {
        Ok(false)
    }

    fn begins(&self, _: &Plan) {}

    fn hears(&self, _: &Event) {}

    fn ends(&self) {}

    fn notes(&self, _: &Notice) {}
}

/// What is kept of the zone from one command to the next.
struct Kept {
    stores: Stores,
    lease: Rc<dyn Store>,
}

impl Default for Kept {
    fn default() -> Self {
        let empty = || -> Rc<dyn Store> { Rc::new(MemoryStore::new()) };
        Self { stores: Stores { segments: empty(), checkpoints: empty(), archive: empty() }, lease: empty() }
    }
}

/// Does something with the zone as one command of lz, in virtual time.
fn run<T>(
    twin: &Twin,
    declared: &Declared,
    kept: &Kept,
    work: impl AsyncFnOnce(&OpenZone<'_>, &Hold) -> Result<T, OperateError>,
) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let world = twin.clone();
    let time = Rc::new(move || SystemTime::UNIX_EPOCH + Duration::from_millis(world.now().0));
    let (_stopper, stop) = watch::channel(false);
    let lock = declared.loaded.lock.clone();
    let machine = MemoryMachine::new(kept.stores.clone(), Rc::clone(&kept.lease), lock, stop, time);
    let ports = Ports { machine: &machine, audience: &Nobody };
    runtime.block_on(async {
        let connector = Connector::new(twin.clone());
        let region = declared.loaded.zone.region.as_str();
        let connection = Connection::new(connector.sdk_config(region), Clock::new(1));
        let done = async {
            let hold = operate::hold(&machine)?;
            let zone = OpenZone::open(declared, ports, connection).await?;
            // What the last command has done is seen by every call.
            zone.sessions().clock().sleep(Duration::from_secs(60)).await;
            work(&zone, &hold).await
        };
        let done = done.await.map_err(Error::other);
        connector.settle();
        done
    })
}

/// Bootstraps the zone and onboards all of its workloads.
fn build(twin: &Twin, declared: &Declared, kept: &Kept) -> Result<(), Error> {
    let workloads: Vec<Scope> = declared.workloads().into_iter().map(Scope::Workload).collect();
    let apply = ApplyOptions { parallelism: 256, rollback: false };
    let options = ChangeOptions { consent: Consent::Given, strangers: Strangers::Kept, apply };
    for scopes in [declared.foundation(), workloads] {
        let request = ApplyRequest { command: "apply", scopes: &scopes, kept: None, options };
        let applied = run(twin, declared, kept, async |zone, hold| operate::apply(zone, hold, &request).await)?;
        let Applied::Run(ran) = applied else { continue };
        if !matches!(ran.report.outcome, Outcome::Applied | Outcome::Unchanged) {
            let failed = |one: &ScopeReport| Some(format!("{}: {}", one.scope, one.error()?));
            let errors: Vec<String> = ran.report.scopes.iter().filter_map(failed).collect();
            return Err(Error::other(errors.join("\n")));
        }
    }
    Ok(())
}

/// One sweep, as `lz sweep` does it; then its first two parts once more, each by itself.
fn look(twin: &Twin, declared: &Declared, kept: &Kept, built_in: Duration) -> Result<Measured, Error> {
    let before = memory::in_use();
    let peak = || {
        let peak = memory::peak().saturating_sub(before);
        memory::forget_peak();
        peak
    };
    memory::forget_peak();
    let request = SweepRequest { only: &[], authors: false };
    let start = now();
    let (swept, counts, waited, accounts) = run(twin, declared, kept, async |zone, _| {
        let clock = zone.sessions().clock();
        let since = clock.elapsed();
        let swept = operate::sweep(zone, &request, None).await?;
        let (counts, waited) = (zone.sessions().counts(), clock.elapsed().saturating_sub(since));
        let reconciler = zone.reconciler(Strangers::Kept, Authority::Repair, &zone.journal().await?.state);
        Ok((swept, counts, waited, reconciler.accounts().await?))
    })?;
    let mut seconds = vec![("sweep", start.elapsed())];
    let mut memory = vec![("memory, sweep", peak())];
    let findings = swept.sweep.findings.into_iter().map(|finding| finding.sentence).collect();
    let resources = run(twin, declared, kept, async |zone, _| {
        let reconciler = zone.reconciler(Strangers::Kept, Authority::Repair, &zone.journal().await?.state);
        peak();
        let start = now();
        let live = reconciler.discover().await?;
        seconds.push(("discovery alone", start.elapsed()));
        memory.push(("memory, discovery", peak()));
        memory.push(("memory, what was seen", memory::in_use().saturating_sub(before)));
        let start = now();
        drop(reconciler.plan(&live)?);
        seconds.push(("plan alone", start.elapsed()));
        memory.push(("memory, plan", peak()));
        Ok(live.resources.len())
    })?;
    let calls_of = |id: &AccountId| counts.by_account.get(id.as_str()).copied().unwrap_or_default();
    let hub = Owner::Account(declared.loaded.zone.transit_gateway.account.clone());
    let workloads = accounts.iter().filter(|(owner, _)| **owner != hub && **owner != Owner::Management);
    // Each account's tags are asked for in the management account.
    let calls: BTreeMap<AccountId, u64> = workloads.map(|(_, id)| (id.clone(), calls_of(id) + 1)).collect();
    Ok(Measured {
        workloads: calls.len(),
        resources,
        calls,
        hub: accounts.get(&hub).map(calls_of).unwrap_or_default(),
        findings,
        waited,
        built_in,
        seconds,
        memory,
        resident: resident()?,
        counts,
    })
}

fn tell(measured: &Measured) -> Result<(), Error> {
    let mut out = stdout().lock();
    let Measured { counts, calls, .. } = measured;
    let mut line = |what: &str, value: &dyn Display| writeln!(out, "  {what:<28}{value:>12}");
    line("workloads", &measured.workloads)?;
    line("resources", &measured.resources)?;
    line("calls", &counts.api_calls)?;
    let mean = |calls: u64, accounts: u64| format!("{:.1}", calls as f64 / accounts.max(1) as f64);
    line("calls per account, mean", &mean(counts.api_calls, measured.accounts()))?;
    line("calls per workload, mean", &mean(calls.values().sum(), calls.len() as u64))?;
    line("calls per workload, most", &measured.most())?;
    line("calls in the hub's account", &measured.hub)?;
    line("throttled", &counts.throttled)?;
    line("findings", &measured.findings.len())?;
    line("AWS's time", &seconds(measured.waited))?;
    line("building", &seconds(measured.built_in))?;
    for (what, duration) in &measured.seconds {
        line(what, &seconds(*duration))?;
    }
    for (what, bytes) in &measured.memory {
        line(what, &format!("{:.1} MB", *bytes as f64 / 1e6))?;
    }
    line("memory per account, at most", &format!("{} kB", measured.memory_per_account() / 1000))?;
    line("process, twin included", &format!("{} MB", measured.resident / 1024))?;
    let often: BTreeSet<(u64, &String)> = counts.by_operation.iter().map(|(name, count)| (*count, name)).collect();
    for (count, name) in often.into_iter().rev().filter(|(count, _)| *count * 10 >= measured.accounts()) {
        line(name, &count)?;
    }
    for finding in measured.findings.iter().take(5) {
        writeln!(out, "  {finding}")?;
    }
    Ok(())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures this machine's time")]
fn now() -> Instant {
    Instant::now()
}

/// The most memory that the process was ever given, in kilobytes (proc(5), `VmHWM`).
fn resident() -> Result<u64, Error> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
    number.ok_or_else(|| Error::other("/proc/self/status tells no VmHWM"))
}
