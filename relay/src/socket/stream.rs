//! What a connection's bytes go over: TCP, TLS over it, or a pipe inside the process.
//!
//! Only TCP is not in a place of its own: a plain connection holds no more than its socket.

use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// The bytes of one connection.
#[derive(Debug)]
pub enum Stream {
    /// As they are.
    Plain(TcpStream),
    /// Under TLS, whose handshake is over.
    Tls(Box<TlsStream<TcpStream>>),
    /// Inside the process.
    Pipe(Box<dyn Pipe>),
}

/// A way of bytes that is no socket, for a program that has the relay inside it: `bench simulated` opens more connections
/// than a process may have files.
pub trait Pipe: AsyncRead + AsyncWrite + Debug + Send + Unpin {
    /// Ready when reading may give something: bytes, an end or an error.
    fn poll_read_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Stream {
    /// Ready when reading may give something: bytes, an end or an error.
    pub(super) fn poll_read_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => tcp.poll_read_ready(context),
            Self::Tls(tls) => {
                let (tcp, session) = tls.get_mut();
                // What TLS has opened already makes no socket ready.
                match session.process_new_packets() {
                    Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {
                        tcp.poll_read_ready(context)
                    }
                    _ => Poll::Ready(Ok(())),
                }
            }
            Self::Pipe(pipe) => pipe.poll_read_ready(context),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(context, buffer),
            Self::Pipe(pipe) => Pin::new(pipe).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(context, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_write(context, buffer),
            Self::Pipe(pipe) => Pin::new(pipe).poll_write(context, buffer),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write_vectored(context, buffers),
            Self::Tls(tls) => Pin::new(tls).poll_write_vectored(context, buffers),
            Self::Pipe(pipe) => Pin::new(pipe).poll_write_vectored(context, buffers),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_write_vectored(),
            Self::Tls(tls) => tls.is_write_vectored(),
            Self::Pipe(pipe) => pipe.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Self::Tls(tls) => Pin::new(tls).poll_flush(context),
            Self::Pipe(pipe) => Pin::new(pipe).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(context),
            Self::Pipe(pipe) => Pin::new(pipe).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use futures_util::future::poll_fn;
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio_rustls::{TlsAcceptor, TlsConnector, client};

    use super::*;

    /// Two ends of a connection under TLS.
    pub(in super::super) async fn tls_pair() -> (Stream, client::TlsStream<TcpStream>) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let own = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(own).unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (tcp, _) = listener.accept().await.unwrap();
        let (acceptor, connector) = (
            TlsAcceptor::from(Arc::new(server)),
            TlsConnector::from(Arc::new(client)),
        );
        let name = ServerName::try_from("localhost").unwrap();
        let (here, there) = tokio::join!(acceptor.accept(tcp), connector.connect(name, peer));
        (Stream::Tls(Box::new(here.unwrap())), there.unwrap())
    }

    #[test]
    fn a_plain_connection_is_no_larger_than_its_socket() {
        assert_eq!(size_of::<Stream>(), size_of::<TcpStream>());
    }

    #[tokio::test]
    async fn what_tls_has_opened_already_is_ready() {
        let (mut here, mut there) = tls_pair().await;
        there.write_all(b"two parts").await.unwrap();
        let mut part = [0; 4];
        here.read_exact(&mut part).await.unwrap();
        // The socket has nothing more to give.
        let ready = poll_fn(|context| Poll::Ready(here.poll_read_ready(context))).await;
        assert!(ready.is_ready());
        let mut rest = [0; 5];
        here.read_exact(&mut rest).await.unwrap();
        let ready = poll_fn(|context| Poll::Ready(here.poll_read_ready(context))).await;
        assert!(ready.is_pending());
    }
}
