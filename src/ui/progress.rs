//! How a run goes on: on a terminal one line per scope, in a pipe one line per event.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use crate::apply::Event;
use crate::kinds::Scope;
use crate::plan::Plan;
use crate::report::duration;

/// Draws the events of a run.
#[derive(Debug)]
pub struct Progress {
    printer: Printer,
    /// One line per scope; none in a pipe.
    lines: Option<BTreeMap<Scope, ProgressBar>>,
    screen: MultiProgress,
}

impl Progress {
    /// For a plan's changes.
    #[must_use]
    pub fn new(printer: &Printer, plan: &Plan) -> Self {
        let screen = MultiProgress::with_draw_target(if printer.talks_to_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        });
        let lines = printer.talks_to_terminal().then(|| {
            let mut changes: BTreeMap<Scope, u64> = BTreeMap::new();
            for change in plan.changes.values() {
                *changes.entry(change.scope.clone()).or_default() += 1;
            }
            changes.into_iter().map(|(scope, count)| (scope.clone(), line(&screen, &scope, count))).collect()
        });
        Self { printer: *printer, lines, screen }
    }

    /// Draws an event.
    pub fn show(&mut self, event: &Event) {
        match &self.lines {
            Some(lines) => self.draw(lines, event),
            None => self.say(event),
        }
    }

    /// Nothing more will happen.
    pub fn end(&mut self) {
        for line in self.lines.iter().flat_map(BTreeMap::values) {
            line.finish();
        }
    }

    fn draw(&self, lines: &BTreeMap<Scope, ProgressBar>, event: &Event) {
        let palette = self.printer.talk_palette();
        match event {
            Event::Started { address, scope, action, .. } => {
                with(lines, scope, |line| line.set_message(format!("{} {address}", action.as_str())));
            }
            Event::Waiting { address, scope, state } => {
                with(lines, scope, |line| line.set_message(format!("{address}: {state}")));
            }
            Event::Done { scope, .. } => with(lines, scope, |line| line.inc(1)),
            Event::Failed { scope, error, .. } => {
                with(lines, scope, |line| line.set_message(palette.bad("failed")));
                // That the terminal does not take the line is no reason to stop: the report tells it again.
                let _ = self.screen.println(format!("{}: {error}", palette.bad("failed")));
            }
            Event::Verifying => {
                let _ = self.screen.println("looking at everything again");
            }
            Event::ScopeEnded { scope, complete } => with(lines, scope, |line| {
                line.finish_with_message(if *complete { palette.good("done") } else { palette.bad("not finished") });
            }),
        }
    }

    fn say(&self, event: &Event) {
        match event {
            Event::Started { .. } | Event::Waiting { .. } => {}
            Event::Done { address, action, took, .. } => {
                self.printer.status(&format!("{:<8} {address} ({})", done_word(*action), duration(*took)));
            }
            Event::Verifying => self.printer.status("looking at everything again"),
            Event::Failed { error, .. } => self.printer.status(&format!("{:<8} {error}", "failed")),
            Event::ScopeEnded { scope, complete } => {
                self.printer.status(&format!("{:<8} {scope}", if *complete { "done" } else { "not done" }));
            }
        }
    }
}

fn line(screen: &MultiProgress, scope: &Scope, changes: u64) -> ProgressBar {
    let line = screen.add(ProgressBar::new(changes));
    if let Ok(style) = ProgressStyle::with_template("{prefix:<24} {pos:>4}/{len:<4} {bar:20} {wide_msg}") {
        line.set_style(style);
    }
    line.set_prefix(scope.to_string());
    line
}

fn with(lines: &BTreeMap<Scope, ProgressBar>, scope: &Scope, draw: impl FnOnce(&ProgressBar)) {
    if let Some(line) = lines.get(scope) {
        draw(line);
    }
}

fn done_word(action: crate::plan::Action) -> &'static str {
    use crate::plan::Action;
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
    }
}
