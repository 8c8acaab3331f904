//! The room itself: quoting, comparing words, the end that comes near, a sound, and texts of every shape on a small screen.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::browser::Size;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

use crate::{no_complaints, two};

/// The narrowest phone.
const SMALL: Size = Size {
    width: 320,
    height: 640,
};

/// Puts a text into the composer at once, as pasting does.
async fn paste(person: &Person, text: &str) -> Result<()> {
    person.browser.wait_for("textbox", "Message").await?;
    let script = "const box = document.querySelector('textarea:not([readonly])'); box.value = arguments[0];
        box.dispatchEvent(new window.Event('input', { bubbles: true }));";
    person.browser.run(script, vec![json!(text)]).await.map(drop)
}

/// The message as it stands on the page, its direction, and how far the page goes beyond its window.
async fn shown(person: &Person) -> Result<(String, bool, i64)> {
    let script = "const text = document.querySelector('.log .text');
        const wide = Math.max(...[document.documentElement, document.body, text].map((each) => each.scrollWidth));
        return [text.textContent, text.matches(':dir(rtl)'), wide - innerWidth];";
    let found = person.browser.run(script, vec![]).await?;
    serde_json::from_value(found).context("text, direction and width")
}

/// Whether all of the composer lies in the part of the window that is this high.
async fn composer_is_above(person: &Person, height: i64) -> Result<bool> {
    let script = "return [...document.querySelectorAll('textarea, .writing .main')].map((each) => each.getBoundingClientRect())
        .every(({ top, bottom }) => top >= 0 && bottom <= arguments[0]);";
    Ok(person.browser.run(script, vec![json!(height)]).await? == json!(true))
}

both_browsers! {
    /// The message can be selected and copied, and quoted into what will erase it.
    async fn a_reply_can_quote_what_it_erases(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        paste(&ana, "The bakery has closed.\nAt seven?").await?;
        ensure!(ana.browser.find("button", "Quote it").await?.is_none(), "there is nothing to quote");
        ana.browser.click("Send").await?;
        ben.reads("At seven?").await?;
        let selected = "getSelection().selectAllChildren(document.querySelector('.log .text')); return getSelection().toString();";
        ensure!(ben.browser.run(selected, vec![]).await? == json!("The bakery has closed.\nAt seven?"));
        ben.sees("Your reply erases this message for everyone.").await?;
        ben.browser.type_into("Message", "At eight.").await?;
        ben.browser.click("Quote it").await?;
        ensure!(ben.holds("Message").await? == "> The bakery has closed.\n> At seven?\n\nAt eight.");
        ben.browser.click("Send").await?;
        ana.reads("> At seven?").await?;
        no_complaints(&[&ana, &ben]).await
    }

    /// Who compared the words marks it; the mark outlives a lock, and nothing else.
    async fn compared_words_are_marked(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, handed) = two([kind, kind], &relay.url()).await?;
        let mark = "Compared with The other person: the same";
        ana.turn(mark).await?;
        ana.browser.click("Lock").await?;
        ana.browser.type_into("Passcode", "ana's own passcode").await?;
        ana.browser.click("Resume").await?;
        ana.in_room().await?;
        ana.browser.click("Menu").await?;
        let marked = ana.browser.wait_for("switch", mark).await?;
        ensure!(marked.is_selected().await?, "it is forgotten while locked");
        ana.reload().await?;
        ana.open(&handed.phrase, "ana's own passcode").await?;
        ana.browser.click("Menu").await?;
        let marked = ana.browser.wait_for("switch", mark).await?;
        ensure!(!marked.is_selected().await?, "something was stored");
        no_complaints(&[&ana, &ben]).await
    }

    /// Near its end the room counts to the second, and says so.
    async fn an_end_that_comes_near_is_said(kind: Kind) {
        let relay = RelayProcess::start(&["--lifetimes", "590s,1h", "--lifetime", "590s", "--grain", "1s"]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.hears("This room ends in 9 minutes ").await?;
        ana.sees(" seconds left").await?;
        ensure!(ana.shows("9 minutes ").await?, "minutes and seconds");
        // Whoever extends it hears no more of it; the end says itself again when it is near once more.
        ana.browser.click("Menu").await?;
        ana.browser.click("Extend: 1 hour").await?;
        ana.sees("The room ends later now.").await?;
        ana.browser.click("Close").await?;
        ana.sees("59 minutes left").await?;
        let later = "const { Date } = window; const now = Date.now; Date.now = () => now() + 3_565_000;";
        ana.browser.click("Menu").await?;
        ana.browser.wait_for("combobox", "Lock when nobody touches this for").await?.select_by_value("0").await?;
        ana.browser.click("Close").await?;
        ana.browser.run(later, vec![]).await?;
        ana.hears("This room ends in ").await?;
        ana.sees(" seconds left").await?;
        no_complaints(&[&ana]).await
    }

    /// A sound is off until it is wanted; then it is heard for what others write, and for nothing else.
    async fn a_sound_is_made_if_wanted(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        let count = "const start = OscillatorNode.prototype.start; window.notes = 0;
            OscillatorNode.prototype.start = function (...given) { window.notes += 1; return start.apply(this, given); };";
        ana.browser.run(count, vec![]).await?;
        let heard = async || ana.browser.run("return window.notes;", vec![]).await;
        ben.send("Silent.").await?;
        ana.reads("Silent.").await?;
        ensure!(heard().await? == json!(0));
        ana.turn("A sound when a message comes").await?;
        ensure!(heard().await? == json!(2), "how it sounds");
        ana.send("Mine.").await?;
        ben.send("Loud.").await?;
        ana.reads("Loud.").await?;
        ensure!(heard().await? == json!(4), "one sound of two notes");
        ana.turn("A sound when a message comes").await?;
        ana.send("Mine again.").await?;
        ben.send("Silent again.").await?;
        ana.reads("Silent again.").await?;
        ensure!(heard().await? == json!(4));
        no_complaints(&[&ana, &ben]).await
    }

    /// Texts of every shape arrive as they were written, fit the narrowest phone, and count in bytes near the limit.
    async fn texts_of_every_shape_fit_a_small_screen(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        for person in [&ana, &ben] {
            person.browser.set_size(SMALL).await?;
        }
        let longest = "ß言😀x".repeat(1_638);
        let longest = format!("{longest}{}", "x".repeat(16_383 - longest.len()));
        let texts = [
            ("👩‍👩‍👧‍👦 🏳️‍🌈 é ö 🇩🇪".to_owned(), false),
            ("שלום, ניפגש ליד הנהר בשבע. the second bench".to_owned(), true),
            ("Donaudampfschifffahrtsgesellschaft".repeat(20), false),
            (longest, false),
        ];
        let (mut writer, mut reader) = (&ana, &ben);
        for (text, is_rtl) in &texts {
            paste(writer, text).await?;
            writer.browser.click("Send").await?;
            writer.hears("Read").await?;
            for person in [writer, reader] {
                let (held, rtl, beyond) = shown(person).await?;
                ensure!(held == *text && rtl == *is_rtl, "{held}");
                ensure!(beyond <= 0, "{beyond} pixels beyond the window");
            }
            writer.browser.run("document.getElementById('status').replaceChildren();", vec![]).await?;
            (writer, reader) = (reader, writer);
        }
        paste(writer, &"x".repeat(16_383)).await?;
        writer.sees("0 bytes left").await?;
        paste(writer, &"😀".repeat(4_096)).await?;
        writer.sees("1 byte too long").await?;
        let send = writer.browser.wait_for("button", "Send").await?;
        ensure!(!send.is_enabled().await?);
        no_complaints(&[&ana, &ben]).await
    }

    /// A keyboard on the screen makes the window lower, or lies over it: the composer stays above it either way.
    async fn a_keyboard_never_covers_the_composer(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        ben.browser.set_size(SMALL).await?;
        ana.send(&"The bakery has closed. ".repeat(40)).await?;
        ben.reads("The bakery has closed.").await?;
        ensure!(composer_is_above(&ben, 640).await?);
        let over = "Object.defineProperty(visualViewport, 'height', { get: () => 340, configurable: true });
            visualViewport.dispatchEvent(new window.Event('resize'));";
        ben.browser.run(over, vec![]).await?;
        ensure!(composer_is_above(&ben, 340).await?, "the keyboard lies over the composer");
        ben.browser.run("delete visualViewport.height; visualViewport.dispatchEvent(new window.Event('resize'));", vec![]).await?;
        ensure!(!composer_is_above(&ben, 340).await?, "it comes down again");
        ben.browser.set_size(Size { height: 300, ..SMALL }).await?;
        ben.browser.wait_for("textbox", "Message").await?.click().await?;
        ensure!(composer_is_above(&ben, 300).await?, "the low window has no room for the composer");
        no_complaints(&[&ana, &ben]).await
    }
}
