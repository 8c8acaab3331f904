//! Sotto's client: a session that does no I/O, and the bindings of the worker that runs it.
//!
//! [`Session`] takes what happened (a command of the page, a frame, a tick) and says what to do about it (send,
//! connect, stretch, show). It knows no socket, no clock and no source of randomness; all three are passed in. The
//! browser's worker, the native tests and the terminal drive the same one.

#![cfg_attr(all(target_arch = "wasm32", not(test)), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod bindings;
mod names;
mod session;
pub mod view;

pub use session::{Command, Input, Output, Secret, Session};
