//! From a configuration to a running program, and back in order.

mod connections;
mod database;
mod listen;
mod refusals;
mod upkeep;

pub use database::Database;
pub use listen::Bound;

use domain::access_log::write::write_until;
use domain::clock::Clock;
use domain::database::identity::identity;
use domain::database::{Pools, migrate};
use domain::usage::flush::flush_until;
use domain::usage::{Journal, Recorder};
use domain::{ApiPlace, Backend, datastores, directory};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::Api;
use crate::config::{Config, local_url};
use crate::data_dir::DataDir;
use crate::demo::{self, Demo};
use crate::gateway::Gateway;
use crate::internal::{Readiness, token};
use crate::metrics::Traffic;
use crate::notices::{Letters, Poster};
use crate::tls::{self, TlsFiles};
use crate::traces::{Traces, traced};
use crate::{Failure, Result, cli, dashboard, internal, notices, pepper};
use listen::Listener;
use upkeep::upkeep;

/// How long requests under way may take to end.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last counts may take to be written.
const FLUSH_PATIENCE: Duration = Duration::from_secs(15);
/// How long the key directory may take to be loaded first.
const LOAD_PATIENCE: Duration = Duration::from_secs(60);

/// Where the listeners are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// By people; the others, from this machine.
    pub dashboard: String,
    pub local_dashboard: String,
    pub api: String,
    pub internal: String,
    pub api_port: u16,
}

/// The running program.
#[derive(Debug)]
pub struct Server {
    backend: Arc<Backend>,
    addresses: Addresses,
    demo: Option<Demo>,
    readiness: Arc<Readiness>,
    listeners: Vec<Listener>,
    /// Ends the dashboard's answers that stay open.
    close_streams: watch::Sender<bool>,
    stop_flush: watch::Sender<bool>,
    flush: JoinHandle<()>,
    log: JoinHandle<()>,
    traces: Option<Traces>,
    /// Ended as soon as nothing is served any more.
    background: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts everything; what cannot work is found before anything is served.
    pub async fn start(config: &Config, database: &Database) -> Result<Self> {
        token::check(config.internal_addr, config.internal_token.as_ref())?;
        let dashboard = Bound::new(config.dashboard_addr, &listen::DASHBOARD)?;
        let api = Bound::new(config.api_addr, &listen::API)?;
        let internal = Bound::new(config.internal_addr, &listen::INTERNAL)?;
        let follow = |files: &Option<TlsFiles>| files.clone().map(tls::follow).transpose();
        let (dashboard_tls, api_tls) = (follow(&config.dashboard_tls)?, follow(&config.api_tls)?);
        let addresses = Addresses {
            dashboard: config.public.or_local(dashboard.addr()),
            local_dashboard: local_url(dashboard.addr(), config.dashboard_tls.is_some()),
            api: local_url(api.addr(), config.api_tls.is_some()),
            internal: local_url(internal.addr(), false),
            api_port: api.addr().port(),
        };

        let data_dir = DataDir::open(&config.data_dir)?;
        let traces = config.traces.as_ref();
        let traces = traces.map(|it| Traces::start(it, &config.node_name)).transpose()?;
        let backend = build(config, &data_dir, database, &addresses, traces.as_ref()).await?;
        let gateway = Gateway::new(&config.gateway, &backend.profiles)?;
        let demo = if config.demo {
            demo::prepare(&backend, database, &data_dir, &addresses).await?
        } else {
            None
        };
        let following = Arc::clone(&backend);
        let follow = move || directory::follow::follow(Arc::clone(&following));
        let mut background = vec![upkeep("following the database", follow)];
        for datastore in backend.datastores.iter() {
            let kept = datastores::keep::keep(Arc::clone(&backend), datastore.name.clone());
            background.push(tokio::spawn(kept));
        }
        // From here on, counting needs somebody who writes.
        let (stop_flush, stopped) = watch::channel(false);
        let flush = flush_until(Arc::clone(&backend), config.usage, stopped.clone());
        let flush = tokio::spawn(flush);
        let log = write_until(Arc::clone(&backend), config.access_log_days, stopped);
        let log = tokio::spawn(log);
        wait_for_directory(&backend).await?;
        demo::add_documents(&backend, demo.as_ref()).await?;
        demo::add_calls(&backend, demo.as_ref());

        let readiness = Arc::new(Readiness::new(Arc::clone(&backend)));
        let (close_streams, closing) = watch::channel(false);
        let streams = app::Streams::until(closing);
        let pages =
            dashboard::router(Arc::clone(&backend), config, &dashboard, &addresses, streams)?;
        let pages = traced(pages, traces.as_ref(), dashboard::route_of);
        background.push(tokio::spawn(refusals::log(Arc::clone(&backend))));
        let ended_tests = domain::keys::scream::note::note_until_stopped(Arc::clone(&backend));
        background.push(tokio::spawn(ended_tests));
        let poster = Poster::new(config.webhook_reach.clone())?;
        let letters =
            Letters { mail: config.mail.clone(), dashboard_url: addresses.dashboard.clone() };
        background.push(tokio::spawn(notices::run(Arc::clone(&backend), poster, letters)));
        background.push(tokio::spawn(dashboard::sessions::expire(backend.pools.auth.clone())));
        let traffic = Arc::new(Traffic::new(&backend.profiles));
        let asked = internal::router(
            Arc::clone(&backend),
            Arc::clone(&readiness),
            config.internal_token.clone(),
            Arc::clone(&traffic),
        )?;
        let asked = traced(asked, traces.as_ref(), internal::route_of);
        let trusted = config.trusted_proxies.clone();
        let listeners = vec![
            dashboard.serve(pages, dashboard_tls),
            api.serve(
                Api::new(Arc::clone(&backend), trusted, config.require_https, gateway, traffic)?
                    .traced(traces.clone()),
                api_tls,
            ),
            internal.serve(asked, None),
        ];
        Ok(Self {
            backend,
            addresses,
            demo,
            readiness,
            listeners,
            close_streams,
            stop_flush,
            flush,
            log,
            traces,
            background,
        })
    }

    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub fn backend(&self) -> &Arc<Backend> {
        &self.backend
    }

    pub fn demo(&self) -> Option<&Demo> {
        self.demo.as_ref()
    }

    /// Stops in order: nothing new is let in, what is under way ends, what was counted is written.
    pub async fn stop(self) {
        self.readiness.stop();
        let began = Instant::now();
        for listener in &self.listeners {
            listener.stop();
        }
        self.close_streams.send_replace(true);
        for listener in self.listeners {
            listener.drained(DRAIN_PATIENCE.saturating_sub(began.elapsed())).await;
        }
        for task in self.background {
            task.abort();
        }
        self.stop_flush.send_replace(true);
        if tokio::time::timeout(FLUSH_PATIENCE, self.flush).await.is_err() {
            tracing::error!("usage of the last moments is not written: that takes too long");
        }
        if tokio::time::timeout(FLUSH_PATIENCE, self.log).await.is_err() {
            tracing::error!("the last calls are not in the access log: writing it takes too long");
        }
        if let Err(error) = domain::nodes::acknowledge::leave(&self.backend).await {
            tracing::warn!(%error, "this node could not sign off; it looks gone for a while");
        }
        if let Some(traces) = self.traces {
            traces.stop().await;
        }
        self.backend.datastores.close().await;
        self.backend.pools.close().await;
        tracing::info!("stopped");
    }
}

async fn build(
    config: &Config,
    data_dir: &DataDir,
    database: &Database,
    addresses: &Addresses,
    traces: Option<&Traces>,
) -> Result<Arc<Backend>> {
    let profiles = cli::profiles::load(config.profiles_dir.as_deref())?;
    migrate::migrate(database.options()).await?;
    let pools = Pools::new(database.options(), database.sign_in());
    let pepper = pepper::load(data_dir, &pools).await?;
    let mut backend = Backend::new(pools, pepper, profiles, Clock::system());
    backend.recorder = recorder(data_dir, &backend).await?;
    backend.datastores = config.datastores.open(&backend.profiles)?;
    backend.node_name.clone_from(&config.node_name);
    backend.webhook_reach.clone_from(&config.webhook_reach);
    backend.watch = traces.map(Traces::watch).unwrap_or_default();
    backend.dashboard_url = Some(addresses.dashboard.clone());
    backend.api = ApiPlace { port: addresses.api_port, https: config.api_tls.is_some() };
    Ok(Arc::new(backend))
}

/// Counts in the data directory as well as in memory, so that a kill loses none.
async fn recorder(data_dir: &DataDir, backend: &Backend) -> Result<Recorder> {
    let parent = data_dir.path().join("usage");
    let database = identity(&backend.pools).await?;
    let journal = Journal::create(&parent, database, &backend.profiles);
    if let Err(error) = &journal {
        let directory = parent.display();
        tracing::warn!(%error, %directory, "a kill would lose the last second's counts: the directory cannot be used");
    }
    Ok(Recorder::new(journal.ok()))
}

async fn wait_for_directory(backend: &Backend) -> Result<()> {
    let (began, mut told) = (Instant::now(), Instant::now());
    while !backend.directory.is_loaded() {
        if began.elapsed() > LOAD_PATIENCE {
            return Err(Failure::new(format!(
                "the API keys could not be read from the database within {} s",
                LOAD_PATIENCE.as_secs()
            )));
        }
        if told.elapsed() > Duration::from_secs(2) {
            told = Instant::now();
            tracing::info!(seconds = began.elapsed().as_secs(), "reading the API keys");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
