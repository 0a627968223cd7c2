//! The directory of a node, its database behind a proxy, and those who change and judge keys.

use domain::clock::Clock;
use domain::database::{Pools, SignIn, migrate};
use domain::keys::Access;
use domain::keys::digest::Pepper;
use domain::profiles::Profiles;
use domain::verification::Outcome;
use domain::{Backend, directory};
use server::postgres::{Cluster, Durability, Postgres};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::task::JoinHandle;

use super::injector::Fault;
use super::judge::Judge;
use super::proxy::Proxy;
use super::truth::Watched;
use super::writers::{WRITERS, write};
use crate::support::directory::TestDirectory;
use crate::support::tenant::Tenant;
use crate::support::{Result, until};

/// How long the node may go without word from the database.
pub const LIMIT: Duration = Duration::from_secs(2);
const KEYS: usize = 240;
/// Keys that nobody changes.
const CONTROLS: usize = 16;
/// Between two faults, so that there is something to break again.
const PAUSE: Duration = Duration::from_millis(60);
/// After a fault, until the directory follows again; after all, until each key is judged rightly.
const HEALING: Duration = Duration::from_secs(20);

pub struct Rig {
    home: PathBuf,
    /// None while it is being restarted.
    postgres: Option<Postgres>,
    direct: PgConnectOptions,
    proxy: Proxy,
    backend: Arc<Backend>,
    clock: Clock,
    changed: Arc<Vec<Watched>>,
    controls: Arc<Vec<Watched>>,
    follow: JoinHandle<()>,
    _directory: TestDirectory,
}

impl Rig {
    pub async fn start() -> Result<Self> {
        let directory = TestDirectory::make()?;
        let home = directory.join("postgres");
        let cluster = Cluster::prepare(&home, Durability::ThrowAway).await?;
        let postgres = Postgres::start(cluster).await?;
        let direct = postgres.options().clone();
        migrate::migrate(&direct).await?;
        let clock = Clock::adjustable();
        let mut changed = make_keys(&direct, &clock).await?;
        let controls = changed.split_off(KEYS);

        let socket = direct.get_socket().ok_or("no socket")?;
        let proxy = Proxy::start(socket.join(format!(".s.PGSQL.{}", direct.get_port()))).await?;
        let backend = Arc::new(backend(&by_network(proxy.port, &direct), &clock)?);
        let follow = tokio::spawn(directory::follow::follow(Arc::clone(&backend)));
        until("the directory is loaded", HEALING, async || Ok(backend.directory.is_loaded()))
            .await?;
        Ok(Self {
            home,
            postgres: Some(postgres),
            direct,
            proxy,
            backend,
            clock,
            changed: Arc::new(changed),
            controls: Arc::new(controls),
            follow,
            _directory: directory,
        })
    }

    pub fn spawn_writers(&self, stop: &Arc<AtomicBool>) -> Vec<JoinHandle<Result<usize>>> {
        (0..WRITERS)
            .map(|number| {
                let (direct, keys) = (self.direct.clone(), Arc::clone(&self.changed));
                tokio::spawn(write(number, direct, keys, Arc::clone(stop)))
            })
            .collect()
    }

    pub fn judge(&self) -> Judge {
        Judge {
            backend: Arc::clone(&self.backend),
            changed: Arc::clone(&self.changed),
            controls: Arc::clone(&self.controls),
        }
    }

    pub fn lost_notifications(&self) -> usize {
        usize::try_from(self.proxy.lost()).unwrap_or(usize::MAX)
    }

    pub async fn inject(&mut self, fault: Fault) -> Result {
        match fault {
            Fault::Cut => self.proxy.cut(),
            Fault::ListenerKilled => self.kill_listener().await?,
            Fault::Frozen(time) => {
                self.proxy.block(true);
                tokio::time::sleep(time).await;
                self.proxy.block(false);
            }
            Fault::NotificationsLost => {
                self.proxy.lose_notifications(true);
                tokio::time::sleep(PAUSE).await;
                self.proxy.lose_notifications(false);
            }
            Fault::Closed => {
                self.proxy.close(true);
                self.proxy.cut();
                tokio::time::sleep(PAUSE).await;
                self.proxy.close(false);
            }
            Fault::RefusedDuringLoad => {
                self.proxy.hold_rows(true);
                self.proxy.cut();
                // The writers go on meanwhile.
                tokio::time::sleep(PAUSE).await;
                self.proxy.hold_rows(false);
            }
            Fault::ClockJump(milliseconds) => self.clock.adjust(milliseconds),
            Fault::Restart => {
                if let Some(postgres) = self.postgres.take() {
                    postgres.stop().await;
                }
                let cluster = Cluster::prepare(&self.home, Durability::ThrowAway).await?;
                self.postgres = Some(Postgres::start(cluster).await?);
            }
        }
        if fault.breaks_connections() {
            self.expect_news().await?;
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }

    /// On a busy machine, connecting anew may take longer than it is to the next fault: then the
    /// directory would hear nothing at all, which shows little.
    async fn expect_news(&self) -> Result {
        let elapsed_ms = || self.backend.clock.elapsed_ms();
        let healed_at_ms = elapsed_ms();
        until("the directory follows again", HEALING, async || {
            let now_ms = elapsed_ms();
            Ok(self.backend.directory.silent_for_ms(now_ms) < now_ms - healed_at_ms)
        })
        .await
    }

    async fn kill_listener(&self) -> Result {
        let mut owner = self.direct.connect().await?;
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where application_name like 'latchkey latchkey_validator%' and query ilike 'listen%'",
        )
        .execute(&mut owner)
        .await?;
        owner.close().await?;
        Ok(())
    }

    /// Nothing is in the way any more.
    pub fn heal(&self) {
        self.proxy.block(false);
        self.proxy.hold_rows(false);
        self.proxy.close(false);
        self.proxy.lose_notifications(false);
    }

    /// Each key is soon judged as the database has it.
    pub async fn expect_agreement(&self) -> Result {
        let agrees =
            |key: &Watched| (key.verdict(&self.backend) == Outcome::Accepted) != key.is_refused();
        until("every key is judged as the database has it", HEALING, async || {
            Ok(self.changed.iter().chain(self.controls.iter()).all(agrees))
        })
        .await
    }

    pub async fn stop(self) -> Result {
        self.follow.abort();
        self.backend.pools.close().await;
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
        Ok(())
    }
}

pub fn backend(options: &PgConnectOptions, clock: &Clock) -> Result<Backend> {
    let pools = Pools::new(options, SignIn::AsRole);
    Ok(Backend::new(pools, Pepper::new(1, &[7; 32])?, Profiles::built_in()?, clock.clone()))
}

/// All keys, of one organization with this limit; made by the direct road.
async fn make_keys(direct: &PgConnectOptions, clock: &Clock) -> Result<Vec<Watched>> {
    let maker = Arc::new(backend(direct, clock)?);
    let tenant = Tenant::make(&maker, "delphos").await?;
    let mut owner = direct.connect().await?;
    sqlx::query("update organizations set staleness_limit_s = $1")
        .bind(i32::try_from(LIMIT.as_secs())?)
        .execute(&mut owner)
        .await?;
    owner.close().await?;
    let mut keys = Vec::new();
    for _ in 0..KEYS + CONTROLS {
        let key = tenant.unknown_key_of(&Tenant::new_key(Access::ReadWrite)?).await?;
        keys.push(Watched::new(key.id, key.text));
    }
    maker.pools.close().await;
    Ok(keys)
}

/// The same way in by the proxy: options that name a socket never go another way.
pub fn by_network(port: u16, direct: &PgConnectOptions) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username(direct.get_username())
        .database(direct.get_database().unwrap_or_default())
        .ssl_mode(PgSslMode::Disable)
}
