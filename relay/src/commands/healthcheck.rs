//! Asks a running relay how it is, as a container's health check does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::body::Body;
use axum::http::{StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::config::Config;

/// How long a relay that is well may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the relay that these settings make; an error if it is not there or not well.
pub async fn healthcheck(config: &Config) -> Result<String> {
    let address = reachable(config.listen);
    let uri: Uri = format!("http://{address}/healthz").parse()?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let answer = tokio::time::timeout(PATIENCE, client.get(uri)).await;
    let answer = answer
        .with_context(|| format!("no answer from http://{address} within {} s", PATIENCE.as_secs()))?
        .with_context(|| format!("no relay answers on http://{address}; --listen says where to ask"))?;
    if answer.status() != StatusCode::OK {
        bail!("the relay on http://{address} is not well: read http://{address}/healthz");
    }
    Ok(format!("The relay on http://{address} is well."))
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
