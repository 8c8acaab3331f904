//! What stands before every guess: puzzles, prices, and the draw at the cap. All of it is in memory only.
//!
//! The cores ([`price`], [`puzzle`], [`draw`]) are pure: time and randomness come in as arguments. This file joins
//! them and gives them clock, lock and random numbers.

pub mod draw;
pub mod price;
pub mod puzzle;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use sotto_protocol::{CommandKind, Nonce, Puzzle, Solution, Subject, limits};
use tokio::sync::{Notify, oneshot};

use self::draw::{Draw, Network};
use self::price::{Prices, Slot};
use self::puzzle::Held;

/// What a `create` adds to the load of the whole relay, next to 1 for any other attempt: it writes most, and it is
/// the one command that can show that a room is absent.
const CREATE_WEIGHT: u32 = 4;

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

/// The gate of one relay.
#[derive(Debug)]
pub struct Gate {
    prices: Mutex<Prices>,
    draw: Mutex<Draw<oneshot::Sender<()>>>,
    entered: Notify,
    /// What guesses at the relay's word are counted under. No room hash is it but by guessing 32 random bytes.
    word: Subject,
}

/// An attempt as it comes in.
#[derive(Debug, Clone, Copy)]
pub struct Attempted {
    /// What is attempted.
    pub kind: CommandKind,
    /// On what.
    pub subject: Subject,
    /// With which solution.
    pub solution: Solution,
    /// From where.
    pub network: Network,
    /// Whether it is a guess at the relay's word, too.
    pub word: bool,
}

/// What the gate says to an attempt.
#[derive(Debug)]
pub enum Admission {
    /// It may be tried. It counts as a failure until [`Gate::forgive`].
    Admitted(Slot),
    /// It was not tried; this is the present price.
    Price(Puzzle),
}

impl Gate {
    /// A gate at rest. More than `calm` attempts a minute on the whole relay are load.
    pub fn new(calm: u32) -> Self {
        Self {
            prices: Mutex::new(Prices::new(Instant::now(), calm)),
            draw: Mutex::new(Draw::default()),
            entered: Notify::new(),
            word: unguessable(),
        }
    }

    /// Gives a connection a puzzle at the present price.
    pub fn puzzle(&self, held: &mut Held, subject: Subject) -> Result<Puzzle, NoRandomness> {
        let bits = {
            let prices = self.prices();
            prices.price(prices.slot(&subject), Instant::now())
        };
        give(held, subject, bits)
    }

    /// Lets an attempt through, now or when it is drawn, or asks the present price.
    pub async fn admit(&self, held: &mut Held, attempted: Attempted) -> Result<Admission, NoRandomness> {
        let Attempted {
            kind,
            subject,
            solution,
            network,
            word,
        } = attempted;
        let weight = if kind == CommandKind::Create {
            CREATE_WEIGHT
        } else {
            1
        };
        let (slot, word, price, line) = {
            let now = Instant::now();
            let mut prices = self.prices();
            let slot = prices.slot(&subject);
            let word = word.then(|| prices.slot(&self.word));
            let of_subject = prices.price(slot, now);
            // Each guess at the word may name another room, so the word has a price and a line of its own.
            let of_word = word.map_or(0, |word| prices.price(word, now));
            let price = of_subject.max(of_word);
            if !held.spend(kind, &subject, &solution, price, now) {
                drop(prices);
                return give(held, subject, price).map(Admission::Price);
            }
            if price < limits::PUZZLE_BITS {
                // Counted before it is tried, so that many at once do not all pass at the first one's price.
                prices.count_all(slot, word, weight, now);
            }
            let is_word = of_word == limits::PUZZLE_BITS;
            (slot, word, price, if is_word { self.word } else { subject })
        };
        if price == limits::PUZZLE_BITS {
            if self.enter(line, network).await.is_err() {
                return give(held, subject, price).map(Admission::Price);
            }
            self.prices().count_all(slot, word, weight, Instant::now());
        }
        Ok(Admission::Admitted(slot))
    }

    /// The attempt showed the right word.
    pub fn forgive_word(&self) {
        let mut prices = self.prices();
        let slot = prices.slot(&self.word);
        prices.forgive(slot);
    }

    /// The attempt was not a failure after all.
    pub fn forgive(&self, slot: Slot) {
        self.prices().forgive(slot);
    }

    /// A failed guess that needed no admission: a wrong present passcode.
    pub fn count_failure(&self, subject: &Subject) {
        let mut prices = self.prices();
        let slot = prices.slot(subject);
        prices.count(slot, 1, Instant::now());
    }

    /// Draws, for as long as the relay runs.
    pub async fn run_draw(&self) {
        loop {
            let entered = self.entered.notified();
            let next = self.draw().next();
            match next {
                None => entered.await,
                Some(next) => {
                    tokio::select! {
                        () = entered => {}
                        () = tokio::time::sleep_until(next.into()) => {}
                    }
                }
            }
            let drawn = {
                let mut draw = self.draw();
                draw.retain(|attempt| !attempt.is_closed());
                draw.draw(Instant::now(), &mut below)
            };
            for attempt in drawn {
                // One that has left in this moment takes its second with it.
                let _ = attempt.send(());
            }
        }
    }

    /// Waits to be drawn; an error if put out for another.
    fn enter(&self, subject: Subject, network: Network) -> oneshot::Receiver<()> {
        let (attempt, drawn) = oneshot::channel();
        // Dropping the one that has to go tells it so.
        drop(
            self.draw()
                .enter(subject, network, attempt, Instant::now(), &mut below),
        );
        self.entered.notify_one();
        drawn
    }

    fn prices(&self) -> std::sync::MutexGuard<'_, Prices> {
        self.prices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self) -> std::sync::MutexGuard<'_, Draw<oneshot::Sender<()>>> {
        self.draw.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a connection a puzzle at this price.
fn give(held: &mut Held, subject: Subject, bits: u8) -> Result<Puzzle, NoRandomness> {
    let mut nonce = [0; Nonce::LENGTH];
    getrandom::fill(&mut nonce).map_err(|_| NoRandomness)?;
    Ok(held.give(Nonce::new(nonce), subject, bits, Instant::now()))
}

/// What nobody outside of this process can name: made as the table's own keys are.
fn unguessable() -> Subject {
    let mut bytes = [0; Subject::LENGTH];
    for eight in bytes.chunks_mut(8) {
        eight.copy_from_slice(&RandomState::new().hash_one(eight.len()).to_be_bytes());
    }
    Subject::new(bytes)
}

/// A random number below `n`. Without randomness the first of those that wait is drawn: late is better than never.
fn below(n: usize) -> usize {
    let random = getrandom::u64().unwrap_or(0);
    usize::try_from(random % (n.max(1) as u64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use sotto_protocol::hash;

    use super::*;

    const SUBJECT: Subject = Subject::new([5; 32]);

    fn attempted(puzzle: &Puzzle, kind: CommandKind, bits: u8) -> Attempted {
        let solution = hash::solve(&puzzle.nonce, kind, &SUBJECT, bits);
        Attempted {
            kind,
            subject: SUBJECT,
            solution,
            network: Network::of(Ipv4Addr::LOCALHOST.into()),
            word: false,
        }
    }

    /// A guess at the word that names a room of its own: what it cost, and where it was counted.
    async fn guess(gate: &Gate, room: u8) -> (u8, Slot) {
        let subject = Subject::new([room; 32]);
        let mut held = Held::default();
        let cheap = gate.puzzle(&mut held, subject).unwrap();
        assert_eq!(cheap.bits, 0, "nothing was tried on that room");
        // A puzzle that is used up: nothing is tried, and the price is told.
        let mut used_up = Held::default();
        let attempt = |puzzle: &Puzzle| Attempted {
            subject,
            solution: hash::solve(&puzzle.nonce, CommandKind::Create, &subject, puzzle.bits),
            word: true,
            ..attempted(puzzle, CommandKind::Create, 0)
        };
        let Ok(Admission::Price(puzzle)) = gate.admit(&mut used_up, attempt(&cheap)).await else {
            panic!()
        };
        match gate.admit(&mut used_up, attempt(&puzzle)).await {
            Ok(Admission::Admitted(slot)) => (puzzle.bits, slot),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn guesses_at_the_word_are_priced_together_whatever_rooms_they_name() {
        let gate = Gate::new(600);
        for (room, bits) in [(10, 0), (11, 0), (12, 0), (13, 10), (14, 10), (15, 11)] {
            assert_eq!(guess(&gate, room).await.0, bits);
        }
        let open = gate.puzzle(&mut Held::default(), Subject::new([16; 32])).unwrap();
        assert_eq!(open.bits, 0, "other attempts cost what they did");
    }

    #[tokio::test]
    async fn the_right_word_is_no_guess() {
        let gate = Gate::new(600);
        for room in 20..30 {
            let (paid, slot) = guess(&gate, room).await;
            assert_eq!(paid, 0);
            gate.forgive_word();
            gate.forgive(slot);
        }
    }

    #[tokio::test]
    async fn priced_from_the_third_failure() {
        let gate = Gate::new(600);
        let mut held = Held::default();
        for bits in [0, 0, 0, 10, 10, 11] {
            let puzzle = gate.puzzle(&mut held, SUBJECT).unwrap();
            assert_eq!(puzzle.bits, bits);
            let attempted = attempted(&puzzle, CommandKind::Open, bits);
            assert!(matches!(
                gate.admit(&mut held, attempted).await,
                Ok(Admission::Admitted(_))
            ));
        }
    }

    #[tokio::test]
    async fn too_little_work_is_told_the_price_and_tries_nothing() {
        let gate = Gate::new(600);
        let (mut held, mut other) = (Held::default(), Held::default());
        let cheap = gate.puzzle(&mut held, SUBJECT).unwrap();
        for _ in 0..3 {
            gate.count_failure(&SUBJECT);
        }
        let puzzle = gate.puzzle(&mut other, SUBJECT).unwrap();
        let unsolved = (0..100)
            .map(|n: u64| Solution::new(n.to_be_bytes()))
            .find(|n| !hash::solves(&cheap.nonce, CommandKind::Claim, &SUBJECT, n, puzzle.bits));
        let attempt = Attempted {
            solution: unsolved.unwrap(),
            ..attempted(&cheap, CommandKind::Claim, 0)
        };
        let Ok(Admission::Price(again)) = gate.admit(&mut held, attempt).await else {
            panic!()
        };
        assert_eq!(again.bits, puzzle.bits);
        let attempt = attempted(&again, CommandKind::Claim, again.bits);
        assert!(matches!(
            gate.admit(&mut held, attempt).await,
            Ok(Admission::Admitted(_))
        ));
    }

    #[tokio::test]
    async fn at_the_cap_attempts_are_drawn() {
        let gate = std::sync::Arc::new(Gate::new(600));
        for _ in 0..30 {
            gate.count_failure(&SUBJECT);
        }
        let mut held = Held::default();
        let puzzle = gate.puzzle(&mut held, SUBJECT).unwrap();
        assert_eq!(puzzle.bits, limits::PUZZLE_BITS);
        // The wire's cap costs a million hashes; that is what is asked here too.
        let attempt = attempted(&puzzle, CommandKind::Open, puzzle.bits);
        let waiting = gate.admit(&mut held, attempt);
        tokio::pin!(waiting);
        let at_once = tokio::time::timeout(std::time::Duration::from_millis(20), &mut waiting).await;
        assert!(at_once.is_err(), "nobody draws yet");
        let drawing = std::sync::Arc::clone(&gate);
        let draws = tokio::spawn(async move { drawing.run_draw().await });
        assert!(matches!(waiting.await, Ok(Admission::Admitted(_))));
        draws.abort();
    }
}
