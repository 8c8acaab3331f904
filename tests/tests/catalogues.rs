//! The page's words: each language has all of them, and the page uses each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Each sentence by its path: `section.key`, with the form behind it where there are several.
type Sentences = BTreeMap<String, String>;

fn www() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../www")
}

/// A language's sentences, from the catalogue of the entry form and that of the other views.
fn sentences(language: &str) -> Result<Sentences> {
    let mut found = Sentences::new();
    for part in [format!("{language}.entry.json"), format!("{language}.json")] {
        let text = fs::read_to_string(www().join("i18n").join(&part)).with_context(|| part.clone())?;
        let before = found.len();
        let added = collect("", &serde_json::from_str(&text)?, &mut found);
        ensure!(
            found.len() == before + added,
            "{part} has a sentence that the entry form's catalogue has"
        );
    }
    Ok(found)
}

fn collect(path: &str, value: &Value, found: &mut Sentences) -> usize {
    match value {
        Value::Object(section) => section
            .iter()
            .map(|(key, value)| collect(format!("{path}.{key}").trim_start_matches('.'), value, found))
            .sum(),
        other => {
            found.insert(path.to_owned(), other.as_str().unwrap_or_default().to_owned());
            1
        }
    }
}

/// The names in braces.
fn names(sentence: &str) -> BTreeSet<&str> {
    sentence
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

/// The page's modules, in one text; and the names that its types declare.
fn sources(folder: &Path, all: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, all)?;
        } else if path.extension().is_some_and(|end| end == "js" || end == "ts") {
            all.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Whether a module names a sentence: as `text.section.key`, by taking the section apart, or with a key that stands
/// as a string in the page's types or modules.
fn is_used(sentence: &str, sources: &str) -> bool {
    let path = sentence.trim_end_matches(".one").trim_end_matches(".other");
    let whole = format!("text.{path}");
    let named = sources.match_indices(&whole).any(|(at, _)| {
        let next = sources[at + whole.len()..].chars().next().unwrap_or(' ');
        !(next.is_alphanumeric() || next == '_')
    });
    let Some((section, key)) = path.split_once('.') else {
        return named;
    };
    let end = format!("}} = text.{section};");
    let taken_apart = sources.match_indices(&end).any(|(at, _)| {
        let inner = sources[..at].rsplit('{').next().unwrap_or_default();
        inner.split(',').any(|name| name.trim() == key)
    });
    let by_kind = sources.contains(&format!("text.{section}[")) && sources.contains(&format!("\"{key}\""));
    named || taken_apart || by_kind
}

#[test]
fn every_language_has_every_sentence_with_the_same_names_in_it() -> Result<()> {
    let english = sentences("en")?;
    let german = sentences("de")?;
    let keys = |sentences: &Sentences| sentences.keys().cloned().collect::<BTreeSet<_>>();
    let missing: Vec<_> = keys(&english)
        .symmetric_difference(&keys(&german))
        .cloned()
        .collect();
    ensure!(missing.is_empty(), "in one language only: {missing:?}");
    for (path, sentence) in &english {
        let other = &german[path];
        ensure!(!sentence.is_empty() && !other.is_empty(), "{path} is empty");
        ensure!(
            names(sentence) == names(other),
            "{path}: {sentence:?} and {other:?}"
        );
    }
    Ok(())
}

#[test]
fn every_sentence_is_used() -> Result<()> {
    let mut all = String::new();
    sources(&www(), &mut all)?;
    let unused: Vec<_> = sentences("en")?
        .into_keys()
        .filter(|path| !is_used(path, &all))
        .collect();
    ensure!(unused.is_empty(), "no module uses {unused:?}");
    ensure!(
        !is_used("room.nobodyWroteThis", &all) && !is_used("failure.nor-this", &all),
        "anything counts as used"
    );
    Ok(())
}

/// Numbers and what stands with them, from lines that begin with `before` and have `between` the two.
fn numbered(text: &str, before: &str, between: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.strip_prefix(before)?.split_once(between))
        .map(|(left, right)| (left.to_owned(), right.trim_end_matches([';', ',']).to_owned()))
        .collect()
}

/// A connection that the relay closes is told in words by the page, but for the codes that the session itself knows: a room
/// or seat that is over, a wrong guess at the present passcode, a connection that nobody misses.
#[test]
fn every_close_code_has_words() -> Result<()> {
    let constants = include_str!("../../protocol/src/close.rs");
    let mut codes = numbered(constants, "pub const ", ": u16 = ");
    for known in [
        "ENDED",
        "VACATED",
        "PASSCODE_CHANGED",
        "WRONG_PASSCODE",
        "UNOPENED",
    ] {
        ensure!(codes.remove(known).is_some(), "{known} is no code");
    }
    let codes: BTreeSet<String> = codes.into_values().collect();
    let told = numbered(&fs::read_to_string(www().join("views/parts.js"))?, "  ", ": \"");
    let told: BTreeSet<String> = told
        .into_keys()
        .filter(|key| key.parse::<u16>().is_ok())
        .collect();
    ensure!(
        codes.len() == 10 && codes == told,
        "{codes:?}, and the page has {told:?}"
    );
    Ok(())
}
