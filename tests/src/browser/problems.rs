//! What the browser complained about: violations of the policies, failed loads, uncaught errors.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Browser, Kind, command};

/// Firefox's own console; the page's content process forwards to it. What comes from the browser's own code is left out.
const FIREFOX_CONSOLE: &str = "
    const found = [];
    for (const message of Services.console.getMessageArray()) {
      if (!(message instanceof Ci.nsIScriptError) || message.flags & Ci.nsIScriptError.infoFlag) continue;
      const source = message.sourceName || '';
      if (/^(chrome|resource|moz-extension):/.test(source)) continue;
      const ours = message.innerWindowID !== 0 || source.startsWith('http') || message.errorMessage.includes('http://127');
      if (ours) found.push(`${message.category}: ${message.errorMessage} (${source}:${message.lineNumber})`);
    }
    Services.console.reset();
    return found;";

impl Browser {
    /// Takes all complaints since the last look.
    pub async fn problems(&self) -> Result<Vec<String>> {
        let entries = match self.kind {
            Kind::Chromium => {
                self.issue(command::post("se/log", json!({ "type": "browser" })))
                    .await?
            }
            Kind::Firefox => self.run_privileged(FIREFOX_CONSOLE, vec![]).await?,
        };
        let entries = entries
            .as_array()
            .context("the browser gave no list of complaints")?;
        // What it reports of its own doing, as that it cleared what it was asked to, is no complaint.
        let complaint = |entry: &&Value| entry.get("level").and_then(Value::as_str) != Some("INFO");
        Ok(entries.iter().filter(complaint).map(line).collect())
    }
}

fn line(entry: &Value) -> String {
    match (entry.get("message").and_then(Value::as_str), entry.as_str()) {
        (Some(message), _) | (None, Some(message)) => message.to_owned(),
        (None, None) => entry.to_string(),
    }
}
