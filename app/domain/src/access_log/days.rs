//! The log's partitions, a day each: made before they are needed, dropped when they are old.

use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};

use crate::Result;

/// Days ahead for which there are partitions.
const AHEAD: i64 = 3;

/// The days that are known to be there.
#[derive(Debug, Default)]
pub(super) struct Days {
    known: Vec<Date>,
}

impl Days {
    /// Makes the next days' partitions, and drops those that are older than `keep` days.
    pub(super) async fn turn(
        &mut self,
        connection: &mut PgConnection,
        now: OffsetDateTime,
        keep: u16,
    ) -> Result<()> {
        for ahead in -1..=AHEAD {
            self.open(connection, now.date() + Duration::days(ahead)).await?;
        }
        let first = now.date() - Duration::days(i64::from(keep.max(1)));
        let dropped = sqlx::query_scalar!("select app.drop_access_log_days($1)", first)
            .fetch_one(&mut *connection)
            .await?;
        if dropped.is_some_and(|dropped| dropped > 0) {
            tracing::info!(days = dropped, before = %first, "old days of the access log are gone");
        }
        self.known.retain(|day| *day >= first);
        Ok(())
    }

    /// Makes the day's partition where it is missing.
    pub(super) async fn open(&mut self, connection: &mut PgConnection, day: Date) -> Result<()> {
        if !self.known.contains(&day) {
            sqlx::query!("select app.open_access_log_day($1)", day).execute(connection).await?;
            self.known.push(day);
        }
        Ok(())
    }
}
