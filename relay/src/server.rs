//! Accepts connections and speaks HTTP/1.1 on them, within bounds: so many connections at once, so long for a
//! request's head, so many bytes of it.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::HOST;
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use axum::response::{IntoResponse as _, Redirect};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use socket2::SockRef;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::config::Config;
use crate::faults::{Fault, Faults};
use crate::gate::draw::Network;
use crate::socket::Stream;
use crate::tls::CHALLENGE;

/// How long a client may take to send a request's head, and be idle before it.
const HEAD: Duration = Duration::from_secs(15);
/// How long a request's head may be.
const HEAD_BYTES: usize = 16 * 1024;
/// What the system keeps for a client that does not take it, in bytes (Linux keeps twice that, its own part included). By
/// itself it would grow to megabytes of frames, before the queue that is meant to be the bound holds its first.
const SENDING: usize = 64 * 1024;
/// How long connections may take to end at shutdown.
const DRAIN: Duration = Duration::from_secs(8);
/// How many connections may wait to be accepted, where the system (`net.core.somaxconn`) lets so many: tabs that all come
/// back after a cut. Beyond it the system drops the first packet, and whoever sent it tries again a second later.
const BACKLOG: u32 = 4096;
/// How long to wait when the system has no more sockets.
const NO_SOCKETS: Duration = Duration::from_millis(100);

/// Who is at the other end of a request: only as much as the draw needs, for as long as the connection lasts.
#[derive(Clone)]
pub struct Peer {
    /// Its network.
    pub network: Network,
    /// Its place among the connections; a WebSocket takes it along.
    _place: Arc<OwnedSemaphorePermit>,
}

/// Listens on an address.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As the one before this may have ended a moment ago.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts until shutdown, then waits for the connections to end. Each is under TLS where there is what accepts it.
pub async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    config: &Config,
    faults: &Arc<Faults>,
    mut shutdown: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(config.connections as usize));
    let proxies = config.proxy_header.clone().map(|header| {
        Arc::new(Proxies {
            header,
            trusted: config.trusted_proxies.clone(),
        })
    });
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
                // Frames are small and somebody waits for each. Without it they only come later.
                let _ = stream.set_nodelay(true);
                let _ = SockRef::from(&stream).set_send_buffer_size(SENDING);
                let serve = serve(
                    (stream, tls.clone(), Arc::clone(faults)),
                    address,
                    Arc::new(place),
                    router.clone(),
                    proxies.clone(),
                    shutdown.clone(),
                );
                tokio::spawn(serve);
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

/// A connection after its TLS handshake, if it has one; nothing if that fails, or takes longer than a request's head may.
async fn opened(stream: TcpStream, tls: Option<TlsAcceptor>, faults: &Faults) -> Option<Stream> {
    let Some(tls) = tls else {
        return Some(Stream::Plain(stream));
    };
    // In a place of its own: what a handshake needs is not held while the connection lasts.
    if let Ok(Ok(mut stream)) = tokio::time::timeout(HEAD, Box::pin(tls.accept(stream))).await {
        if stream.get_ref().1.alpn_protocol() != Some(CHALLENGE) {
            return Some(Stream::Tls(Box::new(stream)));
        }
        // A certificate authority has seen what it came for, and nothing else is spoken with it.
        let _ = tokio::time::timeout(HEAD, stream.shutdown()).await;
        return None;
    }
    faults.count(Fault::Handshake);
    None
}

async fn serve(
    (stream, tls, faults): (TcpStream, Option<TlsAcceptor>, Arc<Faults>),
    address: SocketAddr,
    place: Arc<OwnedSemaphorePermit>,
    router: Router,
    proxies: Option<Arc<Proxies>>,
    mut shutdown: watch::Receiver<bool>,
) {
    let stream = tokio::select! {
        opened = opened(stream, tls, &faults) => opened,
        _ = shutdown.wait_for(|down| *down) => None,
    };
    let Some(stream) = stream else { return };
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let network = network(request.headers(), proxies.as_deref(), address.ip());
        request.extensions_mut().insert(Peer {
            network,
            _place: Arc::clone(&place),
        });
        let router = router.clone();
        async move {
            let response = router.oneshot(request.map(Body::new)).await;
            response.map_err(|never: Infallible| match never {})
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    // Whatever goes wrong here is the other end's.
    tokio::select! {
        _ = &mut connection => return,
        _ = shutdown.wait_for(|down| *down) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Sends every request on to the same address under HTTPS, on this port.
pub fn to_https(port: u16) -> Router {
    Router::new().fallback(async move |request: axum::extract::Request| {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let authority = host.and_then(|host| host.parse::<Authority>().ok());
        // Userinfo is no part of a host.
        let Some(authority) = authority.filter(|authority| !authority.as_str().contains('@')) else {
            return (StatusCode::BAD_REQUEST, "Ask for a host by name.\n").into_response();
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

/// The network of the client, as trusted proxies in front name it if there are any.
fn network(headers: &HeaderMap, proxies: Option<&Proxies>, peer: IpAddr) -> Network {
    Network::of(proxies.map_or(peer, |proxies| proxies.client(headers, peer)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_what_trusted_proxies_say_counts() {
        let header = HeaderName::from_static("x-forwarded-for");
        let trusted = ["127.0.0.0/8", "10.0.0.0/8"].map(|network| network.parse().unwrap());
        let proxies = Proxies {
            header: header.clone(),
            trusted: trusted.to_vec(),
        };
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        let said = |headers: &HeaderMap, peer: &str| proxies.client(headers, address(peer));
        assert_eq!(said(&headers, "127.0.0.1"), address("127.0.0.1"));
        headers.append(&header, HeaderValue::from_static("198.51.100.7"));
        headers.append(&header, HeaderValue::from_static("203.0.113.1, 192.0.2.5"));
        assert_eq!(said(&headers, "127.0.0.1"), address("192.0.2.5"));
        assert_eq!(said(&headers, "::ffff:127.0.0.1"), address("192.0.2.5"));
        assert_eq!(
            said(&headers, "192.0.2.9"),
            address("192.0.2.9"),
            "it is no proxy"
        );
        headers.append(&header, HeaderValue::from_static("10.1.2.3"));
        assert_eq!(
            said(&headers, "127.0.0.1"),
            address("192.0.2.5"),
            "past a trusted one"
        );
        let of = |text: &str| Network::of(address(text));
        assert_eq!(
            network(&headers, Some(&proxies), address("127.0.0.1")),
            of("192.0.2.5")
        );
        let anybody = network(&headers, None, address("127.0.0.1"));
        assert_eq!(anybody, of("127.0.0.1"), "anybody could set it");
        headers.append(&header, HeaderValue::from_static("nonsense"));
        assert_eq!(said(&headers, "127.0.0.1"), address("127.0.0.1"));
    }
}
