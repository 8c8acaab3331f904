//! A TCP relay between a client and the relay under test, which records and can cut.
//!
//! The client is given [`Tap::origin`] as the place of the relay. Whatever passes is kept byte for byte, by connection
//! and direction. Tests of a broken network use the same tap without looking at the recording: [`Tap::cut`] drops what
//! is open, [`Tap::block`] also turns away what comes after, [`Tap::hold`] keeps back what the relay says,
//! [`Tap::lead_to`] follows a relay that came back elsewhere.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// A running tap; it ends when this is dropped.
pub struct Tap {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

/// What one connection carried.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// From the client to the relay.
    pub sent: Vec<u8>,
    /// From the relay to the client.
    pub received: Vec<u8>,
}

/// What all connections of a tap share.
struct Shared {
    target: Mutex<SocketAddr>,
    connections: Mutex<Vec<Connection>>,
    /// How often it was cut, and whether it is blocked.
    cuts: watch::Sender<(u64, bool)>,
    /// Whether what the relay says is kept back.
    held: watch::Sender<bool>,
}

/// Which way bytes go.
#[derive(Clone, Copy)]
enum Direction {
    Sent,
    Received,
}

impl Tap {
    /// Listens on a free local port and leads to `target`.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            connections: Mutex::default(),
            cuts: watch::Sender::new((0, false)),
            held: watch::Sender::new(false),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// Where the tap listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin to open in a browser.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The page's address here.
    pub fn url(&self) -> String {
        format!("{}/", self.origin())
    }

    /// Drops every open connection; new ones are let through.
    pub fn cut(&self) {
        self.shared.cuts.send_modify(|(cuts, _)| *cuts += 1);
    }

    /// Drops every open connection and, until [`Self::unblock`], every new one.
    pub fn block(&self) {
        self.shared.cuts.send_modify(|(cuts, blocked)| {
            *cuts += 1;
            *blocked = true;
        });
    }

    /// Lets new connections through again.
    pub fn unblock(&self) {
        self.shared.cuts.send_modify(|(_, blocked)| *blocked = false);
    }

    /// From now on keeps back what the relay says; what clients say gets through.
    pub fn hold(&self) {
        self.shared.held.send_replace(true);
    }

    /// Passes on what was kept back, and what comes.
    pub fn release(&self) {
        self.shared.held.send_replace(false);
    }

    /// Leads new connections elsewhere.
    pub fn lead_to(&self, target: SocketAddr) {
        *lock(&self.shared.target) = target;
    }

    /// What has passed until now, by connection, in the order in which they were opened.
    pub fn recording(&self) -> Vec<Connection> {
        lock(&self.shared.connections).clone()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes connections; all of them end with this task.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut carried = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let cuts = shared.cuts.subscribe();
        let (before, blocked) = *cuts.borrow();
        if !blocked {
            carried.spawn(carry(client, Arc::clone(&shared), wait_for_cut(cuts, before)));
        }
        while carried.try_join_next().is_some() {}
    }
}

/// Carries one connection until an end closes it or it is cut.
async fn carry(mut client: TcpStream, shared: Arc<Shared>, cut: impl Future<Output = ()>) -> io::Result<()> {
    let number = {
        let mut connections = lock(&shared.connections);
        connections.push(Connection::default());
        connections.len() - 1
    };
    let target = *lock(&shared.target);
    let mut relay = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    relay.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_relay, to_relay) = relay.split();
    tokio::select! {
        done = async {
            tokio::try_join!(
                pass(from_client, to_relay, &shared, number, Direction::Sent),
                pass(from_relay, to_client, &shared, number, Direction::Received),
            )
        } => done.map(|_| ()),
        () = cut => Ok(()),
    }
}

/// Returns when the tap has been cut since it had been cut `before` times; unblocking is no cut.
async fn wait_for_cut(mut cuts: watch::Receiver<(u64, bool)>, before: u64) {
    // An error: the tap is gone, and its connections with it.
    let _ = cuts.wait_for(|(now, _)| *now != before).await;
}

/// Passes bytes one way, recording each before it goes on, so that whatever an end has seen is in the recording.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    shared: &Shared,
    number: usize,
    direction: Direction,
) -> io::Result<()> {
    let mut held = shared.held.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        let bytes = buffer.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        if let Some(connection) = lock(&shared.connections).get_mut(number) {
            match direction {
                Direction::Sent => connection.sent.extend_from_slice(bytes),
                Direction::Received => connection.received.extend_from_slice(bytes),
            }
        }
        if matches!(direction, Direction::Received) {
            // An error: the tap is gone, and its connections with it.
            let _ = held.wait_for(|held| !held).await;
        }
        to.write_all(bytes).await?;
    }
}

/// The content of a lock; a panic elsewhere leaves a recording as good as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every connection with what it got, in capitals.
    async fn shouting() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut byte = [0; 1];
                    while let Ok(1) = stream.read(&mut byte).await {
                        stream
                            .write_all(&byte.map(|b| b.to_ascii_uppercase()))
                            .await
                            .unwrap();
                    }
                });
            }
        });
        address
    }

    async fn exchange(stream: &mut TcpStream, text: &str) -> io::Result<String> {
        stream.write_all(text.as_bytes()).await?;
        let mut answer = vec![0; text.len()];
        stream.read_exact(&mut answer).await?;
        Ok(String::from_utf8(answer).unwrap())
    }

    #[tokio::test]
    async fn what_passes_is_recorded_by_connection_and_direction() {
        let tap = Tap::start(shouting().await).await.unwrap();
        let mut first = TcpStream::connect(tap.address()).await.unwrap();
        assert_eq!(exchange(&mut first, "one").await.unwrap(), "ONE");
        let mut second = TcpStream::connect(tap.address()).await.unwrap();
        assert_eq!(exchange(&mut second, "two").await.unwrap(), "TWO");
        let recording = tap.recording();
        assert_eq!(recording.len(), 2);
        assert_eq!(
            (recording[0].sent.as_slice(), recording[0].received.as_slice()),
            (&b"one"[..], &b"ONE"[..])
        );
        assert_eq!(
            (recording[1].sent.as_slice(), recording[1].received.as_slice()),
            (&b"two"[..], &b"TWO"[..])
        );
    }

    #[tokio::test]
    async fn a_cut_drops_what_is_open_and_a_block_what_comes() {
        let tap = Tap::start(shouting().await).await.unwrap();
        let mut first = TcpStream::connect(tap.address()).await.unwrap();
        exchange(&mut first, "one").await.unwrap();
        tap.cut();
        assert_eq!(first.read(&mut [0; 1]).await.unwrap_or(0), 0);
        let mut second = TcpStream::connect(tap.address()).await.unwrap();
        exchange(&mut second, "two").await.unwrap();
        tap.block();
        assert_eq!(second.read(&mut [0; 1]).await.unwrap_or(0), 0);
        let mut third = TcpStream::connect(tap.address()).await.unwrap();
        assert_eq!(third.read(&mut [0; 1]).await.unwrap_or(0), 0);
        tap.unblock();
        let mut fourth = TcpStream::connect(tap.address()).await.unwrap();
        assert_eq!(exchange(&mut fourth, "four").await.unwrap(), "FOUR");
    }

    #[tokio::test]
    async fn what_is_held_comes_when_it_is_released() {
        let tap = Tap::start(shouting().await).await.unwrap();
        let mut stream = TcpStream::connect(tap.address()).await.unwrap();
        tap.hold();
        stream.write_all(b"held").await.unwrap();
        while tap
            .recording()
            .iter()
            .all(|connection| connection.received.is_empty())
        {
            tokio::task::yield_now().await;
        }
        // The relay has answered, and nothing of that has come.
        let stream = stream.into_std().unwrap();
        assert!(stream.peek(&mut [0; 1]).is_err());
        tap.release();
        let mut stream = TcpStream::from_std(stream).unwrap();
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HELD");
    }

    #[tokio::test]
    async fn it_follows_a_relay_that_moved() {
        let gone = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let tap = Tap::start(gone).await.unwrap();
        let mut lost = TcpStream::connect(tap.address()).await.unwrap();
        assert_eq!(lost.read(&mut [0; 1]).await.unwrap_or(0), 0);
        tap.lead_to(shouting().await);
        let mut stream = TcpStream::connect(tap.address()).await.unwrap();
        assert_eq!(exchange(&mut stream, "here").await.unwrap(), "HERE");
    }
}
