//! An event that means nothing, to see whether a webhook works.

use serde_json::json;

use super::address::host_of;
use crate::audit::{self, Action};
use crate::ids::{NoticeId, WebhookId};
use crate::members::Admin;
use crate::notices::note::{Payload, deliver_to, insert};
use crate::notices::{Event, TEST};
use crate::{Backend, Error, Result, database};

/// Tests of one webhook that may wait.
const WAITING_MAX: i64 = 3;

/// Has a test sent to the webhook, whichever events it wants.
pub async fn send_test(backend: &Backend, admin: &Admin, id: WebhookId) -> Result<()> {
    let organization = admin.organization();
    let mut transaction = database::tenant::begin(&backend.pools.app, organization.id).await?;
    // One after the other: each counts the tests before it.
    let webhook =
        sqlx::query!("select status, url from webhooks where id = $1 for no key update", id.0)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(Error::NotFound)?;
    if webhook.status != "ACTIVE" {
        return Err(Error::Conflict("This webhook is switched off: enable it before you test it."));
    }
    let waiting = sqlx::query_scalar!(
        r#"select count(*) as "count!" from notice_deliveries
           join notices on notices.organization_id = notice_deliveries.organization_id and notices.id = notice_id
           where webhook_id = $1 and status = 'WAITING' and event = $2"#,
        id.0,
        TEST,
    )
    .fetch_one(&mut *transaction)
    .await?;
    if waiting >= WAITING_MAX {
        return Err(Error::Conflict(
            "Three tests wait for this webhook already: see what becomes of them before you send another.",
        ));
    }
    let now = backend.clock.now();
    let payload = Payload {
        kind: TEST,
        at: now,
        organization: organization.id,
        slug: &organization.slug,
        more: json!({ "events": Event::ALL.map(Event::as_str) }),
    };
    let notice = NoticeId::generate();
    insert(&mut transaction, organization.id, notice, None, &payload).await?;
    deliver_to(&mut transaction, organization.id, notice, now, &[id]).await?;
    let details = json!({ "host": host_of(&webhook.url), "delivery_id": notice });
    audit::record(&mut transaction, admin, Action::WebhookTested, id.0, details).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DeliveryId;
    use crate::keys::revoke::revoke;
    use crate::members::Member;
    use crate::notices::claim::{Claimed, Recipient, claim};
    use crate::notices::list::list;
    use crate::notices::mails::{change_mails, wants_mails};
    use crate::notices::send_again::send_again;
    use crate::notices::settle::{Outcome, settle};
    use crate::notices::{DeliveryStatus, Problem};
    use crate::testing::World;
    use crate::webhooks::OLD_SECRET_SIGNS;
    use crate::webhooks::get::{get, list as list_webhooks};
    use crate::webhooks::remove::remove;
    use crate::webhooks::rotate_secret::rotate_secret;
    use crate::webhooks::switch::{disable, enable};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    fn secrets(claimed: &Claimed) -> usize {
        match &claimed.to {
            Recipient::Webhook { secrets, .. } => secrets.len(),
            Recipient::Member(_) => 0,
        }
    }

    /// The newest events, of which there are as many as are named.
    async fn newest(world: &World, member: &Member, count: usize) -> Result<Vec<String>> {
        let actions = world.actions(member).await?;
        Ok(actions[actions.len() - count..].to_vec())
    }

    #[sqlx::test(migrations = false)]
    async fn three_tests_wait_at_most(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let (hook, other) = (world.webhook(&admin).await?, world.webhook(&admin).await?);
        for _ in 0..WAITING_MAX {
            send_test(backend, &admin, hook).await?;
        }
        let further = send_test(backend, &admin, hook).await;
        assert!(matches!(further, Err(Error::Conflict(_))), "{further:?}");
        send_test(backend, &admin, other).await?;
        let taken = claim(backend, 10).await?;
        for claimed in &taken {
            settle(backend, claimed, Outcome::Answered(204)).await?;
        }
        send_test(backend, &admin, hook).await
    }

    #[sqlx::test(migrations = false)]
    async fn a_test_is_sent_again_under_its_id_and_both_secrets_sign(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let hook = world.webhook(&admin).await?;
        send_test(backend, &admin, hook).await?;
        let first = claim(backend, 10).await?.remove(0);
        assert_eq!(secrets(&first), 1);
        assert!(first.payload.contains(r#""type":"webhook.test""#), "{}", first.payload);
        settle(backend, &first, Outcome::Answered(404)).await?;
        send_again(backend, &admin, hook, first.id).await?;
        assert_eq!(claim(backend, 10).await?.len(), 0, "it waits for its next attempt already");

        let secret = rotate_secret(backend, &admin, hook, 1).await?;
        let late = rotate_secret(backend, &admin, hook, 1).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
        assert!(get(backend, &admin, hook).await?.old_secret_until.is_some());
        world.clock.set(world.clock.now() + Duration::HOUR);
        let second = claim(backend, 10).await?.remove(0);
        assert_eq!((secrets(&second), second.message_id()), (2, first.message_id()));
        let Recipient::Webhook { secrets: both, .. } = &second.to else { panic!("{second:?}") };
        assert_eq!(both[0], secret, "the new one stands first");
        settle(backend, &second, Outcome::Answered(204)).await?;
        send_again(backend, &admin, hook, first.id).await?;
        world.clock.set(world.clock.now() + OLD_SECRET_SIGNS);
        let third = claim(backend, 10).await?.remove(0);
        assert_eq!((secrets(&third), third.payload), (1, first.payload));
        assert_eq!(
            newest(&world, &admin, 3).await?,
            ["webhook.tested", "webhook.secret_rotated", "webhook.sent_again"]
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn one_that_is_off_is_told_nothing_and_others_cannot_touch_it(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let other = world.admin("two", "delphos").await?;
        let hook = world.webhook(&admin).await?;
        let (key, _) = world.key(&admin, "Export").await?;
        revoke(backend, &admin, key).await?;
        disable(backend, &admin, hook).await?;
        disable(backend, &admin, hook).await?;
        assert_eq!(claim(backend, 10).await?.len(), 0);
        let (lines, _) = list(backend, &admin, hook, 1).await?;
        assert_eq!(lines[0].status, DeliveryStatus::Failed);
        assert_eq!(lines[0].problem, Some(Problem::SwitchedOff));
        let delivery: DeliveryId = lines[0].id;
        for refused in [
            send_test(backend, &admin, hook).await,
            send_again(backend, &admin, hook, delivery).await,
        ] {
            assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        }
        enable(backend, &admin, hook).await?;
        let missing = Err(Error::NotFound);
        assert_eq!(send_test(backend, &other, hook).await, missing);
        assert_eq!(send_again(backend, &other, hook, delivery).await, missing);
        assert_eq!(disable(backend, &other, hook).await, missing);
        assert_eq!(remove(backend, &other, hook).await, missing);
        assert_eq!(rotate_secret(backend, &other, hook, 1).await.map(|_| ()), missing);
        send_again(backend, &admin, hook, delivery).await?;
        remove(backend, &admin, hook).await?;
        assert_eq!(list_webhooks(backend, &admin).await?, []);
        assert_eq!(claim(backend, 10).await?.len(), 0);
        for wanted in [true, false, false] {
            change_mails(backend, &admin, wanted).await?;
            assert_eq!(wants_mails(backend, &admin).await?, wanted);
        }
        assert_eq!(
            newest(&world, &admin, 5).await?,
            [
                "webhook.disabled",
                "webhook.enabled",
                "webhook.sent_again",
                "webhook.removed",
                "organization.notices_changed"
            ]
        );
        Ok(())
    }
}
