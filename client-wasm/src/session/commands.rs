//! What the page asks of an open seat.

use alloc::borrow::ToOwned;

use sotto_crypto::{Code, Invitation, Outline, ProofKind, seal_message};
use sotto_protocol::{Command as Asked, Invitation as Left, Seat};
use zeroize::Zeroizing;

use super::habits::Cover;
use super::io::Command;
use super::orders::What;
use super::seated::Seated;
use super::secrets;
use super::silence::PATIENCE;
use super::step::Step;
use crate::view::{self, OutcomeKind};

/// The least time between two hints that I write, in milliseconds.
const HINTS: u64 = 3_000;

impl Seated {
    /// Does what the page asks for.
    pub(super) fn command(&mut self, command: Command, offset: i64, step: &mut Step<'_>) {
        match command {
            Command::Send { text } => self.send(&text, step),
            Command::Edit { text } => self.edit(&text, step),
            Command::Delete => self.delete(step),
            Command::Seen { turn, rev } => self.seen(turn, rev, step),
            Command::Typing => self.typing(step),
            Command::Habits(habits) => {
                self.habits = Some(habits);
                self.tell_habits(step);
            }
            Command::Cover { on } => self.cover = on.then_some(Cover::default()),
            Command::Uncover { shown } => self.uncover(shown),
            Command::Compared { seat, compared } => self.room.roster.compared(seat, compared),
            Command::Invite { seat, with_link } => self.invite(seat, with_link, step),
            Command::Withdraw { seat } => self.withdraw(seat, step),
            Command::Passcode { present, next } => self.passcode(&present, &next, step),
            Command::Extend { lifetime } => self.extend(lifetime, offset, step),
            Command::End => self.end(step),
            Command::Leave => self.leave(step),
            Command::Confirm { seat } => self.room.roster.confirm(seat),
            // The session's own, or of no use while a seat is open.
            Command::Start
            | Command::Open { .. }
            | Command::Create { .. }
            | Command::Join { .. }
            | Command::Redeem { .. }
            | Command::Choose { .. }
            | Command::Resume { .. }
            | Command::Lock { .. }
            | Command::Wake
            | Command::Close => {}
        }
    }

    /// Gives an order: sent at once on a live connection, else with the next one.
    pub(super) fn order(&mut self, what: What, command: Asked, step: &mut Step<'_>) {
        self.orders.push(what, command);
        if self.is_live() {
            self.orders.flush(step);
        }
    }

    /// Writes the next message.
    fn send(&mut self, text: &[u8], step: &mut Step<'_>) {
        if self.orders.sending().is_some() {
            return;
        }
        let Some(text) = secrets::text(text) else {
            return self.tell(OutcomeKind::BadText);
        };
        if !self.room.can_send(self.me()) {
            return self.tell(OutcomeKind::Conflict);
        }
        let chain = &self.room.chain;
        let outline = Outline::generate(chain.turn().saturating_add(1), chain.last(), &mut step.rng);
        let Some(sealed) = self.seal(&outline, text, step) else {
            return self.tell(OutcomeKind::BadText);
        };
        let read = self
            .room
            .readable(self.me())
            .filter(|hash| self.sends().receipts && !self.covers(hash))
            .map(|hash| self.room.roster.prove(ProofKind::Read, &hash));
        let what = What::Send {
            header: sealed.header,
            hash: sealed.message_hash,
            text: Zeroizing::new(text.to_owned()),
        };
        let without = self.room.roster.left_out();
        self.order(
            what,
            Asked::Send {
                envelope: sealed.envelope,
                without,
                read,
            },
            step,
        );
    }

    /// Puts another text in place of my unread message.
    fn edit(&mut self, text: &[u8], step: &mut Step<'_>) {
        if self.orders.sending().is_some() {
            return;
        }
        let Some(text) = secrets::text(text) else {
            return self.tell(OutcomeKind::BadText);
        };
        let Some(shown) = self.room.editable(self.me()) else {
            return self.tell(OutcomeKind::AlreadyRead);
        };
        let base = shown.hash;
        let outline = shown.header().and_then(|header| Outline::edit_of(header).ok());
        let Some(outline) = outline else {
            return self.tell(OutcomeKind::Refused);
        };
        let Some(sealed) = self.seal(&outline, text, step) else {
            return self.tell(OutcomeKind::BadText);
        };
        let what = What::Edit {
            header: sealed.header,
            hash: sealed.message_hash,
            text: Zeroizing::new(text.to_owned()),
            base,
        };
        let without = self.room.roster.left_out();
        self.order(
            what,
            Asked::Edit {
                envelope: sealed.envelope,
                without,
            },
            step,
        );
    }

    fn seal(
        &self,
        outline: &Outline,
        text: &str,
        step: &mut Step<'_>,
    ) -> Option<sotto_crypto::SealedMessage> {
        let (room, me) = (&self.keys.room, &self.keys.me);
        let card = self.room.roster.mine().card_hash();
        seal_message(
            room,
            me,
            card,
            self.room.roster.readers(),
            outline,
            text,
            &mut step.rng,
        )
        .ok()
    }

    /// Takes my unread message away.
    fn delete(&mut self, step: &mut Step<'_>) {
        if self.orders.sending().is_some() {
            return;
        }
        let Some(shown) = self.room.editable(self.me()) else {
            return self.tell(OutcomeKind::AlreadyRead);
        };
        let hash = shown.hash;
        let proofs = self.room.roster.prove(ProofKind::Delete, &hash);
        self.order(
            What::Delete { hash },
            Asked::Delete {
                message: hash,
                proofs,
            },
            step,
        );
    }

    /// The message was visible: proves to the others that it was read.
    fn seen(&mut self, turn: u64, rev: u32, step: &mut Step<'_>) {
        let me = self.me();
        let Some(hash) = self.room.readable(me) else {
            return;
        };
        let Some(shown) = &self.room.message else { return };
        if !self.sends().receipts
            || self.covers(&hash)
            || (shown.turn, shown.rev) != (turn, rev)
            || shown
                .receipts
                .get(&me)
                .is_some_and(|reading| reading.hash == hash)
            || self.orders.has_read(&hash)
        {
            return;
        }
        let proofs = self.room.roster.prove(ProofKind::Read, &hash);
        self.order(
            What::Read { hash },
            Asked::Read {
                message: hash,
                proofs,
            },
            step,
        );
    }

    /// A key was pressed: the others are told, at most every few seconds. That is not answered, and whoever writes should
    /// learn before the message is sent that the connection is dead: a relay that was silent is asked something else.
    fn typing(&mut self, step: &mut Step<'_>) {
        let due = self.hinted_at.is_none_or(|hinted| hinted + HINTS <= step.now);
        if due && self.sends().typing && self.is_live() && self.room.can_send(self.me()) {
            self.hinted_at = Some(step.now);
            step.ask(Asked::Typing);
            self.doubt(PATIENCE, step);
        }
    }

    /// Makes a code for a free seat; or a link for the code that is shown, which may have been read out already.
    fn invite(&mut self, seat: Seat, with_link: bool, step: &mut Step<'_>) {
        let shown = self.code.as_ref().filter(|_| with_link);
        let code = shown
            .and_then(|shown| Code::parse(&shown.code).ok())
            .filter(|code| code.seat() == seat)
            .unwrap_or_else(|| Code::generate(seat, &mut step.rng));
        let invitation = with_link.then(|| Invitation::generate(&mut step.rng));
        let left = invitation.as_ref().map(|invitation| Left {
            id: invitation.id(),
            sealed: invitation.seal(&self.keys.phrase, &code, &mut step.rng),
        });
        let command = Asked::Invite {
            seat,
            token: Some(code.token(&self.keys.room)),
            invitation: left,
        };
        let shown = view::Code {
            seat: seat.number(),
            code: code.encode(),
            invitation: invitation.map(|invitation| invitation.encode()),
        };
        self.order(What::Invite(shown), command, step);
    }

    /// Makes a seat's code worthless.
    fn withdraw(&mut self, seat: Seat, step: &mut Step<'_>) {
        self.order(
            What::Withdraw(seat),
            Asked::Invite {
                seat,
                token: None,
                invitation: None,
            },
            step,
        );
    }

    /// Lets the room live for `lifetime` seconds from now.
    fn extend(&mut self, lifetime: u32, offset: i64, step: &mut Step<'_>) {
        let now = (step.now / 1000).saturating_add_signed(offset);
        // What is known of the relay's clock may be a second ahead of it, for both are read in whole seconds; and an end
        // beyond the longest life is refused.
        let expires_at = now.saturating_add(lifetime.into()).saturating_sub(1);
        self.order(What::Extend, Asked::Extend { expires_at }, step);
    }

    /// Ends the room for all.
    fn end(&mut self, step: &mut Step<'_>) {
        if self.orders.sending().is_none() {
            let proofs = self.room.roster.prove(ProofKind::Expire, &self.room.chain.last());
            self.order(What::Expire, Asked::Expire { proofs }, step);
        }
    }

    /// Frees my seat, and takes my message with it.
    pub(super) fn leave(&mut self, step: &mut Step<'_>) {
        if self.orders.sending().is_none() {
            let mine = self
                .room
                .message
                .as_ref()
                .filter(|shown| shown.author == self.me());
            let proofs = mine.map(|shown| self.room.roster.prove(ProofKind::Delete, &shown.hash));
            self.order(
                What::Vacate {
                    with_message: proofs.is_some(),
                },
                Asked::Vacate { proofs },
                step,
            );
        }
    }
}
