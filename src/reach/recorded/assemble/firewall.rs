use super::{Assembly, UnusableAnswer};
impl Assembly<'_> {
    pub(super) fn firewalls(&mut self) -> Result<(), UnusableAnswer> {
        Ok(())
    }
}
