//! Locking and resuming.
//!
//! What a tab has seen stays with it while it is locked, so that a lock opens no way to roll a room back.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use sotto_crypto::{LockKey, NormalPhrase, Stretched, ToLock, Typed};
use sotto_protocol::{Habits, MessageHash, Opened, RoomHash, Seat, Ticket, decode, encode, record};
use zeroize::Zeroizing;

use super::chain::Chain;
use super::entrance::Entrance;
use super::habits::Cover;
use super::io::{Output, Secret};
use super::keys::{Keys, Pass};
use super::roster::Memory;
use super::seated::Seated;
use super::secrets;
use super::step::Step;
use crate::view::{Failure, OutcomeKind, Work};

/// What the crypto crate keeps for the session, sealed with the keys.
struct Kept {
    chain: Chain,
    seats: Memory,
    ticket: Option<Ticket>,
    /// A message whose answer was not there yet.
    sending: Option<MessageHash>,
    habits: Option<Habits>,
    cover: bool,
    /// For a link that invites; it opens no more than the room's secret beside it does.
    phrase: String,
}

record!(Kept {
    chain,
    seats,
    ticket,
    sending,
    habits,
    cover,
    phrase
});

impl Drop for Kept {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.phrase);
    }
}

impl Seated {
    /// Seals everything under the passcode.
    pub(super) fn lock(&self, draft: &[u8], step: &mut Step<'_>) -> Output {
        let kept = Kept {
            chain: self.room.chain.clone(),
            seats: self.room.roster.memory().clone(),
            ticket: self.keys.pass.ticket,
            sending: self.orders.message(),
            habits: self.habits,
            cover: self.cover.is_some(),
            phrase: self.keys.phrase.as_str().to_owned(),
        };
        let seen = Zeroizing::new(encode(&kept));
        let what = ToLock {
            room: &self.keys.room,
            me: &self.keys.me,
            access_key: self.keys.pass.access,
            vault_key: &self.keys.pass.vault,
            // What is no text was not typed.
            draft: str::from_utf8(draft).unwrap_or_default(),
            seen: &seen,
        };
        Output::Locked {
            bytes: self.keys.pass.lock.seal(&what, &mut step.rng),
            pass_salt: *self.keys.room.pass_salt(),
            seat: self.me(),
            room_hash: *self.keys.room.hash(),
        }
    }
}

/// A resumption under way.
pub(super) struct Resuming {
    locked: Vec<u8>,
    seat: Seat,
    room: RoomHash,
    order: u32,
    unlocked: Option<Unlocked>,
}

/// What a lock held.
struct Unlocked {
    keys: Keys,
    chain: Chain,
    seats: Memory,
    sending: Option<MessageHash>,
    habits: Option<Habits>,
    cover: bool,
    entrance: Entrance,
}

impl Resuming {
    pub(super) fn new(
        locked: Vec<u8>,
        pass_salt: [u8; 16],
        seat: Seat,
        room: RoomHash,
        passcode: &[u8],
        step: &mut Step<'_>,
    ) -> Result<Self, Failure> {
        let text = secrets::typed(passcode, Failure::BadPasscode)?;
        let order = step.number();
        step.out.push(Output::Stretch {
            id: order,
            what: Typed::Passcode,
            text,
            salt: pass_salt,
        });
        Ok(Self {
            locked,
            seat,
            room,
            order,
            unlocked: None,
        })
    }

    /// Whether this order is this resumption's.
    pub(super) const fn ordered(&self, id: u32) -> bool {
        self.order == id
    }

    /// Opens the lock, and gives what stood in the composer.
    pub(super) fn unlock(&mut self, stretched: &Stretched) -> Result<Secret, Failure> {
        let lock = LockKey::from_stretched(stretched);
        let unlocked = lock
            .open(&self.room, self.seat, &self.locked)
            .map_err(|_| Failure::WrongPasscode)?;
        let seen = Zeroizing::new(unlocked.seen);
        let kept: Kept = decode(&seen).map_err(|_| Failure::Refused)?;
        let phrase = NormalPhrase::from_normal(&kept.phrase).map_err(|_| Failure::Refused)?;
        let pass = Pass {
            access: unlocked.access_key,
            vault: unlocked.vault_key,
            lock,
            ticket: kept.ticket,
        };
        let entrance = Entrance::new(self.room, self.seat, None, &pass);
        let mut chain = kept.chain.clone();
        chain.open_gap();
        self.unlocked = Some(Unlocked {
            keys: Keys {
                room: unlocked.room,
                me: unlocked.me,
                pass,
                phrase,
            },
            chain,
            seats: kept.seats.clone(),
            sending: kept.sending,
            habits: kept.habits,
            cover: kept.cover,
            entrance,
        });
        Ok(Zeroizing::new(unlocked.draft.as_bytes().to_vec()))
    }

    /// Whether the passcode was right, and the relay is asked.
    pub(super) const fn is_unlocked(&self) -> bool {
        self.unlocked.is_some()
    }

    /// What the page is told is being done.
    pub(super) const fn work(&self, is_up: bool) -> Work {
        match self.unlocked {
            None => Work::StretchingPasscode,
            Some(_) if !is_up => Work::Connecting,
            Some(_) => Work::Asking,
        }
    }

    /// The way into the seat, once it is unlocked.
    pub(super) fn entrance(&mut self) -> Option<&mut Entrance> {
        self.unlocked.as_mut().map(|unlocked| &mut unlocked.entrance)
    }

    /// The connection is gone.
    pub(super) fn lost(&mut self) {
        if let Some(unlocked) = &mut self.unlocked {
            unlocked.entrance = Entrance::new(self.room, self.seat, None, &unlocked.keys.pass);
        }
    }

    /// The open seat; none if what the relay gave is not it.
    pub(super) fn into_seated(self, opened: &Opened, now: u64) -> Option<Seated> {
        let Unlocked {
            keys,
            chain,
            seats,
            sending,
            habits,
            cover,
            ..
        } = self.unlocked?;
        let vault = keys
            .pass
            .vault
            .open(keys.room.hash(), opened.seat, &opened.vault)
            .ok()?;
        if vault != *keys.me.seed() {
            return None;
        }
        let mut seated = Seated::new(keys, opened, seats, chain, now)?;
        seated.habits = habits;
        seated.cover = cover.then_some(Cover::default());
        if sending.is_some_and(|hash| super::orders::has_arrived(&seated.room, &hash)) {
            seated.tell(OutcomeKind::Sent);
        }
        Some(seated)
    }
}
