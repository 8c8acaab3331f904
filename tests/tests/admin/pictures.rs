//! Pictures of the dashboard, for `docs/screenshots/`.

use std::path::Path;

use anyhow::Result;
use sotto_tests::browser::{Browser, DESKTOP, Kind, PHONE, Scheme};
use sotto_tests::picture::with_few_colours;

use super::Watched;
use super::browsers::log_in;

#[tokio::test]
#[ignore = "takes pictures; ./build.sh screenshots runs it"]
async fn pictures_of_the_dashboard() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let _talk = watched.talk(6).await?;
    let browser = Browser::start(Kind::Chromium).await?;
    log_in(&browser, &watched).await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
    let parts = [
        ("dashboard", "now"),
        ("dashboard-charts", "hours"),
        ("dashboard-tasks", "tasks"),
    ];
    for (name, at) in parts {
        for (size, on) in [(PHONE, "phone"), (DESKTOP, "laptop")] {
            browser.set_size(size).await?;
            for (scheme, when) in [(Scheme::Light, "day"), (Scheme::Dark, "night")] {
                browser.set_scheme(scheme).await?;
                let script = "arguments[0] === 'now' ? scrollTo(0, 0) : document.getElementById(arguments[0]).scrollIntoView();";
                browser.run(script, vec![at.into()]).await?;
                let file = folder.join(format!("{name}-{on}-{when}.png"));
                std::fs::write(file, with_few_colours(&browser.picture().await?)?)?;
            }
        }
    }
    browser.quit().await
}
