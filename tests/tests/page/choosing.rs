//! Making up a phrase and a passcode: what is too little is said beside the field, and nothing is lost.

use anyhow::{Result, ensure};
use sotto_client::view::Stage;
use sotto_tests::both_browsers;
use sotto_tests::capture::Traffic;
use sotto_tests::meddler::{Change, Meddler};
use sotto_tests::native::Person as Native;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;

use crate::{no_complaints, tap};

/// Six words: stronger than the estimate tells apart.
const STRONG: &str = "wander quilt acorn nimble tidal gravel";
/// Long enough, and one of the first that anyone would try.
const WEAK: &str = "passwordpasswordpassword";

/// Presses a button that leads on, and sees a sentence instead.
async fn is_held_up(person: &Person, button: &str, sentence: &str) -> Result<()> {
    person.browser.click(button).await?;
    person.sees(sentence).await
}

/// Comes to the field for one's own phrase.
async fn own_phrase(person: &Person) -> Result<()> {
    person.browser.click("Start a room").await?;
    person.readable("Your phrase").await?;
    person.browser.click("Use my own phrase").await?;
    person.browser.wait_for("textbox", "Phrase").await.map(drop)
}

both_browsers! {
    /// A phrase of one's own has its length, and an estimate that comes only when it is asked for; a weak one is confirmed.
    async fn a_phrase_of_ones_own_is_weighed(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let came = |end: &str| -> Result<bool> {
            let exchanges = Traffic::read(&tap.recording())?.exchanges;
            Ok(exchanges.iter().any(|exchange| exchange.request.target().ends_with(end)))
        };
        let ana = Person::visit(kind, &tap.url()).await?;
        ana.browser.click("Start a room").await?;
        ana.readable("Your phrase").await?;
        ensure!(came("/words.txt")? && !came("/strength_bg.wasm")?, "the estimate came unasked");
        ana.browser.click("Back").await?;
        own_phrase(&ana).await?;
        ana.browser.fill("Phrase", "short").await?;
        ana.sees("At least 20 characters: 15 more.").await?;
        is_held_up(&ana, "Next", "At least 20 characters: 15 more.").await?;
        ensure!(ana.holds("Phrase").await? == "short", "what was typed is lost");
        ana.browser.fill("Phrase", WEAK).await?;
        ana.sees("guesses: less than an hour at 100,000 a second").await?;
        ensure!(came("/strength_bg.wasm")?, "control: the tap does not see the estimate");
        is_held_up(&ana, "Next", "That is weak.").await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        ana.browser.fill("Phrase", STRONG).await?;
        ana.sees("More than 1,000,000 trillion guesses: more than 300 thousand years at 100,000 a second").await?;
        ana.browser.wait_gone("checkbox", "Use it all the same").await?;
        ana.browser.fill("Phrase", WEAK).await?;
        ana.browser.click_on("checkbox", "Use it all the same").await?;
        ana.browser.click("Next").await?;
        is_held_up(&ana, "Next", "At least 8 characters: 8 more.").await?;
        ana.browser.type_into("Passcode", "seven77").await?;
        is_held_up(&ana, "Next", "At least 8 characters: 1 more.").await?;
        ana.browser.click("Back").await?;
        ensure!(ana.holds("Phrase").await? == WEAK, "the phrase is lost on the way back");
        ana.browser.click("Next").await?;
        ensure!(ana.holds("Passcode").await? == "seven77", "the passcode is lost on the way back");
        ana.browser.type_into("Passcode", "8").await?;
        ana.browser.click("Next").await?;
        ana.create("", 2).await?;
        ensure!(ana.readable("Your phrase").await? == WEAK);
        ana.browser.click("Go to the room").await?;
        ana.in_room().await?;

        // There is a room with this phrase now: that is said at the phrase, and nothing is lost.
        let ben = Person::visit(kind, &relay.url()).await?;
        own_phrase(&ben).await?;
        ben.browser.fill("Phrase", WEAK).await?;
        ben.browser.click_on("checkbox", "Use it all the same").await?;
        ben.browser.click("Next").await?;
        ben.browser.type_into("Passcode", "ben's own passcode").await?;
        ben.browser.click("Next").await?;
        ben.create("", 2).await?;
        ben.sees("Perhaps there is one with this phrase already").await?;
        ensure!(ben.holds("Phrase").await? == WEAK, "the phrase is lost");
        ben.browser.click("Next").await?;
        ensure!(ben.holds("Passcode").await? == "ben's own passcode", "the passcode is lost");
        no_complaints(&[&ana, &ben]).await
    }

    /// Where the estimate does not come whole, the phrase counts as one that nobody knows the strength of.
    async fn without_an_estimate_a_phrase_is_confirmed(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, file| {
            let is_it = path.ends_with("/strength_bg.wasm");
            if is_it {
                file.body.push(b'\n');
            }
            Ok(is_it)
        };
        let meddler = Meddler::start(relay.address(), change).await?;
        let ana = Person::visit(kind, &meddler.url()).await?;
        own_phrase(&ana).await?;
        ana.browser.fill("Phrase", STRONG).await?;
        ana.sees("The estimate did not load.").await?;
        ana.browser.click("Next").await?;
        ana.hears("This phrase is weak, or its strength is not known.").await?;
        ana.browser.click_on("checkbox", "Use it all the same").await?;
        ana.browser.click("Next").await?;
        ana.browser.wait_for("textbox", "Passcode").await.map(drop)
    }

    /// A short passcode is refused where it is made up; one that exists still opens its place, and can be changed.
    async fn a_passcode_is_long_enough(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let mut native = Native::at(relay.address(), "alice");
        native.starts("short", 2).await?;
        let code = native.invites(1).await?;
        native.until("the room", |view| view.stage == Stage::Room).await?;
        let handed = HandedOver { phrase: "amber rocket lantern".to_owned(), code };
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.open(&handed.phrase, "short").await?;
        ana.browser.click("Menu").await?;
        ana.browser.fill("Present passcode", "short").await?;
        ana.browser.fill("New passcode", "shorter").await?;
        is_held_up(&ana, "Change passcode", "At least 8 characters: 1 more.").await?;
        ensure!(ana.holds("Present passcode").await? == "short", "what was typed is lost");
        ana.browser.fill("New passcode", "no more short ones").await?;
        ana.browser.click("Change passcode").await?;
        ana.sees("The passcode was changed.").await?;

        let ben = Person::visit(kind, &relay.url()).await?;
        ben.try_join(&HandedOver { code: "1-K7QF2".to_owned(), ..handed.clone() }, "shorter", "").await?;
        ben.sees("That is not a code.").await?;
        ensure!(ben.holds("Phrase").await? == handed.phrase, "what was typed is lost");
        ben.try_join(&handed, "shorter", "").await?;
        ben.sees("At least 8 characters: 1 more.").await?;
        ensure!(ben.holds("Code").await? == handed.code, "what was typed is lost");
        ben.join(&handed, "no short one", "").await?;
        no_complaints(&[&ana, &ben]).await
    }
}
