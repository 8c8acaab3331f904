//! What the help of the whole program says besides its commands; the manual page is the same.

/// What it is.
pub(super) const ABOUT: &str = "\
Sotto's relay: serves the page, and stores and forwards what people seal in their browsers. It cannot read it.

Every setting is a flag, an environment variable and a key of a TOML file that --config names: `sotto-relay serve --help` has \
all of them. A flag wins over a variable, a variable over the file, the file over the default. Without any setting the relay \
serves on http://127.0.0.1:8080 and keeps everything in the folder sotto-data. What is a secret is never a flag.";

/// How a setting's variable is named.
pub(crate) const VARIABLES: &str =
    "The variable of --some-setting is SOTTO_SOME_SETTING, its key in the file some-setting.";

/// What comes behind the commands.
pub(crate) const MORE: &str = "\
Examples:
  sotto-relay serve
      On http://127.0.0.1:8080, to try it out.
  sotto-relay serve --data /var/lib/sotto --listen 0.0.0.0:443 --acme-domain relay.example
      HTTPS by itself, with a certificate from Let's Encrypt. This agrees to their terms.
  sotto-relay serve --data /var/lib/sotto --tls --proxy-header x-forwarded-for
      Behind a proxy on this machine that ends TLS.
  sotto-relay check --data /var/lib/sotto --listen 0.0.0.0:443
      What would keep a relay with these settings from serving, and what to do about it.
  sotto-relay backup --data /var/lib/sotto /var/backups/sotto-1
      All but messages and codes, while the relay runs.

Files in the data folder, for its owner only:
  sotto.db        rooms, sealed under the pepper; with -wal and -shm beside it while it is used
  pepper          the relay's secret, unless it is elsewhere (--pepper-file, SOTTO_PEPPER)
  admin-password  a hash of the dashboard's password
  acme/           account, key and certificate of --acme-domain
  lock            held by whoever uses the folder

Exit status:
  0  it is done; a relay would serve (check), or is well (healthcheck)
  1  it is not, and one line on standard error says why
  2  a setting is wrong: its name, its value and what is allowed are told";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::config::CommandLine;

    #[test]
    fn each_variable_is_named_after_its_flag() {
        let command = CommandLine::command();
        let serve = command.find_subcommand("serve").unwrap();
        for setting in serve.get_arguments().filter(|setting| setting.get_id() != "help") {
            let named = setting.get_long().unwrap().replace('-', "_").to_uppercase();
            let variable = setting.get_env().unwrap().to_str().unwrap();
            assert_eq!(variable, format!("SOTTO_{named}"));
        }
    }

    #[test]
    fn each_example_is_a_command_line() {
        let examples: Vec<_> = MORE
            .lines()
            .filter(|line| line.starts_with("  sotto-relay "))
            .collect();
        assert_eq!(examples.len(), 5);
        for example in examples {
            let read = CommandLine::try_parse_from(example.split_whitespace());
            assert!(read.is_ok(), "{example}: {:?}", read.err());
        }
    }
}
