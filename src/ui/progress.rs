//! How a run goes on: on a terminal a line for each scope that is under way, in a pipe one line per event.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use super::scope_lines::ScopeLines;
use crate::apply::Event;
use crate::graph::Address;
use crate::kinds::Scope;
use crate::plan::{Action, Plan};
use crate::report::duration;
use crate::text::{Piece, escape, text};

/// How many scopes are shown at once, so that a terminal of 24 lines holds them, the sum, and what was said last. What
/// doesn't fit on a smaller one is cut off below.
const ROWS: usize = 16;
/// How often the sign that lz is alive turns.
const TICK: Duration = Duration::from_millis(200);

/// Draws the events of a run.
#[derive(Debug)]
pub struct Progress {
    voice: Voice,
    /// None in a pipe.
    display: Option<Display>,
}

/// Says something beside the progress, without drawing into it.
#[derive(Debug, Clone)]
pub struct Voice {
    printer: Printer,
    /// None in a pipe.
    screen: Option<MultiProgress>,
}

impl Voice {
    /// Says a line.
    pub fn say(&self, line: impl Piece) {
        match &self.screen {
            // That the terminal doesn't take the line is no reason to stop: the report tells what matters again.
            Some(screen) => screen.suspend(|| self.printer.status(line)),
            None => self.printer.status(line),
        }
    }
}

/// The lines on a terminal: as many of the scopes under way as fit, then the sum.
#[derive(Debug)]
struct Display {
    screen: MultiProgress,
    scopes: ScopeLines,
    bars: Vec<ProgressBar>,
    sum: ProgressBar,
}

impl Progress {
    /// For a plan's changes.
    #[must_use]
    pub fn new(printer: &Printer, plan: &Plan) -> Self {
        let display = (printer.talks_to_terminal() && !plan.changes.is_empty()).then(|| Display::new(plan));
        let screen = display.as_ref().map(|display| display.screen.clone());
        Self { voice: Voice { printer: printer.clone(), screen }, display }
    }

    /// The way to say something else meanwhile.
    #[must_use]
    pub fn voice(&self) -> Voice {
        self.voice.clone()
    }

    /// Draws an event.
    pub fn show(&mut self, event: &Event) {
        let Some(display) = &mut self.display else {
            self.say(event);
            return;
        };
        match event {
            Event::Failed { error, .. } => {
                self.voice.say(text!("{}: {}", self.voice.printer.talk_palette().bad("failed"), error));
            }
            Event::Recreated { address, message, .. } => self.voice.say(recreated(address, message)),
            Event::RollingBack { scopes } => self.voice.say(rolling_back(scopes)),
            _ => {}
        }
        display.scopes.note(event);
        display.draw();
    }

    /// Nothing more will happen: the lines go, and what is written next stands where they stood.
    pub fn end(&mut self) {
        if let Some(display) = self.display.take() {
            display.clear();
        }
    }

    fn say(&self, event: &Event) {
        let line = match event {
            Event::Started { .. } | Event::Waiting { .. } => return,
            Event::Done { address, action, took, .. } => {
                format!("{:<8} {address} ({})", done_word(*action), duration(*took))
            }
            Event::Recreated { address, message, .. } => recreated(address, message),
            Event::Failed { error, .. } => format!("{:<8} {error}", "failed"),
            Event::RollingBack { scopes } => rolling_back(scopes),
            Event::Verifying => "looking at everything again".to_owned(),
            Event::ScopeEnded { scope, complete } => {
                format!("{:<8} {scope}", if *complete { "done" } else { "not done" })
            }
        };
        self.voice.say(line);
    }
}

impl Display {
    fn new(plan: &Plan) -> Self {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let sum = screen.add(bar("{spinner} {msg}"));
        sum.enable_steady_tick(TICK);
        let mut display = Self { screen, scopes: ScopeLines::new(plan), bars: Vec::new(), sum };
        display.draw();
        display
    }

    fn draw(&mut self) {
        let lines = self.scopes.under_way(ROWS);
        while self.bars.len() > lines.len() {
            if let Some(bar) = self.bars.pop() {
                self.screen.remove(&bar);
            }
        }
        while self.bars.len() < lines.len() {
            self.bars.push(self.screen.insert_before(&self.sum, bar("{wide_msg}")));
        }
        for (bar, line) in self.bars.iter().zip(lines) {
            let text = escape(&line);
            if bar.message() != text {
                bar.set_message(text.into_owned());
            }
        }
        self.sum.set_message(self.scopes.sum(ROWS));
    }

    fn clear(self) {
        self.sum.disable_steady_tick();
        for bar in self.bars.iter().chain([&self.sum]) {
            bar.finish_and_clear();
        }
    }
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn recreated(address: &Address, message: &str) -> String {
    format!("{:<8} {address}: AWS gave up: {message}; another one is made", "again")
}

fn rolling_back(scopes: &[Scope]) -> String {
    let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
    format!("rolling back {}", names.join(", "))
}

fn done_word(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
    }
}
