use super::*;

fn refused(flags: &[&str]) -> String {
    Config::from_flags(flags).unwrap_err().to_string()
}

/// `docs/settings.md` is the same list: flag, variable and default of each setting.
#[test]
fn the_documented_list_is_this_one() {
    use clap::CommandFactory as _;

    let document = include_str!("../../../docs/settings.md");
    let documented: Vec<String> = document
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .map(|line| line.split(" | ").take(3).collect::<Vec<_>>().join(" | "))
        .collect();
    let command = CommandLine::command();
    let serve = command.find_subcommand("serve").unwrap();
    let ours: Vec<String> = serve
        .get_arguments()
        .filter(|argument| argument.get_id() != "help")
        .map(|argument| {
            let defaults = argument.get_default_values().iter();
            let default: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
            let default = if default.is_empty() {
                "none".into()
            } else {
                format!("`{}`", default.join(","))
            };
            let variable = argument.get_env().unwrap().to_string_lossy();
            format!(
                "| `--{}` | `{variable}` | {default}",
                argument.get_long().unwrap()
            )
        })
        .collect();
    assert_eq!(documented, ours);
}

/// What the documents for operators name of settings and commands is there, and the README leads to the list and names every
/// command.
#[test]
fn documents_speak_of_settings_that_there_are() {
    use clap::CommandFactory as _;

    let command = CommandLine::command();
    let serve = command.find_subcommand("serve").unwrap();
    let flags: Vec<_> = serve.get_arguments().filter_map(clap::Arg::get_long).collect();
    let readme = include_str!("../../../README.md");
    let documents = [
        readme,
        include_str!("../../../docs/operations.md"),
        include_str!("../../../docs/settings.md"),
        include_str!("../../../deploy/sotto-relay.service"),
        include_str!("../../../deploy/sotto-relay.default"),
        include_str!("../../../deploy/Dockerfile"),
        include_str!("../../../deploy/nginx.conf"),
        include_str!("../../../deploy/Caddyfile"),
    ];
    let word = |rest: &str| -> String {
        rest.chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter))
            .collect()
    };
    let mut named = 0;
    for document in documents {
        for rest in document.split("`--").skip(1) {
            let flag = word(rest);
            assert!(flags.contains(&flag.as_str()), "--{flag} is no setting");
            named += 1;
        }
        for rest in document
            .split("SOTTO_")
            .skip(1)
            // The page's compiler, and the beginning of all of them.
            .filter(|rest| !rest.starts_with("COMPILER") && !rest.starts_with('`'))
        {
            let flag = word(rest).to_lowercase().replace('_', "-");
            let is_known =
                flags.contains(&flag.as_str()) || ["pepper", "create-token"].contains(&flag.as_str());
            assert!(is_known, "SOTTO_{} is no variable", word(rest));
            named += 1;
        }
    }
    assert!(named > 150, "{named} were found");
    assert!(readme.contains("(docs/settings.md)"));
    for command in command.get_subcommands().map(clap::Command::get_name) {
        let is_named = [format!("`{command}"), format!("`sotto-relay {command}")];
        assert!(is_named.iter().any(|name| readme.contains(name)), "{command}");
    }
}

#[test]
fn defaults() {
    let config = Config::from_flags::<&str>([]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.lifetimes.iter().map(Duration::as_secs).collect::<Vec<_>>(),
        [3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600]
    );
    assert_eq!(config.lifetime.as_secs(), 7 * 24 * 3600);
    assert_eq!(config.grain.as_secs(), 3600);
    assert_eq!(config.compaction.as_secs(), 60);
}

#[test]
fn bytes_with_and_without_a_unit() {
    for (written, bytes) in [
        ("1000000", 1_000_000),
        ("1500kB", 1_500_000),
        ("500MB", 500_000_000),
        ("10GB", 10_000_000_000),
        ("2TB", 2_000_000_000_000),
    ] {
        assert_eq!(
            Config::from_flags(["--disk", written]).unwrap().limits.disk,
            bytes
        );
    }
}

#[test]
fn lifetimes_in_seconds_and_in_order() {
    let config =
        Config::from_flags(["--lifetimes", "9s,3s,9s", "--lifetime", "3s", "--grain", "1s"]).unwrap();
    assert_eq!(config.lifetimes, [Duration::from_secs(3), Duration::from_secs(9)]);
}

#[test]
fn a_wrong_value_is_named_with_what_is_allowed() {
    for (flags, words) in [
        (["--grain", "soon"], ["--grain", "soon", "15m"]),
        (["--grain", "0s"], ["--grain", "0s", "at least 1s"]),
        (["--grain", "1500ms"], ["--grain", "1500ms", "whole seconds"]),
        (["--lifetimes", "1h,500y"], ["--lifetimes", "500y", "7d"]),
        (["--lifetime", "2h"], ["--lifetime", "2h", "1h, 1day, 7days"]),
        (["--queue", "12"], ["--queue", "12", "65536"]),
        (["--listen", "here"], ["--listen", "here", "socket address"]),
        (
            ["--trusted-proxies", "10.0.0.0/8,home"],
            ["--trusted-proxies", "home", "fd00::/8"],
        ),
        (["--log", "loud"], ["--log", "loud", "trace"]),
        (["--log-format", "xml"], ["--log-format", "xml", "json"]),
        (["--calm", "0"], ["--calm", "0", "1.."]),
        (
            ["--acme-directory", "http://ca.example/dir"],
            ["--acme-directory", "http://ca.example/dir", "https://"],
        ),
        (["--disk", "10GiB"], ["--disk", "10GiB", "500MB"]),
        (["--disk", "999kB"], ["--disk", "999kB", "at least 1MB"]),
        (["--disk", "99999999999GB"], ["--disk", "GB", "2TB"]),
        (["--unopened", "soon"], ["--unopened", "soon", "15m"]),
        (["--head", "100"], ["--head", "100", "8192"]),
        (["--rooms", "0"], ["--rooms", "0", "1.."]),
        (
            ["--source-connections", "0"],
            ["--source-connections", "0", "1.."],
        ),
        (
            ["--source-requests", "many"],
            ["--source-requests", "many", "invalid"],
        ),
        (["--source-frames", "0"], ["--source-frames", "0", "1.."]),
        (
            ["--source-bytes", "65535"],
            ["--source-bytes", "65535", "65536.."],
        ),
        (["--source-attempts", "0"], ["--source-attempts", "0", "1.."]),
        (
            ["--source-rooms", "5000000000"],
            ["--source-rooms", "5000000000", "1.."],
        ),
        (["--onion", "false"], ["false", "unexpected", "Usage"]),
    ] {
        let told = refused(&flags);
        for word in words {
            assert!(told.contains(word), "{word:?} is missing in {told:?}");
        }
    }
}

/// What is no value of any of them: a control character. Any text is a path; that is looked at when it is used.
#[test]
fn every_setting_but_a_path_refuses_a_wrong_value_by_its_name() {
    use clap::CommandFactory as _;

    let command = CommandLine::command();
    let settings = command.find_subcommand("serve").unwrap().get_arguments();
    let mut refusing = 0;
    for setting in settings.filter(|setting| setting.get_action().takes_values()) {
        if setting.get_value_parser().type_id() == std::any::TypeId::of::<PathBuf>() {
            continue;
        }
        let name = format!("--{}", setting.get_long().unwrap());
        let told = refused(&[&name, "\u{7f}"]);
        assert!(told.contains(&format!("'{name} ")), "{name}: {told}");
        refusing += 1;
    }
    assert!(refusing > 30, "{refusing} settings");
}

#[test]
fn the_own_setting_wins_over_rust_log() {
    let ours = Config::from_flags(["--log", "warn"]).unwrap();
    assert_eq!(ours.log_level("trace").unwrap(), LevelFilter::WARN);
    let none = Config::from_flags::<&str>([]).unwrap();
    assert_eq!(none.log_level("trace").unwrap(), LevelFilter::TRACE);
    let told = none.log_level("rustls=loud").unwrap_err().to_string();
    for word in ["RUST_LOG", "rustls=loud", "TARGET=LEVEL"] {
        assert!(told.contains(word), "{word:?} is missing in {told:?}");
    }
}

#[test]
fn the_pepper_is_no_flag() {
    let command = <CommandLine as clap::CommandFactory>::command();
    let serve = command.find_subcommand("serve").unwrap();
    assert!(
        serve
            .get_arguments()
            .all(|argument| argument.get_id() != "pepper")
    );
    let config = Config::from_flags(["--pepper-file", "/run/credentials/pepper"]).unwrap();
    assert!(matches!(config.pepper(), PepperSource::Credential(_)));
}

#[test]
fn a_name_that_no_certificate_can_be_for_is_refused() {
    let refused_name = |name: &str| {
        let told = refused(&[&format!("--acme-domain={name}")]);
        assert!(
            told.contains("--acme-domain") && told.contains("relay.example.org"),
            "{told}"
        );
    };
    for name in [
        "",
        "relay",
        "relay.example.",
        ".example",
        "*.example.org",
        "https://relay.example",
        "relay.example:443",
        "relay.example/x",
        "192.0.2.1",
        "[2001:db8::1]",
        "a_b.example",
        "-a.example",
        "a-.example",
        "r\u{e9}lais.example",
        "relay.example,",
        "a b.example",
    ] {
        refused_name(name);
    }
    refused_name(&format!("{}.example", "a".repeat(64)));
    refused_name(&format!("{}example", "abcdefghi.".repeat(25)));
    let config = Config::from_flags(["--acme-domain", "Relay.Example,xn--9d0b.example"]).unwrap();
    assert_eq!(config.own_tls.acme_domain, ["relay.example", "xn--9d0b.example"]);
    assert!(config.own_tls.is_on() && config.own_tls.files().is_none());
    let both = config.certificate_files().unwrap();
    assert_eq!(both.0, both.1);
}

#[test]
fn a_contact_is_one_address() {
    let with = |contact: &str| Config::from_flags(["--acme-domain", "a.example", "--acme-contact", contact]);
    for contact in [
        "",
        "me",
        "@example.org",
        "me@",
        "me@a@b",
        "me@example.org,you@example.org",
        "mailto:me@example.org",
        "m e@example.org",
    ] {
        let told = with(contact).unwrap_err().to_string();
        assert!(
            told.contains("--acme-contact") && told.contains("me@example.org"),
            "{told}"
        );
    }
    assert!(with("me@example.org").is_ok());
}

#[test]
fn an_authority_is_spoken_to_over_tls() {
    for url in ["", "ca.example", "https:///dir", "ftp://ca.example/"] {
        let told = refused(&["--acme-directory", url]);
        assert!(
            told.contains("--acme-directory") && told.contains("https://"),
            "{told}"
        );
    }
}

#[test]
fn settings_of_an_issued_certificate_go_together() {
    for (flags, words) in [
        (
            &["--acme-domain", "a.example", "--tls-cert", "c", "--tls-key", "k"][..],
            ["'--acme-domain'", "'--tls-cert'"],
        ),
        (
            &["--acme-contact", "me@example.org"],
            ["'--acme-contact'", "'--acme-domain'"],
        ),
        (&["--acme-root", "file"], ["'--acme-root'", "'--acme-domain'"]),
        (
            &["--redirect-listen", "127.0.0.1:0"],
            ["'--redirect-listen'", "'--acme-domain'"],
        ),
    ] {
        let told = refused(flags);
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    }
    assert!(Config::from_flags(["--acme-domain", "a.example", "--redirect-listen", "127.0.0.1:0"]).is_ok());
}

#[test]
fn the_create_token_is_no_flag() {
    let told = refused(&["--create-token", "lighthouse"]);
    assert!(
        told.contains("--create-token-file") && !told.contains("lighthouse"),
        "{told}"
    );
    let config = Config::from_flags(["--create-token-file", "/run/credentials/word"]).unwrap();
    assert!(matches!(config.create_token(), Some(WordSource::File(_))));
    assert!(Config::from_flags::<&str>([]).unwrap().create_token().is_none());
}
