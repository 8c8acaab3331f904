//! Pictures of a view, for `docs/screenshots/`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sotto_tests::browser::{DESKTOP, PHONE, Scheme};
use sotto_tests::person::Person;
use sotto_tests::picture::with_few_colours;

/// Takes a picture of what a person sees, on a phone and on a laptop, by day and by night.
pub(crate) async fn take(person: &Person, name: &str) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
    std::fs::create_dir_all(&folder)?;
    for (size, at) in [(PHONE, "phone"), (DESKTOP, "laptop")] {
        person.browser.set_size(size).await?;
        for (scheme, when) in [(Scheme::Light, "day"), (Scheme::Dark, "night")] {
            person.browser.set_scheme(scheme).await?;
            let file: PathBuf = folder.join(format!("{name}-{at}-{when}.png"));
            let settled = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
            // A focused field, with what is said beside it, or button is on screen, as after the tap that brought it.
            person
                .browser
                .run(
                    "(document.activeElement?.closest('.field') ?? document.activeElement)?.scrollIntoView({ block: 'nearest' });",
                    vec![],
                )
                .await?;
            person.browser.client().execute_async(settled, vec![]).await?;
            std::fs::write(&file, with_few_colours(&person.browser.picture().await?)?)
                .with_context(|| file.display().to_string())?;
        }
    }
    Ok(())
}
