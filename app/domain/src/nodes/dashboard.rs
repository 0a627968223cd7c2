//! Where people find the dashboard, as the nodes say.

use sqlx::PgPool;

use crate::Result;

/// The dashboard's address, by the word of the node that was heard from last; `None` where no node
/// runs. The pool is the validator's.
pub async fn dashboard_url(validator: &PgPool) -> Result<Option<String>> {
    let url = sqlx::query_scalar!(
        r#"select dashboard_url as "dashboard_url!" from nodes
           where dashboard_url is not null order by heartbeat_at desc limit 1"#
    )
    .fetch_optional(validator)
    .await?;
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::acknowledge::{acknowledge, leave};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    #[sqlx::test(migrations = false)]
    async fn the_node_that_was_heard_from_last_says_it(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let mut world = World::new(owner).await?;
        let pool = world.backend.pools.validator.clone();
        assert_eq!(dashboard_url(&pool).await?, None, "no node runs");
        if let Some(backend) = Arc::get_mut(&mut world.backend) {
            backend.dashboard_url = Some("https://keys.example".to_owned());
        }
        acknowledge(&world.backend, &mut *pool.acquire().await?, "10:10:").await?;
        assert_eq!(dashboard_url(&pool).await?.as_deref(), Some("https://keys.example"));
        sqlx::query(
            "insert into nodes (id, name, applied, keys, heartbeat_at, dashboard_url)
             select gen_random_uuid(), 'before', applied, 0, now() - interval '1 hour', 'https://old.example'
             from nodes",
        )
        .execute(&pool)
        .await?;
        assert_eq!(dashboard_url(&pool).await?.as_deref(), Some("https://keys.example"));
        leave(&world.backend).await?;
        assert_eq!(dashboard_url(&pool).await?.as_deref(), Some("https://old.example"));
        Ok(())
    }
}
