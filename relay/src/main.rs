//! The relay's command line: read the settings, start logging, listen, serve.

use anyhow::Context as _;
use clap::Parser as _;
use sotto_relay::config::{Action, CommandLine, RUST_LOG_VARIABLE};
use sotto_relay::{Relay, logging, signals};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Action::Serve(config) = CommandLine::parse().action;
    let config = config.checked().unwrap_or_else(|error| error.exit());
    let rust_log = std::env::var(RUST_LOG_VARIABLE).unwrap_or_default();
    logging::start(config.log_level(&rust_log).unwrap_or_else(|error| error.exit()));
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    Relay::serve(listener, signals::first(), config).await?;
    Ok(())
}
