//! A connection's one puzzle: given for a subject, good for two minutes and for one attempt.

use std::time::{Duration, Instant};

use sotto_protocol::{CommandKind, Nonce, Puzzle, Solution, Subject, hash, limits};

/// The puzzle that a connection holds, if any.
#[derive(Debug, Default)]
pub struct Held(Option<Given>);

#[derive(Debug)]
struct Given {
    nonce: Nonce,
    subject: Subject,
    good_until: Instant,
}

impl Held {
    /// Gives the connection a puzzle in place of the one that it held.
    pub fn give(&mut self, nonce: Nonce, subject: Subject, bits: u8, now: Instant) -> Puzzle {
        let good_until = now + Duration::from_secs(limits::PUZZLE_SECONDS);
        self.0 = Some(Given {
            nonce,
            subject,
            good_until,
        });
        Puzzle { nonce, bits }
    }

    /// Whether this solves the puzzle at the present price. The puzzle is used up, whatever the outcome.
    ///
    /// What counts is the price now, not the price when the puzzle was given: if failures have come in since,
    /// the work was too little; a solution at the cap is always enough.
    pub fn spend(
        &mut self,
        kind: CommandKind,
        subject: &Subject,
        solution: &Solution,
        price: u8,
        now: Instant,
    ) -> bool {
        let Some(given) = self.0.take() else { return false };
        now < given.good_until
            && given.subject == *subject
            && hash::solves(&given.nonce, kind, subject, solution, price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject = Subject::new([1; 32]);
    const NONCE: Nonce = Nonce::new([2; 16]);
    const KIND: CommandKind = CommandKind::Open;

    fn solved(bits: u8) -> Solution {
        hash::solve(&NONCE, KIND, &SUBJECT, bits)
    }

    #[test]
    fn one_puzzle_serves_one_attempt() {
        let now = Instant::now();
        let mut held = Held::default();
        assert!(!held.spend(KIND, &SUBJECT, &solved(0), 0, now), "none was given");
        held.give(NONCE, SUBJECT, 10, now);
        assert!(held.spend(KIND, &SUBJECT, &solved(10), 10, now));
        assert!(!held.spend(KIND, &SUBJECT, &solved(10), 10, now), "used up");
        held.give(NONCE, SUBJECT, 10, now);
        assert!(!held.spend(KIND, &SUBJECT, &Solution::new([0xff; 8]), 10, now));
        assert!(
            !held.spend(KIND, &SUBJECT, &solved(10), 10, now),
            "used up by a failure"
        );
    }

    #[test]
    fn bound_to_subject_command_and_two_minutes() {
        let now = Instant::now();
        let mut held = Held::default();
        let late = now + Duration::from_secs(limits::PUZZLE_SECONDS);
        held.give(NONCE, SUBJECT, 10, now);
        assert!(!held.spend(KIND, &SUBJECT, &solved(10), 10, late));
        held.give(NONCE, SUBJECT, 10, now);
        assert!(held.spend(
            KIND,
            &SUBJECT,
            &solved(10),
            10,
            late.checked_sub(Duration::from_millis(1)).unwrap()
        ));
        held.give(NONCE, SUBJECT, 0, now);
        assert!(
            !held.spend(KIND, &Subject::new([3; 32]), &solved(0), 0, now),
            "at rest too"
        );
        held.give(NONCE, SUBJECT, 16, now);
        assert!(!held.spend(CommandKind::Create, &SUBJECT, &solved(16), 16, now));
    }

    #[test]
    fn the_price_may_have_risen_or_fallen_since() {
        let now = Instant::now();
        let mut held = Held::default();
        let cheap = (0u64..1 << 20)
            .map(|n| Solution::new(n.to_be_bytes()))
            .find(|n| {
                hash::solves(&NONCE, KIND, &SUBJECT, n, 10) && !hash::solves(&NONCE, KIND, &SUBJECT, n, 12)
            })
            .unwrap();
        held.give(NONCE, SUBJECT, 10, now);
        assert!(!held.spend(KIND, &SUBJECT, &cheap, 12, now));
        held.give(NONCE, SUBJECT, 12, now);
        assert!(held.spend(KIND, &SUBJECT, &cheap, 0, now));
    }
}
