//! The receipt of a change: at how many nodes it is in force.

use std::time::{Duration, Instant};
use uuid::Uuid;

use super::SILENT_AFTER;
use crate::{Backend, Result};

/// How long to wait for nodes that run.
const PATIENCE: Duration = Duration::from_millis(500);
const ASK_EVERY: Duration = Duration::from_millis(2);

/// Where the newest change of something is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How many of the nodes that run have applied it.
    pub applied: usize,
    /// How many nodes run.
    pub running: usize,
    /// Names of nodes that run and have not applied it yet.
    pub late: Vec<String>,
    /// Names of nodes that have not been heard from: whether they refuse, nobody knows. Without
    /// the database, none lets anybody in for longer than the limit.
    pub gone: Vec<String>,
    /// From the beginning of the change to the last answer, in milliseconds.
    pub after_ms: u64,
}

impl Receipt {
    /// Whether it is in force at every node that runs.
    pub fn is_whole(&self) -> bool {
        self.applied == self.running
    }
}

/// Waits until every node that runs has applied the newest change of the key, channel or
/// organization; not for ever. `began` is when the change was asked for.
pub async fn receipt(backend: &Backend, changed: Uuid, began: Instant) -> Result<Receipt> {
    // However long the change itself has taken: nodes have not known of it meanwhile.
    let asked = Instant::now();
    loop {
        let receipt = look(backend, changed, began).await?;
        if receipt.is_whole() || asked.elapsed() > PATIENCE {
            return Ok(receipt);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

async fn look(backend: &Backend, changed: Uuid, began: Instant) -> Result<Receipt> {
    // Without a note the change is long past, and every node has read the whole since.
    let nodes = sqlx::query!(
        r#"select name, heartbeat_at >= now() - make_interval(secs => $2) as "runs!",
                  coalesce((select pg_visible_in_snapshot(xid, applied) from key_change
                            where entity_id = $1 order by xid desc limit 1), true) as "applied!"
           from nodes order by name"#,
        changed,
        SILENT_AFTER.as_seconds_f64(),
    )
    .fetch_all(&backend.pools.validator)
    .await?;
    let after_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut receipt =
        Receipt { applied: 0, running: 0, late: Vec::new(), gone: Vec::new(), after_ms };
    for node in nodes {
        match (node.runs, node.applied) {
            (true, true) => receipt.applied += 1,
            (true, false) => receipt.late.push(node.name),
            (false, _) => receipt.gone.push(node.name),
        }
    }
    receipt.running = receipt.applied + receipt.late.len();
    Ok(receipt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backend;
    use crate::database::{Pools, SignIn};
    use crate::keys::digest::Pepper;
    use crate::keys::revoke::revoke;
    use crate::nodes::acknowledge::leave;
    use crate::nodes::list::list;
    use crate::profiles::Profiles;
    use crate::testing::{World, eventually};
    use crate::verification::{Demand, Outcome, Presented, Reason, verify};
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    /// One more node on the same database.
    async fn node(
        world: &World,
        name: &str,
    ) -> Result<(Arc<Backend>, tokio::task::JoinHandle<()>)> {
        let pools = Pools::new(&world.owner, SignIn::AsOwner);
        let pepper = Pepper::new(1, &[7; 32])?;
        let clock = world.clock.clone();
        let mut backend = Backend::new(pools, pepper, Profiles::built_in()?, clock);
        backend.node_name = name.to_owned();
        let backend = Arc::new(backend);
        let follow = tokio::spawn(crate::directory::follow::follow(Arc::clone(&backend)));
        eventually(|| backend.directory.is_loaded()).await;
        // It says so once everything is loaded: the next look waits for that.
        backend.directory.catch_up().await;
        Ok((backend, follow))
    }

    #[sqlx::test(migrations = false)]
    async fn what_is_receipted_is_refused_at_every_node(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (here, _follow) = node(&world, "here").await?;
        let (there, _follow) = node(&world, "there").await?;
        for round in 0..20 {
            let (id, credentials) = world.key(&admin, &format!("key {round}")).await?;
            // The change itself may have taken longer than nodes are waited for.
            let began = Instant::now().checked_sub(2 * PATIENCE).unwrap_or_else(Instant::now);
            revoke(&world.backend, &admin, id).await?;
            let receipt = receipt(&world.backend, id.0, began).await?;
            assert_eq!((receipt.applied, receipt.running), (2, 2), "{receipt:?}");
            for node in [&here, &there] {
                let key = Some(credentials.key.expose().as_bytes());
                let verdict = verify(node, Presented { key, secret: None }, Demand::default());
                assert_eq!(verdict.outcome(), Outcome::Refused(Reason::Revoked), "{round}");
            }
        }
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_node_that_is_gone_is_named_and_not_waited_for(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (_here, _follow) = node(&world, "here").await?;
        let (_there, dead) = node(&world, "there").await?;
        let (parting, follow) = node(&world, "parting").await?;
        let (id, _) = world.key(&admin, "Export").await?;
        for task in [dead, follow] {
            task.abort();
            // Aborted tasks end with an error.
            let _ = task.await;
        }
        leave(&parting).await?;
        let mut connection = world.owner.connect().await?;
        sqlx::query(
            "update nodes set heartbeat_at = now() - interval '1 minute' where name = 'there'",
        )
        .execute(&mut connection)
        .await?;
        revoke(&world.backend, &admin, id).await?;
        let told = receipt(&world.backend, id.0, Instant::now()).await?;
        assert_eq!((told.applied, told.running), (1, 1), "{told:?}");
        assert_eq!(told.gone, ["there"]);
        let nodes = list(&world.backend.pools.validator).await?;
        let gone: Vec<_> = nodes.iter().map(|node| (node.name.as_str(), node.is_gone())).collect();
        assert_eq!(gone, [("here", false), ("there", true)]);

        // It comes back under its name, and is one node.
        let (_there, _follow) = node(&world, "there").await?;
        let told = receipt(&world.backend, id.0, Instant::now()).await?;
        assert_eq!((told.applied, told.running, told.gone.len()), (2, 2, 0), "{told:?}");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_node_that_runs_and_lags_is_named(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (_here, _follow) = node(&world, "here").await?;
        let (id, _) = world.key(&admin, "Export").await?;
        let mut connection = world.owner.connect().await?;
        // It is heard from, and has read nothing since.
        sqlx::query("insert into nodes (id, name, applied, keys) values ($1, 'stuck', pg_current_snapshot(), 1)")
            .bind(Uuid::now_v7())
            .execute(&mut connection)
            .await?;
        revoke(&world.backend, &admin, id).await?;
        let told = receipt(&world.backend, id.0, Instant::now()).await?;
        assert_eq!((told.applied, told.running), (1, 2), "{told:?}");
        assert_eq!(told.late, ["stuck"]);
        let behind: Vec<_> =
            list(&world.backend.pools.validator).await?.iter().map(|node| node.behind).collect();
        assert_eq!(behind, [0, 1]);
        Ok(())
    }
}
