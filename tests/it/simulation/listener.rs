//! Whoever waits for a command of a simulation.

use std::cell::RefCell;

use async_trait::async_trait;
use lz::apply::Event;
use lz::operate::{Audience, Confirmation, Notice, OperateError};
use lz::plan::Plan;

/// Somebody who has agreed before, and to whom nothing unusual may be told.
#[derive(Default)]
pub struct Listener {
    /// The part of a plan that was begun last.
    pub begun: RefCell<Option<Plan>>,
}

#[async_trait(?Send)]
impl Audience for Listener {
    async fn confirms(&self, _: Confirmation<'_>) -> Result<bool, OperateError> {
        panic!("consent is given before")
    }

    fn begins(&self, part: &Plan) {
        self.begun.replace(Some(part.clone()));
    }

    fn hears(&self, _: &Event) {}

    fn ends(&self) {}

    fn notes(&self, notice: &Notice) {
        match notice {
            Notice::GoesOn { .. } | Notice::Stopping => {}
            Notice::NotTidied { .. } | Notice::TakenOver | Notice::NotGivenBack { .. } => {
                panic!("no simulation disturbs the lease or the housekeeping: {notice:?}")
            }
        }
    }
}
