//! Variables that look like settings and are none: a misspelt one would be left out without a word.

use std::collections::BTreeSet;

use clap::CommandFactory as _;

use super::check::{Finding, note};
use crate::config::{CREATE_TOKEN_VARIABLE, CommandLine, PEPPER_VARIABLE};

/// What the names of all variables of settings begin with.
const PREFIX: &str = "SOTTO_";

/// What is found among the variables of this process.
pub(super) fn variables() -> Vec<Finding> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    unknown(names)
}

fn unknown(names: impl Iterator<Item = String>) -> Vec<Finding> {
    let command = CommandLine::command();
    let settings = command.find_subcommand("serve").into_iter();
    let mut known: BTreeSet<String> = settings
        .flat_map(clap::Command::get_arguments)
        .filter_map(clap::Arg::get_env)
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    known.extend([PEPPER_VARIABLE, CREATE_TOKEN_VARIABLE].map(str::to_owned));
    let strange = names.filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    strange
        .map(|name| {
            note(
                format!("variable: {name} is no setting, and does nothing"),
                "Look how it is written; `sotto-relay serve --help` names all.",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_misspelt_is_told() {
        let names = [
            "SOTTO_LISTEN",
            "SOTTO_LISTN",
            "SOTTO_PEPPER",
            "SOTTO_CREATE_TOKEN",
            "LISTEN",
        ];
        let found = unknown(names.map(str::to_owned).into_iter());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].found.contains("SOTTO_LISTN "), "{found:?}");
    }
}
