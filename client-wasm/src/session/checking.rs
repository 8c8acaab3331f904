//! The checks that a message passes before it is shown.
//!
//! What fails raises a named alarm, and what was shown stays. `docs/crypto.md`, "What a reader checks".

use sotto_crypto::{Author, Incoming, ProofKind};
use sotto_protocol::{MessageHash, Proof, Seat, Standing, Stub};

use super::chain::Fit;
use super::keys::Keys;
use super::message::{Reading, Shown, Written};
use super::room::{Deletion, Room};
use crate::view::AlarmKind;

impl Room {
    /// Takes what the relay says stands; false if it was refused.
    pub(super) fn take_standing(&mut self, keys: &Keys, standing: &Standing) -> bool {
        match self.check_standing(keys, standing) {
            Ok(()) => {
                self.take_receipts(keys, standing);
                true
            }
            Err(kind) => {
                self.alarms.raise(kind, Some(standing.seat));
                self.chain.open_gap();
                false
            }
        }
    }

    fn check_standing(&mut self, keys: &Keys, standing: &Standing) -> Result<(), AlarmKind> {
        let Some(sealed) = &standing.sealed else {
            return self.check_unsealed(standing);
        };
        let incoming = Incoming::parse(&keys.room, sealed).map_err(|_| AlarmKind::DoesNotOpen)?;
        let header = incoming.header();
        if *incoming.message_hash() != standing.message {
            return Err(AlarmKind::DoesNotOpen);
        }
        if header.seat != standing.seat {
            return Err(AlarmKind::WrongAuthor);
        }
        if header.turn != standing.turn {
            return Err(AlarmKind::Replayed);
        }
        if self.is_shown(&standing.message) && self.chain.judge(header, &standing.message) == Ok(Fit::Same) {
            return Ok(());
        }
        let listed = |seat: Seat| {
            let card = self.roster.card(seat);
            card.is_some() && header.seats.get(&seat) == card
        };
        if !listed(keys.seat()) || !listed(header.seat) {
            return Err(AlarmKind::OtherCards);
        }
        let author = match self.roster.pair(header.seat) {
            _ if header.seat == keys.seat() => Author::Me,
            Some(pair) => Author::Other(pair),
            None => return Err(AlarmKind::WrongAuthor),
        };
        let text = incoming
            .open(&keys.room, &keys.me, self.roster.mine().card_hash(), author)
            .map_err(|_| AlarmKind::DoesNotOpen)?;
        let fit = self.chain.judge(header, &standing.message)?;
        if fit == Fit::AfterGap {
            self.alarms.raise(AlarmKind::ChainBroken, Some(header.seat));
        }
        self.chain.accept(header, standing.message);
        let text = Written::Opened(text);
        self.show(Shown::opened(header.clone(), standing.message, text));
        Ok(())
    }

    /// A message that is not sealed to me: there is nothing to open, and nothing is shown of it but that it stands.
    fn check_unsealed(&mut self, standing: &Standing) -> Result<(), AlarmKind> {
        self.chain.judge_unsealed(standing.turn)?;
        if self.is_shown(&standing.message) {
            return Ok(());
        }
        self.chain
            .accept_unsealed(standing.turn, standing.seat, standing.message);
        let rev = self.chain.rev();
        self.show(Shown::unsealed(
            standing.turn,
            rev,
            standing.seat,
            standing.message,
        ));
        Ok(())
    }

    /// Whether this very revision is on screen.
    fn is_shown(&self, hash: &MessageHash) -> bool {
        self.deleted.is_none() && self.message.as_ref().is_some_and(|shown| shown.hash == *hash)
    }

    fn show(&mut self, shown: Shown) {
        self.typing.remove(&shown.author);
        self.deleted = None;
        self.message = Some(shown);
    }

    /// Takes what comes with a message that was accepted: who read it, and whether it was itself a receipt.
    fn take_receipts(&mut self, keys: &Keys, standing: &Standing) {
        for (seat, receipt) in &standing.receipts {
            self.take_receipt(keys, *seat, &receipt.message, receipt.proof.as_ref());
        }
        let Some(shown) = &mut self.message else { return };
        shown.was_read |= standing.was_read;
        let Some(proof) = &standing.answered else { return };
        let Some((header, _)) = &shown.opened else { return };
        if self
            .roster
            .proves(header.seat, ProofKind::Read, &header.prev, proof)
        {
            shown.answer_was_receipt = true;
        } else {
            self.alarms.raise(AlarmKind::FalseReceipt, Some(header.seat));
        }
    }

    /// Takes that a seat read a revision of the message that stands.
    pub(super) fn take_receipt(
        &mut self,
        keys: &Keys,
        seat: Seat,
        hash: &MessageHash,
        proof: Option<&Proof>,
    ) {
        let Some(shown) = &mut self.message else { return };
        if seat == keys.seat() {
            // My own reading on another device: nobody proves it to me, and nothing hangs on it.
            if shown.author != seat {
                let card = *self.roster.mine().card_hash();
                shown.receipts.insert(seat, Reading { hash: *hash, card });
            }
            return;
        }
        let Some(proof) = proof else {
            // Who came later has no proof. Who was there when it was sealed would have one.
            if shown.opened.is_some() {
                self.alarms.raise(AlarmKind::FalseReceipt, Some(seat));
            }
            return;
        };
        let of_this = *hash == shown.hash || self.chain.knows(hash);
        let proven = self.roster.proves(seat, ProofKind::Read, hash, proof);
        if seat == shown.author || !proven {
            self.alarms.raise(AlarmKind::FalseReceipt, Some(seat));
        } else if of_this && let Some(card) = self.roster.card(seat) {
            let reading = Reading {
                hash: *hash,
                card: *card,
            };
            // A proof of this revision says more than one of an earlier.
            if *hash == shown.hash || !shown.receipts.contains_key(&seat) {
                shown.receipts.insert(seat, reading);
            }
        } else if self.chain.is_whole() || self.chain.is_past(hash) {
            // Proven, but of another message.
            self.alarms.raise(AlarmKind::FalseReceipt, Some(seat));
        }
    }

    /// Takes that the last message was deleted; false if that was refused.
    pub(super) fn take_stub(&mut self, keys: &Keys, stub: &Stub) -> bool {
        if let Err(kind) = self.check_stub(stub) {
            self.alarms.raise(kind, Some(stub.seat));
            self.chain.open_gap();
            return false;
        }
        if self.chain.is_gone() && self.deleted.is_some() {
            return true;
        }
        let proven = stub.proof.as_ref().is_some_and(|proof| {
            self.roster
                .proves(stub.seat, ProofKind::Delete, &stub.message, proof)
        });
        // My own deletion on another device: nobody proves it to me. Who came later has no proof either.
        let was_there = self
            .message
            .as_ref()
            .is_some_and(|shown| shown.turn == stub.turn && shown.opened.is_some());
        let owed = stub.proof.is_some() || (was_there && stub.seat != keys.seat());
        let deletion = Deletion {
            turn: stub.turn,
            author: stub.seat,
            proven,
        };
        if !proven && owed {
            self.alarms.raise(AlarmKind::FalseDelete, Some(stub.seat));
            if was_there {
                // What was shown stays, beside the word that it was taken away.
                self.deleted = Some(deletion);
                return false;
            }
        }
        self.chain.accept_deleted(stub.turn, stub.seat, stub.message);
        self.deleted = Some(deletion);
        self.message = None;
        self.typing.remove(&stub.seat);
        true
    }

    fn check_stub(&self, stub: &Stub) -> Result<(), AlarmKind> {
        if stub.turn < self.chain.turn() {
            return Err(AlarmKind::RolledBack);
        }
        let same_turn = stub.turn == self.chain.turn();
        if same_turn && self.chain.author().is_some_and(|author| author != stub.seat) {
            return Err(AlarmKind::WrongAuthor);
        }
        if same_turn
            && stub.message != self.chain.last()
            && (!self.chain.has_gap() || self.chain.is_past(&stub.message))
        {
            return Err(AlarmKind::ChainBroken);
        }
        if !same_turn && !self.chain.has_gap() {
            return Err(AlarmKind::ChainBroken);
        }
        Ok(())
    }
}
