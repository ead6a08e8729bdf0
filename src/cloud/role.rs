//! The role in one account: its credentials, renewed before they expire, and when AWS says that they have.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::call::{Line, call};
use super::clock::Clock;
use super::error::CallError;
use super::operation::Service;
use super::session::Role;
use crate::values::AccountId;

/// The longest session that a role assumed with a role's credentials may have (IAM user guide, "Role chaining").
const SESSION_SECONDS: i32 = 3600;
/// How long before they expire credentials are renewed: longer than any request takes.
const MARGIN: Duration = Duration::from_secs(300);

/// The role in one account, with its credentials. Whoever asks while they are renewed waits for the new ones.
#[derive(Debug)]
pub(super) struct AssumedRole {
    pub sts: aws_sdk_sts::Client,
    pub sdk: SdkConfig,
    pub line: Line,
    pub clock: Clock,
    pub account: AccountId,
    pub role: Role,
    pub kept: Mutex<Option<Credentials>>,
}

impl AssumedRole {
    /// Credentials that are good for a while. Boxed, since it is a call itself and calls need it.
    pub fn current(&self) -> BoxFuture<'_, Result<Credentials, CallError>> {
        let current = async {
            let mut kept = self.kept.lock().await;
            let until = self.now() + MARGIN;
            if let Some(good) = kept.as_ref().filter(|kept| kept.expiry().is_none_or(|expiry| expiry > until)) {
                return Ok(good.clone());
            }
            let renewed = self.assume().await?;
            *kept = Some(renewed.clone());
            Ok(renewed)
        };
        current.boxed()
    }

    /// Notes that AWS takes credentials for expired, so that new ones are asked for; nothing where that has been done.
    pub async fn expired(&self, used: &Credentials) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.access_key_id() == used.access_key_id()) {
            *kept = None;
        }
    }

    /// Assumes the role of an account that may not have it yet. AWS answers `AccessDenied` alike for a role that isn't
    /// there, isn't there yet, or doesn't trust the caller.
    pub async fn assume_patiently(&self, patience: Duration) -> Result<(), CallError> {
        let since = self.clock.elapsed();
        loop {
            match self.current().await {
                Err(denied) if denied.is("AccessDenied") && self.clock.elapsed() < since + patience => {
                    self.clock.sleep(Duration::from_secs(5)).await;
                }
                done => return done.map(drop),
            }
        }
    }

    fn now(&self) -> SystemTime {
        self.sdk.time_source().unwrap_or_default().now()
    }

    async fn assume(&self) -> Result<Credentials, CallError> {
        let operation = Service::Sts.idempotent("AssumeRole");
        let arn = format!("arn:aws:iam::{}:role/{}", self.account, self.role.name);
        let answer = call(operation, &self.line, None, || {
            self.sts
                .assume_role()
                .role_arn(&arn)
                .role_session_name(&self.role.session_name)
                .set_external_id(self.role.external_id.clone())
                .duration_seconds(SESSION_SECONDS)
                .send()
        })
        .await?;
        let untold = || CallError::told(operation, self.account.as_str(), None, "AWS gave no credentials");
        let given = answer.credentials().ok_or_else(untold)?;
        let expires = SystemTime::try_from(*given.expiration()).map_err(|_| untold())?;
        Ok(Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            Some(expires),
            "lz-assumed-role",
        ))
    }
}

/// The role's credentials, for the SDK.
#[derive(Debug)]
pub(super) struct RoleProvider(pub Arc<AssumedRole>);

impl ProvideCredentials for RoleProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.0.current().await.map_err(CredentialsError::provider_error) })
    }
}
