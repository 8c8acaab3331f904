//! The relay's own program, which has a certificate issued.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustls::pki_types::CertificateDer;
use sotto_relay::Config;
use sotto_relay::commands::healthcheck;
use sotto_tests::native::Place;
use sotto_tests::process::Process;
use sotto_tests::relay_process::binary;
use sotto_tests::wait::{until, within};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::authority::{Authority, free_port};

/// The name that it is reached under.
pub(crate) const NAME: &str = "relay.example";

/// A running relay.
#[derive(Debug)]
pub(crate) struct Relay {
    process: Process,
    data: TempDir,
    port: u16,
    admin: u16,
    /// How much of what it logged was looked at.
    seen: usize,
}

impl Relay {
    /// Starts one on this port and an empty folder.
    pub(crate) async fn start(port: u16, authority: &Authority) -> Result<Self> {
        Self::start_on(tempfile::tempdir()?, port, NAME, authority).await
    }

    /// On what an earlier one left, and for these names.
    pub(crate) async fn start_on(
        data: TempDir,
        port: u16,
        names: &str,
        authority: &Authority,
    ) -> Result<Self> {
        let admin = free_port().await?;
        let given = [
            "serve",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--admin-listen",
            &format!("127.0.0.1:{admin}"),
            "--data",
            data.path().to_str().context("a path of text")?,
            "--acme-domain",
            names,
        ]
        .map(str::to_owned);
        let flags: Vec<String> = given.into_iter().chain(authority.flags()).collect();
        let process = Process::start(&binary()?, &flags, &[("RUST_LOG".to_owned(), "trace".to_owned())])?;
        let mut relay = Self {
            process,
            data,
            port,
            admin,
            seen: 0,
        };
        relay.says("listening on https://").await?;
        // What its tasks say may come before that.
        relay.seen = 0;
        Ok(relay)
    }

    /// Waits for a line that it logs, and gives what follows these words. The next call looks after it.
    pub(crate) async fn says(&mut self, words: &str) -> Result<String> {
        let wanted = format!("{words:?}");
        let found = within(Duration::from_mins(1), &wanted, async || {
            let said = self.said();
            let new = said.get(self.seen..).unwrap_or_default();
            let after = new.split_once(words);
            let rest = after.and_then(|(before, after)| Some((before.len(), after.split_once('\n')?.0)));
            Ok(rest.map(|(before, rest)| (before + words.len() + rest.len(), rest.to_owned())))
        });
        let (end, rest) = found.await.with_context(|| self.said())?;
        self.seen += end;
        Ok(rest)
    }

    /// All that it logged.
    pub(crate) fn said(&self) -> String {
        self.process.printed()
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Where people reach it who trust this root.
    pub(crate) fn place(&self, root: &CertificateDer<'_>) -> Result<Place> {
        Place::secure(
            &format!("127.0.0.1:{}", self.port),
            NAME,
            std::slice::from_ref(root),
        )
    }

    /// The page that tells whoever runs the relay how it is.
    pub(crate) async fn health(&self) -> Result<String> {
        let mut stream = until("the admin listener", async || {
            Ok(TcpStream::connect(("127.0.0.1", self.admin)).await.ok())
        })
        .await?;
        let request = "GET /healthz?verbose HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    /// What `sotto-relay healthcheck` says with its settings.
    pub(crate) async fn healthcheck(&self) -> Result<String> {
        let listen = format!("127.0.0.1:{}", self.port);
        let data = self.data().to_str().context("a path of text")?;
        let flags = ["--listen", &listen, "--data", data, "--acme-domain", NAME];
        healthcheck(&Config::from_flags(flags)?).await
    }

    /// Ends it as an operator does. Gives what it left.
    pub(crate) async fn stop(mut self) -> Result<TempDir> {
        ensure!(
            self.process.terminate().await?,
            "it did not end well: {}",
            self.said()
        );
        Ok(self.data)
    }

    /// Ends it as a power cut does.
    pub(crate) async fn crash(self) -> Result<TempDir> {
        self.process.kill().await?;
        Ok(self.data)
    }
}
