//! The relay as people run it: the binary, a data folder, a port of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::Process;

/// A running `sotto-relay serve`.
#[derive(Debug)]
pub struct RelayProcess {
    process: Process,
    address: String,
    data: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl RelayProcess {
    /// Starts a relay on an empty data folder; `arguments` are added to `serve`.
    pub async fn start(arguments: &[&str]) -> Result<Self> {
        Self::start_in(arguments, &[]).await
    }

    /// Starts it with environment variables, too.
    pub async fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let environment: Vec<_> = environment
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (process, address) = launch(data.path(), "127.0.0.1:0", &arguments, &environment).await?;
        Ok(Self {
            process,
            address,
            data,
            arguments,
            environment,
        })
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Where the database lies.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The running process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Kills the relay as a power cut would (`kill -9`) and starts it again on the same data and port.
    pub async fn crash_and_restart(self) -> Result<Self> {
        self.crash().await?.start().await
    }

    /// Kills the relay as a power cut would (`kill -9`) and gives the data folder back.
    pub async fn crash(self) -> Result<Stopped> {
        self.process.kill().await?;
        Ok(Stopped {
            address: self.address,
            data: self.data,
            arguments: self.arguments,
            environment: self.environment,
        })
    }

    /// Ends the relay in good order (SIGTERM) and gives the data folder back.
    pub async fn stop(mut self) -> Result<Stopped> {
        if !self.process.terminate().await? {
            bail!("the relay did not end well");
        }
        Ok(Stopped {
            address: self.address,
            data: self.data,
            arguments: self.arguments,
            environment: self.environment,
        })
    }
}

/// A relay that is down, with its data.
#[derive(Debug)]
pub struct Stopped {
    address: String,
    data: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Stopped {
    /// Starts it again on the same data and port.
    pub async fn start(self) -> Result<RelayProcess> {
        let Self {
            address,
            data,
            arguments,
            environment,
        } = self;
        let (process, address) = launch(data.path(), &address, &arguments, &environment).await?;
        Ok(RelayProcess {
            process,
            address,
            data,
            arguments,
            environment,
        })
    }

    /// Where the database lies.
    pub fn data(&self) -> &Path {
        self.data.path()
    }
}

async fn launch(
    data: &Path,
    listen: &str,
    arguments: &[String],
    environment: &[(String, String)],
) -> Result<(Process, String)> {
    let data = data.to_str().context("the data folder's path is not UTF-8")?;
    let binary = binary()?;
    let binary = binary.to_str().context("the relay's path is not UTF-8")?;
    // A write beyond the limit on files then fails like one on a full disk, and does not end the relay.
    let ignoring = "trap '' XFSZ; exec \"$@\"";
    let mut all: Vec<String> = [
        "-c", ignoring, "sh", binary, "serve", "--listen", listen, "--data", data,
    ]
    .map(ToOwned::to_owned)
    .into();
    all.extend_from_slice(arguments);
    let mut process = Process::start(Path::new("sh"), &all, environment)?;
    let address = process.line_after("listening on http").await?;
    let address = address.trim_start_matches('s').trim_start_matches("://");
    // As a sentence, or as a value of JSON.
    let end = address.find([' ', '/', '"']).unwrap_or(address.len());
    let address = address.get(..end).unwrap_or_default().to_owned();
    Ok((process, address))
}

/// What was built with the running program lies here: `target/debug` for `target/debug/deps/test-..` and for
/// `target/debug/sotto-bench`.
pub(crate) fn program_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a program lies in a folder")?;
    let above = folder.ends_with("deps").then(|| folder.parent()).flatten();
    Ok(above.unwrap_or(folder).to_owned())
}

/// The relay that was built with the running program.
pub fn binary() -> Result<PathBuf> {
    let binary = program_folder()?.join("sotto-relay");
    if !binary.exists() {
        bail!("{} is missing: `./build.sh test` builds it", binary.display());
    }
    Ok(binary)
}
