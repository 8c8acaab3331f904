//! Child processes that go with the test, and all that they started with them.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fs, process};

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A child process in a session of its own (a browser's helpers leave its process group, but not its session).
#[derive(Debug)]
pub struct Process {
    child: Child,
    session: u32,
    lines: mpsc::UnboundedReceiver<String>,
    printed: Arc<Mutex<String>>,
    /// What reads its two streams, to their end.
    readers: [JoinHandle<()>; 2],
}

impl Process {
    /// Starts a program; what it prints on either stream arrives line by line.
    pub fn start(program: &Path, arguments: &[String], environment: &[(String, String)]) -> Result<Self> {
        let mut child = Command::new("setsid")
            .arg(program)
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let session = child.id().context("the child has ended already")?;
        let (sender, lines) = mpsc::unbounded_channel();
        let printed = Arc::default();
        let readers = [
            forward(
                child.stdout.take().context("no stdout")?,
                sender.clone(),
                &printed,
            ),
            forward(child.stderr.take().context("no stderr")?, sender, &printed),
        ];
        Ok(Self {
            child,
            session,
            lines,
            printed,
            readers,
        })
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.session
    }

    /// Reads lines until one holds `marker`, and gives what follows it. All lines before it are dropped.
    pub async fn line_after(&mut self, marker: &str) -> Result<String> {
        let mut seen = String::new();
        while let Some(line) = self.lines.recv().await {
            if let Some((_, rest)) = line.split_once(marker) {
                return Ok(rest.to_owned());
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        anyhow::bail!("the process ended and did not print {marker:?}, but:\n{seen}")
    }

    /// Takes the lines printed since the last look.
    pub fn take_lines(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }

    /// All that was printed until now, whether or not it was taken.
    pub fn printed(&self) -> String {
        self.printed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How long its threads have run on a processor. What else the machine does is not in it.
    pub fn processor_time(&self) -> Result<Duration> {
        let mut total = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.session))? {
            // One that ends in this moment has no more to add.
            let counts = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            let nanoseconds = counts
                .split_whitespace()
                .next()
                .and_then(|count| count.parse::<u64>().ok());
            total += nanoseconds.unwrap_or_default();
        }
        Ok(Duration::from_nanos(total))
    }

    /// Has every write to a file fail from now on, or none.
    pub fn fail_writes(&self, fail: bool) -> Result<()> {
        let limit = if fail { "--fsize=0:" } else { "--fsize=unlimited:" };
        let done = process::Command::new("prlimit")
            .args(["--pid", &self.session.to_string(), limit])
            .status()?;
        anyhow::ensure!(done.success(), "prlimit: {done}");
        Ok(())
    }

    /// Ends the process at once, as a crash would, and all that it started.
    pub async fn kill(mut self) -> Result<()> {
        // First without a detour over a shell, so that the process does nothing more.
        self.child.start_kill()?;
        kill_session(self.session);
        self.child.wait().await?;
        Ok(())
    }

    /// Asks the process to end (SIGTERM) and waits until it has, and all that it printed is here. Gives whether it ended
    /// well.
    pub async fn terminate(&mut self) -> Result<bool> {
        signal("TERM", &[self.session]);
        let ended = self.child.wait().await?;
        for reader in self.readers.iter_mut().filter(|reader| !reader.is_finished()) {
            reader.await?;
        }
        Ok(ended.success())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        kill_session(self.session);
        let _ = self.child.try_wait();
    }
}

fn forward(
    stream: impl AsyncRead + Unpin + Send + 'static,
    sender: mpsc::UnboundedSender<String>,
    printed: &Arc<Mutex<String>>,
) -> JoinHandle<()> {
    let printed = Arc::clone(printed);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            printed.push_str(&line);
            printed.push('\n');
            drop(printed);
            // Nobody may be listening any more; the pipe is emptied all the same, so that the child does not block.
            let _ = sender.send(line);
        }
    })
}

fn kill_session(session: u32) {
    let members: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|process| session_of(*process) == Some(session))
        .collect();
    signal("KILL", &members);
}

/// The sixth field of `/proc/<id>/stat`; the second is a name in parentheses that may hold anything.
fn session_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(3)?.parse().ok()
}

fn signal(name: &str, processes: &[u32]) {
    if !processes.is_empty() {
        let list: Vec<String> = processes.iter().map(ToString::to_string).collect();
        let script = format!("kill -{name} {} 2>/dev/null", list.join(" "));
        let _ = process::Command::new("sh").args(["-c", &script]).status();
    }
}
