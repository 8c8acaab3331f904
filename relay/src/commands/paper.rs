//! What belongs to a package: completions for shells, and the manual page.

use std::io::Write;

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::config::CommandLine;

/// Writes what completes the command line in a shell.
pub fn completions(shell: Shell, mut out: impl Write) {
    clap_complete::generate(shell, &mut CommandLine::command(), "sotto-relay", &mut out);
}

/// Writes the manual page, with all commands in it.
pub fn manual(mut out: impl Write) -> Result<()> {
    let command = CommandLine::command();
    let page = clap_mangen::Man::new(command.clone());
    page.render(&mut out)?;
    let Some(serve) = command.find_subcommand("serve") else {
        return Ok(());
    };
    writeln!(out, ".SH SETTINGS")?;
    clap_mangen::Man::new(serve.clone()).render_options_section(&mut out)?;
    Ok(())
}
