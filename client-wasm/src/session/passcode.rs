//! Changing the passcode: both are stretched, then the relay is shown the present key and given the new one.

use alloc::boxed::Box;

use sotto_crypto::{PassSecret, Stretched};
use sotto_protocol::Command as Asked;

use super::io::Output;
use super::keys::Pass;
use super::orders::What;
use super::seated::Seated;
use super::secrets;
use super::step::Step;
use crate::view::OutcomeKind;

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
        let Ok(present) = secrets::passcode(present) else {
            return self.tell(OutcomeKind::WrongPasscode);
        };
        let Ok(next) = secrets::passcode(next) else {
            return self.tell(OutcomeKind::BadPasscode);
        };
        let salt = *self.keys.room.pass_salt();
        let mut stretch = |password: &[u8]| {
            let id = step.number();
            let password = password.to_vec().into();
            step.out.push(Output::Stretch { id, password, salt });
            id
        };
        let (present, next) = (stretch(present.as_bytes()), stretch(next.as_bytes()));
        self.change = Some(Change {
            present: (present, None),
            next: (next, None),
        });
    }

    /// Takes a stretched passcode; with the second, the relay is asked.
    pub(super) fn stretched(&mut self, id: u32, stretched: Option<Stretched>, step: &mut Step<'_>) {
        let Some(change) = &mut self.change else { return };
        let part = match id {
            _ if change.present.0 == id => &mut change.present,
            _ if change.next.0 == id => &mut change.next,
            _ => return,
        };
        if stretched.is_none() {
            self.change = None;
            return self.tell(OutcomeKind::Unavailable);
        }
        part.1 = stretched;
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
