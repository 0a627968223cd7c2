//! What a period's requests are made of: keys or channels, the busiest first.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::stretches::Stretches;
use crate::Result;
use crate::ids::OrganizationId;

/// Lines of the table of keys or channels.
pub const GROUPS_MAX: i64 = 50;

/// By what the table tells requests apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    #[default]
    Key,
    Channel,
}

impl By {
    pub const ALL: [Self; 2] = [Self::Key, Self::Channel];

    /// As it stands in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Channel => "channel",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == name)
    }
}

/// A key or a channel, and how its requests ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `None` for keys without a channel.
    pub id: Option<Uuid>,
    pub name: Option<String>,
    pub accepted: i64,
    pub refused: i64,
}

/// The organization's, over these stretches.
pub(super) async fn groups(
    transaction: &mut Transaction<'static, Postgres>,
    organization: OrganizationId,
    stretches: &Stretches,
    by: By,
) -> Result<Vec<Group>> {
    if stretches.levels.is_empty() {
        return Ok(Vec::new());
    }
    // A key's former texts count as the key: there are few of them beside ten thousand keys.
    let (id, keys, name) = match by {
        By::Key => (
            "coalesce(draining_of, key_id)",
            "left join (select id, draining_of from api_keys where draining_of is not null)",
            "(select name from api_keys where id = sums.id)",
        ),
        By::Channel => {
            ("channel_id", "join api_keys", "(select name from channels where id = sums.id)")
        }
    };
    let statement = format!(
        "with counted as ({}), by_key as (
             select key_id, sum(requests) as requests,
                    coalesce(sum(requests) filter (where outcome = 'accepted'), 0) as accepted
             from counted group by 1
         ), sums as (
             select {id} as id, sum(accepted)::bigint as accepted, sum(requests)::bigint as requests
             from by_key {keys} as keys on keys.id = key_id
             group by 1 having sum(requests) > 0
             order by sum(requests) desc, 1 limit $2)
         select id, {name}, accepted, requests - accepted from sums order by requests desc, id",
        counted_by_key(stretches)
    );
    let mut query = sqlx::query_as(&statement).bind(organization.0).bind(GROUPS_MAX);
    for (start, end) in stretches.starts.iter().zip(&stretches.ends) {
        query = query.bind(start).bind(end);
    }
    let rows: Vec<(Option<Uuid>, Option<String>, i64, i64)> =
        query.fetch_all(&mut **transaction).await?;
    let group = |(id, name, accepted, refused)| Group { id, name, accepted, refused };
    Ok(rows.into_iter().map(group).collect())
}

/// Reads each stretch, from `$3` to `$4` and so on, from its level: there are few of them, and the
/// database looks only at the partitions that they need.
fn counted_by_key(stretches: &Stretches) -> String {
    let select = |(place, (level, sign)): (usize, (&String, &i64))| {
        let unit = level.trim_end_matches('s');
        let sign = if *sign < 0 { "-" } else { "" };
        let (start, end) = (2 * place + 3, 2 * place + 4);
        format!(
            "select key_id, outcome, {sign}requests as requests from usage_{level}
             where organization_id = $1 and {unit} >= ${start} and {unit} < ${end}"
        )
    };
    let selects = stretches.levels.iter().zip(&stretches.signs).enumerate().map(select);
    selects.collect::<Vec<_>>().join(" union all ")
}
