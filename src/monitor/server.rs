//! `/healthz` and `/metrics` over HTTP.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::health::Status;
use crate::cloud::Clock;
use crate::report::prometheus;
use crate::text::escape;

/// How many connections may be open at once; whoever comes then waits.
const MOST_CONNECTIONS: usize = 32;
/// How long a client may take to say what it wants, in this machine's own time.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is told, in text.
const TEXT: &str = "text/plain; charset=utf-8";
/// What is told, in Prometheus' format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Why the endpoints can't be served.
#[derive(Debug, thiserror::Error)]
#[error("/healthz and /metrics can't be served: {0}")]
pub struct ServeError(#[from] io::Error);

/// Serves the endpoints for as long as it is awaited. A connection serves one request, so that none outlives its question.
///
/// # Errors
/// The listener fails.
pub async fn serve(listener: TcpListener, status: watch::Receiver<Status>, clock: Clock) -> Result<(), ServeError> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => {
                let stream = match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) if is_client(&error) => continue,
                    Err(error) => return Err(error.into()),
                };
                let status = status.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let answer = answer(&request, &status.borrow(), clock);
                    async move { Ok::<_, Infallible>(answer) }
                });
                let mut protocol = http1::Builder::new();
                protocol.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false);
                // What becomes of a connection is its client's business.
                connections.spawn(protocol.serve_connection(TokioIo::new(stream), service));
            }
        }
    }
}

/// True where a client was gone before its connection was taken.
fn is_client(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

fn answer<Body>(request: &Request<Body>, status: &Status, clock: Clock) -> Response<Full<Bytes>> {
    let (code, kind, text) = match request.uri().path() {
        "/healthz" => match status.health(clock.elapsed()) {
            Ok(told) => (StatusCode::OK, TEXT, format!("{told}\n")),
            Err(told) => (StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{}\n", escape(&told))),
        },
        "/metrics" => (StatusCode::OK, METRICS, prometheus(status.tally())),
        _ => (StatusCode::NOT_FOUND, TEXT, "there are /healthz and /metrics\n".to_owned()),
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refusal = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET and HEAD only\n".to_owned());
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    respond(code, kind, text)
}

fn respond(code: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::values::Label;

    /// The whole answer, until the server closes the connection.
    async fn ask(address: SocketAddr, what: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{what} HTTP/1.1\r\nHost: lz\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn health_and_numbers_are_told_to_whoever_asks() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (status, seen) = watch::channel(Status::new(Label::parse("acme").unwrap(), Duration::from_secs(900)));
        let server = tokio::spawn(serve(listener, seen, Clock::new(1)));

        let sick = ask(address, "GET /healthz").await;
        assert!(sick.starts_with("HTTP/1.1 503 ") && sick.ends_with("no sweep has ended yet\n"), "{sick}");
        status.send_modify(|status| {
            status.count(std::time::SystemTime::UNIX_EPOCH, Duration::ZERO, Err("no credentials".to_owned()));
        });
        let sick = ask(address, "GET /healthz").await;
        assert!(sick.ends_with("no sweep has succeeded yet: no credentials\n"), "{sick}");
        let numbers = ask(address, "GET /metrics").await;
        assert!(numbers.starts_with("HTTP/1.1 200 ") && numbers.contains("version=0.0.4"), "{numbers}");
        assert!(numbers.contains("lz_sweep_failed_sweeps_total{zone=\"acme\"} 1"), "{numbers}");
        assert!(ask(address, "GET /").await.starts_with("HTTP/1.1 404 "));
        assert!(ask(address, "POST /metrics").await.starts_with("HTTP/1.1 405 "));
        server.abort();
    }
}
