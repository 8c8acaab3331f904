//! One-time codes: replaced, withdrawn, used.

use anyhow::{Result, ensure};
use sotto_tests::both_browsers;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::wait;

use crate::{NOT_OPENED, no_complaints};

/// Has the menu, which is open, make a code; gives it.
async fn new_code(person: &Person) -> Result<String> {
    let before = person.browser.find("group", "One-time code").await?;
    let before = match before {
        Some(shown) => shown.text().await?,
        None => String::new(),
    };
    person.browser.click("New code for The other person").await?;
    wait::until("another code", async || {
        let code = person.readable("One-time code").await?;
        Ok((code != before).then_some(code))
    })
    .await
}

both_browsers! {
    /// Only the code that is out joins.
    async fn a_code_that_is_out_no_more_joins_nobody(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        let ben = Person::visit(kind, &relay.url()).await?;
        let first = ana.start_and_enter("ana's own passcode", "", 2).await?;
        let with = |code: &str| HandedOver { code: code.to_owned(), ..first.clone() };

        ana.browser.click("Menu").await?;
        let second = new_code(&ana).await?;
        ensure!(second != first.code);
        ben.try_join(&first, "ben's own passcode", "").await?;
        ben.sees(NOT_OPENED).await?;

        ana.browser.click("Withdraw code for The other person").await?;
        ana.sees("The code was withdrawn. It opens nothing any more.").await?;
        ana.browser.wait_gone("group", "One-time code").await?;
        ana.browser.wait_gone("button", "Withdraw code for The other person").await?;
        ben.reload().await?;
        ben.try_join(&with(&second), "ben's own passcode", "").await?;
        ben.sees(NOT_OPENED).await?;
        ensure!(!ana.shows("The other person here").await?);

        let third = new_code(&ana).await?;
        ana.browser.click("Close").await?;
        ben.join(&with(&third), "ben's own passcode", "").await?;
        ana.sees("The other person here").await?;
        no_complaints(&[&ana, &ben]).await
    }
}
