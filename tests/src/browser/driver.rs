//! The driver's process, and how each browser is told to start.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use super::{Kind, Options, Proxy, language};
use crate::process::Process;

/// How often a driver is started that does not come to listen.
const STARTS: usize = 3;

/// A running chromedriver or geckodriver on a free port.
#[derive(Debug)]
pub(super) struct Driver {
    kind: Kind,
    process: Process,
    port: u16,
}

impl Driver {
    /// Starts a driver that keeps what it and the browser write below the profile's folder.
    pub(super) async fn start(kind: Kind, profile: &Path) -> Result<Self> {
        let temporary = profile.join("tmp");
        std::fs::create_dir_all(&temporary)?;
        let environment = [("TMPDIR".to_owned(), temporary.display().to_string())];
        let (program, arguments, marker): (_, &[&str], _) = match kind {
            Kind::Chromium => (
                "chromedriver".into(),
                &["--port=0"],
                "started successfully on port ",
            ),
            Kind::Firefox => {
                let arguments = &["--port", "0", "--websocket-port", "0", "--allow-system-access"];
                (geckodriver(), arguments, "Listening on 127.0.0.1:")
            }
        };
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (process, port) = listening(&program, &arguments, &environment, marker).await?;
        Ok(Self { kind, process, port })
    }

    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Starts the browser on a profile.
    pub(super) async fn connect(&self, options: &Options, profile: &Path) -> Result<Client> {
        let profile = profile.to_str().context("the profile's path is not UTF-8")?;
        let capabilities = match self.kind {
            Kind::Chromium => chromium(options, profile),
            Kind::Firefox => firefox(options, profile),
        };
        let Value::Object(capabilities) = capabilities else {
            anyhow::bail!("capabilities are an object")
        };
        let url = format!("http://127.0.0.1:{}", self.port);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&url).await;
        client.with_context(|| format!("starting {:?}", self.kind))
    }
}

/// Starts a driver that says where it listens, again if it ends before that. Both drivers are given port 0 and take a
/// free one, but chromedriver takes the same one for IPv4 and IPv6, and another process may have the second.
async fn listening(
    program: &Path,
    arguments: &[String],
    environment: &[(String, String)],
    marker: &str,
) -> Result<(Process, u16)> {
    let mut ends = Vec::new();
    while ends.len() < STARTS {
        let mut process = Process::start(program, arguments, environment)?;
        match process.line_after(marker).await {
            Ok(line) => {
                let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
                let port = digits.parse().with_context(|| format!("no port in {line:?}"))?;
                return Ok((process, port));
            }
            Err(error) => ends.push(error.to_string()),
        }
    }
    let program = program.display();
    anyhow::bail!("{program} was started {STARTS} times:\n{}", ends.join("\n"))
}

/// Where `build.sh` keeps it, or the one on the path.
fn geckodriver() -> PathBuf {
    std::env::var_os("SOTTO_GECKODRIVER").map_or_else(|| "geckodriver".into(), PathBuf::from)
}

fn chromium(options: &Options, profile: &str) -> Value {
    let mut flags: Vec<String> = [
        "--headless",
        // Root has no sandbox of its own; the page is ours.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        // It would call out otherwise.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-default-apps",
        "--lang=en",
    ]
    .map(ToOwned::to_owned)
    .into();
    flags.push(format!("--user-data-dir={profile}"));
    if let Some(Proxy { address, except }) = options.proxy {
        flags.push(format!("--proxy-server={address}"));
        // `<-loopback>`: loopback addresses are no exception.
        flags.push(format!("--proxy-bypass-list=<-loopback>;{except}"));
    }
    flags.extend(options.chromium_flags.iter().cloned());
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "binary": "/usr/bin/chromium",
            "args": flags,
            "prefs": { "intl.accept_languages": language::of(options) },
        },
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

fn firefox(options: &Options, profile: &str) -> Value {
    let mut preferences = Map::from_iter([
        ("intl.accept_languages".to_owned(), json!(language::of(options))),
        ("browser.cache.disk.enable".to_owned(), json!(true)),
    ]);
    if let Some(Proxy { address, except }) = options.proxy {
        preferences.insert("network.proxy.type".to_owned(), json!(1));
        for scheme in ["http", "ssl"] {
            preferences.insert(format!("network.proxy.{scheme}"), json!(address.ip().to_string()));
            preferences.insert(format!("network.proxy.{scheme}_port"), json!(address.port()));
        }
        // Loopback addresses are no exception.
        preferences.insert("network.proxy.allow_hijacking_localhost".to_owned(), json!(true));
        preferences.insert(
            "network.proxy.no_proxies_on".to_owned(),
            json!(except.to_string()),
        );
    }
    preferences.extend(options.firefox_preferences.iter().cloned());
    json!({
        "browserName": "firefox",
        "moz:firefoxOptions": { "args": ["-headless", "-profile", profile], "prefs": preferences },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A driver that listens the second time that it is started, and one that never does.
    #[tokio::test]
    async fn a_driver_that_ends_too_soon_is_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let shell = |script: &str| {
            [
                "-c".to_owned(),
                script.to_owned(),
                folder.path().display().to_string(),
            ]
        };
        let late = r#"mkdir "$0/once" && exit 1; echo "Listening on 127.0.0.1:4321"; exec sleep 600"#;
        let (_driver, port) = listening(Path::new("sh"), &shell(late), &[], "127.0.0.1:")
            .await
            .unwrap();
        assert_eq!(port, 4321);
        let never = r#"echo x >>"$0/starts"; echo "Address in use" >&2"#;
        let error = listening(Path::new("sh"), &shell(never), &[], "127.0.0.1:")
            .await
            .unwrap_err();
        assert_eq!(error.to_string().matches("Address in use").count(), STARTS);
        assert_eq!(
            std::fs::read_to_string(folder.path().join("starts")).unwrap(),
            "x\n".repeat(STARTS)
        );
    }
}
