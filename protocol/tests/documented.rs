//! `docs/protocol.md` names every refusal and every close code that there is, and no other.
//!
//! What there is is read from the crate's own text, so that nothing has to be listed a second time.

use std::collections::BTreeSet;

const DOCUMENT: &str = include_str!("../../docs/protocol.md");
const ANSWER: &str = include_str!("../src/answer.rs");
const CLOSE: &str = include_str!("../src/close.rs");

/// What answers a command without refusing it.
const ANSWERS: [&str; 5] = ["done", "puzzle", "opened", "several", "invitation"];

/// The document from one heading to the next.
fn section(heading: &str) -> &'static str {
    let after = DOCUMENT.split(&format!("\n## {heading}\n")).nth(1);
    after
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap_or_default()
}

/// The words in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// `NoSeat` as it is written in the document: `no_seat`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The names of all refusals, from the list of their numbers on the wire.
fn refusals() -> BTreeSet<String> {
    let list = ANSWER
        .split("choice!(Refusal {")
        .nth(1)
        .and_then(|rest| rest.split("});").next());
    let entries = list
        .unwrap_or_default()
        .split(',')
        .filter_map(|entry| entry.split_once(": "));
    let names = entries.map(|(_, name)| snake(name.split('(').next().unwrap_or_default().trim()));
    names.collect()
}

/// The number and the name of every close code.
fn codes() -> BTreeSet<(u16, String)> {
    let constants = CLOSE.lines().filter_map(|line| line.strip_prefix("pub const "));
    constants
        .filter_map(|constant| {
            let (name, number) = constant.split_once(": u16 = ")?;
            let name = name.to_lowercase().replace('_', " ");
            Some((number.trim_end_matches(';').parse().ok()?, name))
        })
        .collect()
}

#[test]
fn every_refusal_is_in_the_table_and_no_other() {
    let documented: BTreeSet<String> = section("Errors and close codes")
        .split("refusal `")
        .skip(1)
        .filter_map(|rest| rest.split('`').next())
        .map(ToOwned::to_owned)
        .collect();
    assert!(documented.len() > 10, "the table is read: {documented:?}");
    assert_eq!(documented, refusals());
}

#[test]
fn every_close_code_is_told_of_and_no_other() {
    let text = section("Errors and close codes");
    let is_code = |number: &u16| (1000..1016).contains(number) || (4000..5000).contains(number);
    let documented: BTreeSet<u16> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .filter(is_code)
        .collect();
    let codes = codes();
    assert!(codes.len() > 10, "the codes are read: {codes:?}");
    assert_eq!(documented, codes.iter().map(|(number, _)| *number).collect());
    // Where the document gives a code a name, it is the code's own.
    for (number, name) in codes {
        let (_, rest) = text.split_once(&number.to_string()).expect("it is there");
        if let Some(named) = rest.strip_prefix(" `") {
            assert_eq!(named.split('`').next(), Some(name.as_str()), "{number}");
        }
    }
}

#[test]
fn what_commands_are_answered_with_exists() {
    let refusals = refusals();
    let rows = section("Commands").lines().filter(|line| line.starts_with("| `"));
    let mut answers = 0;
    for row in rows {
        let last = row
            .trim_end_matches([' ', '|'])
            .rsplit(" | ")
            .next()
            .unwrap_or_default();
        for answer in quoted(last) {
            assert!(
                refusals.contains(answer) || ANSWERS.contains(&answer),
                "{answer} in {row}"
            );
            answers += 1;
        }
    }
    assert!(answers > 40, "the table is read: {answers}");
}
