//! Network Firewall's answers.

use super::Answers;
use crate::cloud::{AccountCloud, CallError};

pub(super) async fn collect(_cloud: &AccountCloud) -> Result<Answers, CallError> {
    Ok(Answers::default())
}
