//! How long the proof of a zone of many workloads takes: from the files to the last invariant, and nothing called.
//!
//! `scripts/benchmark` runs it, with lz optimised. It fails where anything is left unproved.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{Error, Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lz::blueprint::expand;
use lz::config::{Files, resolve_files, starter_zone};
use lz::intent::intent;
use lz::reach::planned;
use lz::reach::prove::{Intent, Violation, prove};

/// How many workloads there are where nobody says otherwise.
const WORKLOADS: usize = 1000;

const SEGMENTS: [&str; 2] = ["prod", "dev"];

/// What a run came to.
struct Measured {
    resources: usize,
    subnets: usize,
    statements: usize,
    seconds: Vec<(&'static str, Duration)>,
    violations: Vec<Violation>,
}

fn main() -> ExitCode {
    // Cargo passes `--bench`; a number says how many workloads.
    let workloads = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(WORKLOADS);
    let mut all_proved = true;
    // Where all reach all, paths grow with the square of the workloads.
    for (topology, workloads) in [("segmented", workloads), ("flat", workloads / 10)] {
        let told = measure(topology, workloads).and_then(|measured| {
            tell(topology, workloads, &measured)?;
            Ok(measured.violations.is_empty())
        });
        match told {
            Ok(proved) => all_proved &= proved,
            Err(error) => {
                // Where standard output is gone, the exit status is all that is left to tell.
                let _ = writeln!(stdout(), "{topology}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    if all_proved { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The starter zone with its workloads replaced by many, in turn of each segment.
fn files(workloads: usize) -> Files {
    let mut files = Files::from_texts(starter_zone().iter().copied());
    files.accounts.retain(|name, _| name == "networking");
    for number in 1..=workloads {
        let segment = SEGMENTS[number % SEGMENTS.len()];
        let address = format!("203.0.113.{}/32", number % 256);
        let text = format!(
            "email = \"aws+workload-{number}@example.com\"\n\
             unit = \"Workloads/Prod\"\n\
             segment = \"{segment}\"\n\
             blueprint = \"container\"\n\
             [egress]\n\
             domains = [\"api-{number}.example.com\", \".workload-{number}.example.com\", \"api.binance.com\"]\n\
             addresses = [{{ to = \"{address}\", protocol = \"tcp\", port = 8443 }}]\n"
        );
        files.accounts.insert(format!("workload-{number}"), text);
    }
    files
}

fn measure(topology: &str, workloads: usize) -> Result<Measured, Error> {
    let mut clock = Clock::default();
    // Three domains are two rules each, and an address is one: seven for a workload, and as many again for growth.
    let capacity = (workloads * 7).max(100);
    let overrides = [
        ("transit_gateway.topology", topology.to_owned()),
        ("accounts.networking.networks.egress.firewall.workload_capacity", capacity.to_string()),
    ];
    let overrides = overrides.map(|(key, value)| (key.to_owned(), value));
    let files = files(workloads);
    let loaded = clock.time("files", || resolve_files(&files, &BTreeMap::new(), &overrides)).map_err(|invalid| {
        let told: Vec<String> = invalid.diagnostics.iter().map(|one| one.render(false).to_write()).collect();
        Error::other(told.join("\n"))
    })?;
    let desired = clock.time("resources", || expand(&loaded.zone)).map_err(Error::other)?;
    let network = clock.time("network", || planned::network(&desired));
    let intent = clock.time("intent", || intent(&loaded.zone));
    let violations = clock.time("proof", || prove(&network, &intent));
    Ok(Measured {
        resources: desired.len(),
        subnets: network.subnets.len(),
        statements: statements(&intent),
        seconds: clock.seconds,
        violations,
    })
}

/// How many statements about all packets from somewhere are proved: of each workload that its way out is inspected, that it
/// is isolated and that what is to be dropped is; of each tier what it reaches and passes; and what accounts list.
fn statements(intent: &Intent) -> usize {
    let of_workloads = intent.workloads.iter().map(|one| (3, &one.tiers));
    let all = of_workloads.chain(intent.hub.iter().map(|one| (0, &one.tiers)));
    let of_vpcs = all
        .map(|(own, tiers)| own + tiers.iter().map(|tier| tier.reaches.len() + tier.hands_over.len()).sum::<usize>());
    of_vpcs.sum::<usize>() + intent.invariants.len()
}

fn tell(topology: &str, workloads: usize, measured: &Measured) -> Result<(), Error> {
    let mut out = stdout().lock();
    let mut line = |what: &str, value: &dyn Display| writeln!(out, "  {what:<12}{value:>10}");
    line(topology, &"")?;
    line("workloads", &workloads)?;
    line("resources", &measured.resources)?;
    line("subnets", &measured.subnets)?;
    line("statements", &measured.statements)?;
    line("violations", &measured.violations.len())?;
    for (what, duration) in &measured.seconds {
        line(what, &format!("{:.2} s", duration.as_secs_f64()))?;
    }
    for violation in measured.violations.iter().take(5) {
        writeln!(out, "  {violation}")?;
    }
    Ok(())
}

/// Times what is done, part by part.
#[derive(Default)]
struct Clock {
    seconds: Vec<(&'static str, Duration)>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures this machine's time")]
    fn time<T>(&mut self, what: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.seconds.push((what, start.elapsed()));
        done
    }
}
