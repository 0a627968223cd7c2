//! A key that is refused for a while works again by itself.

use domain::keys::Access;
use domain::members::Role;
use std::time::Duration;

use crate::support::http::get;
use crate::support::server::TestServer;
use crate::support::visitor::Visitor;
use crate::support::{Result, until};

#[tokio::test]
async fn a_tested_key_works_again_by_itself_and_the_end_is_on_record() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let visitor = Visitor::member(&server, &tenant, Role::Admin).await?;
    let at = format!("/{}/settings/api-keys/{}", tenant.slug, key.id);
    let call = get("/v1/patients").host(&tenant.host()).key(&key.text);
    for page in ["disable", "scream-test"] {
        let asked = visitor.get(&format!("{at}/{page}")).await?;
        assert!(asked.status == 200 && asked.body.contains("What breaks"), "{}", asked.body);
    }
    let test = format!("{at}/scream-test");
    for (form, wrong) in [
        ("minutes=7x", "Choose one of the options"),
        ("minutes=other&other_minutes=0", "a whole number of minutes from 1 to 1440"),
    ] {
        let refused = visitor.post(&test, form).await?;
        assert_eq!(refused.status, 422, "{form}");
        assert!(refused.body.contains(wrong), "{form}: {}", refused.body);
    }
    assert_eq!(server.api(&call).await?.status, 200);

    let begun = visitor.post(&test, "minutes=15").await?;
    assert_eq!(begun.status, 303, "{}", begun.body);
    assert_eq!(server.api(&call).await?.status, 401);
    let page = visitor.get(&at).await?;
    assert!(page.body.contains("Disabled for a test, works again in 1"), "{}", page.body);
    assert_eq!(visitor.post(&test, "minutes=5").await?.status, 409, "one is under way");

    // As if it had been begun almost a quarter of an hour ago.
    let mut owner = server.database.owner().await?;
    sqlx::query(
        "update api_keys set scream_from = scream_from - past, scream_until = scream_until - past
         from (select interval '15 minutes' - interval '1 second' as past) as moved where id = $1",
    )
    .bind(key.id.0)
    .execute(&mut owner)
    .await?;
    until("it works again", Duration::from_secs(10), async || {
        Ok(server.api(&call).await?.status == 200)
    })
    .await?;
    until("the end is on record", Duration::from_secs(20), async || {
        let events: Vec<(String, Option<bool>)> = sqlx::query_as(
            "select action, (details ->> 'by_itself')::boolean from audit_events
             where action like 'key.scream_test%' order by seq",
        )
        .fetch_all(&mut owner)
        .await?;
        let begun = ("key.scream_test_begun".to_owned(), None);
        Ok(events == [begun, ("key.scream_test_ended".to_owned(), Some(true))])
    })
    .await?;
    until("who failed is listed", Duration::from_secs(10), async || {
        Ok(visitor.get(&at).await?.body.contains(" refused for it"))
    })
    .await?;
    assert_eq!(visitor.post(&format!("{test}/end"), "").await?.status, 303, "it is over");

    assert_eq!(visitor.post(&test, "minutes=60").await?.status, 303);
    assert_eq!(server.api(&call).await?.status, 401);
    assert_eq!(visitor.post(&format!("{test}/end"), "").await?.status, 303);
    assert_eq!(server.api(&call).await?.status, 200);
    let ends: Vec<bool> = sqlx::query_scalar(
        "select (details ->> 'by_itself')::boolean from audit_events
         where action = 'key.scream_test_ended' order by seq",
    )
    .fetch_all(&mut owner)
    .await?;
    assert_eq!(ends, [true, false]);
    Ok(())
}

#[tokio::test]
async fn keys_that_need_attention_are_listed_where_the_overview_leads() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let visitor = Visitor::member(&server, &tenant, Role::Admin).await?;
    let overview = format!("/{}", tenant.slug);
    let list = |kind: &str| format!("/{}/settings/api-keys?attention={kind}", tenant.slug);
    assert!(!visitor.get(&overview).await?.body.contains("attention="));
    let mut owner = server.database.owner().await?;
    sqlx::query("update api_keys set issued_at = now() - interval '91 days', expires_at = now() + interval '3 days'")
        .execute(&mut owner)
        .await?;
    let page = visitor.get(&overview).await?.body;
    for (text, kind) in [
        ("1 key expires within 14 days", "expiring"),
        ("1 key has not been used for 90 days", "unused"),
    ] {
        assert!(page.contains(text) && page.contains(&list(kind)), "{kind}: {page}");
        let listed = visitor.get(&list(kind)).await?.body;
        assert!(listed.contains(&key.id.to_string()), "{kind}: {listed}");
    }
    assert!(!visitor.get(&list("secretless")).await?.body.contains(&key.id.to_string()));
    Ok(())
}
