//! What went wrong, in our own words: what it is, and what whoever runs the relay can do. What an authority writes is not
//! repeated, for it names addresses; only the kind of its refusal counts (RFC 8555, section 6.7).

use std::path::Path;
use std::time::Duration;

use axum::http::Uri;
use instant_acme::{Error, Identifier, Problem};

use super::http::Reach;
use crate::config::tls::TlsSettings;
use crate::jobs::Failure;

/// How long to wait at least when an authority was asked too often.
const TOO_OFTEN: Duration = Duration::from_hours(1);
/// What kinds of problem are called.
const KIND: &str = "urn:ietf:params:acme:error:";

/// Why there is no certificate now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{says}")]
pub struct Trouble {
    what: What,
    says: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// The order is over; another may be taken.
    Final,
    /// The authority does not know the account.
    Account,
    /// The same may go well later.
    Passing,
    /// As that, but much later.
    TooOften,
}

impl Failure for Trouble {
    /// An authority takes few failures an hour.
    const BACKOFF: (Duration, Duration) = (Duration::from_mins(2), Duration::from_hours(6));

    fn at_least(&self) -> Duration {
        if self.what == What::TooOften {
            TOO_OFTEN
        } else {
            Duration::ZERO
        }
    }

    fn why(&self) -> String {
        format!(": {}", self.says)
    }
}

impl Trouble {
    /// Whether the order is over.
    pub(super) fn is_final(&self) -> bool {
        self.what == What::Final
    }

    /// Whether the authority does not know the account.
    pub(super) fn is_account(&self) -> bool {
        self.what == What::Account
    }

    /// What an exchange with the authority ended with.
    pub(super) fn of(error: Error, settings: &TlsSettings) -> Self {
        Self::of_name(error, &settings.acme_domain.join(", "), settings)
    }

    /// What came of asking for this name.
    pub(super) fn of_name(error: Error, name: &str, settings: &TlsSettings) -> Self {
        match error {
            Error::Api(problem) => Self::problem(&problem, name),
            Error::Other(cause) => match cause.downcast_ref::<Reach>() {
                Some(reach) => Self::reach(*reach, &settings.acme_directory),
                None => Self::no_authority(&settings.acme_directory),
            },
            Error::Timeout(_) => Self::passing(format!(
                "the authority has not looked at {name} yet, or not issued; the order stays"
            )),
            Error::Crypto | Error::KeyRejected => Self::library(),
            _ => Self::no_authority(&settings.acme_directory),
        }
    }

    /// The authority refuses.
    fn problem(problem: &Problem, name: &str) -> Self {
        // Of several names, the first that has something against it.
        let first = problem.subproblems.first();
        let kind = first.map_or(&problem.r#type, |first| &first.r#type);
        let name = match first.and_then(|first| first.identifier.as_ref()) {
            Some(Identifier::Dns(name)) => name,
            _ => name,
        };
        let kind = kind.as_deref().and_then(|kind| kind.strip_prefix(KIND));
        let (what, says) = match kind.unwrap_or_default() {
            "accountDoesNotExist" => (What::Account, "the authority does not know this relay's account".to_owned()),
            "connection" => (
                What::Final,
                format!(
                    "the authority gets no connection to port 443 of {name}: let it through the firewall, and lead it to \
                     --listen"
                ),
            ),
            "dns" => (
                What::Final,
                format!("the authority finds no address for {name}: set an A or AAAA record that leads to this machine"),
            ),
            "tls" | "unauthorized" | "incorrectResponse" => (
                What::Final,
                format!(
                    "something else than this relay answers on port 443 of {name}: let every A and AAAA record lead to this \
                     machine; where a proxy in front ends TLS, it has to have the certificate instead"
                ),
            ),
            "caa" => (
                What::Final,
                format!("a CAA record of {name} does not allow this authority: change it, or name another with --acme-directory"),
            ),
            "rejectedIdentifier" | "unsupportedIdentifier" => (
                What::Final,
                format!("the authority gives no certificate for {name}: is it written right in --acme-domain?"),
            ),
            "invalidContact" | "unsupportedContact" => (
                What::Final,
                "the authority does not take the address in --acme-contact: change it, or leave it out".to_owned(),
            ),
            "externalAccountRequired" => (
                What::Final,
                "the authority wants an account that was made with it before, which the relay cannot use: name another \
                 with --acme-directory"
                    .to_owned(),
            ),
            "userActionRequired" => (
                What::Final,
                "the authority wants its new terms agreed to: read them, and delete account.json in the folder acme of the \
                 data folder"
                    .to_owned(),
            ),
            "rateLimited" => (
                What::TooOften,
                format!("the authority was asked for {name} too often: nothing is to be done but to wait"),
            ),
            "badNonce" | "serverInternal" => (What::Passing, "the authority has a fault of its own".to_owned()),
            other => (
                What::Final,
                format!(
                    "the authority refuses an order for {name}, and not for a reason that the relay knows{}",
                    registered(other)
                ),
            ),
        };
        Self { what, says }
    }

    /// No way to the authority.
    pub(super) fn reach(reach: Reach, directory: &Uri) -> Self {
        let host = directory.host().unwrap_or_default();
        Self::passing(match reach {
            Reach::Name => {
                format!("{host} cannot be found: does this machine have a network and a name server?")
            }
            Reach::Connection | Reach::Slow => {
                format!(
                    "no connection to {host}: does this machine have a network, does a firewall let it out?"
                )
            }
            Reach::Tls => format!(
                "{host} does not show that it is the authority: is the clock right? One that is not on Mozilla's list needs \
                 --acme-root"
            ),
            Reach::Address | Reach::Answer => return Self::no_authority(directory),
        })
    }

    /// What answers is no authority.
    pub(super) fn no_authority(directory: &Uri) -> Self {
        Self::passing(format!(
            "what answers at {directory} does not speak ACME: is --acme-directory written right?"
        ))
    }

    /// It does not offer the one way that the relay has.
    pub(super) fn no_challenge(name: &str) -> Self {
        Self::last(format!(
            "the authority does not look at {name} over TLS (tls-alpn-01): name another with --acme-directory"
        ))
    }

    /// It says no more.
    pub(super) fn refused(name: &str) -> Self {
        Self::last(format!("the authority does not take {name} for this relay's"))
    }

    /// What was issued cannot be used.
    pub(super) fn unusable() -> Self {
        Self::last("what the authority issued does not belong to the relay's key".to_owned())
    }

    /// What was issued is over already, or for others.
    pub(super) fn clock() -> Self {
        Self::last(
            "what the authority issued is to be renewed already, or is for other names: is the clock right?"
                .to_owned(),
        )
    }

    /// The file of roots.
    pub(super) fn root(file: &Path) -> Self {
        Self::passing(format!(
            "{} holds no certificate in PEM that can be read: name another with --acme-root",
            file.display()
        ))
    }

    /// The folder.
    pub(super) fn folder(folder: &Path) -> Self {
        let shown = folder.display();
        Self::passing(format!(
            "{shown} cannot be written: let the user that the relay runs as own it (chown -R USER {shown}), and look \
             whether the disk is full"
        ))
    }

    /// Something that does not happen.
    pub(super) fn library() -> Self {
        Self::last("a key or a request could not be made".to_owned())
    }

    fn passing(says: String) -> Self {
        Self {
            what: What::Passing,
            says,
        }
    }

    fn last(says: String) -> Self {
        Self {
            what: What::Final,
            says,
        }
    }
}

/// The kind of a refusal as it is registered: one short word, so no address can be in it.
fn registered(kind: &str) -> String {
    if (1..=32).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        format!(" ({kind})")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn settings() -> TlsSettings {
        Config::from_flags(["--acme-domain", "a.example,b.example"])
            .unwrap()
            .own_tls
    }

    fn refusal(kind: &str) -> Trouble {
        let text = format!(r#"{{"type":"{KIND}{kind}","detail":"203.0.113.9 said no","status":400}}"#);
        Trouble::of(Error::Api(serde_json::from_str(&text).unwrap()), &settings())
    }

    #[test]
    fn each_refusal_says_what_to_do_and_nothing_that_the_authority_wrote() {
        for (kind, words) in [
            (
                "connection",
                ["no connection to port 443 of a.example, b.example", "firewall"],
            ),
            ("dns", ["no address for", "A or AAAA record"]),
            ("tls", ["something else than this relay", "proxy"]),
            ("unauthorized", ["something else than this relay", "AAAA"]),
            ("incorrectResponse", ["something else than this relay", "AAAA"]),
            ("caa", ["CAA record", "--acme-directory"]),
            ("rejectedIdentifier", ["no certificate for", "--acme-domain"]),
            ("invalidContact", ["does not take the address", "--acme-contact"]),
            (
                "externalAccountRequired",
                ["account that was made with it", "--acme-directory"],
            ),
            ("userActionRequired", ["new terms", "account.json"]),
            ("somethingNew", ["refuses an order for", "(somethingNew)"]),
            ("said by 203.0.113.9", ["refuses an order for", "relay knows"]),
        ] {
            let trouble = refusal(kind);
            let told = trouble.why();
            assert!(words.iter().all(|word| told.contains(word)), "{told}");
            assert!(!told.contains("203.0.113.9"), "{told}");
            assert!(trouble.is_final() && !trouble.is_account(), "{kind}");
            assert_eq!(trouble.at_least(), Duration::ZERO);
        }
    }

    #[test]
    fn what_may_go_well_later_keeps_its_order() {
        let often = refusal("rateLimited");
        assert_eq!((often.is_final(), often.at_least()), (false, TOO_OFTEN));
        assert!(!refusal("serverInternal").is_final() && !refusal("badNonce").is_final());
        assert!(refusal("accountDoesNotExist").is_account());
        assert!(!Trouble::of(Error::Timeout(None), &settings()).is_final());
        for (reach, word) in [
            (Reach::Name, "name server"),
            (Reach::Connection, "firewall"),
            (Reach::Slow, "firewall"),
            (Reach::Tls, "--acme-root"),
            (Reach::Answer, "--acme-directory"),
        ] {
            let trouble = Trouble::of(Error::Other(Box::new(reach)), &settings());
            assert!(trouble.why().contains(word) && !trouble.is_final(), "{trouble}");
            assert!(
                trouble.why().contains("acme-v02.api.letsencrypt.org"),
                "{trouble}"
            );
        }
    }

    #[test]
    fn of_several_names_the_one_that_is_refused_counts() {
        let text = format!(
            r#"{{"type":"{KIND}compound","subproblems":[{{"type":"{KIND}caa","identifier":{{"type":"dns","value":"b.example"}}}}]}}"#
        );
        let trouble = Trouble::of(Error::Api(serde_json::from_str(&text).unwrap()), &settings());
        assert!(
            trouble.why().contains("CAA record of b.example does not"),
            "{trouble}"
        );
    }
}
