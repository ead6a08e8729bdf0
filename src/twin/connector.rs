//! The twin as the AWS SDK's HTTP client, in process.
//!
//! Time is tokio's: on a runtime whose clock is paused, what takes AWS half an hour takes no time at all.

use std::time::{SystemTime, UNIX_EPOCH};

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
