//! Words as numbers: the safety words of a fingerprint, and the words of a generated phrase or passcode. The list that
//! the numbers index (7,776 words) belongs to the page. `docs/crypto.md`, "Safety words".

use rand_core::CryptoRng;

use crate::seat::Fingerprint;

/// How many words the list has.
pub const LIST_LEN: u16 = 7776;
/// How many words a generated phrase and a fingerprint have.
pub const WORDS: usize = 6;

impl Fingerprint {
    /// `fingerprint(s)` as a number (highest byte first) modulo 7776^6, in base 7776, the highest digit first.
    pub fn safety_words(&self) -> [u16; WORDS] {
        let mut number = self.0;
        let mut words = [0; WORDS];
        // The remainders of six divisions by 7776 are the six lowest digits, the lowest first.
        for word in words.iter_mut().rev() {
            let mut remainder = 0;
            for byte in &mut number {
                let part = remainder << 8 | u32::from(*byte);
                remainder = part % u32::from(LIST_LEN);
                // part < 7776 * 256, so the quotient is a byte.
                *byte = u8::try_from(part / u32::from(LIST_LEN)).unwrap_or(u8::MAX);
            }
            *word = u16::try_from(remainder).unwrap_or(u16::MAX);
        }
        words
    }
}

/// Draws `N` words, each of the list as likely as another.
pub fn generate_words<const N: usize, R: CryptoRng>(rng: &mut R) -> [u16; N] {
    // The largest multiple of 7776 that two bytes hold; what is drawn above it would favour the first words.
    const END: u16 = u16::MAX - u16::MAX % LIST_LEN;
    let mut words = [0; N];
    for word in &mut words {
        *word = loop {
            let mut bytes = [0; 2];
            rng.fill_bytes(&mut bytes);
            let drawn = u16::from_be_bytes(bytes);
            if drawn < END {
                break drawn % LIST_LEN;
            }
        };
    }
    words
}
