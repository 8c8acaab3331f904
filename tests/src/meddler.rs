//! Whoever stands between browser and relay and changes what the page loads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::capture::http::{self, Message};
use crate::capture::tap::Connection;

/// Changes the response to a request for this path; gives whether it did.
pub type Change = fn(&str, &mut Message) -> Result<bool>;

/// The longest head of a request.
const HEAD: usize = 16 * 1024;

/// A running meddler; it ends when this is dropped.
#[derive(Debug)]
pub struct Meddler {
    address: String,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    relay: String,
    change: Change,
    changed: AtomicUsize,
    broken: AtomicUsize,
    /// The end of the paths whose responses wait.
    held: watch::Sender<Option<&'static str>>,
    /// The end of the paths whose responses break off.
    cut: watch::Sender<Option<&'static str>>,
}

impl Meddler {
    /// Leads to the relay at `host:port`.
    pub async fn start(relay: &str, change: Change) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            relay: relay.to_owned(),
            change,
            changed: AtomicUsize::new(0),
            broken: AtomicUsize::new(0),
            held: watch::Sender::new(None),
            cut: watch::Sender::new(None),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// The page's address here.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Lets the responses for paths that end so wait, from now on.
    pub fn hold(&self, end: &'static str) {
        self.shared.held.send_replace(Some(end));
    }

    /// Lets go of what waits.
    pub fn release(&self) {
        self.shared.held.send_replace(None);
    }

    /// Breaks off the responses for paths that end so, halfway, from now on; of none any more, if there is no end.
    pub fn cut(&self, end: Option<&'static str>) {
        self.shared.cut.send_replace(end);
    }

    /// How many responses were changed until now.
    pub fn changed(&self) -> usize {
        self.shared.changed.load(Ordering::Relaxed)
    }

    /// How many responses were broken off until now.
    pub fn broken(&self) -> usize {
        self.shared.broken.load(Ordering::Relaxed)
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((browser, _)) = listener.accept().await {
        tokio::spawn(carry(browser, Arc::clone(&shared)));
    }
}

/// Carries one request and its response, or a socket for as long as it is open.
async fn carry(mut browser: TcpStream, shared: Arc<Shared>) -> Result<()> {
    let head = head(&mut browser).await?;
    let mut relay = TcpStream::connect(&shared.relay).await?;
    if head.to_ascii_lowercase().contains("\r\nupgrade:") {
        relay.write_all(head.as_bytes()).await?;
        tokio::io::copy_bidirectional(&mut browser, &mut relay).await?;
        return Ok(());
    }
    // One request a connection, so that the response's end is the connection's.
    let lines = head.trim_end().split("\r\n");
    let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let request = kept.collect::<Vec<_>>().join("\r\n") + "\r\nConnection: close\r\n\r\n";
    relay.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    relay.read_to_end(&mut response).await?;
    let carried = Connection {
        sent: request.into_bytes(),
        received: response.clone(),
    };
    if let Some(changed) = changed(&carried, shared.change)? {
        response = changed;
        shared.changed.fetch_add(1, Ordering::Relaxed);
    }
    let path = head.split(' ').nth(1).unwrap_or_default();
    let mut waiting = shared.held.subscribe();
    waiting
        .wait_for(|end| end.is_none_or(|end| !path.ends_with(end)))
        .await?;
    if shared.cut.borrow().is_some_and(|end| path.ends_with(end)) {
        let body = response.windows(4).position(|four| four == b"\r\n\r\n");
        let start = body.context("a response's head")? + 4;
        response.truncate(start.midpoint(response.len()));
        shared.broken.fetch_add(1, Ordering::Relaxed);
    }
    browser.write_all(&response).await?;
    Ok(browser.shutdown().await?)
}

/// Reads a request that has no body.
async fn head(browser: &mut TcpStream) -> Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        anyhow::ensure!(bytes.len() < HEAD, "a head without an end");
        anyhow::ensure!(browser.read_buf(&mut bytes).await? > 0, "a head that was cut off");
    }
    String::from_utf8(bytes).context("a head of text")
}

/// The response, taken out of its encoding, changed, and put together again; none if it is not to be changed.
fn changed(carried: &Connection, change: Change) -> Result<Option<Vec<u8>>> {
    let exchange = http::parse(carried)?.exchanges.pop().context("an exchange")?;
    let mut response = exchange.response.context("a response")?;
    if !change(exchange.request.target(), &mut response)? {
        return Ok(None);
    }
    let Message {
        line, headers, body, ..
    } = response;
    let mut bytes = format!("{line}\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    let framing = ["content-length", "content-encoding", "transfer-encoding"];
    for (name, value) in headers
        .iter()
        .filter(|(name, _)| !framing.contains(&name.as_str()))
    {
        bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend(body);
    Ok(Some(bytes))
}
