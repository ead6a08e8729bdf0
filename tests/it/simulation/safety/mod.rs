//! At the end of every command of every simulation: lz has destroyed nothing that was as its files ask for, or as they asked
//! when it was built, and nothing of anybody else's.
//!
//! [`World::command`](super::world::World::command) asks this checker, so that no simulation can leave it out. It knows what
//! lz has made, by AWS's ids, whatever has become of tags since ([`memory`]); it looks at the requests that took something
//! away ([`wire`]), and judges each by what was there when the command began ([`before`]). [`before::Excuse`] is the only place for
//! exceptions.

mod before;
mod memory;
mod wire;

use std::rc::Rc;

use lz::twin::world::World as Aws;

pub use self::memory::{Memory, Run};
pub use self::wire::{Taking, taking};
use super::world::World;

impl World {
    /// Judges a command by its requests since a place of the trace, and by what was there when it began.
    pub fn judge(&mut self, began: &Rc<Aws>, since: usize) {
        let exchanges = self.trace.since(since);
        let changes = exchanges.iter().any(|exchange| !exchange.is_read());
        let takings: Vec<Taking> = exchanges.iter().filter_map(taking).collect();
        let harm = if takings.is_empty() { Vec::new() } else { self.harm(began, &takings) };
        self.memory.get_mut().is_stale |= changes;
        // A panic on the way is told as it is.
        assert!(harm.is_empty() || std::thread::panicking(), "lz has done harm:\n{}", harm.join("\n"));
    }

    /// What was taken away and was to stay, a line each.
    fn harm(&self, began: &Rc<Aws>, takings: &[Taking]) -> Vec<String> {
        let before = self.before(began);
        let accused = takings.iter().flat_map(|taking| {
            let places = taking.ids.iter().filter_map(|id| before.place(id));
            places.filter(|place| before.excuse(*place, taking).is_none()).map(move |place| (taking, place))
        });
        let lines = accused.map(|(taking, place)| format!("{} of {};", taking.action, before.name(place)));
        let mut lines: Vec<String> = lines.collect();
        lines.dedup();
        lines
    }
}
