//! Tables in partitions of whole days, in UTC: made before they are needed, dropped when they are
//! old.

use sqlx::PgConnection;
use time::{Date, Duration, Month, OffsetDateTime};

use crate::Result;
use crate::clock::milliseconds;

/// Days ahead for which there are partitions.
const AHEAD: i64 = 3;
/// How often they are looked after, beside every midnight's own need.
const TURN_MS: i64 = 3_600_000;

/// How long a partition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Day,
    Month,
    Year,
}

impl Width {
    /// The first day of the partition that holds this one.
    fn start(self, day: Date) -> Date {
        let start = match self {
            Self::Day => Ok(day),
            Self::Month => day.replace_day(1),
            Self::Year => Date::from_calendar_date(day.year(), Month::January, 1),
        };
        start.unwrap_or(day)
    }

    /// The first day of the next one.
    fn end(self, start: Date) -> Date {
        let long = match self {
            Self::Day => 1,
            Self::Month => 31,
            Self::Year => 366,
        };
        self.start(start.saturating_add(Duration::days(long)))
    }
}

/// A table's partitions.
#[derive(Debug)]
pub struct Partitions {
    table: &'static str,
    width: Width,
    keep_days: u16,
    /// The first days of those that are known to be there.
    known: Vec<Date>,
    turned_ms: Option<i64>,
}

impl Partitions {
    /// Of this table; what is older than `keep_days` is dropped.
    pub fn new(table: &'static str, width: Width, keep_days: u16) -> Self {
        Self { table, width, keep_days, known: Vec::new(), turned_ms: None }
    }

    /// Whether they have not been looked after for a while.
    pub fn are_due(&self, now: OffsetDateTime) -> bool {
        let passed = |turned_ms: i64| (milliseconds(now) - turned_ms).abs();
        self.turned_ms.is_none_or(|turned_ms| passed(turned_ms) >= TURN_MS)
    }

    /// Where it is due, makes the next days' partitions and drops the old ones. Whoever reads one
    /// for long, as a backup does, is left alone: then they are dropped another time.
    pub async fn turn(&mut self, connection: &mut PgConnection, now: OffsetDateTime) -> Result<()> {
        if !self.are_due(now) {
            return Ok(());
        }
        for ahead in -1..=AHEAD {
            self.open(connection, now.date() + Duration::days(ahead)).await?;
        }
        let first = now.date() - Duration::days(i64::from(self.keep_days.max(1)));
        match self.drop_before(connection, first).await {
            Ok(0) => {}
            Ok(dropped) => {
                tracing::info!(table = self.table, dropped, before = %first, "what was old is gone");
            }
            Err(error) => {
                tracing::warn!(%error, table = self.table, "what is old cannot be dropped yet");
            }
        }
        self.turned_ms = Some(milliseconds(now));
        Ok(())
    }

    async fn drop_before(&mut self, connection: &mut PgConnection, first: Date) -> Result<i32> {
        let dropped = sqlx::query_scalar!("select app.drop_partitions($1, $2)", self.table, first)
            .fetch_one(connection)
            .await?;
        self.known.retain(|start| self.width.end(*start) > first);
        Ok(dropped.unwrap_or(0))
    }

    /// Makes the partition that holds this day, where it is missing.
    pub async fn open(&mut self, connection: &mut PgConnection, day: Date) -> Result<()> {
        let start = self.width.start(day);
        if !self.known.contains(&start) {
            let end = self.width.end(start);
            sqlx::query!("select app.open_partition($1, $2, $3)", self.table, start, end)
                .execute(connection)
                .await?;
            self.known.push(start);
        }
        Ok(())
    }

    /// Believes in none of them any more: what was written did not find its own.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::macros::{date, datetime};

    #[test]
    fn partitions_follow_each_other() {
        for (width, day, start, end) in [
            (Width::Day, date!(2028 - 02 - 28), date!(2028 - 02 - 28), date!(2028 - 02 - 29)),
            (Width::Month, date!(2027 - 01 - 31), date!(2027 - 01 - 01), date!(2027 - 02 - 01)),
            (Width::Month, date!(2026 - 02 - 28), date!(2026 - 02 - 01), date!(2026 - 03 - 01)),
            (Width::Year, date!(2028 - 12 - 31), date!(2028 - 01 - 01), date!(2029 - 01 - 01)),
        ] {
            assert_eq!((width.start(day), width.end(width.start(day))), (start, end), "{day}");
        }
    }

    async fn starts(owner: &PgConnectOptions, table: &str) -> Result<Vec<OffsetDateTime>> {
        let mut owner = owner.connect().await?;
        let starts = "select starts_at from app.partitions($1::text::regclass) order by 1";
        Ok(sqlx::query_scalar(starts).bind(table).fetch_all(&mut owner).await?)
    }

    #[sqlx::test(migrations = false)]
    async fn they_are_made_ahead_and_dropped_whole(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let mut connection = world.backend.pools.validator.acquire().await?;
        let mut days = Partitions::new("usage_minutes", Width::Day, 2);
        let mut months = Partitions::new("usage_hours", Width::Month, 40);
        let first = datetime!(2026-01-30 12:00 UTC);
        days.turn(&mut connection, first).await?;
        months.turn(&mut connection, first).await?;
        let made = starts(&world.owner, "usage_minutes").await?;
        assert_eq!(made.first(), Some(&datetime!(2026-01-29 00:00 UTC)));
        assert_eq!((made.len(), made.last()), (5, Some(&datetime!(2026-02-02 00:00 UTC))));
        let both = [datetime!(2026-01-01 00:00 UTC), datetime!(2026-02-01 00:00 UTC)];
        assert_eq!(starts(&world.owner, "usage_hours").await?, both);

        // Of the 12th of March, 40 days ago was the 31st of January, of the 13th the 1st of February.
        for (now, kept) in
            [(datetime!(2026-03-12 01:00 UTC), 3), (datetime!(2026-03-13 01:00 UTC), 2)]
        {
            months.turn(&mut connection, now).await?;
            assert_eq!(starts(&world.owner, "usage_hours").await?.len(), kept, "{now}");
        }
        days.turn(&mut connection, datetime!(2026-02-02 01:00 UTC)).await?;
        let kept = starts(&world.owner, "usage_minutes").await?;
        assert_eq!(kept.first(), Some(&datetime!(2026-01-31 00:00 UTC)));
        // Somebody else has dropped what this one believes in.
        let mut owner = world.owner.connect().await?;
        sqlx::query("drop table usage_minutes_20260202").execute(&mut owner).await?;
        days.forget();
        days.open(&mut connection, date!(2026 - 02 - 02)).await?;
        assert_eq!(starts(&world.owner, "usage_minutes").await?, kept);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn whoever_reads_for_long_keeps_nobody_from_writing(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let mut connection = world.backend.pools.validator.acquire().await?;
        let mut days = Partitions::new("access_log", Width::Day, 2);
        let now = datetime!(2026-01-30 12:00 UTC);
        days.turn(&mut connection, now).await?;
        let mut reader = world.owner.connect().await?;
        sqlx::raw_sql("begin; select count(*) from access_log").execute(&mut reader).await?;
        days.turn(&mut connection, now + Duration::days(9)).await?;
        assert_eq!(starts(&world.owner, "access_log").await?.len(), 10, "old ones are still there");
        sqlx::raw_sql("commit").execute(&mut reader).await?;
        days.turn(&mut connection, now + Duration::days(9) + Duration::HOUR).await?;
        assert_eq!(starts(&world.owner, "access_log").await?.len(), 5);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn other_tables_are_left_alone(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let mut connection = world.backend.pools.validator.acquire().await?;
        for table in ["api_keys", "pg_class", "nowhere", "public.access_log"] {
            let asked = "select app.open_partition($1, '2026-01-30', '2026-01-31')";
            let made = sqlx::query(asked).bind(table).execute(&mut *connection).await;
            assert!(made.is_err(), "{table}");
        }
        Ok(())
    }
}
