//! Values from `testdata/`: the published ones of each primitive, ours of each formula, and what has to be refused.

mod formulas;
mod published;
mod refused;

pub(crate) use formulas::Vectors;

use std::{collections::VecDeque, convert::Infallible};

use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;
use sotto_protocol::Seat;

fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap().as_bytes();
    assert!(text.len().is_multiple_of(2));
    text.chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    unhex(value).try_into().unwrap()
}

fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap()
}

/// Gives the bytes that it was made with, draw by draw, and nothing else.
pub(crate) struct Replay(VecDeque<Vec<u8>>);

impl Replay {
    pub(crate) fn new<const N: usize>(draws: [&Value; N]) -> Self {
        Self(draws.map(unhex).into())
    }
}

impl TryRng for Replay {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        to.copy_from_slice(&self.0.pop_front().unwrap());
        Ok(())
    }
}

impl TryCryptoRng for Replay {}
