//! Being asked to end.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Ends when the process is asked to end, by SIGINT or SIGTERM.
pub async fn interrupted() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            // Without a handler the system's own ends the process.
            Err(_) => std::future::pending().await,
        }
    };
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        () = interrupted => {}
        () = terminated => {}
    }
}

/// The first request to end asks for it by the channel, and is told; the second ends the process.
pub async fn stop_on_interrupt(stopper: watch::Sender<bool>, tell: impl FnOnce()) {
    interrupted().await;
    stopper.send_replace(true);
    tell();
    interrupted().await;
    std::process::exit(130);
}
