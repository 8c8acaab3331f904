//! What the socket and the other worker report, handed to where the session is.

use alloc::boxed::Box;

use sotto_crypto::{NormalPhrase, Stretched};
use sotto_protocol::{Answer, Opened, ServerFrame, Solution, VERSION, Welcome, close, decode, limits};

use super::chain::Chain;
use super::entrance::Entered;
use super::io::{Output, Secret};
use super::keys::Keys;
use super::opening::Progress;
use super::roster::Memory;
use super::seated::{Next, Seated};
use super::step::Step;
use super::{Phase, Session};
use crate::view::{AlarmKind, Failure};

impl Session {
    pub(super) fn frame(&mut self, bytes: &[u8], step: &mut Step<'_>) {
        let frame = Some(bytes)
            .filter(|bytes| bytes.len() <= limits::FRAME)
            .and_then(|bytes| decode::<ServerFrame>(bytes).ok());
        match frame {
            Some(ServerFrame::Welcome(welcome)) if !self.link.is_up() => self.welcomed(welcome, step),
            Some(ServerFrame::Answer { reference, answer }) if self.link.is_up() => {
                self.answer(reference, answer, step);
            }
            Some(ServerFrame::Event(event)) if self.link.is_up() => {
                if let Phase::Seated(seated) = &mut self.phase {
                    let next = seated.event(&event, step, self.offset);
                    self.follow(next, step);
                }
            }
            _ => self.nonsense(step),
        }
    }

    /// A frame that no honest relay sends here.
    fn nonsense(&mut self, step: &mut Step<'_>) {
        match &mut self.phase {
            Phase::Seated(seated) => seated.room.alarms.raise(AlarmKind::BadFrame, None),
            Phase::Entry | Phase::Ended(_, _) => self.link.rest(step),
            _ => self.fail(Failure::Dishonest, step),
        }
    }

    fn welcomed(&mut self, welcome: Welcome, step: &mut Step<'_>) {
        if welcome.version != VERSION {
            return self.outdated(step);
        }
        let here = i64::try_from(step.now / 1000).unwrap_or(i64::MAX);
        let there = i64::try_from(welcome.time).unwrap_or(i64::MAX);
        self.offset = there.saturating_sub(here);
        self.welcome = Some(welcome);
        self.link.welcomed(step.now);
        self.salted(step);
        self.advance(step);
    }

    fn answer(&mut self, reference: u32, answer: Answer, step: &mut Step<'_>) {
        match &mut self.phase {
            Phase::Opening(opening) if opening.awaits(reference) => {
                let progress = opening.answer(answer, step);
                self.proceed(progress, step);
            }
            Phase::Redeeming(redeeming) if redeeming.awaits(reference) => {
                match redeeming.answer(answer, step) {
                    Ok(None) => {}
                    Ok(Some(invitation)) => {
                        step.out.push(invitation);
                        self.phase = Phase::Entry;
                    }
                    Err(failure) => self.fail(failure, step),
                }
            }
            Phase::Choosing(choosing) => {
                let way = choosing.entrance().filter(|way| way.awaits(reference));
                if let Some(entered) = way.map(|way| way.answer(answer, step)) {
                    self.enter(entered, step);
                }
            }
            Phase::Resuming(resuming) => {
                let way = resuming.entrance().filter(|way| way.awaits(reference));
                if let Some(entered) = way.map(|way| way.answer(answer, step)) {
                    self.enter(entered, step);
                }
            }
            Phase::Seated(seated) => {
                let next = seated.answer(reference, answer, step, self.offset);
                self.follow(next, step);
            }
            // The answer to something that was given up.
            _ => {}
        }
    }

    fn proceed(&mut self, progress: Progress, step: &mut Step<'_>) {
        match progress {
            Progress::Going => {}
            Progress::Failed(failure) => self.fail(failure, step),
            Progress::Several(choosing) => self.phase = Phase::Choosing(choosing),
            Progress::Opened(keys, opened) => self.take_seat(*keys, &opened, step),
        }
    }

    /// Takes what came of opening a chosen or a locked seat.
    fn enter(&mut self, entered: Entered, step: &mut Step<'_>) {
        match entered {
            Entered::Going => {}
            Entered::Refused => self.fail(Failure::Refused, step),
            Entered::NotNow(failure) => self.fail(failure, step),
            Entered::Nonsense => self.fail(Failure::Dishonest, step),
            Entered::Opened { opened, .. } => match core::mem::take(&mut self.phase) {
                Phase::Choosing(choosing) => match choosing.into_keys(&opened) {
                    Some(keys) => self.take_seat(keys, &opened, step),
                    None => self.fail(Failure::Dishonest, step),
                },
                Phase::Resuming(resuming) => match resuming.into_seated(&opened, step.now) {
                    Some(mut seated) => {
                        seated.tell_habits(step);
                        self.phase = Phase::Seated(Box::new(seated));
                    }
                    None => self.fail(Failure::Dishonest, step),
                },
                other => self.phase = other,
            },
        }
    }

    fn take_seat(&mut self, keys: Keys, opened: &Opened, step: &mut Step<'_>) {
        match Seated::new(keys, opened, Memory::new(), Chain::default(), step.now) {
            Some(seated) => self.phase = Phase::Seated(Box::new(seated)),
            None => self.fail(Failure::Dishonest, step),
        }
    }

    /// The socket is closed, or was never opened.
    pub(super) fn closed(&mut self, code: u16, step: &mut Step<'_>) {
        // At the entry form a connection is a convenience: it is made again when it is needed.
        if matches!(self.phase, Phase::Entry | Phase::Ended(_, _)) && self.link.is_up() {
            return self.link.rest_closed();
        }
        if code == close::TOO_MANY && self.is_on_its_way() {
            self.link.rest_closed();
            return self.fail(Failure::TooMany, step);
        }
        self.forget_connection(code, step);
        self.link.lost(code, step);
    }

    /// Whether a seat is being opened.
    const fn is_on_its_way(&self) -> bool {
        !matches!(self.phase, Phase::Entry | Phase::Ended(_, _) | Phase::Seated(_))
    }

    /// Nothing that was asked on the connection will be answered.
    pub(super) fn forget_connection(&mut self, code: u16, step: &mut Step<'_>) {
        match &mut self.phase {
            Phase::Opening(opening) => opening.lost(),
            Phase::Choosing(choosing) => choosing.lost(),
            Phase::Resuming(resuming) => resuming.lost(),
            Phase::Redeeming(redeeming) => redeeming.lost(),
            Phase::Seated(seated) => {
                let next = seated.lost(code, step.now, self.offset);
                if let Next::End(_) = next {
                    self.follow(next, step);
                }
            }
            Phase::Entry | Phase::Ended(_, _) => {}
        }
    }

    pub(super) fn stretched(&mut self, id: u32, bytes: Option<Secret>, step: &mut Step<'_>) {
        let done = Done::read(bytes);
        match (&mut self.phase, done) {
            (Phase::Opening(opening), Ok(done)) => opening.stretched(id, done, step),
            (Phase::Opening(opening), Err(undone)) => {
                if let Some(unusable) = opening.unusable(id) {
                    self.fail(undone.failure(unusable), step);
                }
            }
            (Phase::Resuming(resuming), done) if resuming.ordered(id) => {
                let opened = done
                    .map_err(|undone| undone.failure(Failure::BadPasscode))
                    .and_then(|done| resuming.unlock(&done.stretched));
                match opened {
                    Ok(text) => {
                        step.out.push(Output::Draft { text });
                        if self.link.is_outdated() {
                            self.fail(Failure::Version, step);
                        }
                    }
                    Err(failure) => self.fail(failure, step),
                }
            }
            (Phase::Seated(seated), done) => return seated.stretched(id, done, step),
            _ => {}
        }
        self.advance(step);
    }

    pub(super) fn solved(&mut self, id: u32, solution: Solution, step: &mut Step<'_>) {
        if !self.link.is_up() {
            return;
        }
        match &mut self.phase {
            Phase::Opening(opening) => {
                opening.solved(id, solution);
                opening.advance(step);
            }
            Phase::Redeeming(redeeming) => redeeming.solved(id, solution, step),
            Phase::Choosing(choosing) => {
                choosing
                    .entrance()
                    .into_iter()
                    .for_each(|way| way.solved(id, solution, step));
            }
            Phase::Resuming(resuming) => {
                resuming
                    .entrance()
                    .into_iter()
                    .for_each(|way| way.solved(id, solution, step));
            }
            Phase::Seated(seated) => seated.solved(id, solution, step),
            Phase::Entry | Phase::Ended(_, _) => {}
        }
    }
}

/// What a run of Argon2id gave.
pub(super) struct Done {
    pub(super) stretched: Stretched,
    /// The phrase in its normal form, where it was a phrase.
    pub(super) phrase: Option<NormalPhrase>,
}

/// Why there was no run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Undone {
    /// The text cannot be used.
    Unusable,
    /// The browser did not give the memory.
    NoMemory,
}

impl Done {
    fn read(bytes: Option<Secret>) -> Result<Self, Undone> {
        let bytes = bytes.ok_or(Undone::NoMemory)?;
        let (key, phrase) = bytes.split_first_chunk().ok_or(Undone::Unusable)?;
        let phrase = str::from_utf8(phrase).ok();
        Ok(Self {
            stretched: Stretched::from_bytes(*key),
            phrase: phrase.and_then(|phrase| NormalPhrase::from_normal(phrase).ok()),
        })
    }
}

impl Undone {
    const fn failure(self, unusable: Failure) -> Failure {
        match self {
            Self::Unusable => unusable,
            Self::NoMemory => Failure::Memory,
        }
    }
}
