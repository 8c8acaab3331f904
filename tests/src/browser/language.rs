//! The language that a page is read in.

use super::Options;

/// Names the language of a whole run.
const VARIABLE: &str = "SOTTO_TEST_LANGUAGE";

/// What the page's build adds to English to make the catalogue of `ar-XB`, after each letter and each vowel
/// (`tools/page/src/pseudo.rs`).
const ADDED: [char; 2] = ['\u{323}', '\u{2d1}'];

/// What a browser that starts with these options asks for.
pub(super) fn of(options: &Options) -> String {
    options
        .language
        .map(ToOwned::to_owned)
        .or_else(|| std::env::var(VARIABLE).ok())
        .unwrap_or_else(|| "en".to_owned())
}

/// A text of the page in English where it is in English or in `ar-XB`, so that a test says the same in both.
pub fn plain(text: &str) -> String {
    text.replace(ADDED, "")
}
