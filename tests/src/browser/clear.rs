//! Making a browser anew that somebody had.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Browser, Kind};

/// All that Firefox keeps of what it was at, and what was set for it.
const FIREFOX: &str = "
    const done = arguments[arguments.length - 1];
    Services.prefs.clearUserPref('layout.css.prefers-color-scheme.content-override');
    Services.clearData.deleteData(Ci.nsIClearDataService.CLEAR_ALL, (failed) => done(failed));";

impl Browser {
    /// Closes its tabs but a new one, and deletes what it keeps of them.
    pub(super) async fn clear(&self) -> Result<()> {
        let client = &self.client;
        let old = client.windows().await?;
        // Of the present tab nothing is known: it may be closed.
        let first = old.first().context("a browser without a tab")?;
        client.switch_to_window(first.clone()).await?;
        let new = client.new_window(true).await?.handle;
        for tab in old {
            client.switch_to_window(tab).await?;
            client.close_window().await?;
        }
        client.switch_to_window(new).await?;
        match self.kind {
            Kind::Firefox => {
                let failed = self.run_privileged_async(FIREFOX).await?;
                anyhow::ensure!(failed == json!(0), "not deleted: {failed}");
            }
            Kind::Chromium => self.clear_chromium().await?,
        }
        // What was complained of until now is nobody's.
        self.problems().await.map(drop)
    }

    async fn clear_chromium(&self) -> Result<()> {
        let all = json!({ "origin": "*", "storageTypes": "all" });
        for (name, parameters) in [
            ("Network.clearBrowserCache", json!({})),
            ("Network.clearBrowserCookies", json!({})),
            ("Storage.clearDataForOrigin", all),
            ("Browser.resetPermissions", json!({})),
        ] {
            let _: Value = self.devtools(name, parameters).await?;
        }
        Ok(())
    }
}
