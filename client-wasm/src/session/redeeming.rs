//! Fetching the sealed invitation that a link names.

use sotto_crypto::Invitation;
use sotto_protocol::{Answer, Command as Asked, CommandKind, Refusal, Solution};
use zeroize::Zeroizing;

use super::attempt::Attempt;
use super::io::Output;
use super::step::Step;
use crate::view::{Failure, Work};

/// An invitation on its way.
pub(super) struct Redeeming {
    invitation: Invitation,
    attempt: Attempt,
}

impl Redeeming {
    pub(super) fn new(fragment: &[u8]) -> Result<Self, Failure> {
        let text = str::from_utf8(fragment).map_err(|_| Failure::NoInvitation)?;
        let invitation = Invitation::parse(text).map_err(|_| Failure::NoInvitation)?;
        let attempt = Attempt::new(CommandKind::Invitation, invitation.id().subject());
        Ok(Self { invitation, attempt })
    }

    /// What the page is told is being done.
    pub(super) const fn work(&self, is_up: bool) -> Work {
        match is_up {
            false => Work::Connecting,
            true if self.attempt.is_solving() => Work::Puzzle,
            true => Work::Asking,
        }
    }

    /// Does what can be done on a connection that is up.
    pub(super) fn advance(&mut self, step: &mut Step<'_>) {
        self.attempt.prepare(step);
        if let Some(solution) = self.attempt.solution() {
            let id = self.invitation.id();
            let reference = step.ask(Asked::Invitation { id, solution });
            self.attempt.trying(reference);
        }
    }

    /// Whether an answer with this number belongs here.
    pub(super) fn awaits(&self, reference: u32) -> bool {
        self.attempt.awaits(reference)
    }

    /// Takes the answer to what was asked last; gives what the invitation held, once it is there.
    pub(super) fn answer(&mut self, answer: Answer, step: &mut Step<'_>) -> Result<Option<Output>, Failure> {
        match answer {
            Answer::Puzzle(puzzle) | Answer::Refused(Refusal::Price(puzzle)) => {
                if !self.attempt.priced(&puzzle, step) {
                    return Err(Failure::Dishonest);
                }
                self.advance(step);
                Ok(None)
            }
            Answer::Invitation(sealed) if self.attempt.is_trying() => {
                let invited = self.invitation.open(&sealed).map_err(|_| Failure::NoInvitation)?;
                Ok(Some(Output::Invitation {
                    phrase: Zeroizing::new(invited.phrase.as_bytes().to_vec()),
                    code: invited.code.encode(),
                }))
            }
            Answer::Refused(Refusal::Refused) if self.attempt.is_trying() => Err(Failure::NoInvitation),
            Answer::Refused(why) => Err(Failure::of(&why)),
            _ => Err(Failure::Dishonest),
        }
    }

    /// A puzzle was solved.
    pub(super) fn solved(&mut self, id: u32, solution: Solution, step: &mut Step<'_>) {
        self.attempt.solved(id, solution);
        self.advance(step);
    }

    /// The connection is gone.
    pub(super) fn lost(&mut self) {
        self.attempt.lost();
    }
}
