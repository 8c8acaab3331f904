//! The WebSocket endpoint: one task for each connection.
//!
//! A connection's requests are done one after another, each answered before the next is begun. One that meets a
//! fault of the relay is closed with [`close::FAULT`]; the others go on.

mod handshake;
mod pace;
mod talk;
mod wire;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use hyper::upgrade::{OnUpgrade, Upgraded};
use sotto_protocol::{ServerFrame, VERSION, Welcome, close};

use self::talk::Talk;
use self::wire::{End, Wire};
use crate::engine::unix_time;
use crate::faults::Fault;
use crate::hub::{Connection, frame};
use crate::relay::Shared;
use crate::server::Peer;

/// Answers `GET /ws`.
pub async fn endpoint(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    mut request: Request,
) -> Response {
    let accepted = handshake::accept(request.headers());
    let (response, upgrade) = match (accepted, request.extensions_mut().remove::<OnUpgrade>()) {
        (Ok(response), Some(upgrade)) => (response, upgrade),
        (Ok(_), None) => return refuse(&shared, handshake::Unfit::NotWebSocket),
        (Err(unfit), _) => return refuse(&shared, unfit),
    };
    tokio::spawn(async move {
        // An error here is a peer that left before the handshake was over.
        if let Ok(upgraded) = upgrade.await {
            serve(shared, &peer, upgraded).await;
        }
    });
    response
}

fn refuse(shared: &Shared, unfit: handshake::Unfit) -> Response {
    shared.faults.count(Fault::Handshake);
    unfit.into_response()
}

async fn serve(shared: Arc<Shared>, peer: &Peer, upgraded: Upgraded) {
    let connection = Connection::new(shared.config.queue, Arc::clone(&shared.faults));
    connection.outbox.push(welcome(&shared));
    let (faults, shutdown) = (Arc::clone(&shared.faults), shared.shutdown.clone());
    let mut wire = Wire::new(
        upgraded,
        Arc::clone(&connection),
        Arc::clone(&faults),
        shutdown,
        &shared.config,
    )
    .await;
    let mut talk = Talk::new(shared, connection, peer.network);
    let end = AssertUnwindSafe(converse(&mut wire, &mut talk))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            faults.count(Fault::Panic);
            End::Close(close::FAULT)
        });
    // The seat is no longer present, however long the peer takes to close.
    drop(talk);
    wire.finish(end).await;
}

async fn converse(wire: &mut Wire, talk: &mut Talk) -> End {
    loop {
        let request = match wire.request().await {
            Ok(request) => request,
            Err(end) => return end,
        };
        if let Err(end) = wire.during(talk.handle(request)).await {
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
    }))
}
