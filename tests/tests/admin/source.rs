//! The source of every page of the dashboard, searched for what is about a room or a person.

use anyhow::{Result, ensure};
use sotto_tests::native::PHRASE;

use super::Watched;
use super::http::{ask, log_in};

/// What the source holds that it must not: texts, the phrase, addresses, and long runs of digits as of hashes, save the one
/// of the page that is served and those that forms carry.
fn found(source: &str) -> Vec<String> {
    let mut found: Vec<String> = ["a text of alice's", "a text of bob's", PHRASE, "passcode"]
        .into_iter()
        .filter(|secret| source.contains(secret))
        .map(ToOwned::to_owned)
        .collect();
    let is_address = |word: &&str| word.split('.').filter(|part| part.parse::<u8>().is_ok()).count() == 4;
    found.extend(
        source
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .filter(is_address)
            .map(ToOwned::to_owned),
    );
    let before = |at: usize| source.get(..at).unwrap_or_default();
    let mut rest = 0;
    for run in source.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-".contains(c))) {
        let at = rest;
        rest += run.len() + 1;
        let digits = run.chars().filter(char::is_ascii_hexdigit).count();
        // A number of seconds has many digits, and letters never.
        let is_number = run.len() < 32 && run.chars().all(|c| c.is_ascii_digit());
        let is_hash = run.len() >= 16 && digits == run.len() && !is_number;
        let known =
            before(at).ends_with("name=\"form\" value=\"") || before(at).ends_with("<dd class=\"hash\">");
        if is_hash && !known {
            found.push(run.to_owned());
        }
    }
    found
}

#[tokio::test]
async fn no_page_says_anything_of_a_room_or_a_person() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let _talk = watched.talk(3).await?;
    let cookie = log_in(&watched).await?;
    let pages = [
        "/admin",
        "/admin/confirm/purge",
        "/admin/confirm/compact",
        "/admin/confirm/stop",
        "/admin/confirm/allow",
        "/admin/confirm/drain",
        "/metrics",
        "/healthz?verbose",
    ];
    for path in pages {
        for cookie in [cookie.as_str(), "x: y"] {
            let answer = ask(&watched.admin, &format!("GET {path}"), &[cookie], "").await?;
            let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let found = found(body);
            ensure!(found.is_empty(), "{path}: {found:?}");
            // The control: the same search sees each of them where it is.
            let room = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
            let planted = format!("{body}<p>{room} 192.0.2.7 a text of bob's</p>");
            ensure!(
                self::found(&planted) == ["a text of bob's", "192.0.2.7", room],
                "{path}"
            );
        }
    }
    Ok(())
}
