//! A network that can be cut: a TCP proxy in front of the relay.

use std::sync::Arc;

use anyhow::Result;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Carries bytes between browser and relay until it is cut.
#[derive(Debug)]
pub struct Cable {
    address: String,
    whole: Arc<watch::Sender<bool>>,
}

impl Cable {
    /// Lays a cable to a relay's address.
    pub async fn lay(relay: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let whole = Arc::new(watch::Sender::new(true));
        tokio::spawn(carry_all(listener, relay.to_owned(), Arc::clone(&whole)));
        Ok(Self { address, whole })
    }

    /// The page's address at this end.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Ends every connection and takes no new one.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry_all(listener: TcpListener, relay: String, whole: Arc<watch::Sender<bool>>) {
    while let Ok((near, _)) = listener.accept().await {
        let mut state = whole.subscribe();
        if *state.borrow_and_update() {
            let relay = relay.clone();
            tokio::spawn(async move {
                tokio::select! {
                    _ = carry(near, &relay) => {}
                    _ = state.changed() => {}
                }
            });
        }
    }
}

async fn carry(mut near: TcpStream, relay: &str) -> Result<()> {
    let mut far = TcpStream::connect(relay).await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
