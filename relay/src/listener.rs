//! Where connections come from: a socket that listens, or pipes that a program hands over which has the relay inside it.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;

use crate::socket::{Pipe, Stream};

/// What the system keeps for a client that does not take it, in bytes (Linux keeps twice that, its own part included). By
/// itself it would grow to megabytes of frames, before the queue that is meant to be the bound holds its first.
const SENDING: usize = 64 * 1024;
/// How many connections may wait to be accepted, where the system (`net.core.somaxconn`) lets so many: tabs that all come
/// back after a cut. Beyond it the system drops the first packet, and whoever sent it tries again a second later.
const BACKLOG: u32 = 4096;
/// Who is at the other end of a pipe, and where pipes come in.
const INSIDE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Gives connections, one after another.
#[derive(Debug)]
pub enum Listener {
    /// On an address.
    Tcp(TcpListener),
    /// Inside the process; never under TLS. It ends nothing that there are no more.
    Pipes(mpsc::Receiver<Box<dyn Pipe>>),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl Listener {
    /// Where it listens; port 0 where it is no port.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr(),
            Self::Pipes(_) => Ok(INSIDE),
        }
    }

    /// The next connection, and whose it is. Nothing is lost if it is dropped while it waits.
    pub async fn accept(&mut self) -> io::Result<(Stream, SocketAddr)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Frames are small and somebody waits for each. Without it they only come later.
                let _ = stream.set_nodelay(true);
                let _ = SockRef::from(&stream).set_send_buffer_size(SENDING);
                Ok((Stream::Plain(stream), address))
            }
            Self::Pipes(pipes) => match pipes.recv().await {
                Some(pipe) => Ok((Stream::Pipe(pipe), INSIDE)),
                None => std::future::pending().await,
            },
        }
    }
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({setting}; {cause}): {}", remedy(cause.kind(), setting))]
pub struct AddressError {
    address: SocketAddr,
    setting: &'static str,
    cause: io::Error,
}

impl AddressError {
    /// What came of listening on the address that this setting names.
    pub fn new(address: SocketAddr, setting: &'static str, cause: io::Error) -> Self {
        Self {
            address,
            setting,
            cause,
        }
    }

    /// What can be done.
    pub fn remedy(&self) -> String {
        remedy(self.cause.kind(), self.setting)
    }

    /// Whether somebody has it.
    pub fn is_in_use(&self) -> bool {
        self.cause.kind() == ErrorKind::AddrInUse
    }
}

/// What can be done where the system does not give the address that this setting names.
fn remedy(why: ErrorKind, setting: &str) -> String {
    match why {
        ErrorKind::AddrInUse => format!(
            "a relay that runs already has it, or another program: end that one, or name another address with {setting}"
        ),
        ErrorKind::PermissionDenied => format!(
            "ports below 1024 are root's: give the service CAP_NET_BIND_SERVICE, or name a higher port with {setting}"
        ),
        _ => format!("name an address of this machine with {setting}"),
    }
}

/// Listens on the address that this setting names.
pub fn listen(address: SocketAddr, setting: &'static str) -> Result<TcpListener, AddressError> {
    bound(address).map_err(|cause| AddressError::new(address, setting, cause))
}

fn bound(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As the one before this may have ended a moment ago.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
