//! One step of the session: the time, the randomness, and the place where outputs go.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use sotto_protocol::{Command as Asked, Request, encode};

use super::io::Output;

/// What every part of the session is handed while it handles one input.
pub(super) struct Step<'a> {
    /// The time of this input.
    pub(super) now: u64,
    /// Where random bytes come from.
    pub(super) rng: &'a mut dyn CryptoRng,
    /// What is to be done, in order.
    pub(super) out: Vec<Output>,
    /// The last number that was given out.
    last_number: &'a mut u32,
}

impl<'a> Step<'a> {
    pub(super) fn new(now: u64, rng: &'a mut dyn CryptoRng, last_number: &'a mut u32) -> Self {
        Self {
            now,
            rng,
            out: Vec::new(),
            last_number,
        }
    }

    /// A number that no other command or order of this session has.
    pub(super) fn number(&mut self) -> u32 {
        *self.last_number = self.last_number.wrapping_add(1);
        *self.last_number
    }

    /// Asks the relay; the answer will carry the number that is returned.
    pub(super) fn ask(&mut self, command: Asked) -> u32 {
        let reference = self.number();
        self.out
            .push(Output::Send(encode(&Request { reference, command })));
        reference
    }

    /// A random number below `limit`, for jitter; the bias of the remainder does not matter here.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.rng.next_u64() % limit.max(1)
    }
}
