//! Whether a key may do what the request asks for, from where it comes.

use super::{Demand, Reason};
use crate::directory::KeyRecord;
use crate::keys::Access;

/// What the request asks for, and from where.
pub(super) fn demand_refusal(record: &KeyRecord, demand: Demand<'_>) -> Option<Reason> {
    if demand.environment.is_some_and(|environment| environment != record.environment) {
        return Some(Reason::WrongEnvironment);
    }
    if !has_scope(record, demand) || !acting_user_allows(record, demand) {
        return Some(Reason::OutOfScope);
    }
    let conditions = record.conditions.as_deref()?;
    (!conditions.allow_from(demand.ip)).then_some(Reason::IpRefused)
}

fn has_scope(record: &KeyRecord, demand: Demand<'_>) -> bool {
    let access = record.access;
    let Some(scope) = demand.scope else {
        return (!demand.read || access.may_read()) && (!demand.write || access.may_write());
    };
    let in_general = match scope.rsplit_once(':') {
        Some((_, "read")) => access.may_read(),
        Some((_, "write")) => access.may_write(),
        _ => access == Access::ReadWrite,
    };
    in_general || record.listed().iter().any(|listed| **listed == *scope)
}

/// Whether the person that the key's channel acts as may do this. What is neither said to read nor
/// to write is taken for reading.
fn acting_user_allows(record: &KeyRecord, demand: Demand<'_>) -> bool {
    let writes = demand.write || demand.scope.is_some_and(|scope| !scope.ends_with(":read"));
    record.channel.as_deref().is_none_or(|channel| channel.permission().allows(writes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::channels::add::{NewChannel, add};
    use crate::keys::Environment;
    use crate::keys::create::NewKey;
    use crate::keys::terms::{Terms, parse_networks};
    use crate::members::{Role, change_role};
    use crate::testing::{World, eventually, fresh, new_key};
    use crate::verification::said::{minted, reason};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    #[sqlx::test(migrations = false)]
    async fn a_key_is_bound_to_its_terms(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "clinikapi").await?;
        let now = world.clock.now();
        let terms = Terms {
            listed: vec!["patients:read".to_owned()],
            networks: parse_networks("203.0.113.0/24\n2001:db8::/32").unwrap_or_default(),
            rate_limit: Some(2),
            not_before: Some(now + Duration::HOUR),
        };
        let new = NewKey { access: Access::Listed, terms, ..new_key("bound")? };
        let key = minted(&world, &admin, new).await?;
        let unbound = minted(&world, &admin, new_key("unbound")?).await?;
        world.follow().await;
        let said = |demand| reason(&world.backend, key.key.expose(), None, demand);
        let good = Demand {
            read: true,
            scope: Some("patients:read"),
            environment: Some(Environment::Live),
            ip: "::ffff:203.0.113.7".parse().ok(),
            ..Demand::default()
        };
        assert_eq!(said(good), "not_yet_valid");
        world.clock.set(now + Duration::HOUR);
        world.backend.directory.catch_up().await;
        // What is refused takes nothing from the limit.
        let elsewhere = "203.0.114.7".parse().ok();
        for (demand, expected) in [
            (Demand { environment: Some(Environment::Test), ..good }, "wrong_environment"),
            (Demand { scope: Some("patients:write"), ..good }, "out_of_scope"),
            (Demand { scope: Some("patients:rea"), ..good }, "out_of_scope"),
            (Demand { scope: None, ..good }, "out_of_scope"),
            (Demand { scope: Some("patients:write"), ip: elsewhere, ..good }, "out_of_scope"),
            (Demand { ip: elsewhere, ..good }, "ip_refused"),
            (Demand { ip: None, ..good }, "ip_refused"),
        ] {
            assert_eq!(said(demand), expected, "{demand:?}");
        }
        assert_eq!([said(good), said(good), said(good)], ["accepted", "accepted", "rate_limited"]);
        world.clock.set(now + Duration::HOUR + Duration::seconds(30));
        assert_eq!([said(good), said(good)], ["accepted", "rate_limited"]);
        let anywhere = |demand| reason(&world.backend, unbound.key.expose(), None, demand);
        for demand in [good, Demand::default(), Demand { scope: Some("a:b"), ..good }] {
            assert_eq!(anywhere(demand), "accepted");
        }
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_channels_keys_do_no_more_than_whom_it_acts_as(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let owner = world.owner_of("one").await?;
        let acting = world.join(&owner, "acting", Role::Developer).await?;
        let user = acting.user_id();
        let new = NewChannel::parse("Hub", &user.to_string())?;
        let channel = add(&world.backend, &owner, &new).await?;
        let new = NewKey { channel_id: Some(channel), ..new_key("hub")? };
        let key = minted(&world, &owner, new).await?;
        world.follow().await;
        let any = Demand::default();
        let said = |demand| reason(&world.backend, key.key.expose(), None, demand);
        let both = || {
            let (read, write) = (said(Demand { read: true, ..any }), Demand { write: true, ..any });
            [read, said(write)]
        };
        assert_eq!(both(), ["accepted", "accepted"]);
        change_role(&world.backend, &owner, user, Role::Developer, Role::Viewer, fresh()).await?;
        eventually(|| both() == ["accepted", "out_of_scope"]).await;
        assert_eq!(said(Demand { scope: Some("a:export"), ..any }), "out_of_scope");
        change_role(&world.backend, &owner, user, Role::Viewer, Role::Admin, fresh()).await?;
        eventually(|| both() == ["accepted", "accepted"]).await;
        // By hand in SQL, a channel may be left acting as somebody who is gone.
        let mut connection = sqlx::ConnectOptions::connect(&world.owner).await?;
        sqlx::raw_sql(
            "set session_replication_role = replica; delete from members where role = 'admin'",
        )
        .execute(&mut connection)
        .await?;
        eventually(|| both() == ["out_of_scope", "out_of_scope"]).await;
        Ok(())
    }
}
