//! The listener of the dashboard: few connections, and bounds on each as on the other listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

use crate::server;

/// How many are open at once; more wait.
const CONNECTIONS: u32 = 64;
/// How long a client may take to send a request's head.
const HEAD: Duration = Duration::from_secs(15);
/// How long a request's head may be.
const HEAD_BYTES: usize = 16 * 1024;
/// How long connections may take to end at shutdown.
const DRAIN: Duration = Duration::from_secs(2);
/// How long to wait when the system has no more sockets.
const NO_SOCKETS: Duration = Duration::from_millis(100);

/// Accepts until shutdown, then waits for the connections to end.
pub(super) async fn run(listener: TcpListener, router: Router, mut shutdown: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS as usize));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = shutdown.wait_for(|down| *down) => break,
        };
        let Some((stream, place)) = accepted else {
            tokio::time::sleep(NO_SOCKETS).await;
            continue;
        };
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let router = router.clone();
            async move {
                if server::head_length(&request) > HEAD_BYTES {
                    return Ok(server::too_long());
                }
                let response = router.oneshot(request.map(Body::new)).await;
                response.map_err(|never: Infallible| match never {})
            }
        });
        let mut shutdown = shutdown.clone();
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(server::READ * HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            // Whatever goes wrong here is the other end's.
            let has_ended = tokio::select! {
                _ = &mut connection => true,
                _ = shutdown.wait_for(|down| *down) => false,
            };
            if !has_ended {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN, places.acquire_many(CONNECTIONS)).await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    Some((stream, place))
}
