//! Who runs the relay: what they say of themselves on `/about` and in `security.txt`.

use axum::http::Uri;
use clap::Args;

/// How long a way to reach the operator may be, in bytes.
const CONTACT: usize = 256;
/// How long the operator's notice may be, in characters.
const NOTICE: usize = 2000;

/// What whoever runs the relay says of themselves. All of it is public.
#[derive(Debug, Clone, Default, Args)]
pub struct OperatorSettings {
    /// Where whoever runs this relay is reached, for `/about` and `/.well-known/security.txt`: addresses like
    /// `mailto:ana@relay.example` or `https://relay.example/contact`, the preferred one first, with commas between them.
    #[arg(long, env = "SOTTO_CONTACT", value_name = "URIS", value_delimiter = ',', value_parser = contact)]
    pub contact: Vec<String>,

    /// The languages in which whoever runs this relay reads reports, for security.txt, with commas between them.
    #[arg(
        long, env = "SOTTO_CONTACT_LANGUAGES", value_name = "LANGUAGES", value_delimiter = ',', value_parser = language,
        default_value = "en"
    )]
    pub contact_languages: Vec<String>,

    /// What whoever runs this relay has to say to the people who use it: plain text for `/about` and security.txt, in which
    /// each line is a paragraph.
    #[arg(long, env = "SOTTO_NOTICE", value_name = "TEXT", value_parser = notice)]
    pub notice: Option<String>,

    /// The site that the relay is reached at, like `https://relay.example`: security.txt then names its own address.
    #[arg(long, env = "SOTTO_SITE", value_name = "ORIGIN", value_parser = site)]
    pub site: Option<String>,
}

fn contact(text: &str) -> Result<String, String> {
    let is_right = text.len() <= CONTACT
        && is_uri(text)
        && match (text.strip_prefix("mailto:"), text.strip_prefix("https://")) {
            (Some(mail), _) => is_mailbox(mail.split('?').next().unwrap_or_default()),
            (_, Some(_)) => host(text).is_some(),
            _ => false,
        };
    let allowed = format!(
        "must be an address like mailto:ana@relay.example or https://relay.example/contact, at most {CONTACT} bytes, without spaces \
         and control characters, others than ASCII and commas as %XX"
    );
    is_right.then(|| text.to_owned()).ok_or(allowed)
}

fn site(text: &str) -> Result<String, String> {
    let origin = text.strip_suffix('/').unwrap_or(text);
    let is_origin = is_uri(origin)
        && origin
            .strip_prefix("https://")
            .is_some_and(|authority| host(origin) == Some(authority.to_owned()));
    let allowed = "must be https:// and a host, and a port if it is not 443: https://relay.example";
    is_origin.then(|| origin.to_owned()).ok_or(allowed.to_owned())
}

/// The host and port of an address under HTTPS, if it has one and names no user.
fn host(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?;
    let is_named = !authority.host().is_empty() && !authority.as_str().contains('@');
    (uri.scheme_str() == Some("https") && is_named).then(|| authority.to_string())
}

fn is_mailbox(text: &str) -> bool {
    text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && !host.is_empty() && !host.contains(['@', '/', ':', '#'])
    })
}

/// Whether all of it may stand in a URI (RFC 3986, section 2).
fn is_uri(text: &str) -> bool {
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let is_right = match byte {
            b'%' => (0..2).all(|_| rest.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
        };
        if !is_right {
            return false;
        }
    }
    true
}

/// A tag of RFC 5646, by its form.
fn language(text: &str) -> Result<String, String> {
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let begins = text.split('-').next().unwrap_or_default();
    let is_right = text.split('-').all(is_part)
        && begins.len() > 1
        && begins.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_right
        .then(|| text.to_owned())
        .ok_or_else(|| "must be a language, such as en, de or pt-BR".to_owned())
}

fn notice(text: &str) -> Result<String, String> {
    let text = text.trim();
    // What turns the direction of text could make the page say something else than was written.
    let is_wrong = |c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let is_right = !text.is_empty() && text.chars().count() <= NOTICE && !text.contains(is_wrong);
    is_right.then(|| text.to_owned()).ok_or_else(|| {
        format!(
            "must be plain text of 1 to {NOTICE} characters, without control characters but line ends, and without those that \
             turn the direction of text"
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::Config;

    fn told(flag: &str, value: &str) -> String {
        let flag = format!("{flag}={value}");
        Config::from_flags([flag]).map_or_else(|error| error.to_string(), |_| "taken".to_owned())
    }

    #[test]
    fn a_contact_is_a_mailbox_or_a_page_under_https() {
        for right in [
            "mailto:ana@relay.example",
            "mailto:ana+sotto%2C@relay.example?subject=Sotto",
            "https://relay.example/contact?who=ana#form",
            "https://[2001:db8::1]:8443/",
        ] {
            assert_eq!(told("--contact", right), "taken", "{right}");
        }
        let long = format!("https://relay.example/{}", "a".repeat(256));
        for wrong in [
            "",
            "ana@relay.example",
            "mailto:",
            "mailto:@relay.example",
            "mailto:ana@",
            "mailto:ana@a@b",
            "http://relay.example/",
            "https://",
            "https:///contact",
            "https://ana:word@relay.example/",
            "javascript:alert(1)",
            "https://relay.example/a b",
            "https://relay.example/\r\nCanonical:",
            "https://relay.example/\u{7f}",
            "https://relay.example/ü",
            "https://relay.example/%zz",
            "https://relay.example/\"><b>",
            long.as_str(),
        ] {
            let told = told("--contact", wrong);
            assert!(
                told.contains("--contact") && told.contains("mailto:ana@relay.example"),
                "{wrong:?}: {told}"
            );
        }
        let both = Config::from_flags(["--contact", "mailto:a@b.example,https://b.example"]).unwrap();
        assert_eq!(both.operator.contact, ["mailto:a@b.example", "https://b.example"]);
    }

    #[test]
    fn a_site_is_an_origin_under_https() {
        let site = |text| Config::from_flags(["--site", text]).unwrap().operator.site;
        assert_eq!(
            site("https://relay.example/").as_deref(),
            Some("https://relay.example")
        );
        assert_eq!(
            site("https://relay.example:8443").as_deref(),
            Some("https://relay.example:8443")
        );
        for wrong in [
            "relay.example",
            "http://relay.example",
            "https://",
            "https://a.example/b",
            "https://a@b.example",
            "https://a.example?b",
            "https://a.example//",
        ] {
            let told = told("--site", wrong);
            assert!(
                told.contains("--site") && told.contains("https://relay.example"),
                "{wrong:?}: {told}"
            );
        }
    }

    #[test]
    fn languages_are_tags() {
        let config = Config::from_flags(["--contact-languages", "de,pt-BR"]).unwrap();
        assert_eq!(config.operator.contact_languages, ["de", "pt-BR"]);
        for wrong in ["", "english language", "e", "1a", "de-", "de\n", "deutschland"] {
            let told = told("--contact-languages", wrong);
            assert!(
                told.contains("--contact-languages") && told.contains("pt-BR"),
                "{wrong:?}: {told}"
            );
        }
    }

    #[test]
    fn a_notice_is_plain_text_of_some_length() {
        let notice = |text: &str| {
            Config::from_flags([format!("--notice={text}")])
                .unwrap()
                .operator
                .notice
        };
        assert_eq!(
            notice(" Räume für uns.\n\n<b>5 > 4</b> ").as_deref(),
            Some("Räume für uns.\n\n<b>5 > 4</b>")
        );
        assert!(notice(&"ü".repeat(2000)).is_some());
        for wrong in [
            "",
            "\n",
            "a\tb",
            "a\u{1b}[31m",
            "a\rb",
            "a\u{85}b",
            "a\u{202e}b",
            "a\u{2066}b",
            &"ü".repeat(2001),
        ] {
            let told = told("--notice", wrong);
            assert!(
                told.contains("--notice") && told.contains("2000 characters"),
                "{wrong:?}: {told}"
            );
        }
    }
}
