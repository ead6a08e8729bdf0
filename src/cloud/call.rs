//! One call: paced, counted, and sent again where that is safe.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::clock::Clock;
use super::error::{CallError, Class};
use super::operation::{Effect, Operation, Service};
use super::pace::Pace;
use super::role::AssumedRole;

/// What lz has asked AWS so far, over all accounts.
#[derive(Debug, Default)]
pub struct Statistics {
    counts: Mutex<Counts>,
}

/// Numbers of calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Requests sent, repeated ones included.
    pub api_calls: u64,
    /// Requests that AWS refused because there were too many.
    pub throttled: u64,
    /// Requests by operation.
    pub by_operation: BTreeMap<String, u64>,
    /// Requests by the account that they were about; assuming an account's role is about that account.
    pub by_account: BTreeMap<String, u64>,
}

impl Statistics {
    /// The numbers so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn sent(&self, operation: Operation, account: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.api_calls += 1;
        *counts.by_operation.entry(operation.to_string()).or_default() += 1;
        *counts.by_account.entry(account.to_owned()).or_default() += 1;
    }

    fn throttled(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).throttled += 1;
    }
}

/// Where calls of an account go: at which pace, and where they are counted.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The account, by id or by name.
    pub account: String,
    pub pace: Arc<Pace>,
    pub clock: Clock,
    pub statistics: Arc<Statistics>,
}

/// How long a call of a class is sent again, from its first failure, before it counts as failed.
fn patience(class: Class, operation: Operation) -> Duration {
    match (class, operation.effect) {
        (Class::Throttled, _) => Duration::from_secs(900),
        (Class::Expired, _) => Duration::from_secs(60),
        // AWS: "back off … up to five minutes" (EC2 API reference, "Ensure idempotency and eventual consistency").
        (Class::NotFound, Effect::Create | Effect::Idempotent) => Duration::from_secs(300),
        // A new organization may be "still initializing" for up to an hour (FinalizingOrganizationException).
        (Class::NotReady, Effect::Create) if operation.service == Service::Organizations => Duration::from_secs(4000),
        (Class::NotReady, Effect::Create | Effect::Idempotent) => Duration::from_secs(600),
        // A just-vended account answers `OptInRequired` even to reads until its services are on.
        (Class::NotReady, Effect::Read) => Duration::from_secs(900),
        (Class::NotReady | Class::InUse, Effect::Delete) => Duration::from_secs(1200),
        (Class::Unknown, Effect::FirstContact) => Duration::from_secs(5),
        (Class::Unknown, Effect::Read | Effect::Idempotent | Effect::Delete) => Duration::from_secs(300),
        _ => Duration::ZERO,
    }
}

/// Sends a call until it is answered for good; with the credentials of a role, where it isn't the caller's own account.
///
/// # Errors
/// What AWS answered last, once its class's patience is used up.
pub(super) async fn call<T, E, F, Sent>(
    operation: Operation,
    line: &Line,
    role: Option<&AssumedRole>,
    send: F,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    F: Fn() -> Sent,
    Sent: Future<Output = Result<T, SdkError<E, Response>>>,
{
    let Line { account, pace, clock, statistics } = line;
    let clock = *clock;
    let mut failing_since: Option<Duration> = None;
    let mut attempt = 0_u32;
    loop {
        pace.wait(operation, clock).await;
        // Here and not by the SDK, so that a renewal neither counts against the attempt's time nor hides its error.
        let credentials = match role {
            Some(role) => Some(role.current().await?),
            None => None,
        };
        statistics.sent(operation, account);
        let error = match send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => CallError::from_sdk(operation, account, &error),
        };
        tracing::debug!(%operation, account, class = ?error.class, code = error.code.as_deref(), "call failed");
        if error.class == Class::Throttled {
            statistics.throttled();
            pace.empty(operation, clock.elapsed());
        }
        if let (Class::Expired, Some(role), Some(used)) = (error.class, role, &credentials) {
            role.expired(used).await;
        }
        let since = *failing_since.get_or_insert(clock.elapsed());
        let patience = match error.class {
            // The caller's own credentials are renewed by nobody here.
            Class::Expired if role.is_none() => Duration::ZERO,
            class => patience(class, operation),
        };
        let wait = backoff(attempt);
        if patience.is_zero() || clock.elapsed() + wait > since + patience {
            return Err(error);
        }
        attempt += 1;
        clock.sleep(wait).await;
    }
}

/// 1 s, 2 s, 4 s … up to 20 s, each between half of it and the whole: retries of many callers spread out.
pub(super) fn backoff(attempt: u32) -> Duration {
    let whole = Duration::from_secs(1 << attempt.min(5)).min(Duration::from_secs(20));
    whole.mul_f64(0.5 + fastrand::f64() / 2.0)
}
