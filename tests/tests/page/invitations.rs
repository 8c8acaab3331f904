//! Links that hold an invitation.

use anyhow::{Context as _, Result, ensure};
use sotto_protocol::{Answer, Refusal, ServerFrame, decode};
use sotto_tests::both_browsers;
use sotto_tests::browser::{DESKTOP, PHONE, Scheme, Size};
use sotto_tests::capture::Traffic;
use sotto_tests::capture::tap::Tap;
use sotto_tests::person::Person;
use sotto_tests::picture::qr_codes;
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::wait;

use crate::{no_complaints, tap};

const GONE: &str =
    "This invitation is not there: used, withdrawn, or older than 24 hours. Ask for a new one.";

const OCCUPIED: &str = "The invitation was not opened: this tab has a room already. Open it in another tab.";

const NARROW: Size = Size {
    width: 320,
    height: 568,
};

/// Pastes into a field.
async fn paste(person: &Person, field: &str) -> Result<()> {
    person.browser.type_into(field, "").await?;
    person.browser.chord('\u{e009}', 'v').await
}

/// Copies by a button, and waits until the page says once more than before that it was done.
async fn copy(person: &Person, button: &str) -> Result<()> {
    let said = async || {
        let texts = person.browser.texts("status").await?;
        anyhow::Ok(texts.iter().filter(|text| *text == "Copied").count())
    };
    let before = said().await?;
    person.browser.click(button).await?;
    wait::until("what is copied", async || {
        Ok((said().await? > before).then_some(()))
    })
    .await
}

/// How many frames the page has sent to the relay.
fn frames_sent(tap: &Tap) -> Result<usize> {
    Ok(Traffic::read(&tap.recording())?.frames_sent.len())
}

/// The last frame that the relay sent, once it has refused what was asked.
async fn refusal(tap: &Tap) -> Result<Vec<u8>> {
    wait::until("a refusal", async || {
        let traffic = Traffic::read(&tap.recording())?;
        let last = traffic.frames_received.last().context("the relay said nothing")?;
        let is_refusal = matches!(
            decode::<ServerFrame>(last.payload()),
            Ok(ServerFrame::Answer {
                answer: Answer::Refused(Refusal::Refused),
                ..
            })
        );
        Ok(is_refusal.then(|| last.payload().to_vec()))
    })
    .await
}

/// What the relay answers to one who follows a link that leads nowhere.
async fn refused(kind: sotto_tests::browser::Kind, relay: &RelayProcess, secret: &str) -> Result<Vec<u8>> {
    let tap = tap(relay).await?;
    let eva = Person::visit(kind, "about:blank").await?;
    eva.open_invitation(&format!("{}#{secret}", tap.url())).await?;
    eva.sees(GONE).await?;
    no_complaints(&[&eva]).await?;
    refusal(&tap).await
}

both_browsers! {
    /// A link leads into a place with a passcode only: nothing is fetched before a tap, and nothing of it stands in the
    /// address bar. What the browser's history keeps of it opens nothing.
    async fn a_link_leads_in_once(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let ana = Person::visit(kind, &tap.url()).await?;
        let handed = ana.start("ana's own passcode", "", 2).await?;
        let link = ana.make_link().await?;
        // The code may have been read out already, and stays good.
        ensure!(ana.readable("One-time code").await? == handed.code, "the link changed the code");
        let (page, secret) = link.split_once('#').context("a link has a fragment")?;
        ensure!(page == tap.url() && secret.len() == 32, "{link}");
        ana.browser.click("Go to the room").await?;
        ana.in_room().await?;

        let ben = Person::arrive(kind, "about:blank").await?;
        ben.browser.open(&link).await?;
        ben.browser.wait_for("button", "Open the invitation").await?;
        let address = ben.browser.client().current_url().await?;
        ensure!(address.as_str() == page, "the address bar shows {address}");
        let before = frames_sent(&tap)?;
        ensure!(before > 0, "control: the tap sees nothing");
        ben.browser.click("Open the invitation").await?;
        ben.browser.wait_for("button", "Join").await?;
        ensure!(frames_sent(&tap)? > before, "the tap fetched nothing");
        for field in ["Phrase", "Code", "Name for the others"] {
            ensure!(ben.browser.find("textbox", field).await?.is_none(), "{field} is asked for");
        }
        ben.browser.type_into("Passcode", "ben's own passcode").await?;
        ben.browser.click("Join").await?;
        ben.in_room().await?;
        ana.sees("The other person here").await?;
        ana.send("Seven?").await?;
        ben.reads("Seven?").await?;
        no_complaints(&[&ana, &ben]).await?;

        let history = ben.browser.quit_and_remember().await?;
        let kept = history.iter().find_map(|address| address.split_once('#'));
        let (_, kept) = kept.with_context(|| format!("the history has no link: {history:?}"))?;
        ensure!(kept == secret, "the history has another link");
        ensure!(!history.iter().any(|address| address.contains(&handed.code)), "{history:?}");
        let spent = refused(kind, &relay, kept).await?;
        let absent = refused(kind, &relay, "0123456789abcdef0123456789abcdef").await?;
        ensure!(spent == absent, "a spent invitation is told from an absent one");
        Ok(())
    }

    /// The QR code, as it stands on the screen, leads where the link does: on a phone and a laptop, by day and by night.
    async fn a_qr_code_leads_in(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.start("ana's own passcode", "", 2).await?;
        let link = ana.make_link().await?;
        let code = ana.browser.wait_for("image", "QR code of the link").await?;
        for (size, scheme) in [(NARROW, Scheme::Dark), (PHONE, Scheme::Light), (DESKTOP, Scheme::Dark)] {
            ana.browser.set_size(size).await?;
            ana.browser.set_scheme(scheme).await?;
            let scroll = "arguments[0].scrollIntoView({ block: 'center' });";
            ana.browser.run(scroll, vec![serde_json::to_value(&code)?]).await?;
            let read = qr_codes(&ana.browser.picture().await?)?;
            ensure!(read == [link.clone()], "{size:?} {scheme:?}: {read:?}");
        }
        ana.browser.click("Go to the room").await?;
        ana.in_room().await?;
        let ben = Person::visit(kind, "about:blank").await?;
        ben.join_by_link(&link, "ben's own passcode", "").await?;
        ana.sees("The other person here").await?;
        no_complaints(&[&ana, &ben]).await
    }

    /// What the hand-over copies, pasted into either form, fills phrase and code; a link that is pasted is one that is opened.
    async fn what_was_copied_is_pasted_where_it_belongs(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::arrive(kind, &relay.url()).await?;
        let handed = ana.start("ana's own passcode", "", 2).await?;
        let room = ana.browser.client().window().await?;
        copy(&ana, "Copy both").await?;

        // The same browser, since each has a clipboard of its own here.
        ana.browser.new_tab().await?;
        ana.browser.open(&relay.url()).await?;
        ana.come_whole().await?;
        paste(&ana, "Passcode").await?;
        ana.sees("Join with a code").await?;
        ensure!(ana.holds("Phrase").await? == handed.phrase, "the phrase is not that which was copied");
        ensure!(ana.holds("Code").await? == handed.code, "the code is not that which was copied");
        ensure!(ana.browser.focused().await?.1 == "Passcode", "the passcode is next");
        ensure!(ana.holds("Passcode").await?.is_empty(), "it was pasted as it is, too");
        ana.browser.type_into("Passcode", "ben's own passcode").await?;
        ana.browser.fill("Phrase", "").await?;
        ana.browser.fill("Code", "").await?;
        paste(&ana, "Code").await?;
        ensure!(ana.holds("Phrase").await? == handed.phrase && ana.holds("Code").await? == handed.code);
        ensure!(ana.holds("Passcode").await? == "ben's own passcode", "what was typed is lost");

        let here = ana.browser.client().window().await?;
        ana.browser.client().switch_to_window(room).await?;
        ana.make_link().await?;
        copy(&ana, "Copy: Invitation link").await?;
        ana.browser.client().switch_to_window(here).await?;
        paste(&ana, "Phrase").await?;
        ana.browser.click("Open the invitation").await?;
        ana.browser.type_into("Passcode", "ben's own passcode").await?;
        ana.browser.click("Join").await?;
        ana.in_room().await?;
        no_complaints(&[&ana]).await
    }

    /// A link opened in a tab that has a room, open or locked, is not followed, and the tab says so.
    async fn a_link_does_not_take_the_place_of_a_room(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        let ben = Person::visit(kind, &relay.url()).await?;
        ana.start("ana's own passcode", "", 2).await?;
        let link = ana.make_link().await?;
        ben.start_and_enter("ben's own passcode", "", 2).await?;
        ben.browser.fill("Message", "half a thou").await?;
        ben.browser.open(&link).await?;
        ben.sees(OCCUPIED).await?;
        ensure!(ben.holds("Message").await? == "half a thou", "what was being written is lost");
        let address = ben.browser.client().current_url().await?;
        ensure!(address.fragment().is_none(), "the invitation stays in the address bar");
        ben.browser.click("Lock").await?;
        ben.browser.wait_for("button", "Resume").await?;
        ensure!(!ben.shows(OCCUPIED).await?);
        ben.browser.open(&link).await?;
        ben.sees(OCCUPIED).await?;
        ben.browser.type_into("Passcode", "ben's own passcode").await?;
        ben.browser.click("Resume").await?;
        ben.in_room().await?;
        no_complaints(&[&ana, &ben]).await
    }

    /// A link that was replaced or withdrawn leads nowhere; an address opened in a tab that shows the entry form counts.
    async fn a_link_that_is_out_no_more_opens_nothing(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        let ben = Person::visit(kind, &relay.url()).await?;
        let first = ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.browser.click("Menu").await?;
        let link = ana.make_link().await?;
        ana.browser.click("New code for The other person").await?;
        ana.browser.wait_gone("group", "Invitation link").await?;
        ensure!(ana.readable("One-time code").await? != first.code);
        ben.open_invitation(&link).await?;
        ben.sees(GONE).await?;

        let link = ana.make_link().await?;
        ben.open_invitation(&link).await?;
        ben.browser.wait_for("button", "Join").await?;
        ana.browser.click("Withdraw code for The other person").await?;
        ana.browser.wait_gone("group", "Invitation link").await?;
        ben.browser.type_into("Passcode", "ben's own passcode").await?;
        ben.browser.click("Join").await?;
        ben.sees(GONE).await?;
        ben.browser.click("Back").await?;
        ben.open_invitation(&link).await?;
        ben.sees(GONE).await?;
        no_complaints(&[&ana, &ben]).await
    }
}
