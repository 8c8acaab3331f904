//! What only whoever runs the relay reaches, on a listener of its own: the dashboard, the metrics, the long health page.
//!
//! The dashboard is made here, whole, at each request; a small module of its own script then changes figures as the relay
//! sends them. Everything works without that script, by loading the page anew. A cookie is set here and nowhere else.

mod action;
mod chart;
mod look;
mod metrics;
pub mod password;
mod routes;
mod serve;
mod session;
mod view;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::look::Look;
use self::session::Sessions;
use crate::config::Config;
use crate::config::admin::USUAL;
use crate::listener::AddressError;
use crate::page::{Transport, with_form_headers};
use crate::relay::{RelayError, Shared};

/// How old what a dashboard is sent may be. It is made once for all that are open.
const TICK: Duration = Duration::from_secs(2);

/// What the pages work with.
#[derive(Debug)]
struct Admin {
    shared: Arc<Shared>,
    sessions: Mutex<Sessions>,
    /// One password is checked at a time: each takes 64 MiB.
    checking: tokio::sync::Mutex<()>,
    lines: Mutex<Option<(Instant, Arc<str>)>>,
}

/// Where the dashboard is, if it is anywhere: the usual address once a password is set.
pub(crate) fn address(config: &Config) -> Option<SocketAddr> {
    let has_password = config.data.join(password::FILE).exists();
    config.admin.listen.or(has_password.then_some(USUAL))
}

/// Listens, if there is an address to listen on.
pub(crate) async fn start(shared: &Arc<Shared>) -> Result<Option<JoinHandle<()>>, RelayError> {
    let settings = &shared.config.admin;
    let Some(address) = address(&shared.config) else {
        tracing::info!("no dashboard: sotto-relay admin-password sets its password");
        return Ok(None);
    };
    let error = |cause| AddressError::new(address, "--admin-listen", cause);
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    let admin = Arc::new(Admin {
        shared: Arc::clone(shared),
        sessions: Mutex::new(Sessions::new(settings.idle, Instant::now())),
        checking: tokio::sync::Mutex::default(),
        lines: Mutex::default(),
    });
    let transport = if settings.tls {
        Transport::Tls
    } else {
        Transport::Plain
    };
    let router = with_form_headers(routes::router(admin), transport);
    tracing::info!("dashboard on http://{address}/admin");
    Ok(Some(tokio::spawn(serve::run(
        listener,
        router,
        shared.shutdown.clone(),
    ))))
}

impl Admin {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was made before is no longer true.
    fn forget_lines(&self) {
        *self.lines.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What changes, not older than a tick.
    fn lines(&self, now: Instant) -> Arc<str> {
        let mut kept = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((made, lines)) if now.saturating_duration_since(*made) < TICK => Arc::clone(lines),
            _ => {
                let lines: Arc<str> = Look::at(&self.shared).lines().into();
                *kept = Some((now, Arc::clone(&lines)));
                lines
            }
        }
    }
}
