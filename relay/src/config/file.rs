//! The settings file: TOML, with a key for each setting.
//!
//! Keys are not listed here: they are the flags that the command line declares, so a new setting has its key at once. What
//! the file says is put in place of the defaults before the command line is read. So flags and variables win, and one
//! parser judges a value wherever it stands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::{Table, Value};

/// The command whose settings the file holds.
const SERVE: &str = "serve";
/// The setting that names the file.
const CONFIG: &str = "config";
/// What stands in files of its own, each named with this and `-file`.
const SECRETS: [&str; 2] = ["pepper", "create-token"];

/// What is wrong with a settings file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error(
        "the settings file {file} cannot be read ({cause}): name another with --config, or let the user that the relay runs as read it"
    )]
    Unreadable {
        /// Which.
        file: String,
        /// What the system says.
        cause: String,
    },
    /// It is not TOML.
    #[error("the settings file {file} is not TOML: {cause}")]
    NotToml {
        /// Which.
        file: String,
        /// Where, and what was expected.
        cause: String,
    },
    /// A key is no setting.
    #[error("{file}: '{key}' is no setting; allowed are {allowed}")]
    Unknown {
        /// Which file.
        file: String,
        /// The key.
        key: String,
        /// Every setting.
        allowed: String,
    },
    /// A secret stands in the file.
    #[error(
        "{file}: {key} is a secret and may not stand here: put it into a file of its own and name that with {key}-file"
    )]
    Secret {
        /// Which file.
        file: String,
        /// The key.
        key: String,
    },
    /// A value is of a type that the setting does not have.
    #[error("{file}: {key} = {value} is of the wrong type: allowed is {allowed}")]
    Type {
        /// Which file.
        file: String,
        /// The key.
        key: String,
        /// What stands there.
        value: String,
        /// What may.
        allowed: &'static str,
    },
    /// A value is not allowed.
    #[error("{file}: {key} = {value} is not allowed: {allowed}")]
    Value {
        /// Which file.
        file: String,
        /// The key.
        key: String,
        /// What stands there.
        value: String,
        /// What may.
        allowed: String,
    },
}

/// Reads a command line, with the settings file that it or the environment names.
pub fn matches(mut command: Command, arguments: Vec<OsString>) -> Result<ArgMatches, clap::Error> {
    if let Some(file) = named(&command, &arguments) {
        let settings =
            read(&command, &file).map_err(|error| command.error(ErrorKind::ValueValidation, error))?;
        command = command.mut_subcommands(|subcommand| with_defaults(subcommand, &settings));
    }
    command.try_get_matches_from(arguments)
}

/// The file that a command line names. One that cannot be read at all names none: what is wrong with it is told later.
fn named(command: &Command, arguments: &[OsString]) -> Option<PathBuf> {
    let matches = command
        .clone()
        .ignore_errors(true)
        .try_get_matches_from(arguments)
        .ok()?;
    let (_, settings) = matches.subcommand()?;
    settings.try_get_one::<PathBuf>(CONFIG).ok().flatten().cloned()
}

/// A setting, and its values as they would stand on a command line.
type Setting = (String, Vec<String>);

fn read(command: &Command, path: &Path) -> Result<Vec<Setting>, FileError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| FileError::Unreadable {
        file: file.clone(),
        cause: error.to_string(),
    })?;
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| FileError::NotToml {
            file: file.clone(),
            cause: cause(&error, &text),
        })?;
    let Some(serve) = command.find_subcommand(SERVE) else {
        return Ok(Vec::new());
    };
    table
        .into_iter()
        .map(|(key, value)| setting(serve, &file, key, &value))
        .collect()
}

/// Where the text is wrong, without the text itself: it may hold what should not be repeated.
fn cause(error: &toml::de::Error, text: &str) -> String {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

fn setting(serve: &Command, file: &str, key: String, value: &Value) -> Result<Setting, FileError> {
    let file = file.to_owned();
    if SECRETS.contains(&key.as_str()) {
        return Err(FileError::Secret { file, key });
    }
    let Some(argument) = settings(serve).find(|argument| argument.get_long() == Some(&key)) else {
        let mut allowed: Vec<_> = settings(serve).filter_map(Arg::get_long).collect();
        allowed.sort_unstable();
        let allowed = allowed.join(", ");
        return Err(FileError::Unknown { file, key, allowed });
    };
    let values = match written(argument, value) {
        Ok(values) => values,
        Err(allowed) => {
            let value = value.to_string();
            return Err(FileError::Type {
                file,
                key,
                value,
                allowed,
            });
        }
    };
    if argument.get_action().takes_values()
        && let Some(allowed) = refusal(serve, &key, &values)
    {
        let value = value.to_string();
        return Err(FileError::Value {
            file,
            key,
            value,
            allowed,
        });
    }
    Ok((argument.get_id().to_string(), values))
}

/// The settings that have a key.
fn settings(serve: &Command) -> impl Iterator<Item = &Arg> {
    serve.get_arguments().filter(|argument| {
        argument
            .get_long()
            .is_some_and(|long| long != CONFIG && long != "help")
    })
}

/// A value as it would stand on the command line, or which type it must have.
fn written(argument: &Arg, value: &Value) -> Result<Vec<String>, &'static str> {
    let is_list =
        argument.get_value_delimiter().is_some() || matches!(argument.get_action(), ArgAction::Append);
    let allowed = match (argument.get_action().takes_values(), is_list) {
        (false, _) => "true or false",
        (true, false) => "text in quotes, or a whole number",
        (true, true) => "a list of texts in quotes",
    };
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        _ => Err(allowed),
    };
    match value {
        Value::Boolean(is_on) if !argument.get_action().takes_values() => Ok(vec![is_on.to_string()]),
        _ if !argument.get_action().takes_values() => Err(allowed),
        Value::Array(values) if is_list => values.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

/// What is allowed instead of these values, as the flag's own parser says it.
fn refusal(serve: &Command, key: &str, values: &[String]) -> Option<String> {
    let alone = serve
        .clone()
        .mut_args(|argument| argument.env(None::<&str>).required(false));
    let flags = values.iter().map(|value| format!("--{key}={value}"));
    let error = alone
        .try_get_matches_from(std::iter::once(SERVE.to_owned()).chain(flags))
        .err()?;
    match error.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {}
        // That it needs another setting is for the command line as a whole.
        _ => return None,
    }
    if let Some(ContextValue::Strings(allowed)) = error.get(ContextKind::ValidValue)
        && !allowed.is_empty()
    {
        return Some(format!("must be one of {}", allowed.join(", ")));
    }
    let source = std::error::Error::source(&error).map(ToString::to_string);
    Some(source.unwrap_or_else(|| error.kind().to_string()))
}

/// The command, with what the file says in place of its own defaults.
fn with_defaults(command: Command, settings: &[Setting]) -> Command {
    settings.iter().fold(command, |command, (id, values)| {
        if command
            .get_arguments()
            .any(|argument| argument.get_id() == id.as_str())
        {
            command.mut_arg(id.clone(), |argument| argument.default_values(values.clone()))
        } else {
            command
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::config::{CommandLine, Config};

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn with(text: &str, flags: &[&str]) -> Result<Config, clap::Error> {
        let file = file(text);
        let named = ["--config", file.path().to_str().unwrap()];
        Config::from_flags(named.into_iter().chain(flags.iter().copied()))
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let text =
            "listen = \"127.0.0.1:9\"\ncalm = 7\ntls = true\nlifetimes = [\"2h\", \"1h\"]\nlifetime = \"2h\"";
        let config = with(text, &["--calm", "8"]).unwrap();
        assert_eq!(config.listen.port(), 9);
        assert_eq!(config.calm, 8);
        assert!(config.tls);
        assert_eq!(config.lifetimes.len(), 2);
        assert_eq!(config.lifetime.as_secs(), 7200);
        assert_eq!(config.burst, 200);
        assert!(!with("tls = false", &[]).unwrap().tls);
        assert_eq!(with("lifetimes = \"7d,9d\"", &[]).unwrap().lifetimes.len(), 2);
    }

    /// The environment stands between: shown on a command of its own, for a test may not set this process's variables.
    #[test]
    fn a_variable_wins_over_the_file() {
        let (name, value) = std::env::vars()
            .find(|(name, value)| !value.is_empty() && name.chars().all(char::is_uppercase))
            .unwrap();
        let file = file("word = \"from the file\"");
        let command = |name: &str| {
            let word = Arg::new("word").long("word").env(name.to_owned());
            let config = Arg::new(CONFIG)
                .long(CONFIG)
                .value_parser(clap::value_parser!(PathBuf));
            Command::new("test").subcommand(Command::new(SERVE).arg(word).arg(config))
        };
        let arguments = || {
            ["test", SERVE, "--config", file.path().to_str().unwrap()]
                .map(OsString::from)
                .to_vec()
        };
        let word = |name| {
            let matches = matches(command(name), arguments()).unwrap();
            let serve = matches.subcommand_matches(SERVE).unwrap();
            serve.get_one::<String>("word").unwrap().clone()
        };
        assert_eq!(word(&name), value);
        assert_eq!(word("SOTTO_NO_SUCH_VARIABLE"), "from the file");
    }

    #[test]
    fn what_is_wrong_is_told_with_file_key_and_what_is_allowed() {
        for (text, words) in [
            ("listn = \"x\"", ["listn", "no setting", "listen, log"]),
            ("config = \"x\"", ["config", "no setting", "listen, log"]),
            ("pepper = \"00ff\"", ["secret", "pepper-file", "of its own"]),
            (
                "create-token = \"00ff-lighthouse\"",
                ["secret", "create-token-file", "of its own"],
            ),
            ("calm = true", ["calm = true", "wrong type", "whole number"]),
            ("calm = 1.5", ["calm = 1.5", "wrong type", "whole number"]),
            ("tls = \"yes\"", ["tls = \"yes\"", "wrong type", "true or false"]),
            ("listen = [\"a\"]", ["listen", "wrong type", "text in quotes"]),
            ("grain = \"soon\"", ["grain = \"soon\"", "not allowed", "15m"]),
            ("lifetimes = [\"1h\", \"500y\"]", ["lifetimes", "500y", "7d"]),
            ("calm = 0", ["calm = 0", "not allowed", "1.."]),
            ("log = \"loud\"", ["log = \"loud\"", "one of", "trace"]),
            ("calm = 1\ncalm", ["not TOML", "line 2", "expected"]),
            ("[tables]\nlisten = \"x\"", ["tables", "no setting", "listen"]),
        ] {
            let told = with(text, &[]).unwrap_err().to_string();
            for word in words {
                assert!(told.contains(word), "{word:?} is missing in {told:?}");
            }
            assert!(!told.contains("00ff"), "{told}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let told = Config::from_flags(["--config", "/no/such/file"])
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("/no/such/file") && told.contains("--config"),
            "{told}"
        );
    }

    /// Every setting has a key, and takes in the file what it takes as a flag.
    #[test]
    fn each_setting_is_a_key() {
        let command = <CommandLine as clap::CommandFactory>::command();
        let serve = command.find_subcommand(SERVE).unwrap();
        for argument in settings(serve) {
            let key = argument.get_long().unwrap();
            let defaults: Vec<_> = argument
                .get_default_values()
                .iter()
                .map(|value| value.to_string_lossy())
                .collect();
            let value = match (argument.get_action().takes_values(), defaults.is_empty()) {
                (false, _) => Value::Boolean(true),
                (true, true) => continue,
                (true, false) => Value::String(defaults.join(",")),
            };
            let read = setting(serve, "file", key.to_owned(), &value);
            assert!(read.is_ok(), "{read:?}");
        }
    }
}
