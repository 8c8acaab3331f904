//! Whether certificate and key can be used, and for how long.

use std::time::{Duration, SystemTime};

use super::check::{Finding, fine, note, wrong};
use crate::acme::Due;
use crate::config::Config;
use crate::tls::{Facts, facts, left};

/// Certificates are renewed well before this is all that is left.
const SOON: Duration = Duration::from_hours(14 * 24);
/// How late the relay may be with a renewal before somebody should look.
const LATE: Duration = Duration::from_hours(24);

/// What is found; nothing where the relay does not end TLS itself.
pub(super) fn certificate(config: &Config, now: SystemTime) -> Option<Finding> {
    let (cert, key) = config.certificate_files()?;
    if config.own_tls.is_issued() {
        return Some(match facts(&cert, &key) {
            Ok(facts) => issued(&facts, &config.own_tls.acme_domain, now),
            Err(_) if !cert.exists() => fine("certificate: none yet; it is asked for at the start"),
            Err(error) => note(
                format!("certificate: {error}"),
                "Another is asked for at the start; look that the user whom the relay runs as can read the folder.",
            ),
        });
    }
    let shown = cert.display();
    Some(match facts(&cert, &key).map(|facts| left(facts.end, now)) {
        Err(error) => wrong(
            format!("certificate: {error}"),
            "--tls-cert names the certificate with its chain, --tls-key its key; both in PEM.",
        ),
        Ok(None) => wrong(
            format!("certificate: {shown} is over"),
            "Renew it; the relay takes the new one by itself.",
        ),
        Ok(Some(left)) if left < SOON => note(
            format!("certificate: {shown} is over in {} days", days(left)),
            "Look why it has not been renewed; the relay takes the new one by itself.",
        ),
        Ok(Some(left)) => fine(format!("certificate: {} days are left", days(left))),
    })
}

/// One that the relay has had issued.
fn issued(facts: &Facts, names: &[String], now: SystemTime) -> Finding {
    let Some(left) = left(facts.end, now) else {
        return note(
            "certificate: over",
            "Another is asked for at the start; while the relay runs its log says why there is none.",
        );
    };
    let shown = days(left);
    match Due::of(facts, names, now) {
        Due::In(wait) => fine(format!(
            "certificate: {shown} days are left; the relay renews it in {} days",
            days(wait)
        )),
        Due::Now if !names.iter().all(|name| facts.names.contains(name)) => fine(format!(
            "certificate: for {} and not for all of --acme-domain; another is asked for at the start",
            facts.names.join(", ")
        )),
        Due::Now if Due::of(facts, names, now.checked_sub(LATE).unwrap_or(now)) == Due::Now => note(
            format!("certificate: {shown} days are left, and it has not been renewed"),
            "If the relay runs, its log says why; if not, start it.",
        ),
        Due::Now => fine(format!(
            "certificate: {shown} days are left; it is due for renewal"
        )),
    }
}

fn days(time: Duration) -> u64 {
    time.as_secs() / 86_400
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::commands::check::How;

    #[test]
    fn each_state_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let flags = [
            "--tls-cert",
            cert.to_str().unwrap(),
            "--tls-key",
            key.to_str().unwrap(),
        ];
        let config = Config::from_flags(flags).unwrap();
        let found = |now| certificate(&config, now).unwrap();
        let now = SystemTime::now();
        let missing = found(now);
        assert!(
            missing.how == How::Wrong && missing.found.contains("cert.pem cannot be read"),
            "{missing}"
        );
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::KeyPair::generate().unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, other.serialize_pem()).unwrap();
        let strange = found(now);
        assert!(
            strange.how == How::Wrong && strange.found.contains("does not belong"),
            "{strange}"
        );
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        assert_eq!(found(now).how, How::Fine);
        let over = UNIX_EPOCH + facts(&cert, &key).unwrap().end;
        let soon = found(over - SOON + Duration::from_secs(1));
        assert!(soon.how == How::Note && soon.found.contains("13 days"), "{soon}");
        let late = found(over + Duration::from_secs(1));
        assert!(late.how == How::Wrong && late.remedy.contains("Renew"), "{late}");
        assert_eq!(certificate(&Config::from_flags::<&str>([]).unwrap(), now), None);
    }

    #[test]
    fn one_that_was_issued_is_told_with_its_renewal() {
        let day = Duration::from_hours(24);
        let names = ["relay.example".to_owned()];
        let facts = Facts {
            begin: day * 20_000,
            end: day * 20_090,
            names: names.to_vec(),
        };
        let found = |days| issued(&facts, &names, UNIX_EPOCH + day * days);
        assert_eq!(
            found(20_010).found,
            "certificate: 80 days are left; the relay renews it in 50 days"
        );
        assert_eq!(found(20_010).how, How::Fine);
        assert_eq!(found(20_060).how, How::Fine, "it is due this day");
        assert!(found(20_062).how == How::Note && found(20_062).found.contains("28 days"));
        assert!(found(20_091).how == How::Note && found(20_091).found.contains("over"));
        let other = issued(&facts, &["other.example".to_owned()], UNIX_EPOCH + day * 20_010);
        assert!(other.found.contains("not for all"), "{other}");
    }

    #[test]
    fn none_that_was_issued_yet_is_no_fault_and_a_damaged_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let config = Config::from_flags(["--acme-domain", "relay.example", "--data", data]).unwrap();
        let found = || certificate(&config, SystemTime::now()).unwrap();
        assert!(
            found().how == How::Fine && found().found.contains("none yet"),
            "{}",
            found()
        );
        std::fs::create_dir(folder.path().join("acme")).unwrap();
        std::fs::write(folder.path().join("acme/certificate.pem"), "damaged").unwrap();
        assert!(
            found().how == How::Note && found().found.contains("no certificate"),
            "{}",
            found()
        );
    }
}
