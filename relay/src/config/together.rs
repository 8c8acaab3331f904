//! What is fine alone and does not go together.

use std::net::SocketAddr;
use std::time::Duration;

use super::{CommandLine, Config, RUST_LOG_VARIABLE};

/// Settings that are fine alone and do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The lifetime that is offered first is none of the choices.
    #[error(
        "invalid value '{lifetime}' for '--lifetime <TIME>': must be one of --lifetimes, which are {lifetimes}"
    )]
    Lifetime {
        /// The value.
        lifetime: String,
        /// What is allowed.
        lifetimes: String,
    },
    /// A part of what the relay needs for TLS of its own is missing.
    #[error("'{0}' needs '{1}' too")]
    Incomplete(&'static str, &'static str),
    /// Two listeners at one address.
    #[error("'{0}' and '{1}' are both {2}: name an address of its own for each")]
    Same(&'static str, &'static str, SocketAddr),
    /// Two settings of which each is the whole.
    #[error("'{0}' and '{1}' exclude each other: one has a certificate issued, the other brings its own")]
    Exclusive(&'static str, &'static str),
    /// The variable that Rust programs share is in no form that it has.
    #[error(
        "invalid value '{0}' for {RUST_LOG_VARIABLE}: must be a level, or TARGET=LEVEL, or such with commas between"
    )]
    RustLog(String),
}

impl Config {
    /// Whether all of it goes together.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.own_tls.check()?;
        self.check_addresses()?;
        if self.lifetimes.contains(&self.lifetime) {
            return Ok(());
        }
        let show = |time: &Duration| humantime::format_duration(*time).to_string();
        let lifetimes = self.lifetimes.iter().map(show).collect::<Vec<_>>().join(", ");
        Err(ConfigError::Lifetime {
            lifetime: show(&self.lifetime),
            lifetimes,
        })
    }

    /// Each listener has an address of its own.
    fn check_addresses(&self) -> Result<(), ConfigError> {
        let listen = Some(("--listen", self.listen));
        let redirect = self.own_tls.redirect_listen;
        let redirect = redirect.map(|address| ("--redirect-listen", address));
        let admin = self.admin.listen.map(|address| ("--admin-listen", address));
        for pair in [(listen, redirect), (listen, admin), (redirect, admin)] {
            if let (Some((one, address)), Some((other, same))) = pair
                && address == same
                && address.port() != 0
            {
                return Err(ConfigError::Same(one, other, address));
            }
        }
        Ok(())
    }
}

/// As clap tells what is wrong with a single setting.
pub(super) fn told(error: ConfigError) -> clap::Error {
    let mut command = <CommandLine as clap::CommandFactory>::command();
    command.error(clap::error::ErrorKind::ValueValidation, error)
}
