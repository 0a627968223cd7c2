//! The running PostgreSQL: started, watched, started again when it falls, stopped in order.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::cluster::{Cluster, Durability};
use super::{DATABASE, OWNER, leftover};
use crate::{Failure, Result};

/// A log longer than this is begun anew at the next start.
const LOG_MAX_BYTES: u64 = 10 * 1024 * 1024;
/// After a crash it first reads what was written last, which can take a while.
const START_PATIENCE: Duration = Duration::from_secs(120);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// Ends that are followed by another try: the processes of one that was killed need a moment to
/// notice.
const TRIES: u32 = 5;

/// A running PostgreSQL. Dropping it stops it too, without waiting.
#[derive(Debug)]
pub struct Postgres {
    options: PgConnectOptions,
    url: String,
    stop: oneshot::Sender<()>,
    watch: JoinHandle<()>,
}

impl Postgres {
    /// Starts it and waits until it answers.
    pub async fn start(cluster: Cluster) -> Result<Self> {
        leftover::stop(&cluster.files).await?;
        let server = start(&cluster).await?;
        let options = cluster.options();
        make_database(&options).await?;
        let url = cluster.url();
        let (stop, stopped) = oneshot::channel();
        let watch = tokio::spawn(watch(cluster, server, stopped));
        Ok(Self { options, url, stop, watch })
    }

    /// How its owner reaches the one database.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// The same as an address for other programs.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it in order: everything is written down.
    pub async fn stop(self) {
        // Both fail only when it has ended already.
        let _ = self.stop.send(());
        let _ = self.watch.await;
    }
}

/// The first process. It is told to end when this is dropped.
#[derive(Debug)]
struct Server(Child);

impl Server {
    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0.id().and_then(|pid| i32::try_from(pid).ok()) {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    async fn end(mut self) {
        self.signal(Signal::SIGINT);
        if tokio::time::timeout(STOP_PATIENCE, self.0.wait()).await.is_err() {
            tracing::warn!("the private PostgreSQL does not stop; ending it at once");
            self.signal(Signal::SIGQUIT);
            let _ = self.0.wait().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::SIGINT);
    }
}

async fn watch(cluster: Cluster, mut server: Server, mut stopped: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            _ = &mut stopped => return server.end().await,
            status = server.0.wait() => {
                let status = status.map(|status| status.to_string()).unwrap_or_default();
                tracing::error!(%status, "the private PostgreSQL ended; starting it again");
            }
        }
        server = tokio::select! {
            _ = &mut stopped => return,
            server = start_at_last(&cluster) => server,
        };
    }
}

async fn start_at_last(cluster: &Cluster) -> Server {
    loop {
        match start(cluster).await {
            Ok(server) => return server,
            Err(error) => tracing::error!(%error, "the private PostgreSQL does not start"),
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

async fn start(cluster: &Cluster) -> Result<Server> {
    let mut server = spawn(cluster)?;
    let options = cluster.options().database("postgres");
    let (began, mut told, mut tries) = (Instant::now(), Instant::now(), 1);
    loop {
        if let Ok(connection) = options.connect().await {
            // It answered; how it takes the good-bye does not matter.
            let _ = connection.close().await;
            return Ok(server);
        }
        if server.0.try_wait().is_ok_and(|ended| ended.is_some()) {
            if tries == TRIES {
                return Err(Failure::new(format!(
                    "PostgreSQL does not start: {}",
                    last_words(cluster)
                )));
            }
            tries += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
            server = spawn(cluster)?;
        }
        if began.elapsed() > START_PATIENCE {
            return Err(Failure::new(format!(
                "PostgreSQL does not answer after {} s; see {}",
                START_PATIENCE.as_secs(),
                cluster.log.display()
            )));
        }
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            tracing::info!(seconds = began.elapsed().as_secs(), "waiting for PostgreSQL");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn spawn(cluster: &Cluster) -> Result<Server> {
    let failed = |error| Failure::because(&cluster.log.display().to_string(), error);
    let is_long = cluster.log.metadata().is_ok_and(|log| log.len() > LOG_MAX_BYTES);
    if is_long {
        std::fs::remove_file(&cluster.log).map_err(failed)?;
    }
    let log = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&cluster.log)
        .map_err(failed)?;
    let mut command = Command::new(cluster.programs.path("postgres"));
    cluster.account.lend(&mut command);
    command
        .arg("-D")
        .arg(&cluster.files)
        .arg("-k")
        .arg(cluster.socket.path())
        .args(["-h", "", "-p", &super::socket::SocketDir::port().to_string()])
        .args(["-c", "unix_socket_permissions=0700", "-c", "log_checkpoints=off"])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        // Ctrl-C in a terminal reaches a whole group; we stop PostgreSQL last, and in order.
        .process_group(0);
    if cluster.durability == Durability::ThrowAway {
        command.args(["-F", "-c", "full_page_writes=off", "-c", "max_connections=400"]);
    }
    command.spawn().map(Server).map_err(|error| Failure::because("starting PostgreSQL", error))
}

fn last_words(cluster: &Cluster) -> String {
    let log = std::fs::read(&cluster.log).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let fatal = log.lines().rev().find(|line| line.contains("FATAL")).unwrap_or("no reason given");
    format!("{fatal} (see {})", cluster.log.display())
}

async fn make_database(options: &PgConnectOptions) -> Result<()> {
    let failed = |error| Failure::because("making the database", error);
    let mut connection = options.clone().database("postgres").connect().await.map_err(failed)?;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
    if !exists {
        let statement = format!("create database {DATABASE} owner {OWNER}");
        sqlx::raw_sql(&statement).execute(&mut connection).await.map_err(failed)?;
    }
    connection.close().await.map_err(failed)
}
