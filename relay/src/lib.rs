//! The relay: stores and forwards ciphertext that it cannot read, and serves the page.
//!
//! The room machine ([`room`]) decides, the store ([`store`]) writes what it decided, and only then is anybody
//! told. The relay does not link the crypto crate: it has no code that could open what it holds.

pub mod acme;
pub mod admin;
pub mod clock;
pub mod commands;
pub mod config;
pub mod data;
pub mod doors;
pub mod engine;
pub mod faults;
pub mod gate;
pub mod health;
pub mod hub;
pub mod jobs;
pub mod listener;
pub mod logging;
pub mod page;
pub mod pepper;
pub mod purge;
pub mod relay;
pub mod room;
pub mod server;
pub mod signals;
pub mod socket;
pub mod sources;
pub mod store;
pub mod tally;
pub mod tls;
pub mod word;

pub use config::Config;
pub use relay::{Relay, RelayError};
