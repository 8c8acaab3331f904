//! Who sits where: cards, and what this tab remembers of the cards that it saw.
//!
//! A card shows that its maker knew the phrase; continuity within a tab is what the session adds. A seat that holds
//! other keys than before is sealed to only once the person has confirmed it. `docs/crypto.md`, "What a session checks".

use alloc::{boxed::Box, vec::Vec};

use sotto_crypto::{Pair, Peer, ProofKind};
use sotto_protocol::{
    CardHash, MessageHash, Proof, Proofs, Seat, SeatMap, SeatState, Seats, Snapshot, hash::card_hash, limits,
    record,
};

use super::alarms::Alarms;
use super::keys::Keys;
use crate::view::AlarmKind;

/// The seats of a room, as far as their cards were accepted.
pub(super) struct Roster {
    mine: Peer,
    size: u8,
    places: SeatMap<Place>,
    past: SeatMap<Past>,
    /// Who left last, for the proofs that they left behind.
    departed: SeatMap<Pair>,
}

/// What a seat other than mine is.
pub(super) enum Place {
    /// Nobody's.
    Free,
    /// Nobody's yet.
    Invited,
    /// Somebody's.
    Held(Box<Neighbour>),
}

/// Who holds another seat.
pub(super) struct Neighbour {
    card: CardHash,
    /// None for a card that was refused: nothing is sealed to it and nothing of it is believed.
    pair: Option<Pair>,
    confirmed: bool,
}

/// What this tab remembers of a seat, also while it is locked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// The fingerprint of who holds it, as last shown.
    current: Option<[u8; 32]>,
    /// Whether those keys may be sealed to.
    confirmed: bool,
    /// The fingerprint whose words the person has compared.
    compared: Option<[u8; 32]>,
    /// The fingerprints that were there before.
    left: Vec<[u8; 32]>,
}

record!(Past {
    current,
    confirmed,
    compared,
    left
});

/// What a tab remembers of every seat but its own.
pub(super) type Memory = SeatMap<Past>;

impl Roster {
    /// The roster of a first snapshot; none if my own card in it does not hold my own keys.
    pub(super) fn new(keys: &Keys, snapshot: &Snapshot, past: Memory, alarms: &mut Alarms) -> Option<Self> {
        let Some(SeatState::Held(card)) = snapshot.seats.get(&keys.seat()) else {
            return None;
        };
        let mine = Peer::open(&keys.room, keys.seat(), card).ok()?;
        if !mine.is_mine(&keys.me) || !has_its_seats(snapshot) {
            return None;
        }
        let (places, departed) = Default::default();
        let mut roster = Self {
            mine,
            size: snapshot.size,
            places,
            past,
            departed,
        };
        roster.take_all(keys, snapshot, true, alarms);
        Some(roster)
    }

    /// Takes every seat of a snapshot; false if the seats are not those of this room. `gap` says that something may
    /// have been missed before.
    pub(super) fn take_all(
        &mut self,
        keys: &Keys,
        snapshot: &Snapshot,
        gap: bool,
        alarms: &mut Alarms,
    ) -> bool {
        if snapshot.size != self.size || !has_its_seats(snapshot) {
            alarms.raise(AlarmKind::SeatOutOfPlace, None);
            return false;
        }
        for (seat, state) in &snapshot.seats {
            self.take(keys, *seat, state, gap, alarms);
        }
        true
    }

    /// Takes what a seat is now, or raises an alarm and leaves it as it was.
    pub(super) fn take(
        &mut self,
        keys: &Keys,
        seat: Seat,
        state: &SeatState,
        gap: bool,
        alarms: &mut Alarms,
    ) {
        if seat.number() >= self.size {
            alarms.raise(AlarmKind::SeatOutOfPlace, Some(seat));
            return;
        }
        match state {
            SeatState::Held(card) if seat == keys.seat() => {
                if card_hash(card) != *self.mine.card_hash() {
                    alarms.raise(AlarmKind::OwnCardChanged, Some(seat));
                }
            }
            SeatState::Free | SeatState::Invited if seat == keys.seat() => {
                alarms.raise(AlarmKind::OwnCardChanged, Some(seat));
            }
            SeatState::Held(card) => self.hold(keys, seat, card, gap, alarms),
            SeatState::Free => self.vacate(seat, Place::Free),
            SeatState::Invited => self.vacate(seat, Place::Invited),
        }
    }

    fn vacate(&mut self, seat: Seat, place: Place) {
        if let Some(Place::Held(neighbour)) = self.places.insert(seat, place)
            && let Some(pair) = neighbour.pair
        {
            self.departed.insert(seat, pair);
        }
        let mut past = self.past.remove(&seat).unwrap_or_default();
        past.left.extend(past.current.take());
        past.confirmed = false;
        self.past.insert(seat, past);
    }

    fn hold(&mut self, keys: &Keys, seat: Seat, card: &[u8], gap: bool, alarms: &mut Alarms) {
        let hash = card_hash(card);
        let held = match self.places.get(&seat) {
            Some(Place::Held(neighbour)) if neighbour.card == hash => return,
            Some(Place::Held(_)) => true,
            _ => false,
        };
        let replaces = held && !gap;
        let (pair, fault) = self.read_card(keys, seat, card);
        if let Some(fault) = fault {
            alarms.raise(fault, Some(seat));
            if !replaces {
                let refused = Neighbour {
                    card: hash,
                    pair: None,
                    confirmed: false,
                };
                self.vacate(seat, Place::Held(Box::new(refused)));
            }
            return;
        }
        let Some(pair) = pair else { return };
        let fingerprint = *pair.peer().fingerprint().as_bytes();
        let mut past = self.past.get(&seat).cloned().unwrap_or_default();
        let returns = past.left.contains(&fingerprint);
        if returns {
            alarms.raise(AlarmKind::CardReturned, Some(seat));
        } else if replaces {
            alarms.raise(AlarmKind::CardReplaced, Some(seat));
            return;
        }
        let first = past.current.is_none() && past.left.is_empty();
        let same = past.current == Some(fingerprint);
        let confirmed = first || (same && past.confirmed && !returns);
        if !same {
            past.left.extend(past.current.replace(fingerprint));
        }
        past.confirmed = confirmed;
        self.past.insert(seat, past);
        let neighbour = Neighbour {
            card: hash,
            pair: Some(pair),
            confirmed,
        };
        self.places.insert(seat, Place::Held(Box::new(neighbour)));
    }

    /// What a card says, or why it is refused.
    fn read_card(&self, keys: &Keys, seat: Seat, card: &[u8]) -> (Option<Pair>, Option<AlarmKind>) {
        let Ok(peer) = Peer::open(&keys.room, seat, card) else {
            return (None, Some(AlarmKind::BadCard));
        };
        let equal = peer.shares_a_key_with(&self.mine)
            || self
                .pairs()
                .any(|pair| pair.peer().seat() != seat && pair.peer().shares_a_key_with(&peer));
        if equal {
            return (None, Some(AlarmKind::EqualKeys));
        }
        match Pair::derive(&keys.room, &keys.me, peer) {
            Ok(pair) => (Some(pair), None),
            Err(_) => (None, Some(AlarmKind::BadCard)),
        }
    }

    /// A code for a free seat is out, or is not any more; I know it from the answer.
    pub(super) fn invited(&mut self, seat: u8, invited: bool) {
        let place = Seat::new(seat).and_then(|seat| self.places.get_mut(&seat));
        if let Some(place) = place.filter(|place| !matches!(place, Place::Held(_))) {
            *place = if invited { Place::Invited } else { Place::Free };
        }
    }

    /// The person has compared the words.
    pub(super) fn confirm(&mut self, seat: Seat) {
        if let Some(Place::Held(neighbour)) = self.places.get_mut(&seat)
            && neighbour.pair.is_some()
        {
            neighbour.confirmed = true;
            if let Some(past) = self.past.get_mut(&seat) {
                past.confirmed = true;
                past.compared = past.current;
                let current = past.current;
                past.left.retain(|left| Some(*left) != current);
            }
        }
    }

    /// The person says whether they have compared the words of who holds a seat.
    pub(super) fn compared(&mut self, seat: Seat, compared: bool) {
        let shown = self.pair(seat).map(|pair| *pair.peer().fingerprint().as_bytes());
        if let Some(past) = self.past.get_mut(&seat) {
            past.compared = shown.filter(|_| compared);
        }
    }

    /// Whether the words that a seat has now were compared.
    pub(super) fn is_compared(&self, seat: Seat) -> bool {
        let words = self.past.get(&seat).and_then(|past| past.compared);
        let shown = self.pair(seat).map(|pair| *pair.peer().fingerprint().as_bytes());
        words.is_some() && words == shown
    }

    /// How many seats the room has.
    pub(super) const fn size(&self) -> u8 {
        self.size
    }

    /// My own card.
    pub(super) const fn mine(&self) -> &Peer {
        &self.mine
    }

    /// What a seat other than mine is.
    pub(super) fn place(&self, seat: Seat) -> Option<&Place> {
        self.places.get(&seat)
    }

    /// What to remember while locked.
    pub(super) const fn memory(&self) -> &Memory {
        &self.past
    }

    fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.places.values().filter_map(|place| match place {
            Place::Held(neighbour) => neighbour.pair.as_ref(),
            _ => None,
        })
    }

    /// Who holds the seat, if its card was accepted.
    pub(super) fn pair(&self, seat: Seat) -> Option<&Pair> {
        match self.places.get(&seat) {
            Some(Place::Held(neighbour)) => neighbour.pair.as_ref(),
            _ => None,
        }
    }

    /// The seats other than mine that somebody holds.
    pub(super) fn others(&self) -> Seats {
        let held = |(seat, place): (&Seat, &Place)| matches!(place, Place::Held(_)).then_some(*seat);
        self.places.iter().filter_map(held).collect()
    }

    /// Those that a message is sealed to.
    pub(super) fn readers(&self) -> impl Iterator<Item = &Pair> {
        self.places.values().filter_map(|place| match place {
            Place::Held(neighbour) if neighbour.confirmed => neighbour.pair.as_ref(),
            _ => None,
        })
    }

    /// Held seats that a message is knowingly not sealed to.
    pub(super) fn left_out(&self) -> Seats {
        self.readers()
            .fold(self.others(), |seats, pair| seats.without(pair.peer().seat()))
    }

    /// The hash of the card that a seat holds, mine included.
    pub(super) fn card(&self, seat: Seat) -> Option<&CardHash> {
        if seat == self.mine.seat() {
            return Some(self.mine.card_hash());
        }
        match self.places.get(&seat) {
            Some(Place::Held(neighbour)) => Some(&neighbour.card),
            _ => None,
        }
    }

    /// Proofs of mine, one for each other seat whose card was accepted.
    pub(super) fn prove(&self, kind: ProofKind, message: &MessageHash) -> Proofs {
        self.pairs()
            .map(|pair| (pair.peer().seat(), pair.prove(kind, message)))
            .collect()
    }

    /// Whether a seat's holder, or who left it last, proved this to me.
    pub(super) fn proves(&self, seat: Seat, kind: ProofKind, message: &MessageHash, proof: &Proof) -> bool {
        let holder = self.pair(seat).into_iter();
        holder
            .chain(self.departed.get(&seat))
            .any(|pair| pair.verify(kind, message, proof))
    }
}

impl Neighbour {
    /// What is known of its holder, if the card was accepted.
    pub(super) fn peer(&self) -> Option<&Peer> {
        self.pair.as_ref().map(Pair::peer)
    }

    /// Whether messages are sealed to it.
    pub(super) const fn is_confirmed(&self) -> bool {
        self.confirmed
    }
}

/// Whether a snapshot has exactly the seats of its size.
fn has_its_seats(snapshot: &Snapshot) -> bool {
    (limits::SEATS_AT_LEAST..=limits::SEATS).contains(&snapshot.size)
        && snapshot
            .seats
            .keys()
            .map(|seat| seat.number())
            .eq(0..snapshot.size)
}
