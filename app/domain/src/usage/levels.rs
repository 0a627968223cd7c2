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

/// A table of counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub table: &'static str,
    /// The columns that say whose requests they are.
    pub owner: &'static str,
    /// What tells one row from another, beside the outcome.
    pub identity: &'static str,
    /// The unit of the column that says when, and its name.
    pub unit: &'static str,
}

impl Level {
    const fn of_keys(table: &'static str, identity: &'static str, unit: &'static str) -> Self {
        Self { table, owner: "organization_id, key_id", identity, unit }
    }

    const fn of_organizations(
        table: &'static str,
        identity: &'static str,
        unit: &'static str,
    ) -> Self {
        Self { table, owner: "organization_id", identity, unit }
    }
}

/// Counts by key.
pub(super) const OF_KEYS: [Level; 3] = [
    Level::of_keys("usage_minutes", "key_id, minute", "minute"),
    Level::of_keys("usage_hours", "key_id, hour", "hour"),
    Level::of_keys("usage_days", "key_id, day", "day"),
];

/// Their sums by organization.
pub(super) const OF_ORGANIZATIONS: [Level; 3] = [
    Level::of_organizations("usage_organization_minutes", "organization_id, minute", "minute"),
    Level::of_organizations("usage_organization_hours", "organization_id, hour", "hour"),
    Level::of_organizations("usage_organization_days", "organization_id, day", "day"),
];

/// How many tables there are by the minute.
const MINUTES: usize = 2;

/// The tables' partitions, those of minutes first.
pub(super) fn partitions(retention: Retention) -> Vec<Partitions> {
    let Retention { minutes, hours, days } = retention;
    let tables = [
        ("usage_minutes", Width::Day, minutes),
        ("usage_organization_minutes", Width::Month, minutes),
        ("usage_hours", Width::Month, hours),
        ("usage_organization_hours", Width::Month, hours),
        ("usage_endpoints", Width::Month, hours),
        ("usage_organization_endpoints", Width::Month, hours),
        ("usage_days", Width::Year, days),
        ("usage_organization_days", Width::Year, days),
    ];
    tables.map(|(table, width, keep_days)| Partitions::new(table, width, keep_days)).into()
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
        let skipped = if day < first_minutes { MINUTES } else { 0 };
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
        "select app.kept_since('usage_minutes') as minutes, app.kept_since('usage_hours') as hours,
                app.kept_since('usage_organization_minutes') as organization_minutes,
                app.kept_since('usage_organization_hours') as organization_hours"
    )
    .fetch_one(connection)
    .await?;
    // Tables are cut off one after the other.
    let both = |one: Option<OffsetDateTime>, two| one.zip(two).map(|(one, two)| one.max(two));
    Ok(KeptSince {
        minutes: both(row.minutes, row.organization_minutes),
        hours: both(row.hours, row.organization_hours),
    })
}
