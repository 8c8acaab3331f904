//! Pebble, Let's Encrypt's own small authority for tests, and the name server that it asks: both of Debian's package.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail, ensure};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sotto_tests::native::Place;
use sotto_tests::process::Process;
use sotto_tests::wait::until;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What to make other than usual.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    /// For how many seconds a certificate holds.
    pub(crate) validity: u32,
    /// Whether it takes its time before it looks, as a real one does: up to 15 s.
    pub(crate) is_slow: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            validity: 90 * 24 * 3600,
            is_slow: false,
        }
    }
}

/// A running authority.
#[derive(Debug)]
pub(crate) struct Authority {
    pebble: Option<Process>,
    names: Process,
    folder: TempDir,
    /// Where it is, where it tells its root, where its name server is told what to say, and where that answers.
    ports: [u16; 4],
    habits: Habits,
    looked_at: u16,
}

impl Authority {
    /// One that looks at this port of this machine, whatever the name.
    pub(crate) async fn start(looked_at: u16, habits: Habits) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        fs::write(folder.path().join("cert.pem"), made.cert.pem())?;
        fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem())?;
        let mut ports = [0; 4];
        for port in &mut ports {
            *port = free_port().await?;
        }
        let names = start_names(ports)?;
        let mut authority = Self {
            pebble: None,
            names,
            folder,
            ports,
            habits,
            looked_at,
        };
        authority.start_again().await?;
        Ok(authority)
    }

    /// Starts it: it has forgotten all accounts and orders, and has another root.
    pub(crate) async fn start_again(&mut self) -> Result<()> {
        let [here, management, control, server] = self.ports;
        let at = |file: &str| self.folder.path().join(file).display().to_string();
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{here}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": at("cert.pem"),
            "privateKey": at("key.pem"),
            "httpPort": 1,
            "tlsPort": self.looked_at,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": self.habits.validity,
        }});
        fs::write(at("config.json"), config.to_string())?;
        let arguments = [
            "-config".to_owned(),
            at("config.json"),
            "-strict".to_owned(),
            "-dnsserver".to_owned(),
            format!("127.0.0.1:{server}"),
        ];
        let mut environment = Vec::new();
        if !self.habits.is_slow {
            environment.push(("PEBBLE_VA_NOSLEEP".to_owned(), "1".to_owned()));
        }
        self.pebble = Some(Process::start(Path::new("pebble"), &arguments, &environment)?);
        for port in [here, management, control] {
            until("an authority", async || {
                Ok(TcpStream::connect(("127.0.0.1", port)).await.ok())
            })
            .await?;
        }
        Ok(())
    }

    /// Ends it.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        match self.pebble.take() {
            Some(pebble) => pebble.kill().await,
            None => Ok(()),
        }
    }

    /// What the relay is told of it.
    pub(crate) fn flags(&self) -> Vec<String> {
        vec![
            "--acme-directory".to_owned(),
            format!("https://localhost:{}/dir", self.ports[0]),
            "--acme-root".to_owned(),
            self.root_of_itself().display().to_string(),
        ]
    }

    /// What its own server is known by.
    pub(crate) fn root_of_itself(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// What those are known by that it issues for.
    pub(crate) async fn root(&self) -> Result<CertificateDer<'static>> {
        let own = CertificateDer::from_pem_file(self.root_of_itself())?;
        let place = Place::secure(&format!("127.0.0.1:{}", self.ports[1]), "localhost", &[own])?;
        let mut stream = place.stream().await?;
        let request = "GET /roots/0 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        CertificateDer::from_pem_slice(&answer).context("a root in PEM")
    }

    /// Where every name leads from now on; nowhere if to nothing.
    pub(crate) async fn lead_names_to(&self, address: &str) -> Result<()> {
        let body = serde_json::json!({ "ip": address }).to_string();
        let request = format!(
            "POST /set-default-ipv4 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.ports[2])).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Ok(())
    }

    /// How many orders, or accounts, it was asked for since it was started.
    pub(crate) fn asked_for(&self, what: &str) -> usize {
        let printed = self.pebble.as_ref().map(Process::printed).unwrap_or_default();
        printed.lines().filter(|line| line.contains(what)).count()
    }

    /// All that it said.
    pub(crate) fn printed(&self) -> String {
        self.pebble.as_ref().map(Process::printed).unwrap_or_default() + &self.names.printed()
    }
}

fn start_names([_, _, control, server]: [u16; 4]) -> Result<Process> {
    let arguments = [
        "-management",
        &format!("127.0.0.1:{control}"),
        "-dns01",
        &format!("127.0.0.1:{server}"),
        "-defaultIPv4",
        "127.0.0.1",
        "-defaultIPv6",
        "",
        "-http01",
        "",
        "-https01",
        "",
        "-tlsalpn01",
        "",
    ];
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    Process::start(Path::new("pebble-challtestsrv"), &arguments, &[])
}

/// A port that nobody has, nor will before it is used: no other test here is given it, and the system gives none of these to
/// connections that go out (`ip_local_port_range`).
pub(crate) async fn free_port() -> Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    for _ in 0..100 {
        let port = 20_000 + GIVEN.fetch_add(1, Ordering::Relaxed) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port")
}
