//! The relay's commands, as an operator runs them: the program itself, on a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by a panic")]

mod backup;
mod faults;

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
        Self::start_with(data, &[])
    }

    fn start_with(data: &Path, flags: &[&str]) -> Self {
        let data = data.to_str().unwrap();
        let mut process = relay(&[&["serve", "--data", data, "--listen", "127.0.0.1:0"], flags].concat())
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

/// Names and contents of a folder's files, in order.
fn listing(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<_> = files
        .map(|file| (file.file_name(), std::fs::read(file.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_check_leaves_nothing_behind() {
    let data = TempDir::new().unwrap();
    assert!(on(data.path(), "check").status.success());
    assert!(listing(data.path()).is_empty());
    assert!(on(data.path(), "migrate").status.success());
    let before = listing(data.path());
    assert!(before.len() >= 3, "{} files", before.len());
    assert!(on(data.path(), "check").status.success());
    let after = listing(data.path());
    let names = after.iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert!(after == before, "{names:?}");
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
fn a_health_check_asks_under_the_relay_s_path() {
    let data = TempDir::new().unwrap();
    let flags = ["--base-path", "/some/path"];
    let serving = Serving::start_with(data.path(), &flags);
    let address = serving.address.strip_suffix("/some/path").unwrap();
    let ask = |flags: &[&str]| run(&[&["healthcheck", "--listen", address], flags].concat());
    assert!(ask(&flags).status.success(), "{}", err(&ask(&flags)));
    assert!(!ask(&[]).status.success());
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
