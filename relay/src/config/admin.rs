//! The dashboard's settings.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;

use super::values::seconds;

/// Where the dashboard is once a password is set.
pub const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);

/// Settings of what only whoever runs the relay reaches.
#[derive(Debug, Clone, Args)]
pub struct AdminConfig {
    /// Address and port of the dashboard, of `/metrics` and of `/healthz?verbose`.
    ///
    /// Without it 127.0.0.1:8081 once `sotto-relay admin-password` has set a password, and none before.
    #[arg(id = "admin-listen", long, env = "SOTTO_ADMIN_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,

    /// The dashboard is reached over TLS, which a proxy in front ends: its cookie goes over nothing else.
    #[arg(id = "admin-tls", long, env = "SOTTO_ADMIN_TLS")]
    pub tls: bool,

    /// How long the dashboard stays open for one who does nothing there.
    #[arg(
        id = "admin-idle", long, env = "SOTTO_ADMIN_IDLE", value_name = "TIME", value_parser = seconds,
        default_value = "1h"
    )]
    pub idle: Duration,
}
