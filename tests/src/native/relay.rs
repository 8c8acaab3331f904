//! The relay in this very process: its real listener, its real database.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sotto_relay::{Config, Relay};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, oneshot};

/// A data folder of which each relay gets a copy: one deployment, so one salt, so one run of Argon2id for each secret.
static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();

/// A relay on a port of its own.
pub struct TestRelay {
    address: SocketAddr,
    flags: Vec<String>,
    data: TempDir,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<Result<()>>,
}

impl TestRelay {
    /// A relay with an empty database.
    pub async fn start(flags: &[&str]) -> Result<Self> {
        let template = TEMPLATE.get_or_try_init(template).await?;
        let data = tempfile::tempdir()?;
        copy(template.path(), data.path())?;
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let running = Some(run(listener, data.path(), &flags)?);
        Ok(Self {
            address,
            flags,
            data,
            running,
        })
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Stops it as SIGTERM does.
    pub async fn stop(&mut self) -> Result<()> {
        if let Some(running) = self.running.take() {
            running.end().await?;
        }
        Ok(())
    }

    /// Starts it again on the same data and port.
    pub async fn start_again(&mut self) -> Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        self.running = Some(run(listener, self.data.path(), &self.flags)?);
        Ok(())
    }
}

impl Running {
    async fn end(self) -> Result<()> {
        let _ = self.stop.send(());
        self.ended.await?
    }
}

fn run(listener: TcpListener, data: &Path, flags: &[String]) -> Result<Running> {
    let data = data.to_str().context("a path of text")?;
    let flags = ["--data", data]
        .into_iter()
        .map(str::to_owned)
        .chain(flags.iter().cloned());
    let config = Config::from_flags(flags)?;
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        // A test that is over has dropped the sender: that stops it too.
        let _ = stopped.await;
    };
    let (end, ended) = oneshot::channel();
    let listener = listener.into_std()?;
    // A thread and a runtime of its own, as it has as a process.
    std::thread::spawn(move || {
        let _ = end.send(serve(listener, shutdown, config));
    });
    Ok(Running { stop, ended })
}

fn serve(
    listener: std::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send,
    config: Config,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        Relay::serve(listener, shutdown, config).await?;
        Ok(())
    })
}

async fn template() -> Result<TempDir> {
    let data = tempfile::tempdir()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let running = run(listener, data.path(), &[])?;
    // It answers once the database is there.
    super::Raw::connect(&address.to_string()).await?;
    running.end().await?;
    Ok(data)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let path: PathBuf = entry?.path();
        let name = path.file_name().context("a name")?;
        std::fs::copy(&path, to.join(name))?;
    }
    Ok(())
}
