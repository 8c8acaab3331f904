//! The class that `www/worker/session.js` drives.
//!
//! ```js
//! import init, { Client } from "./pkg/client.js";
//!
//! const client = new Client();
//! client.call(Date.now(), "open", [phrase, passcode])   // an array of outputs, to be done in order
//! ```
//!
//! Texts are `Uint8Array` of UTF-8; seats, seconds and times are numbers. The page's calls:
//!
//! | name | arguments | |
//! |---|---|---|
//! | `start` | | connect, to learn what the relay offers |
//! | `open` | phrase, passcode | |
//! | `create` | phrase, passcode, nickname, size, lifetime, word | no nickname, no word: an empty array; white space around the word is taken away before |
//! | `join` | phrase, passcode, code, nickname | |
//! | `redeem` | invitation | the link's fragment, 32 hexadecimal digits; answered by `invitation` |
//! | `choose` | seat | |
//! | `resume` | locked, passSalt, seat, roomHash, passcode | what `locked` gave |
//! | `send`, `edit` | text | |
//! | `remove` | | delete my message |
//! | `seen` | turn, rev | was visible for half a second |
//! | `typing` | | at each key; told at most every few seconds |
//! | `habits` | receipts, typing | what this tab sends of itself |
//! | `cover` | on | whether messages of others are covered until asked for |
//! | `uncover` | shown | the one that stands |
//! | `compared` | seat, compared | its safety words |
//! | `invite` | seat, withLink | shown as `room.code` in a view |
//! | `withdraw` | seat | |
//! | `passcode` | present, next | |
//! | `extend` | lifetime | |
//! | `end`, `leave` | | |
//! | `lock` | draft | answered by `locked` |
//! | `confirm` | seat | |
//! | `wake` | | `online`, `visibilitychange` |
//! | `close` | | forget everything, back to the entry form |
//!
//! What happened, from the worker itself:
//!
//! | name | arguments | |
//! |---|---|---|
//! | `connected` | | |
//! | `frame` | bytes | |
//! | `closed` | code | also when it could not be opened: 1006 |
//! | `outdated` | | it could not be opened, and the relay names no `sotto.1` at `/ws` |
//! | `stretched` | id, bytes | what the stretcher gave |
//! | `solved` | id, bytes | |
//! | `tick` | | |
//!
//! A call of another name, or with other arguments, does nothing.
//!
//! An output is an object; `is` says what it asks for:
//!
//! | `is` | other fields | to do |
//! |---|---|---|
//! | `connect` | | open a socket to `/ws` with the sub-protocol `sotto.1`, `binaryType = "arraybuffer"`; drop an earlier one with its listeners |
//! | `disconnect` | | close the socket and drop its listeners |
//! | `send` | `bytes` | send a binary frame |
//! | `stretch` | `id`, `phrase`, `text`, `salt` | `stretch(phrase, text, salt)` in the stretcher, then `stretched` |
//! | `solve` | `id`, `nonce`, `kind`, `subject`, `bits` | `solve(nonce, kind, subject, bits)` there, then `solved` |
//! | `view` | `view` | show it: the object of `view.rs` |
//! | `locked` | `bytes`, `passSalt`, `seat`, `roomHash` | keep it in the page, end the worker |
//! | `invitation` | `phrase` (bytes), `code` (string) | fill the form to join with |
//! | `draft` | `text` (bytes) | fill the composer (after `resume`) |
//! | `wake` | `at` | call `tick` at that time (replaces the time that was asked for before) |
//!
//! A trap leaves the wasm's memory in doubt: the worker tells the page, which ends it and starts a new one.

mod calls;
mod outputs;
pub(crate) mod value;

// Links the allocator and the panic handler.
use sotto_wasm_runtime as _;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Session;

/// How much of the stack is wiped after each call: what the deepest of them, opening an X-Wing box, takes and more.
const STACK: usize = 256 * 1024;

/// A session, as JavaScript sees it.
#[wasm_bindgen]
pub struct Client {
    session: Session,
}

#[wasm_bindgen]
impl Client {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self {
            session: Session::new(),
        }
    }

    /// One door for everything: a method for each call would be a good part of what the page loads.
    pub fn call(&mut self, now: f64, name: &str, args: Array) -> Array {
        let outputs = self.handle(now, name, args);
        // Keys were copied to the stack on their way. What lies there now is below this function's own part of it.
        zeroize::zeroize_stack::<STACK>();
        outputs
    }
}

impl Client {
    /// Not inlined: its part of the stack has to be wiped, too.
    #[inline(never)]
    fn handle(&mut self, now: f64, name: &str, args: Array) -> Array {
        let outputs = Array::new();
        if let Some(input) = calls::read(name, &calls::Args(args)) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "milliseconds since 1970"
            )]
            for output in self.session.handle(input, now as u64, &mut UnwrapErr(SysRng)) {
                outputs.push(&outputs::output(output));
            }
        }
        outputs
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}
