//! The requests that reach the simulated AWS: kept, and counted so that a run can be disturbed at any of them.

use std::sync::{Arc, Mutex};

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use lz::twin::Twin;
use lz::twin::connector::Connector;
use lz::twin::world::World as Aws;
use tokio::sync::watch;

use super::firewall::Intruder;
use super::transitions::Views;
use super::world::Disturbance;

/// A request, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When it was sent, in milliseconds since the epoch.
    pub at: u128,
    /// The access key that signed it.
    pub key: String,
    /// The action's name.
    pub action: String,
    /// Path, query and body.
    pub request: String,
    /// AWS's error code; an empty text where the answer was lost.
    pub error: Option<String>,
    pub answered: bool,
}

impl Exchange {
    pub fn is_read(&self) -> bool {
        ["Describe", "List", "Get", "Search", "AssumeRole"].iter().any(|verb| self.action.starts_with(verb))
    }
}

/// All requests, in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub struct Trace(Arc<Mutex<Vec<Exchange>>>, Arc<Mutex<Option<Meddler>>>);

/// Somebody who changes AWS when it has carried out an action of lz's: once, and at once.
#[derive(Debug, Clone)]
pub struct Meddler {
    pub action: &'static str,
    pub twin: Twin,
    pub deed: fn(&mut Aws),
}

impl Trace {
    /// Has somebody meddle.
    pub fn meddle(&self, meddler: Meddler) {
        *self.1.lock().expect("no panic") = Some(meddler);
    }

    fn carried_out(&self, action: &str) {
        let meddler = self.1.lock().expect("no panic").take_if(|one| one.action == action);
        if let Some(Meddler { twin, deed, .. }) = meddler {
            twin.with_world(deed);
        }
    }

    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().expect("no panic").clone()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.lock().expect("no panic").len()
    }

    /// Those after the first so many.
    pub fn since(&self, place: usize) -> Vec<Exchange> {
        self.0.lock().expect("no panic").get(place..).unwrap_or_default().to_vec()
    }
}

/// The twin's connector with an eye on it.
#[derive(Debug, Clone)]
pub struct Traced {
    connector: Connector,
    trace: Trace,
    disturbance: Disturbance,
    count: Arc<Mutex<u64>>,
    changes: Arc<Mutex<u64>>,
    dead: Arc<watch::Sender<bool>>,
    stop: Arc<watch::Sender<bool>>,
    /// Who changes what lz is about to change.
    pub intruder: Option<Intruder>,
    /// Where AWS is kept before each request that changes something.
    pub views: Option<Views>,
}

impl Traced {
    /// A connector, and what becomes true when the process has to die.
    pub fn new(connector: Connector, trace: Trace, disturbance: Disturbance) -> (Self, watch::Receiver<bool>) {
        let (dead, death) = watch::channel(false);
        let (stop, _) = watch::channel(false);
        let (count, changes, dead, stop) = (Arc::default(), Arc::default(), Arc::new(dead), Arc::new(stop));
        (Self { connector, trace, disturbance, count, changes, dead, stop, intruder: None, views: None }, death)
    }

    /// True once somebody has asked to stop.
    pub fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Notes a request. Gives its place, and which one it is of those that change something.
    fn begin(&self, request: &HttpRequest) -> (usize, Option<u64>) {
        let at = self.connector.time_source().now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        // Maps of the SDKs have no order; a document's keys are put in one, so that requests can be compared.
        let body = serde_json::from_str(&body).map_or(body, |document: serde_json::Value| document.to_string());
        let path = request.uri().trim_start_matches("https://").split_once('/').map_or("", |(_, path)| path);
        let authorization = request.headers().get("authorization").unwrap_or_default();
        let key = authorization.split_once("Credential=").and_then(|(_, rest)| rest.split_once('/'));
        let action = match request.headers().get("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
            None => {
                let mut pairs = form_urlencoded::parse(body.as_bytes());
                let action = pairs.find(|(name, _)| name == "Action").map(|(_, value)| value.into_owned());
                action.unwrap_or_else(|| ram_action(path))
            }
        };
        let mut all = self.trace.0.lock().expect("no panic");
        let exchange = Exchange {
            at: at.as_millis(),
            key: key.map_or("", |(key, _)| key).to_owned(),
            action,
            request: format!("{path} {body}"),
            error: None,
            answered: false,
        };
        let change = (!exchange.is_read()).then(|| {
            let mut changes = self.changes.lock().expect("no panic");
            *changes += 1;
            *changes
        });
        all.push(exchange);
        (all.len() - 1, change)
    }

    /// What a request asks for.
    fn action(&self, number: usize) -> String {
        self.trace.0.lock().expect("no panic").get(number).map(|one| one.action.clone()).unwrap_or_default()
    }

    fn die(&self) -> HttpConnectorFuture {
        self.dead.send_replace(true);
        HttpConnectorFuture::new(std::future::pending())
    }

    fn end(&self, number: usize, error: Option<String>) {
        let mut all = self.trace.0.lock().expect("no panic");
        if let Some(exchange) = all.get_mut(number) {
            exchange.answered = true;
            exchange.error = error;
        }
    }

    /// True where the process dies at this request.
    fn disturb(&self) -> bool {
        let mut count = self.count.lock().expect("no panic");
        *count += 1;
        match self.disturbance {
            Disturbance::DiesAt(number) if *count == number => self.dead.send_replace(true),
            Disturbance::StopsAt(number) if *count == number => self.stop.send_replace(true),
            _ => return false,
        };
        matches!(self.disturbance, Disturbance::DiesAt(_))
    }
}

/// RAM's actions are paths, such as `/createresourceshare`; here they get verbs as other services' have.
fn ram_action(path: &str) -> String {
    let name = path.split('?').next().unwrap_or_default();
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

impl HttpConnector for Traced {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        let (number, change) = this.begin(&request);
        let dies = |point: fn(u64) -> Disturbance| change.is_some_and(|change| this.disturbance == point(change));
        if dies(Disturbance::DiesBeforeChange) {
            return this.die();
        }
        if let Some(views) = this.views.as_ref().filter(|_| change.is_some()) {
            this.connector.settle();
            views.look(&this.action(number));
        }
        let dies_after = dies(Disturbance::DiesAfterChange);
        let intruder = this.intruder.clone().filter(|_| this.action(number) == "UpdateRuleGroup");
        HttpConnectorFuture::new(async move {
            if let Some(intruder) = intruder {
                intruder.come(&this.connector).await;
            }
            let answer = this.connector.call(request).await;
            let error = match &answer {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(error_code(answer.body().bytes().unwrap_or_default())),
                Err(_) => Some(String::new()),
            };
            this.end(number, error);
            this.trace.carried_out(&this.action(number));
            if dies_after {
                return this.die().await;
            }
            if this.disturb() {
                return std::future::pending().await;
            }
            answer
        })
    }
}

impl HttpClient for Traced {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn error_code(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let between = |start: &str, end: &str| {
        let (_, rest) = text.split_once(start)?;
        rest.split_once(end).map(|(code, _)| code.to_owned())
    };
    let code = between("<Code>", "</Code>").or_else(|| between("\"__type\":\"", "\"")).unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().to_owned()
}
