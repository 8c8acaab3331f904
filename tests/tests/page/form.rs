//! The forms, before anything is opened.

use anyhow::ensure;
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::browser::Options;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

use crate::no_complaints;

both_browsers! {
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

    /// Each field tells browsers and password managers to keep out, and none is a password's.
    async fn fields_are_left_alone(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        // The views behind the entry form come when they are asked for: each is known by something that only it has.
        for (view, (role, name)) in [
            ("", ("button", "Open")),
            ("Join with a code", ("textbox", "Code")),
            ("Start a room", ("button", "Next")),
        ] {
            ana.reload().await?;
            ana.browser.wait_for("textbox", "Passcode").await?;
            if !view.is_empty() {
                ana.browser.click(view).await?;
            }
            ana.browser.wait_for(role, name).await?;
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

    /// The first language that the person asks for and the page has; English where it has none.
    async fn the_browsers_language_chooses(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let shown = [
            ("de-AT,en", "Öffnen", ["de", "ltr"]),
            ("fr,de,en", "Öffnen", ["de", "ltr"]),
            ("fr", "Open", ["en", "ltr"]),
            ("ar", "Open", ["en", "ltr"]),
            ("ar-XB", "Open", ["ar-XB", "rtl"]),
        ];
        for (asked, button, page) in shown {
            let options = Options { language: Some(asked), ..Options::default() };
            let ana = Person::arrive_with(kind, &relay.url(), options).await?;
            ana.browser.wait_for("button", button).await?;
            let script = "const { lang, dir } = document.documentElement; return [lang, dir, document.body.innerText];";
            let found = ana.browser.run(script, vec![]).await?;
            let [lang, dir, shown]: [String; 3] = serde_json::from_value(found)?;
            ensure!([&lang, &dir] == page, "{asked}: {lang}, {dir}");
            ensure!(shown.contains("O\u{323}") == (lang == "ar-XB"), "{asked}: {shown}");
            no_complaints(&[&ana]).await?;
        }
        Ok(())
    }

    /// A room in German, from the first form to the end.
    async fn a_room_in_german(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let options = Options { language: Some("de"), ..Options::default() };
        let ana = Person::visit_with(kind, &relay.url(), options).await?;
        let browser = &ana.browser;
        browser.click("Einen Raum beginnen").await?;
        ana.readable("Deine Phrase").await?;
        browser.click("Weiter").await?;
        browser.type_into("Passcode", "ana's own passcode").await?;
        browser.click("Weiter").await?;
        browser.click("Raum anlegen").await?;
        ana.readable("Einmaliger Code").await?;
        browser.click("In den Raum").await?;
        browser.fill("Nachricht", "Grüß dich.").await?;
        browser.click("Senden").await?;
        ana.hears("Gesendet").await?;
        ana.sees("Die andere Person noch nicht beigetreten").await?;
        browser.click("Menü").await?;
        browser.click("Raum beenden").await?;
        browser.click("Bestätigen").await?;
        ana.sees("Dieser Raum ist für alle zu Ende.").await?;
        no_complaints(&[&ana]).await
    }
}
