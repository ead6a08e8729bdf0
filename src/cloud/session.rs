//! Sessions: the caller's own credentials, and a role in every other account.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::service_config::ServiceConfigKey;

use super::account::AccountCloud;
use super::call::{Counts, Line, Statistics, call};
use super::clock::Clock;
use super::error::{CallError, chain};
use super::operation::Service;
use super::pace::Pace;
use super::role::{AssumedRole, RoleProvider};
use crate::values::{AccountId, Region};

/// How long a role that a just-vended account is created with may take to exist: practitioners report up to seven minutes.
const PATIENCE_NEW_ACCOUNT: Duration = Duration::from_secs(900);
/// How long the role of an account that has been there may be refused before lz believes it.
const PATIENCE_ACCOUNT: Duration = Duration::from_secs(30);
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
    /// AWS could not be known by its certificate.
    #[error("no certificate authorities are known on this machine: {0}")]
    NoAuthorities(String),
    /// AWS answered without saying who calls.
    #[error("AWS did not say whose credentials these are")]
    Unidentified,
}

impl Connection {
    /// The way that the environment configures: credentials, profile, SSO, endpoint and so on by aws-config's default
    /// chain, over TLS.
    ///
    /// # Errors
    /// This machine knows no certificate authority by which AWS could be known, and AWS is meant.
    pub async fn from_environment(region: &Region, clock: Clock) -> Result<Self, ConnectError> {
        let authorities = authorities();
        // Where there are none the library would panic, unless it is told not to look for them.
        let trusted = TrustStore::empty().with_native_roots(authorities.is_ok());
        let tls = TlsContext::builder().with_trust_store(trusted).build();
        let tls = tls.map_err(|error| ConnectError::NoAuthorities(chain(&error)))?;
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .build_https();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .region(aws_config::Region::new(region.as_str().to_owned()))
            // Without this the library reads AWS_RETRY_MODE and AWS_MAX_ATTEMPTS, and panics where they say nonsense.
            .retry_config(RetryConfig::disabled())
            .load()
            .await;
        let connection = Self::new(sdk, clock);
        match authorities {
            Err(problem) if !connection.is_loopback() => Err(ConnectError::NoAuthorities(problem)),
            _ => Ok(connection),
        }
    }

    /// The way that an SDK configuration describes. Retries are turned off in it, since what may be sent again is decided
    /// by [`AccountCloud::call`]; and attempts get a timeout.
    #[must_use]
    pub fn new(sdk: SdkConfig, clock: Clock) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let identities = IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build();
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

    /// True where every service is called on this machine's loopback interface: a simulated AWS, and never the real one.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let services = Service::ALL.iter().map(|service| service.endpoint_key());
        let own = |service| {
            let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
            // All parts of the key are given.
            self.sdk.service_config()?.load_config(key.build().ok()?)
        };
        let mut endpoints = services.map(|service| own(service).or_else(|| self.sdk.endpoint_url().map(str::to_owned)));
        endpoints.all(|endpoint| endpoint.is_some_and(|endpoint| is_loopback(&endpoint)))
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

/// Makes sure that this machine knows certificate authorities; otherwise says why it knows none.
fn authorities() -> Result<(), String> {
    let found = rustls_native_certs::load_native_certs();
    let (known, _) = rustls::RootCertStore::empty().add_parsable_certificates(found.certs);
    match found.errors.first() {
        _ if known > 0 => Ok(()),
        Some(error) => Err(chain(error)),
        None => Err("none was found".to_owned()),
    }
}

/// True for the URL of an address of the loopback interface. Other names may lead anywhere.
fn is_loopback(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(http::Uri::host).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
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
        let line = Line {
            account: "of the caller".to_owned(),
            pace: Arc::clone(&sts_pace),
            clock: connection.clock,
            statistics: Arc::clone(&statistics),
        };
        let who = Service::Sts.first_contact("GetCallerIdentity");
        let identity =
            call(who, &line, None, || sts.get_caller_identity().send()).await.map_err(|error| match error.code {
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

    /// An account that has been in the organization since some moment. The role of one that is young may not be there yet.
    ///
    /// # Errors
    /// Where the role can't be assumed in the time that it takes at most after that moment.
    pub async fn account_since(&self, id: &AccountId, joined: SystemTime) -> Result<AccountCloud, CallError> {
        let age = self.connection.now().duration_since(joined).unwrap_or_default();
        self.assume(id, PATIENCE_NEW_ACCOUNT.saturating_sub(age).max(PATIENCE_ACCOUNT)).await
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
        let line = Line {
            account: id.to_string(),
            pace: Arc::clone(&self.sts_pace),
            clock: self.connection.clock,
            statistics: Arc::clone(&self.statistics),
        };
        let role = Arc::new(AssumedRole {
            sts: self.sts.clone(),
            sdk: self.connection.sdk.clone(),
            line,
            clock: self.connection.clock,
            account: id.clone(),
            role: self.role.clone(),
            kept: tokio::sync::Mutex::default(),
        });
        role.assume_patiently(patience).await?;
        // The role keeps its credentials itself, since the SDK's cache can't be told that they have expired.
        let sdk = self.connection.sdk.to_builder().identity_cache(IdentityCache::no_cache());
        let sdk = sdk.credentials_provider(SharedCredentialsProvider::new(RoleProvider(Arc::clone(&role)))).build();
        let cloud = AccountCloud::of_role(self.region.clone(), &sdk, Arc::clone(&self.statistics), role);
        Ok(self.lock().entry(id.clone()).or_insert(cloud).clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<AccountId, AccountCloud>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for url in ["http://127.0.0.1:4566", "http://localhost:4566/", "http://[::1]:4566", "https://127.9.9.9"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in
            ["https://ec2.eu-west-1.amazonaws.com", "http://127.0.0.1.acme.io", "http://localhost@acme.io", "4566", ""]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
