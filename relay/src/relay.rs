//! The whole relay, put together: given a listener and a future that ends it, it serves.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::routing::get;
use sotto_protocol::{Salt, limits};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::acme::{self, Acme, Trouble};
use crate::admin;
use crate::clock::{ClockError, plausible};
use crate::config::Config;
use crate::data::{DataError, DataFolder};
use crate::doors;
use crate::engine::{Engine, Parts, unix_time};
use crate::faults::Faults;
use crate::gate::Gate;
use crate::health::{self, Health};
use crate::hub::Hub;
use crate::listener::{AddressError, Listener, listen};
use crate::page::{self, Transport};
use crate::pepper::{Pepper, PepperError};
use crate::purge::Purging;
use crate::room::Rules;
use crate::socket::Roll;
use crate::sources::Sources;
use crate::store::space::Space;
use crate::store::{SqliteStore, Store as _, StoreError};
use crate::tls::{Certificates, TlsError};
use crate::word::{Word, WordError, WrittenWord};
use crate::{jobs, server, socket};

/// How long jobs that are in the store's queue may take at shutdown.
const LAST_JOBS: Duration = Duration::from_secs(10);

/// Why the relay does not start, or did not stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The clock cannot be right.
    #[error("{0}: set it, for instance with systemd-timesyncd; rooms end by it")]
    Clock(#[from] ClockError),
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// There is no pepper.
    #[error(transparent)]
    Pepper(#[from] PepperError),
    /// There is no create token where one was named.
    #[error(transparent)]
    Word(#[from] WordError),
    /// The database cannot be opened or closed.
    #[error("the database {0} cannot be opened or closed")]
    Store(String, #[source] StoreError),
    /// The listener has no address.
    #[error("the listener has no address")]
    Listener(#[source] std::io::Error),
    /// Certificate and key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// What a certificate authority is spoken with cannot be had.
    #[error(transparent)]
    Acme(#[from] Trouble),
    /// An address cannot be listened on.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The thread that works with the store did not end.
    #[error("the store was not closed")]
    Engine,
}

/// What every connection works with.
#[derive(Debug)]
pub struct Shared {
    /// Since when it runs.
    pub start: Instant,
    /// Who is let in.
    pub doors: doors::Doors,
    /// The settings.
    pub config: Config,
    /// What stands before every guess.
    pub gate: Arc<Gate>,
    /// How much one source may do.
    pub sources: Arc<Sources>,
    /// Who is connected to a room.
    pub hub: Arc<Hub>,
    /// Who is connected at all.
    pub roll: Roll,
    /// The way to the store.
    pub engine: Engine,
    /// How much of its disk it uses.
    pub space: Arc<Space>,
    /// What hashes keys.
    pub pepper: Arc<Pepper>,
    /// What was counted.
    pub faults: Arc<Faults>,
    /// How the tasks are.
    pub health: Arc<Health>,
    /// The certificate that is shown, where the relay ends TLS.
    pub certificates: Option<Arc<Certificates>>,
    /// What has a certificate issued, where the relay was told to.
    pub acme: Option<Arc<Acme>>,
    /// Whether a purge is under way.
    pub purging: Purging,
    /// How long things last.
    pub rules: Rules,
    /// The lifetime that is offered first, in seconds.
    pub lifetime: u32,
    /// The word without which no room is made, if there is one.
    pub word: Option<Word>,
    /// The deployment's public salt.
    pub salt: Salt,
    /// Turns true when the relay shuts down.
    pub shutdown: watch::Receiver<bool>,
}

impl Shared {
    /// Whether there can be no more rooms.
    pub fn is_full(&self) -> bool {
        self.space.is_full() || self.faults.tally().rooms() >= self.config.limits.rooms.into()
    }
}

/// The relay.
#[derive(Debug)]
pub struct Relay;

impl Relay {
    /// Serves until `shutdown` is done; then closes every connection, finishes what was begun, and closes the store.
    pub async fn serve(
        listener: impl Into<Listener>,
        shutdown: impl Future<Output = ()> + Send,
        config: Config,
    ) -> Result<(), RelayError> {
        plausible(SystemTime::now())?;
        let listener = listener.into();
        let address = listener.address().map_err(RelayError::Listener)?;
        let listeners = Listeners::open(listener, &config)?;
        let word = config.create_token().map(|source| WrittenWord::load(&source));
        let word = word.transpose()?;
        let folder = DataFolder::claim(&config.data)?;
        let pepper = Arc::new(Pepper::load_or_create(&config.pepper())?);
        let rules = rules(&config);
        let database = folder.database();
        let store_error = |error| RelayError::Store(database.display().to_string(), error);
        let space = Arc::new(Space::new(config.limits.disk));
        let mut store = SqliteStore::open(&database, Arc::clone(&pepper), rules.clone())
            .and_then(|store| store.within(Arc::clone(&space)))
            .map_err(store_error)?;

        let (down, watching) = watch::channel(false);
        let salt = store.salt();
        let hub = Arc::new(Hub::default());
        let faults = Arc::new(Faults::default());
        let rows = store.aggregates().map_err(store_error)?;
        let rooms = store.counts().map_err(store_error)?.rooms;
        faults.tally().open(&rows, rooms, unix_time());
        let health = Arc::new(Health::new(
            config.grain,
            config.compaction,
            jobs::COUNTERS,
            Instant::now(),
        ));
        let gate = Arc::new(Gate::new(config.calm));
        let (engine, engine_task) = Engine::start(Parts {
            store: Box::new(store),
            hub: Arc::clone(&hub),
            gate: Arc::clone(&gate),
            pepper: Arc::clone(&pepper),
            faults: Arc::clone(&faults),
            health: Arc::clone(&health),
        });
        let counted = Arc::clone(&faults);
        let acme = listeners.acme(&config);
        let certificates = listeners.tls.as_ref().map(|(shown, _)| Arc::clone(shown));
        let shared = Arc::new(Shared {
            start: Instant::now(),
            doors: doors::Doors::default(),
            gate,
            sources: Arc::new(Sources::new(&config)),
            hub,
            roll: Roll::default(),
            engine,
            space,
            pepper,
            faults,
            health,
            certificates,
            acme,
            purging: Purging::default(),
            lifetime: seconds(config.lifetime),
            rules,
            word: word.map(|word| word.hashed(&salt)),
            salt,
            shutdown: watching,
            config,
        });

        let dashboard = admin::start(&shared).await?;
        let tasks = jobs::start(&shared);
        let scheme = if listeners.tls.is_some() { "https" } else { "http" };
        tracing::info!("listening on {scheme}://{address}{}", shared.config.base_path());
        serve_until(listeners, shutdown, &shared, &down).await;

        // What still holds the way to the store is gone now, or late: the engine ends when it has done the rest.
        drop(tasks);
        if let Some(dashboard) = dashboard {
            // It saw the shutdown, too.
            let _ = dashboard.await;
        }
        drop(shared);
        let Ok(Ok(Some(mut store))) = tokio::time::timeout(LAST_JOBS, engine_task).await else {
            return Err(RelayError::Engine);
        };
        let due = counted.tally().take_due(unix_time(), true);
        if store.keep_aggregates(&due, unix_time()).is_err() {
            tracing::warn!("what was counted in the last hour could not be kept");
        }
        store.close().map_err(store_error)?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Where connections come in.
struct Listeners {
    listener: Listener,
    tls: Option<(Arc<Certificates>, TlsAcceptor)>,
    /// Where plain HTTP is sent on, and to which port.
    redirect: Option<(TcpListener, u16)>,
}

impl Listeners {
    fn open(listener: Listener, config: &Config) -> Result<Self, RelayError> {
        let tls = match config.certificate_files() {
            None => None,
            Some((cert, key)) => {
                let certificates = if config.own_tls.is_issued() {
                    acme::can_ask(&config.own_tls)?;
                    Certificates::load_if_any(&cert)
                } else {
                    Certificates::load(&cert, &key)?
                };
                let acceptor = certificates.acceptor()?;
                Some((certificates, acceptor))
            }
        };
        let redirect = match config.own_tls.redirect_listen {
            None => None,
            Some(address) => {
                let bound = listen(address, "--redirect-listen")?;
                let port = listener.address().map_err(RelayError::Listener)?.port();
                Some((bound, port))
            }
        };
        Ok(Self {
            listener,
            tls,
            redirect,
        })
    }

    /// What has the certificate issued, if the relay does that itself.
    fn acme(&self, config: &Config) -> Option<Arc<Acme>> {
        let (certificates, _) = self.tls.as_ref().filter(|_| config.own_tls.is_issued())?;
        Some(Arc::new(Acme::new(config, Arc::clone(certificates))))
    }

    /// Serves at all of them until shutdown.
    async fn serve(self, shared: &Arc<Shared>, watching: watch::Receiver<bool>) {
        let (config, counts) = (&shared.config, (&shared.sources, &shared.faults));
        let (certificates, acceptor) = self.tls.unzip();
        let redirects = async {
            if let Some((listener, port)) = self.redirect {
                let router = server::to_https(port);
                server::run(listener.into(), None, router, config, counts, watching.clone()).await;
            }
        };
        let rooms = server::run(
            self.listener,
            acceptor,
            router(shared),
            config,
            counts,
            watching.clone(),
        );
        let serving = async { tokio::join!(rooms, redirects) };
        let watched = async {
            match &certificates {
                // One that was issued is changed by the relay itself.
                Some(certificates) if shared.acme.is_none() => certificates.watch().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = serving => {}
            () = watched => {}
        }
    }
}

/// Serves until `shutdown` is done and everybody has been told.
async fn serve_until(
    listeners: Listeners,
    shutdown: impl Future<Output = ()> + Send,
    shared: &Arc<Shared>,
    down: &watch::Sender<bool>,
) {
    let watching = shared.shutdown.clone();
    let server = listeners.serve(shared, watching);
    tokio::pin!(server);
    tokio::select! {
        () = &mut server => {}
        () = shutdown => {
            tracing::info!("shutting down");
            // That nobody watches is no fault.
            let _ = down.send(true);
            shared.roll.shut_down();
            server.await;
        }
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let base = shared.config.base_path();
    let router = page::router(&shared.config.operator, base)
        .route(&format!("{base}/ws"), get(socket::endpoint))
        .route(&format!("{base}/healthz"), get(health::endpoint))
        .with_state(Arc::clone(shared));
    let transport = if shared.config.tls || shared.config.own_tls.is_on() {
        Transport::Tls
    } else {
        Transport::Plain
    };
    page::with_headers(router, transport)
}

/// What the settings say of rooms.
pub(crate) fn rules(config: &Config) -> Rules {
    Rules {
        lifetimes: config
            .lifetimes
            .iter()
            .map(|lifetime| seconds(*lifetime))
            .collect(),
        grain: seconds(config.grain),
        invite: u32::try_from(limits::INVITE_SECONDS).unwrap_or(u32::MAX),
    }
}

/// The settings let nothing longer through.
fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}
