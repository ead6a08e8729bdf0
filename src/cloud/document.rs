//! Documents that AWS replaces as a whole: read with an update token, changed, and written back by it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::call::backoff;
use super::clock::Clock;
use super::error::{CallError, Class};

/// How long a document may change faster than lz can: others change it too, and an answer may be older than the last change.
const PATIENCE: Duration = Duration::from_secs(300);

/// Whose turn it is to change which document.
#[derive(Debug, Default)]
pub(super) struct Turns {
    documents: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    /// Waits for a turn at a document, in the order in which callers ask.
    pub(super) async fn take(&self, document: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(documents.entry(document.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}

/// Makes a change again as long as its update token is stale.
pub(super) async fn fresh<T>(clock: Clock, change: impl AsyncFn() -> Result<T, CallError>) -> Result<T, CallError> {
    let since = clock.elapsed();
    let mut attempt = 0;
    loop {
        match change().await {
            Err(error) if error.class == Class::Stale => {
                let wait = backoff(attempt);
                if clock.elapsed() + wait > since + PATIENCE {
                    return Err(error);
                }
                attempt += 1;
                clock.sleep(wait).await;
            }
            answer => return answer,
        }
    }
}
