//! What a seat is opened, read and locked with.

use sotto_crypto::{LockKey, NormalPhrase, PassSecret, Room, SeatKeys, Stretched, VaultKey};
use sotto_protocol::{AccessKey, Seat, Ticket};

/// A seat's keys, while its room is open.
pub(super) struct Keys {
    /// What the phrase became.
    pub(super) room: Room,
    /// The seat's own keys.
    pub(super) me: SeatKeys,
    /// What the passcode became.
    pub(super) pass: Pass,
    /// The phrase, for a link that invites.
    pub(super) phrase: NormalPhrase,
}

/// What a passcode became, for one seat.
pub(super) struct Pass {
    /// What opens the seat.
    pub(super) access: AccessKey,
    /// What opens its vault.
    pub(super) vault: VaultKey,
    /// What the tab is locked with.
    pub(super) lock: LockKey,
    /// What the relay gave for the next opening with this access key.
    pub(super) ticket: Option<Ticket>,
}

impl Pass {
    pub(super) fn derive(secret: &PassSecret, stretched: &Stretched, seat: Seat) -> Self {
        Self {
            access: secret.access_key(seat),
            vault: secret.vault_key(seat),
            lock: LockKey::from_stretched(stretched),
            ticket: None,
        }
    }
}

impl Keys {
    /// My seat.
    pub(super) fn seat(&self) -> Seat {
        self.me.seat()
    }
}
