//! How many guesses a phrase of one's own takes. Loaded only when someone chooses one, into a worker of its own, which the
//! page ends afterwards.
//!
//! Gives: what an attacker needs who knows words, names, dates, rows of keys and repetitions, and how often each is chosen.
//! Does not give: what one needs who knows quotations, songs, or the person.

#[cfg(target_arch = "wasm32")]
mod bindings;

use std::collections::BTreeSet;

/// More than this need not be told apart: six words have 23.
const MOST: f64 = 18.0;

/// The decimal logarithm of the number of guesses that it takes to come to this text, at most `MOST`.
///
/// Each word takes its own guesses, and one that was there before as many as there are words before it. The library would
/// count spaces and the order of the parts as things to guess, so that any sentence passes. Case, and dashes in place of
/// spaces, count for nothing, as in a phrase's normal form.
pub fn guesses(text: &str) -> f64 {
    let text = text.to_lowercase();
    let words = text.split(|c: char| c.is_whitespace() || c == '-');
    let mut seen = BTreeSet::new();
    let each = words.filter(|word| !word.is_empty()).map(|word| {
        if seen.insert(word) {
            zxcvbn::zxcvbn(word, &[]).guesses_log10()
        } else {
            u32::try_from(seen.len()).map_or(MOST, f64::from).log10()
        }
    });
    each.sum::<f64>().clamp(0.0, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_often_chosen_takes_few_guesses() {
        for weak in [
            "",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "passwordpasswordpassword",
            "qwertyuiop1234567890",
        ] {
            assert!(guesses(weak) < 6.0, "{weak}: {}", guesses(weak));
        }
    }

    #[test]
    fn a_sentence_takes_fewer_than_random_words() {
        let hamlet = guesses("to be or not to be that is the question");
        assert!(hamlet < 13.0, "{hamlet}");
        assert!(guesses("wander quilt acorn nimble tidal gravel") >= MOST);
    }

    #[test]
    fn case_and_dashes_count_for_nothing() {
        let (large, small) = ("The-Bakery Has Closed", "the bakery  has closed");
        assert!((guesses(large) - guesses(small)).abs() < f64::EPSILON);
    }
}
