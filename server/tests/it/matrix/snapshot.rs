//! Whether anything has changed: all rows that belong to organizations, as one line a table.

use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::support::Result;

/// What changes by itself: what is written once a second, and notes for the directories. Counts and
/// calls, too, are written a little later; their tables are left out by their names. What is to be
/// sent is sent at once.
const RESTLESS: [&str; 3] = ["key_activity", "key_change", "notice_deliveries"];

/// How many rows each table has, and a digest of what stands in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, (i64, String)>);

impl Snapshot {
    /// The tables whose rows differ.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let differs = |(table, rows): (&String, &(i64, String))| {
            (other.0.get(table) != Some(rows)).then(|| table.clone())
        };
        self.0.iter().filter_map(differs).collect()
    }

    pub fn rows(&self, table: &str) -> i64 {
        self.0.get(table).map_or(0, |(rows, _)| *rows)
    }
}

/// Takes snapshots; knows the tables that were there when it was made.
#[derive(Debug)]
pub struct Camera {
    everything: String,
    one_organization: String,
}

impl Camera {
    pub async fn new(owner: &mut PgConnection) -> Result<Self> {
        let tables: Vec<String> = sqlx::query_scalar(
            "select table_name::text from information_schema.columns join information_schema.tables
                    using (table_schema, table_name)
             where table_schema = 'public' and table_type = 'BASE TABLE' and column_name = 'organization_id'
               and table_name <> all ($1) and not starts_with(table_name, 'access_log')
               and not starts_with(table_name, 'usage_')
             order by 1",
        )
        .bind(RESTLESS.map(str::to_owned).to_vec())
        .fetch_all(owner)
        .await?;
        let of = |table: &str, which: &str| {
            format!(
                "select '{table}', count(*), coalesce(md5(string_agg(rows::text, ' ' order by rows::text)), '')
                 from public.{table} rows {which}"
            )
        };
        let all = |which: &str, organizations: &str| {
            let parts = tables.iter().map(|table| of(table, which));
            parts
                .chain([of("organizations", organizations)])
                .collect::<Vec<_>>()
                .join(" union all ")
        };
        Ok(Self {
            everything: format!("{} union all {}", all("", ""), of("users", "")),
            one_organization: all("where organization_id = $1", "where id = $1"),
        })
    }

    /// All organizations, and all users.
    pub async fn everything(&self, owner: &mut PgConnection) -> Result<Snapshot> {
        let rows: Vec<(String, i64, String)> =
            sqlx::query_as(&self.everything).fetch_all(owner).await?;
        Ok(Snapshot(
            rows.into_iter().map(|(table, rows, digest)| (table, (rows, digest))).collect(),
        ))
    }

    /// What belongs to this organization.
    pub async fn organization(&self, owner: &mut PgConnection, id: Uuid) -> Result<Snapshot> {
        let rows: Vec<(String, i64, String)> =
            sqlx::query_as(&self.one_organization).bind(id).fetch_all(owner).await?;
        Ok(Snapshot(
            rows.into_iter().map(|(table, rows, digest)| (table, (rows, digest))).collect(),
        ))
    }
}
