//! The relay's commands, as an operator runs them: the program itself, on a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by a panic")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

fn relay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sotto-relay"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    relay(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a command on a data folder, under coreutils' `timeout`: one that should have refused would serve for ever.
fn on(data: &Path, command: &str) -> Output {
    on_time(&[
        command,
        "--data",
        data.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ])
}

fn on_time(arguments: &[&str]) -> Output {
    Command::new("timeout")
        .args(["20", env!("CARGO_BIN_EXE_sotto-relay")])
        .args(arguments)
        .output()
        .unwrap()
}

/// A relay that serves; it ends with this.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(data: &Path) -> Self {
        let mut process = relay(&[
            "serve",
            "--data",
            data.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once("http://")
                    .map(|(_, address)| address.trim().to_owned())
            })
            .unwrap();
        Self { process, address }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn the_version_names_commit_and_page() {
    let told = out(&run(&["--version"]));
    assert!(
        told.starts_with("sotto-relay ") && told.contains("(commit ") && told.contains(", page "),
        "{told}"
    );
}

#[test]
fn a_new_folder_is_fine_then_migrated_and_purged() {
    let data = TempDir::new().unwrap();
    let told = on(data.path(), "migrate");
    assert!(told.status.success(), "{}", err(&told));
    assert_eq!(out(&told), "The database's tables are up to date.\n");
    let told = on(data.path(), "purge");
    assert!(
        out(&told).starts_with("Deleted: 0 rooms"),
        "{}{}",
        out(&told),
        err(&told)
    );
    let told = out(&on(data.path(), "check"));
    for found in [
        "ok     clock",
        "ok     pepper: there",
        "ok     database: whole",
        "ok     address: 127.0.0.1:0",
    ] {
        assert!(told.contains(found), "{found:?} is missing in {told}");
    }
}

#[test]
fn a_folder_in_use_is_used_by_nobody_else() {
    let data = TempDir::new().unwrap();
    let serving = Serving::start(data.path());
    for command in ["serve", "migrate", "purge"] {
        let told = on(data.path(), command);
        assert!(
            !told.status.success(),
            "{command} took the folder of a relay that runs"
        );
        assert!(
            err(&told).contains("in use by another sotto-relay"),
            "{}",
            err(&told)
        );
    }
    assert!(out(&on(data.path(), "check")).contains("in use by a relay"));
    drop(serving);
    // The lock goes with the process, however it ended.
    assert!(on(data.path(), "migrate").status.success());
}

#[test]
fn a_database_of_a_newer_relay_is_refused_by_name() {
    let data = TempDir::new().unwrap();
    assert!(on(data.path(), "migrate").status.success());
    let file = data.path().join("sotto.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use sqlx::Connection as _;
        let mut database = sqlx::SqliteConnection::connect(file.to_str().unwrap())
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9000, 'later', 1, x'00', 0)",
        )
        .execute(&mut database)
        .await
        .unwrap();
        database.close().await.unwrap();
    });
    for command in ["serve", "migrate", "purge"] {
        let told = err(&on(data.path(), command));
        assert!(
            told.contains("newer sotto-relay") && told.contains("9000"),
            "{command}: {told}"
        );
    }
    let told = on(data.path(), "check");
    assert!(!told.status.success());
    assert!(
        out(&told).contains("WRONG  database: ") && out(&told).contains("Install the newer version"),
        "{}",
        out(&told)
    );
}

#[test]
fn a_health_check_says_whether_the_relay_is_well() {
    let data = TempDir::new().unwrap();
    let serving = Serving::start(data.path());
    let address = serving.address.clone();
    let told = run(&["healthcheck", "--listen", &address]);
    assert!(told.status.success(), "{}", err(&told));
    assert_eq!(out(&told), format!("The relay on http://{address} is well.\n"));
    drop(serving);
    let told = run(&["healthcheck", "--listen", &address]);
    assert!(!told.status.success());
    assert!(
        err(&told).contains("no relay answers") && err(&told).contains("--listen"),
        "{}",
        err(&told)
    );
}

#[test]
fn completions_and_manual_know_every_setting() {
    let bash = out(&run(&["completions", "bash"]));
    let manual = out(&run(&["man"]));
    let help = out(&run(&["serve", "--help"]));
    let settings: Vec<&str> = help
        .split_whitespace()
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .map(|word| word.trim_end_matches(|last: char| !last.is_alphanumeric()))
        .collect();
    assert!(
        settings.contains(&"--listen") && settings.len() > 10,
        "{settings:?}"
    );
    for setting in settings {
        assert!(bash.contains(setting), "{setting} is not completed");
        let written = setting.replace('-', "\\-");
        assert!(manual.contains(&written), "{setting} is not in the manual");
    }
}
