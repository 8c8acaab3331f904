//! What belongs to a package: completions for shells, and the manual page.

use std::io::Write;

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::config::CommandLine;
use crate::config::manual::{MORE, VARIABLES};

/// Writes what completes the command line in a shell.
pub fn completions(shell: Shell, mut out: impl Write) {
    clap_complete::generate(shell, &mut CommandLine::command(), "sotto-relay", &mut out);
}

/// Writes the manual page: one for all commands, with every setting.
pub fn manual(mut out: impl Write) -> Result<()> {
    let command = CommandLine::command();
    let page = Man::new(command.clone());
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    commands(&command).to_writer(&mut out)?;
    for section in MORE.split("\n\n") {
        preformatted(section).to_writer(&mut out)?;
    }
    let mut settings = Roff::new();
    settings.control("SH", ["SETTINGS"]);
    settings.text([roman(
        "Every command but completions and man takes these, under the headings that follow.",
    )]);
    settings.text([roman(VARIABLES)]);
    settings.to_writer(&mut out)?;
    if let Some(serve) = command.find_subcommand("serve") {
        Man::new(serve.clone()).render_options_section(&mut out)?;
    }
    page.render_version_section(&mut out)?;
    Ok(())
}

fn commands(command: &clap::Command) -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["COMMANDS"]);
    for subcommand in command.get_subcommands() {
        section.control("TP", []);
        section.text([bold(subcommand.get_name())]);
        let about = subcommand.get_about().map(ToString::to_string);
        section.text([roman(about.unwrap_or_default())]);
    }
    section
}

/// A heading that ends with a colon, and lines that stay as they are.
fn preformatted(text: &str) -> Roff {
    let mut section = Roff::new();
    let (heading, lines) = text.split_once(":\n").unwrap_or_default();
    section.control("SH", [heading.to_uppercase().as_str()]);
    section.control("nf", []);
    for line in lines.lines() {
        section.text([roman(line)]);
    }
    section.control("fi", []);
    section
}
