//! The twin as the AWS SDK's HTTP client, in process.
//!
//! Time is tokio's: on a runtime whose clock is paused, what takes AWS half an hour takes no time at all.

#![expect(clippy::disallowed_methods, reason = "the twin has a clock of its own")]

use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio::time::{Instant, sleep};

use super::front::Twin;
use super::time::{Duration, Moment};
use super::wire::{Delivery, Reply, Request};

/// How long a request and its answer take together.
const LATENCY: Duration = Duration::milliseconds(40, 120, 400);

/// A clock that runs as tokio's does, from the moment at which it was made.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    base: Moment,
    started: Instant,
}

impl Clock {
    /// A clock that shows `base` now.
    #[must_use]
    pub fn starting_at(base: Moment) -> Self {
        Self { base, started: Instant::now() }
    }

    /// What it shows.
    #[must_use]
    pub fn moment(&self) -> Moment {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment(self.base.0.saturating_add(elapsed))
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + std::time::Duration::from_millis(self.moment().0)
    }
}

/// Hands the SDK's requests to a twin. Clones share its clock.
#[derive(Debug, Clone)]
pub struct Connector {
    twin: Twin,
    clock: Clock,
}

impl Connector {
    /// A connector whose clock goes on from where the twin's world stands.
    #[must_use]
    pub fn new(twin: Twin) -> Self {
        let clock = Clock::starting_at(twin.now());
        Self { twin, clock }
    }

    /// The clock, to be the SDK's time source: signatures and credentials must live on the same one.
    #[must_use]
    pub fn time_source(&self) -> Clock {
        self.clock
    }

    /// An SDK configuration with the administrator's credentials of the account that the world began with, whose
    /// requests come here.
    #[must_use]
    pub fn sdk_config(&self, region: &str) -> SdkConfig {
        let key = self.twin.management_credentials();
        let credentials = Credentials::new(key.id, key.secret, None, None, "simulated");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .http_client(self.clone())
            .time_source(self.time_source())
            .sleep_impl(TokioSleep::new())
            .disable_clock_skew_correction(true)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    /// Moves the world on to the present, for time in which nothing was asked.
    pub fn settle(&self) {
        self.twin.advance_to(self.clock.moment());
    }

    async fn exchange(self, request: Result<Request, ConnectorError>) -> Result<HttpResponse, ConnectorError> {
        let request = request?;
        let latency = self.twin.with_world(|world| world.draw_duration("latency", LATENCY));
        sleep(std::time::Duration::from_millis(latency / 2)).await;
        let reply = self.twin.answer(&request, self.clock.moment());
        sleep(std::time::Duration::from_millis(latency - latency / 2)).await;
        match reply.delivery {
            Delivery::Lost => return Err(ConnectorError::io("connection reset by peer".into())),
            Delivery::Late(milliseconds) => sleep(std::time::Duration::from_millis(milliseconds)).await,
            Delivery::Prompt => {}
        }
        self.settle();
        response(reply)
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().exchange(plain(&request)))
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn plain(request: &HttpRequest) -> Result<Request, ConnectorError> {
    let uri: http::Uri = request.uri().parse().map_err(|error| ConnectorError::user(Box::new(error)))?;
    let body = request.body().bytes().ok_or_else(|| ConnectorError::user("a streaming body".into()))?;
    Ok(Request {
        method: request.method().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: body.to_vec(),
    })
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let mut builder = http::Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        builder = builder.header(name, value);
    }
    let response =
        builder.body(SdkBody::from(reply.body)).map_err(|error| ConnectorError::other(error.into(), None))?;
    response.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))
}

#[cfg(test)]
mod tests {
    use aws_sdk_organizations::types::CreateAccountState;

    use super::*;
    use crate::twin::faults::{Kind, Rule};
    use crate::twin::world::World;

    /// An organization, a unit and an account, made with the SDK alone; the account's id.
    async fn account(sdk: &SdkConfig) -> String {
        let client = aws_sdk_organizations::Client::new(sdk);
        client.create_organization().send().await.expect("an organization");
        let pages = client.list_roots().into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let roots = pages.expect("pages").into_iter().flat_map(|page| page.roots.unwrap_or_default());
        let root = roots.last().and_then(|root| root.id).expect("a root");
        client.create_organizational_unit().parent_id(&root).name("Workloads").send().await.expect("a unit");
        let request = loop {
            let create = client.create_account().email("workload@example.com").account_name("Workload");
            match create.send().await {
                Ok(answer) => break answer.create_account_status.and_then(|status| status.id).expect("a request"),
                Err(error) => {
                    let error = error.into_service_error();
                    assert!(error.is_finalizing_organization_exception(), "{error:?}");
                    sleep(std::time::Duration::from_secs(60)).await;
                }
            }
        };
        loop {
            sleep(std::time::Duration::from_secs(10)).await;
            let describe = client.describe_create_account_status().create_account_request_id(&request);
            let status = describe.send().await.expect("a status").create_account_status.expect("a status");
            match status.state {
                Some(CreateAccountState::InProgress) => {}
                state => {
                    assert_eq!(state, Some(CreateAccountState::Succeeded));
                    return status.account_id.expect("an account");
                }
            }
        }
    }

    async fn assumed(sdk: &SdkConfig, account: &str) -> SdkConfig {
        let client = aws_sdk_sts::Client::new(sdk);
        let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
        loop {
            match client.assume_role().role_arn(&role).role_session_name("test").send().await {
                Err(error) => {
                    assert_eq!(error.into_service_error().meta().code(), Some("AccessDenied"));
                    sleep(std::time::Duration::from_secs(10)).await;
                }
                Ok(answer) => {
                    let key = answer.credentials.expect("credentials");
                    let token = Some(key.session_token);
                    let key = Credentials::new(key.access_key_id, key.secret_access_key, token, None, "role");
                    return sdk.to_builder().credentials_provider(SharedCredentialsProvider::new(key)).build();
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_sdk_creates_an_organization_and_works_in_a_new_account() {
        let twin = Twin::new(11);
        let connector = Connector::new(twin.clone());
        let sdk = connector.sdk_config("eu-west-1");
        let account = account(&sdk).await;
        let member = assumed(&sdk, &account).await;
        let identity = aws_sdk_sts::Client::new(&member).get_caller_identity().send().await.expect("an identity");
        let arn = format!("arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/test");
        assert_eq!((identity.account(), identity.arn()), (Some(account.as_str()), Some(arn.as_str())));
        let organization = aws_sdk_organizations::Client::new(&member).describe_organization().send().await;
        let organization = organization.expect("the organization").organization.expect("the organization");
        assert_eq!(organization.master_account_id(), Some(twin.management_credentials().account.as_str()));

        let ram = aws_sdk_ram::Client::new(&sdk);
        ram.enable_sharing_with_aws_organization().send().await.expect("sharing enabled");
        let share = ram.create_resource_share().name("hub").principals(&account).send().await.expect("a share");
        let arn = share.resource_share.and_then(|share| share.resource_share_arn).expect("its ARN");
        ram.delete_resource_share().resource_share_arn(arn).send().await.expect("deleted");
        assert!(twin.now().since(Moment::EPOCH) > 120_000, "minutes have passed on the twin's clock");
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_seed_gives_the_same_run() {
        async fn run(seed: u64) -> String {
            // The SDK draws the jitter of its retries from the thread's generator.
            fastrand::seed(seed);
            let twin = Twin::new(seed);
            account(&Connector::new(twin.clone()).sdk_config("eu-west-1")).await;
            twin.with_world(|world| serde_json::to_string(world).expect("a world"))
        }
        assert_eq!(run(1).await, run(1).await);
        assert_ne!(run(1).await, run(2).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_a_broken_connection_after_the_deed() {
        let twin = Twin::of(World::new(11, Moment::EPOCH));
        let connector = Connector::new(twin.clone());
        let client = aws_sdk_organizations::Client::new(
            &connector
                .sdk_config("eu-west-1")
                .to_builder()
                .retry_config(aws_config::retry::RetryConfig::disabled())
                .build(),
        );
        twin.with_world(|world| {
            let action = Some("CreateOrganization".to_owned());
            world.faults.rules.push(Rule { kind: Kind::AnswerLost, account: None, action, from: 1, times: 1, seen: 0 });
        });
        let error = client.create_organization().send().await.expect_err("a lost answer");
        assert!(matches!(&error, aws_sdk_organizations::error::SdkError::DispatchFailure(failure) if failure.is_io()));
        client.describe_organization().send().await.expect("it was created all the same");
    }
}
