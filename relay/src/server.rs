//! Accepts connections and speaks HTTP/1.1 on them, within bounds: so many connections at once, so long for a
//! request's head, so many bytes of it.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::config::Config;
use crate::faults::{Fault, Faults};
use crate::gate::draw::Network;
use crate::listener::Listener;
use crate::socket::Stream;
use crate::sources::{Entered, Source, Sources, Use};
use crate::tls::CHALLENGE;

/// How long a client may take to send a request's head, and be idle before it.
const HEAD: Duration = Duration::from_secs(15);
/// How long connections may take to end at shutdown.
const DRAIN: Duration = Duration::from_secs(8);
/// How long to wait when the system has no more sockets.
const NO_SOCKETS: Duration = Duration::from_millis(100);
/// How many connections beyond what their source may have are told so at a time; others are cut off. They take no place.
const TOLD: usize = 64;
/// How long one of them may take to ask for something.
const TOLD_HEAD: Duration = Duration::from_secs(3);
/// How many times as much of a head is read as it may have: whoever sends a little too much is told so in words.
pub(crate) const READ: usize = 2;
/// What they are told.
const TOO_LONG: &str = "Your browser sent more along with its request than is taken here: most often cookies of other pages \
    under this name. Delete this site's cookies, and load the page again.\n\
    Dein Browser hat mit seiner Anfrage mehr geschickt, als hier angenommen wird: meist Cookies anderer Seiten unter diesem \
    Namen. Lösche die Cookies dieser Website, und lade die Seite neu.\n";
/// What whoever names no host is told, where plain HTTP is sent on.
const NO_HOST: &str = "Your browser did not say which site it asks for, so it cannot be sent on to HTTPS.\n\
    Dein Browser hat nicht gesagt, nach welcher Site er fragt; so kann er nicht zu HTTPS weitergeschickt werden.\n";
/// What whoever asks too much is told.
const TOO_MANY: &str = "Too much came from your network in a short time. Wait a minute, then try again.\n\
    Aus deinem Netz kam in kurzer Zeit zu viel. Warte eine Minute, und versuch es dann noch einmal.\n";

/// Who is at the other end of a request: only as much as draw and limits need, for as long as the connection lasts.
#[derive(Clone)]
pub struct Peer {
    /// Its network.
    pub network: Network,
    /// Where its use is counted; none if it is not limited.
    pub source: Option<Source>,
    /// Whether the connection is counted as its source's already.
    pub is_counted: bool,
    /// Whether this is more than its source may ask for.
    pub is_refused: bool,
    /// Its place among the connections; a WebSocket takes it along.
    _held: Arc<Held>,
}

/// A place among all connections, or among those that are told to go, and one among the source's.
struct Held {
    _place: OwnedSemaphorePermit,
    _entered: Option<Entered>,
}

/// A connection as it was accepted.
struct Accepted {
    address: IpAddr,
    source: Option<Source>,
    /// Whether it is more than its source may have.
    is_refused: bool,
    held: Arc<Held>,
}

/// What every connection is served with.
#[derive(Clone)]
struct Served {
    tls: Option<TlsAcceptor>,
    router: Router,
    proxies: Option<Arc<Proxies>>,
    sources: Arc<Sources>,
    faults: Arc<Faults>,
    /// How many bytes the head of a request may have.
    head: usize,
}

/// Accepts until shutdown, then waits for the connections to end. Each is under TLS where there is what accepts it.
pub async fn run(
    mut listener: Listener,
    tls: Option<TlsAcceptor>,
    router: Router,
    config: &Config,
    (sources, faults): (&Arc<Sources>, &Arc<Faults>),
    mut shutdown: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(config.connections as usize));
    let told = Arc::new(Semaphore::new(TOLD));
    let proxies = config.proxy_header.clone().map(|header| {
        Arc::new(Proxies {
            header,
            trusted: config.trusted_proxies.clone(),
        })
    });
    let served = Served {
        tls,
        router,
        proxies,
        sources: Arc::clone(sources),
        faults: Arc::clone(faults),
        head: config.limits.head,
    };
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            _ = shutdown.wait_for(|down| *down) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = shutdown.wait_for(|down| *down) => break,
        };
        match (accepted, place) {
            (Ok((stream, address)), Ok(place)) => {
                if let Some(accepted) = served.accepted(address.ip(), place, &told) {
                    tokio::spawn(serve(stream, accepted, served.clone(), shutdown.clone()));
                }
            }
            (Err(_), _) => {
                faults.count(Fault::Accept);
                tokio::time::sleep(NO_SOCKETS).await;
            }
            (_, Err(_)) => break,
        }
    }
    drop(listener);
    // All places are free when all connections have ended.
    let _ = tokio::time::timeout(DRAIN, places.acquire_many(config.connections)).await;
}

impl Served {
    /// Counts a connection as its source's. One too many gives its place back; it is told, where there is room for that.
    fn accepted(
        &self,
        address: IpAddr,
        place: OwnedSemaphorePermit,
        told: &Arc<Semaphore>,
    ) -> Option<Accepted> {
        let source = self.sources.of(address);
        let entered = self.sources.enter(source);
        let is_refused = entered.is_err();
        let held = if let Ok(entered) = entered {
            Held {
                _place: place,
                _entered: entered,
            }
        } else {
            self.faults.count(Fault::Source);
            Held {
                _place: Arc::clone(told).try_acquire_owned().ok()?,
                _entered: None,
            }
        };
        Some(Accepted {
            address,
            source,
            is_refused,
            held: Arc::new(held),
        })
    }

    /// Who asks, as trusted proxies in front name them if there are any.
    fn peer(&self, headers: &HeaderMap, accepted: &Accepted) -> Peer {
        let address = client(headers, self.proxies.as_deref(), accepted.address);
        let is_counted = address == accepted.address;
        let source = if is_counted {
            accepted.source
        } else {
            self.sources.of(address)
        };
        let is_refused = accepted.is_refused || !self.sources.allows(source, Use::Request, 1);
        if is_refused {
            self.faults.count(Fault::Source);
        }
        Peer {
            network: Network::of(address),
            source,
            is_counted,
            is_refused,
            _held: Arc::clone(&accepted.held),
        }
    }
}

/// A connection after its TLS handshake, if it has one; nothing if that fails, or takes longer than a request's head may.
async fn opened(stream: TcpStream, served: &Served, head: Duration) -> Option<Stream> {
    let Some(tls) = &served.tls else {
        return Some(Stream::Plain(stream));
    };
    // In a place of its own: what a handshake needs is not held while the connection lasts.
    if let Ok(Ok(mut stream)) = tokio::time::timeout(head, Box::pin(tls.accept(stream))).await {
        if stream.get_ref().1.alpn_protocol() != Some(CHALLENGE) {
            return Some(Stream::Tls(Box::new(stream)));
        }
        // A certificate authority has seen what it came for, and nothing else is spoken with it.
        let _ = tokio::time::timeout(HEAD, stream.shutdown()).await;
        return None;
    }
    served.faults.count(Fault::Handshake);
    None
}

async fn serve(stream: Stream, accepted: Accepted, served: Served, mut shutdown: watch::Receiver<bool>) {
    let head = if accepted.is_refused { TOLD_HEAD } else { HEAD };
    let opening = async {
        match stream {
            Stream::Plain(tcp) => opened(tcp, &served, head).await,
            other => Some(other),
        }
    };
    let stream = tokio::select! {
        opened = opening => opened,
        _ = shutdown.wait_for(|down| *down) => None,
    };
    let Some(stream) = stream else { return };
    let (most, faults) = (READ * served.head, Arc::clone(&served.faults));
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let is_too_long = head_length(&request) > served.head;
        if is_too_long {
            served.faults.count(Fault::Head);
        }
        let peer = served.peer(request.headers(), &accepted);
        // A WebSocket is told by a close code, which its page understands.
        let is_told_here = peer.is_refused && !request.uri().path().ends_with("/ws");
        request.extensions_mut().insert(peer);
        let router = served.router.clone();
        async move {
            if is_told_here {
                return Ok(too_many());
            }
            if is_too_long {
                return Ok(too_long());
            }
            let response = router.oneshot(request.map(Body::new)).await;
            response.map_err(|never: Infallible| match never {})
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(most)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    // Whatever goes wrong here is the other end's.
    tokio::select! {
        ended = &mut connection => {
            if ended.is_err_and(|error| error.is_parse_too_large()) {
                faults.count(Fault::Head);
            }
            return;
        }
        _ = shutdown.wait_for(|down| *down) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// How many bytes a request's head had.
pub(crate) fn head_length<B>(request: &Request<B>) -> usize {
    let line = " HTTP/1.1\r\n".len() + 1 + request.method().as_str().len();
    let path = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    let headers = request.headers().iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len())
        .sum();
    line + path + headers + "\r\n".len()
}

fn too_many() -> Response {
    let mut response = told(StatusCode::TOO_MANY_REQUESTS, TOO_MANY);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// To a request whose head is longer than it may be.
pub(crate) fn too_long() -> Response {
    told(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_LONG)
}

/// The last words on a connection.
fn told(status: StatusCode, words: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
        (CONNECTION, "close"),
    ];
    (status, headers, words).into_response()
}

/// Sends every request on to the same address under HTTPS, on this port.
pub fn to_https(port: u16) -> Router {
    Router::new().fallback(async move |request: axum::extract::Request| {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let authority = host.and_then(|host| host.parse::<Authority>().ok());
        // Userinfo is no part of a host.
        let Some(authority) = authority.filter(|authority| !authority.as_str().contains('@')) else {
            return (StatusCode::BAD_REQUEST, NO_HOST).into_response();
        };
        let port = if port == 443 {
            String::new()
        } else {
            format!(":{port}")
        };
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        Redirect::permanent(&format!("https://{}{port}{path}", authority.host())).into_response()
    })
}

/// Proxies in front, and where they name the client.
#[derive(Debug)]
struct Proxies {
    header: HeaderName,
    trusted: Vec<IpNet>,
}

impl Proxies {
    fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The client that the headers name: each proxy adds at the end whom it had before it, and is believed if it is trusted.
    fn client(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let entries: Vec<&str> = headers
            .get_all(&self.header)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .collect();
        let mut client = peer;
        for entry in entries.into_iter().rev() {
            if !self.trust(client) {
                break;
            }
            let Ok(before) = entry.trim().parse() else { break };
            client = before;
        }
        client
    }
}

/// The address of the client, as trusted proxies in front name it if there are any.
fn client(headers: &HeaderMap, proxies: Option<&Proxies>, peer: IpAddr) -> IpAddr {
    proxies.map_or(peer, |proxies| proxies.client(headers, peer))
}
