//! The tables and the code that reads them, against data and code of others.

use icu_casemap::CaseMapper;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{Dash, DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace},
};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{super::unicode, make::chars};

/// `unicode-normalization` is another implementation over another copy of the data.
fn agrees(text: &str) {
    let ours: String = unicode::nfkc(&text.chars().collect::<Vec<_>>()).iter().collect();
    let theirs: String = text.nfkc().collect();
    assert_eq!(ours, theirs, "{:?}", text.escape_unicode().to_string());
}

#[test]
fn the_other_implementation_holds_the_same_version_of_unicode() {
    let (major, minor, patch) = unicode_normalization::UNICODE_VERSION;
    assert_eq!(format!("{major}.{minor}.{patch}"), unicode::VERSION);
}

#[test]
fn every_character_normalises_as_elsewhere() {
    for c in chars() {
        agrees(c.encode_utf8(&mut [0; 4]));
    }
}

/// Every composite from its parts, and with a mark in the way.
#[test]
fn every_decomposition_composes_as_elsewhere() {
    for c in chars() {
        let parts: String = std::iter::once(c).nfd().collect();
        if parts.chars().count() > 1 {
            agrees(&parts);
            for mark in ['\u{300}', '\u{323}', '\u{5b0}', 'a'] {
                let (first, rest) = parts.split_at(parts.chars().next().unwrap().len_utf8());
                agrees(&format!("{first}{mark}{rest}"));
                agrees(&format!("{parts}{mark}"));
            }
        }
    }
}

#[test]
fn every_character_has_the_properties_that_icu_gives_it() {
    let category = CodePointMapData::<GeneralCategory>::new();
    let space = CodePointSetData::new::<WhiteSpace>();
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let dash = CodePointSetData::new::<Dash>();
    let map = CaseMapper::new();
    for c in chars() {
        let refused = match category.get(c) {
            GeneralCategory::Unassigned | GeneralCategory::PrivateUse => true,
            GeneralCategory::Control => !space.contains(c),
            _ => false,
        };
        let lower = if c == 'ς' { 'σ' } else { map.simple_lowercase(c) };
        let n = u32::from(c);
        assert_eq!(unicode::is_refused(c), refused, "U+{n:04X} refused");
        assert_eq!(
            unicode::is_ignorable(c),
            ignorable.contains(c),
            "U+{n:04X} ignorable"
        );
        assert_eq!(unicode::is_space(c), space.contains(c), "U+{n:04X} space");
        assert_eq!(unicode::is_dash(c), dash.contains(c), "U+{n:04X} dash");
        assert_eq!(unicode::lower(c), lower, "U+{n:04X} lower");
    }
}

/// Characters that do something: letters with marks, marks, jamo, syllables, compatibility forms.
fn lively() -> impl Strategy<Value = char> {
    prop_oneof![
        prop::char::range('a', 'z'),
        prop::char::range('\u{c0}', '\u{24f}'),
        prop::char::range('\u{300}', '\u{36f}'),
        prop::char::range('\u{591}', '\u{5c7}'),
        prop::char::range('\u{900}', '\u{d4d}'),
        prop::char::range('\u{1100}', '\u{1200}'),
        prop::char::range('\u{1e00}', '\u{1fff}'),
        prop::char::range('\u{3040}', '\u{30ff}'),
        prop::char::range('\u{ac00}', '\u{ad00}'),
        prop::char::range('\u{f900}', '\u{ffef}'),
        prop::char::range('\u{11100}', '\u{11400}'),
        any::<char>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_normalises_as_elsewhere(text in prop::collection::vec(lively(), 0..12)) {
        agrees(&text.into_iter().collect::<String>());
    }
}
