//! The class that `www/worker.js` drives.
//!
//! ```js
//! import init, { Client, stretch, warm_up, solve, random_indices, check } from "./pkg/sotto.js";
//!
//! const client = new Client();
//! // Every method takes `now` (Date.now()) first and returns an array of outputs, to be done in order.
//! // Texts are Uint8Array of UTF-8; seats and seconds are numbers.
//! client.start(now)                                     // connect, to learn what the relay offers
//! client.open(now, phrase, passcode)
//! client.create(now, phrase, passcode, nickname, size, lifetime)   // no nickname: an empty array
//! client.join(now, phrase, passcode, code, nickname)
//! client.redeem(now, invitation)                        // the link's fragment, 32 hexadecimal digits; answered by `invitation`
//! client.choose(now, seat)
//! client.resume(now, locked, passSalt, seat, roomHash, passcode)   // what `locked` gave
//! client.send(now, text)
//! client.edit(now, text)
//! client.remove(now)                                    // delete my message
//! client.seen(now, turn, rev)                           // was visible for half a second
//! client.typing(now)                                    // at each key; told at most every few seconds
//! client.invite(now, seat, withLink)                    // shown as `room.code` in a view
//! client.withdraw(now, seat)
//! client.passcode(now, present, next)
//! client.extend(now, lifetime)
//! client.end(now)
//! client.leave(now)
//! client.lock(now, draft)                               // answered by `locked`
//! client.confirm(now, seat)
//! client.wake(now)                                      // `online`, `visibilitychange`
//! client.close(now)                                     // forget everything, back to the entry form
//! // What happened:
//! client.connected(now)
//! client.frame(now, bytes)
//! client.closed(now, code)                              // also when it could not be opened: 1006
//! client.stretched(now, id, bytes)                      // an empty array if it threw
//! client.solved(now, id, bytes)
//! client.tick(now)
//! ```
//!
//! An output is an object; `is` says what it asks for:
//!
//! | `is` | other fields | to do |
//! |---|---|---|
//! | `connect` | | open a socket to `/ws` with the sub-protocol `sotto.1`, `binaryType = "arraybuffer"`; drop an earlier one with its listeners |
//! | `disconnect` | | close the socket and drop its listeners |
//! | `send` | `bytes` | send a binary frame |
//! | `stretch` | `id`, `password`, `salt` | `stretch(password, salt)` in the other worker, then `stretched` |
//! | `solve` | `id`, `nonce`, `kind`, `subject`, `bits` | `solve(nonce, kind, subject, bits)`, in either worker, then `solved` |
//! | `view` | `view` | show it: the object of `view.rs` |
//! | `locked` | `bytes`, `passSalt`, `seat`, `roomHash` | keep it in the page, end the worker |
//! | `invitation` | `phrase` (bytes), `code` (string) | fill the form to join with |
//! | `draft` | `text` (bytes) | fill the composer (after `resume`) |
//! | `wake` | `at` | call `tick` at that time (replaces the time that was asked for before) |
//!
//! Free functions: `stretch(password, salt)` gives 32 bytes and throws if there is no memory; `warm_up()` lets the
//! browser compile Argon2id's loop; `solve(..)` gives 8 bytes; `random_indices(count)` gives a `Uint16Array` of numbers
//! below 7776; `check(kind, bytes)` says whether a `"phrase"`, `"passcode"`, `"code"`, `"nickname"` or `"text"` can be
//! used, at the cost of microseconds.
//!
//! A trap leaves the wasm's memory in doubt: the worker tells the page, which ends it and starts a new one.

#![expect(unreachable_pub, reason = "JavaScript reaches what Rust does not")]

mod functions;
mod outputs;
mod runtime;
pub(crate) mod value;

use alloc::vec::Vec;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::Array;
use sotto_protocol::{RoomHash, Seat, Solution};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::{Command, Input, Secret, Session};

/// A session, as JavaScript sees it.
#[wasm_bindgen]
pub struct Client {
    session: Session,
}

fn secret(bytes: Vec<u8>) -> Secret {
    Zeroizing::new(bytes)
}

#[wasm_bindgen]
impl Client {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self {
            session: Session::new(),
        }
    }

    fn handle(&mut self, now: f64, input: Input) -> Array {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds since 1970"
        )]
        let outputs = self.session.handle(input, now as u64, &mut UnwrapErr(SysRng));
        outputs.into_iter().map(outputs::output).collect()
    }

    fn command(&mut self, now: f64, command: Command) -> Array {
        self.handle(now, Input::Command(command))
    }

    fn at_seat(&mut self, now: f64, seat: u8, command: impl FnOnce(Seat) -> Command) -> Array {
        match Seat::new(seat) {
            Some(seat) => self.command(now, command(seat)),
            None => Array::new(),
        }
    }

    pub fn start(&mut self, now: f64) -> Array {
        self.command(now, Command::Start)
    }

    pub fn open(&mut self, now: f64, phrase: Vec<u8>, passcode: Vec<u8>) -> Array {
        self.command(
            now,
            Command::Open {
                phrase: secret(phrase),
                passcode: secret(passcode),
            },
        )
    }

    pub fn create(
        &mut self,
        now: f64,
        phrase: Vec<u8>,
        passcode: Vec<u8>,
        nickname: Vec<u8>,
        size: u8,
        lifetime: u32,
    ) -> Array {
        self.command(
            now,
            Command::Create {
                phrase: secret(phrase),
                passcode: secret(passcode),
                nickname: secret(nickname),
                size,
                lifetime,
            },
        )
    }

    pub fn join(
        &mut self,
        now: f64,
        phrase: Vec<u8>,
        passcode: Vec<u8>,
        code: Vec<u8>,
        nickname: Vec<u8>,
    ) -> Array {
        self.command(
            now,
            Command::Join {
                phrase: secret(phrase),
                passcode: secret(passcode),
                code: secret(code),
                nickname: secret(nickname),
            },
        )
    }

    pub fn redeem(&mut self, now: f64, invitation: Vec<u8>) -> Array {
        self.command(
            now,
            Command::Redeem {
                invitation: secret(invitation),
            },
        )
    }

    pub fn choose(&mut self, now: f64, seat: u8) -> Array {
        self.at_seat(now, seat, |seat| Command::Choose { seat })
    }

    pub fn resume(
        &mut self,
        now: f64,
        locked: Vec<u8>,
        pass_salt: &[u8],
        seat: u8,
        room_hash: &[u8],
        passcode: Vec<u8>,
    ) -> Array {
        let passcode = secret(passcode);
        match (pass_salt.try_into(), RoomHash::try_from(room_hash)) {
            (Ok(pass_salt), Ok(room_hash)) => self.at_seat(now, seat, |seat| Command::Resume {
                locked,
                pass_salt,
                seat,
                room_hash,
                passcode,
            }),
            _ => Array::new(),
        }
    }

    pub fn send(&mut self, now: f64, text: Vec<u8>) -> Array {
        self.command(now, Command::Send { text: secret(text) })
    }

    pub fn edit(&mut self, now: f64, text: Vec<u8>) -> Array {
        self.command(now, Command::Edit { text: secret(text) })
    }

    pub fn remove(&mut self, now: f64) -> Array {
        self.command(now, Command::Delete)
    }

    pub fn seen(&mut self, now: f64, turn: f64, rev: u32) -> Array {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a turn that a view showed"
        )]
        let turn = turn as u64;
        self.command(now, Command::Seen { turn, rev })
    }

    pub fn typing(&mut self, now: f64) -> Array {
        self.command(now, Command::Typing)
    }

    pub fn invite(&mut self, now: f64, seat: u8, with_link: bool) -> Array {
        self.at_seat(now, seat, |seat| Command::Invite { seat, with_link })
    }

    pub fn withdraw(&mut self, now: f64, seat: u8) -> Array {
        self.at_seat(now, seat, |seat| Command::Withdraw { seat })
    }

    pub fn passcode(&mut self, now: f64, present: Vec<u8>, next: Vec<u8>) -> Array {
        self.command(
            now,
            Command::Passcode {
                present: secret(present),
                next: secret(next),
            },
        )
    }

    pub fn extend(&mut self, now: f64, lifetime: u32) -> Array {
        self.command(now, Command::Extend { lifetime })
    }

    pub fn end(&mut self, now: f64) -> Array {
        self.command(now, Command::End)
    }

    pub fn leave(&mut self, now: f64) -> Array {
        self.command(now, Command::Leave)
    }

    pub fn lock(&mut self, now: f64, draft: Vec<u8>) -> Array {
        self.command(now, Command::Lock { draft: secret(draft) })
    }

    pub fn confirm(&mut self, now: f64, seat: u8) -> Array {
        self.at_seat(now, seat, |seat| Command::Confirm { seat })
    }

    pub fn wake(&mut self, now: f64) -> Array {
        self.command(now, Command::Wake)
    }

    pub fn close(&mut self, now: f64) -> Array {
        self.command(now, Command::Close)
    }

    pub fn connected(&mut self, now: f64) -> Array {
        self.handle(now, Input::Connected)
    }

    pub fn frame(&mut self, now: f64, bytes: Vec<u8>) -> Array {
        self.handle(now, Input::Frame(bytes))
    }

    pub fn closed(&mut self, now: f64, code: u16) -> Array {
        self.handle(now, Input::Closed(code))
    }

    pub fn stretched(&mut self, now: f64, id: u32, bytes: Vec<u8>) -> Array {
        let bytes = secret(bytes).as_slice().try_into().ok().map(Zeroizing::new);
        self.handle(now, Input::Stretched { id, bytes })
    }

    pub fn solved(&mut self, now: f64, id: u32, bytes: &[u8]) -> Array {
        match Solution::try_from(bytes) {
            Ok(solution) => self.handle(now, Input::Solved { id, solution }),
            Err(_) => Array::new(),
        }
    }

    pub fn tick(&mut self, now: f64) -> Array {
        self.handle(now, Input::Tick)
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}
