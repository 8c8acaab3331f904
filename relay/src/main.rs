//! Sotto's relay.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use sotto_relay::page;

/// Sotto's relay.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the page.
    Serve {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:7417")]
        listen: SocketAddr,
        /// Where the database lies.
        #[arg(long, default_value = "data")]
        data: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let Command::Serve { listen, data } = Args::parse().command;
    std::fs::create_dir_all(&data)?;
    let listener = tokio::net::TcpListener::bind(listen).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(
        listener,
        page::with_headers(page::router(), page::Transport::Plain),
    )
    .await?;
    Ok(())
}
