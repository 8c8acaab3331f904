//! A slow line between browser and relay: so many bytes a second in all, and a time that everything takes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// What is read at once: small, so that connections share the line as packets would.
const PIECE: usize = 1400;
/// How many pieces may be on the line for one connection.
const ON_THE_LINE: usize = 64;

/// What a line is like.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    /// Bits a second, each way.
    pub bits_per_second: u32,
    /// From one end to the other and back.
    pub round_trip: Duration,
}

/// A running line; it ends when this is dropped.
#[derive(Debug)]
pub struct SlowLine {
    address: SocketAddr,
    accepting: AbortHandle,
}

/// One direction: when it is free for the next bytes.
type Direction = Arc<Mutex<Instant>>;

impl SlowLine {
    /// Leads to the relay at this address.
    pub async fn start(relay: SocketAddr, speed: Speed) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let now = Instant::now();
        let ways: [Direction; 2] = [Arc::new(Mutex::new(now)), Arc::new(Mutex::new(now))];
        let accepting = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(carry(browser, relay, speed, ways.clone()));
            }
        });
        Ok(Self {
            address,
            accepting: accepting.abort_handle(),
        })
    }

    /// The page's address here.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for SlowLine {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(
    browser: TcpStream,
    relay: SocketAddr,
    speed: Speed,
    [up, down]: [Direction; 2],
) -> Result<()> {
    // A connection is made by one round trip before anything is sent on it.
    tokio::time::sleep(speed.round_trip).await;
    let relay = TcpStream::connect(relay).await?;
    for stream in [&browser, &relay] {
        stream.set_nodelay(true)?;
    }
    let (from_browser, to_browser) = browser.into_split();
    let (from_relay, to_relay) = relay.into_split();
    tokio::try_join!(
        direction(from_browser, to_relay, speed, up),
        direction(from_relay, to_browser, speed, down)
    )?;
    Ok(())
}

/// Carries bytes one way: each piece takes its time on the line, after those before it, and then half a round trip.
async fn direction(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    speed: Speed,
    free: Direction,
) -> Result<()> {
    let (line, mut end) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_LINE);
    let read = async move {
        loop {
            let mut piece = vec![0; PIECE];
            let length = from.read(&mut piece).await?;
            piece.truncate(length);
            let bits = u32::try_from(8 * piece.len()).unwrap_or(u32::MAX);
            let taken = Duration::from_secs(1) * bits / speed.bits_per_second;
            let through = {
                let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
                *free = (*free).max(Instant::now()) + taken;
                *free
            };
            if line.send((through + speed.round_trip / 2, piece)).await.is_err() || length == 0 {
                return anyhow::Ok(());
            }
        }
    };
    let write = async {
        while let Some((at, piece)) = end.recv().await {
            sleep_until(at).await;
            to.write_all(&piece).await?;
        }
        to.shutdown().await?;
        anyhow::Ok(())
    };
    tokio::try_join!(read, write)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_take_their_time() {
        let speed = Speed {
            bits_per_second: 80_000,
            round_trip: Duration::from_millis(400),
        };
        let free = Arc::new(Mutex::new(Instant::now()));
        let (mut sender, from) = tokio::io::duplex(100_000);
        let (to, mut receiver) = tokio::io::duplex(100_000);
        let start = Instant::now();
        let carried = tokio::spawn(direction(from, to, speed, free));
        sender.write_all(&vec![7; 5000]).await.unwrap();
        sender.shutdown().await.unwrap();
        drop(sender);
        let mut arrived = Vec::new();
        receiver.read_to_end(&mut arrived).await.unwrap();
        carried.await.unwrap().unwrap();
        // 10,000 bytes a second, and half a round trip.
        assert!(start.elapsed() >= Duration::from_millis(700));
        assert_eq!(arrived, vec![7; 5000]);
    }
}
