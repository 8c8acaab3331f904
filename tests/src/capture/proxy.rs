//! A proxy that refuses everything and writes down whom it was asked for.
//!
//! A browser that has it as its proxy for all but the tap's origin can reach nobody else over TCP, and whatever it tries
//! is known by host and port. (What needs no TCP, such as WebRTC, a proxy does not see.)

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// How long a client may take to say whom it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// The answer to every request.
const REFUSAL: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A running proxy; it ends when this is dropped.
pub struct RefusingProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    accepting: AbortHandle,
}

impl RefusingProxy {
    /// Listens on a free local port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let asked = Arc::new(Mutex::default());
        let accepting = tokio::spawn(accept(listener, Arc::clone(&asked))).abort_handle();
        Ok(Self {
            address,
            asked,
            accepting,
        })
    }

    /// Where the proxy listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whom it was asked for: the request line of every request, in the order in which they came.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for RefusingProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes connections.
async fn accept(listener: TcpListener, asked: Arc<Mutex<Vec<String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(refuse(stream, Arc::clone(&asked)));
    }
}

/// Reads the head of one request and refuses it. A connection on which nothing is asked does not count: Chromium makes a
/// second one beside one that is slow to come, and then needs only one of them; whom it is for stands in that one.
async fn refuse(mut stream: TcpStream, asked: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    let reading = async {
        while !head.contains(&b'\n') && head.len() < 16 * 1024 {
            if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, reading).await;
    if head.is_empty() {
        return;
    }
    let line: Vec<u8> = head
        .into_iter()
        .take_while(|byte| *byte != b'\r' && *byte != b'\n')
        .collect();
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(String::from_utf8_lossy(&line).into_owned());
    // The client may have gone already.
    let _ = stream.write_all(REFUSAL).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_refuses_and_remembers() {
        let proxy = RefusingProxy::start().await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream
            .write_all(b"CONNECT elsewhere.example:443 HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"));
        drop(TcpStream::connect(proxy.address()).await.unwrap());
        assert_eq!(proxy.asked(), ["CONNECT elsewhere.example:443 HTTP/1.1"]);
    }
}
