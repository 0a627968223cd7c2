//! The way to PostgreSQL: a pool for each role, and transactions that know their organization.

pub(crate) mod batches;
pub mod identity;
pub mod migrate;
pub(crate) mod partitions;
pub mod tenant;

use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::time::Duration;

/// How long a request waits for a connection before the database counts as unreachable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How a role of ours signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// As the role itself: the private server trusts whoever reaches its socket.
    AsRole,
    /// As the user of the URL, taking the role when the connection starts.
    AsOwner,
}

/// One pool for each role; none of them owns a table.
#[derive(Clone, Debug)]
pub struct Pools {
    /// An organization's own people, inside one organization at a time.
    pub app: PgPool,
    /// Sign-in, sessions and membership.
    pub auth: PgPool,
    /// Provisioning of organizations.
    pub rep: PgPool,
    /// The key directory and usage, for all organizations.
    pub validator: PgPool,
    /// The sample collections' documents.
    pub datastore: PgPool,
}

impl Pools {
    /// Opens no connection yet.
    pub fn new(options: &PgConnectOptions, sign_in: SignIn) -> Self {
        let pool = |role, most| pool(options.clone(), sign_in, role, most);
        Self {
            app: pool("latchkey_app", 8),
            auth: pool("latchkey_auth", 6),
            rep: pool("latchkey_rep", 4),
            validator: pool("latchkey_validator", 4),
            datastore: document_pool(options, sign_in),
        }
    }

    /// Hangs up all connections, after those in use are given back.
    pub async fn close(&self) {
        for pool in [&self.app, &self.auth, &self.rep, &self.validator, &self.datastore] {
            pool.close().await;
        }
    }
}

/// A pool for documents.
pub(crate) fn document_pool(options: &PgConnectOptions, sign_in: SignIn) -> PgPool {
    pool(options.clone(), sign_in, "latchkey_app", 8)
}

fn pool(options: PgConnectOptions, sign_in: SignIn, role: &str, most: u32) -> PgPool {
    let options = match sign_in {
        SignIn::AsRole => options.username(role),
        SignIn::AsOwner => options.options([("role", role)]),
    };
    uncompiled(PgPoolOptions::new())
        .max_connections(most)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options.application_name(&format!("latchkey {role}")))
}

/// Statements here take milliseconds; compiling them first can take a tenth of a second.
pub(crate) fn uncompiled(options: PgPoolOptions) -> PgPoolOptions {
    options.after_connect(|connection, _| {
        Box::pin(async move {
            connection.execute("set jit = off").await?;
            Ok(())
        })
    })
}

/// Whether the error means that the database is out of reach for now, rather than that it was
/// asked something wrong.
pub fn is_connection_error(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // 08: connection exceptions; 57P01 to 57P05: being shut down, crashed, starting up;
        // 53300: too many connections. 55P03, LK001: documents that are being moved, or that were.
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            code.starts_with("08")
                || code.starts_with("57P0")
                || matches!(&*code, "53300" | "55P03" | "LK001")
        }),
        _ => false,
    }
}

/// The name of the constraint that a statement violated.
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}
