//! One of the two databases, as far as it concerns one organization and one environment.

use sqlx::{PgPool, Postgres, Transaction};

use crate::datastores::Route;
use crate::ids::OrganizationId;
use crate::keys::Environment;
use crate::organizations::list::Tenant;
use crate::{Backend, Result, database};

#[derive(Clone, Debug)]
pub struct Side {
    pub name: String,
    pub environment: Environment,
    pub organization: OrganizationId,
    pool: PgPool,
}

/// What is there; two sides with the same documents have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    pub documents: i64,
    /// Of all that there is of each document.
    digest: String,
}

impl Side {
    pub fn new(
        backend: &Backend,
        route: Route<'_>,
        tenant: &Tenant,
        environment: Environment,
    ) -> Option<Self> {
        let (name, pool) = (route.name().to_owned(), backend.pool(route)?.clone());
        Some(Self { name, environment, organization: tenant.id, pool })
    }

    /// The same documents in another database.
    pub fn elsewhere(&self, backend: &Backend, route: Route<'_>) -> Option<Self> {
        let (name, pool) = (route.name().to_owned(), backend.pool(route)?.clone());
        Some(Self { name, pool, ..self.clone() })
    }

    /// A transaction that is not kept from writing, in which times are written in one way.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        let mut transaction = database::tenant::begin(&self.pool, self.organization).await?;
        sqlx::query(
            "select set_config('datastore.moves', 'on', true), set_config('timezone', 'UTC', true)",
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction)
    }

    /// Waits for writes that are under way, and lets no other begin while the transaction is open.
    pub async fn hold(&self) -> Result<Transaction<'static, Postgres>> {
        let mut transaction = self.begin().await?;
        sqlx::query("select set_config('lock_timeout', '10s', true)")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("select pg_advisory_xact_lock(datastore.move_lock($1, $2))")
            .bind(self.organization.0)
            .bind(self.environment.as_str())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    /// Notes that the documents have gone: once that is committed, none is written here.
    pub async fn mark(
        &self,
        held: &mut Transaction<'static, Postgres>,
        datastore: &str,
    ) -> Result<()> {
        sqlx::query(
            "insert into datastore.departures (organization_id, environment, datastore) values ($1, $2, $3)
             on conflict do nothing",
        )
        .bind(self.organization.0)
        .bind(self.environment.as_str())
        .bind(datastore)
        .execute(&mut **held)
        .await?;
        Ok(())
    }

    /// Lets nobody write while the copy is not whole.
    pub async fn close(&self) -> Result<()> {
        let mut transaction = self.begin().await?;
        self.mark(&mut transaction, &self.name).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whether there are documents that nobody has copied here, nor left behind.
    pub async fn is_home(&self) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let home = sqlx::query_scalar(
            "select exists (select from datastore.documents where environment = $1)
                and not exists (select from datastore.departures where environment = $1)",
        )
        .bind(self.environment.as_str())
        .fetch_one(&mut *transaction)
        .await?;
        Ok(home)
    }

    /// Takes the mark away.
    pub async fn open(&self) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("delete from datastore.departures where environment = $1")
            .bind(self.environment.as_str())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whether the documents have gone there.
    pub async fn has_left(&self, datastore: &str) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let left = sqlx::query_scalar(
            "select exists (select from datastore.departures where environment = $1 and datastore = $2)",
        )
        .bind(self.environment.as_str())
        .bind(datastore)
        .fetch_one(&mut *transaction)
        .await?;
        Ok(left)
    }

    pub async fn sum(&self) -> Result<Sum> {
        let mut transaction = self.begin().await?;
        let (documents, digest): (i64, String) = sqlx::query_as(
            r#"select count(*), coalesce(md5(string_agg(hash, '' order by hash collate "C")), '')
               from (select md5(documents::text) as hash from datastore.documents
                     where environment = $1) as hashes"#,
        )
        .bind(self.environment.as_str())
        .fetch_one(&mut *transaction)
        .await?;
        Ok(Sum { documents, digest })
    }

    /// Deletes all of it, and says how many documents that were.
    pub async fn clear(&self) -> Result<u64> {
        let mut transaction = self.begin().await?;
        sqlx::query("delete from datastore.idempotency where environment = $1")
            .bind(self.environment.as_str())
            .execute(&mut *transaction)
            .await?;
        let cleared = sqlx::query("delete from datastore.documents where environment = $1")
            .bind(self.environment.as_str())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(cleared.rows_affected())
    }
}
