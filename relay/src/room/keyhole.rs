//! What a stranger's attempt is compared with: eight locks, whether there is a room behind them or not.

use sotto_protocol::{Refusal, Seat, Seats, limits};
use subtle::{Choice, ConstantTimeEq as _};

use super::{AccessHash, Input, RoomState, Rules, TokenHash};

/// How many seats a room can have.
const SEATS: usize = limits::SEATS as usize;

/// All of a room that decides whether a stranger gets in. A store can read it without opening anything that is
/// sealed, so a refusal costs the same whether the room is absent, present or full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyhole {
    /// Whether the room exists and is not over.
    pub present: bool,
    /// The seats, in order.
    pub locks: [Lock; SEATS],
}

/// What opens or claims one seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lock {
    /// Opens the seat, if somebody has it.
    pub access: Option<AccessHash>,
    /// Claims the seat, if it is free and a token is out that has not lapsed.
    pub token: Option<TokenHash>,
}

impl Keyhole {
    /// That of a room that does not exist.
    pub fn absent() -> Self {
        Self {
            present: false,
            locks: [Lock::default(); SEATS],
        }
    }

    /// That of a room.
    pub fn of(room: &RoomState, now: u64) -> Self {
        let mut keyhole = Self {
            present: true,
            ..Self::absent()
        };
        for (seat, lock) in Seat::all().zip(&mut keyhole.locks) {
            lock.access = room.held.get(&seat).map(|held| held.access);
            lock.token = room.invite(seat, now).map(|invite| invite.token);
        }
        keyhole
    }

    /// Why a stranger's attempt fails, if it does. A lifetime that is not offered is refused as such whether the
    /// room is there or not.
    pub fn refuses(&self, rules: &Rules, input: &Input) -> Option<Refusal> {
        let admitted = self.admits(input);
        match input {
            Input::Create { lifetime, .. } if !rules.lifetimes.contains(lifetime) => Some(Refusal::Invalid),
            _ if admitted => None,
            _ => Some(Refusal::Refused),
        }
    }

    /// Whether a stranger's attempt can succeed. What is not a stranger's attempt cannot.
    ///
    /// Says yes too where a claim or a create has been done before; whether it was this one, [`super::apply`]
    /// decides with the room in hand.
    fn admits(&self, input: &Input) -> bool {
        match input {
            Input::Create { take, .. } => {
                let again = self.opened_at(Seat::FIRST, &take.access);
                !self.present | again
            }
            Input::Claim { seat, token, take } => {
                let claimed = self.claimed_at(*seat, token);
                let again = self.opened_at(*seat, &take.access);
                claimed | again
            }
            Input::Open { keys } => !self.opened(keys).is_empty(),
            Input::Reopen { seat, key } => self.opened_at(*seat, key),
            Input::By { .. } => false,
        }
    }

    /// The seats that these keys open, the n-th key tried at seat n. Always eight comparisons.
    pub fn opened(&self, keys: &[AccessHash; SEATS]) -> Seats {
        let opened = Seat::all()
            .zip(keys)
            .zip(&self.locks)
            .fold(0, |bits, ((seat, key), lock)| {
                bits | (matches(lock.access.as_ref().map(AccessHash::as_bytes), key.as_bytes()).unwrap_u8()
                    << seat.number())
            });
        Seats::from_bits(opened)
    }

    /// Whether the key opens the seat: tried at all eight, so that the seat's number makes no difference.
    fn opened_at(&self, seat: Seat, key: &AccessHash) -> bool {
        self.opened(&[*key; SEATS]).contains(seat)
    }

    /// Whether the token claims the seat. Always eight comparisons.
    fn claimed_at(&self, seat: Seat, token: &TokenHash) -> bool {
        let claimed = Seat::all()
            .zip(&self.locks)
            .fold(Choice::from(0), |claimed, (other, lock)| {
                let here = Choice::from(u8::from(other == seat));
                claimed | (here & matches(lock.token.as_ref().map(TokenHash::as_bytes), token.as_bytes()))
            });
        claimed.into()
    }
}

/// Compares with what is there, or with what nothing equals.
fn matches(stored: Option<&[u8; 32]>, shown: &[u8; 32]) -> Choice {
    let there = Choice::from(u8::from(stored.is_some()));
    let stored = stored.unwrap_or(&[0; 32]);
    there & stored.ct_eq(shown)
}
