//! The relay process, with its address parsed.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use sotto_tests::relay_process::RelayProcess;

pub(crate) struct Relay {
    pub(crate) process: RelayProcess,
    address: SocketAddr,
}

/// Starts a relay on an empty folder.
pub(crate) async fn start(flags: &[&str]) -> Result<Relay> {
    start_in(flags, &[]).await
}

/// Starts one with environment variables, too.
pub(crate) async fn start_in(flags: &[&str], environment: &[(&str, &str)]) -> Result<Relay> {
    let process = RelayProcess::start_in(flags, environment).await?;
    let address = process.address().parse()?;
    Ok(Relay { process, address })
}

impl Relay {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn data(&self) -> &Path {
        self.process.data()
    }

    /// Kills it at once and starts it again on the same folder and port.
    pub(crate) async fn crash_and_restart(self) -> Result<Self> {
        let Self { process, address } = self;
        Ok(Self {
            process: process.crash_and_restart().await?,
            address,
        })
    }
}
