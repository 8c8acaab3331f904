//! A conversation: two people, three, two browsers, and the end by time.

use anyhow::{Result, ensure};
use sotto_tests::both_browsers;
use sotto_tests::browser::Kind;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;

use crate::{no_complaints, two};

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
        let tablet = Person::visit(kind, &relay.url()).await?;
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
        let ana = Person::visit(kind, &url).await?;
        let ben = Person::visit(kind, &url).await?;
        let eva = Person::visit(kind, &url).await?;
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
    let words = "return [...document.querySelectorAll('.safety .said')].map((each) => each.textContent);";
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
