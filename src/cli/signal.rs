//! Being asked to end.

use futures::StreamExt;
use futures::stream::{select_all, unfold};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::operate::Requests;

/// This process's requests to end: SIGINT and SIGTERM. From here on they do nothing else.
pub fn requests_of_process() -> Requests {
    // Without a handler the system's own ends the process.
    let signals = [SignalKind::interrupt(), SignalKind::terminate()].into_iter().filter_map(|kind| signal(kind).ok());
    let requests = signals.map(|signal| {
        let next = async |mut signal: tokio::signal::unix::Signal| signal.recv().await.map(|()| ((), signal));
        unfold(signal, next).boxed_local()
    });
    Requests::of(select_all(requests))
}

/// Ends when the process is asked to end, by SIGINT or SIGTERM.
pub async fn interrupted() {
    requests_of_process().next().await;
}

/// The first request to end asks for it by the channel, and is told; this ends at the second.
pub async fn interrupted_twice(stopper: watch::Sender<bool>, tell: impl FnOnce()) {
    let mut requests = requests_of_process();
    requests.next().await;
    stopper.send_replace(true);
    tell();
    requests.next().await;
}
