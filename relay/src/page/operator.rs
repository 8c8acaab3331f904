//! What whoever runs the relay says of themselves: a block on the pages that have a place for it, and `security.txt`.
//!
//! The pages' hashes are public, so the block is lines of few fixed forms between two comments: who compares the pages
//! (`./build.sh verify`, `/verify`) leaves out what has those forms and nothing else.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use maud::html;

use super::Asset;
use crate::config::operator::OperatorSettings;

/// How a place for the block looks in a page as it was built.
const PLACE: &str = "<!-- operator -->\n<!-- /operator -->\n";

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;
/// How many days ahead security.txt says that somebody should look at it again: RFC 9116 has less than a year.
const EXPIRES: u64 = 180;

/// What stands around the operator's words.
struct Surroundings {
    title: &'static str,
    notice: &'static str,
    contact: &'static str,
}

const ENGLISH: Surroundings = Surroundings {
    title: "Who runs this relay",
    notice: "In their own words, which are no part of the program:",
    contact: "You reach them at ",
};
const GERMAN: Surroundings = Surroundings {
    title: "Wer dieses Relay betreibt",
    notice: "In eigenen Worten, die kein Teil des Programms sind:",
    contact: "So sind sie zu erreichen: ",
};

/// A page with the operator's words in it; nothing where there is no place for them, or there are none.
pub(super) fn filled(asset: &Asset, settings: &OperatorSettings) -> Option<String> {
    let page = std::str::from_utf8(asset.identity).ok()?;
    let (before, after) = page.split_once(PLACE)?;
    if settings.contact.is_empty() && settings.notice.is_none() {
        return None;
    }
    let around = match asset.path.rsplit_once('.') {
        Some((_, "de")) => GERMAN,
        _ => ENGLISH,
    };
    let (begin, end) = PLACE.split_once('\n')?;
    let block = block(&around, settings);
    Some(format!("{before}{begin}\n{block}{end}{after}"))
}

/// A line for each element.
fn block(around: &Surroundings, settings: &OperatorSettings) -> String {
    let mut lines = vec![html! { h2 { (around.title) } }];
    if let Some(notice) = &settings.notice {
        lines.push(html! { p { (around.notice) } });
        lines.extend(paragraphs(notice).map(|text| html! { p dir="auto" { (text) } }));
    }
    lines.extend(settings.contact.iter().map(|uri| {
        let shown = uri.strip_prefix("mailto:").unwrap_or(uri);
        html! { p { (around.contact) a href=(uri) rel="noreferrer" { (shown) } } }
    }));
    lines.into_iter().map(|line| line.into_string() + "\n").collect()
}

fn paragraphs(notice: &str) -> impl Iterator<Item = &str> {
    notice.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// RFC 9116; nothing where nobody is to be reached, for it must name somebody.
pub(super) fn security_txt(settings: &OperatorSettings, now: SystemTime) -> Option<String> {
    if settings.contact.is_empty() {
        return None;
    }
    let mut lines: Vec<_> = settings
        .notice
        .iter()
        .flat_map(|notice| paragraphs(notice))
        .map(|text| format!("# {text}"))
        .collect();
    lines.extend(settings.contact.iter().map(|uri| format!("Contact: {uri}")));
    let today = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() / DAY);
    let expires = UNIX_EPOCH + Duration::from_secs((today + EXPIRES) * DAY);
    lines.push(format!("Expires: {}", humantime::format_rfc3339_seconds(expires)));
    lines.push(format!(
        "Preferred-Languages: {}",
        settings.contact_languages.join(", ")
    ));
    lines.extend(
        settings
            .site
            .iter()
            .map(|site| format!("Canonical: {site}{PATH}")),
    );
    Some(lines.join("\n") + "\n")
}

/// Where security.txt is looked for.
pub(super) const PATH: &str = "/.well-known/security.txt";

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> OperatorSettings {
        OperatorSettings {
            contact: vec![
                "mailto:ana@relay.example?subject=a&body=b".to_owned(),
                "https://relay.example".to_owned(),
            ],
            contact_languages: vec!["de".to_owned(), "en".to_owned()],
            notice: Some("For friends.\n\n<script src=\"x.js\"></script> & more".to_owned()),
            site: Some("https://relay.example".to_owned()),
        }
    }

    fn asset(path: &'static str, page: &'static str) -> Asset {
        Asset {
            path,
            content_type: "text/html; charset=utf-8",
            identity: page.as_bytes(),
            brotli: None,
            gzip: None,
        }
    }

    #[test]
    fn the_words_stand_in_their_place_escaped_and_in_fixed_forms() {
        let page = "<h1>x</h1>\n<!-- operator -->\n<!-- /operator -->\n<p>y</p>\n";
        let filled_with = |path, settings: &_| filled(&asset(path, page), settings);
        assert_eq!(
            filled_with("/about", &settings()).unwrap(),
            "<h1>x</h1>\n<!-- operator -->\n\
             <h2>Who runs this relay</h2>\n\
             <p>In their own words, which are no part of the program:</p>\n\
             <p dir=\"auto\">For friends.</p>\n\
             <p dir=\"auto\">&lt;script src=&quot;x.js&quot;&gt;&lt;/script&gt; &amp; more</p>\n\
             <p>You reach them at <a href=\"mailto:ana@relay.example?subject=a&amp;body=b\" rel=\"noreferrer\">\
             ana@relay.example?subject=a&amp;body=b</a></p>\n\
             <p>You reach them at <a href=\"https://relay.example\" rel=\"noreferrer\">https://relay.example</a></p>\n\
             <!-- /operator -->\n<p>y</p>\n"
        );
        let german = filled_with("/about.de", &settings()).unwrap();
        assert!(german.contains("<h2>Wer dieses Relay betreibt</h2>"), "{german}");
        assert_eq!(filled_with("/about", &OperatorSettings::default()), None);
        assert_eq!(filled(&asset("/", "<p>no place</p>"), &settings()), None);
    }

    #[test]
    fn security_txt_says_who_until_when_in_which_language_and_where() {
        let now = UNIX_EPOCH + Duration::from_secs(20_000 * DAY + 12_345);
        assert_eq!(
            security_txt(&settings(), now).unwrap(),
            "# For friends.\n\
             # <script src=\"x.js\"></script> & more\n\
             Contact: mailto:ana@relay.example?subject=a&body=b\n\
             Contact: https://relay.example\n\
             Expires: 2025-04-02T00:00:00Z\n\
             Preferred-Languages: de, en\n\
             Canonical: https://relay.example/.well-known/security.txt\n"
        );
        let nobody = OperatorSettings {
            contact: Vec::new(),
            ..settings()
        };
        assert_eq!(security_txt(&nobody, now), None, "it would have to name somebody");
    }
}
