//! Every kind against the twin, on its clock: what is created is seen as it was asked for, with its tags; what is changed
//! is seen changed; what is deleted is seen no more.

#![expect(clippy::disallowed_methods, reason = "these tests stand where the engine does, without its clock")]

mod firewall;
mod network;
mod organization;
mod transit_gateway;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::{
    Known, Observed, OrganizationIds, Spec, State, Subject, TAG_ADDRESS, TAG_ZONE, Tagging, Task, View,
    organization_ids,
};
use crate::cloud::call::Statistics;
use crate::cloud::{AccountCloud, CallError, Clock};
use crate::graph::Ref;
use crate::twin::Twin;
use crate::twin::connector::Connector;
use crate::values::{AccountId, Label, Region};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(3600);
/// The role that accounts are created with.
const ROLE: &str = "OrganizationAccountAccessRole";
/// Between two looks.
const TICK: Duration = Duration::from_secs(5);

/// An account of a twin's world, worked in as lz does.
#[derive(Debug, Clone)]
struct Bench {
    cloud: AccountCloud,
    sdk: SdkConfig,
    statistics: Arc<Statistics>,
    known: Known,
    organization: Option<OrganizationIds>,
}

impl Bench {
    /// The management account of a new world.
    fn new(seed: u64) -> Self {
        let twin = Twin::new(seed);
        let key = twin.management_credentials();
        let connector = Connector::new(twin);
        let account = AccountId::parse(&key.account).unwrap();
        let credentials = Credentials::new(key.id, key.secret, None, None, "twin");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new("eu-west-1"))
            .http_client(connector.clone())
            .time_source(connector.time_source())
            .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
            .disable_clock_skew_correction(true)
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self::in_account(account, sdk)
    }

    fn in_account(account: AccountId, sdk: SdkConfig) -> Self {
        let region = Region::parse("eu-west-1").unwrap();
        let statistics = Arc::new(Statistics::default());
        let cloud = AccountCloud::new(account, region, &sdk, Clock::new(1), Arc::clone(&statistics));
        Self { cloud, sdk, statistics, known: Known { waits: true, ..Known::default() }, organization: None }
    }

    /// Another account, by the role that it was created with.
    async fn assume(&self, account: &str) -> Self {
        let client = aws_sdk_sts::Client::new(&self.sdk);
        let role = format!("arn:aws:iam::{account}:role/{ROLE}");
        let key = loop {
            match client.assume_role().role_arn(&role).role_session_name("test").send().await {
                Ok(answer) => break answer.credentials.unwrap(),
                // The role of a new account comes after the account.
                Err(_) => tokio::time::sleep(TICK).await,
            }
        };
        let key = Credentials::new(key.access_key_id, key.secret_access_key, Some(key.session_token), None, "role");
        let sdk = self.sdk.to_builder().credentials_provider(SharedCredentialsProvider::new(key)).build();
        let bench = Self::in_account(AccountId::parse(account).unwrap(), sdk);
        // EC2 refuses everything until the account is ready for it.
        while bench.view().vpcs().await.is_err() {
            tokio::time::sleep(TICK).await;
        }
        bench
    }

    fn view(&self) -> View {
        View::new(self.cloud.clone(), Subject { zone: Label::parse("demo").unwrap(), known: self.known.clone() })
    }

    async fn learn_organization(&mut self) {
        self.organization = organization_ids(&self.view()).await.unwrap();
    }

    fn task<'a>(&'a self, tags: &'a BTreeMap<String, String>, token: &'a str) -> Task<'a> {
        Task { cloud: &self.cloud, organization: self.organization.as_ref(), role: ROLE, tags, token }
    }

    /// Creates a resource and brings it to its specification, as lz's engine does; gives it as it is seen then.
    async fn create(&self, spec: impl Into<Spec>) -> Observed<Spec> {
        let spec = spec.into();
        let address = format!("test/{}", spec.kind().as_str());
        let tags = BTreeMap::from([
            (TAG_ADDRESS.to_owned(), address.clone()),
            (TAG_ZONE.to_owned(), "demo".to_owned()),
            ("owner".to_owned(), "networking".to_owned()),
        ]);
        let token = format!("{}-{}", spec.kind().as_str(), fastrand::u64(..));
        let id = spec.create(&self.task(&tags, &token)).await.unwrap();
        // What is found by its natural key may have no id yet.
        assert!(id.is_some() || spec.kind().identity() != super::Identity::Tag, "{address} has no id");
        let id = id.unwrap_or_default();
        let made = self.bring(&id, &spec).await;
        if spec.kind().tagging() != Tagging::None {
            assert_eq!(made.tags, tags, "{address}");
        }
        made
    }

    /// Changes a live resource until it is as it should be.
    async fn change(&self, live: &Observed<Spec>, spec: impl Into<Spec>) -> Observed<Spec> {
        self.bring(&live.id, &spec.into()).await
    }

    async fn bring(&self, id: &str, spec: &Spec) -> Observed<Spec> {
        let tags = BTreeMap::new();
        let start = self.cloud.clock().elapsed();
        let mut id = id.to_owned();
        let mut last = None;
        while self.cloud.clock().elapsed() < start + PATIENCE {
            if let Some(seen) = self.find(&id, spec).await {
                if seen.state == State::Ready && seen.spec == *spec {
                    return seen;
                }
                assert!(!matches!(seen.state, State::Failed(_)), "{seen:?}");
                if seen.state == State::Ready {
                    // What is made of a request has an id of its own; a replaced association has a new one.
                    id.clone_from(&seen.id);
                    spec.update(&seen, &self.task(&tags, &format!("change-{}", fastrand::u64(..)))).await.unwrap();
                }
                last = Some(seen);
            }
            tokio::time::sleep(TICK).await;
        }
        panic!("never became {spec:?}, but {last:?}");
    }

    /// The resource of an id, or of the natural key that its kind has.
    async fn find(&self, id: &str, spec: &Spec) -> Option<Observed<Spec>> {
        let all = self.all(spec).await.unwrap();
        let by_key = |one: &Observed<Spec>| match spec.kind().identity() {
            super::Identity::Tag => false,
            super::Identity::Key => one.spec.key() == spec.key(),
        };
        let by_id = |one: &Observed<Spec>| one.id == id || one.aliases.iter().any(|alias| alias == id);
        all.iter().find(|one| by_id(one)).or_else(|| all.iter().find(|one| by_key(one))).cloned()
    }

    async fn all(&self, spec: &Spec) -> Result<Vec<Observed<Spec>>, CallError> {
        spec.kind().observe(&self.view()).await
    }

    /// Deletes a live resource and waits until it is gone. What AWS can't see yet it says is not there, so that a delete
    /// is asked for until the resource is no longer seen; and once more, since it may be gone already.
    async fn delete(&self, live: &Observed<Spec>) {
        let tags = BTreeMap::new();
        let start = self.cloud.clock().elapsed();
        while let Some(seen) = self.all(&live.spec).await.unwrap().into_iter().find(|one| one.id == live.id) {
            assert!(self.cloud.clock().elapsed() < start + PATIENCE, "{} is never gone", live.id);
            if seen.state == State::Ready {
                Spec::delete(live, &self.task(&tags, "delete")).await.unwrap();
            }
            tokio::time::sleep(TICK).await;
        }
        Spec::delete(live, &self.task(&tags, "delete")).await.unwrap();
    }
}

/// The reference to a live resource.
fn to<K>(live: &Observed<Spec>) -> Ref<K> {
    Ref::id(&live.id)
}

/// A set of references to live resources.
fn set_of<K>(live: &[&Observed<Spec>]) -> BTreeSet<Ref<K>> {
    live.iter().map(|one| to(one)).collect()
}
