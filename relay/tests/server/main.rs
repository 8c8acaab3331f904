//! The relay over real sockets: each test starts one on a port of its own and talks to it as a client would.
//! What is sealed is random bytes of the right length: the relay cannot tell the difference.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says so by a panic"
)]

mod counted;
mod dialogue;
mod ends;
mod guessing;
mod hints;
mod http;
mod limits;
mod malformed;
mod person;
mod seats;
mod slow;
mod support;
mod tls;
mod word;
