//! Whether a relay with these settings would serve, and what to do where it would not. Nothing is changed or made.

use std::fmt;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::acme;
use super::certificate::certificate;
use super::space::space;
use crate::config::Config;
use crate::data::{DATABASE, DataError, DataFolder};
use crate::page;
use crate::pepper::{Pepper, PepperSource};
use crate::store::{SqliteStore, StoreError};
use crate::word::{WordError, WrittenWord};

/// 1 January 2026: a clock that is before that is wrong.
const EARLIEST: u64 = 1_767_225_600;
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
    let mut findings = vec![
        page_is_built(),
        clock(SystemTime::now()),
        address(config),
        files(config),
    ];
    findings.extend(certificate(config, SystemTime::now()));
    findings.extend(acme::findings(config).await);
    findings.extend(word(config));
    if !config.data.exists() {
        findings.push(fine(format!(
            "data folder: {} is made at the first start",
            config.data.display()
        )));
        findings.extend(pepper(config).err());
        return findings;
    }
    let (folder, is_free) = folder(&config.data);
    findings.extend(folder);
    findings.push(space(config));
    match pepper(config) {
        Ok(None) => findings.push(fine("pepper: made at the first start")),
        Ok(Some(_)) => findings.push(fine("pepper: there, and of the right form")),
        Err(finding) => findings.push(finding),
    }
    if is_free {
        findings.push(database(&config.data.join(DATABASE)).await);
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

fn clock(now: SystemTime) -> Finding {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if seconds >= EARLIEST {
        fine("clock: plausible")
    } else {
        wrong(
            "clock: before 2026",
            "Set it, for instance with systemd-timesyncd: rooms end by it.",
        )
    }
}

fn address(config: &Config) -> Finding {
    let listen = config.listen;
    match TcpListener::bind(listen) {
        Ok(_) => fine(format!("address: {listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => note(
            format!("address: {listen} is in use"),
            "By the relay that runs already, perhaps; if by another program, name another address with --listen.",
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => wrong(
            format!("address: {listen} may not be used"),
            "Ports below 1024 are root's: give the service CAP_NET_BIND_SERVICE, or name a higher port with --listen.",
        ),
        Err(error) => wrong(
            format!("address: {listen} cannot be used: {error}"),
            "Name an address of this machine with --listen.",
        ),
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

/// The folder, and whether nobody uses it now.
fn folder(data: &Path) -> (Vec<Finding>, bool) {
    let shown = data.display();
    let mut findings = vec![match DataFolder::can_be_claimed(data) {
        Ok(()) => fine(format!("data folder: {shown}")),
        Err(DataError::InUse(_)) => {
            let found =
                format!("data folder: {shown} is in use by a relay, so the database is not looked at");
            return (vec![fine(found)], false);
        }
        Err(_) => {
            let remedy = format!("Let the user that the relay runs as write there: chown -R USER {shown}");
            return (
                vec![wrong(format!("data folder: {shown} cannot be written"), remedy)],
                false,
            );
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

/// The pepper, without making one: nothing where the first start makes it.
fn pepper(config: &Config) -> Result<Option<Pepper>, Finding> {
    let source = config.pepper();
    if let PepperSource::Own(file) = &source
        && !file.exists()
    {
        return if config.data.join(DATABASE).exists() {
            Err(wrong(
                "pepper: missing, though there is a database",
                "Bring back the file pepper, or the credential or variable that held it: under another pepper every room is lost.",
            ))
        } else {
            Ok(None)
        };
    }
    Pepper::load_or_create(&source).map(Some).map_err(|error| {
        wrong(
            format!("pepper: {error}"),
            "It is 32 bytes, or 64 hexadecimal digits, or base64, readable by the user that the relay runs as.",
        )
    })
}

/// The word without which no room is made, where one is set.
fn word(config: &Config) -> Option<Finding> {
    let source = config.create_token()?;
    Some(match WrittenWord::load(&source) {
        Ok(_) => fine("create token: there, and of the right form"),
        Err(error @ WordError::Form) => wrong(
            error.to_string(),
            "Choose another, and tell those whom you gave the old one.",
        ),
        Err(WordError::Read(error)) => wrong(
            format!("create token: its file cannot be read: {error}"),
            "Name another with --create-token-file, or let the user that the relay runs as read it.",
        ),
    })
}

async fn database(file: &Path) -> Finding {
    if !file.exists() {
        return fine("database: made at the first start");
    }
    match SqliteStore::look(file).await {
        Ok(()) => fine("database: whole, and of a version that this program knows"),
        Err(error @ StoreError::Newer { .. }) => {
            wrong(format!("database: {error}"), "Install the newer version again.")
        }
        Err(error) => wrong(
            format!("database: {error}"),
            "Look at the disk. If the file is damaged, move it away: rooms are lost, and people can start new ones.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn config(flags: &[&str]) -> Config {
        Config::from_flags(flags).unwrap()
    }

    #[test]
    fn a_clock_without_a_battery_is_wrong() {
        assert_eq!(clock(UNIX_EPOCH + Duration::from_secs(1000)).how, How::Wrong);
        assert_eq!(clock(SystemTime::now()).how, How::Fine);
    }

    #[test]
    fn an_address_in_use_or_elsewhere_is_told() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = taken.local_addr().unwrap().to_string();
        let found = address(&config(&["--listen", &listen]));
        assert!(
            found.how == How::Note && found.remedy.contains("--listen"),
            "{found}"
        );
        assert_eq!(address(&config(&["--listen", "192.0.2.1:80"])).how, How::Wrong);
        assert_eq!(address(&config(&["--listen", "127.0.0.1:0"])).how, How::Fine);
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

    #[tokio::test]
    async fn what_is_wrong_in_the_folder_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let shown = folder.path().display().to_string();
        let settings = config(&["--data", &shown, "--listen", "127.0.0.1:0"]);
        let told = async |settings: &Config| {
            let findings = check(settings).await;
            findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        };
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
