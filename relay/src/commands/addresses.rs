//! Whether the relay can listen where it is told to.

use std::net::{SocketAddr, TcpListener};

use super::check::{Finding, fine, note, wrong};
use crate::admin;
use crate::config::Config;
use crate::listener::AddressError;

/// What is found of each address; all are held until all are looked at, so that none is named twice.
pub(super) fn addresses(config: &Config) -> Vec<Finding> {
    let mut held = Vec::new();
    wanted(config)
        .into_iter()
        .map(|(address, what, setting)| match TcpListener::bind(address) {
            Ok(listener) => {
                held.push(listener);
                fine(format!("{what}: {address} is free"))
            }
            Err(cause) => refused(what, address, &AddressError::new(address, setting, cause)),
        })
        .collect()
}

/// Where the relay listens, what for, and which setting says so.
fn wanted(config: &Config) -> Vec<(SocketAddr, &'static str, &'static str)> {
    let redirect = config.own_tls.redirect_listen;
    let redirect = redirect.map(|address| (address, "plain HTTP", "--redirect-listen"));
    let dashboard = admin::address(config).map(|address| (address, "dashboard", "--admin-listen"));
    std::iter::once((config.listen, "address", "--listen"))
        .chain(redirect)
        .chain(dashboard)
        .collect()
}

/// One that is in use is in use by the relay that runs already, most often.
fn refused(what: &str, address: SocketAddr, error: &AddressError) -> Finding {
    if error.is_in_use() {
        return note(format!("{what}: {address} is in use"), error.remedy());
    }
    wrong(format!("{what}: {address} cannot be had"), error.remedy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::How;

    fn found(flags: &[&str]) -> Vec<Finding> {
        addresses(&Config::from_flags(flags).unwrap())
    }

    #[test]
    fn each_address_in_use_or_elsewhere_is_told_with_its_setting() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = taken.local_addr().unwrap().to_string();
        let _still = TcpListener::bind(&taken);
        for setting in ["--listen", "--redirect-listen", "--admin-listen"] {
            for (address, how) in [(taken.as_str(), How::Note), ("192.0.2.1:80", How::Wrong)] {
                let mut flags = vec!["--acme-domain", "relay.example", setting, address];
                if setting != "--listen" {
                    flags.extend(["--listen", "127.0.0.1:0"]);
                }
                let found = found(&flags);
                let told: Vec<_> = found.iter().filter(|one| one.how != How::Fine).collect();
                assert!(
                    told.len() == 1 && told[0].how == how && told[0].remedy.contains(setting),
                    "{flags:?}: {found:?}"
                );
            }
        }
        assert_eq!(found(&["--listen", "127.0.0.1:0"]).len(), 1);
    }

    #[test]
    fn the_dashboard_s_usual_address_is_looked_at_once_a_password_is_set() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let flags = ["--data", data, "--listen", "127.0.0.1:0"];
        assert_eq!(found(&flags).len(), 1);
        std::fs::write(folder.path().join(admin::password::FILE), "").unwrap();
        assert!(found(&flags)[1].found.starts_with("dashboard: 127.0.0.1:8081 "));
    }
}
