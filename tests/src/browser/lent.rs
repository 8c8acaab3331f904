//! Browsers that one test has after another, since starting one costs more processor time than most stories do in it.
//! Before the next one has it, its tabs are closed, and what it keeps of them is deleted. What is about that very thing
//! (what a browser keeps, its history, its clipboard) starts a browser of its own: [`Browser::start`].

use std::io::Write as _;
use std::ops::Deref;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use super::{Browser, Kind, Options, view};

/// How long a browser may take to be cleared; one that takes longer is ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ends, once its input does, every browser that it was told of (a session, its folder) and that is still there: nothing
/// else does when a test's process ends, for what is static is not dropped.
const UNDERTAKER: &str = r#"
trap '' HUP INT TERM
told=
while read -r session folder; do told="$told $session:$folder"; done
for one in $told; do
  session=${one%%:*} folder=${one#*:}
  [ -d "$folder" ] || continue
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    id=${line%% *}
    set -- ${line##*) }
    [ "$4" != "$session" ] || kill -KILL "$id"
  done
  # What was ended a moment ago may still write.
  until rm -rf "$folder"; do sleep 0.1; done
done"#;

/// All browsers that are lent, and what runs them: a test's own runtime ends with the test.
struct House {
    runtime: Runtime,
    undertaker: Mutex<ChildStdin>,
    returned: Mutex<Vec<Returned>>,
}

/// A browser that is being cleared, or was.
struct Returned {
    kind: Kind,
    options: Options,
    cleared: JoinHandle<Result<Arc<Browser>>>,
}

static HOUSE: OnceCell<House> = OnceCell::const_new();

/// A browser that somebody has: their own, which ends with this value, or a lent one, which goes to the next.
#[derive(Debug)]
pub struct Lent {
    browser: Arc<Browser>,
    goes_back: bool,
}

impl Lent {
    /// One that goes to nobody else.
    pub fn never(browser: Browser) -> Self {
        Self {
            browser: Arc::new(browser),
            goes_back: false,
        }
    }

    /// One that was started in this way, and others may have had.
    pub async fn with(kind: Kind, options: Options) -> Result<Self> {
        let house = HOUSE.get_or_try_init(async || House::open()).await?;
        let browser = house.browser(kind, options).await?;
        browser.set_size(view::size_of_the_run()).await?;
        Ok(Self {
            browser,
            goes_back: true,
        })
    }
}

impl Deref for Lent {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (true, Some(house)) = (self.goes_back, HOUSE.get()) {
            house.take_back(Arc::clone(&self.browser));
        }
    }
}

fn undertaker() -> Result<Child> {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", UNDERTAKER])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // What a terminal ends, it ends for the test's whole group.
        .process_group(0);
    Ok(shell.spawn()?)
}

impl House {
    fn open() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let undertaker = undertaker()?.stdin.context("no stdin")?;
        Ok(Self {
            runtime,
            undertaker: Mutex::new(undertaker),
            returned: Mutex::default(),
        })
    }

    /// The first that could be cleared, or another.
    async fn browser(&self, kind: Kind, options: Options) -> Result<Arc<Browser>> {
        while let Some(cleared) = self.next(kind, &options) {
            if let Ok(browser) = cleared.await? {
                return Ok(browser);
            }
        }
        let started = self.runtime.spawn(Browser::launch_anew(kind, options));
        let browser = started.await??;
        self.tell(&browser)?;
        Ok(Arc::new(browser))
    }

    fn tell(&self, browser: &Browser) -> Result<()> {
        let mut undertaker = self.undertaker.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = browser.profile().display();
        writeln!(undertaker, "{} {folder}", browser.process_id()).context("telling who ends browsers")
    }

    fn next(&self, kind: Kind, options: &Options) -> Option<JoinHandle<Result<Arc<Browser>>>> {
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        let place = returned
            .iter()
            .position(|one| one.kind == kind && one.options == *options)?;
        Some(returned.remove(place).cleared)
    }

    /// Clears it at once, so that nothing of it goes on beside the next story.
    fn take_back(&self, browser: Arc<Browser>) {
        let (kind, options) = (browser.kind, browser.options.clone());
        let cleared = self.runtime.spawn(async move {
            tokio::time::timeout(PATIENCE, browser.clear()).await??;
            Ok(browser)
        });
        self.returned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Returned {
                kind,
                options,
                cleared,
            });
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    /// Whoever is told of is ended when nobody is there to tell of more; who has no folder any more is somebody else.
    #[test]
    fn what_is_left_is_ended_and_nothing_else() {
        let sleeper = || {
            let child = Command::new("setsid").args(["sleep", "600"]).spawn().unwrap();
            // From then on it has a session of its own.
            let name = format!("/proc/{}/comm", child.id());
            while std::fs::read_to_string(&name).unwrap() != "sleep\n" {
                std::thread::yield_now();
            }
            child
        };
        let (mut left, mut other) = (sleeper(), sleeper());
        let (folder, gone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("kept"), "x").unwrap();
        let mut undertaker = undertaker().unwrap();
        let mut told = undertaker.stdin.take().unwrap();
        writeln!(told, "{} {}", left.id(), folder.path().display()).unwrap();
        writeln!(told, "{} {}", other.id(), gone.path().display()).unwrap();
        gone.close().unwrap();
        assert!(
            left.try_wait().unwrap().is_none() && folder.path().exists(),
            "it is told first"
        );
        drop(told);
        assert!(undertaker.wait().unwrap().success());
        assert_eq!(left.wait().unwrap().signal(), Some(9));
        assert!(!folder.path().exists());
        assert!(other.try_wait().unwrap().is_none(), "another is ended");
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
