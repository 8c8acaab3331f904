//! Makes the tables from ICU4X's data. `SOTTO_WRITE_TABLES=1 cargo test -p sotto-crypto tables` writes them; without it
//! the committed ones are compared.

use std::{fs, path::PathBuf};

use icu_casemap::CaseMapper;
use icu_normalizer::{
    DecomposingNormalizer,
    properties::{CanonicalCombiningClassMap, CanonicalComposition, CanonicalDecomposition, Decomposed},
};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{Dash, DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace},
};

use super::super::unicode;

pub(super) fn chars() -> impl Iterator<Item = char> {
    (0..=0x10_ffff).filter_map(char::from_u32)
}

fn number(mut n: u32, to: &mut Vec<u8>) {
    while n >= 0x80 {
        to.push(u8::try_from(n & 0x7f).unwrap() | 0x80);
        n >>= 7;
    }
    to.push(u8::try_from(n).unwrap());
}

fn signed(n: i64, to: &mut Vec<u8>) {
    number(u32::try_from(n.abs() * 2 + i64::from(n < 0)).unwrap(), to);
}

/// Surrogates are no `char`, so they count to whichever run they lie in.
fn runs(within: impl Fn(u32) -> bool) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut inside, mut length) = (false, 0);
    for c in 0..=0x10_ffff_u32 {
        let now = if (0xd800..0xe000).contains(&c) {
            inside
        } else {
            within(c)
        };
        if now != inside {
            number(length, &mut out);
            (inside, length) = (now, 0);
        }
        length += 1;
    }
    number(length, &mut out);
    out
}

fn refused() -> Vec<u8> {
    let category = CodePointMapData::<GeneralCategory>::new();
    let space = CodePointSetData::new::<WhiteSpace>();
    runs(|c| match category.get32(c) {
        GeneralCategory::Unassigned | GeneralCategory::PrivateUse => true,
        GeneralCategory::Control => !space.contains32(c),
        _ => false,
    })
}

fn lower() -> Vec<u8> {
    let map = CaseMapper::new();
    // Start, how many, step, what to add.
    let mut entries: Vec<(u32, u32, u32, i64)> = Vec::new();
    for c in chars() {
        let from = u32::from(c);
        let add = i64::from(u32::from(map.simple_lowercase(c))) - i64::from(from);
        if add == 0 {
            continue;
        }
        match entries.last_mut() {
            Some((start, count @ 1, step, same)) if *same == add && from - *start <= 2 => {
                (*count, *step) = (2, from - *start);
            }
            Some((start, count, step, same)) if *same == add && from == *start + *count * *step => {
                *count += 1;
            }
            _ => entries.push((from, 1, 1, add)),
        }
    }
    let mut out = Vec::new();
    let mut end = 0;
    for (start, count, step, add) in entries {
        number(start - end, &mut out);
        number(count, &mut out);
        number(step, &mut out);
        signed(add, &mut out);
        end = start + (count - 1) * step;
    }
    out
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

/// Characters, how many parts each has, and the parts.
fn decomposition() -> [Vec<u8>; 3] {
    let nfkd = DecomposingNormalizer::new_nfkd();
    let [mut froms, mut counts, mut parts] = [const { Vec::new() }; 3];
    let mut from = 0;
    let mut last = [0; unicode::EXPANSION];
    for c in chars().filter(|c| !is_hangul(*c)) {
        let text = c.to_string();
        let to = nfkd.normalize(&text);
        if to == text {
            continue;
        }
        number(u32::from(c) - from, &mut froms);
        from = u32::from(c);
        number(u32::try_from(to.chars().count()).unwrap(), &mut counts);
        for (part, last) in to.chars().zip(&mut last) {
            let part = i64::from(u32::from(part));
            signed(part - *last, &mut parts);
            *last = part;
        }
    }
    [froms, counts, parts]
}

fn composition() -> Vec<u8> {
    let canonical = CanonicalDecomposition::new();
    let composer = CanonicalComposition::new();
    let mut entries: Vec<(char, char, char)> = chars()
        .filter(|c| !is_hangul(*c))
        .filter_map(|c| match canonical.decompose(c) {
            Decomposed::Expansion(first, second) if composer.compose(first, second) == Some(c) => {
                Some((second, first, c))
            }
            _ => None,
        })
        .collect();
    entries.sort_unstable();
    let code = |c: char| i64::from(u32::from(c));
    let mut out = Vec::new();
    let (mut last_second, mut last_first) = ('\0', '\0');
    for (second, first, composite) in entries {
        number(u32::from(second) - u32::from(last_second), &mut out);
        signed(code(first) - code(last_first), &mut out);
        signed(code(composite) - code(first), &mut out);
        (last_second, last_first) = (second, first);
    }
    out
}

fn class() -> Vec<u8> {
    let map = CanonicalCombiningClassMap::new();
    let mut runs: Vec<(u32, u8)> = Vec::new();
    for c in 0..=0x10_ffff {
        let class = map.get32_u8(c);
        match runs.last_mut() {
            Some((count, same)) if *same == class => {
                *count += 1;
            }
            _ => runs.push((1, class)),
        }
    }
    // The last run is of class 0, which is the answer where the table ends.
    assert_eq!(runs.pop().unwrap().1, 0);
    let mut out = Vec::new();
    for (count, class) in runs {
        number(count, &mut out);
        number(u32::from(class), &mut out);
    }
    out
}

#[test]
fn the_tables_are_what_they_are_made_from() {
    let set = |data: icu_properties::CodePointSetDataBorrowed<'static>| runs(|c| data.contains32(c));
    let [froms, counts, parts] = decomposition();
    let tables = [
        ("refused", refused()),
        (
            "ignorable",
            set(CodePointSetData::new::<DefaultIgnorableCodePoint>()),
        ),
        ("space", set(CodePointSetData::new::<WhiteSpace>())),
        ("dash", set(CodePointSetData::new::<Dash>())),
        ("lower", lower()),
        ("decomposition-from", froms),
        ("decomposition-count", counts),
        ("decomposition-part", parts),
        ("composition", composition()),
        ("class", class()),
    ];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/normal/tables");
    for (name, made) in tables {
        let path = folder.join(name).with_extension("bin");
        if std::env::var_os("SOTTO_WRITE_TABLES").is_some() {
            fs::write(&path, &made).unwrap();
        }
        assert!(
            fs::read(&path).unwrap() == made,
            "{name}.bin is not what this test makes"
        );
    }
}
