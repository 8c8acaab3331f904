//! The pages of text: how this works, and the list of files to compare with.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sotto_tests::both_browsers;
use sotto_tests::browser::{Browser, Options};
use sotto_tests::meddler::{Change, Meddler};
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;
use tokio::process::Command;

use crate::no_complaints;

/// Runs what `./build.sh verify` runs once the page is built; gives whether it ended well, and all that it said.
pub(crate) async fn compare(address: &str) -> Result<(bool, String)> {
    let script =
        "set -euo pipefail; source tools/build/say.sh; source tools/build/page.sh; compare_page \"$1\" 2>&1";
    let output = Command::new("bash")
        .args(["-c", script, "compare", address.trim_end_matches('/')])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .await
        .context("running bash")?;
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_page_than_the_source_builds_is_named() -> Result<()> {
    let relay = RelayProcess::start(&[]).await?;
    let (well, said) = compare(&relay.url()).await?;
    ensure!(
        well && said.contains("files are what this source builds"),
        "{said}"
    );

    let meddler = altered(&relay).await?;
    let (well, said) = compare(&meddler.url()).await?;
    ensure!(!well && said.contains("/words.txt (identity)"), "{said}");
    ensure!(said.contains(" files differ, "), "{said}");
    Ok(())
}

/// Flags of an operator who says who they are.
const OPERATOR: [&str; 4] = [
    "--contact",
    "mailto:ana@relay.example?subject=Sotto&priority=1,https://relay.example/contact",
    "--notice",
    "Für unsere Schule.\nNo logs, <b>no</b> \"backups\" & no questions.",
];

/// What whoever runs the relay says of themselves is left out of the comparison, and nothing that is of another form.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn words_of_the_operator_are_no_difference_and_anything_else_in_their_place_is() -> Result<()> {
    let relay = RelayProcess::start(&OPERATOR).await?;
    let (well, said) = compare(&relay.url()).await?;
    ensure!(
        well && said.contains("files are what this source builds"),
        "{said}"
    );
    for page in ["/about", "/about.de"] {
        let named = said
            .lines()
            .filter(|line| line.ends_with(&format!("runs the relay: {page}")))
            .count();
        ensure!(named == 3, "{page} in three encodings: {said}");
    }

    let meddler = slipped_in(&relay).await?;
    let (well, said) = compare(&meddler.url()).await?;
    ensure!(!well && said.contains("/about (identity)"), "{said}");
    Ok(())
}

both_browsers! {
    /// Who runs the relay stands on the page of how this works, in their own words and as text, in the person's language.
    async fn who_runs_this(kind: Kind) {
        let relay = RelayProcess::start(&OPERATOR).await?;
        let browser = Browser::start(kind).await?;
        for (page, title) in [("about", "Who runs this relay"), ("about.de", "Wer dieses Relay betreibt")] {
            browser.open(&format!("{}{page}", relay.url())).await?;
            browser.wait_for("heading", title).await?;
            let shown = browser.run("return document.querySelector('main').innerText;", vec![]).await?;
            let shown = shown.as_str().context("the page shows no text")?;
            for words in ["Für unsere Schule.", "No logs, <b>no</b> \"backups\" & no questions."] {
                ensure!(shown.contains(words), "{words:?} is missing in {shown}");
            }
            let link = browser.wait_for("link", "ana@relay.example?subject=Sotto&priority=1").await?;
            let target = link.prop("href").await?;
            ensure!(target.as_deref() == Some("mailto:ana@relay.example?subject=Sotto&priority=1"), "{target:?}");
            browser.wait_for("link", "https://relay.example/contact").await?;
        }
        browser.open(&format!("{}verify", relay.url())).await?;
        browser.wait_text("status", "All files that this browser was given are those listed.").await?;
        let problems = browser.problems().await?;
        ensure!(problems.is_empty(), "{problems:#?}");

        let meddler = slipped_in(&relay).await?;
        browser.open(&format!("{}verify", meddler.url())).await?;
        let said = browser.wait_text("status", "These differ from the list:").await?;
        ensure!(said.ends_with(": /about"), "{said}");
        Ok(())
    }

    /// From the entry form to how this works, in the person's language, and back.
    async fn how_this_works(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        for (language, link, title, other, [join, back]) in [
            ("en", "How this works", "What it does not protect against", "Auf Deutsch", ["Join with a code", "Back"]),
            ("de", "Wie das geht", "Wovor das nicht schützt", "In English", ["Mit einem Code beitreten", "Zurück"]),
        ] {
            let options = Options { language: Some(language), ..Options::default() };
            let ana = Person::visit_with(kind, &relay.url(), options).await?;
            // All of the page has come before it is left: Firefox complains of what it breaks off.
            ana.browser.click(join).await?;
            ana.browser.click(back).await?;
            ana.browser.wait_for("link", link).await?.click().await?;
            ana.browser.wait_for("heading", title).await?;
            ana.browser.wait_for("link", other).await?;
            ana.browser.wait_for("link", "sotto").await?.click().await?;
            ana.browser.wait_for("link", link).await?;
            no_complaints(&[&ana]).await?;
        }
        Ok(())
    }

    /// The list of files is that of the files that the browser was given, and a file that differs is named.
    async fn what_was_given_can_be_compared(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let browser = Browser::start(kind).await?;
        browser.open(&format!("{}verify", relay.url())).await?;
        browser.wait_text("status", "All files that this browser was given are those listed.").await?;
        let count = browser.run("return document.querySelectorAll('#files dt').length;", vec![]).await?;
        ensure!(count.as_u64() > Some(40), "{count} files are listed");
        let problems = browser.problems().await?;
        ensure!(problems.is_empty(), "{problems:#?}");

        let meddler = altered(&relay).await?;
        browser.open(&format!("{}verify", meddler.url())).await?;
        let said = browser.wait_text("status", "These differ from the list:").await?;
        ensure!(said.ends_with("/words.txt") && said.matches("/a/").count() == 1, "{said}");
        Ok(())
    }
}

/// A relay between that changes a word of the list.
async fn altered(relay: &RelayProcess) -> Result<Meddler> {
    let change: Change = |path, file| {
        let is_it = path.ends_with("/words.txt");
        if is_it {
            file.body.extend(b"one more\n");
        }
        Ok(is_it)
    };
    Meddler::start(relay.address(), change).await
}

/// A relay between that puts a picture where the operator's words are.
async fn slipped_in(relay: &RelayProcess) -> Result<Meddler> {
    let change: Change = |path, file| {
        if path != "/about" {
            return Ok(false);
        }
        let page = std::str::from_utf8(&file.body)?;
        let end = "<!-- /operator -->";
        file.body = page
            .replace(end, &format!("<p><img src=\"/favicon.ico\"></p>\n{end}"))
            .into_bytes();
        Ok(true)
    };
    Meddler::start(relay.address(), change).await
}
