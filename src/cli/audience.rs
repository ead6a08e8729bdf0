//! Whoever runs a command, as use cases ask and tell them.

use std::cell::RefCell;

use async_trait::async_trait;

use crate::apply::Event;
use crate::kinds::Scope;
use crate::operate::{Audience, Confirmation, Notice, OperateError};
use crate::plan::Plan;
use crate::report::{Estimate, Places, plan_text, survey_text};
use crate::ui::{Printer, Progress};

/// A terminal, or whatever stands in its place.
#[derive(Debug)]
pub struct Terminal {
    printer: Printer,
    /// Where a run is under way.
    progress: RefCell<Option<Progress>>,
}

impl Terminal {
    /// The one that a printer writes to.
    pub fn of(printer: &Printer) -> Self {
        Self { printer: printer.clone(), progress: RefCell::default() }
    }
}

#[async_trait(?Send)]
impl Audience for Terminal {
    async fn confirms(&self, what: Confirmation<'_>) -> Result<bool, OperateError> {
        let printer = &self.printer;
        let question = match what {
            Confirmation::Apply { part, region, accounts, desired } => {
                let estimate = Estimate::of(part)?;
                let places = Places { region, accounts, desired };
                printer.status(plan_text(part, &estimate, places, printer.talk_palette()));
                "Apply this plan?".to_owned()
            }
            Confirmation::Undo { run, scopes } => {
                let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
                format!("Undo what run {run} has done to {}?", names.join(", "))
            }
            Confirmation::RepairJournal(survey) => {
                if !printer.can_ask() {
                    return Err(OperateError::NobodyToAsk);
                }
                printer.status(survey_text(survey));
                "Go on without what is lost?".to_owned()
            }
        };
        Ok(printer.ask_meanwhile(&question).await?)
    }

    fn begins(&self, part: &Plan) {
        self.progress.replace(Some(Progress::new(&self.printer, part)));
    }

    fn hears(&self, event: &Event) {
        if let Some(progress) = &mut *self.progress.borrow_mut() {
            progress.show(event);
        }
    }

    fn ends(&self) {
        if let Some(mut progress) = self.progress.take() {
            progress.end();
        }
    }

    fn notes(&self, notice: &Notice) {
        match &*self.progress.borrow() {
            Some(progress) => progress.voice().say(words(notice)),
            None => self.printer.status(words(notice)),
        }
    }
}

fn words(notice: &Notice) -> String {
    match notice {
        Notice::GoesOn { run, interrupted, open_calls } => {
            let end = match (interrupted, open_calls) {
                (true, _) => "was interrupted".to_owned(),
                (false, 1) => "did not end, with 1 call under way".to_owned(),
                (false, calls) => format!("did not end, with {calls} calls under way"),
            };
            format!(
                "run {} ({}, by {}) {end}; this run goes on with it, in a minute, when AWS shows all that it has done",
                run.run, run.command, run.holder,
            )
        }
        Notice::Stopping => "stopping once what is under way is done; interrupt again to stop at once".to_owned(),
        Notice::NotTidied { error } => {
            format!("old records could not be put away: {error}; the next run tries again")
        }
        Notice::TakenOver => "the zone was taken over by another run meanwhile".to_owned(),
        Notice::NotGivenBack { error, term } => format!(
            "the zone could not be given back: {error}; it is free in {} minutes, or by `lz unlock`",
            term.as_secs() / 60
        ),
    }
}
