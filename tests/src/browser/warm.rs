//! What Firefox makes of its own scripts when a profile is new, kept for the profiles after it: a third of what such a start
//! costs. It comes from a profile that opened no page, so nothing of any page is in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tokio::sync::OnceCell;

use super::driver::Driver;
use super::{Kind, Options};
use crate::relay_process::program_folder;

/// Its caches, and for which Firefox they are: another one throws them away.
const KEPT: [&str; 2] = ["startupCache", "compatibility.ini"];

/// Where they are, once it is known.
static STORE: OnceCell<PathBuf> = OnceCell::const_new();

/// Gives them to a new profile.
pub(super) async fn lend(profile: &Path) -> Result<()> {
    let store = STORE.get_or_try_init(store).await?;
    copy(store, profile)
}

/// Beside the running program, made by whichever test comes first.
async fn store() -> Result<PathBuf> {
    let version = Command::new("firefox-esr").arg("--version").output()?.stdout;
    let version = String::from_utf8(version)?.trim().replace(' ', "-");
    let folder = program_folder()?;
    let store = folder.join(format!("{version}-startup"));
    if store.exists() {
        return Ok(store);
    }
    let profile = tempfile::tempdir()?;
    let driver = Driver::start(Kind::Firefox, profile.path()).await?;
    let client = driver.connect(&Options::default(), profile.path()).await?;
    // They are written as it ends.
    client.close().await?;
    drop(driver);
    let made = tempfile::tempdir_in(folder)?;
    copy(profile.path(), made.path())?;
    let moved = fs::rename(made.path(), &store);
    ensure!(moved.is_ok() || store.exists(), "{}: {moved:?}", store.display());
    Ok(store)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for name in KEPT {
        let (from, to) = (from.join(name), to.join(name));
        if !from.is_dir() {
            fs::copy(&from, &to).with_context(|| format!("{}", from.display()))?;
            continue;
        }
        fs::create_dir_all(&to)?;
        for file in fs::read_dir(&from)? {
            let file = file?;
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    Ok(())
}
