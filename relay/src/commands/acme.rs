//! Whether a certificate could be issued, as far as it can be known from here: the authority asks from outside.

use std::net::{IpAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use tokio::net::lookup_host;

use super::check::{Finding, fine, note, wrong};
use crate::acme;
use crate::config::Config;

/// The port that an authority looks at.
const PORT: u16 = 443;
/// How long a name server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is found; nothing where the relay has no certificate issued.
pub(super) async fn findings(config: &Config) -> Vec<Finding> {
    if !config.own_tls.is_issued() {
        return Vec::new();
    }
    if let Err(trouble) = acme::can_ask(&config.own_tls) {
        return vec![wrong(
            format!("authority: {trouble}"),
            "It is a file of certificates in PEM.",
        )];
    }
    let mut findings = vec![port(config)];
    for name in &config.own_tls.acme_domain {
        findings.push(leads_here(name).await);
    }
    findings.push(match acme::answers(&config.own_tls).await {
        Ok(()) => fine(format!(
            "authority: {} answers; --acme-domain agrees to its terms",
            config.own_tls.acme_directory
        )),
        Err(trouble) => note(
            format!("authority: {trouble}"),
            "Without it no certificate is issued or renewed; one that is there is used.",
        ),
    });
    findings.extend(kept(&acme::folder(&config.data)));
    findings
}

/// Whether the port that the authority looks at can be this one.
fn port(config: &Config) -> Finding {
    let listen = config.listen;
    if listen.ip().is_loopback() {
        return note(
            format!("certificate authority: it cannot reach {listen}, which is for this machine only"),
            "Listen where others come: --listen 0.0.0.0:443. Or have port 443 passed on to it as it is, TLS included.",
        );
    }
    if listen.port() != PORT {
        return note(
            format!("certificate authority: it looks at port 443, and the relay listens on {listen}"),
            "Forward port 443 to it as it is, TLS included, or name --listen 0.0.0.0:443.",
        );
    }
    fine("certificate authority: it looks at port 443, where the relay listens")
}

/// Whether the name has an address, and one of this machine's.
async fn leads_here(name: &str) -> Finding {
    let looked = tokio::time::timeout(PATIENCE, lookup_host((name, PORT))).await;
    let addresses: Vec<IpAddr> = match looked {
        Ok(Ok(found)) => found.map(|address| address.ip()).collect(),
        _ => Vec::new(),
    };
    let is_ours = |address: &IpAddr| TcpListener::bind((*address, 0)).is_ok();
    match (
        addresses.first(),
        addresses.iter().find(|address| !is_ours(address)),
    ) {
        (None, _) => note(
            format!("name: no address is found for {name}"),
            "Set an A or AAAA record that leads to this machine; it may take a while to be seen everywhere.",
        ),
        (_, Some(other)) => note(
            format!("name: {name} leads to {other}, which is not an address of this machine itself"),
            "That is right where a router or a cloud passes port 443 on to this machine; if not, change the record.",
        ),
        _ => fine(format!("name: {name} leads to this machine")),
    }
}

/// Whether others may read the keys.
#[cfg(unix)]
fn kept(folder: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;

    let is_open = |path: &Path| {
        path.metadata()
            .is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
    };
    let files = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let mut all = std::iter::once(folder.to_owned()).chain(files.map(|file| file.path()));
    let open = all.find(|path| is_open(path))?;
    let shown = folder.display();
    Some(note(
        format!("keys: others than its owner may look into {}", open.display()),
        format!("chmod -R go= {shown}"),
    ))
}

#[cfg(not(unix))]
fn kept(_: &Path) -> Option<Finding> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::How;

    fn config(flags: &[&str]) -> Config {
        Config::from_flags(["--acme-domain", "relay.example"].iter().chain(flags)).unwrap()
    }

    #[test]
    fn a_port_that_the_authority_does_not_look_at_is_told() {
        let found = port(&config(&[]));
        assert!(
            found.how == How::Note && found.remedy.contains("--listen"),
            "{found}"
        );
        let found = port(&config(&["--listen", "0.0.0.0:8443"]));
        assert!(found.how == How::Note && found.remedy.contains("443"), "{found}");
        assert_eq!(port(&config(&["--listen", "0.0.0.0:443"])).how, How::Fine);
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_told() {
        let found = leads_here("nowhere.invalid").await;
        assert!(
            found.how == How::Note && found.found.contains("no address"),
            "{found}"
        );
        assert_eq!(leads_here("localhost").await.how, How::Fine);
        let found = leads_here("192.0.2.1").await;
        assert!(
            found.how == How::Note && found.found.contains("192.0.2.1"),
            "{found}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn keys_that_others_may_read_are_told() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        set(folder.path(), 0o700).unwrap();
        let file = folder.path().join("certificate.pem");
        std::fs::write(&file, "").unwrap();
        set(&file, 0o600).unwrap();
        assert_eq!(kept(folder.path()), None);
        set(&file, 0o640).unwrap();
        assert!(kept(folder.path()).unwrap().found.contains("certificate.pem"));
        assert_eq!(kept(&folder.path().join("none")), None);
    }

    #[tokio::test]
    async fn without_a_name_nothing_is_looked_at() {
        assert_eq!(findings(&Config::from_flags::<&str>([]).unwrap()).await, []);
    }
}
