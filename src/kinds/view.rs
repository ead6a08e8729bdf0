//! One look at an account: describe calls that several kinds need are made once.

use super::kind::Subject;
use crate::cloud::AccountCloud;

/// One look at one account and region. Kinds ask it for AWS's own descriptions; each is fetched at most once.
#[derive(Debug)]
pub struct View {
    /// The account.
    pub cloud: AccountCloud,
    /// What is looked for.
    pub subject: Subject,
}

impl View {
    /// A new look: nothing has been asked yet.
    #[must_use]
    pub fn new(cloud: AccountCloud, subject: Subject) -> Self {
        Self { cloud, subject }
    }
}
