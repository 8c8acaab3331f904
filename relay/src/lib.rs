//! The relay: stores and forwards ciphertext that it cannot read, and serves the page.
//!
//! The room machine ([`room`]) decides, the store ([`store`]) writes what it decided, and only then is anybody
//! told. The relay does not link the crypto crate: it has no code that could open what it holds.

pub mod page;
pub mod pepper;
pub mod room;
pub mod store;
