//! The rules of normal form.

use proptest::prelude::*;

use super::super::{NormalError, normal, normal_passcode, unicode};
use super::make::chars;

fn phrase(text: &str) -> String {
    normal(text).unwrap().as_str().to_owned()
}

fn passcode(text: &str) -> String {
    normal_passcode(text).unwrap().as_str().to_owned()
}

#[test]
fn what_differs_only_in_typing_is_the_same_phrase() {
    for (typed, means) in [
        ("Blue Door 7", "blue door 7"),
        ("  blue\u{a0}\u{2003} door\t7\r\n", "blue door 7"),
        ("blue-door\u{2013}7", "blue door 7"),
        ("blue - door \u{2014} 7 -", "blue door 7"),
        ("\u{feff}bl\u{200b}ue\u{ad} door\u{2060} 7", "blue door 7"),
        ("ｂｌｕｅ　ｄｏｏｒ　７", "blue door 7"),
        ("𝐁𝐥𝐮𝐞 door ⁷", "blue door 7"),
        ("Zu\u{308}rich", "z\u{fc}rich"),
        ("ÀÉÎ", "àéî"),
        ("ΟΔΟΣ", "οδοσ"),
        ("οδος", "οδοσ"),
        ("İSTANBUL", "istanbul"),
        ("STRAẞE", "straße"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("ﬁn", "fin"),
        ("❤\u{fe0f} u", "❤ u"),
    ] {
        assert_eq!(phrase(typed), means, "{typed:?}");
    }
}

#[test]
fn a_passcode_keeps_case_and_dashes() {
    assert_eq!(passcode("  Blue-Door \u{2003} 7 "), "Blue-Door 7");
    assert_eq!(passcode("Zu\u{308}rich\u{200b}"), "Z\u{fc}rich");
}

#[test]
fn nothing_is_refused() {
    for text in ["", " \t\n", "\u{200b}\u{ad}"] {
        assert_eq!(normal(text), Err(NormalError::Empty), "{text:?}");
        assert_eq!(normal_passcode(text), Err(NormalError::Empty), "{text:?}");
    }
    assert_eq!(normal("--"), Err(NormalError::Empty));
    assert_eq!(passcode("--"), "--");
}

#[test]
fn what_cannot_be_typed_again_is_refused() {
    for c in [
        '\0',
        '\u{7}',
        '\u{1b}',
        '\u{7f}',
        '\u{e000}',
        '\u{378}',
        '\u{fffe}',
        '\u{10fffd}',
        '\u{10ffff}',
    ] {
        assert_eq!(normal(&format!("a{c}")), Err(NormalError::Character), "{c:?}");
        assert_eq!(
            normal_passcode(&format!("a{c}")),
            Err(NormalError::Character),
            "{c:?}"
        );
    }
}

#[test]
fn a_phrase_has_at_most_256_bytes() {
    assert_eq!(phrase(&"a".repeat(256)).len(), 256);
    assert_eq!(normal(&"a".repeat(257)), Err(NormalError::TooLong));
    assert_eq!(phrase(&format!("a{}", " ".repeat(4095))), "a");
    assert_eq!(
        normal(&format!("a{}", " ".repeat(4096))),
        Err(NormalError::TooLong)
    );
    // Sixteen times eighteen characters.
    assert_eq!(normal(&"\u{fdfa}".repeat(16)), Err(NormalError::TooLong));
}

#[test]
fn no_character_expands_to_more_than_the_buffer_has_room_for() {
    let most = chars().map(|c| unicode::nfkc(&[c]).len()).max();
    assert_eq!(most, Some(unicode::EXPANSION));
}

/// Normal form is its own normal form, for every character ..
#[test]
fn every_character_is_normal_after_one_pass() {
    for c in chars() {
        let text = c.to_string();
        if let Ok(once) = normal(&text) {
            assert_eq!(phrase(once.as_str()), once.as_str(), "{c:?}");
        }
        if let Ok(once) = normal_passcode(&text) {
            assert_eq!(passcode(once.as_str()), once.as_str(), "{c:?}");
        }
    }
}

proptest! {
    /// .. and for every text.
    #[test]
    fn any_text_is_normal_after_one_pass(text in "\\PC{0,20}") {
        if let Ok(once) = normal(&text) {
            prop_assert_eq!(phrase(once.as_str()), once.as_str());
        }
        if let Ok(once) = normal_passcode(&text) {
            prop_assert_eq!(passcode(once.as_str()), once.as_str());
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = normal(&text);
        let _ = normal_passcode(&text);
    }
}
