//! A secret that is planted is found in every form, wherever it stands; what is not there is not found.

use data_encoding::{BASE64, BASE64URL};
use proptest::prelude::*;

use super::*;

/// What stands before the secret, the secret, and what stands after it.
fn planted() -> impl Strategy<Value = (Vec<u8>, Vec<u8>, Vec<u8>)> {
    let around = || prop::collection::vec(any::<u8>(), 0..40);
    (
        around(),
        prop::collection::vec(any::<u8>(), SHORTEST..40),
        around(),
    )
}

/// The three in one.
fn joined((before, secret, after): &(Vec<u8>, Vec<u8>, Vec<u8>)) -> Vec<u8> {
    [before.as_slice(), secret, after].concat()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

proptest! {
    #[test]
    fn a_planted_secret_is_found_in_every_form(case in planted()) {
        let whole = joined(&case);
        let secret = Secret::bytes("planted", &case.1);
        prop_assert!(secret.find(&whole).is_some());
        for text in [HEXLOWER.encode(&whole), HEXUPPER.encode(&whole), BASE64.encode(&whole), BASE64URL.encode(&whole)] {
            prop_assert!(secret.find(text.as_bytes()).is_some(), "as {text}");
            prop_assert!(secret.find(&wide(&text)).is_some(), "as {text}, two bytes a character");
        }
    }

    #[test]
    fn planted_text_is_found_in_utf_16_and_in_urls(before in ".{0,9}", text in "[ a-zA-Zäöü€😀&=/]{8,20}", after in ".{0,9}") {
        let secret = Secret::text("planted", &text);
        let whole = format!("{before}{text}{after}");
        prop_assert!(secret.find(&wide(&whole)).is_some());
        prop_assert!(secret.find(percent(&whole, "%20").as_bytes()).is_some());
        prop_assert!(secret.find(percent(&whole, "+").as_bytes()).is_some());
    }

    #[test]
    fn an_absent_secret_is_not_found(whole in prop::collection::vec(any::<u8>(), 0..400), secret in any::<[u8; 16]>()) {
        let encoded = [HEXLOWER.encode(&whole), BASE64.encode(&whole)].concat();
        let secret = Secret::bytes("absent", &secret);
        prop_assert_eq!(secret.find(&whole), None);
        prop_assert_eq!(secret.find(encoded.as_bytes()), None);
    }

    #[test]
    fn a_part_of_a_secret_is_not_taken_for_it(case in planted()) {
        let (before, mut secret, after) = case;
        let whole = [before.as_slice(), &secret, &after].concat();
        let last = secret.len() - 1;
        secret[last] ^= 0x55;
        prop_assume!(memmem::find(&whole, &secret).is_none());
        prop_assert_eq!(Secret::bytes("changed", &secret).find(&whole), None);
        prop_assert_eq!(Secret::bytes("changed", &secret).find(HEXLOWER.encode(&whole).as_bytes()), None);
    }

    #[test]
    fn sixteen_bytes_in_a_row_are_found_and_fifteen_are_not(
        stored in prop::collection::vec(any::<u8>(), 60..200),
        noise in prop::collection::vec(any::<u8>(), 100..300),
        at in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
    ) {
        let runs = Runs::of(&stored);
        prop_assert_eq!(runs.len(), stored.len() - RUN + 1);
        prop_assert!(runs.found_in(&noise).is_empty());
        let (at, from) = (at.index(noise.len()), from.index(stored.len() - RUN + 1));
        let mut file = noise.clone();
        file.splice(at..at, stored[from..from + RUN].iter().copied());
        prop_assert!(!runs.found_in(&file).is_empty());
        file[at + RUN / 2] ^= 0x55;
        prop_assert!(runs.found_in(&file).is_empty());
    }
}

#[test]
fn the_haystack_names_where_it_found_what() {
    let mut haystack = Haystack::default();
    haystack.add("first", "nothing here");
    haystack.add("second", format!("x{}", BASE64.encode(b"..correct horse..")));
    let secret = Secret::text("phrase", "correct horse");
    let hits = haystack.hits(&secret);
    assert_eq!(hits.len(), 1);
    assert_eq!(
        (hits[0].place.as_str(), hits[0].form),
        ("second", Form::Base64(2))
    );
    haystack.must_hold(&secret);
    haystack.must_lack(&[Secret::text("another", "battery staple")]);
}

#[test]
#[should_panic(expected = "found")]
fn what_is_there_fails_the_search() {
    let mut haystack = Haystack::default();
    haystack.add("log", "GET /?q=correct+horse HTTP/1.1");
    haystack.must_lack(&[Secret::text("phrase", "correct horse")]);
}

#[test]
#[should_panic(expected = "control")]
fn a_control_that_is_missing_fails_the_search() {
    Haystack::default().must_hold(&Secret::text("control", "correct horse"));
}
