//! The catalogues of `ar-XB`: English made longer and read from right to left, so that tests find what a page takes for
//! granted of its words.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::tree::Files;

const FROM: &str = "i18n/en.";
const TO: &str = "i18n/ar-XB.";

/// Adds them. A test reads such a text as English by taking away what was added: it adds nothing else.
pub(crate) fn add(files: &mut Files) -> Result<()> {
    let english: Vec<String> = files
        .keys()
        .filter(|path| path.starts_with(FROM))
        .cloned()
        .collect();
    for path in english {
        let bytes = files.get(&path).map(Vec::as_slice).unwrap_or_default();
        let mut words: Value =
            serde_json::from_slice(bytes).with_context(|| format!("www/{path} is not JSON"))?;
        if let Value::Object(sections) = &mut words {
            for (name, section) in sections.iter_mut() {
                match name.as_str() {
                    "direction" => *section = json!("rtl"),
                    "locale" => {}
                    _ => strange(section),
                }
            }
        }
        let target = path.replacen(FROM, TO, 1);
        let before = files.insert(target.clone(), serde_json::to_vec(&words)?);
        ensure!(before.is_none(), "www/{target} has the name of a generated file");
    }
    Ok(())
}

fn strange(value: &mut Value) {
    match value {
        Value::String(sentence) => *sentence = longer(sentence),
        Value::Object(section) => section.values_mut().for_each(strange),
        _ => {}
    }
}

/// A dot below each letter, and a mark of length after each vowel; what stands in braces is left alone.
fn longer(sentence: &str) -> String {
    let mut made = String::new();
    let mut in_name = false;
    for letter in sentence.chars() {
        made.push(letter);
        in_name = (in_name || letter == '{') && letter != '}';
        if in_name || !letter.is_ascii_alphabetic() {
            continue;
        }
        made.push('\u{323}');
        if "aeiouAEIOU".contains(letter) {
            made.push('\u{2d1}');
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_with_the_names_left_alone() {
        let english = br#"{"locale":"en-GB","direction":"ltr","a":{"b":"To {who}."}}"#;
        let mut files = Files::from([("i18n/en.entry.json".to_owned(), english.to_vec())]);
        add(&mut files).unwrap();
        let made: Value = serde_json::from_slice(&files["i18n/ar-XB.entry.json"]).unwrap();
        let expected = json!({
            "locale": "en-GB",
            "direction": "rtl",
            "a": { "b": "T\u{323}o\u{323}\u{2d1} {who}." },
        });
        assert_eq!(made, expected);
    }
}
