//! The session: what a tab knows and does, without I/O.
//!
//! | file | subject |
//! |---|---|
//! | `io` | what goes in and what comes out |
//! | `link`, `clock` | the connection, and when it is made again; the relay's time |
//! | `opening`, `choosing`, `redeeming`, `lock` | the ways into a seat |
//! | `attempt`, `entrance` | what a way in costs, and how a known seat is opened again |
//! | `seated`, `commands`, `habits`, `passcode`, `orders` | an open seat, what the page asks of it, what is on its way |
//! | `room`, `roster`, `chain`, `checking`, `message` | the room, and the checks before anything of it is shown |
//! | `show` | the view |

mod alarms;
mod attempt;
mod chain;
mod checking;
mod choosing;
mod clock;
mod commands;
mod entrance;
mod events;
mod habits;
mod io;
mod keys;
mod link;
mod lock;
mod message;
mod opening;
mod orders;
mod passcode;
mod redeeming;
mod room;
mod roster;
mod seated;
mod secrets;
mod show;
mod silence;
mod step;

use alloc::{boxed::Box, vec::Vec};

use rand_core::CryptoRng;
use sotto_protocol::Welcome;

pub use io::{Command, Input, Output, Secret};

use choosing::Choosing;
use link::Link;
use lock::Resuming;
use opening::{Aim, Opening};
use redeeming::Redeeming;
use seated::{Next, Seated};
use secrets::typed;
use step::Step;

use crate::view::{self, Ending, Failure, View};

/// How long the relay may take to answer on the way into a seat, in milliseconds.
const PATIENCE: u64 = 60_000;

/// A tab's session with one relay.
#[derive(Default)]
pub struct Session {
    link: Link,
    /// What the relay said first on the latest connection.
    welcome: Option<Welcome>,
    /// The relay's clock less this device's, in seconds.
    offset: i64,
    phase: Phase,
    failure: Option<Failure>,
    /// When the relay was last heard, or asked, on the way into a seat.
    active_at: u64,
    last_number: u32,
    shown: Option<View>,
    due: Option<u64>,
}

/// Where the session is.
#[derive(Default)]
enum Phase {
    #[default]
    Entry,
    Opening(Box<Opening>),
    Choosing(Box<Choosing>),
    Resuming(Box<Resuming>),
    Redeeming(Box<Redeeming>),
    Seated(Box<Seated>),
    /// The room is over; where nobody proved it, what was shown stays.
    Ended(Ending, Option<Box<view::Room>>),
}

impl Session {
    /// A session at the entry form, not connected.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what happened and says what to do about it, in order.
    pub fn handle(&mut self, input: Input, now_ms: u64, rng: &mut dyn CryptoRng) -> Vec<Output> {
        let mut last_number = self.last_number;
        let mut step = Step::new(now_ms, rng, &mut last_number);
        let was_frame = matches!(input, Input::Frame(_));
        match input {
            Input::Command(command) => self.command(command, &mut step),
            Input::Connected => self.link.opened(now_ms),
            Input::Frame(bytes) => self.frame(&bytes, &mut step),
            Input::Closed(code) => self.closed(code, &mut step),
            Input::Outdated => self.outdated(&mut step),
            Input::Stretched { id, bytes } => self.stretched(id, bytes, &mut step),
            Input::Solved { id, solution } => self.solved(id, solution, &mut step),
            Input::Tick => self.tick(&mut step),
        }
        let mut outputs = step.out;
        let heard_or_asked = |output: &Output| matches!(output, Output::Send(_));
        if was_frame || outputs.iter().any(heard_or_asked) {
            self.active_at = now_ms;
        }
        self.last_number = last_number;
        let view = self.view();
        if self.shown.as_ref() != Some(&view) {
            self.shown = Some(view.clone());
            outputs.push(Output::View(Box::new(view)));
        }
        let due = self.due();
        if due != self.due {
            self.due = due;
            outputs.extend(due.map(|at_ms| Output::Wake { at_ms }));
        }
        outputs
    }

    fn command(&mut self, command: Command, step: &mut Step<'_>) {
        match command {
            Command::Start => self.link.want(step),
            Command::Wake => {
                self.link.wake(step);
                if let Phase::Seated(seated) = &mut self.phase {
                    seated.wake(step);
                }
            }
            Command::Close => {
                self.link.rest(step);
                self.phase = Phase::Entry;
                self.failure = None;
            }
            Command::Lock { draft } => {
                if let Phase::Seated(seated) = &self.phase {
                    let locked = seated.lock(&draft, step);
                    step.out.push(locked);
                    self.link.rest(step);
                    self.phase = Phase::Entry;
                }
            }
            Command::Choose { seat } => {
                if let Phase::Choosing(choosing) = &mut self.phase {
                    choosing.choose(seat);
                    self.advance(step);
                }
            }
            other => match &mut self.phase {
                Phase::Seated(seated) => seated.command(other, self.offset, step),
                _ => self.begin(other, step),
            },
        }
    }

    /// Begins one of the ways into a seat.
    fn begin(&mut self, command: Command, step: &mut Step<'_>) {
        self.failure = None;
        match way_in(command, step) {
            Ok(Some(phase)) => {
                self.phase = phase;
                self.link.want(step);
                self.salted(step);
                self.advance(step);
            }
            Ok(None) => {}
            Err(failure) => self.fail(failure, step),
        }
    }

    /// Tells an opening the salt, as soon as it is known.
    fn salted(&mut self, step: &mut Step<'_>) {
        if let (Phase::Opening(opening), Some(welcome)) = (&mut self.phase, &self.welcome) {
            opening.salted(welcome.salt, step);
        }
    }

    /// Does what can be done on a connection that is up.
    fn advance(&mut self, step: &mut Step<'_>) {
        if !self.link.is_up() {
            return;
        }
        match &mut self.phase {
            Phase::Opening(opening) => opening.advance(step),
            Phase::Redeeming(redeeming) => redeeming.advance(step),
            Phase::Choosing(choosing) => choosing.entrance().into_iter().for_each(|way| way.advance(step)),
            Phase::Resuming(resuming) => resuming.entrance().into_iter().for_each(|way| way.advance(step)),
            Phase::Seated(seated) => seated.welcomed(step),
            Phase::Entry | Phase::Ended(_, _) => {}
        }
    }

    /// Back to the entry form, with a reason. A relay that cannot be trusted is not kept.
    fn fail(&mut self, failure: Failure, step: &mut Step<'_>) {
        self.phase = Phase::Entry;
        self.failure = Some(failure);
        if matches!(failure, Failure::Dishonest | Failure::Version) {
            self.link.rest(step);
        }
    }

    /// The relay speaks another version. An open room stays on the screen, for what is being written; nothing more is
    /// tried.
    fn outdated(&mut self, step: &mut Step<'_>) {
        match &self.phase {
            Phase::Seated(_) => {
                self.forget_connection(sotto_protocol::close::FAULT, step);
                self.link.outdate(step);
            }
            // The draft comes first.
            Phase::Resuming(resuming) if !resuming.is_unlocked() => self.link.outdate(step),
            Phase::Ended(_, _) => self.link.rest(step),
            _ => self.fail(Failure::Version, step),
        }
    }

    /// Does what an open seat asks for.
    fn follow(&mut self, next: Next, step: &mut Step<'_>) {
        match next {
            Next::Stay => {}
            Next::Reconnect => {
                self.link.give_up(step);
                self.forget_connection(sotto_protocol::close::FAULT, step);
            }
            Next::End(ending) => {
                let kept = match &self.phase {
                    Phase::Seated(seated) if ending == Ending::Unproven => {
                        Some(Box::new(seated.shown(false, self.offset)))
                    }
                    _ => None,
                };
                self.link.rest(step);
                self.phase = Phase::Ended(ending, kept);
            }
        }
    }

    fn tick(&mut self, step: &mut Step<'_>) {
        if self.link.tick(step) {
            self.forget_connection(sotto_protocol::close::FAULT, step);
        }
        if let Phase::Seated(seated) = &mut self.phase {
            let next = seated.tick(step);
            self.follow(next, step);
        } else if self.given_up_at().is_some_and(|at| at <= step.now) {
            self.follow(Next::Reconnect, step);
        }
    }

    /// When an answer on the way into a seat is not waited for any more. The relay may take its time there: under a
    /// flood of guesses it draws whom it answers.
    fn given_up_at(&self) -> Option<u64> {
        let is_asking = match &self.phase {
            Phase::Opening(opening) => opening.is_asking(),
            Phase::Choosing(choosing) => choosing.choices().is_empty(),
            Phase::Redeeming(_) => true,
            Phase::Resuming(resuming) => resuming.is_unlocked(),
            Phase::Entry | Phase::Seated(_) | Phase::Ended(_, _) => false,
        };
        (is_asking && self.link.is_up()).then_some(self.active_at + PATIENCE)
    }

    fn due(&self) -> Option<u64> {
        let room = match &self.phase {
            Phase::Seated(seated) => seated.due(),
            _ => self.given_up_at(),
        };
        self.link.due().into_iter().chain(room).min()
    }
}

/// Where one of the ways into a seat begins; none for what is of use only in a room.
fn way_in(command: Command, step: &mut Step<'_>) -> Result<Option<Phase>, Failure> {
    let opening = |aim, phrase: &[u8], passcode: &[u8]| {
        let opening = Opening::new(
            aim,
            typed(phrase, Failure::BadPhrase)?,
            typed(passcode, Failure::BadPasscode)?,
        );
        Ok(Some(Phase::Opening(Box::new(opening))))
    };
    match command {
        Command::Open { phrase, passcode } => opening(Aim::Open, &phrase, &passcode),
        Command::Create {
            phrase,
            passcode,
            nickname,
            size,
            lifetime,
            word,
        } => {
            let nickname = secrets::nickname(&nickname)?;
            opening(
                Aim::Create {
                    nickname,
                    size,
                    lifetime,
                    word,
                },
                &phrase,
                &passcode,
            )
        }
        Command::Join {
            phrase,
            passcode,
            code,
            nickname,
        } => {
            let (code, nickname) = (secrets::code(&code)?, secrets::nickname(&nickname)?);
            opening(Aim::Join { code, nickname }, &phrase, &passcode)
        }
        Command::Redeem { invitation } => Ok(Some(Phase::Redeeming(Box::new(Redeeming::new(&invitation)?)))),
        Command::Resume {
            locked,
            pass_salt,
            seat,
            room_hash,
            passcode,
        } => {
            let resuming = Resuming::new(locked, pass_salt, seat, room_hash, &passcode, step)?;
            Ok(Some(Phase::Resuming(Box::new(resuming))))
        }
        _ => Ok(None),
    }
}
