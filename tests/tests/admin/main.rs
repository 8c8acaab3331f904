//! The dashboard: in real browsers, and as whoever talks HTTP sees it, against the relay's own program.

mod browsers;
mod http;
mod pictures;
mod source;

use anyhow::{Context, Result};
use sotto_relay::admin::password;
use sotto_tests::native::{Person, meet};
use sotto_tests::relay_process::RelayProcess;

const PASSWORD: &str = "correct horse battery staple";

/// A relay with a dashboard, its password set.
struct Watched {
    relay: RelayProcess,
    /// `127.0.0.1:PORT` of the dashboard.
    admin: String,
}

impl Watched {
    async fn start(flags: &[&str]) -> Result<Self> {
        let mut all = vec!["--admin-listen", "127.0.0.1:0"];
        all.extend_from_slice(flags);
        let mut relay = RelayProcess::start(&all).await?;
        password::set(relay.data(), PASSWORD)?;
        let printed = relay.process().printed();
        let (_, rest) = printed
            .split_once("dashboard on http://")
            .context("the dashboard's address is printed")?;
        let admin = rest
            .split('/')
            .next()
            .context("an address ends with a path")?
            .to_owned();
        Ok(Self { relay, admin })
    }

    fn url(&self) -> String {
        format!("http://{}/admin", self.admin)
    }

    /// Two people who talk: so many messages each, all read.
    async fn talk(&self, messages: usize) -> Result<(Person, Person)> {
        let (mut alice, mut bob) = meet(self.relay.address(), self.relay.address()).await?;
        for number in 0..messages {
            let text = format!("a text of alice's, number {number}");
            alice.sends(&text).await?;
            let message = bob.sees(&text).await?;
            bob.reads(&message);
            alice.sees_read_by(1).await?;
            let text = format!("a text of bob's, number {number}");
            bob.sends(&text).await?;
            alice.sees(&text).await?;
        }
        Ok((alice, bob))
    }
}
