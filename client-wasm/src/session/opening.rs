//! Opening a seat, starting a room, joining one: from what was typed to the relay's answer.
//!
//! Phrase and passcode take one run of Argon2id each, the second salted by what the first gives. The price of the
//! attempt is asked for and paid while the second runs.

use alloc::boxed::Box;

use sotto_crypto::{
    Code, Nickname, NormalPhrase, PassSecret, Room, RoomSecret, SeatKeys, SeatSeed, Stretched, Typed,
};
use sotto_protocol::{
    Answer, Attempt as Paid, Command as Asked, CommandKind, Create, Opened, Refusal, Salt, Seat, Solution,
    TakeSeat, hash,
};

use super::attempt::Attempt;
use super::choosing::Choosing;
use super::events::Done;
use super::io::{Output, Secret};
use super::keys::{Keys, Pass};
use super::step::Step;
use crate::view::{Failure, Work};

/// What is to be opened, and how.
pub(super) enum Aim {
    /// A seat that I have.
    Open,
    /// Seat 0 of a new room.
    Create {
        nickname: Nickname,
        size: u8,
        lifetime: u32,
        word: Secret,
    },
    /// A free seat.
    Join { code: Code, nickname: Nickname },
}

/// An opening under way.
pub(super) struct Opening {
    aim: Aim,
    phrase: Secret,
    passcode: Secret,
    /// The phrase in its normal form, once it is stretched.
    normal: Option<NormalPhrase>,
    /// The salt that the phrase is stretched with, and the number of that order.
    salted: Option<(Salt, u32)>,
    /// The room, and the number of the order to stretch the passcode for it.
    room: Option<(Room, u32)>,
    stretched: Option<Stretched>,
    attempt: Option<Attempt>,
    taken: Option<Taken>,
    /// A seat may have been taken whose answer was lost: it is opened before it is taken again.
    may_be_taken: bool,
}

/// A seat that is being taken: the same bytes each time they are sent.
struct Taken {
    me: SeatKeys,
    pass: Pass,
    take: TakeSeat,
}

/// What came of something.
pub(super) enum Progress {
    /// Nothing yet.
    Going,
    /// It cannot be done.
    Failed(Failure),
    /// The seat is open.
    Opened(Box<Keys>, Box<Opened>),
    /// The passcode opens several seats.
    Several(Box<Choosing>),
}

impl Opening {
    pub(super) const fn new(aim: Aim, phrase: Secret, passcode: Secret) -> Self {
        Self {
            aim,
            phrase,
            passcode,
            normal: None,
            salted: None,
            room: None,
            stretched: None,
            attempt: None,
            taken: None,
            may_be_taken: false,
        }
    }

    /// What the page is told is being done.
    pub(super) fn work(&self, is_up: bool) -> Work {
        match (&self.room, &self.stretched, &self.attempt) {
            (None, _, _) if self.salted.is_none() => Work::Connecting,
            (None, _, _) => Work::StretchingPhrase,
            (Some(_), None, _) => Work::StretchingPasscode,
            _ if !is_up => Work::Connecting,
            (_, _, Some(attempt)) if attempt.is_solving() => Work::Puzzle,
            _ => Work::Asking,
        }
    }

    /// Whether the relay is asked something.
    pub(super) const fn is_asking(&self) -> bool {
        self.attempt.is_some()
    }

    /// The relay has said its salt: stretches the phrase with it, anew if it is another than before.
    pub(super) fn salted(&mut self, salt: Salt, step: &mut Step<'_>) {
        if self.salted.is_none_or(|(known, _)| known != salt) {
            let id = step.number();
            self.salted = Some((salt, id));
            self.room = None;
            self.stretched = None;
            self.attempt = None;
            self.taken = None;
            self.may_be_taken = false;
            step.out.push(Output::Stretch {
                id,
                what: Typed::Phrase,
                text: self.phrase.clone(),
                salt: *salt.as_bytes(),
            });
        }
    }

    /// A run of Argon2id is done.
    pub(super) fn stretched(&mut self, id: u32, done: Done, step: &mut Step<'_>) {
        let Done { stretched, phrase } = done;
        if self.room.is_none() && self.salted.is_some_and(|(_, order)| order == id) {
            self.normal = phrase;
            let room = Room::derive(RoomSecret::from_stretched(&stretched));
            let order = step.number();
            step.out.push(Output::Stretch {
                id: order,
                what: Typed::Passcode,
                text: self.passcode.clone(),
                salt: *room.pass_salt(),
            });
            self.attempt = Some(Attempt::new(self.kind(), room.hash().subject()));
            self.room = Some((room, order));
        } else if self.room.as_ref().is_some_and(|(_, order)| *order == id) {
            self.stretched = Some(stretched);
        }
    }

    /// Why what was typed cannot be used, where this order, which is not done, is one of this opening's.
    pub(super) fn unusable(&self, id: u32) -> Option<Failure> {
        if self.salted.is_some_and(|(_, order)| order == id) {
            Some(Failure::BadPhrase)
        } else if self.room.as_ref().is_some_and(|(_, order)| *order == id) {
            Some(Failure::BadPasscode)
        } else {
            None
        }
    }

    /// What is asked: what was typed for, or, if that may be done already, to open it.
    const fn kind(&self) -> CommandKind {
        match self.aim {
            _ if self.may_be_taken => CommandKind::Open,
            Aim::Open => CommandKind::Open,
            Aim::Create { .. } => CommandKind::Create,
            Aim::Join { .. } => CommandKind::Claim,
        }
    }

    /// Does what can be done on a connection that is up.
    pub(super) fn advance(&mut self, step: &mut Step<'_>) {
        let Some(attempt) = &mut self.attempt else { return };
        attempt.prepare(step);
        let (Some(solution), Some(stretched), Some((room, _))) =
            (attempt.solution(), &self.stretched, &self.room)
        else {
            return;
        };
        let secret = PassSecret::from_stretched(room, stretched);
        let open = |solution| Asked::Open {
            room: *room.hash(),
            attempt: Paid::Puzzle(solution),
            keys: Seat::all().map(|seat| secret.access_key(seat)).collect(),
        };
        let command = match &self.aim {
            _ if self.may_be_taken => open(solution),
            Aim::Open => open(solution),
            Aim::Create {
                nickname,
                size,
                lifetime,
                word,
            } => {
                let taken = self.taken.get_or_insert_with(|| {
                    Taken::generate(room, &secret, stretched, Seat::FIRST, nickname, step)
                });
                Asked::Create(Create {
                    room: *room.hash(),
                    solution,
                    size: *size,
                    lifetime: *lifetime,
                    take: taken.take.clone(),
                    word: match self.salted {
                        Some((salt, _)) if !word.is_empty() => Some(hash::word_hash(&salt, word)),
                        _ => None,
                    },
                })
            }
            Aim::Join { code, nickname } => {
                let taken = self.taken.get_or_insert_with(|| {
                    Taken::generate(room, &secret, stretched, code.seat(), nickname, step)
                });
                Asked::Claim {
                    room: *room.hash(),
                    solution,
                    seat: code.seat(),
                    token: code.token(room),
                    take: taken.take.clone(),
                }
            }
        };
        attempt.trying(step.ask(command));
    }

    /// Whether an answer with this number belongs here.
    pub(super) fn awaits(&self, reference: u32) -> bool {
        self.attempt
            .as_ref()
            .is_some_and(|attempt| attempt.awaits(reference))
    }

    /// Takes the answer to what was asked last.
    pub(super) fn answer(&mut self, answer: Answer, step: &mut Step<'_>) -> Progress {
        let Some(attempt) = &mut self.attempt else {
            return Progress::Failed(Failure::Dishonest);
        };
        let was_tried = attempt.is_trying();
        match answer {
            Answer::Puzzle(puzzle) | Answer::Refused(Refusal::Price(puzzle)) => {
                if !attempt.priced(&puzzle, step) {
                    return Progress::Failed(Failure::Dishonest);
                }
                self.advance(step);
                Progress::Going
            }
            Answer::Opened(opened) if was_tried => self.opened(opened),
            Answer::Several(tickets) if was_tried && attempt.kind() == CommandKind::Open => {
                let (Some((room, _)), Some(stretched)) = (self.room.take(), self.stretched.take()) else {
                    return Progress::Failed(Failure::Dishonest);
                };
                match (tickets.len() >= 2, self.normal.take()) {
                    (true, Some(phrase)) => {
                        Progress::Several(Box::new(Choosing::new(room, phrase, stretched, tickets)))
                    }
                    _ => Progress::Failed(Failure::Dishonest),
                }
            }
            Answer::Refused(Refusal::Refused) if was_tried && self.may_be_taken => {
                // It was not taken, then: now it is.
                self.may_be_taken = false;
                attempt.restart(match self.aim {
                    Aim::Create { .. } => CommandKind::Create,
                    _ => CommandKind::Claim,
                });
                self.advance(step);
                Progress::Going
            }
            Answer::Refused(Refusal::Refused) if was_tried => Progress::Failed(Failure::Refused),
            Answer::Refused(why) => Progress::Failed(Failure::of(&why)),
            _ => Progress::Failed(Failure::Dishonest),
        }
    }

    fn opened(&mut self, opened: Opened) -> Progress {
        let (Some((room, _)), Some(stretched), Some(phrase)) =
            (self.room.take(), self.stretched.take(), self.normal.take())
        else {
            return Progress::Failed(Failure::Dishonest);
        };
        let seat = opened.seat;
        let (me, pass) = match self.taken.take() {
            Some(taken) if taken.me.seat() == seat => {
                let same = taken.pass.vault.open(room.hash(), seat, &opened.vault);
                if same.is_ok_and(|seed| seed == *taken.me.seed()) {
                    (taken.me, taken.pass)
                } else {
                    return Progress::Failed(Failure::Dishonest);
                }
            }
            Some(_) => return Progress::Failed(Failure::Dishonest),
            None => {
                let pass = Pass::derive(&PassSecret::from_stretched(&room, &stretched), &stretched, seat);
                let Ok(seed) = pass.vault.open(room.hash(), seat, &opened.vault) else {
                    return Progress::Failed(Failure::Dishonest);
                };
                (SeatKeys::derive(&room, seat, seed), pass)
            }
        };
        Progress::Opened(
            Box::new(Keys {
                room,
                me,
                pass,
                phrase,
            }),
            Box::new(opened),
        )
    }

    /// A puzzle was solved.
    pub(super) fn solved(&mut self, id: u32, solution: Solution) {
        if let Some(attempt) = &mut self.attempt {
            attempt.solved(id, solution);
        }
    }

    /// The connection is gone.
    pub(super) fn lost(&mut self) {
        let was_trying = self.attempt.as_ref().is_some_and(Attempt::is_trying);
        if was_trying && !matches!(self.aim, Aim::Open) {
            self.may_be_taken = true;
        }
        let kind = self.kind();
        if let Some(attempt) = &mut self.attempt {
            attempt.restart(kind);
        }
    }
}

impl Taken {
    fn generate(
        room: &Room,
        secret: &PassSecret,
        stretched: &Stretched,
        seat: Seat,
        nickname: &Nickname,
        step: &mut Step<'_>,
    ) -> Self {
        let me = SeatKeys::derive(room, seat, SeatSeed::generate(&mut step.rng));
        let pass = Pass::derive(secret, stretched, seat);
        let take = TakeSeat {
            access_key: pass.access,
            vault: pass.vault.seal(room.hash(), seat, me.seed(), &mut step.rng),
            card: me.seal_card(room, nickname, &mut step.rng),
        };
        Self { me, pass, take }
    }
}
