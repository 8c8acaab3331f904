//! A network that can be cut: TCP between a client and the relay.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// Everything gets through.
    Fair,
    /// What the relay says is lost; what the client says gets through.
    DownLost,
    /// Nothing gets through, and nothing that was open stays so.
    Cut,
}

/// A network with one relay on it.
pub struct Proxy {
    address: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
}

impl Proxy {
    /// A network to the relay at `host:port`.
    pub async fn to(relay: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        let (told, relay) = (Arc::clone(&weather), relay.to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let weather = told.subscribe();
                if *weather.borrow() != Weather::Cut {
                    tokio::spawn(carry(client, relay.clone(), weather));
                }
            }
        });
        Ok(Self { address, weather })
    }

    /// Where clients connect to.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Cuts the network.
    pub fn cut(&self) {
        self.weather.send_replace(Weather::Cut);
    }

    /// From now on, nothing that the relay says gets through.
    pub fn lose_answers(&self) {
        self.weather.send_replace(Weather::DownLost);
    }

    /// Makes it whole.
    pub fn mend(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

async fn carry(client: TcpStream, relay: String, weather: watch::Receiver<Weather>) {
    let Ok(relay) = TcpStream::connect(relay).await else {
        return;
    };
    let _ = (client.set_nodelay(true), relay.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_relay, to_relay) = relay.into_split();
    let mut watching = weather.clone();
    tokio::select! {
        () = pump(from_client, to_relay, weather.clone(), false) => {}
        () = pump(from_relay, to_client, weather, true) => {}
        _ = watching.wait_for(|weather| *weather == Weather::Cut) => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    weather: watch::Receiver<Weather>,
    is_down: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if is_down && *weather.borrow() == Weather::DownLost {
            continue;
        }
        let Some(part) = buffer.get(..count) else { return };
        if to.write_all(part).await.is_err() {
            return;
        }
    }
}
