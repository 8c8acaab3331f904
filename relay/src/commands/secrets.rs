//! The pepper, whether the database is of it and has its salt, and the create token: each looked at, none made or shown.

use std::path::Path;

use rusqlite::OptionalExtension as _;

use super::check::{Finding, fine, note, wrong};
use crate::config::Config;
use crate::data::DATABASE;
use crate::pepper::{Pepper, PepperError, PepperSource, Place};
use crate::room::RoomKey;
use crate::store::StoreError;
use crate::store::sqlite::read_only;
use crate::word::{WordError, WrittenWord};

/// The pepper, without making one: nothing where the first start makes it.
pub(super) fn pepper(config: &Config) -> Result<Option<Pepper>, Finding> {
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
        let remedy = match error {
            PepperError::Form(_) => {
                "Bring back the right one. A relay that has no room yet can have a new one: openssl rand -hex 32"
            }
            _ => "Bring it back, or name where it is: under another pepper every room is lost.",
        };
        wrong(format!("pepper: {error}"), remedy)
    })
}

/// What of the database shows whether it is this relay's.
struct Stored {
    salt: Option<Vec<u8>>,
    /// Some room: its key, its turn, and what is sealed of it.
    room: Option<(Vec<u8>, i64, Vec<u8>)>,
}

/// Whether the database has its salt, and a room that is stored can be opened with the pepper. Nothing where there is no file, or
/// where it cannot be read: that is told of the database.
pub(super) fn stored(database: &Path, pepper: Option<&Pepper>) -> Vec<Finding> {
    if !database.exists() {
        return Vec::new();
    }
    let Ok(Stored { salt, room }) = look(database) else {
        return Vec::new();
    };
    let salt = match salt {
        Some(_) => fine("salt: in the database"),
        None => wrong(
            "salt: missing in the database, and a start would make another",
            "Restore a backup: under another salt every phrase leads to another room.",
        ),
    };
    let pepper = room.and_then(|room| fits(room, pepper?));
    std::iter::once(salt).chain(pepper).collect()
}

fn fits((room, turn, sealed): (Vec<u8>, i64, Vec<u8>), pepper: &Pepper) -> Option<Finding> {
    let room = RoomKey::new(room.as_slice().try_into().ok()?);
    let place = Place {
        table: "room",
        room: &room,
        column: "ledger",
        number: u64::try_from(turn).ok()?,
    };
    Some(match pepper.open_at_rest(place, &sealed) {
        Ok(_) => fine("pepper: the one that the database is of"),
        Err(_) => note(
            "pepper: not the one that the database is of, so nobody can open the rooms in it",
            "Bring back the pepper that belongs to it. If it is lost, the rooms are: they go when their time is over.",
        ),
    })
}

fn look(database: &Path) -> Result<Stored, StoreError> {
    let connection = read_only(database)?;
    let salt = connection
        .query_row("SELECT salt FROM meta", [], |row| row.get(0))
        .optional()?;
    let room = connection
        .query_row("SELECT room, turn, ledger FROM room LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    Ok(Stored { salt, room })
}

/// The word without which no room is made, where one is set.
pub(super) fn word(config: &Config) -> Option<Finding> {
    let source = config.create_token()?;
    Some(match WrittenWord::load(&source) {
        Ok(_) => fine("create token: there, and of the right form"),
        Err(error @ WordError::Form) => wrong(
            error.to_string(),
            "Choose another, and tell those whom you gave the old one.",
        ),
        Err(WordError::Read(file, error)) => wrong(
            format!("create token: its file {file} cannot be read: {error}"),
            "Name another with --create-token-file, or let the user that the relay runs as read it.",
        ),
    })
}
