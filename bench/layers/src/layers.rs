//! The servers that are compared: connections in pairs; what comes on one is acknowledged there and goes on to the other,
//! up to 16 frames before the answers are sent. All that is not the WebSocket layer is the same code for each.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::io::{Write as _, stdout};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use anyhow::{Context as _, Error, Result, ensure};
use axum::body::Bytes;
use axum::extract::ws;
use axum::extract::{RawQuery, WebSocketUpgrade};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use clap::ValueEnum;
use fastwebsockets as fast;
use futures_util::{Sink, Stream};
use hyper::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWrite, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, tungstenite};
use tokio_websockets as tws;

use crate::link::Link;
use crate::stream;

/// What is answered to each frame: as long as an acknowledgement of the relay's.
pub(crate) const DONE: &[u8] = &[7; 5];
/// How many frames are taken before the answers go: as in the relay.
const AHEAD: u8 = 16;
/// What the relay has its codec read at a time.
const READ: usize = 4 * 1024;
/// What is gathered before it is written, where a layer gathers.
const WRITE: usize = 64 * 1024;

/// What is compared.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Layer {
    /// axum's `WebSocket`, as it comes.
    Axum,
    /// The same, with `read_buffer_size(256)` and `write_buffer_size(0)`.
    Axum256,
    /// The same, with `read_buffer_size(4096)` and `write_buffer_size(0)`.
    Axum4096,
    /// tokio-tungstenite on hyper's upgraded stream, buffers as the relay's.
    Upgraded,
    /// tokio-tungstenite on the socket.
    Tungstenite,
    /// fastwebsockets on the socket: a write for each frame.
    Fast,
    /// The same with tokio's `BufWriter` between.
    FastBuffered,
    /// tokio-websockets on the socket.
    TokioWebsockets,
    /// The relay's own `link.rs`, but the codec stays.
    LinkKept,
    /// The relay's own `link.rs`: tungstenite without an asynchronous layer, given back while nothing is under way.
    Link,
}

/// Serves until the process is ended.
pub(crate) async fn serve(layer: Layer) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(stdout(), "{}", listener.local_addr()?)?;
    let pairs = Pairs::default();
    let (read, write) = match layer {
        Layer::Axum => (None, None),
        Layer::Axum256 => (Some(256), Some(0)),
        Layer::Axum4096 => (Some(4096), Some(0)),
        _ => loop {
            let (tcp, _) = listener.accept().await?;
            tcp.set_nodelay(true)?;
            tokio::spawn(http(tcp, layer, pairs.clone()));
        },
    };
    let endpoint = async move |RawQuery(number): RawQuery, mut upgrade: WebSocketUpgrade| {
        if let (Some(read), Some(write)) = (read, write) {
            upgrade = upgrade.read_buffer_size(read).write_buffer_size(write);
        }
        let end = pairs.enter(number);
        upgrade.on_upgrade(|socket| async { drop(carry(Sinking(socket), end).await) })
    };
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    Ok(axum::serve(listener, axum::Router::new().route("/ws", get(endpoint))).await?)
}

/// HTTP until the upgrade, as the relay does it.
async fn http(tcp: TcpStream, layer: Layer, pairs: Pairs) -> Result<(), hyper::Error> {
    let service = hyper::service::service_fn(move |mut request: Request<hyper::body::Incoming>| {
        let end = pairs.enter(request.uri().query().map(str::to_owned));
        async move {
            let key = request.headers().get(SEC_WEBSOCKET_KEY).context("no key")?;
            let response = Response::builder()
                .status(StatusCode::SWITCHING_PROTOCOLS)
                .header(CONNECTION, "upgrade")
                .header(UPGRADE, "websocket")
                .header(SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()))
                .body(String::new())?;
            let upgrade = request.extensions_mut().remove::<OnUpgrade>();
            tokio::spawn(upgraded(upgrade.context("no upgrade")?, layer, end));
            Ok::<_, Error>(response)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tcp), service);
    connection.with_upgrades().await
}

/// Starts a task for just this layer, so that none holds room for another's.
async fn upgraded(upgrade: OnUpgrade, layer: Layer, end: End) -> Result<()> {
    let upgraded = upgrade.await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(WRITE);
    if let Layer::Upgraded = layer {
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        tokio::spawn(carry(Sinking(socket), end));
        return Ok(());
    }
    let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        return Err(Error::msg("not a socket"));
    };
    // This load's clients wait for the answer, so that layers which cannot be given these bytes need not be.
    ensure!(read_buf.is_empty(), "bytes before the upgrade");
    let tcp = io.into_inner();
    match layer {
        Layer::Fast => tokio::spawn(carry_fast(tcp, |write| write, end)),
        Layer::FastBuffered => tokio::spawn(carry_fast(
            tcp,
            |write| BufWriter::with_capacity(READ, write),
            end,
        )),
        Layer::TokioWebsockets => {
            let config = tws::Config::default().flush_threshold(WRITE);
            let socket = tws::ServerBuilder::new().config(config).serve(tcp);
            tokio::spawn(carry(Sinking(socket), end))
        }
        Layer::Link | Layer::LinkKept => {
            let link = Link::new(stream::Stream::Plain(tcp), &[]);
            let rests = matches!(layer, Layer::Link);
            tokio::spawn(carry(Linked { link, rests }, end))
        }
        _ => {
            let socket = WebSocketStream::from_raw_socket(tcp, Role::Server, Some(config)).await;
            tokio::spawn(carry(Sinking(socket), end))
        }
    };
    Ok(())
}

/// A WebSocket, as it is driven here.
trait Socket {
    /// The next frame; none at the end.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>>>;
    /// Takes these frames and sends all that was taken.
    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<Result<()>>;
    /// Nothing more is to be done at the moment.
    fn rest(&mut self) {}
}

/// Those that are a stream and a sink.
struct Sinking<S>(S);

impl<S, M, E> Socket for Sinking<S>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
    M: Message,
    E: std::error::Error + Send + Sync + 'static,
{
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        let message = ready!(Pin::new(&mut self.0).poll_next(context)).transpose()?;
        Poll::Ready(Ok(message.map(M::into_bytes)))
    }

    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<Result<()>> {
        let mut sink = Pin::new(&mut self.0);
        while !frames.is_empty() {
            ready!(sink.as_mut().poll_ready(context))?;
            if let Some(frame) = frames.pop_front() {
                sink.as_mut().start_send(M::binary(frame))?;
            }
        }
        Poll::Ready(Ok(ready!(sink.poll_flush(context))?))
    }
}

trait Message {
    fn binary(bytes: Bytes) -> Self;
    fn into_bytes(self) -> Bytes;
}

impl Message for ws::Message {
    fn binary(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
    fn into_bytes(self) -> Bytes {
        self.into_data()
    }
}

impl Message for tungstenite::Message {
    fn binary(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
    fn into_bytes(self) -> Bytes {
        self.into_data()
    }
}

impl Message for tws::Message {
    fn binary(bytes: Bytes) -> Self {
        Self::binary(bytes)
    }
    fn into_bytes(self) -> Bytes {
        self.into_payload().into()
    }
}

/// The relay's.
struct Linked {
    link: Link,
    rests: bool,
}

impl Socket for Linked {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        let message = ready!(self.link.poll_receive(context))?;
        Poll::Ready(Ok(Some(message.into_data())))
    }

    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<Result<()>> {
        for frame in frames.drain(..) {
            self.link.send(context, tungstenite::Message::Binary(frame))?;
        }
        Poll::Ready(Ok(ready!(self.link.poll_flush(context))?))
    }

    fn rest(&mut self) {
        if self.rests {
            self.link.rest();
        }
    }
}

async fn carry(mut socket: impl Socket, end: End) -> Result<()> {
    let mut frames = VecDeque::new();
    let mut is_sending = false;
    poll_fn(|context| {
        let mut taken = 0;
        while taken < AHEAD {
            match socket.poll_receive(context)? {
                Poll::Ready(Some(frame)) => end.received(frame),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
            taken += 1;
        }
        loop {
            if !is_sending && end.mine().poll_take(context, &mut frames).is_pending() {
                break;
            }
            is_sending = socket.poll_send(context, &mut frames)?.is_pending();
            if is_sending {
                break;
            }
        }
        if taken == AHEAD {
            context.waker().wake_by_ref();
        } else if !is_sending {
            socket.rest();
        }
        Poll::Pending
    })
    .await
}

/// fastwebsockets reads and writes in futures of its own, of which the reading one must not be dropped half-way.
async fn carry_fast<W: AsyncWrite + Unpin>(
    tcp: TcpStream,
    writer: impl Fn(tokio::net::tcp::OwnedWriteHalf) -> W,
    end: End,
) -> Result<()> {
    let socket = fast::WebSocket::after_handshake(tcp, fast::Role::Server);
    let (mut read, mut write) = socket.split(|tcp| {
        let (read, write) = tcp.into_split();
        (read, writer(write))
    });
    let receiving = async {
        loop {
            // Nothing is answered by the library: these clients send no control frames.
            let frame = read.read_frame(&mut async |_| Ok::<_, Error>(())).await?;
            end.received(match frame.payload {
                fast::Payload::Bytes(bytes) => bytes.freeze(),
                other => Bytes::from(Vec::from(other)),
            });
        }
    };
    let sending = async {
        let mut frames = VecDeque::new();
        loop {
            poll_fn(|context| end.mine().poll_take(context, &mut frames)).await;
            for frame in frames.drain(..) {
                write.write_frame(fast::Frame::binary((&*frame).into())).await?;
            }
            write.flush().await?;
        }
    };
    tokio::select! { biased; done = receiving => done, done = sending => done }
}

/// Pairs of which one end has come.
#[derive(Clone, Default)]
struct Pairs(Arc<Mutex<HashMap<Option<String>, Pair>>>);

type Pair = Arc<[Outbox; 2]>;

impl Pairs {
    /// Takes the next end of the pair of this name.
    fn enter(&self, name: Option<String>) -> End {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = waiting.remove(&name) {
            return End {
                pair,
                is_second: true,
            };
        }
        let pair = Pair::default();
        waiting.insert(name, Arc::clone(&pair));
        End {
            pair,
            is_second: false,
        }
    }
}

/// One end of a pair.
struct End {
    pair: Pair,
    is_second: bool,
}

impl End {
    fn mine(&self) -> &Outbox {
        let [first, second] = &*self.pair;
        if self.is_second { second } else { first }
    }

    fn received(&self, frame: Bytes) {
        let [first, second] = &*self.pair;
        let other = if self.is_second { first } else { second };
        // This end looks by itself once it has received what lies ready.
        drop(self.mine().push(Bytes::from_static(DONE)));
        if let Some(waker) = other.push(frame) {
            waker.wake();
        }
    }
}

/// What waits to be sent on one connection.
#[derive(Default)]
struct Outbox(Mutex<(VecDeque<Bytes>, Option<Waker>)>);

impl Outbox {
    /// Adds a frame; whoever is to be woken for it.
    fn push(&self, frame: Bytes) -> Option<Waker> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.push_back(frame);
        state.1.take()
    }

    /// All that waits; pending, and this task woken for more, if nothing does.
    fn poll_take(&self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0.is_empty() {
            state.1 = Some(context.waker().clone());
            return Poll::Pending;
        }
        *frames = std::mem::take(&mut state.0);
        Poll::Ready(())
    }
}
