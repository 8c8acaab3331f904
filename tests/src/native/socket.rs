//! A WebSocket to a relay, as tokio-tungstenite has it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use sotto_protocol::{Command, Request, SUBPROTOCOL, ServerFrame, decode, encode};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

/// A socket.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// Connects to the relay at `host:port`.
pub(super) async fn connect(address: &str) -> Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}/ws").into_client_request()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    let (socket, _) = client_async(request, stream).await?;
    Ok(socket)
}

/// A connection without a session: for what no client of ours does, and to see the very bytes of an answer.
pub struct Raw {
    socket: Socket,
    references: u32,
}

impl Raw {
    /// Connects, and takes the welcome.
    pub async fn connect(address: &str) -> Result<Self> {
        let mut raw = Self {
            socket: connect(address).await?,
            references: 0,
        };
        let first = raw.frame().await?;
        match decode(&first)? {
            ServerFrame::Welcome(_) => Ok(raw),
            other => bail!("the relay's first word was {other:?}"),
        }
    }

    /// The next binary frame.
    pub async fn frame(&mut self) -> Result<Vec<u8>> {
        let next = async {
            while let Some(message) = self.socket.next().await {
                if let Message::Binary(bytes) = message? {
                    return Ok(bytes.to_vec());
                }
            }
            bail!("the relay closed the connection")
        };
        tokio::time::timeout(Duration::from_secs(10), next)
            .await
            .context("the relay says nothing")?
    }

    /// Asks, and gives the bytes of the answer less the reference number.
    pub async fn ask(&mut self, command: Command) -> Result<Vec<u8>> {
        self.references += 1;
        let request = Request {
            reference: self.references,
            command,
        };
        self.socket.send(Message::binary(encode(&request))).await?;
        loop {
            let frame = self.frame().await?;
            if let ServerFrame::Answer { reference, answer } = decode(&frame)?
                && reference == self.references
            {
                return Ok(encode(&answer));
            }
        }
    }
}
