//! Openings that fail: one sentence on the page, one answer on the wire.

use anyhow::{Context, Result, ensure};
use sotto_protocol::{Answer, Nonce, Refusal, ServerFrame, decode, encode};
use sotto_tests::both_browsers;
use sotto_tests::capture::tap::Tap;
use sotto_tests::capture::websocket::Frame;
use sotto_tests::capture::{http, websocket};
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;

use crate::{NOT_OPENED, no_complaints, tap, two};

/// All that the relay has said on the last socket, with its clock and the nonces of its puzzles blanked: no two are
/// alike, and they are drawn before anything is tried.
fn said(tap: &Tap) -> Result<Vec<Frame>> {
    let recording = tap.recording();
    let mut sockets = recording
        .iter()
        .filter_map(|connection| http::parse(connection).ok()?.upgraded);
    let (_, received) = sockets.next_back().context("a socket")?;
    let frames = websocket::parse(&received)?;
    frames
        .into_iter()
        .map(|frame| match frame {
            Frame::Binary(bytes) => {
                let mut frame = decode(&bytes)?;
                match &mut frame {
                    ServerFrame::Welcome(welcome) => welcome.time = 0,
                    ServerFrame::Answer {
                        answer: Answer::Puzzle(puzzle),
                        ..
                    } => puzzle.nonce = Nonce::new([0; 16]),
                    _ => {}
                }
                Ok(Frame::Binary(encode(&frame)))
            }
            other => Ok(other),
        })
        .collect()
}

/// Whether the relay's last word was a refusal.
fn is_refused(frames: &[Frame]) -> bool {
    let Some(Frame::Binary(last)) = frames.last() else {
        return false;
    };
    matches!(
        decode(last),
        Ok(ServerFrame::Answer {
            answer: Answer::Refused(Refusal::Refused),
            ..
        })
    )
}

/// Tries to open a room, reads the sentence, gives all that the relay said, and loads the page anew.
async fn fails(person: &Person, tap: &Tap, attempt: impl AsyncFnOnce() -> Result<()>) -> Result<Vec<Frame>> {
    person.come_whole().await?;
    attempt().await?;
    person.sees(NOT_OPENED).await?;
    for field in ["Phrase", "Passcode", "Code"] {
        if let Some(field) = person.browser.find("textbox", field).await? {
            let value = field.prop("value").await?.unwrap_or_default();
            ensure!(value.is_empty(), "a field holds {value:?}");
        }
    }
    let frames = said(tap)?;
    ensure!(is_refused(&frames), "{frames:02x?}");
    person.reload().await?;
    Ok(frames)
}

both_browsers! {
    /// Whatever was wrong, the page says the same, and the relay has said the same bytes.
    async fn every_failed_opening_is_the_same(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, full) = two([kind, kind], &relay.url()).await?;
        ben.reload().await?;
        let half = ben.start_and_enter("ben's other passcode", "", 2).await?;
        let tap = tap(&relay).await?;
        let eva = Person::visit(kind, &tap.url()).await?;
        let with = |phrase: &str, code: &str| HandedOver { phrase: phrase.to_owned(), code: code.to_owned() };
        let nowhere = "a room that never was";
        // At most two for a room: the third has a price.
        let attempts = [
            ("wrong passcode", fails(&eva, &tap, async || eva.try_open(&full.phrase, "wrong passcode").await).await?),
            ("absent room", fails(&eva, &tap, async || eva.try_open(nowhere, "wrong passcode").await).await?),
            ("wrong code", fails(&eva, &tap, async || eva.try_join(&with(&half.phrase, "1-AAAAA-AAAAA"), "eva's passcode", "").await).await?),
            ("a code for no seat", fails(&eva, &tap, async || eva.try_join(&with(&half.phrase, "7-AAAAA-AAAAA"), "eva's passcode", "").await).await?),
            ("full room", fails(&eva, &tap, async || eva.try_join(&full, "eva's passcode", "").await).await?),
            ("absent room, with a code", fails(&eva, &tap, async || eva.try_join(&with(nowhere, &full.code), "eva's passcode", "").await).await?),
        ];
        let (_, first) = &attempts[0];
        for (what, frames) in &attempts {
            ensure!(frames == first, "{what}: {frames:02x?}, not {first:02x?}");
        }
        // The control: what opens is told apart in the same way.
        eva.join(&half, "eva's own passcode", "").await?;
        ensure!(said(&tap)? != *first, "control: an opening looks like a failure");
        no_complaints(&[&ana, &ben, &eva]).await
    }
}
