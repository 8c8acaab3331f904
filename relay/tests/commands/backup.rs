//! A copy taken and brought back: what it says, and what it refuses.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::{Serving, err, on, on_time, out};

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
