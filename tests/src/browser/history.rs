//! What a browser remembers of where it was, read from its own database.

use std::path::PathBuf;

use anyhow::{Context, Result};
use rusqlite::Connection;

use super::{Browser, Kind};

impl Browser {
    /// Ends the browser, so that it writes down what it has not yet, and gives every address in its history.
    pub async fn quit_and_remember(&self) -> Result<Vec<String>> {
        let (file, query): (PathBuf, _) = match self.kind {
            Kind::Chromium => (self.profile().join("Default/History"), "SELECT url FROM urls"),
            Kind::Firefox => (self.profile().join("places.sqlite"), "SELECT url FROM moz_places"),
        };
        self.client.clone().close().await?;
        let database = Connection::open(&file).with_context(|| format!("opening {}", file.display()))?;
        let mut query = database.prepare(query)?;
        let addresses = query.query_map([], |row| row.get(0))?;
        Ok(addresses.collect::<Result<_, _>>()?)
    }
}
