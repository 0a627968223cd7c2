//! Logs that nobody touched, and logs that somebody did.

use super::*;
use crate::audit::chain::verify_chain;
use crate::audit::list::{Filter, list};
use crate::channels::add::{NewChannel, add};
use crate::testing::World;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::sync::Arc;

async fn add_channels(world: &World, admin: &Admin, count: usize) -> Result<()> {
    for place in 0..count {
        let new = NewChannel::parse(&format!("Channel {place}"), "")?;
        add(&world.backend, admin, &new).await?;
    }
    Ok(())
}

async fn log_of(world: &World, slug: &str) -> Result<Log> {
    let logs = logs(&world.backend.pools, Some(slug)).await?;
    logs.into_iter().next().ok_or(Error::NotFound)
}

async fn lines(world: &World, slug: &str) -> Result<(Vec<Line>, Verdict)> {
    let mut lines = Vec::new();
    let log = log_of(world, slug).await?;
    let verdict = verify(&world.backend.pools, &log, |line| {
        lines.push(line.clone());
        Ok(())
    })
    .await?;
    Ok((lines, verdict))
}

/// The owner, in a session where no trigger stands in the way.
async fn tamperer(world: &World) -> Result<PgConnection> {
    let mut owner = world.owner.connect().await?;
    sqlx::raw_sql(
        "alter table audit_events disable trigger all; alter table audit_heads disable trigger all",
    )
    .execute(&mut owner)
    .await?;
    Ok(owner)
}

#[sqlx::test(migrations = false)]
async fn a_log_that_nobody_touched_verifies_also_from_its_export(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let (one, two) = (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
    add_channels(&world, &one, 3).await?;
    let (lines_of_one, verdict) = lines(&world, "one").await?;
    assert_eq!((verdict.verified, &verdict.damage, lines_of_one.len()), (3, &None, 4));
    assert_eq!(verify_chain(&lines_of_one), [verdict]);
    let (of_two, verdict) = lines(&world, "two").await?;
    assert_eq!((verdict.verified, verdict.damage, of_two.len()), (0, None, 1));
    let recent = recent(&world.backend, &two, 10).await?;
    assert_eq!(recent, Recent { from: 1, verified: 0, damage: None });
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn the_database_refuses_what_it_can(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = world.admin("one", "delphos").await?;
    add_channels(&world, &admin, 2).await?;
    let mut owner = world.owner.connect().await?;
    for statement in [
        "update audit_events set details = '{}'",
        "delete from audit_events",
        "truncate audit_events",
        "truncate audit_events, audit_heads",
        "update audit_heads set seq = 0",
        "update audit_heads set hash = decode(repeat('00', 32), 'hex')",
        "delete from audit_heads",
        "set session_replication_role = replica; delete from audit_events",
    ] {
        let outcome = sqlx::raw_sql(statement).execute(&mut owner).await;
        assert!(outcome.is_err(), "{statement}");
    }
    // The program's role has no say in where an event stands, nor in the head.
    let id = admin.organization().id;
    for statement in [
        "insert into audit_events (id, organization_id, actor_kind, actor_user_id, action, target_id, seq)
         select gen_random_uuid(), organization_id, 'member', actor_user_id, action, target_id, 9
         from audit_events limit 1",
        "update audit_heads set seq = 9",
        "delete from audit_events",
        "select app.chain_audit_event()",
    ] {
        let mut transaction = tenant::begin(&world.backend.pools.app, id).await?;
        let outcome = sqlx::raw_sql(statement).execute(&mut *transaction).await;
        assert!(outcome.is_err(), "{statement}");
    }
    assert_eq!(lines(&world, "one").await?.1.damage, None);
    Ok(())
}

/// Adds five events, tampers, and says what is found by the whole check and on the page.
async fn found(
    owner: PgConnectOptions,
    statement: &'static str,
) -> Result<(Option<Damage>, Option<Damage>)> {
    let world = World::new(owner).await?;
    let (admin, other) =
        (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
    add_channels(&world, &admin, 5).await?;
    add_channels(&world, &other, 2).await?;
    let mut owner = tamperer(&world).await?;
    let statement = statement.replace("ONE", &format!("'{}'", admin.organization().id));
    sqlx::raw_sql(&statement).execute(&mut owner).await?;
    owner.close().await?;
    assert_eq!(lines(&world, "two").await?.1.damage, None, "the other log is whole");
    let (lines, verdict) = lines(&world, "one").await?;
    if !matches!(verdict.damage, Some(Damage::Unnumbered(_))) {
        let offline = verify_chain(&lines).into_iter().find_map(|verdict| verdict.damage);
        assert_eq!(offline, verdict.damage, "an export shows the same");
    }
    let page = recent(&world.backend, &admin, 1_000).await?;
    Ok((verdict.damage, page.damage))
}

macro_rules! tampering {
    ($($name:ident: $statement:expr => $damage:expr;)*) => {$(
        #[sqlx::test(migrations = false)]
        async fn $name(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
            let (whole, page) = found(owner, $statement).await?;
            assert_eq!((whole, page), (Some($damage), Some($damage)));
            Ok(())
        }
    )*};
}

tampering! {
    an_edited_row_is_found:
        r#"update audit_events set details = '{"name": "Other"}' where organization_id = ONE and seq = 3"#
        => Damage::Edited(3);
    another_actor_is_found:
        "update audit_events set actor_user_id = gen_random_uuid() where organization_id = ONE and seq = 2"
        => Damage::Edited(2);
    a_later_time_is_found:
        "update audit_events set at = at + interval '1 microsecond' where organization_id = ONE and seq = 1"
        => Damage::Edited(1);
    an_added_address_is_found:
        "update audit_events set ip = '10.0.0.1/24' where organization_id = ONE and seq = 5"
        => Damage::Edited(5);
    an_edited_row_with_a_new_hash_is_found:
        "update audit_events set details = '{}' where organization_id = ONE and seq = 3;
           update audit_events e set hash = app.audit_hash(e) where organization_id = ONE and seq = 3"
        => Damage::Unlinked(4);
    a_new_last_row_is_found:
        "update audit_events set details = '{}' where organization_id = ONE and seq = 5;
           update audit_events e set hash = app.audit_hash(e) where organization_id = ONE and seq = 5"
        => Damage::OtherEnd(5);
    a_deleted_row_is_found:
        "delete from audit_events where organization_id = ONE and seq = 2" => Damage::Missing(2);
    the_first_row_is_missed:
        "delete from audit_events where organization_id = ONE and seq = 1" => Damage::Missing(1);
    a_gap_that_was_closed_is_found:
        "delete from audit_events where organization_id = ONE and seq = 2;
         update audit_events set seq = seq - 1 where organization_id = ONE and seq = 3;
         update audit_events set seq = seq - 1 where organization_id = ONE and seq = 4;
         update audit_events set seq = seq - 1 where organization_id = ONE and seq = 5"
        => Damage::Edited(2);
    two_rows_that_changed_places_are_found:
        "update audit_events set seq = 99 where organization_id = ONE and seq = 2;
         update audit_events set seq = 2 where organization_id = ONE and seq = 4;
         update audit_events set seq = 4 where organization_id = ONE and seq = 99"
        => Damage::Edited(2);
    a_row_slipped_in_is_found:
        "update audit_events set seq = 6 where organization_id = ONE and seq = 5;
         update audit_events set seq = 5 where organization_id = ONE and seq = 4;
         update audit_events set seq = 4 where organization_id = ONE and seq = 3;
         insert into audit_events
         select gen_random_uuid(), organization_id, at, actor_user_id, action, target_id, details, 3,
                actor_kind, ip, request_id, hash, hash
         from audit_events where organization_id = ONE and seq = 2;
         update audit_events e set hash = app.audit_hash(e) where organization_id = ONE and seq = 3"
        => Damage::Edited(4);
    a_row_behind_the_end_is_found:
        "insert into audit_events
         select gen_random_uuid(), organization_id, at, actor_user_id, action, target_id, details, 6,
                actor_kind, ip, request_id, hash, hash
         from audit_events where organization_id = ONE and seq = 5;
         update audit_events e set hash = app.audit_hash(e) where organization_id = ONE and seq = 6"
        => Damage::BehindEnd(6);
    a_row_twice_is_found:
        "alter table audit_events drop constraint audit_events_organization_id_seq_key;
         insert into audit_events
         select gen_random_uuid(), organization_id, at, actor_user_id, action, target_id, details, 2,
                actor_kind, ip, request_id, previous_hash, hash
         from audit_events where organization_id = ONE and seq = 2;
         update audit_events e set hash = app.audit_hash(e)
         where organization_id = ONE and seq = 2 and hash <> app.audit_hash(e)"
        => Damage::Repeated(2);
    the_newest_rows_are_missed:
        "delete from audit_events where organization_id = ONE and seq > 3" => Damage::MissingRange(4, 5);
    an_empty_log_is_found:
        "delete from audit_events where organization_id = ONE" => Damage::MissingRange(1, 5);
    a_missing_head_is_found:
        "delete from audit_heads where organization_id = ONE" => Damage::NoHead;
}

#[sqlx::test(migrations = false)]
async fn a_row_without_a_number_is_found(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
    let (whole, _) = found(
        owner,
        "alter table audit_events alter column seq drop not null;
         update audit_events set seq = null where organization_id = ONE and seq = 5;
         update audit_heads set seq = 4,
                hash = (select hash from audit_events where organization_id = ONE and seq = 4)
         where organization_id = ONE",
    )
    .await?;
    assert_eq!(whole, Some(Damage::Unnumbered(1)));
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn a_page_checks_the_newest_only(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = world.admin("one", "delphos").await?;
    add_channels(&world, &admin, 5).await?;
    let mut owner = tamperer(&world).await?;
    sqlx::raw_sql("update audit_events set details = '{}' where seq = 2")
        .execute(&mut owner)
        .await?;
    let newest = recent(&world.backend, &admin, 3).await?;
    assert_eq!(newest, Recent { from: 3, verified: 5, damage: None });
    let more = recent(&world.backend, &admin, 4).await?;
    assert_eq!(more, Recent { from: 2, verified: 1, damage: Some(Damage::Edited(2)) });
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn twenty_changes_at_once_leave_one_chain(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = Arc::new(world.admin("one", "delphos").await?);
    let changes: Vec<_> = (0..20)
        .map(|place| {
            let (backend, admin) = (Arc::clone(&world.backend), Arc::clone(&admin));
            tokio::spawn(async move {
                let new = NewChannel::parse(&format!("Channel {place}"), "")?;
                add(&backend, &admin, &new).await
            })
        })
        .collect();
    for change in changes {
        change.await.map_err(|error| Error::Internal(error.to_string()))??;
    }
    let (lines, verdict) = lines(&world, "one").await?;
    assert_eq!((verdict.verified, &verdict.damage), (20, &None));
    let times: Vec<_> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Event(event) => Some(event.at.clone()),
            Line::Head(_) => None,
        })
        .collect();
    assert!(times.is_sorted(), "times follow the numbers");
    let page = list(&world.backend, &admin, &Filter::default()).await?;
    assert_eq!(page.events.len(), 20);
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn a_change_that_is_undone_leaves_no_gap(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = world.admin("one", "delphos").await?;
    add_channels(&world, &admin, 1).await?;
    assert!(add_channels(&world, &admin, 1).await.is_err(), "the name is taken");
    let mut transaction = tenant::begin(&world.backend.pools.app, admin.organization().id).await?;
    let details = serde_json::json!({});
    let target = Uuid::now_v7();
    crate::audit::record(
        &mut transaction,
        &admin,
        crate::audit::Action::KeyStored,
        target,
        details,
    )
    .await?;
    transaction.rollback().await?;
    world.key(&admin, "Export").await?;
    let (_, verdict) = lines(&world, "one").await?;
    assert_eq!((verdict.verified, verdict.damage), (2, None));
    Ok(())
}
