//! Changing the passcode: both are stretched, then the relay is shown the present key and given the new one.

use alloc::boxed::Box;

use sotto_crypto::{PassSecret, Stretched, Typed};
use sotto_protocol::Command as Asked;

use super::events::{Done, Undone};
use super::io::Output;
use super::keys::Pass;
use super::orders::What;
use super::seated::Seated;
use super::secrets;
use super::step::Step;
use crate::view::{Failure, OutcomeKind};

/// A change whose passcodes are being stretched.
pub(super) struct Change {
    present: (u32, Option<Stretched>),
    next: (u32, Option<Stretched>),
}

impl Seated {
    /// Begins to change the passcode.
    pub(super) fn passcode(&mut self, present: &[u8], next: &[u8], step: &mut Step<'_>) {
        if self.orders.sending().is_some() || self.change.is_some() {
            return;
        }
        // A present passcode that nobody can have is a wrong one.
        let Ok(present) = secrets::typed(present, Failure::BadPasscode) else {
            return self.tell(OutcomeKind::WrongPasscode);
        };
        let Ok(next) = secrets::typed(next, Failure::BadPasscode) else {
            return self.tell(OutcomeKind::BadPasscode);
        };
        let salt = *self.keys.room.pass_salt();
        let mut stretch = |text| {
            let (id, what) = (step.number(), Typed::Passcode);
            step.out.push(Output::Stretch { id, what, text, salt });
            id
        };
        let (present, next) = (stretch(present), stretch(next));
        self.change = Some(Change {
            present: (present, None),
            next: (next, None),
        });
    }

    /// Takes a stretched passcode; with the second, the relay is asked.
    pub(super) fn stretched(&mut self, id: u32, done: Result<Done, Undone>, step: &mut Step<'_>) {
        let Some(change) = &mut self.change else { return };
        let (part, unusable) = match id {
            _ if change.present.0 == id => (&mut change.present, OutcomeKind::WrongPasscode),
            _ if change.next.0 == id => (&mut change.next, OutcomeKind::BadPasscode),
            _ => return,
        };
        match done {
            Ok(done) => part.1 = Some(done.stretched),
            Err(undone) => {
                self.change = None;
                return self.tell(match undone {
                    Undone::Unusable => unusable,
                    Undone::NoMemory => OutcomeKind::Unavailable,
                });
            }
        }
        let (Some(present), Some(next)) = (&change.present.1, &change.next.1) else {
            return;
        };
        let (room, seat) = (&self.keys.room, self.keys.me.seat());
        let present = PassSecret::from_stretched(room, present).access_key(seat);
        let pass = Pass::derive(&PassSecret::from_stretched(room, next), next, seat);
        let vault = pass
            .vault
            .seal(room.hash(), seat, self.keys.me.seed(), &mut step.rng);
        let command = Asked::Passcode {
            present,
            access_key: pass.access,
            vault,
        };
        self.change = None;
        self.order(What::Passcode(Box::new(pass)), command, step);
    }
}
