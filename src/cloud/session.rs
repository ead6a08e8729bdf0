//! Sessions: the caller's own credentials, and a role in every other account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::account::AccountCloud;
use super::call::{Counts, Statistics, call};
use super::clock::Clock;
use super::error::{CallError, chain};
use super::operation::Service;
use super::pace::Pace;
use crate::values::{AccountId, Region};

/// How long a role that a just-vended account is created with may take to exist: practitioners report up to seven minutes.
const PATIENCE_NEW_ACCOUNT: Duration = Duration::from_secs(900);
/// How long the role of an account that has been there may be refused before lz believes it.
const PATIENCE_ACCOUNT: Duration = Duration::from_secs(30);
/// The longest session that a role assumed with a role's credentials may have (IAM user guide, "Role chaining").
const SESSION_SECONDS: i32 = 3600;
/// An attempt that takes longer is given up; AWS may have done what it asked.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long loading the caller's credentials may take, in this machine's own time: a role assumed over SSO takes a few
/// seconds, an instance metadata service that isn't there never ends.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);

/// A way to AWS: an SDK configuration with the caller's credentials.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk: SdkConfig,
    clock: Clock,
}

/// Why there is no way to AWS.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There are no credentials, or they can't be loaded.
    #[error("no AWS credentials could be loaded: {0}")]
    NoCredentials(String),
    /// AWS does not accept the credentials.
    #[error("AWS does not accept the credentials: {0}: {1}")]
    Refused(String, String),
    /// No answer came.
    #[error("AWS can't be reached: {0}")]
    Unreachable(String),
    /// AWS answered without saying who calls.
    #[error("AWS did not say whose credentials these are")]
    Unidentified,
}

impl Connection {
    /// The way that the environment configures: credentials, profile, SSO, endpoint and so on by aws-config's default
    /// chain, over TLS.
    pub async fn from_environment(region: &Region, clock: Clock) -> Self {
        let http =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .load()
            .await;
        Self::new(sdk, clock)
    }

    /// The way that an SDK configuration describes. Retries are turned off in it, since what may be sent again is decided
    /// by [`AccountCloud::call`]; attempts get a timeout; and the cache of identities is made large enough for an
    /// organization (the SDK's default of 64 makes it assume roles anew all the time beyond that).
    #[must_use]
    pub fn new(sdk: SdkConfig, clock: Clock) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let identities = aws_config::identity::IdentityCache::lazy()
            .max_partitions(16_384)
            .load_timeout(PATIENCE_NEW_ACCOUNT)
            .build();
        let sdk = sdk
            .into_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .identity_cache(identities)
            .build();
        Self { sdk, clock }
    }

    /// Loads the credentials once, so that their absence is told as such and soon.
    async fn load_credentials(&self) -> Result<(), ConnectError> {
        let Some(provider) = self.sdk.credentials_provider() else {
            return Err(ConnectError::NoCredentials("none are configured".to_owned()));
        };
        match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                // After the first line comes what each source of credentials said.
                let told = chain(&error);
                let first = told.lines().next().unwrap_or_default().trim_end_matches(" Attempted:");
                Err(ConnectError::NoCredentials(first.to_owned()))
            }
            Err(_) => Err(ConnectError::NoCredentials(format!(
                "nothing came within {} seconds",
                CREDENTIALS_TIMEOUT.as_secs()
            ))),
        }
    }

    /// The clock that this way's waits are counted on.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The time of day on the other side.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.sdk.time_source().unwrap_or_default().now()
    }
}

/// The role that is assumed in the accounts that are not the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// The external id that it asks for.
    pub external_id: Option<String>,
    /// What its sessions are called: the run, so that CloudTrail tells one run from another.
    pub session_name: String,
}

/// The accounts that lz acts in, each with a session of its own.
#[derive(Debug)]
pub struct Sessions {
    connection: Connection,
    region: Region,
    role: Role,
    caller: AccountId,
    sts: aws_sdk_sts::Client,
    sts_pace: Arc<Pace>,
    statistics: Arc<Statistics>,
    accounts: Mutex<BTreeMap<AccountId, AccountCloud>>,
}

impl Sessions {
    /// Starts with the caller's own account, by asking AWS which it is.
    ///
    /// # Errors
    /// Where AWS can't be reached or does not accept the credentials.
    pub async fn open(connection: Connection, region: Region, role: Role) -> Result<Self, ConnectError> {
        let statistics = Arc::new(Statistics::default());
        let sts = aws_sdk_sts::Client::new(&connection.sdk);
        let sts_pace = Arc::new(Pace::default());
        connection.load_credentials().await?;
        let identity = call(
            Service::Sts.first_contact("GetCallerIdentity"),
            "of the caller",
            &sts_pace,
            connection.clock,
            &statistics,
            || sts.get_caller_identity().send(),
        )
        .await
        .map_err(|error| match error.code {
            Some(code) => ConnectError::Refused(code, error.message),
            None => ConnectError::Unreachable(error.message),
        })?;
        let caller = identity.account().and_then(|id| AccountId::parse(id).ok()).ok_or(ConnectError::Unidentified)?;
        let cloud = AccountCloud::new(
            caller.clone(),
            region.clone(),
            &connection.sdk,
            connection.clock,
            Arc::clone(&statistics),
        );
        let accounts = Mutex::new(BTreeMap::from([(caller.clone(), cloud)]));
        Ok(Self { connection, region, role, caller, sts, sts_pace, statistics, accounts })
    }

    /// The account whose credentials lz started with.
    #[must_use]
    pub fn caller(&self) -> &AccountId {
        &self.caller
    }

    /// The region that everything is built in.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The clock that waits are counted on.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.connection.clock
    }

    /// The time of day on the other side.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.connection.now()
    }

    /// The role that is assumed in other accounts.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// What has been asked of AWS so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.statistics.counts()
    }

    /// An account that has been there: its role is assumed, unless it is the caller's own.
    ///
    /// # Errors
    /// Where the role can't be assumed.
    pub async fn account(&self, id: &AccountId) -> Result<AccountCloud, CallError> {
        self.assume(id, PATIENCE_ACCOUNT).await
    }

    /// An account that was just vended: waits until its role can be assumed and EC2 answers there.
    ///
    /// # Errors
    /// Where that does not happen in the time it takes at most.
    pub async fn new_account(&self, id: &AccountId) -> Result<AccountCloud, CallError> {
        let cloud = self.assume(id, PATIENCE_NEW_ACCOUNT).await?;
        cloud
            .call(Service::Ec2.read("DescribeAvailabilityZones"), || cloud.ec2().describe_availability_zones().send())
            .await?;
        Ok(cloud)
    }

    async fn assume(&self, id: &AccountId, patience: Duration) -> Result<AccountCloud, CallError> {
        if let Some(open) = self.lock().get(id) {
            return Ok(open.clone());
        }
        let provider = AssumedRole {
            sts: self.sts.clone(),
            pace: Arc::clone(&self.sts_pace),
            clock: self.connection.clock,
            statistics: Arc::clone(&self.statistics),
            account: id.clone(),
            role: self.role.clone(),
        };
        let first = provider.assume_patiently(patience).await?;
        let provider = SharedCredentialsProvider::new(Primed { first: Mutex::new(Some(first)), provider });
        let sdk = self.connection.sdk.to_builder().credentials_provider(provider).build();
        let cloud = AccountCloud::new(
            id.clone(),
            self.region.clone(),
            &sdk,
            self.connection.clock,
            Arc::clone(&self.statistics),
        );
        Ok(self.lock().entry(id.clone()).or_insert(cloud).clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<AccountId, AccountCloud>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Credentials of the role in one account; the SDK's identity cache asks for new ones before they expire.
#[derive(Debug)]
struct AssumedRole {
    sts: aws_sdk_sts::Client,
    pace: Arc<Pace>,
    clock: Clock,
    statistics: Arc<Statistics>,
    account: AccountId,
    role: Role,
}

impl AssumedRole {
    async fn assume(&self) -> Result<Credentials, CallError> {
        let operation = Service::Sts.idempotent("AssumeRole");
        let arn = format!("arn:aws:iam::{}:role/{}", self.account, self.role.name);
        let answer = call(operation, self.account.as_str(), &self.pace, self.clock, &self.statistics, || {
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

    /// AWS answers `AccessDenied` alike for a role that isn't there, isn't there yet, or doesn't trust the caller.
    async fn assume_patiently(&self, patience: Duration) -> Result<Credentials, CallError> {
        let since = self.clock.elapsed();
        loop {
            match self.assume().await {
                Err(denied) if denied.is("AccessDenied") && self.clock.elapsed() < since + patience => {
                    self.clock.sleep(Duration::from_secs(5)).await;
                }
                done => return done,
            }
        }
    }
}

/// A provider that gives credentials it was made with first.
#[derive(Debug)]
struct Primed {
    first: Mutex<Option<Credentials>>,
    provider: AssumedRole,
}

impl ProvideCredentials for Primed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            if let Some(first) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return Ok(first);
            }
            self.provider.assume().await.map_err(CredentialsError::provider_error)
        })
    }
}
