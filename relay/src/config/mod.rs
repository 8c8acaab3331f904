//! Every setting, in one list: each is a flag, an environment variable and a key of the settings file ([`mod@file`]).
//! `docs/settings.md` is the same list.
//!
//! Secrets are never flags, which other users of the machine can see: the pepper is in a file or in
//! [`PEPPER_VARIABLE`], the create token in one or in [`CREATE_TOKEN_VARIABLE`].

pub mod admin;
mod base_path;
pub mod file;
pub mod limits;
pub(crate) mod manual;
pub mod operator;
#[cfg(test)]
mod tests;
pub mod tls;
mod together;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderName;
use clap::{Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use ipnet::IpNet;
use tracing::level_filters::LevelFilter;
use zeroize::Zeroizing;

pub use self::together::ConfigError;
use self::together::told;
use self::values::{network, queue, seconds};
use crate::acme;
use crate::logging;
use crate::pepper::PepperSource;
use crate::word::WordSource;

/// The environment variable that may hold the pepper: 64 hexadecimal digits, or base64 of 32 bytes.
pub const PEPPER_VARIABLE: &str = "SOTTO_PEPPER";

/// The environment variable that may hold the word without which no room is made.
pub const CREATE_TOKEN_VARIABLE: &str = "SOTTO_CREATE_TOKEN";

/// The environment variable by which Rust programs are told how much to log.
pub const RUST_LOG_VARIABLE: &str = "RUST_LOG";

/// The version, the commit where the build was told, and the hash of the page inside.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("SOTTO_COMMIT"),
    ", page ",
    env!("SOTTO_PAGE_HASH"),
    ")"
);

// Under what settings stand in the help.
const PLACES: &str = "Where it is reached, and where its files are";
const ROOMS: &str = "Rooms";
const LIMITS: &str = "Limits";
const PROXY: &str = "Behind a proxy";
const HTTPS: &str = "HTTPS by itself";
const LOG: &str = "Log";
const OPERATOR: &str = "Who runs it";
const DASHBOARD: &str = "Dashboard";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "sotto-relay",
    version = VERSION,
    about = "Sotto's relay: stores and forwards what it cannot read",
    long_about = manual::ABOUT,
    after_help = "`sotto-relay --help` has examples, and `sotto-relay serve --help` every setting.",
    after_long_help = manual::MORE
)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What the relay can do. All but the last two take the settings of `serve`.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Serve the page and the rooms.
    Serve(Config),
    /// Look whether a relay with these settings would serve, and say what to do where it would not; changes nothing.
    Check(Config),
    /// Bring the database's tables up to date, while no relay runs; `serve` does it too.
    Migrate(Config),
    /// Delete what is over and clear the deleted bytes, while no relay runs; `serve` does it all the time.
    Purge(Config),
    /// Copy all but messages and codes into a new folder, while a relay runs or not.
    Backup {
        /// The settings.
        #[command(flatten)]
        config: Config,
        /// The folder that is made.
        #[arg(value_name = "BACKUP")]
        folder: PathBuf,
    },
    /// Make a new data folder of a backup: every room empty, those that are over left out.
    Restore {
        /// The settings.
        #[command(flatten)]
        config: Config,
        /// The folder that `backup` made.
        #[arg(value_name = "BACKUP")]
        folder: PathBuf,
    },
    /// Ask the relay that runs with these settings how it is; for containers.
    Healthcheck(Config),
    /// Set the dashboard's password: from a terminal, or the first line of standard input.
    AdminPassword(Config),
    /// Write what completes this command line in a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Write the manual page.
    Man,
}

impl CommandLine {
    /// The command line of this process, and what its settings file says.
    pub fn with_file() -> Result<Self, clap::Error> {
        let command = <Self as clap::CommandFactory>::command();
        Self::from_arg_matches(&file::matches(command, std::env::args_os().collect())?)
    }
}

/// Every setting.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// File of settings in TOML, each under its flag's name without the dashes.
    ///
    /// What a flag or a variable says wins.
    #[arg(help_heading = PLACES, long, env = "SOTTO_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "SOTTO_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080",
        help_heading = PLACES
    )]
    pub listen: SocketAddr,

    /// Path under which people reach the relay, such as `/some/path` behind a proxy that has other things beside it.
    ///
    /// The page, `/ws` and `/healthz` are then below it.
    #[arg(help_heading = PLACES, long, env = "SOTTO_BASE_PATH", value_name = "PATH", value_parser = base_path::base_path)]
    pub base_path: Option<String>,

    /// Folder of the database, and of the pepper if it has no other place; made if it is missing.
    #[arg(help_heading = PLACES, long, env = "SOTTO_DATA", value_name = "FOLDER", default_value = "sotto-data")]
    pub data: PathBuf,

    /// File that holds the pepper, such as a service manager's credential.
    ///
    /// Without it the pepper is in the environment variable `SOTTO_PEPPER`, or else in a file `pepper` in the data
    /// folder, made at the first start.
    #[arg(help_heading = PLACES, long, env = "SOTTO_PEPPER_FILE", value_name = "FILE")]
    pub pepper_file: Option<PathBuf>,

    /// File that holds the create token: rooms are made only for those who know this word, which you give out;
    /// joining needs none.
    ///
    /// Without the file the word is in the environment variable `SOTTO_CREATE_TOKEN`, or else none is asked.
    #[arg(help_heading = PLACES, long, env = "SOTTO_CREATE_TOKEN_FILE", value_name = "FILE")]
    pub create_token_file: Option<PathBuf>,

    /// How long a room may live: the choices, with commas between them.
    #[arg(
        long, env = "SOTTO_LIFETIMES", value_name = "TIMES", value_delimiter = ',', value_parser = seconds,
        default_value = "1h,24h,7d,30d",
        help_heading = ROOMS
    )]
    pub lifetimes: Vec<Duration>,

    /// The choice that is offered first; one of the lifetimes.
    #[arg(help_heading = ROOMS, long, env = "SOTTO_LIFETIME", value_name = "TIME", value_parser = seconds, default_value = "7d")]
    pub lifetime: Duration,

    /// What the end of a room is rounded up to, and how often ended rooms are purged.
    #[arg(help_heading = ROOMS, long, env = "SOTTO_GRAIN", value_name = "TIME", value_parser = seconds, default_value = "1h")]
    pub grain: Duration,

    /// How often deleted bytes are cleared from the database's files.
    #[arg(help_heading = ROOMS, long, env = "SOTTO_COMPACTION", value_name = "TIME", value_parser = seconds, default_value = "60s")]
    pub compaction: Duration,

    /// How many attempts a minute on the whole relay are no load yet; more of them raise every attempt's price.
    #[arg(
        long, env = "SOTTO_CALM", value_name = "NUMBER", default_value_t = 600,
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = LIMITS
    )]
    pub calm: u32,

    /// How many connections are open at the same time; more of them wait.
    #[arg(
        long, env = "SOTTO_CONNECTIONS", value_name = "NUMBER", default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = LIMITS
    )]
    pub connections: u32,

    /// How many bytes wait for a slow reader before its connection is closed.
    #[arg(help_heading = LIMITS, long, env = "SOTTO_QUEUE", value_name = "BYTES", default_value_t = 256 * 1024, value_parser = queue)]
    pub queue: usize,

    /// How many frames a second a connection may send for long.
    #[arg(
        long, env = "SOTTO_FRAMES", value_name = "NUMBER", default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = LIMITS
    )]
    pub frames: u32,

    /// How many frames a connection may send at once, having been quiet.
    #[arg(
        long, env = "SOTTO_BURST", value_name = "NUMBER", default_value_t = 200,
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = LIMITS
    )]
    pub burst: u32,

    /// How often a silent connection is asked whether it is still there; after two questions without an answer
    /// it is closed.
    #[arg(help_heading = LIMITS, long, env = "SOTTO_PING", value_name = "TIME", value_parser = seconds, default_value = "30s")]
    pub ping: Duration,

    /// What a source and the relay bear.
    #[command(flatten, next_help_heading = LIMITS)]
    pub limits: limits::Limits,

    /// Header in which a proxy in front names the client's address: the last entry that is no trusted proxy's counts.
    ///
    /// It is used for the draw among networks and written nowhere. Without a proxy anybody could set it.
    #[arg(help_heading = PROXY, long, env = "SOTTO_PROXY_HEADER", value_name = "NAME")]
    pub proxy_header: Option<HeaderName>,

    /// Networks of the proxies that are believed what the header says, with commas between them.
    #[arg(
        long, env = "SOTTO_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network,
        default_value = "127.0.0.0/8,::1/128",
        help_heading = PROXY
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// People reach the relay over TLS, which a proxy in front ends: tells browsers to stay with it.
    #[arg(help_heading = PROXY, long, env = "SOTTO_TLS")]
    pub tls: bool,

    /// TLS that the relay ends itself.
    #[command(flatten, next_help_heading = HTTPS)]
    pub own_tls: tls::TlsSettings,

    /// The least important log lines that are shown; without it what the environment variable `RUST_LOG` asks for of
    /// `sotto_relay`, or else info.
    ///
    /// Lines of other crates are never shown.
    #[arg(help_heading = LOG, long, env = "SOTTO_LOG", value_name = "LEVEL")]
    pub log: Option<LogLevel>,

    /// Whether log lines are sentences, or JSON objects for what collects them.
    #[arg(help_heading = LOG, long, env = "SOTTO_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// Who runs it.
    #[command(flatten, next_help_heading = OPERATOR)]
    pub operator: operator::OperatorSettings,

    /// The dashboard.
    #[command(flatten, next_help_heading = DASHBOARD)]
    pub admin: admin::AdminConfig,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "each is the format of that name")]
pub enum LogFormat {
    Text,
    Json,
}

/// How much is logged. Whatever the level, lines are about the relay itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "each is the level of that name")]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

impl Config {
    /// The settings that these flags make, with defaults (and environment variables) for the rest.
    pub fn from_flags<S: Into<std::ffi::OsString> + Clone>(
        flags: impl IntoIterator<Item = S>,
    ) -> Result<Self, clap::Error> {
        let start = ["sotto-relay".into(), "serve".into()].into_iter();
        let command = <CommandLine as clap::CommandFactory>::command();
        let arguments = start.chain(flags.into_iter().map(Into::<std::ffi::OsString>::into));
        let matches = file::matches(command, arguments.collect())?;
        let serve = matches.subcommand_matches("serve").unwrap_or(&matches);
        Self::from_arg_matches(serve)?.checked()
    }

    /// The settings in order, or what does not go together, told as clap tells it.
    pub fn checked(mut self) -> Result<Self, clap::Error> {
        self.lifetimes.sort_unstable();
        self.lifetimes.dedup();
        self.check().map_err(told)?;
        Ok(self)
    }

    /// How much is logged, where `RUST_LOG` is this.
    pub fn log_level(&self, rust_log: &str) -> Result<LevelFilter, clap::Error> {
        match self.log {
            Some(level) => Ok(level.into()),
            None => {
                logging::level_of(rust_log).ok_or_else(|| told(ConfigError::RustLog(rust_log.to_owned())))
            }
        }
    }

    /// The files of certificate and key, if the relay ends TLS itself; one file where it has had them issued.
    pub fn certificate_files(&self) -> Option<(PathBuf, PathBuf)> {
        if self.own_tls.is_issued() {
            let both = acme::certificate_file(&self.data);
            return Some((both.clone(), both));
        }
        let (cert, key) = self.own_tls.files()?;
        Some((cert.to_owned(), key.to_owned()))
    }

    /// What stands before every path that is served; nothing where people reach the relay at its root.
    pub fn base_path(&self) -> &str {
        self.base_path.as_deref().unwrap_or_default()
    }

    /// Where the pepper is from.
    pub fn pepper(&self) -> PepperSource {
        if let Some(file) = &self.pepper_file {
            return PepperSource::Credential(file.clone());
        }
        match std::env::var(PEPPER_VARIABLE) {
            Ok(value) => PepperSource::Value(Zeroizing::new(value)),
            Err(_) => PepperSource::Own(self.data.join("pepper")),
        }
    }

    /// Where the word without which no room is made is from, if there is one.
    pub fn create_token(&self) -> Option<WordSource> {
        if let Some(file) = &self.create_token_file {
            return Some(WordSource::File(file.clone()));
        }
        let value = std::env::var(CREATE_TOKEN_VARIABLE).ok()?;
        Some(WordSource::Value(Zeroizing::new(value)))
    }
}
