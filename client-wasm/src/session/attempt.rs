//! An attempt that has its price: a puzzle is asked for, solved, and spent on one command.

use sotto_protocol::{CommandKind, Puzzle, Solution, Subject, hash, limits};

use super::io::Output;
use super::step::Step;

/// Up to this price a puzzle is solved on the spot: about a thousand hashes, a fraction of a millisecond.
const AT_ONCE: u8 = 10;

/// The price of one command, from the question to the answer.
pub(super) struct Attempt {
    kind: CommandKind,
    subject: Subject,
    state: State,
}

enum State {
    Idle,
    /// The price was asked for.
    Pricing(u32),
    /// The puzzle is being solved elsewhere.
    Solving(u32),
    /// The price can be paid.
    Ready(Solution),
    /// The command is with the relay.
    Trying(u32),
}

impl Attempt {
    pub(super) const fn new(kind: CommandKind, subject: Subject) -> Self {
        Self {
            kind,
            subject,
            state: State::Idle,
        }
    }

    /// What the price is for.
    pub(super) const fn kind(&self) -> CommandKind {
        self.kind
    }

    /// Asks for the price, unless that was done.
    pub(super) fn prepare(&mut self, step: &mut Step<'_>) {
        if matches!(self.state, State::Idle) {
            let reference = step.ask(sotto_protocol::Command::Puzzle(self.subject));
            self.state = State::Pricing(reference);
        }
    }

    /// Whether an answer with this number belongs here.
    pub(super) fn awaits(&self, reference: u32) -> bool {
        matches!(self.state, State::Pricing(asked) | State::Trying(asked) if asked == reference)
    }

    /// Takes the price; false if no honest relay asks it.
    pub(super) fn priced(&mut self, puzzle: &Puzzle, step: &mut Step<'_>) -> bool {
        if puzzle.bits > limits::PUZZLE_BITS {
            return false;
        }
        if puzzle.bits <= AT_ONCE {
            let solution = hash::solve(&puzzle.nonce, self.kind, &self.subject, puzzle.bits);
            self.state = State::Ready(solution);
        } else {
            let id = step.number();
            self.state = State::Solving(id);
            step.out.push(Output::Solve {
                id,
                nonce: puzzle.nonce,
                kind: self.kind,
                subject: self.subject,
                bits: puzzle.bits,
            });
        }
        true
    }

    /// Takes what solved it.
    pub(super) fn solved(&mut self, id: u32, solution: Solution) {
        if matches!(self.state, State::Solving(order) if order == id) {
            self.state = State::Ready(solution);
        }
    }

    /// What the price is paid with, once.
    pub(super) const fn solution(&self) -> Option<Solution> {
        match self.state {
            State::Ready(solution) => Some(solution),
            _ => None,
        }
    }

    /// The command is with the relay.
    pub(super) const fn trying(&mut self, reference: u32) {
        self.state = State::Trying(reference);
    }

    /// Whether the command is with the relay.
    pub(super) const fn is_trying(&self) -> bool {
        matches!(self.state, State::Trying(_))
    }

    /// Whether the puzzle is what is waited for.
    pub(super) const fn is_solving(&self) -> bool {
        matches!(self.state, State::Pricing(_) | State::Solving(_))
    }

    /// The connection is gone, and the price with it.
    pub(super) fn lost(&mut self) {
        self.state = State::Idle;
    }

    /// The same for another command.
    pub(super) fn restart(&mut self, kind: CommandKind) {
        self.kind = kind;
        self.state = State::Idle;
    }
}
