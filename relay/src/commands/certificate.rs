//! Whether certificate and key can be used, and for how long.

use std::time::{Duration, SystemTime};

use super::check::{Finding, fine, note, wrong};
use crate::config::Config;
use crate::tls::{end, left};

/// Certificates are renewed well before this is all that is left.
const SOON: Duration = Duration::from_hours(14 * 24);

/// What is found; nothing where the relay does not end TLS itself.
pub(super) fn certificate(config: &Config, now: SystemTime) -> Option<Finding> {
    let (cert, key) = config.own_tls.files()?;
    let shown = cert.display();
    Some(match end(cert, key).map(|end| left(end, now)) {
        Err(error) => wrong(
            format!("certificate: {error}"),
            "--tls-cert names the certificate with its chain, --tls-key its key; both in PEM.",
        ),
        Ok(None) => wrong(
            format!("certificate: {shown} is over"),
            "Renew it; the relay takes the new one by itself.",
        ),
        Ok(Some(left)) if left < SOON => note(
            format!("certificate: {shown} is over in {} days", left.as_secs() / 86_400),
            "Look why it has not been renewed; the relay takes the new one by itself.",
        ),
        Ok(Some(left)) => fine(format!("certificate: {} days are left", left.as_secs() / 86_400)),
    })
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
        let over = UNIX_EPOCH + end(&cert, &key).unwrap();
        let soon = found(over - SOON + Duration::from_secs(1));
        assert!(soon.how == How::Note && soon.found.contains("13 days"), "{soon}");
        let late = found(over + Duration::from_secs(1));
        assert!(late.how == How::Wrong && late.remedy.contains("Renew"), "{late}");
        assert_eq!(certificate(&Config::from_flags::<&str>([]).unwrap(), now), None);
    }
}
