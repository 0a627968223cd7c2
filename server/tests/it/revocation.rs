//! How soon a revoked key is refused.

use domain::keys::Access;
use domain::keys::revoke::revoke;
use std::time::{Duration, Instant};

use crate::support::http::{Connection, get};
use crate::support::server::TestServer;
use crate::support::tenant::{Tenant, TestKey};
use crate::support::{Result, fail};

const TRIES: usize = 200;
const LIMIT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn by_the_dashboard_within_50_ms() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let revoke = async |key: &TestKey| Ok(revoke(server.backend(), &tenant.admin, key.id).await?);
    judge("by the dashboard's operation", async || measure(&server, &tenant, &revoke).await).await
}

#[tokio::test]
async fn by_raw_sql_within_50_ms() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let pool = sqlx::PgPool::connect_with(server.database.options()).await?;
    let revoke = async |key: &TestKey| {
        sqlx::query("update api_keys set status = 'REVOKED', revoked_at = now() where id = $1")
            .bind(key.id.0)
            .execute(&pool)
            .await?;
        Ok(())
    };
    judge("by raw SQL", async || measure(&server, &tenant, &revoke).await).await
}

/// From the moment at which the change is acknowledged to the first refusal over HTTP.
async fn measure(
    server: &TestServer,
    tenant: &Tenant,
    revoke: &impl AsyncFn(&TestKey) -> Result,
) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(&server.addresses().api).await?;
    let mut delays = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        let key = tenant.key(Access::ReadWrite).await?;
        let call = get("/v1/nothing").host(&tenant.host()).key(&key.text);
        let before = connection.send(&call).await?;
        assert_eq!(before.status, 404, "a good key gets past the check");
        revoke(&key).await?;
        let revoked = Instant::now();
        while connection.send(&call).await?.status != 401 {
            if revoked.elapsed() > Duration::from_secs(5) {
                return fail("a revoked key is still accepted");
            }
        }
        delays.push(revoked.elapsed());
    }
    Ok(delays)
}

async fn judge(how: &str, measure: impl AsyncFn() -> Result<Vec<Duration>>) -> Result {
    let mut delays = measure().await?;
    delays.sort_unstable();
    let at = |percent: usize| delays[(delays.len() * percent).div_ceil(100) - 1];
    let (half, p99, most) = (at(50), at(99), at(100));
    eprintln!(
        "revoked {how}, refused after: p50 {half:?}, p99 {p99:?}, at most {most:?} ({TRIES} tries)"
    );
    assert!(p99 <= LIMIT, "p99 {p99:?}");
    Ok(())
}
