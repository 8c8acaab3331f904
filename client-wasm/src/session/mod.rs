//! The session: what a tab knows and does, without I/O.

mod io;
mod secrets;

use rand_core::CryptoRng;

pub use io::{Command, Input, Output, Secret};
pub use secrets::{SecretKind, check_secret};

use crate::view::{Connection, Stage, View};

/// A tab's session with one relay.
#[derive(Default)]
pub struct Session {
    shown: Option<View>,
}

impl Session {
    /// A session at the entry form, not connected.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what happened and says what to do about it.
    pub fn handle(&mut self, _input: Input, _now_ms: u64, _rng: &mut dyn CryptoRng) -> Vec<Output> {
        let view = View {
            stage: Stage::Entry,
            work: None,
            failure: None,
            connection: Connection::Idle,
            offers: None,
            choices: Vec::new(),
            room: None,
            ending: None,
        };
        if self.shown.as_ref() == Some(&view) {
            return Vec::new();
        }
        self.shown = Some(view.clone());
        vec![Output::View(Box::new(view))]
    }
}
