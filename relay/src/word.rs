//! The word without which a relay makes no room, where its operator set one (the create token).
//!
//! It keeps strangers from filling a relay; it protects no room, and nobody needs it to join one. The relay keeps the
//! word's hash in memory and nothing of it on disk. Clients show the hash ([`sotto_protocol::hash::word_hash`]), which is of
//! one length whatever the word's; whoever sees it can use it as the word itself.

use std::io;
use std::path::PathBuf;

use sotto_protocol::{Salt, WordHash, hash};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::config::CREATE_TOKEN_VARIABLE;

/// How many characters a word has, at least: guesses are priced, and a relay stands for years.
const LEAST: usize = 8;
/// And at most.
const MOST: usize = 64;

/// Where the word is from.
pub enum WordSource {
    /// A value.
    Value(Zeroizing<String>),
    /// A file, such as a service manager's credential.
    File(PathBuf),
}

/// Why there is no word. No variant holds any part of it.
#[derive(Debug, thiserror::Error)]
pub enum WordError {
    /// It is too short, too long, or has characters that not everybody can type.
    #[error(
        "the create token is not {LEAST} to {MOST} printable ASCII characters (--create-token-file, or {CREATE_TOKEN_VARIABLE})"
    )]
    Form,
    /// The file cannot be read.
    #[error(
        "the create token's file {0} cannot be read ({1}): name another with --create-token-file, or let the user that the relay \
         runs as read it"
    )]
    Read(String, io::Error),
}

/// The word as it was read.
pub struct WrittenWord(Zeroizing<Vec<u8>>);

impl WrittenWord {
    /// Reads the word; white space at its ends, such as a file's last line end, is no part of it.
    pub fn load(source: &WordSource) -> Result<Self, WordError> {
        let text = match source {
            WordSource::Value(text) => Zeroizing::new(text.as_bytes().to_vec()),
            WordSource::File(path) => {
                let read = std::fs::read(path);
                Zeroizing::new(read.map_err(|cause| WordError::Read(path.display().to_string(), cause))?)
            }
        };
        // ASCII only: one word then has one form, whatever keyboard it is typed on.
        let word = text.trim_ascii();
        let is_right =
            (LEAST..=MOST).contains(&word.len()) && word.iter().all(|byte| (b' '..=b'~').contains(byte));
        is_right
            .then(|| Self(Zeroizing::new(word.to_vec())))
            .ok_or(WordError::Form)
    }

    /// What is compared with what clients of the deployment with this salt show.
    pub fn hashed(&self, salt: &Salt) -> Word {
        Word(hash::word_hash(salt, &self.0))
    }
}

/// The word, as clients show that they know it.
pub struct Word(WordHash);

impl Word {
    /// Whether this shows the word; takes the same time either way.
    pub fn is_shown_by(&self, shown: &WordHash) -> bool {
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

/// Shows where the word is from, never the word.
impl std::fmt::Debug for WordSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value(..)",
            Self::File(_) => "File(..)",
        })
    }
}

/// Shows the type, never the word.
impl std::fmt::Debug for WrittenWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrittenWord(..)")
    }
}

/// Shows the type, never the hash, which is as good as the word.
impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Word(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<WrittenWord, WordError> {
        WrittenWord::load(&WordSource::Value(Zeroizing::new(text.to_owned())))
    }

    #[test]
    fn a_word_is_of_some_length_and_can_be_typed_anywhere() {
        for right in [
            "lighthouse",
            "two words",
            "  lighthouse\n",
            &"a".repeat(64),
            "a\"b'c\\d~e",
        ] {
            assert!(value(right).is_ok(), "{right:?}");
        }
        for wrong in [
            "",
            "seven77",
            " seven77 ",
            &"a".repeat(65),
            "leuchttürme",
            "light\nhouse",
            "light\u{7f}house",
        ] {
            let told = value(wrong).unwrap_err().to_string();
            assert!(
                told.contains("create token") && told.contains("8 to 64"),
                "{wrong:?}: {told}"
            );
        }
        let missing = WrittenWord::load(&WordSource::File("/no/such/file".into())).unwrap_err();
        assert!(missing.to_string().contains("--create-token-file"), "{missing}");
    }

    #[test]
    fn only_the_hash_of_the_word_under_this_salt_shows_it() {
        let salt = Salt::new([1; 16]);
        let word = value("lighthouse\n").unwrap().hashed(&salt);
        assert!(word.is_shown_by(&hash::word_hash(&salt, b"lighthouse")));
        assert!(!word.is_shown_by(&hash::word_hash(&salt, b"Lighthouse")));
        assert!(!word.is_shown_by(&hash::word_hash(&Salt::new([2; 16]), b"lighthouse")));
    }

    #[test]
    fn nothing_shows_it_in_debug() {
        let written = value("lighthouse").unwrap();
        let source = WordSource::Value(Zeroizing::new("lighthouse".to_owned()));
        let word = written.hashed(&Salt::new([1; 16]));
        let shown = format!(
            "{source:?} {written:?} {word:?} {:?}",
            value("short").unwrap_err()
        );
        assert_eq!(shown, "Value(..) WrittenWord(..) Word(..) Form");
    }
}
