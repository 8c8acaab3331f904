//! The hashes that relay and client both compute. Everything else that is derived, sealed or proved is in the
//! crypto crate, which the relay does not link.

use sha2::{Digest, Sha256};

use crate::{CardHash, CommandKind, MessageHash, Nonce, RoomHash, Solution, Subject};

/// The label of [`message_hash`].
pub const MESSAGE: &str = "message";
/// The label of [`solves`].
pub const PUZZLE: &str = "puzzle";

/// `tag(label) = "sotto/1/" || label || 0x00`, fed to a hash.
fn tagged(label: &str) -> Sha256 {
    Sha256::new()
        .chain_update("sotto/1/")
        .chain_update(label)
        .chain_update([0])
}

/// `message_hash = hash("message", room_hash || SHA-256(header) || SHA-256(body))`, over the bytes as received.
pub fn message_hash(room: &RoomHash, header: &[u8], body: &[u8]) -> MessageHash {
    let hash = tagged(MESSAGE)
        .chain_update(room.as_bytes())
        .chain_update(Sha256::digest(header))
        .chain_update(Sha256::digest(body))
        .finalize();
    MessageHash::new(hash.into())
}

/// `SHA-256(card)`, over the card as it is stored.
pub fn card_hash(card: &[u8]) -> CardHash {
    CardHash::new(Sha256::digest(card).into())
}

/// Whether `SHA-256(tag("puzzle") || nonce || command || subject || n)` begins with `bits` zero bits.
pub fn solves(nonce: &Nonce, kind: CommandKind, subject: &Subject, solution: &Solution, bits: u8) -> bool {
    let hash: [u8; 32] = tagged(PUZZLE)
        .chain_update(nonce.as_bytes())
        .chain_update([kind as u8])
        .chain_update(subject.as_bytes())
        .chain_update(solution.as_bytes())
        .finalize()
        .into();
    let zeros: u32 = hash
        .iter()
        .scan(true, |all_zero, byte| {
            let zeros = if *all_zero { byte.leading_zeros() } else { 0 };
            *all_zero &= *byte == 0;
            Some(zeros)
        })
        .sum();
    zeros >= u32::from(bits)
}

/// The first solution of a puzzle, counting up from 0; at [`crate::limits::PUZZLE_BITS`] about a million hashes.
pub fn solve(nonce: &Nonce, kind: CommandKind, subject: &Subject, bits: u8) -> Solution {
    let mut n: u64 = 0;
    loop {
        let solution = Solution::new(n.to_be_bytes());
        if solves(nonce, kind, subject, &solution, bits) {
            return solution;
        }
        n = n.wrapping_add(1);
    }
}
