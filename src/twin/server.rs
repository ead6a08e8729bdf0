//! The twin on a port, for any AWS client.
//!
//! Only the loopback interface is served: who can reach the port can change everything. The twin's time goes on from
//! its world's and may run faster than real time; the client's clock does not, so credentials live in real time.

#![expect(clippy::disallowed_methods, reason = "the twin has a clock of its own")]

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::front::{Clocks, Twin};
use super::store::StoreError;
use super::time::Moment;
use super::wire::{Delivery, Reply, Request};

/// The largest request that is read, in bytes.
const LARGEST_REQUEST: usize = 1 << 20;
/// How often a world that has changed is saved.
const SAVED_EVERY: Duration = Duration::from_secs(1);
/// How long open connections may take to end.
const DRAINED_WITHIN: Duration = Duration::from_secs(5);

/// How a twin is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many seconds of the twin's time pass in a second.
    pub speed: NonZeroU32,
    /// The file that the world is kept in.
    pub state: Option<PathBuf>,
}

/// Why serving ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener is not on the loopback interface.
    #[error("{0} is not a loopback address, and a simulated AWS is served on no other")]
    NotLoopback(SocketAddr),
    /// The listener does not work.
    #[error("cannot serve the simulated AWS")]
    Listen(#[from] io::Error),
    /// The world cannot be saved.
    #[error("cannot keep the simulated AWS")]
    Store(#[from] StoreError),
}

/// Both clocks of a served twin.
#[derive(Debug, Clone, Copy)]
struct RunningClocks {
    started: Instant,
    at_start: Clocks,
    speed: NonZeroU32,
}

impl RunningClocks {
    fn start(twin: &Twin, speed: NonZeroU32) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let client = Moment(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX));
        Self { started: Instant::now(), at_start: Clocks { twin: twin.now(), client }, speed }
    }

    fn now(&self) -> Clocks {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let faster = elapsed.saturating_mul(u64::from(self.speed.get()));
        Clocks { twin: self.at_start.twin.after(faster), client: self.at_start.client.after(elapsed) }
    }
}

/// Serves a twin until `shutdown` is done; then lets open requests end and saves the world.
///
/// # Errors
/// The listener is not on loopback or fails; the world cannot be saved.
pub async fn serve(
    twin: Twin,
    listener: TcpListener,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let clocks = RunningClocks::start(&twin, settings.speed);
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut keeper = Keeper { twin: twin.clone(), path: settings.state, saved: None };
    let mut tick = interval(SAVED_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            _ = tick.tick() => keeper.save().await?,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                connections.spawn(connection(stream, twin.clone(), clocks, stopped.clone()));
            }
        }
    }
    drop(listener);
    // Every connection may be gone by now.
    let _ = stop.send(true);
    let drained = timeout(DRAINED_WITHIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!("connections were still open at shutdown and were closed");
    }
    twin.advance_to(clocks.now().twin);
    keeper.save().await?;
    Ok(())
}

/// Saves the world when it was asked something since it was last saved.
struct Keeper {
    twin: Twin,
    path: Option<PathBuf>,
    /// How many calls there had been.
    saved: Option<u64>,
}

impl Keeper {
    async fn save(&mut self) -> Result<(), ServeError> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        let calls = self.twin.statistics().calls;
        if self.saved == Some(calls) {
            return Ok(());
        }
        let twin = self.twin.clone();
        tokio::task::spawn_blocking(move || twin.save(&path)).await.map_err(io::Error::other)??;
        self.saved = Some(calls);
        Ok(())
    }
}

async fn connection(stream: TcpStream, twin: Twin, clocks: RunningClocks, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(move |request| exchange(twin.clone(), clocks, request));
    let mut connection = std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// A connection that ends because its answer is to be lost, or because its request cannot be read.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the answer is lost")]
    Lost,
    #[error("the request cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the answer is no HTTP")]
    Unspeakable(#[from] http::Error),
}

async fn exchange(
    twin: Twin,
    clocks: RunningClocks,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, Broken> {
    let request = read(request).await?;
    let reply = twin.answer_at(&request, clocks.now());
    match reply.delivery {
        Delivery::Lost => return Err(Broken::Lost),
        Delivery::Late(milliseconds) => {
            sleep(Duration::from_millis(milliseconds / u64::from(clocks.speed.get()))).await;
        }
        Delivery::Prompt => {}
    }
    Ok(respond(reply)?)
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Broken> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_REQUEST).collect().await.map_err(Broken::Unreadable)?;
    let headers = head.headers.iter();
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.to_bytes().to_vec(),
    })
}

fn respond(reply: Reply) -> Result<hyper::Response<Full<Bytes>>, http::Error> {
    let mut builder = hyper::Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(reply.body)))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;
    use crate::twin::faults::{Kind, Rule};

    /// What comes back for an action of STS until the server closes the connection.
    async fn ask(address: SocketAddr, twin: &Twin, action: &str) -> String {
        let body = format!("Action={action}&Version=2011-06-15");
        let credential = format!("{}/20260101/eu-west-1/sts/aws4_request", twin.management_credentials().id);
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: twin\r\nConnection: close\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn a_served_twin_answers_loses_what_it_shall_and_is_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("world.json");
        let twin = Twin::new(1);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let settings = Settings { speed: NonZeroU32::MIN, state: Some(path.clone()) };
        let server = tokio::spawn(serve(twin.clone(), listener, settings, async { stopped.await.unwrap_or_default() }));

        let answer = ask(address, &twin, "GetCallerIdentity").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(":user/administrator</Arn>"), "{answer}");
        twin.with_world(|world| {
            let action = Some("GetCallerIdentity".to_owned());
            world.faults.rules.push(Rule { kind: Kind::AnswerLost, account: None, action, from: 1, times: 1, seen: 0 });
        });
        assert_eq!(ask(address, &twin, "GetCallerIdentity").await, "", "the connection closes without an answer");

        stop.send(()).expect("still serving");
        server.await.expect("no panic").expect("served to the end");
        let kept = Twin::load(&path).expect("the world");
        assert_eq!(kept.with_world(|world| world.faults.rules[0].seen), 1, "the last request is kept too");
    }

    #[tokio::test]
    async fn only_loopback_is_served() {
        let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
        let settings = Settings { speed: NonZeroU32::MIN, state: None };
        let refused = serve(Twin::new(1), listener, settings, std::future::pending()).await;
        assert!(matches!(refused, Err(ServeError::NotLoopback(_))), "{refused:?}");
    }
}
