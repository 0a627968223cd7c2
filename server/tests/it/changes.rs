//! The key directory misses no change, whatever happens on the way.

use domain::keys::Access;
use domain::keys::revoke::revoke;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

use crate::support::http::get;
use crate::support::server::TestServer;
use crate::support::tenant::{Tenant, TestKey};
use crate::support::{Result, until};

/// How often each key is accepted just now.
async fn accepted(server: &TestServer, tenant: &Tenant, keys: &[TestKey]) -> Result<usize> {
    let mut accepted = 0;
    for key in keys {
        let call = get("/v1/nothing").host(&tenant.host()).key(&key.text);
        accepted += usize::from(server.api(&call).await?.status != 401);
    }
    Ok(accepted)
}

async fn keys(tenant: &Tenant, count: usize) -> Result<Vec<TestKey>> {
    let mut keys = Vec::with_capacity(count);
    for _ in 0..count {
        keys.push(tenant.key(Access::ReadWrite).await?);
    }
    Ok(keys)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_connections_that_listen_loses_none() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (revoked, kept) = (keys(&tenant, 150).await?, keys(&tenant, 30).await?);
    let stop = Arc::new(AtomicBool::new(false));
    let killed = Arc::new(AtomicUsize::new(0));
    let killer = {
        let (stop, killed) = (Arc::clone(&stop), Arc::clone(&killed));
        let mut owner = server.database.owner().await?;
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let ended = sqlx::query(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and application_name = 'latchkey latchkey_validator'",
                )
                .execute(&mut owner)
                .await?;
                killed.fetch_add(usize::try_from(ended.rows_affected())?, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            Result::Ok(())
        })
    };
    for key in &revoked {
        revoke(server.backend(), &tenant.admin, key.id).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.store(true, Ordering::Relaxed);
    killer.await??;
    assert!(killed.load(Ordering::Relaxed) > 5, "connections were killed");
    until("all revocations are known", Duration::from_secs(10), async || {
        Ok(accepted(&server, &tenant, &revoked).await? == 0)
    })
    .await?;
    assert_eq!(accepted(&server, &tenant, &kept).await?, kept.len());
    Ok(())
}

/// Transactions that commit long after they began, and in another order: a reader that remembers
/// the last number it has seen would step over them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_commit_late_and_out_of_order_lose_none() -> Result {
    const WRITERS: usize = 8;
    const EACH: usize = 12;
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (revoked, kept) = (keys(&tenant, WRITERS * EACH).await?, keys(&tenant, 20).await?);
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(u32::try_from(WRITERS)?)
        .connect_with(server.database.options())
        .await?;
    let mut writers = JoinSet::new();
    for (number, ids) in revoked.chunks(EACH).enumerate() {
        let (pool, ids) = (pool.clone(), ids.iter().map(|key| key.id.0).collect::<Vec<_>>());
        writers.spawn(async move {
            let mut connection = pool.acquire().await?;
            for (turn, id) in ids.into_iter().enumerate() {
                let mut transaction = connection.begin().await?;
                sqlx::query(
                    "update api_keys set status = 'REVOKED', revoked_at = now() where id = $1",
                )
                .bind(id)
                .execute(&mut *transaction)
                .await?;
                // Different for each, and never in the order in which they began.
                let wait = (number * 37 + turn * 53) % 180;
                tokio::time::sleep(Duration::from_millis(u64::try_from(wait)?)).await;
                transaction.commit().await?;
            }
            Result::Ok(())
        });
    }
    while let Some(written) = writers.join_next().await {
        written??;
    }
    until("all revocations are known", Duration::from_secs(3), async || {
        Ok(accepted(&server, &tenant, &revoked).await? == 0)
    })
    .await?;
    assert_eq!(accepted(&server, &tenant, &kept).await?, kept.len());
    Ok(())
}
