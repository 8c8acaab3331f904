//! The WebSocket endpoint: one task for each connection.
//!
//! A connection's requests are done one after another, each answered before the next is begun; hints are not answered.
//! One that meets a fault of the relay is closed with [`close::FAULT`]; the others go on.

mod handshake;
mod link;
mod pace;
mod roll;
mod stream;
mod talk;
mod wire;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use sotto_protocol::{ServerFrame, VERSION, Welcome, close};
use tokio::sync::watch;
use tokio::time::timeout;

use self::pace::Pace;
pub use self::roll::Roll;
pub use self::stream::{Pipe, Stream};
use self::talk::Talk;
use self::wire::{End, Received, Wire};
use crate::doors::Open;
use crate::engine::unix_time;
use crate::faults::Fault;
use crate::hub::{Connection, frame};
use crate::relay::Shared;
use crate::server::Peer;
use crate::sources::{Entered, TooMany};

/// How long one that was too fast is left alone.
const HELD: Duration = Duration::from_secs(2);

/// Answers `GET /ws`.
pub async fn endpoint(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    mut request: Request,
) -> Response {
    let is_draining = shared.doors.now() == Open::Draining;
    if is_draining {
        shared.faults.count(Fault::Draining);
    }
    let accepted = handshake::accept(request.headers());
    let (response, upgrade) = match (accepted, request.extensions_mut().remove::<OnUpgrade>()) {
        (Ok(response), Some(upgrade)) => (response, upgrade),
        _ if is_draining => return handshake::Unfit::Draining.into_response(),
        (Ok(_), None) => return refuse(&shared, handshake::Unfit::NotWebSocket),
        (Err(unfit), _) => return refuse(&shared, unfit),
    };
    tokio::spawn(async move {
        // An error here is a peer that left before the handshake was over. What HTTP kept of the connection is given back.
        let Ok(upgraded) = upgrade.await else { return };
        if let Ok(parts) = upgraded.downcast() {
            serve(shared, &peer, parts, is_draining).await;
        }
    });
    response
}

fn refuse(shared: &Shared, unfit: handshake::Unfit) -> Response {
    shared.faults.count(Fault::Handshake);
    unfit.into_response()
}

async fn serve(
    shared: Arc<Shared>,
    peer: &Peer,
    Parts { io, read_buf, .. }: Parts<TokioIo<Stream>>,
    is_draining: bool,
) {
    let connection = Connection::new(shared.config.queue, Arc::clone(&shared.faults));
    let faults = Arc::clone(&shared.faults);
    let mut wire = Wire::new(
        (io.into_inner(), read_buf),
        Arc::clone(&connection),
        Arc::clone(&faults),
        Pace::new(shared.config.frames, shared.config.burst, Instant::now()),
    );
    // A page can say what a close code means; why a handshake was refused its browser keeps to itself.
    if is_draining {
        return Box::pin(wire.finish(End::Close(close::GOING_AWAY))).await;
    }
    let Ok(_entered) = entered(&shared, peer) else {
        return Box::pin(wire.finish(End::Close(close::TOO_MANY))).await;
    };
    connection.outbox.push_own(welcome(&shared));
    shared.roll.enter(&connection);
    let mut talk = Talk::new(shared, connection, peer);
    let end = AssertUnwindSafe(converse(&mut wire, &mut talk))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            faults.count(Fault::Panic);
            End::Close(close::FAULT)
        });
    let shutdown = talk.shutdown();
    // The seat is no longer present, however long the peer takes to close.
    drop(talk);
    // In a place of its own, as each request: a connection that waits holds no room for what it may do.
    Box::pin(async move {
        if end == End::Fault(close::TOO_FAST) {
            held(shutdown).await;
        }
        wire.finish(end).await;
    })
    .await;
}

/// Waits before one that was too fast is told so. Nothing of it is read meanwhile, so the system stops whoever goes on
/// sending; and whoever comes back, with all that one may send at once, comes back the later.
async fn held(mut shutdown: watch::Receiver<bool>) {
    let _ = timeout(HELD, shutdown.wait_for(|down| *down)).await;
}

/// Counts the connection as its source's, where that is not done.
fn entered(shared: &Shared, peer: &Peer) -> Result<Option<Entered>, TooMany> {
    if peer.is_refused {
        return Err(TooMany);
    }
    if peer.is_counted {
        return Ok(None);
    }
    let entered = shared.sources.enter(peer.source);
    if entered.is_err() {
        shared.faults.count(Fault::Source);
    }
    entered
}

async fn converse(wire: &mut Wire, talk: &mut Talk) -> End {
    loop {
        let received = match wire.request().await {
            Ok(received) => received,
            Err(end) => return end,
        };
        if talk.at_once(&received) {
            continue;
        }
        let Received { request, length } = *received;
        if let Err(end) = wire.during(Box::pin(talk.handle(request, length))).await {
            return end;
        }
    }
}

fn welcome(shared: &Shared) -> axum::body::Bytes {
    frame(&ServerFrame::Welcome(Welcome {
        version: VERSION,
        time: unix_time(),
        salt: shared.salt,
        lifetimes: shared.rules.lifetimes.clone(),
        lifetime: shared.lifetime,
        grain: shared.rules.grain,
        word: shared.word.is_some(),
    }))
}
