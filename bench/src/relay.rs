//! The relay that is measured: the release binary in a process of its own.

use anyhow::{Context as _, Result};
use sotto_tests::relay_process::RelayProcess;

/// Settings under which one machine may play many people: attempts stay at the price of a relay at rest, as many
/// connections are let in as the system has files for, and frames are not counted. All else is as people run it.
const FLAGS: [&str; 6] = ["--calm", "60000000", "--connections", "19000", "--ping", "10m"];
const UNCOUNTED: [&str; 4] = ["--frames", "1000000", "--burst", "1000000"];
/// The same for a relay in this process, save how many connections are let in.
pub(crate) const IN_PROCESS: [&str; 8] = [
    "--calm", "60000000", "--ping", "10m", "--frames", "1000000", "--burst", "1000000",
];

/// A relay.
#[derive(Debug)]
pub(crate) struct Relay(RelayProcess);

impl Relay {
    /// Starts one on an empty database.
    pub(crate) async fn start(more: &[&str]) -> Result<Self> {
        Self::counting(&UNCOUNTED.iter().chain(more).copied().collect::<Vec<_>>()).await
    }

    /// The same, but frames are counted as people's are.
    pub(crate) async fn counting(more: &[&str]) -> Result<Self> {
        let flags: Vec<&str> = FLAGS.iter().chain(more).copied().collect();
        Ok(Self(RelayProcess::start(&flags).await?))
    }

    /// Ends it in good order, has something done to its data, and starts it again.
    pub(crate) async fn between<T>(
        self,
        work: impl FnOnce(&std::path::Path) -> Result<T>,
    ) -> Result<(Self, T)> {
        let stopped = self.0.stop().await?;
        let done = work(stopped.data())?;
        Ok((Self(stopped.start().await?), done))
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.0.address()
    }

    /// Where its database lies.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.0.data()
    }

    /// Where its dashboard listens, if it was started with one.
    pub(crate) fn admin(&mut self) -> Result<String> {
        let printed = self.0.process().printed();
        let (_, rest) = printed
            .split_once("dashboard on http://")
            .context("no dashboard")?;
        Ok(rest.split('/').next().unwrap_or_default().to_owned())
    }

    /// Its process.
    pub(crate) fn id(&mut self) -> u32 {
        self.0.process().id()
    }
}
