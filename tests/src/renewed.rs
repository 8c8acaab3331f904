//! What stands in a relay's place after an upgrade that an old page knows nothing of.

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// It speaks `sotto.2` only, and has none of an old page's files. It ends when this is dropped.
#[derive(Debug)]
pub struct Renewed {
    address: std::net::SocketAddr,
    accepting: AbortHandle,
}

impl Renewed {
    /// Listens on a free local port.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let answer = if head.starts_with(b"GET /ws ") {
                        "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Protocol: sotto.2\r\n"
                    } else {
                        "HTTP/1.1 404 Not Found\r\n"
                    };
                    let whole = format!("{answer}Content-Length: 0\r\nConnection: close\r\n\r\n");
                    // Who has gone does not hear it.
                    let _ = stream.write_all(whole.as_bytes()).await;
                });
            }
        })
        .abort_handle();
        Ok(Self { address, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.address
    }
}

impl Drop for Renewed {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
