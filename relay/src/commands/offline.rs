//! Work on the database while no relay serves it.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};

use crate::config::Config;
use crate::data::DataFolder;
use crate::pepper::Pepper;
use crate::relay::rules;
use crate::store::{Compaction, SqliteStore, Store as _};

/// How much is deleted in one transaction.
const STEP: u32 = 1000;

/// Brings the database's tables up to date, and makes it where there is none.
pub fn migrate(config: &Config) -> Result<String> {
    let (_folder, store) = open(config)?;
    Box::new(store).close()?;
    Ok("The database's tables are up to date.".to_owned())
}

/// Deletes what is over, and clears the deleted bytes from the files.
pub fn purge(config: &Config) -> Result<String> {
    let (_folder, mut store) = open(config)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (mut rooms, mut codes) = (0, 0);
    loop {
        let due = store.purge_due(now, STEP)?;
        let ended = due.purged.iter().filter(|purged| purged.ended).count();
        rooms += ended;
        codes += due.purged.len() - ended;
        if !due.more {
            break;
        }
    }
    ensure!(
        store.compact()? == Compaction::Done,
        "somebody else has the database open, so deleted bytes may still be in its files: close it there and try again"
    );
    Box::new(store).close()?;
    Ok(format!(
        "Deleted: {rooms} rooms whose time was over, and codes that had lapsed in {codes} more."
    ))
}

fn open(config: &Config) -> Result<(DataFolder, SqliteStore)> {
    let folder = DataFolder::claim(&config.data)?;
    let pepper = Arc::new(Pepper::load_or_create(&config.pepper())?);
    let store = SqliteStore::open(&folder.database(), pepper, rules(config))?;
    Ok((folder, store))
}
