//! When to stop: the first signal asks, the second does not.

use tokio::signal::unix::{SignalKind, signal};

/// Ends at the first SIGTERM or SIGINT. From then on another one ends the process at once.
pub async fn first() {
    interrupted().await;
    tokio::spawn(async {
        interrupted().await;
        std::process::exit(1);
    });
}

async fn interrupted() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // Without handlers the system's own are in force, and they end the process.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
