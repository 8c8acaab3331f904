//! What keeps people out of a view, as far as axe-core finds it.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use sotto_tests::both_browsers;
use sotto_tests::browser::{PHONE, Scheme};
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

/// Names the file of axe-core; `build.sh` sets it.
const VARIABLE: &str = "SOTTO_AXE";

/// All rules that are on by default, and two that are not: targets of at least 24 pixels (WCAG 2.2 AA), and the
/// contrast of 7:1 that the page promises itself.
/// On a gradient axe-core measures no contrast: it gets the gradient's own colour, on which text stands out least.
const RUN: &str = "
    document.body.style.background = 'var(--glow)';
    const done = arguments[arguments.length - 1];
    const rules = { 'target-size': { enabled: true }, 'color-contrast-enhanced': { enabled: true } };
    window.axe.run({ rules, resultTypes: ['violations'] }).then(
      ({ violations, passes }) => done({
        passes: passes.length,
        violations: violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`)),
      }),
      (error) => done({ passes: 0, violations: [String(error)] }),
    );";

/// Nothing is found, by day and by night.
pub(crate) async fn search(person: &Person) -> Result<()> {
    person.browser.set_size(PHONE).await?;
    for scheme in [Scheme::Light, Scheme::Dark] {
        person.browser.set_scheme(scheme).await?;
        let found = found(person).await?;
        ensure!(found.is_empty(), "{scheme:?}: {found:#?}");
    }
    Ok(())
}

/// What axe-core says: how many rules hold, and where one does not.
#[derive(Deserialize)]
struct Found {
    passes: usize,
    violations: Vec<String>,
}

async fn found(person: &Person) -> Result<Vec<String>> {
    let file = std::env::var(VARIABLE)
        .with_context(|| format!("{VARIABLE} is not set: run ./build.sh test views"))?;
    let axe = std::fs::read_to_string(&file).with_context(|| file.clone())?;
    let script = format!("{axe};{RUN}");
    let result = person.browser.client().execute_async(&script, vec![]).await?;
    let Found { passes, violations } = serde_json::from_value(result).context("what axe-core found")?;
    ensure!(passes > 5, "axe-core looked at nothing: {violations:#?}");
    Ok(violations)
}

both_browsers! {
    /// The control: what keeps people out is found.
    async fn what_keeps_people_out_is_found(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::arrive(kind, &relay.url()).await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        let spoil = "const [label] = document.querySelectorAll('label'); label.remove();
            document.querySelector('.quiet').style.setProperty('color', '#606060');
            document.querySelector('.quiet a').style.setProperty('color', '#606060');";
        ana.browser.run(spoil, vec![]).await?;
        let found = found(&ana).await?.join(" ");
        ensure!(found.contains("label: ") && found.contains("color-contrast-enhanced: "), "{found}");
        Ok(())
    }
}
