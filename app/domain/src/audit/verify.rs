//! Checking that the log still says what was written.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::chain::{BEGINNING, Chain, Damage, Event, Head, Line, Verdict};
use crate::database::{Pools, tenant};
use crate::ids::OrganizationId;
use crate::members::Admin;
use crate::{Backend, Error, Result};

/// Events read at a time.
const STEP: i64 = 1_000;

/// An organization that has a log.
#[derive(Clone, Debug)]
pub struct Log {
    pub organization_id: OrganizationId,
    pub slug: String,
}

/// The logs of all organizations or, with a slug, of that one. For whoever runs the program: no
/// request leads here.
pub async fn logs(pools: &Pools, slug: Option<&str>) -> Result<Vec<Log>> {
    let logs = sqlx::query!(
        "select id, slug from organizations where $1::text is null or slug = $1 order by slug",
        slug,
    )
    .fetch_all(&pools.auth)
    .await?;
    let logs = logs.into_iter();
    Ok(logs.map(|row| Log { organization_id: OrganizationId(row.id), slug: row.slug }).collect())
}

/// Checks the whole log and hands each of its lines on, the head last. Lines behind a damaged one
/// are handed on too.
pub async fn verify(
    pools: &Pools,
    log: &Log,
    mut each: impl FnMut(&Line) -> Result<()>,
) -> Result<Verdict> {
    let mut transaction = tenant::begin_snapshot(&pools.app, log.organization_id).await?;
    let mut chain = Chain::new(log.organization_id.to_string());
    let (mut after, mut read) = ((i64::MIN, Uuid::nil()), 0);
    loop {
        let events = events_after(&mut transaction, after).await?;
        let Some(last) = events.last() else { break };
        after = (last.seq, last.id.parse().map_err(|_| Error::NotFound)?);
        read += i64::try_from(events.len()).unwrap_or(i64::MAX);
        for event in events {
            chain.push(&event);
            each(&Line::Event(event))?;
        }
    }
    if let Some(mut head) = head(&mut transaction).await? {
        head.organization.clone_from(&log.slug);
        chain.end(&head);
        each(&Line::Head(head))?;
    }
    let all = sqlx::query_scalar!(r#"select count(*) as "count!" from audit_events"#)
        .fetch_one(&mut *transaction)
        .await?;
    if all != read {
        chain.note(Damage::Unnumbered(all - read));
    }
    transaction.commit().await?;
    let mut verdict = chain.verdict();
    verdict.organization.clone_from(&log.slug);
    Ok(verdict)
}

/// What a page can tell at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// The first event that was checked.
    pub from: i64,
    /// The last one that is as it was written.
    pub verified: i64,
    pub damage: Option<Damage>,
}

/// Checks the newest events, so many at most; the one before them is taken on trust.
pub async fn recent(backend: &Backend, admin: &Admin, most: i64) -> Result<Recent> {
    let id = admin.organization().id;
    let mut transaction = tenant::begin_snapshot(&backend.pools.app, id).await?;
    let Some(head) = head(&mut transaction).await? else {
        return Ok(Recent { from: 0, verified: 0, damage: Some(Damage::NoHead) });
    };
    let before = (head.seq - most).max(0);
    let known = sqlx::query_scalar!(
        r#"select encode(hash, 'hex') as "hash!" from audit_events where seq = $1"#,
        before,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let known = known.filter(|_| before > 0).unwrap_or_else(|| BEGINNING.to_owned());
    let mut chain = Chain::after(id.to_string(), before, known);
    let mut after = (before, Uuid::max());
    loop {
        let events = events_after(&mut transaction, after).await?;
        let Some(last) = events.last() else { break };
        after = (last.seq, last.id.parse().map_err(|_| Error::NotFound)?);
        for event in &events {
            chain.push(event);
        }
    }
    transaction.commit().await?;
    chain.end(&head);
    let verdict = chain.verdict();
    Ok(Recent { from: before + 1, verified: verdict.verified, damage: verdict.damage })
}

async fn head(transaction: &mut Transaction<'static, Postgres>) -> Result<Option<Head>> {
    let head = sqlx::query_as!(
        Head,
        r#"select organization_id::text as "organization_id!", '' as "organization!", seq,
                  encode(hash, 'hex') as "hash!"
           from audit_heads"#,
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(head)
}

/// The texts are made by the same expressions as in `app.audit_hash`. Rows whose number was
/// tampered with may share one, hence the id.
async fn events_after(
    transaction: &mut Transaction<'static, Postgres>,
    (seq, id): (i64, Uuid),
) -> Result<Vec<Event>> {
    let events = sqlx::query_as!(
        Event,
        r#"select organization_id::text as "organization_id!", seq, id::text as "id!",
                  app.audit_time(at) as "at!", actor_kind, actor_user_id::text as "actor_user_id!",
                  action, target_id::text as "target_id!", details::text as "details!",
                  abbrev(ip) as ip, request_id,
                  coalesce(encode(previous_hash, 'hex'), '') as "previous_hash!",
                  coalesce(encode(hash, 'hex'), '') as "hash!"
           from audit_events where (seq, id) > ($1, $2) order by seq, id limit $3"#,
        seq,
        id,
        STEP,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(events)
}

#[cfg(test)]
mod tests;
