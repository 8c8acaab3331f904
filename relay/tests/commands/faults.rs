//! What keeps a relay from serving, as its operator is told.

use std::process::Command;

use tempfile::TempDir;

use crate::{err, on, out};

#[test]
fn a_database_of_a_newer_relay_is_refused_by_name() {
    let data = TempDir::new().unwrap();
    assert!(on(data.path(), "migrate").status.success());
    let file = data.path().join("sotto.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute_batch("PRAGMA user_version = 9000").unwrap();
    database.close().unwrap();
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
fn a_database_of_another_program_is_refused_with_a_remedy() {
    let data = TempDir::new().unwrap();
    let theirs = rusqlite::Connection::open(data.path().join("sotto.db")).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (a)").unwrap();
    theirs.close().unwrap();
    let told = err(&on(data.path(), "migrate"));
    assert!(told.contains("not one that sotto-relay has made"), "{told}");
    std::fs::write(data.path().join("pepper"), "ab".repeat(32)).unwrap();
    let told = out(&on(data.path(), "check"));
    assert!(
        told.contains("WRONG  database: ")
            && told.contains("Name another folder with --data, or move the file away."),
        "{told}"
    );
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
#[test]
fn a_pepper_that_is_not_the_database_s_is_told() {
    use sotto_relay::pepper::{Pepper, Place};
    use sotto_relay::room::RoomKey;

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
        column: "ledger",
        number: 3,
    };
    let pepper = Pepper::derive(secret.as_slice().try_into().unwrap());
    // As long as a ledger is that fills a row.
    let sealed = pepper.seal_at_rest(place, |to| to.resize(4_060, 7)).unwrap();
    let file = data.path().join("sotto.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    let room = "INSERT INTO room (room, expires_at, turn, ledger) VALUES (?, 4000000000, 3, ?)";
    database
        .execute(room, rusqlite::params![[7_u8; 32], sealed])
        .unwrap();
    database.close().unwrap();
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
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute("DELETE FROM meta", []).unwrap();
    database.close().unwrap();
    let told = on(data.path(), "check");
    assert!(!told.status.success());
    assert!(out(&told).contains("WRONG  salt: missing"), "{}", out(&told));
}
