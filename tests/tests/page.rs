//! The page as people use it: real browsers, a real relay process, a real database file.

use anyhow::{Result, ensure};
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::browser::{Kind, Options};
use sotto_tests::cable::Cable;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;

/// The one sentence for every failed opening.
const NOT_OPENED: &str =
    "That did not open a room. Check phrase, passcode and code; the room may also have ended.";

/// Two people in a room of their own.
async fn two(kinds: [Kind; 2], url: &str) -> Result<(Person, Person, HandedOver)> {
    let ana = Person::arrive(kinds[0], url).await?;
    let ben = Person::arrive(kinds[1], url).await?;
    let handed = ana.start_and_enter("ana's own passcode", "", 2).await?;
    ben.join(&handed, "ben's own passcode", "").await?;
    ana.sees("The other person here").await?;
    Ok((ana, ben, handed))
}

/// Nobody's browser had anything to complain about.
async fn no_complaints(people: &[&Person]) -> Result<()> {
    for person in people {
        let problems = person.browser.problems().await?;
        ensure!(problems.is_empty(), "{:?}: {problems:#?}", person.browser.kind());
    }
    Ok(())
}

both_browsers! {
    /// The whole conversation: typing, read, reply, edit, delete, a second device, lock, end.
    async fn two_people_talk(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, handed) = two([kind, kind], &relay.url()).await?;

        ana.browser.type_into("Message", "The bakery has closed.").await?;
        ben.hears("The other person is writing").await?;
        ana.browser.click("Send").await?;
        ana.hears("Sent").await?;
        ana.hears("Waiting for a reply").await?;
        ana.browser.wait_gone("textbox", "Message").await?;
        ben.reads("The bakery has closed.").await?;
        ana.hears("Read").await?;
        ana.browser.wait_gone("button", "Edit").await?;

        ben.sees("Your reply erases this message for everyone.").await?;
        ben.send("Then by the river.").await?;
        ana.reads("Then by the river.").await?;
        ensure!(!ana.shows("The bakery").await?, "a reply leaves nothing of what it answers");
        ben.hears("Read").await?;

        // Nobody has read what nobody has on screen: edit and delete.
        ben.browser.open("about:blank").await?;
        ana.send("At seven.").await?;
        ana.browser.click("Edit").await?;
        ana.browser.fill("Message", "At eight.").await?;
        ana.browser.click("Save").await?;
        ana.hears("Edited").await?;
        ana.reads("At eight.").await?;
        ana.browser.click("Delete").await?;
        ana.hears("Deleted").await?;
        ana.sees("You deleted your message.").await?;
        ben.reload().await?;
        ben.open(&handed.phrase, "ben's own passcode").await?;
        ben.sees("The other person deleted the message.").await?;

        // A second device of Ana's seat sees and says the same.
        let tablet = Person::arrive(kind, &relay.url()).await?;
        tablet.open(&handed.phrase, "ana's own passcode").await?;
        tablet.send("From the other device.").await?;
        ana.reads("From the other device.").await?;
        ben.reads("From the other device.").await?;
        ana.sees("Read").await?;

        // Lock, with a draft; resume.
        ben.browser.fill("Message", "half a thou").await?;
        ben.browser.click("Lock").await?;
        ben.browser.wait_for("button", "Resume").await?;
        ensure!(!ben.shows("From the other").await?, "a locked page shows nothing");
        ben.browser.type_into("Passcode", "not it").await?;
        ben.browser.click("Resume").await?;
        ben.sees("That passcode does not open this.").await?;
        ben.browser.fill("Passcode", "ben's own passcode").await?;
        ben.browser.click("Resume").await?;
        ben.reads("From the other device.").await?;
        ensure!(ben.holds("Message").await? == "half a thou", "the draft comes back");

        ben.confirm("End room").await?;
        for person in [&ana, &ben, &tablet] {
            person.hears("This room has ended").await?;
            person.browser.click("Back").await?;
            person.browser.wait_for("textbox", "Phrase").await?;
        }
        no_complaints(&[&ana, &ben, &tablet]).await
    }

    /// Three people: names, who has not read, and one who leaves.
    async fn three_people_talk(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let url = relay.url();
        let ana = Person::arrive(kind, &url).await?;
        let ben = Person::arrive(kind, &url).await?;
        let eva = Person::arrive(kind, &url).await?;
        let handed = ana.start_and_enter("ana's own passcode", "Ana", 3).await?;
        ben.join(&handed, "ben's own passcode", "Ben").await?;
        ana.sees("Ben here").await?;
        ana.browser.click("Menu").await?;
        ana.browser.click("New code for Person 3").await?;
        let first = handed.code.clone();
        let code = sotto_tests::wait::until("another code", async || {
            let code = ana.readable("One-time code").await?;
            Ok((code != first).then_some(code))
        })
        .await?;
        ana.browser.click("Close").await?;
        eva.join(&HandedOver { code, ..handed.clone() }, "eva's own passcode", "Eva").await?;
        ana.sees("Eva here").await?;

        eva.browser.open("about:blank").await?;
        ben.sees("Eva not here").await?;
        ana.send("Who brings the bread?").await?;
        ben.reads("Who brings the bread?").await?;
        ben.sees("Eva has not read this message yet.").await?;
        ana.sees("Read by Ben").await?;
        ana.sees("Not yet read by Eva").await?;
        eva.reload().await?;
        eva.open(&handed.phrase, "eva's own passcode").await?;
        eva.reads("Who brings the bread?").await?;
        ana.sees("Read by Ben and Eva").await?;
        eva.send("I do.").await?;
        ana.reads("I do.").await?;
        ben.reads("I do.").await?;

        eva.confirm("Leave").await?;
        eva.sees("You have left.").await?;
        ben.sees("Person 3 not yet joined").await?;
        ensure!(!ben.shows("I do.").await?, "who leaves takes their message along");
        no_complaints(&[&ana, &ben, &eva]).await
    }

    /// Whatever was wrong, the page says the same.
    async fn every_failed_opening_has_one_sentence(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, handed) = two([kind, kind], &relay.url()).await?;
        drop(ana);
        ben.reload().await?;
        ben.try_open(&handed.phrase, "wrong passcode").await?;
        ben.sees(NOT_OPENED).await?;
        ensure!(ben.holds("Phrase").await?.is_empty() && ben.holds("Passcode").await?.is_empty(), "fields are emptied");
        ben.try_open("a room that never was", "wrong passcode").await?;
        ben.browser.wait_gone("button", "Cancel").await?;
        ben.sees(NOT_OPENED).await?;
        // The room is full, and its code was used.
        ben.try_join(&handed, "another passcode", "").await?;
        ben.browser.wait_gone("button", "Cancel").await?;
        ben.sees(NOT_OPENED).await?;
        let wrong = HandedOver { code: "1-AAAAA-AAAAA".to_owned(), ..handed };
        ben.try_join(&wrong, "another passcode", "").await?;
        ben.browser.wait_gone("button", "Cancel").await?;
        ben.sees(NOT_OPENED).await?;
        no_complaints(&[&ben]).await
    }

    /// A room ends by itself.
    async fn time_ends_a_room(kind: Kind) {
        let relay = RelayProcess::start(&["--lifetimes", "20s,1h", "--lifetime", "20s", "--grain", "1s"]).await?;
        let ana = Person::arrive(kind, &relay.url()).await?;
        ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.send("Not for long.").await?;
        ana.sees("This room has ended: its time was over.").await?;
        ana.hears("This room has ended").await?;
        ensure!(!ana.shows("Not for long.").await?);
        no_complaints(&[&ana]).await
    }

    /// The relay is killed, and later the network is cut: the draft stays, what is shown is said to be old, and then
    /// the conversation goes on.
    async fn a_restart_and_a_cut_lose_nothing(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let cable = Cable::lay(relay.address()).await?;
        let (ana, ben, _) = two([kind, kind], &cable.url()).await?;
        ana.send("Before.").await?;
        ben.reads("Before.").await?;
        ana.hears("Read").await?;
        ben.browser.fill("Message", "After the restart.").await?;
        let relay = relay.crash_and_restart().await?;
        ben.browser.click("Send").await?;
        ana.reads("After the restart.").await?;

        ana.browser.fill("Message", "After the cut.").await?;
        cable.cut();
        ana.sees("The connection is lost.").await?;
        ana.reads("After the restart.").await?;
        ensure!(ana.holds("Message").await? == "After the cut.");
        cable.mend();
        ana.browser.wait_for("button", "Lock").await?;
        ana.browser.run("dispatchEvent(new Event('online'));", vec![]).await?;
        ben.browser.run("dispatchEvent(new Event('online'));", vec![]).await?;
        ana.browser.click("Send").await?;
        ben.reads("After the cut.").await?;
        drop(relay);
        Ok(())
    }

    /// Without WebAssembly there is no field, but a sentence that names the setting.
    async fn without_webassembly_the_page_says_so(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let options = Options {
            firefox_preferences: vec![("javascript.options.wasm".to_owned(), json!(false))],
            chromium_flags: vec!["--js-flags=--jitless".to_owned()],
            ..Options::default()
        };
        let ana = Person::arrive_with(kind, &relay.url(), options).await?;
        ana.sees("WebAssembly is switched off here. Nothing was sent.").await?;
        ana.sees("javascript.options.wasm").await?;
        ana.sees("Lockdown Mode").await?;
        ensure!(ana.browser.find_all("textbox", "").await?.is_empty(), "no field is shown");
        no_complaints(&[&ana]).await
    }

    /// The worker dies: the page says so, starts another, and offers the draft again.
    async fn a_draft_outlives_its_worker(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::arrive(kind, &relay.url()).await?;
        let handed = ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.browser.type_into("Message", "A long though").await?;
        ana.break_worker().await?;
        ana.browser.type_into("Message", "t").await?;
        ana.sees("Something broke; nothing was sent").await?;
        ana.hears("Something broke; nothing was sent").await?;
        ensure!(!ana.shows("A long thought").await?, "a draft is no trace on the entry form");
        ana.open(&handed.phrase, "ana's own passcode").await?;
        ana.browser.click("Put it back").await?;
        ensure!(ana.holds("Message").await? == "A long thought");
        ana.browser.click("Send").await?;
        ana.reads("A long thought").await
    }

    /// Each field tells browsers and password managers to keep out, and none is a password's.
    async fn fields_are_left_alone(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::arrive(kind, &relay.url()).await?;
        for view in ["", "Join with a code", "Start a room"] {
            ana.reload().await?;
            if !view.is_empty() {
                ana.browser.click(view).await?;
            }
            let check = "const wanted = { autocomplete: 'off', autocorrect: 'off', autocapitalize: 'none', spellcheck: 'false',
                  writingsuggestions: 'false', 'data-1p-ignore': '', 'data-bwignore': '', 'data-lpignore': 'true',
                  'data-form-type': 'other' };
                const fields = [...document.querySelectorAll('input[type=text], textarea')];
                const wrong = fields.filter((field) => Object.entries(wanted).some(([name, value]) => field.getAttribute(name) !== value));
                const masked = [...document.querySelectorAll('.masked')].every((field) => getComputedStyle(field).webkitTextSecurity === 'disc');
                return [fields.length > 1, wrong.length, masked, document.querySelectorAll('form, [type=password], [style]').length,
                  document.documentElement.getAttribute('translate')];";
            let found = ana.browser.run(check, vec![]).await?;
            ensure!(found == json!([true, 0, true, 0, "no"]), "{view}: {found}");
        }
        Ok(())
    }
}

/// A Chromium and a Firefox understand each other, both ways.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn chromium_and_firefox_talk() -> Result<()> {
    let relay = RelayProcess::start(&[]).await?;
    let (ana, ben, _) = two([Kind::Chromium, Kind::Firefox], &relay.url()).await?;
    ben.send("From Firefox: ä, 言葉, 😀").await?;
    ana.reads("From Firefox: ä, 言葉, 😀").await?;
    ben.hears("Read").await?;
    ana.send("From Chromium.").await?;
    ben.reads("From Chromium.").await?;
    ana.hears("Read").await?;
    for person in [&ana, &ben] {
        person.browser.click("Menu").await?;
    }
    let words = "return [...document.querySelectorAll('.safety dd')].map((each) => each.textContent);";
    let list = |person: &Person| {
        let client = person.browser.client().clone();
        async move {
            sotto_tests::wait::until("safety words", async || {
                let mut words: Vec<String> = serde_json::from_value(client.execute(words, vec![]).await?)?;
                words.sort();
                Ok((words.len() == 2).then_some(words))
            })
            .await
        }
    };
    ensure!(
        list(&ana).await? == list(&ben).await?,
        "both see the same safety words"
    );
    no_complaints(&[&ana, &ben]).await
}
