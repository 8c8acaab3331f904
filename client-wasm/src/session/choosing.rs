//! One passcode, several seats: which one?

use alloc::vec::Vec;

use sotto_crypto::{NormalPhrase, PassSecret, Room, SeatKeys, Stretched};
use sotto_protocol::{Opened, Seat, SeatMap, Ticket};

use super::entrance::Entrance;
use super::keys::{Keys, Pass};

/// A choice, and the opening of what was chosen.
pub(super) struct Choosing {
    room: Room,
    phrase: NormalPhrase,
    stretched: Stretched,
    tickets: SeatMap<Ticket>,
    chosen: Option<(Pass, Entrance)>,
}

impl Choosing {
    pub(super) const fn new(
        room: Room,
        phrase: NormalPhrase,
        stretched: Stretched,
        tickets: SeatMap<Ticket>,
    ) -> Self {
        Self {
            room,
            phrase,
            stretched,
            tickets,
            chosen: None,
        }
    }

    /// What there is to choose from; nothing once it is chosen.
    pub(super) fn choices(&self) -> Vec<u8> {
        match self.chosen {
            None => self.tickets.keys().map(|seat| seat.number()).collect(),
            Some(_) => Vec::new(),
        }
    }

    /// Chooses.
    pub(super) fn choose(&mut self, seat: Seat) {
        let Some(ticket) = self.tickets.get(&seat) else {
            return;
        };
        let secret = PassSecret::from_stretched(&self.room, &self.stretched);
        let mut pass = Pass::derive(&secret, &self.stretched, seat);
        pass.ticket = Some(*ticket);
        let entrance = Entrance::new(*self.room.hash(), seat, None, &pass);
        self.chosen = Some((pass, entrance));
    }

    /// The way into what was chosen.
    pub(super) fn entrance(&mut self) -> Option<&mut Entrance> {
        self.chosen.as_mut().map(|(_, entrance)| entrance)
    }

    /// The connection is gone.
    pub(super) fn lost(&mut self) {
        if let Some((pass, entrance)) = &mut self.chosen {
            *entrance = Entrance::new(*self.room.hash(), entrance.seat(), None, pass);
        }
    }

    /// The keys of what was opened; none if the relay's vault is not that seat's.
    pub(super) fn into_keys(self, opened: &Opened) -> Option<Keys> {
        let (pass, _) = self.chosen?;
        let seed = pass
            .vault
            .open(self.room.hash(), opened.seat, &opened.vault)
            .ok()?;
        let me = SeatKeys::derive(&self.room, opened.seat, seed);
        Some(Keys {
            room: self.room,
            me,
            pass,
            phrase: self.phrase,
        })
    }
}
