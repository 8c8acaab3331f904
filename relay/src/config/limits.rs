//! The settings of what is too much: of one source, and of the relay.

use clap::Args;

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

    /// How many connections a source has open at the same time. A source is an address, or an IPv6 /64; trusted proxies,
    /// which are this machine if nothing else is set, are not limited.
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
    /// invitation. A tab that comes back makes none.
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
