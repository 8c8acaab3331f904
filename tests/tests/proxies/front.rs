//! nginx and Caddy in the foreground, with the very files of `deploy/`: only names, ports and addresses are others.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sotto_tests::process::Process;
use sotto_tests::wait::until;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

/// Where the proxies listen; the rest of this machine's tests are on 127.0.0.1.
const HOST: &str = "127.0.0.2";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

/// An exact string of the file, and what stands in its place.
pub(crate) type Edit<'a> = (&'a str, &'a str);

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Nginx, Self::Caddy];

    /// The file of `deploy/`.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Nginx => include_str!("../../../deploy/nginx.conf"),
            Self::Caddy => include_str!("../../../deploy/Caddyfile"),
        }
    }
}

/// A running proxy.
#[derive(Debug)]
pub(crate) struct Front {
    process: Process,
    folder: TempDir,
    address: String,
    plain: String,
}

impl Front {
    /// Starts a proxy in front of `relay`, which is `host:port`.
    pub(crate) async fn start(kind: Kind, relay: &str, edits: &[Edit<'_>]) -> Result<Self> {
        let mut text = edited(kind.file(), edits)?;
        let folder = tempfile::tempdir()?;
        let [address, plain] = [free_address().await?, free_address().await?];
        text = edited(&text, &[("127.0.0.1:8080", relay)])?;
        let process = match kind {
            Kind::Nginx => nginx(folder.path(), &text, &address, &plain)?,
            Kind::Caddy => caddy(folder.path(), &text, &address)?,
        };
        let started = until("a proxy", async || Ok(TcpStream::connect(&address).await.ok())).await;
        started.with_context(|| process.printed())?;
        Ok(Self {
            process,
            folder,
            address,
            plain,
        })
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// `host:port` of nginx's server that sends on to HTTPS.
    pub(crate) fn plain(&self) -> &str {
        &self.plain
    }

    /// Ends it, and gives all that it wrote down.
    pub(crate) async fn stop(mut self) -> Result<String> {
        ensure!(
            self.process.terminate().await?,
            "it did not end well: {}",
            self.process.printed()
        );
        let mut written = self.process.printed();
        for log in ["access.log", "error.log"] {
            written.push_str(&fs::read_to_string(self.folder.path().join(log)).unwrap_or_default());
        }
        Ok(written)
    }
}

/// The text with these edits, each of which must find something.
pub(crate) fn edited(text: &str, edits: &[Edit<'_>]) -> Result<String> {
    edits.iter().try_fold(text.to_owned(), |text, &(from, to)| {
        ensure!(text.contains(from), "the file does not hold {from:?}:\n{text}");
        Ok(text.replace(from, to))
    })
}

async fn free_address() -> Result<String> {
    let listener = TcpListener::bind((HOST, 0)).await?;
    Ok(listener.local_addr()?.to_string())
}

/// Includes the file where Debian's nginx.conf would, with that file's logs and compression.
fn nginx(folder: &Path, text: &str, address: &str, plain: &str) -> Result<Process> {
    let at = folder.to_str().context("a path")?;
    let mut text = edited(
        text,
        &[
            ("listen 80;", &format!("listen {plain};")),
            ("    listen [::]:80;\n", ""),
            ("    listen [::]:443 ssl;\n", ""),
        ],
    )?;
    if text.contains(" /etc/letsencrypt/") {
        let certificate = ["fullchain", "privkey"].map(|name| {
            let option = if name == "privkey" { "_key" } else { "" };
            format!("    ssl_certificate{option} /etc/letsencrypt/live/relay.example/{name}.pem;\n")
        });
        let listen = format!("listen {address};");
        text = edited(
            &text,
            &[
                ("listen 443 ssl;", &listen),
                (&certificate[0], ""),
                (&certificate[1], ""),
            ],
        )?;
    } else {
        text = edited(&text, &[("listen 443 ssl;", &format!("listen {address} ssl;"))])?;
    }
    fs::write(folder.join("sotto.conf"), text)?;
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {at}/{what};\n"))
        .concat();
    let around = format!(
        "pid {at}/pid;\nerror_log {at}/error.log;\nevents {{}}\nhttp {{\naccess_log {at}/access.log;\ngzip on;\n\
         {temporary}include {at}/sotto.conf;\n}}\n"
    );
    let main = format!("{at}/nginx.conf");
    fs::write(&main, around)?;
    let arguments = [
        "-p",
        at,
        "-e",
        &format!("{at}/error.log"),
        "-c",
        &main,
        "-g",
        "daemon off;",
    ];
    Process::start(Path::new("nginx"), &arguments.map(ToOwned::to_owned), &[])
}

fn caddy(folder: &Path, text: &str, address: &str) -> Result<Process> {
    let at = folder.to_str().context("a path")?;
    let text = edited(
        text,
        &[
            ("\nrelay.example {", &format!("\nhttp://{address} {{")),
            // Another Caddy of this machine may have the port of its interface.
            ("\n\tlog {\n", "\n\tadmin off\n\tlog {\n"),
        ],
    )?;
    let file = format!("{at}/Caddyfile");
    fs::write(&file, text)?;
    let arguments = ["run", "--adapter", "caddyfile", "--config", &file];
    let environment =
        ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name.to_owned(), at.to_owned()));
    Process::start(
        Path::new("caddy"),
        &arguments.map(ToOwned::to_owned),
        &environment,
    )
}
