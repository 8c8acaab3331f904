//! Whether a relay with these settings would serve, and what to do where it would not. Nothing is changed or made.

use std::fmt;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::Access;

use super::acme;
use super::addresses::addresses;
use super::certificate::certificate;
use super::clock::clock;
use super::secrets::{pepper, stored, word};
use super::space::space;
use super::variables::variables;
use crate::config::Config;
use crate::data::{DATABASE, DataError, DataFolder};
use crate::page;
use crate::store::{SqliteStore, StoreError};

/// Files that a relay needs open besides its connections.
const OTHER_FILES: u64 = 64;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As it should be.
    Fine,
    /// The relay serves, but somebody should look at it.
    Note,
    /// The relay would not serve.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it is.
    pub how: How,
    /// What it is, and what was found.
    pub found: String,
    /// What to do; nothing where all is fine.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.how {
            How::Fine => "ok   ",
            How::Note => "note ",
            How::Wrong => "WRONG",
        };
        write!(f, "{word}  {}", self.found)?;
        if self.remedy.is_empty() {
            return Ok(());
        }
        write!(f, "\n       {}", self.remedy)
    }
}

pub(super) fn fine(found: impl Into<String>) -> Finding {
    finding(How::Fine, found, "")
}

pub(super) fn note(found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    finding(How::Note, found, remedy)
}

pub(super) fn wrong(found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    finding(How::Wrong, found, remedy)
}

fn finding(how: How, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    let (found, remedy) = (found.into(), remedy.into());
    Finding { how, found, remedy }
}

/// Looks at everything.
pub async fn check(config: &Config) -> Vec<Finding> {
    let database_file = config.data.join(DATABASE);
    let mut findings = variables();
    findings.extend([page_is_built(), clock(SystemTime::now(), &database_file)]);
    findings.extend(addresses(config));
    findings.push(files(config));
    findings.extend(certificate(config, SystemTime::now()));
    findings.extend(acme::findings(config).await);
    findings.extend(word(config));
    if !config.data.exists() {
        findings.push(can_be_made(&config.data));
        findings.extend(pepper(config).err());
        return findings;
    }
    let (folder, is_free) = folder(&config.data);
    let is_folder = config.data.is_dir();
    findings.extend(folder);
    if !is_folder {
        return findings;
    }
    findings.push(space(config));
    let pepper = pepper(config);
    match &pepper {
        Ok(None) => findings.push(fine("pepper: made at the first start")),
        Ok(Some(_)) => findings.push(fine("pepper: there, and of the right form")),
        Err(finding) => findings.push(finding.clone()),
    }
    if is_free {
        findings.push(database(&database_file));
        findings.extend(stored(
            &database_file,
            pepper.as_ref().ok().and_then(Option::as_ref),
        ));
    }
    findings
}

fn page_is_built() -> Finding {
    if page::is_built() {
        fine("page: in this program")
    } else {
        wrong(
            "page: not in this program",
            "Build it with ./build.sh build; cargo alone leaves the page out.",
        )
    }
}

/// Whether as many files may be open as connections are let in.
fn files(config: &Config) -> Finding {
    let wanted = u64::from(config.connections) + OTHER_FILES;
    // The one place where Linux says it to a program without system calls of its own.
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|soft| soft.parse::<u64>().ok());
    match soft {
        Some(soft) if soft < wanted => note(
            format!(
                "open files: {soft} are allowed, {wanted} are needed for --connections {}",
                config.connections
            ),
            "Raise the limit (LimitNOFILE= in a systemd unit, ulimit -n in a shell), or lower --connections.",
        ),
        Some(soft) => fine(format!("open files: {soft} are allowed")),
        None => fine("open files: no limit is known"),
    }
}

/// Whether a folder that is not there can be made at the first start.
fn can_be_made(data: &Path) -> Finding {
    let shown = data.display();
    let there = data.ancestors().find(|path| path.exists());
    let there = there.filter(|path| !path.as_os_str().is_empty());
    let there = there.unwrap_or(Path::new("."));
    if there.is_dir() && rustix::fs::access(there, Access::WRITE_OK | Access::EXEC_OK).is_ok() {
        return fine(format!("data folder: {shown} is made at the first start"));
    }
    wrong(
        format!(
            "data folder: {shown} cannot be made, for {} cannot be written",
            there.display()
        ),
        "Name another with --data, or let the user that the relay runs as write there.",
    )
}

/// The folder, and whether nobody uses it now.
fn folder(data: &Path) -> (Vec<Finding>, bool) {
    let shown = data.display();
    if !data.is_dir() {
        let found = format!("data folder: {shown} is no folder");
        return (vec![wrong(found, "Name a folder with --data.")], false);
    }
    let mut findings = vec![match DataFolder::can_be_claimed(data) {
        Ok(()) => fine(format!("data folder: {shown}")),
        Err(DataError::InUse(_)) => {
            let found =
                format!("data folder: {shown} is in use by a relay, so the database is not looked at");
            return (vec![fine(found)], false);
        }
        Err(DataError::Make(_, cause) | DataError::Lock(_, cause)) => {
            let found = format!("data folder: {shown} cannot be written: {cause}");
            let remedy = format!("Let the user that the relay runs as write there: chown -R USER {shown}");
            return (vec![wrong(found, remedy)], false);
        }
    }];
    #[cfg(unix)]
    if let Ok(meta) = data.metadata() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            findings.push(note(
                format!("data folder: others than its owner may look into {shown} (mode {mode:o})"),
                format!("chmod 700 {shown}"),
            ));
        }
    }
    (findings, true)
}

fn database(file: &Path) -> Finding {
    if !file.exists() {
        return fine("database: made at the first start");
    }
    match SqliteStore::look(file) {
        Ok(()) => fine("database: whole, and of a version that this program knows"),
        Err(error @ StoreError::Newer { .. }) => {
            wrong(format!("database: {error}"), "Install the newer version again.")
        }
        Err(error @ StoreError::Foreign) => wrong(
            format!("database: {error}"),
            "Name another folder with --data, or move the file away.",
        ),
        Err(error) => wrong(
            format!("database: {error}"),
            "Look at the disk. If the file is damaged, move it away: rooms are lost, and people can start new ones.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[&str]) -> Config {
        Config::from_flags(flags).unwrap()
    }

    #[test]
    fn more_connections_than_files_are_told() {
        let found = files(&config(&["--connections", "4000000000"]));
        assert!(
            found.how == How::Note && found.remedy.contains("LimitNOFILE="),
            "{found}"
        );
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_fine_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("none");
        let shown = data.display().to_string();
        let findings = check(&config(&["--data", &shown, "--listen", "127.0.0.1:0"])).await;
        let wrong: Vec<_> = findings
            .iter()
            .filter(|finding| finding.how == How::Wrong)
            .collect();
        assert!(
            wrong.iter().all(|finding| finding.found.starts_with("page:")),
            "{wrong:?}"
        );
        assert!(!data.exists());
    }

    /// The text of all that is found.
    async fn told(settings: &Config) -> String {
        let findings = check(settings).await;
        let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let shown = file.path().display().to_string();
        let inside = format!("{shown}/inside");
        for (data, found) in [(&shown, "is no folder\n"), (&inside, "cannot be made, for ")] {
            let told = told(&config(&["--data", data, "--listen", "127.0.0.1:0"])).await;
            assert!(
                told.contains("WRONG  data folder:") && told.contains(found) && told.contains("--data"),
                "{told}"
            );
            // What cannot be known of a folder that there is not is not said.
            assert!(!told.contains("space:") && !told.contains("pepper:"), "{told}");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_in_the_folder_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let shown = folder.path().display().to_string();
        let settings = config(&["--data", &shown, "--listen", "127.0.0.1:0"]);
        std::fs::write(folder.path().join("pepper"), "short").unwrap();
        assert!(told(&settings).await.contains("WRONG  pepper:"));
        std::fs::remove_file(folder.path().join("pepper")).unwrap();
        std::fs::write(
            folder.path().join(DATABASE),
            "this is no database, whatever its name says",
        )
        .unwrap();
        let findings = told(&settings).await;
        assert!(
            findings.contains("WRONG  pepper: missing, though there is a database"),
            "{findings}"
        );
        assert!(
            findings.contains("WRONG  database:") && findings.contains("move it away"),
            "{findings}"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
            let findings = told(&settings).await;
            assert!(
                findings.contains("(mode 755)") && findings.contains("chmod 700"),
                "{findings}"
            );
        }
        let _held = DataFolder::claim(folder.path()).unwrap();
        assert!(told(&settings).await.contains("in use by a relay"));
    }
}
