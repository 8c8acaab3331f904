//! The settings of what is too much: of one source, and of the relay.

use std::time::Duration;

use clap::Args;

use super::values::{bytes, head, seconds};

/// The least that a source may send in a minute: two of the longest frames.
const LEAST_BYTES: i64 = 65_536;

/// What a source and the relay bear.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// How many rooms there are at the same time; more are refused.
    #[arg(
        long, env = "SOTTO_ROOMS", value_name = "NUMBER", default_value_t = 1_000_000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub rooms: u32,

    /// How much the database may take on the disk, its log included.
    ///
    /// Beyond it the relay takes no new room, and no message that is longer than what it replaces; what deletes is
    /// always done.
    #[arg(long, env = "SOTTO_DISK", value_name = "BYTES", default_value = "10GB", value_parser = bytes)]
    pub disk: u64,

    /// How long a connection may be without a seat and ask for nothing, give or take the time of --ping.
    #[arg(long, env = "SOTTO_UNOPENED", value_name = "TIME", default_value = "2m", value_parser = seconds)]
    pub unopened: Duration,

    /// How many bytes the head of a request may have.
    #[arg(long, env = "SOTTO_HEAD", value_name = "BYTES", default_value_t = 16 * 1024, value_parser = head)]
    pub head: usize,

    /// How many connections a source has open at the same time.
    ///
    /// A source is an address, or an IPv6 /64; trusted proxies, which are this machine if nothing else is set, are
    /// not limited.
    #[arg(
        long, env = "SOTTO_SOURCE_CONNECTIONS", value_name = "NUMBER", default_value_t = 512,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub source_connections: u32,

    /// How many requests a minute a source may make; a WebSocket begins with one.
    #[arg(
        long, env = "SOTTO_SOURCE_REQUESTS", value_name = "NUMBER", default_value_t = 6000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub source_requests: u32,

    /// How many frames a minute a source may send, on all of its connections.
    #[arg(
        long, env = "SOTTO_SOURCE_FRAMES", value_name = "NUMBER", default_value_t = 12_000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub source_frames: u32,

    /// How many bytes of frames a minute a source may send.
    #[arg(
        long, env = "SOTTO_SOURCE_BYTES", value_name = "BYTES", default_value_t = 16 * 1024 * 1024,
        value_parser = clap::value_parser!(u32).range(LEAST_BYTES..)
    )]
    pub source_bytes: u32,

    /// How many attempts a minute a source may make that could be guesses: to start, join or open a room, to fetch an
    /// invitation.
    ///
    /// A tab that comes back makes none.
    #[arg(
        long, env = "SOTTO_SOURCE_ATTEMPTS", value_name = "NUMBER", default_value_t = 300,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub source_attempts: u32,

    /// How many rooms an hour a source may start.
    #[arg(
        long, env = "SOTTO_SOURCE_ROOMS", value_name = "NUMBER", default_value_t = 120,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub source_rooms: u32,

    /// People come through an onion service: no source is limited, for all of them have one address.
    #[arg(long, env = "SOTTO_ONION")]
    pub onion: bool,
}
