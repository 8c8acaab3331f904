//! What keeps people out of a page, as far as axe-core finds it.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use crate::browser::Browser;

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

/// What axe-core says: how many rules hold, and where one does not.
#[derive(Deserialize)]
struct Found {
    passes: usize,
    violations: Vec<String>,
}

/// Where the present page breaks a rule.
pub async fn found(browser: &Browser) -> Result<Vec<String>> {
    let file = std::env::var(VARIABLE)
        .with_context(|| format!("{VARIABLE} is not set: run ./build.sh test views"))?;
    let axe = std::fs::read_to_string(&file).with_context(|| file.clone())?;
    // Half a megabyte, which stays in the page.
    if browser.run("return 'axe' in window;", vec![]).await? != json!(true) {
        browser.run(&axe, vec![]).await?;
    }
    let result = browser.client().execute_async(RUN, vec![]).await?;
    let Found { passes, violations } = serde_json::from_value(result).context("what axe-core found")?;
    ensure!(passes > 5, "axe-core looked at nothing: {violations:#?}");
    Ok(violations)
}
