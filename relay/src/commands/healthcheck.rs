//! Asks a running relay how it is, as a container's health check does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{Request, StatusCode};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::pinned::connector;
use crate::config::Config;

/// How long a relay that is well may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the relay that these settings make; an error if it is not there or not well.
pub async fn healthcheck(config: &Config) -> Result<String> {
    let address = reachable(config.listen);
    let scheme = if config.own_tls.is_on() { "https" } else { "http" };
    let relay = format!("{scheme}://{address}");
    let answer = tokio::time::timeout(PATIENCE, ask(address, config)).await;
    let status = answer
        .with_context(|| format!("no answer from {relay} within {} s", PATIENCE.as_secs()))?
        .with_context(|| format!("no relay answers on {relay}; --listen says where to ask"))?;
    if status != StatusCode::OK {
        bail!("the relay on {relay} is not well: its log says why, and /healthz?verbose on --admin-listen");
    }
    Ok(format!("The relay on {relay} is well."))
}

async fn ask(address: SocketAddr, config: &Config) -> Result<StatusCode> {
    let stream = TcpStream::connect(address).await?;
    match config.certificate_files() {
        None => status(address, config.base_path(), stream).await,
        Some((cert, _)) if config.own_tls.is_issued() && !cert.exists() => {
            bail!("it has no certificate yet, so nobody can connect: its log says why")
        }
        Some((cert, _)) => {
            let stream = connector(&cert)?.connect(address.ip().into(), stream).await?;
            status(address, config.base_path(), stream).await
        }
    }
}

async fn status(
    address: SocketAddr,
    base: &str,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<StatusCode> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let request = Request::get(format!("{base}/healthz")).header(HOST, address.to_string());
    let request = sender.send_request(request.body(Body::empty())?);
    // The answer comes while the connection is driven.
    tokio::select! {
        answer = request => Ok(answer?.status()),
        ended = connection => {
            ended?;
            bail!("the connection ended without an answer")
        }
    }
}

/// Where to ask a relay that listens on every address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
