//! Being asked to end.

use futures::StreamExt;
use futures::stream::{LocalBoxStream, Stream, select_all, unfold};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Requests to end, one after the other. None is lost that comes after this was made.
pub struct Requests(LocalBoxStream<'static, ()>);

impl Requests {
    /// Those of a stream.
    pub fn of(stream: impl Stream<Item = ()> + 'static) -> Self {
        Self(stream.boxed_local())
    }

    /// This process's: SIGINT and SIGTERM. From here on they do nothing else.
    pub fn of_process() -> Self {
        // Without a handler the system's own ends the process.
        let signals =
            [SignalKind::interrupt(), SignalKind::terminate()].into_iter().filter_map(|kind| signal(kind).ok());
        let requests = signals.map(|signal| {
            let next = async |mut signal: tokio::signal::unix::Signal| signal.recv().await.map(|()| ((), signal));
            unfold(signal, next).boxed_local()
        });
        Self::of(select_all(requests))
    }

    /// Ends at the next request; never where none can come any more.
    pub async fn next(&mut self) {
        if self.0.next().await.is_none() {
            std::future::pending().await
        }
    }
}

/// Ends when the process is asked to end, by SIGINT or SIGTERM.
pub async fn interrupted() {
    Requests::of_process().next().await;
}

/// The first request to end asks for it by the channel, and is told; this ends at the second.
pub async fn interrupted_twice(stopper: watch::Sender<bool>, tell: impl FnOnce()) {
    let mut requests = Requests::of_process();
    requests.next().await;
    stopper.send_replace(true);
    tell();
    requests.next().await;
}
