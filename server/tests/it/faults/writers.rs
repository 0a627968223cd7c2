//! Who change keys, each its own ones, by transactions that stay open for different times: so they
//! commit in another order than they begin in.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::truth::Watched;
use crate::support::Result;

pub const WRITERS: usize = 8;
/// Of a writer between two changes. A key keeps its state for about three seconds, longer than
/// the limit: otherwise it would be right again before it could be wrong for too long.
const REST: Duration = Duration::from_millis(75);
/// While PostgreSQL starts anew there is nobody to ask.
const RETRY: Duration = Duration::from_millis(20);
/// How long PostgreSQL may be away.
const PATIENCE: Duration = Duration::from_secs(20);

/// One writer's work, by a road that no fault lies on but PostgreSQL's own restart: how many
/// changes it has committed.
pub async fn write(
    number: usize,
    options: PgConnectOptions,
    keys: Arc<Vec<Watched>>,
    stop: Arc<AtomicBool>,
) -> Result<usize> {
    let mut connection: Option<PgConnection> = None;
    let mut changes = 0;
    let mut round = number;
    while !stop.load(Ordering::Acquire) {
        let Some(open) = &mut connection else {
            connection = options.connect().await.ok();
            tokio::time::sleep(RETRY).await;
            continue;
        };
        tokio::time::sleep(REST).await;
        round += 1;
        let own = keys.len() / WRITERS;
        let key = &keys[number * own + (round * 7) % own];
        let refused = !key.is_refused();
        key.begin();
        // From 0 to 28 ms, differently for each.
        let open_for = Duration::from_millis(u64::try_from((round * 5 + number * 3) % 29)?);
        if change(open, key, refused, open_for).await.is_ok() {
            key.end(refused);
            changes += 1;
        } else {
            // Perhaps it counts, perhaps not: the database knows.
            connection = None;
            key.end(is_refused(&options, key).await?);
        }
    }
    Ok(changes)
}

async fn change(
    connection: &mut PgConnection,
    key: &Watched,
    refused: bool,
    open_for: Duration,
) -> Result {
    let mut transaction = connection.begin().await?;
    sqlx::query("update api_keys set status = $2 where id = $1")
        .bind(key.id.0)
        .bind(if refused { "DISABLED" } else { "ACTIVE" })
        .execute(&mut *transaction)
        .await?;
    tokio::time::sleep(open_for).await;
    transaction.commit().await?;
    Ok(())
}

/// As the database has it, once it can be asked.
async fn is_refused(options: &PgConnectOptions, key: &Watched) -> Result<bool> {
    let began = Instant::now();
    loop {
        let asked = async {
            let mut connection = options.connect().await?;
            let query = "select status <> 'ACTIVE' from api_keys where id = $1";
            sqlx::query_scalar(query).bind(key.id.0).fetch_one(&mut connection).await
        };
        match asked.await {
            Ok(refused) => return Ok(refused),
            Err(error) if began.elapsed() > PATIENCE => return Err(error.into()),
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}
