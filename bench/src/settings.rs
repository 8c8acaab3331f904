//! How long and with how many is measured.

use std::time::Duration;

use clap::Args;

/// Where a scenario says nothing else.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settings {
    /// How many seconds each load lasts.
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub(crate) seconds: u32,
    /// How many connections are idle.
    #[arg(long, value_name = "NUMBER", default_value_t = 18_000)]
    pub(crate) connections: u32,
    /// With how many rooms `send` is measured, in place of 1, 50, 500 and 5,000.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) rooms: Option<usize>,
}

impl Settings {
    /// How long each load lasts.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}
