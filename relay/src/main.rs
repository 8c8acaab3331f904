//! The relay's command line: read the settings, do what was asked.

use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;

use anyhow::Result;
use sotto_relay::commands::check::{How, check};
use sotto_relay::commands::{
    admin_password, backup, completions, healthcheck, manual, migrate, purge, restore,
};
use sotto_relay::config::{Action, CommandLine, Config, RUST_LOG_VARIABLE};
use sotto_relay::listener::listen;
use sotto_relay::{Relay, logging, signals};

/// Why not the system's: `docs/decisions/mimalloc.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What went wrong is one line, from the whole to its cause.
#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            // Where nobody reads it, nothing can be done about that.
            let _ = writeln!(stderr(), "sotto-relay: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode> {
    let checked = |config: Config| config.checked().unwrap_or_else(|error| error.exit());
    let said = match CommandLine::with_file()
        .unwrap_or_else(|error| error.exit())
        .action
    {
        Action::Serve(config) => return serve(checked(config)).await.map(|()| ExitCode::SUCCESS),
        Action::Check(config) => return look(&checked(config)).await,
        Action::Migrate(config) => migrate(&checked(config))?,
        Action::Purge(config) => purge(&checked(config))?,
        Action::Backup { config, folder } => backup(&checked(config), &folder)?,
        Action::Restore { config, folder } => restore(&checked(config), &folder)?,
        Action::Healthcheck(config) => healthcheck(&checked(config)).await?,
        Action::AdminPassword(config) => admin_password(&checked(config))?,
        Action::Completions { shell } => {
            completions(shell, stdout());
            return Ok(ExitCode::SUCCESS);
        }
        Action::Man => return manual(stdout()).map(|()| ExitCode::SUCCESS),
    };
    writeln!(stdout(), "{said}")?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config) -> Result<()> {
    let rust_log = std::env::var(RUST_LOG_VARIABLE).unwrap_or_default();
    let level = config.log_level(&rust_log).unwrap_or_else(|error| error.exit());
    logging::start(level, config.log_format);
    let listener = listen(config.listen, "--listen")?;
    Ok(Relay::serve(listener, signals::first(), config).await?)
}

/// Prints every finding; fails if the relay would not serve.
async fn look(config: &Config) -> Result<ExitCode> {
    let findings = check(config).await;
    for finding in &findings {
        writeln!(stdout(), "{finding}")?;
    }
    let wrong = findings
        .iter()
        .filter(|finding| finding.how == How::Wrong)
        .count();
    writeln!(stdout(), "{}", conclusion(wrong))?;
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn conclusion(wrong: usize) -> String {
    match wrong {
        0 => "A relay with these settings would serve.".to_owned(),
        1 => "A relay with these settings would not serve: one thing is wrong.".to_owned(),
        many => format!("A relay with these settings would not serve: {many} things are wrong."),
    }
}
