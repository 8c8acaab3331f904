//! Keys, pressed wherever the focus is.

use anyhow::{Context, Result};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};

use super::Browser;

/// The keyboard's name among a browser's devices.
const KEYBOARD: &str = "keyboard";

impl Browser {
    /// Presses keys one after the other: letters, and `WebDriver`'s code points for keys that write nothing.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let actions = keys
            .chars()
            .fold(KeyActions::new(KEYBOARD.to_owned()), |actions, value| {
                actions
                    .then(KeyAction::Down { value })
                    .then(KeyAction::Up { value })
            });
        self.client
            .perform_actions(actions)
            .await
            .with_context(|| format!("pressing {keys:?}"))
    }

    /// Presses a key while another is held.
    pub async fn chord(&self, held: char, key: char) -> Result<()> {
        let actions = KeyActions::new(KEYBOARD.to_owned())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: held });
        self.client
            .perform_actions(actions)
            .await
            .context("pressing two keys")
    }

    /// The computed role and accessible name of what has the focus.
    pub async fn focused(&self) -> Result<(String, String)> {
        let element = self
            .client
            .active_element()
            .await
            .context("something has the focus")?;
        self.role_and_name(&element).await
    }
}
