//! The hashes that relay and client both compute. Everything else that is derived, sealed or proved is in the
//! crypto crate, which the relay does not link.

use sha2::{Digest, Sha256};

use crate::{CardHash, CommandKind, MessageHash, Nonce, RoomHash, Salt, Solution, Subject, WordHash};

/// The label of [`message_hash`].
pub const MESSAGE: &str = "message";
/// The label of [`solves`].
pub const PUZZLE: &str = "puzzle";
/// The label of [`word_hash`].
pub const WORD: &str = "word";

/// `SHA-256(tag(label) || parts)`, with `tag(label) = "sotto/1/" || label || 0x00`.
fn tagged(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [b"sotto/1/", label.as_bytes(), &[0]].iter().chain(parts) {
        hash.update(part);
    }
    hash.finalize().into()
}

/// `message_hash = hash("message", room_hash || SHA-256(header) || SHA-256(body))`, over the bytes as received.
pub fn message_hash(room: &RoomHash, header: &[u8], body: &[u8]) -> MessageHash {
    let (header, body) = (Sha256::digest(header), Sha256::digest(body));
    MessageHash::new(tagged(MESSAGE, &[room.as_bytes(), &header, &body]))
}

/// `SHA-256(card)`, over the card as it is stored.
pub fn card_hash(card: &[u8]) -> CardHash {
    CardHash::new(Sha256::digest(card).into())
}

/// `SHA-256(tag("word") || salt || word)`: of one length whatever the word's, and of use at one deployment only.
pub fn word_hash(salt: &Salt, word: &[u8]) -> WordHash {
    WordHash::new(tagged(WORD, &[salt.as_bytes(), word]))
}

/// Whether `SHA-256(tag("puzzle") || nonce || command || subject || n)` begins with `bits` zero bits.
pub fn solves(nonce: &Nonce, kind: CommandKind, subject: &Subject, solution: &Solution, bits: u8) -> bool {
    let parts: [&[u8]; 4] = [
        nonce.as_bytes(),
        &[kind as u8],
        subject.as_bytes(),
        solution.as_bytes(),
    ];
    let hash = tagged(PUZZLE, &parts);
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
