//! Whatever the relay refuses, the page has a sentence for it, in each language: on the way into a room, and in one.
//!
//! Red when made: `too-many` taken out of a catalogue; `Refusal::SeatTaken` taken for `OutcomeKind::Refused` in `seated.rs`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sotto_client::Command;
use sotto_client::view::{Failure, OutcomeKind};
use sotto_protocol::{Answer, CommandKind, Nonce, Puzzle, Refusal, ServerFrame, Snapshot};
use sotto_tests::hostile::{PHRASE, Stage, typed};

use crate::{BOB, commands};

/// What the page is told of a refusal: on the way in, where nothing is a further try, and in a room.
const fn told(why: &Refusal) -> (Option<Failure>, OutcomeKind) {
    match why {
        Refusal::Refused => (Some(Failure::Refused), OutcomeKind::Refused),
        Refusal::Price(_) => (None, OutcomeKind::Refused),
        Refusal::Conflict(_) | Refusal::NotYourTurn => (Some(Failure::Dishonest), OutcomeKind::Conflict),
        Refusal::AlreadyRead => (Some(Failure::Dishonest), OutcomeKind::AlreadyRead),
        Refusal::SeatTaken => (Some(Failure::Dishonest), OutcomeKind::SeatTaken),
        Refusal::Unavailable => (Some(Failure::Unavailable), OutcomeKind::Unavailable),
        Refusal::TooMany => (Some(Failure::TooMany), OutcomeKind::TooMany),
        Refusal::Full => (Some(Failure::Full), OutcomeKind::Full),
        Refusal::WrongWord => (Some(Failure::WrongWord), OutcomeKind::Refused),
        // No page gives cause for these.
        Refusal::NoSeat
        | Refusal::AlreadyOpen
        | Refusal::NotAuthor
        | Refusal::Reused
        | Refusal::Invalid
        | Refusal::OutOfRange => (Some(Failure::Dishonest), OutcomeKind::Refused),
    }
}

/// One of each. `told` names them all, so that a new one is missed here.
fn every(snapshot: Snapshot) -> [Refusal; 16] {
    let puzzle = Puzzle {
        nonce: Nonce::new([0; 16]),
        bits: 0,
    };
    [
        Refusal::Refused,
        Refusal::Price(puzzle),
        Refusal::Conflict(Box::new(snapshot)),
        Refusal::NoSeat,
        Refusal::AlreadyOpen,
        Refusal::NotAuthor,
        Refusal::NotYourTurn,
        Refusal::AlreadyRead,
        Refusal::Reused,
        Refusal::Invalid,
        Refusal::OutOfRange,
        Refusal::SeatTaken,
        Refusal::Unavailable,
        Refusal::TooMany,
        Refusal::Full,
        Refusal::WrongWord,
    ]
}

/// The room as the relay showed it to a tab that opened it.
fn snapshot(stage: &Stage, who: usize) -> Result<Snapshot> {
    let mut meant = stage.meant_for(who).into_iter();
    meant
        .find_map(|frame| match frame {
            ServerFrame::Answer {
                answer: Answer::Opened(opened),
                ..
            } => Some(opened.snapshot),
            _ => None,
        })
        .context("an opened seat")
}

/// As the view writes a name: `TooMany` is `too-many`.
fn key(name: &str) -> String {
    let mut key = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !key.is_empty() {
            key.push('-');
        }
        key.extend(letter.to_lowercase());
    }
    key
}

/// One of the two catalogues of each language has a sentence for this, in this section.
fn is_said(section: &str, name: &str) -> Result<()> {
    let path = format!("/{section}/{}", key(name));
    for language in ["en", "de"] {
        let mut said = false;
        for end in ["entry.json", "json"] {
            let file = Path::new("../www/i18n").join(format!("{language}.{end}"));
            let catalogue: serde_json::Value = serde_json::from_str(&fs::read_to_string(file)?)?;
            let sentence = catalogue.pointer(&path).and_then(serde_json::Value::as_str);
            said |= sentence.is_some_and(|sentence| sentence.len() > 10);
        }
        ensure!(said, "{language} has no sentence at {path}");
    }
    Ok(())
}

#[test]
fn every_refusal_on_the_way_in_is_said() -> Result<()> {
    let mut stage = Stage::room(2, 2);
    for refusal in every(snapshot(&stage, BOB)?) {
        let (failure, _) = told(&refusal);
        let tablet = stage.tab();
        stage.deafen_at(tablet, CommandKind::Open);
        stage.command(
            tablet,
            Command::Open {
                phrase: typed(PHRASE),
                passcode: typed("passcode 1"),
            },
        );
        let asked = commands(&stage, tablet, CommandKind::Open);
        let reference = asked.last().context("an attempt")?.reference;
        let answer = Answer::Refused(refusal.clone());
        stage.tell(tablet, &ServerFrame::Answer { reference, answer });
        assert_eq!(stage.view(tablet).failure, failure, "{refusal:?}");
        match failure {
            Some(failure) => is_said("failure", &format!("{failure:?}"))?,
            // It pays the price and tries again.
            None => assert_eq!(commands(&stage, tablet, CommandKind::Open).len(), asked.len() + 1),
        }
    }
    Ok(())
}

#[test]
fn every_refusal_in_a_room_is_said() -> Result<()> {
    let mut stage = Stage::room(2, 2);
    for refusal in every(snapshot(&stage, BOB)?) {
        let (_, outcome) = told(&refusal);
        stage.deafen_at(BOB, CommandKind::Send);
        stage.sends(BOB, "a text that does not go");
        let asked = commands(&stage, BOB, CommandKind::Send);
        let reference = asked.last().context("a message")?.reference;
        let answer = Answer::Refused(refusal.clone());
        stage.tell(BOB, &ServerFrame::Answer { reference, answer });
        assert_eq!(stage.outcome(BOB), Some(outcome), "{refusal:?}");
        is_said("outcome", &format!("{outcome:?}"))?;
        // A tab of its own for each: what was refused is as if it had not been.
        stage = Stage::room(2, 2);
    }
    Ok(())
}
