//! A certificate that the relay has issued and renewed by itself (RFC 8555), over a kept library, [`instant_acme`].
//!
//! That a name is the relay's is shown with TLS-ALPN-01 (RFC 8737): on the port that people come to, so nothing else has to
//! be opened or set up. The certificate is renewed when two thirds of its time are over. Nothing here ends the relay: what
//! fails is told in one line that says what to do, and tried again, each time later.
//!
//! Nothing is ordered twice. What was issued is kept, and a start with it orders nothing. An order that is under way is kept
//! with its key before the authority hears of that key, so a relay that ends in between goes on with the same order.

mod folder;
mod http;
mod order;
mod trouble;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use instant_acme::Account;

use self::folder::{Folder, Pending};
use self::http::Http;
pub use self::trouble::Trouble;
use crate::config::Config;
use crate::config::tls::TlsSettings;
use crate::tls::{Certificates, Facts, TlsError, facts};

/// How often it is looked whether a certificate is due, which also finds a machine that slept.
pub const LOOK: Duration = Duration::from_hours(1);

/// Where certificate and key are, in one file: who has half of them has nothing.
pub fn certificate_file(data: &Path) -> PathBuf {
    Folder::of(data).certificate()
}

/// The folder of all that is kept for this, in the data folder.
pub fn folder(data: &Path) -> PathBuf {
    Folder::of(data).path().to_owned()
}

/// Whether one could be spoken with at all: with the roots that are named.
pub fn can_ask(settings: &TlsSettings) -> Result<(), Trouble> {
    Http::new(settings).map(drop)
}

/// Whether an authority answers, and is one.
pub async fn answers(settings: &TlsSettings) -> Result<(), Trouble> {
    Http::new(settings)?.directory(&settings.acme_directory).await
}

/// What has the certificate issued.
#[derive(Debug)]
pub struct Acme {
    settings: TlsSettings,
    folder: Folder,
    certificates: Arc<Certificates>,
}

/// How a certificate is to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A new one is wanted.
    Now,
    /// Not before so long.
    In(Duration),
}

impl Due {
    /// When a certificate for these names is to be followed by another: at once if it is not for all of them, or when two
    /// thirds of its time are over.
    pub fn of(facts: &Facts, names: &[String], now: SystemTime) -> Self {
        if !names.iter().all(|name| facts.names.contains(name)) {
            return Self::Now;
        }
        let at = facts.begin + facts.end.saturating_sub(facts.begin) * 2 / 3;
        match at.checked_sub(now.duration_since(UNIX_EPOCH).unwrap_or_default()) {
            Some(left) if !left.is_zero() => Self::In(left),
            _ => Self::Now,
        }
    }
}

impl Acme {
    /// For these settings; nothing is done yet.
    pub fn new(config: &Config, certificates: Arc<Certificates>) -> Self {
        Self {
            settings: config.own_tls.clone(),
            folder: Folder::of(&config.data),
            certificates,
        }
    }

    /// Has a certificate issued if one is due. Gives how long to wait until the next look.
    pub async fn run(&self) -> Result<Duration, Trouble> {
        if let Due::In(left) = self.due() {
            return Ok(left.min(LOOK));
        }
        if !self.certificates.has_one() {
            tracing::warn!(
                "no certificate for {} yet: nobody can connect until one is issued",
                self.names()
            );
        }
        let obtained = self.obtain().await;
        self.certificates.show_nothing();
        obtained?;
        match self.due() {
            Due::In(left) => Ok(left.min(LOOK)),
            // Or it would order for ever.
            Due::Now => Err(Trouble::clock()),
        }
    }

    fn due(&self) -> Due {
        match self.kept() {
            Ok(kept) => Due::of(&kept, &self.settings.acme_domain, SystemTime::now()),
            Err(_) => Due::Now,
        }
    }

    fn kept(&self) -> Result<Facts, TlsError> {
        let both = self.folder.certificate();
        facts(&both, &both)
    }

    fn names(&self) -> String {
        self.settings.acme_domain.join(", ")
    }

    async fn obtain(&self) -> Result<(), Trouble> {
        let account = self.account().await?;
        let ordered = match self.ordered(&account).await {
            // It was asked under an account that the authority has forgotten, or never knew.
            Err(trouble) if trouble.is_account() => {
                self.folder.forget(folder::ACCOUNT)?;
                self.folder.forget(folder::ORDER)?;
                let account = self.account().await?;
                self.ordered(&account).await
            }
            ordered => ordered,
        }?;
        // First the file: what is in use is what a start would use.
        self.folder.write(folder::CERTIFICATE, ordered.as_bytes())?;
        self.folder.forget(folder::ORDER)?;
        self.certificates.renew().map_err(|_| Trouble::unusable())?;
        let days = self.kept().map_or(0, |kept| {
            kept.end.saturating_sub(kept.begin).as_secs().div_ceil(86_400)
        });
        tracing::info!("a certificate for {} was issued, for {days} days", self.names());
        Ok(())
    }

    /// The account with the authority: the one that is kept, or a new one.
    async fn account(&self) -> Result<Account, Trouble> {
        let http = Http::new(&self.settings)?;
        let directory = self.settings.acme_directory.to_string();
        let settle = |error| Trouble::of(error, &self.settings);
        let builder = Account::builder_with_http(Box::new(http));
        if let Some(kept) = self.folder.account(&directory)? {
            return builder.from_credentials(kept).await.map_err(settle);
        }
        let contact: Vec<_> = self.settings.acme_contact.iter().collect();
        let contact: Vec<_> = contact
            .into_iter()
            .map(|contact| format!("mailto:{contact}"))
            .collect();
        let contact: Vec<_> = contact.iter().map(String::as_str).collect();
        let wanted = instant_acme::NewAccount {
            contact: &contact,
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        // Where it cannot be kept, none is made.
        self.folder.make()?;
        let made = builder.create(&wanted, directory.clone(), None).await;
        let (account, credentials) = made.map_err(settle)?;
        self.folder.keep_account(&credentials)?;
        tracing::info!("made an account with {directory}: --acme-domain agrees to its terms");
        Ok(account)
    }

    /// An order that was under way for the same, or a new one, brought to its end. Gives key and chain in PEM.
    async fn ordered(&self, account: &Account) -> Result<zeroize::Zeroizing<String>, Trouble> {
        let mut order = self.begun(account).await?;
        let done = order.finish(&self.certificates).await;
        if done.as_ref().is_err_and(Trouble::is_final) {
            self.folder.forget(folder::ORDER)?;
        }
        done
    }

    async fn begun<'a>(&'a self, account: &'a Account) -> Result<order::Open<'a>, Trouble> {
        let directory = self.settings.acme_directory.to_string();
        let kept = self.folder.order()?;
        if let Some(pending) = kept.filter(|kept| kept.is_for(&directory, &self.settings.acme_domain))
            && let Some(open) = order::Open::again(account, &self.settings, pending).await?
        {
            return Ok(open);
        }
        let mut pending = Pending::new(directory, &self.settings.acme_domain)?;
        self.folder.keep_order(&pending)?;
        let open = order::Open::new(account, &self.settings, &mut pending).await?;
        self.folder.keep_order(&pending)?;
        Ok(open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn it_is_due_when_two_thirds_are_over_or_for_other_names() {
        let names = ["a.example".to_owned(), "b.example".to_owned()];
        let facts = Facts {
            begin: DAY * 1000,
            end: DAY * 1090,
            names: names.iter().rev().cloned().collect(),
        };
        let at = |time| UNIX_EPOCH + time;
        assert_eq!(Due::of(&facts, &names, at(DAY * 1000)), Due::In(DAY * 60));
        assert_eq!(Due::of(&facts, &names[..1], at(DAY * 1059)), Due::In(DAY));
        assert_eq!(Due::of(&facts, &names, at(DAY * 1060)), Due::Now);
        assert_eq!(Due::of(&facts, &names, at(DAY * 2000)), Due::Now);
        assert_eq!(
            Due::of(&facts, &["c.example".to_owned()], at(DAY * 1000)),
            Due::Now
        );
        let turned = Facts {
            end: Duration::ZERO,
            ..facts
        };
        assert_eq!(Due::of(&turned, &names, at(DAY * 1001)), Due::Now);
    }

    #[tokio::test]
    async fn an_authority_that_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        drop(taken);
        let told = async |flags: &[&str]| {
            let all = ["--acme-domain", "relay.example"].iter().chain(flags);
            let settings = Config::from_flags(all).unwrap().own_tls;
            answers(&settings).await.unwrap_err().to_string()
        };
        let away = format!("https://127.0.0.1:{port}/dir");
        let away = told(&["--acme-directory", &away]).await;
        assert!(away.starts_with("no connection to 127.0.0.1"), "{away}");
        let nowhere = told(&["--acme-directory", "https://nowhere.invalid/"]).await;
        assert!(nowhere.contains("nowhere.invalid cannot be found"), "{nowhere}");
        let root = folder.path().join("none.pem").display().to_string();
        let missing = told(&["--acme-root", &root]).await;
        assert!(
            missing.contains("none.pem holds no certificate") && missing.contains("--acme-root"),
            "{missing}"
        );
        std::fs::write(&root, "no PEM").unwrap();
        assert_eq!(told(&["--acme-root", &root]).await, missing);
    }
}
