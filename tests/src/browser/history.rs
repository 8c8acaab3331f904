//! What a browser remembers of where it was, read from its own database.

use std::path::PathBuf;

use anyhow::{Context, Result};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Browser, Kind};

impl Browser {
    /// Ends the browser, so that it writes down what it has not yet, and gives every address in its history.
    pub async fn quit_and_remember(self) -> Result<Vec<String>> {
        let (file, query): (PathBuf, _) = match self.kind {
            Kind::Chromium => (self.profile().join("Default/History"), "SELECT url FROM urls"),
            Kind::Firefox => (self.profile().join("places.sqlite"), "SELECT url FROM moz_places"),
        };
        self.client.clone().close().await?;
        let mut database = SqliteConnectOptions::new()
            .filename(&file)
            .connect()
            .await
            .with_context(|| format!("opening {}", file.display()))?;
        let addresses = sqlx::query_scalar(query).fetch_all(&mut database).await?;
        database.close().await?;
        Ok(addresses)
    }
}
