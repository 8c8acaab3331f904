//! The bytes of a message, carried by the relay's socket library alone: connections in pairs; what comes on one is
//! acknowledged there, if it is no hint, and goes on to the other. No protocol, no room, no store.

use std::io::{Write as _, stdout};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use sotto_protocol::limits;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::load::{Wire, framed};
use crate::spread::{median_micros, per_thousand};
use crate::typing::MANY;
use crate::usage::Since;

/// How many pairs of connections there are.
const PAIRS: usize = 500;
/// About what an acknowledgement and a hint are.
const SMALL: usize = 5;

/// How often one is tried that comes now and then.
const TRIES: usize = 200;

type Sink = futures_util::stream::SplitSink<WebSocketStream<TcpStream>, Message>;
type Stream = futures_util::stream::SplitStream<WebSocketStream<TcpStream>>;

/// Serves until the process is ended.
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(stdout(), "listening on {}", listener.local_addr()?)?;
    loop {
        let (first, second) = (accepted(&listener).await?, accepted(&listener).await?);
        let (firsts, seconds) = (first.split(), second.split());
        let first = Arc::new(Mutex::new(firsts.0));
        let second = Arc::new(Mutex::new(seconds.0));
        tokio::spawn(carry(firsts.1, Arc::clone(&first), Arc::clone(&second)));
        tokio::spawn(carry(seconds.1, second, first));
    }
}

async fn accepted(listener: &TcpListener) -> Result<WebSocketStream<TcpStream>> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(4 * 1024);
    Ok(tokio_tungstenite::accept_async_with_config(stream, Some(config)).await?)
}

/// All that has come goes on with one flush.
async fn carry(mut from: Stream, back: Arc<Mutex<Sink>>, on: Arc<Mutex<Sink>>) -> Result<()> {
    while let Some(message) = from.next().await {
        let (mut back, mut on) = (back.lock().await, on.lock().await);
        feed(&mut back, &mut on, message?).await?;
        while let Some(Some(message)) = from.next().now_or_never() {
            feed(&mut back, &mut on, message?).await?;
        }
        back.flush().await?;
        on.flush().await?;
    }
    Ok(())
}

/// A reader gets a message without the other's box; a hint is not acknowledged.
async fn feed(back: &mut Sink, on: &mut Sink, message: Message) -> Result<()> {
    let bytes = message.into_data();
    let part = bytes.len().checked_sub(limits::BOX).unwrap_or(bytes.len());
    if bytes.len() > SMALL {
        back.feed(Message::binary(Bytes::from_static(&[7; SMALL])))
            .await?;
    }
    Ok(on.feed(Message::Binary(bytes.slice(..part))).await?)
}

/// CPU seconds of the server for 1,000 messages of this length.
pub(super) async fn messages(server: u32, address: &str, length: usize, duration: Duration) -> Result<f64> {
    measure(server, address, framed(&vec![1; length]), [1, 1], duration).await
}

/// Microseconds until a message of this length is acknowledged, the median, with a rest before each. From a thread that does nothing
/// else.
pub(super) async fn rested(address: &str, length: usize, rest: Duration) -> Result<u64> {
    let frame = framed(&vec![1; length]);
    let mut one = Wire::upgrade(address, "/", "").await?;
    let mut other = Wire::upgrade(address, "/", "").await?;
    let mut times = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        std::thread::sleep(rest);
        let began = Instant::now();
        one.send(&frame).await?;
        one.frame().await?;
        times.push(began.elapsed());
        other.frame().await?;
    }
    median_micros(times)
}

/// The same for hints, so many at once.
pub(super) async fn hints(server: u32, address: &str, duration: Duration) -> Result<f64> {
    let hints = framed(&[1; SMALL]).repeat(MANY);
    measure(server, address, hints, [MANY, 0], duration).await
}

/// Frames that go at once: how many, and how many of them are acknowledged.
async fn measure(
    server: u32,
    address: &str,
    frames: Vec<u8>,
    [at_once, acknowledged]: [usize; 2],
    duration: Duration,
) -> Result<f64> {
    let frames: Arc<[u8]> = frames.into();
    let mut pairs = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        pairs.push([
            Wire::upgrade(address, "/", "").await?,
            Wire::upgrade(address, "/", "").await?,
        ]);
    }
    let since = Since::now(server)?;
    let end = Instant::now() + duration;
    let mut carrying = JoinSet::new();
    for [mut one, mut other] in pairs {
        let frames = Arc::clone(&frames);
        carrying.spawn(async move {
            let mut count = 0_usize;
            while Instant::now() < end {
                one.send(&frames).await?;
                for _ in 0..acknowledged {
                    one.frame().await?;
                }
                for _ in 0..at_once {
                    other.frame().await?;
                }
                count += at_once;
                std::mem::swap(&mut one, &mut other);
            }
            anyhow::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(done) = carrying.join_next().await {
        count += done?.context("carrying")?;
    }
    Ok(per_thousand(since.spent()?.server, count))
}
