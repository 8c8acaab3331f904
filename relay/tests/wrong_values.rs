//! Every setting refuses a wrong value, whichever way it comes: the start ends, and one is told the setting, the value and what
//! is allowed. A setting that is in the documented list and not in this one fails here.
//!
//! Red when made: a line taken out of the list; `can_ask` taken out of `relay.rs` (the relay served, with `--acme-root` naming
//! nothing).

#![expect(clippy::unwrap_used, reason = "a test that fails says so by a panic")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A setting, a wrong value of it, and words that say what is allowed. `{}` is a path where nothing is or can be.
type Wrong = (&'static str, &'static str, &'static str);

const WRONG: [Wrong; 46] = [
    ("config", "{}", "name another with --config"),
    ("listen", "localhost", "invalid socket address"),
    ("base-path", "some/path", "/some/path"),
    ("data", "{}", "name another with --data"),
    ("pepper-file", "{}", "name another with --pepper-file"),
    ("create-token-file", "{}", "name another with --create-token-file"),
    ("lifetimes", "soon", "written like 90s"),
    ("lifetime", "2h", "must be one of"),
    ("grain", "0s", "at least 1s"),
    ("compaction", "1500ms", "whole seconds"),
    ("calm", "0", "1.."),
    ("connections", "none", "invalid digit"),
    ("queue", "12", "at least 65536"),
    ("frames", "0", "1.."),
    ("burst", "0", "1.."),
    ("ping", "soon", "written like 90s"),
    ("rooms", "0", "1.."),
    ("disk", "10GiB", "written like 500MB"),
    ("unopened", "soon", "written like 90s"),
    ("head", "100", "at least 8192"),
    ("source-connections", "0", "1.."),
    ("source-requests", "0", "1.."),
    ("source-frames", "0", "1.."),
    ("source-bytes", "65535", "65536.."),
    ("source-attempts", "0", "1.."),
    ("source-rooms", "0", "1.."),
    ("onion", "perhaps", "true"),
    ("proxy-header", "no name", "invalid HTTP header name"),
    ("trusted-proxies", "home", "such as 10.0.0.0/8"),
    ("tls", "perhaps", "true"),
    ("tls-cert", "{}", "--tls-cert"),
    ("tls-key", "{}", "--tls-key"),
    ("acme-domain", "https://relay.example", "relay.example.org"),
    ("acme-contact", "mailto:me", "me@example.org"),
    ("acme-directory", "http://ca.example", "begins with https://"),
    ("acme-root", "{}", "name another with --acme-root"),
    ("redirect-listen", "80", "invalid socket address"),
    ("log", "loud", "trace"),
    ("log-format", "xml", "json"),
    ("contact", "ana", "mailto:ana@relay.example"),
    ("contact-languages", "e", "pt-BR"),
    ("notice", "\u{202e}turned", "plain text"),
    ("site", "relay.example", "https://relay.example"),
    ("admin-listen", "8081", "invalid socket address"),
    ("admin-tls", "perhaps", "true"),
    ("admin-idle", "soon", "written like 90s"),
];

/// What a setting cannot be without.
fn beside(setting: &str, folder: &Path) -> Vec<String> {
    let certificate = folder.join("file").display().to_string();
    match setting {
        "tls-cert" => vec!["--tls-key".to_owned(), certificate],
        "tls-key" => vec!["--tls-cert".to_owned(), certificate],
        "acme-contact" | "acme-root" | "redirect-listen" => {
            ["--acme-domain", "relay.example"].map(str::to_owned).to_vec()
        }
        _ => Vec::new(),
    }
}

/// Starts a relay that should not start, under coreutils' `timeout`.
fn serve(folder: &Path, setting: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["20", env!("CARGO_BIN_EXE_sotto-relay"), "serve"]);
    command.args(beside(setting, folder));
    let data = folder.join("data").display().to_string();
    for (other, value) in [("listen", "127.0.0.1:0"), ("data", &data)] {
        if setting != other {
            command.arg(format!("--{other}={value}"));
        }
    }
    command
}

fn judge(way: &str, (setting, value, allowed): (&str, &str, &str), output: &Output) {
    let told = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(matches!(code, Some(1 | 2)), "{way} {setting}: {code:?}, {told}");
    for words in [setting, value, allowed] {
        assert!(
            told.contains(words),
            "{way} {setting}: {words:?} is missing in {told}"
        );
    }
}

/// A folder, and a path in it where nothing can be made: a file is in the way, which holds a certificate.
fn folder() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, made.cert.pem()).unwrap();
    let nowhere = file.join("nowhere").display().to_string();
    (folder, nowhere)
}

#[test]
fn there_is_one_for_every_setting() {
    let document = include_str!("../../docs/settings.md");
    let documented = document.lines().filter_map(|line| line.strip_prefix("| `--"));
    let documented: BTreeSet<_> = documented.filter_map(|rest| rest.split('`').next()).collect();
    let tried: BTreeSet<_> = WRONG.iter().map(|(setting, ..)| *setting).collect();
    assert_eq!(tried, documented);
}

#[test]
fn as_a_flag() {
    let (folder, nowhere) = folder();
    for (setting, value, allowed) in WRONG {
        let value = value.replace("{}", &nowhere);
        let mut command = serve(folder.path(), setting);
        let output = command.arg(format!("--{setting}={value}")).output().unwrap();
        // A flag that takes no value is told how it is written.
        let allowed = if value == "perhaps" { "Usage: " } else { allowed };
        judge("flag", (setting, &value, allowed), &output);
    }
}

#[test]
fn as_a_variable() {
    let (folder, nowhere) = folder();
    for (setting, value, allowed) in WRONG {
        let value = value.replace("{}", &nowhere);
        let name = format!("SOTTO_{}", setting.replace('-', "_").to_uppercase());
        let mut command = serve(folder.path(), setting);
        let output = command.env(name, &value).output().unwrap();
        judge("variable", (setting, &value, allowed), &output);
    }
}

#[test]
fn as_a_key_of_the_file() {
    let (folder, nowhere) = folder();
    let file = folder.path().join("settings.toml");
    // The file names no other.
    for (setting, value, allowed) in WRONG.into_iter().filter(|(setting, ..)| *setting != "config") {
        let value = value.replace("{}", &nowhere);
        std::fs::write(&file, format!("{setting} = \"{value}\"")).unwrap();
        let mut command = serve(folder.path(), setting);
        let output = command.arg("--config").arg(&file).output().unwrap();
        judge("key", (setting, &value, allowed), &output);
    }
}

/// What is a secret is told by the name of its variable and what is allowed, and not repeated.
#[test]
fn a_secret_as_a_variable() {
    let (folder, _) = folder();
    for (name, allowed) in [
        ("SOTTO_PEPPER", "64 hexadecimal digits"),
        ("SOTTO_CREATE_TOKEN", "8 to 64 printable"),
    ] {
        let output = serve(folder.path(), "").env(name, "a b c d").output().unwrap();
        judge(name, (name, name, allowed), &output);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("a b c d"));
    }
}

#[test]
fn rust_log() {
    let (folder, _) = folder();
    let output = serve(folder.path(), "")
        .env("RUST_LOG", "rustls=loud")
        .output()
        .unwrap();
    judge("variable", ("RUST_LOG", "rustls=loud", "TARGET=LEVEL"), &output);
}
