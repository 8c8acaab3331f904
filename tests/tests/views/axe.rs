//! What keeps people out of a view, as far as axe-core finds it.

use anyhow::{Result, ensure};
use sotto_tests::axe::found;
use sotto_tests::both_browsers;
use sotto_tests::browser::{PHONE, Scheme};
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

/// Nothing is found, by day and by night.
pub(crate) async fn search(person: &Person) -> Result<()> {
    person.browser.set_size(PHONE).await?;
    for scheme in [Scheme::Light, Scheme::Dark] {
        person.browser.set_scheme(scheme).await?;
        let found = found(&person.browser).await?;
        ensure!(found.is_empty(), "{scheme:?}: {found:#?}");
    }
    Ok(())
}

both_browsers! {
    /// The control: what keeps people out is found.
    async fn what_keeps_people_out_is_found(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        let spoil = "const [label] = document.querySelectorAll('label'); label.remove();
            document.querySelector('.quiet').style.setProperty('color', '#606060');
            document.querySelector('.quiet a').style.setProperty('color', '#606060');";
        ana.browser.run(spoil, vec![]).await?;
        let found = found(&ana.browser).await?.join(" ");
        ensure!(found.contains("label: ") && found.contains("color-contrast-enhanced: "), "{found}");
        Ok(())
    }
}
