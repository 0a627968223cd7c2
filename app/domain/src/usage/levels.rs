//! The levels of counts: minutes, hours and days, each kept for a time of its own.

use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};

use crate::database::partitions::{Partitions, Width};
use crate::{Backend, Result};

/// For how many days counts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// By the minute: bars of days are exact in every time zone.
    pub minutes: u16,
    /// By the hour.
    pub hours: u16,
    /// By the day, in UTC.
    pub days: u16,
}

impl Default for Retention {
    /// The longest range of the graphs by the minute; the longest period that can be asked for, and
    /// the one before it, by the hour.
    fn default() -> Self {
        Self { minutes: 92, hours: 800, days: 3_650 }
    }
}

/// The tables of counts by key, and the unit by which each tells when.
pub(super) const LEVELS: [(&str, &str); 3] =
    [("usage_minutes", "minute"), ("usage_hours", "hour"), ("usage_days", "day")];

/// The tables' partitions, those of minutes first.
pub(super) fn partitions(retention: Retention) -> Vec<Partitions> {
    vec![
        Partitions::new("usage_minutes", Width::Day, retention.minutes),
        Partitions::new("usage_hours", Width::Month, retention.hours),
        Partitions::new("usage_endpoints", Width::Month, retention.hours),
        Partitions::new("usage_days", Width::Year, retention.days),
    ]
}

/// Makes room for counts that are not written as they happen: of these days, the last one included,
/// and by the minute from `first_minutes` on.
pub async fn make_room(
    backend: &Backend,
    first: Date,
    first_minutes: Date,
    last: Date,
) -> Result<()> {
    let mut levels = partitions(Retention::default());
    let mut connection = backend.pools.validator.acquire().await?;
    for day in 0..=(last - first).whole_days() {
        let day = first.saturating_add(Duration::days(day));
        let skipped = usize::from(day < first_minutes);
        for level in levels.iter_mut().skip(skipped) {
            level.open(&mut connection, day).await?;
        }
    }
    Ok(())
}

/// Since when minutes and hours are there in full; none where nothing of them is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KeptSince {
    pub minutes: Option<OffsetDateTime>,
    pub hours: Option<OffsetDateTime>,
}

/// What the tables hold at this moment.
pub(super) async fn kept_since(connection: &mut PgConnection) -> Result<KeptSince> {
    let row = sqlx::query!(
        "select app.kept_since('usage_minutes') as minutes, app.kept_since('usage_hours') as hours"
    )
    .fetch_one(connection)
    .await?;
    Ok(KeptSince { minutes: row.minutes, hours: row.hours })
}
