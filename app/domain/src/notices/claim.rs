//! Taking what is due, so that one node sends it.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::ids::{DeliveryId, NoticeId, OrganizationId, UserId, WebhookId};
use crate::webhooks::address::Address;
use crate::webhooks::secret::SigningSecret;
use crate::{Backend, Result};

/// For how long a delivery is a node's own: longer than any attempt takes.
const LEASE: Duration = Duration::MINUTE;
/// Of one organization, at once on all nodes: to so many of its webhooks, and to so many of its people.
const EACH: i64 = 4;
/// Of these places, those that webhooks may take whose last attempt failed: however long they hang, one
/// is left to the others.
const FAILING: i64 = 3;

/// A delivery to be sent now.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: DeliveryId,
    pub notice: NoticeId,
    pub organization: OrganizationId,
    pub to: Recipient,
    pub payload: String,
    /// How many attempts have failed.
    pub attempts: i32,
    pub(super) give_up_at: OffsetDateTime,
    pub(super) leased_until: OffsetDateTime,
}

/// Who gets it.
#[derive(Clone, Debug)]
pub enum Recipient {
    Webhook {
        id: WebhookId,
        /// None: not to be reached any more, as this program is configured.
        address: Option<Address>,
        /// The newest first.
        secrets: Vec<SigningSecret>,
    },
    Member(UserId),
}

impl Claimed {
    /// The same for every attempt, by which receivers tell that they know it already.
    pub fn message_id(&self) -> String {
        format!("msg_{}", self.notice.0.simple())
    }
}

struct Row {
    id: Uuid,
    notice_id: Uuid,
    organization_id: Uuid,
    webhook_id: Option<Uuid>,
    user_id: Option<Uuid>,
    attempts: i32,
    give_up_at: OffsetDateTime,
    payload: String,
    url: Option<String>,
    secret: Option<Vec<u8>>,
    old_secret: Option<Vec<u8>>,
}

/// Takes so many at most. Of each recipient one at a time, and of each organization a few: who is slow
/// keeps nobody else waiting, and gets things in order as long as they come through. An organization's
/// webhooks take turns: those whose last attempt failed after the others, and then whoever was tried
/// the longest ago first. Mails do not wait for webhooks. Among organizations, whoever has the fewest
/// under way comes first, and then what has been due the longest.
pub async fn claim(backend: &Backend, most: i64) -> Result<Vec<Claimed>> {
    let now = backend.clock.now();
    // PostgreSQL keeps microseconds.
    let leased_until = (now + LEASE).truncate_to_microsecond();
    let rows = sqlx::query_as!(
        Row,
        r#"with under_way as (
               select organization_id, webhook_id is null as is_mail, count(*) as count
               from notice_deliveries
               where status = 'WAITING' and leased_until > $1
               group by organization_id, webhook_id is null
           ), first as (
               select distinct on (coalesce(webhook_id, user_id)) id, organization_id, webhook_id,
                      webhook_id is null as is_mail, next_at
               from notice_deliveries first
               where status = 'WAITING' and next_at <= $1
                 and not exists (
                     select from notice_deliveries busy
                     where busy.status = 'WAITING' and busy.leased_until > $1
                       and coalesce(busy.webhook_id, busy.user_id)
                           = coalesce(first.webhook_id, first.user_id))
               order by coalesce(webhook_id, user_id), next_at, id
           ), turn as (
               select first.id, coalesce(failing, false) as failing,
                      coalesce(count, 0)
                          + row_number() over (partition by first.organization_id, first.is_mail
                                               order by coalesce(failing, false), tried_at nulls first,
                                                        next_at, first.id) as place
               from first
               left join lateral (
                   select tried.tried_at, status <> 'DELIVERED' and attempts > 0 as failing
                   from notice_deliveries tried
                   where tried.webhook_id = first.webhook_id and tried.tried_at is not null
                   order by tried.tried_at desc limit 1) last on true
               left join under_way on under_way.organization_id = first.organization_id
                                  and under_way.is_mail = first.is_mail
           ), due as (
               select waiting.id from notice_deliveries waiting join turn on turn.id = waiting.id
               where place <= $4 and (place <= $5 or not failing)
                 and status = 'WAITING' and next_at <= $1
                 and (leased_until is null or leased_until <= $1)
               order by failing, place, next_at, waiting.id limit $3 for update of waiting skip locked
           ), claimed as (
               update notice_deliveries set leased_until = $2 from due where notice_deliveries.id = due.id
               returning notice_deliveries.*
           )
           select claimed.id, notice_id, claimed.organization_id, webhook_id, user_id, attempts, give_up_at,
                  payload, url as "url?", secret as "secret?",
                  case when old_secret_until > $1 then old_secret end as old_secret
           from claimed
           join notices on notices.organization_id = claimed.organization_id and notices.id = notice_id
           left join webhooks on webhooks.id = webhook_id"#,
        now,
        leased_until,
        most,
        EACH,
        FAILING,
    )
    .fetch_all(&backend.pools.validator)
    .await?;
    rows.into_iter().map(|row| claimed(backend, row, leased_until)).collect()
}

fn claimed(backend: &Backend, row: Row, leased_until: OffsetDateTime) -> Result<Claimed> {
    let to = match (row.webhook_id.map(WebhookId), row.user_id) {
        (Some(id), _) => {
            let sealed = [row.secret, row.old_secret].into_iter().flatten();
            let secrets = sealed.map(|sealed| SigningSecret::unseal(&backend.pepper, id, &sealed));
            let url = row.url.unwrap_or_default();
            let address = Address::parse(&url, &backend.webhook_reach).ok();
            Recipient::Webhook { id, address, secrets: secrets.collect::<Result<_>>()? }
        }
        (None, user) => Recipient::Member(UserId(user.unwrap_or_default())),
    };
    Ok(Claimed {
        id: DeliveryId(row.id),
        notice: NoticeId(row.notice_id),
        organization: OrganizationId(row.organization_id),
        to,
        payload: row.payload,
        attempts: row.attempts,
        give_up_at: row.give_up_at,
        leased_until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::create::{NewKey, create};
    use crate::keys::revoke::revoke;
    use crate::notices::Problem;
    use crate::notices::due::note_due;
    use crate::notices::settle::{Outcome, settle};
    use crate::testing::{World, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn one_node_sends_each_and_a_dead_one_only_makes_it_late(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let (first, second) = (world.webhook(&admin).await?, world.webhook(&admin).await?);
        for name in ["One", "Two"] {
            let (key, _) = world.key(&admin, name).await?;
            revoke(backend, &admin, key).await?;
        }
        let (left, right) = tokio::join!(claim(backend, 10), claim(backend, 10));
        let (left, right) = (left?, right?);
        let all: Vec<_> = left.iter().chain(&right).collect();
        let to = |claimed: &&Claimed| match &claimed.to {
            Recipient::Webhook { id, .. } => Some(*id),
            Recipient::Member(_) => None,
        };
        let mut ids: Vec<_> = all.iter().filter_map(to).collect();
        ids.sort();
        let mut wanted = vec![first, second];
        wanted.sort();
        assert_eq!(ids, wanted, "one each");
        assert_eq!(claim(backend, 10).await?.len(), 0, "until these are settled");
        settle(backend, all[0], Outcome::Answered(200)).await?;
        let next = claim(backend, 10).await?;
        assert_eq!(next.len(), 1);
        assert_ne!(next[0].notice, all[0].notice);

        // The node that had taken them is gone: after a minute another one takes them.
        world.clock.set(world.clock.now() + LEASE + Duration::SECOND);
        let again = claim(backend, 10).await?;
        assert_eq!(again.len(), 2);
        assert!(again.iter().any(|claimed| claimed.id == all[1].id));
        // What the first one has to say after all counts no more.
        settle(backend, all[1], Outcome::Answered(500)).await?;
        let late = again.iter().find(|claimed| claimed.id == all[1].id).unwrap_or(&again[0]);
        settle(backend, late, Outcome::Answered(204)).await?;
        let status: String =
            sqlx::query_scalar("select status from notice_deliveries where id = $1")
                .bind(late.id.0)
                .fetch_one(&backend.pools.validator)
                .await?;
        assert_eq!(status, "DELIVERED");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn who_has_many_webhooks_leaves_room_for_others(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let (many, few) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        for _ in 0..10 {
            world.webhook(&many).await?;
        }
        world.webhook(&few).await?;
        for admin in [&many, &few] {
            let (key, _) = world.key(admin, "Export").await?;
            revoke(backend, admin, key).await?;
        }
        // The other's comes second, although nine were due before it.
        let two = claim(backend, 2).await?;
        let of = |taken: &[Claimed], admin: &crate::members::Admin| {
            let id = admin.organization().id;
            taken.iter().filter(|claimed| claimed.organization == id).count()
        };
        assert_eq!((of(&two, &many), of(&two, &few)), (1, 1));
        let more = claim(backend, 20).await?;
        assert_eq!((of(&more, &many), of(&more, &few)), (3, 0));
        assert_eq!(claim(backend, 20).await?.len(), 0, "four are under way");
        settle(backend, &more[0], Outcome::Answered(204)).await?;
        assert_eq!(claim(backend, 20).await?.len(), 1);
        Ok(())
    }

    /// The webhooks among them, in no order, and how many letters there are.
    fn told(taken: &[Claimed]) -> (Vec<WebhookId>, usize) {
        let to = |claimed: &Claimed| match &claimed.to {
            Recipient::Webhook { id, .. } => Some(*id),
            Recipient::Member(_) => None,
        };
        let mut webhooks: Vec<_> = taken.iter().filter_map(to).collect();
        webhooks.sort();
        let letters = taken.len() - webhooks.len();
        (webhooks, letters)
    }

    #[sqlx::test(migrations = false)]
    async fn webhooks_that_hang_leave_room_for_others_and_for_mails(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let happens =
            async |name: &str| revoke(backend, &admin, world.key(&admin, name).await?.0).await;
        let end = async |taken: &[Claimed], outcome: Outcome| {
            world.clock.set(world.clock.now() + Duration::seconds(15));
            for claimed in taken {
                settle(backend, claimed, outcome).await?;
            }
            Ok::<_, crate::Error>(())
        };
        let timeout = Outcome::Failed(Problem::Timeout);
        let lifetime = Some(Duration::days(2));
        create(backend, &admin, &NewKey { lifetime, ..new_key("Short")? }).await?;
        world.clock.set(world.clock.now() + Duration::hours(25));
        let mut hanging = Vec::new();
        for _ in 0..4 {
            hanging.push(world.webhook(&admin).await?);
        }
        hanging.sort();
        for name in ["One", "Two", "Three"] {
            happens(name).await?;
        }
        let first = claim(backend, 10).await?;
        assert_eq!(told(&first), (hanging.clone(), 0));
        note_due(backend, true).await?;
        assert_eq!(told(&claim(backend, 10).await?), (vec![], 1), "mails have places of their own");

        // What the others have been waiting to tell was due long before.
        let sound = world.webhook(&admin).await?;
        happens("Four").await?;
        assert_eq!(claim(backend, 10).await?.len(), 0, "four are under way");
        end(&first, timeout).await?;
        let (well, second): (Vec<_>, Vec<_>) = claim(backend, 10)
            .await?
            .into_iter()
            .partition(|claimed| told(std::slice::from_ref(claimed)).0 == [sound]);
        assert_eq!((well.len(), second.len()), (1, 2), "one place is kept free");
        end(&well, Outcome::Answered(204)).await?;
        happens("Five").await?;
        let well = claim(backend, 10).await?;
        assert_eq!(told(&well), (vec![sound], 0), "while the others hang");
        end(&well, Outcome::Answered(204)).await?;

        // Among those that hang, each has its turn.
        end(&second, timeout).await?;
        let (tried, _) = told(&second);
        hanging.retain(|webhook| !tried.contains(webhook));
        let (third, _) = told(&claim(backend, 10).await?);
        assert_eq!((third.len(), hanging.len()), (3, 2));
        assert!(hanging.iter().all(|webhook| third.contains(webhook)), "{third:?}");
        Ok(())
    }
}
