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
    ] {
        let told = refused(&flags);
        for word in words {
            assert!(told.contains(word), "{word:?} is missing in {told:?}");
        }
    }
}

#[test]
fn the_own_setting_wins_over_rust_log() {
    let ours = Config::from_flags(["--log", "warn"]).unwrap();
    assert_eq!(ours.log_level("trace").unwrap(), LevelFilter::WARN);
    let none = Config::from_flags::<&str>([]).unwrap();
    assert_eq!(none.log_level("trace").unwrap(), LevelFilter::TRACE);
    let told = none.log_level("sqlx=loud").unwrap_err().to_string();
    for word in ["RUST_LOG", "sqlx=loud", "TARGET=LEVEL"] {
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
