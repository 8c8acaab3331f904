//! Calls, from their names and arguments.

use alloc::vec::Vec;

use js_sys::{Array, Uint8Array};
use sotto_protocol::{Habits, RoomHash, Seat, Solution};
use wasm_bindgen::JsCast;
use zeroize::Zeroizing;

use crate::{Command, Input, Secret};

/// What this call says happened.
pub(super) fn read(name: &str, args: &Args) -> Option<Input> {
    Some(match name {
        "connected" => Input::Connected,
        "frame" => Input::Frame(args.bytes(0)?),
        "closed" => Input::Closed(args.number(0)?),
        "outdated" => Input::Outdated,
        "stretched" => Input::Stretched {
            id: args.number(0)?,
            bytes: args.secret(1),
        },
        "solved" => Input::Solved {
            id: args.number(0)?,
            solution: Solution::try_from(args.bytes(1)?.as_slice()).ok()?,
        },
        "tick" => Input::Tick,
        _ => Input::Command(command(name, args)?),
    })
}

fn command(name: &str, args: &Args) -> Option<Command> {
    Some(match name {
        "start" => Command::Start,
        "open" => Command::Open {
            phrase: args.secret(0)?,
            passcode: args.secret(1)?,
        },
        "create" => Command::Create {
            phrase: args.secret(0)?,
            passcode: args.secret(1)?,
            nickname: args.secret(2)?,
            size: args.number(3)?,
            lifetime: args.number(4)?,
            word: args.secret(5)?,
        },
        "join" => Command::Join {
            phrase: args.secret(0)?,
            passcode: args.secret(1)?,
            code: args.secret(2)?,
            nickname: args.secret(3)?,
        },
        "redeem" => Command::Redeem {
            invitation: args.secret(0)?,
        },
        "choose" => Command::Choose { seat: args.seat(0)? },
        "resume" => Command::Resume {
            locked: args.bytes(0)?,
            pass_salt: args.bytes(1)?.try_into().ok()?,
            seat: args.seat(2)?,
            room_hash: RoomHash::try_from(args.bytes(3)?.as_slice()).ok()?,
            passcode: args.secret(4)?,
        },
        "send" => Command::Send {
            text: args.secret(0)?,
        },
        "edit" => Command::Edit {
            text: args.secret(0)?,
        },
        "remove" => Command::Delete,
        "seen" => Command::Seen {
            turn: args.number::<u32>(0)?.into(),
            rev: args.number(1)?,
        },
        "typing" => Command::Typing,
        "habits" => Command::Habits(Habits {
            receipts: args.flag(0),
            typing: args.flag(1),
        }),
        "cover" => Command::Cover { on: args.flag(0) },
        "uncover" => Command::Uncover { shown: args.flag(0) },
        "compared" => Command::Compared {
            seat: args.seat(0)?,
            compared: args.flag(1),
        },
        "invite" => Command::Invite {
            seat: args.seat(0)?,
            with_link: args.flag(1),
        },
        "withdraw" => Command::Withdraw { seat: args.seat(0)? },
        "passcode" => Command::Passcode {
            present: args.secret(0)?,
            next: args.secret(1)?,
        },
        "extend" => Command::Extend {
            lifetime: args.number(0)?,
        },
        "end" => Command::End,
        "leave" => Command::Leave,
        "lock" => Command::Lock {
            draft: args.secret(0)?,
        },
        "confirm" => Command::Confirm { seat: args.seat(0)? },
        "wake" => Command::Wake,
        "close" => Command::Close,
        _ => return None,
    })
}

/// The arguments of a call.
pub(super) struct Args(pub(super) Array);

impl Args {
    fn bytes(&self, place: u32) -> Option<Vec<u8>> {
        self.0.get(place).dyn_ref().map(Uint8Array::to_vec)
    }

    fn secret(&self, place: u32) -> Option<Secret> {
        self.bytes(place).map(Zeroizing::new)
    }

    fn number<N: TryFrom<u32>>(&self, place: u32) -> Option<N> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is too large or below zero becomes the nearest number, which no call takes for another"
        )]
        let number = self.0.get(place).as_f64().map(|number| number as u32)?;
        N::try_from(number).ok()
    }

    fn flag(&self, place: u32) -> bool {
        self.0.get(place).is_truthy()
    }

    fn seat(&self, place: u32) -> Option<Seat> {
        self.number(place).and_then(Seat::new)
    }
}
