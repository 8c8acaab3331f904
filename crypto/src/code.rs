//! One-time codes: what lets one person claim one free seat. `docs/crypto.md`, "Codes".
//!
//! `code` = the seat's digit, then 50 random bits as 10 letters of Crockford's base 32: `1-K7QF2-M9XTB`.

use alloc::string::String;

use rand_core::CryptoRng;
use sotto_protocol::{Seat, Token};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    kdf::{expand, extract},
    labels,
    room::Room,
};

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const COUNT: usize = 10;

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not one digit and ten letters.
    #[error("a code has a digit and ten letters")]
    Length,
    /// The first character is no seat's digit.
    #[error("a code begins with a digit from 0 to 7")]
    Seat,
    /// A character that no code has.
    #[error("a code has no such character")]
    Letter,
}

/// A one-time code.
#[derive(Zeroize, ZeroizeOnDrop, PartialEq, Eq)]
pub struct Code {
    #[zeroize(skip)]
    seat: Seat,
    /// The letters' 50 bits, the first letter's highest.
    bits: u64,
}

impl core::fmt::Debug for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Code(..)")
    }
}

impl Code {
    /// Makes a code for a free seat.
    pub fn generate<R: CryptoRng>(seat: Seat, rng: &mut R) -> Self {
        let mut bytes = [0; 7];
        rng.fill_bytes(&mut bytes);
        let bits = bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)) & ((1 << (5 * COUNT)) - 1);
        bytes.zeroize();
        Self { seat, bits }
    }

    /// The seat that the code claims.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// The code as it is shown: `1-K7QF2-M9XTB`.
    pub fn encode(&self) -> String {
        let mut out = String::with_capacity(COUNT + 3);
        out.push(char::from(b'0' + self.seat.number()));
        for i in 0..COUNT {
            if i % 5 == 0 {
                out.push('-');
            }
            let index = (self.bits >> (5 * (COUNT - 1 - i))) & 31;
            out.extend(
                usize::try_from(index)
                    .ok()
                    .and_then(|i| LETTERS.get(i))
                    .copied()
                    .map(char::from),
            );
        }
        out
    }

    /// Reads a code as a person types it: any case, `O` for `0`, `I` and `L` for `1`, with any spaces and dashes.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut letters = text
            .chars()
            .filter(|c| !c.is_ascii_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{a0}'));
        let seat = letters.next().ok_or(CodeError::Length)?;
        let seat = value(seat).and_then(Seat::new).ok_or(CodeError::Seat)?;
        let mut code = Self { seat, bits: 0 };
        let mut count = 0;
        for letter in letters {
            if count == COUNT {
                return Err(CodeError::Length);
            }
            code.bits = code.bits << 5 | u64::from(value(letter).ok_or(CodeError::Letter)?);
            count += 1;
        }
        if count == COUNT {
            Ok(code)
        } else {
            Err(CodeError::Length)
        }
    }

    /// `invite_token = expand(extract(invite_key, s || the letters' bits), "token", 32)`; the bits as a number of seven
    /// bytes, the highest first.
    pub fn token(&self, room: &Room) -> Token {
        let [_, bits @ ..] = self.bits.to_be_bytes();
        let key = extract(&room.invite_key.0, &[&[self.seat.number()], &bits]);
        Token::new(*expand(&key, labels::TOKEN, &[]))
    }
}

/// What a letter stands for, forgiving.
fn value(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let index = LETTERS.iter().position(|known| char::from(*known) == letter)?;
    u8::try_from(index).ok()
}
