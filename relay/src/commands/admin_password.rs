//! Sets the dashboard's password.

use std::io::{IsTerminal as _, stdin};

use anyhow::{Result, ensure};
use zeroize::Zeroizing;

use crate::admin::password::{self, LEAST};
use crate::config::Config;

/// Reads a password and keeps its hash in the data folder. A relay that runs takes it at once.
pub fn admin_password(config: &Config) -> Result<String> {
    let password = if stdin().is_terminal() {
        let first = Zeroizing::new(rpassword::prompt_password("New password for the dashboard: ")?);
        let again = Zeroizing::new(rpassword::prompt_password("Again: ")?);
        ensure!(*first == *again, "the two are not the same: nothing was changed");
        first
    } else {
        let mut line = Zeroizing::new(String::new());
        stdin().read_line(&mut line)?;
        Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    ensure!(
        password.chars().count() >= LEAST,
        "the password has fewer than {LEAST} characters: nothing was changed"
    );
    password::set(&config.data, &password)?;
    Ok("The password is set. Who was logged in has to log in again. A relay that was started without a dashboard has to \
        be started anew."
        .to_owned())
}
