//! The relay's command line: read the settings, start logging, listen, serve.

use anyhow::Context as _;
use clap::Parser as _;
use sotto_relay::config::{Action, CommandLine};
use sotto_relay::{Relay, logging, signals};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Action::Serve(config) = CommandLine::parse().action;
    let config = config.checked().unwrap_or_else(|error| error.exit());
    logging::start(config.log.into());
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    Relay::serve(listener, signals::first(), config).await?;
    Ok(())
}
