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

/// Runs `backup` or `restore` on a data folder.
fn on_backup(data: &Path, command: &str, backup: &Path, more: &[&str]) -> Output {
    let (data, backup) = (data.to_str().unwrap(), backup.to_str().unwrap());
    let arguments: Vec<&str> = [command, "--data", data, backup]
        .iter()
        .chain(more)
        .copied()
        .collect();
    on_time(&arguments)
}

#[test]
fn a_backup_is_whole_or_says_what_it_lacks_and_overwrites_nothing() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let told = on_backup(&at("data"), "backup", &at("backup"), &[]);
    assert!(err(&told).contains("no database in"), "{}", err(&told));
    assert!(!at("data").exists() && !at("backup").exists());

    let serving = Serving::start(&at("data"));
    let told = on_backup(&at("data"), "backup", &at("backup"), &[]);
    assert!(told.status.success(), "{}", err(&told));
    assert!(out(&told).contains("It is complete: "), "{}", out(&told));
    let told = on_backup(&at("data"), "backup", &at("backup"), &[]);
    assert!(err(&told).contains("overwrites nothing"), "{}", err(&told));
    let told = on_backup(&at("data"), "backup", &at("none/backup"), &[]);
    assert!(err(&told).contains("cannot be made"), "{}", err(&told));
    drop(serving);

    // With the pepper elsewhere it says where, and does not call itself complete.
    std::fs::rename(at("data/pepper"), at("kept")).unwrap();
    let told = on_backup(&at("data"), "backup", &at("without"), &[]);
    assert!(
        !told.status.success() && err(&told).contains("--pepper-file"),
        "{}",
        err(&told)
    );
    let kept = at("kept").to_str().unwrap().to_owned();
    let told = on_backup(&at("data"), "backup", &at("without"), &["--pepper-file", &kept]);
    assert!(
        out(&told).contains("It is NOT complete")
            && out(&told).contains(&kept)
            && !at("without/pepper").exists(),
        "{}{}",
        out(&told),
        err(&told)
    );
}

#[test]
fn a_restore_takes_a_backup_of_this_pepper_into_an_empty_folder_only() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(on(&at("data"), "migrate").status.success());
    assert!(
        on_backup(&at("data"), "backup", &at("backup"), &[])
            .status
            .success()
    );

    let told = on_backup(&at("new"), "restore", &at("none"), &[]);
    assert!(err(&told).contains("no backup in"), "{}", err(&told));
    let told = on_backup(&at("data"), "restore", &at("backup"), &[]);
    assert!(err(&told).contains("not overwritten"), "{}", err(&told));
    std::fs::write(at("other"), "ab".repeat(32)).unwrap();
    let other = at("other").to_str().unwrap().to_owned();
    let told = on_backup(&at("new"), "restore", &at("backup"), &["--pepper-file", &other]);
    assert!(err(&told).contains("another pepper"), "{}", err(&told));
    std::fs::rename(at("backup/pepper"), at("kept")).unwrap();
    let told = on_backup(&at("new"), "restore", &at("backup"), &[]);
    assert!(
        err(&told).contains("the backup is not complete"),
        "{}",
        err(&told)
    );
    // A database, but no backup.
    std::fs::create_dir(at("plain")).unwrap();
    std::fs::copy(at("data/sotto.db"), at("plain/sotto.db")).unwrap();
    let kept = at("kept").to_str().unwrap().to_owned();
    let told = on_backup(&at("new"), "restore", &at("plain"), &["--pepper-file", &kept]);
    assert!(err(&told).contains("not a backup"), "{}", err(&told));
    let left: Vec<_> = std::fs::read_dir(at("new"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["lock"], "a restore that failed left something");

    let told = on_backup(&at("new"), "restore", &at("backup"), &["--pepper-file", &kept]);
    assert!(
        out(&told).starts_with("Restored 0 rooms"),
        "{}{}",
        out(&told),
        err(&told)
    );
    assert!(out(&told).contains("cannot be known"), "{}", out(&told));
}

/// What keeps a start from going on is one line: what it is, why, and what to do.
#[test]
fn what_goes_wrong_is_one_line() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data").display().to_string();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken
        .local_addr()
        .map(|address| (address.to_string(), taken))
        .unwrap();
    for (flags, words) in [
        (
            ["--listen", &taken.0, "--data", &data],
            [
                "cannot listen on",
                "end that one, or name another address with --listen",
            ],
        ),
        (
            ["--pepper-file", "/none", "--data", &data],
            [
                "the pepper's file /none cannot be read",
                "name another with --pepper-file",
            ],
        ),
    ] {
        let output = Command::new("timeout")
            .args(["20", env!("CARGO_BIN_EXE_sotto-relay"), "serve"])
            .args(flags)
            .args(if flags[0] == "--listen" {
                &[][..]
            } else {
                &["--listen", "127.0.0.1:0"]
            })
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap();
        let told = err(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(
            told.starts_with("sotto-relay: ") && told.trim_end().lines().count() == 1,
            "{told}"
        );
        assert!(words.iter().all(|words| told.contains(words)), "{told}");
    }
}

/// A database under a pepper that it is not of is found before anybody wonders where their room is.
#[tokio::test]
async fn a_pepper_that_is_not_the_database_s_is_told() {
    use sotto_relay::pepper::{Pepper, Place};
    use sotto_relay::room::RoomKey;
    use sqlx::Connection as _;

    let data = TempDir::new().unwrap();
    assert!(on(data.path(), "migrate").status.success());
    let pepper = std::fs::read_to_string(data.path().join("pepper")).unwrap();
    let told = out(&on(data.path(), "check"));
    assert!(told.contains("ok     salt: in the database"), "{told}");
    assert!(
        !told.contains("that the database is of"),
        "without a room nobody can know: {told}"
    );
    let secret: Vec<u8> = (0..64)
        .step_by(2)
        .map(|at| u8::from_str_radix(&pepper[at..at + 2], 16).unwrap())
        .collect();
    let room = RoomKey::new([7; 32]);
    let place = Place {
        table: "room",
        room: &room,
        column: "sealed",
        number: 3,
    };
    let pepper = Pepper::derive(secret.as_slice().try_into().unwrap());
    let sealed = pepper.seal_at_rest(place, |to| to.extend(b"whatever")).unwrap();
    let file = data.path().join("sotto.db");
    let mut database = sqlx::SqliteConnection::connect(file.to_str().unwrap())
        .await
        .unwrap();
    sqlx::query("INSERT INTO room (room, expires_at, turn, sealed) VALUES (?, 4000000000, 3, ?)")
        .bind(room.as_bytes().as_slice())
        .bind(sealed)
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    let told = out(&on(data.path(), "check"));
    assert!(
        told.contains("ok     pepper: the one that the database is of"),
        "{told}"
    );
    std::fs::write(data.path().join("pepper"), "ab".repeat(32)).unwrap();
    let told = out(&on(data.path(), "check"));
    assert!(
        told.contains("note   pepper: not the one that the database is of")
            && told.contains("Bring back the pepper"),
        "{told}"
    );
    let mut database = sqlx::SqliteConnection::connect(file.to_str().unwrap())
        .await
        .unwrap();
    sqlx::query("DELETE FROM meta")
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    let told = on(data.path(), "check");
    assert!(!told.status.success());
    assert!(out(&told).contains("WRONG  salt: missing"), "{}", out(&told));
}
