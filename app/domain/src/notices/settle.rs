//! What has become of an attempt.

use time::OffsetDateTime;

use super::claim::{Claimed, Recipient};
use super::{DeliveryStatus, Problem, wait_after};
use crate::ids::WebhookId;
use crate::webhooks::GIVEN_UP_AFTER;
use crate::{Backend, Result};

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this status; 2xx is what was wanted. Redirections are not followed.
    Answered(u16),
    /// The mail server took the letter.
    Mailed,
    Failed(Problem),
}

/// The receiver says that it is gone for good.
const GONE: u16 = 410;

impl Outcome {
    fn is_good(self) -> bool {
        matches!(self, Self::Answered(200..=299) | Self::Mailed)
    }

    /// Whether another attempt could end otherwise.
    fn is_final(self) -> bool {
        matches!(
            self,
            Self::Answered(GONE) | Self::Failed(Problem::NoRecipient | Problem::SwitchedOff)
        )
    }
}

/// Writes the outcome down, and when the next attempt is. A node that took too long has no say any
/// more.
pub async fn settle(backend: &Backend, claimed: &Claimed, outcome: Outcome) -> Result<()> {
    let now = backend.clock.now();
    let attempts = claimed.attempts.saturating_add(1);
    let next_at = now + wait_after(attempts);
    let status = if outcome.is_good() {
        DeliveryStatus::Delivered
    } else if outcome.is_final() || next_at > claimed.give_up_at {
        DeliveryStatus::Failed
    } else {
        DeliveryStatus::Waiting
    };
    let (answer, problem) = match outcome {
        Outcome::Answered(status) => (i16::try_from(status).ok(), None),
        Outcome::Mailed => (None, None),
        Outcome::Failed(problem) => (None, Some(problem.as_str())),
    };
    let settled = sqlx::query!(
        "update notice_deliveries
         set status = $3, attempts = $4, next_at = $5, leased_until = null, answer = $6, problem = $7,
             tried_at = $8, failed_at = case when $3 = 'DELIVERED' then failed_at else coalesce(failed_at, $8) end,
             settled_at = case when $3 <> 'WAITING' then $8 end
         where id = $1 and leased_until = $2 and status = 'WAITING'",
        claimed.id.0,
        claimed.leased_until,
        status.as_str(),
        attempts,
        next_at,
        answer,
        problem,
        now,
    )
    .execute(&backend.pools.validator)
    .await?;
    if let Recipient::Webhook { id, .. } = claimed.to
        && !outcome.is_good()
        && settled.rows_affected() > 0
    {
        give_up(backend, id, outcome == Outcome::Answered(GONE), now).await?;
    }
    Ok(())
}

/// Switches the webhook off where it says that it is gone, or where nothing has come through for
/// days; what waits is given up with it.
async fn give_up(
    backend: &Backend,
    webhook: WebhookId,
    gone: bool,
    now: OffsetDateTime,
) -> Result<()> {
    let mut transaction = backend.pools.validator.begin().await?;
    let since = now - GIVEN_UP_AFTER;
    let failed = sqlx::query!(
        "update webhooks set status = 'FAILED'
         where id = $1 and status = 'ACTIVE'
           and ($2 or (enabled_at <= $3
                       and exists (select from notice_deliveries
                                   where webhook_id = $1 and failed_at <= $3 and failed_at >= enabled_at)
                       and not exists (select from notice_deliveries
                                       where webhook_id = $1 and status = 'DELIVERED' and settled_at > $3)))",
        webhook.0,
        gone,
        since,
    )
    .execute(&mut *transaction)
    .await?;
    if failed.rows_affected() > 0 {
        sqlx::query!(
            "update notice_deliveries
             set status = 'FAILED', problem = coalesce(problem, $2), settled_at = $3, leased_until = null
             where webhook_id = $1 and status = 'WAITING'",
            webhook.0,
            Problem::SwitchedOff.as_str(),
            now,
        )
        .execute(&mut *transaction)
        .await?;
        tracing::warn!(%webhook, gone, "a webhook is switched off: nothing comes through");
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::revoke::revoke;
    use crate::members::Admin;
    use crate::notices::claim::claim;
    use crate::notices::list::{Line, list};
    use crate::testing::World;
    use crate::webhooks::WebhookStatus;
    use crate::webhooks::get::get;
    use crate::webhooks::switch::enable;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    async fn revoke_one(world: &World, admin: &Admin) -> Result<()> {
        let (key, _) = world.key(admin, "Export").await?;
        revoke(&world.backend, admin, key).await
    }

    /// Lets every attempt end so, each as soon as it is due, until nothing waits or `until` comes.
    async fn run(world: &World, outcome: Outcome, until: OffsetDateTime) -> Result<i32> {
        let mut tries = 0;
        while world.clock.now() < until {
            let taken = claim(&world.backend, 10).await?;
            for claimed in &taken {
                tries += 1;
                settle(&world.backend, claimed, outcome).await?;
            }
            let next: Option<OffsetDateTime> = sqlx::query_scalar(
                "select min(next_at) from notice_deliveries where status = 'WAITING'",
            )
            .fetch_one(&world.backend.pools.validator)
            .await?;
            let Some(next) = next else { break };
            world.clock.set(next + Duration::SECOND);
        }
        Ok(tries)
    }

    async fn newest(world: &World, admin: &Admin, hook: WebhookId) -> Result<Line> {
        let (mut lines, _) = list(&world.backend, admin, hook, 1).await?;
        Ok(lines.remove(0))
    }

    #[sqlx::test(migrations = false)]
    async fn tries_again_ever_later_and_gives_up_after_three_days(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let hook = world.webhook(&admin).await?;
        revoke_one(&world, &admin).await?;
        let began = world.clock.now();
        let tries = run(&world, Outcome::Answered(500), began + Duration::days(30)).await?;
        assert!((10..=25).contains(&tries), "{tries}");
        let line = newest(&world, &admin, hook).await?;
        assert_eq!((line.status, line.answer), (DeliveryStatus::Failed, Some(500)));
        let took = world.clock.now() - began;
        assert!((Duration::days(2)..=Duration::days(3)).contains(&took), "{took}");
        assert_eq!(get(&world.backend, &admin, hook).await?.status, WebhookStatus::Active);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_webhook_where_nothing_comes_through_is_switched_off(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let hook = world.webhook(&admin).await?;
        let dead = Outcome::Failed(Problem::NoConnection);
        let began = world.clock.now();
        for day in 0..6 {
            world.clock.set(began + Duration::days(day) + Duration::HOUR);
            revoke_one(&world, &admin).await?;
            run(&world, dead, began + Duration::days(day + 1)).await?;
        }
        assert_eq!(get(backend, &admin, hook).await?.status, WebhookStatus::Failed);
        assert_eq!(get(backend, &admin, hook).await?.waiting, 0);
        // From now on it is told nothing, until somebody switches it on; that is a new beginning.
        revoke_one(&world, &admin).await?;
        assert_eq!(claim(backend, 10).await?.len(), 0);
        enable(backend, &admin, hook).await?;
        revoke_one(&world, &admin).await?;
        let taken = claim(backend, 10).await?;
        settle(backend, &taken[0], dead).await?;
        assert_eq!(get(backend, &admin, hook).await?.status, WebhookStatus::Active);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn who_is_gone_is_believed_at_once(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let hook = world.webhook(&admin).await?;
        revoke_one(&world, &admin).await?;
        revoke_one(&world, &admin).await?;
        let taken = claim(backend, 10).await?;
        settle(backend, &taken[0], Outcome::Answered(410)).await?;
        let webhook = get(backend, &admin, hook).await?;
        assert_eq!((webhook.status, webhook.waiting), (WebhookStatus::Failed, 0));
        Ok(())
    }
}
