//! Many cases on all cores: every failure is told, in one line each, and a long run that was cut off goes on where it was.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// How often it says how far it is, in cases.
const PROGRESS: usize = 50;
/// The longest that a failure's line may be, in characters.
const LINE: usize = 1200;

/// Which cases are wanted, and where it is noted what became of them.
pub struct Matrix {
    /// The script that runs it, as a failure names it.
    script: &'static str,
    wanted: Option<String>,
    notes: Option<String>,
}

/// What became of the cases.
struct Outcome {
    failed: Vec<String>,
    run: usize,
}

impl Matrix {
    /// A matrix that is asked by an environment variable: `all`, a part such as `1/4`, or the beginning of cases' names.
    /// What is finished is noted in the file that `LZ_MATRIX_NOTES` names, and not done again.
    #[expect(clippy::disallowed_methods, reason = "a test is asked by the environment")]
    pub fn new(script: &'static str, variable: &str) -> Self {
        let wanted = std::env::var(variable).ok();
        let notes = std::env::var("LZ_MATRIX_NOTES").ok().filter(|_| wanted.is_some());
        Self { script, wanted, notes }
    }

    /// True where more is wanted than the sample.
    pub fn is_whole(&self) -> bool {
        self.wanted.is_some()
    }

    /// Those of all cases that are wanted.
    pub fn choose<C: Display>(&self, cases: Vec<C>) -> Vec<C> {
        match self.wanted.as_deref() {
            None | Some("all") => cases,
            Some(wanted) => match part(wanted) {
                Some((number, of)) => {
                    let numbered = cases.into_iter().enumerate();
                    numbered.filter(|(place, _)| place % of == number - 1).map(|(_, case)| case).collect()
                }
                None => {
                    let named = |case: &C| case.to_string().starts_with(wanted);
                    let chosen: Vec<C> = cases.into_iter().filter(named).collect();
                    assert!(!chosen.is_empty(), "no case's name begins with {wanted}");
                    chosen
                }
            },
        }
    }

    /// Tries all cases, each thread with a scene of its own, and tells all that failed.
    pub fn run<C, S>(&self, cases: &[C], scene: impl Fn() -> S + Sync, try_out: impl Fn(&S, &C) -> Vec<String> + Sync)
    where
        C: Display + Sync,
    {
        self.run_then(cases, scene, try_out, || ());
    }

    /// The same, with something to be told besides, before failures are.
    #[expect(clippy::disallowed_macros, reason = "it takes long, and says how far it is")]
    pub fn run_then<C, S>(
        &self,
        cases: &[C],
        scene: impl Fn() -> S + Sync,
        try_out: impl Fn(&S, &C) -> Vec<String> + Sync,
        besides: impl FnOnce(),
    ) where
        C: Display + Sync,
    {
        let start = now();
        let Outcome { failed, run } = self.outcome(cases, &scene, &try_out);
        let seconds = start.elapsed().as_secs();
        if self.is_whole() {
            besides();
        }
        eprintln!("{}: {} cases, {run} of them run in {seconds} s, {} failed", self.script, cases.len(), failed.len());
        assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
    }

    #[expect(clippy::disallowed_macros, reason = "it takes long, and says how far it is")]
    fn outcome<C, S>(
        &self,
        cases: &[C],
        scene: &(impl Fn() -> S + Sync),
        try_out: &(impl Fn(&S, &C) -> Vec<String> + Sync),
    ) -> Outcome
    where
        C: Display + Sync,
    {
        let known = self.finished();
        let (left, done): (Vec<&C>, Vec<&C>) = cases.iter().partition(|case| !known.contains_key(&case.to_string()));
        let name = |case: &C, words: &str| format!("{case}: {words}");
        let told = done.iter().filter_map(|case| Some((*case, known.get(&case.to_string())?)));
        let mut failed: Vec<String> =
            told.filter(|(_, words)| !words.is_empty()).map(|(case, words)| name(case, words)).collect();
        let (taken, notes) = (AtomicUsize::new(0), Mutex::new(()));
        let worker = || {
            let mut failed = Vec::new();
            let mut scene_of_mine = None;
            loop {
                let place = taken.fetch_add(1, Ordering::Relaxed);
                let Some(case) = left.get(place) else { return failed };
                if place > 0 && place.is_multiple_of(PROGRESS) {
                    eprintln!("{place} of {} cases", left.len());
                }
                let scene = scene_of_mine.get_or_insert_with(scene);
                let words = match catch_unwind(AssertUnwindSafe(|| try_out(scene, case))) {
                    Ok(wrong) => wrong.join("; "),
                    Err(panic) => {
                        let text = panic.downcast_ref::<String>().map(String::as_str);
                        text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
                    }
                };
                let words = in_one_line(&words);
                {
                    let _only_one = notes.lock().expect("no panic");
                    self.note(&case.to_string(), &words);
                }
                if !words.is_empty() {
                    eprintln!("FAILED {case}: {words}");
                    failed.push(name(case, &words));
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let found: Vec<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
        });
        failed.extend(found);
        failed.sort();
        Outcome { failed, run: left.len() }
    }

    /// What an earlier run has finished: what went wrong, by case.
    fn finished(&self) -> BTreeMap<String, String> {
        let text = self.notes.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        lines.map(|(case, words)| (case.to_owned(), words.to_owned())).collect()
    }

    fn note(&self, case: &str, words: &str) {
        let Some(file) = &self.notes else { return };
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).expect("a file");
        writeln!(file, "{case}\t{words}").expect("a note");
    }
}

#[expect(clippy::disallowed_methods, reason = "it says how long it took")]
fn now() -> Instant {
    Instant::now()
}

/// A part such as `2/4`.
fn part(wanted: &str) -> Option<(usize, usize)> {
    let (number, of) = wanted.split_once('/')?;
    let (number, of) = (number.parse().ok()?, of.parse().ok()?);
    (1 <= number && number <= of).then_some((number, of))
}

fn in_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LINE).collect()
}
