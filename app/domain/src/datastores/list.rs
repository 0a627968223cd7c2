//! All datastores: whose documents are in each, and whether it answers.

use sqlx::PgPool;
use std::collections::BTreeMap;
use tokio::task::JoinSet;

use super::{OWN, Reach, Route, Whose, keep};
use crate::keys::Environment;
use crate::reps::Rep;
use crate::{Backend, Result};

/// Whether one can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Up,
    Down,
    /// Documents were moved there, and the file does not name it any more.
    NotNamed,
}

/// A datastore as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    /// What the file says; nothing of the program's own database.
    pub reach: Option<Reach>,
    pub health: Health,
    /// Whose documents of which environment have their place there, whether or not there are any.
    pub organizations: Vec<(String, Environment)>,
}

/// All of them, the program's own database first. Each is asked whether it answers.
pub async fn list(backend: &Backend, _: &Rep) -> Result<Vec<Listed>> {
    let mut organizations = placed(backend).await?;
    let mut asked = JoinSet::new();
    ask(&mut asked, OWN.to_owned(), backend.pools.datastore.clone());
    for datastore in backend.datastores.iter() {
        ask(&mut asked, datastore.name.clone(), datastore.pool.clone());
    }
    let answers: BTreeMap<String, Health> = asked.join_all().await.into_iter().collect();
    let named = backend.datastores.iter().map(|one| (one.name.clone(), Some(one.reach.clone())));
    let known = std::iter::once((OWN.to_owned(), None)).chain(named);
    let mut all: Vec<Listed> = known
        .map(|(name, reach)| Listed {
            reach,
            health: answers.get(&name).copied().unwrap_or(Health::Down),
            organizations: organizations.remove(&name).unwrap_or_default(),
            name,
        })
        .collect();
    // What is left over lies where nobody looks.
    all.extend(organizations.into_iter().map(|(name, organizations)| Listed {
        name,
        reach: None,
        health: Health::NotNamed,
        organizations,
    }));
    Ok(all)
}

fn ask(asked: &mut JoinSet<(String, Health)>, name: String, pool: PgPool) {
    asked.spawn(async move {
        let answer = sqlx::query("select 1").execute(&pool);
        let answer = tokio::time::timeout(keep::PATIENCE, answer).await;
        (name, if matches!(answer, Ok(Ok(_))) { Health::Up } else { Health::Down })
    });
}

/// The organizations by the name of the datastore.
async fn placed(backend: &Backend) -> Result<BTreeMap<String, Vec<(String, Environment)>>> {
    let rows = sqlx::query!(
        "select slug, profile, environments, live_datastore, test_datastore
         from organizations order by slug"
    )
    .fetch_all(&backend.pools.rep)
    .await?;
    let mut placed: BTreeMap<String, Vec<(String, Environment)>> = BTreeMap::new();
    for row in rows {
        let profile = backend.profiles.get(&row.profile);
        let offered = |one: &Environment| profile.is_none_or(|it| it.key_prefix(*one).is_some());
        let environments = row.environments.iter().filter_map(|name| Environment::named(name));
        for environment in environments.filter(offered) {
            let moved_to = match environment {
                Environment::Live => row.live_datastore.as_deref(),
                Environment::Test => row.test_datastore.as_deref(),
            };
            let route = backend.datastores.route(Whose {
                profile: &row.profile,
                organization: &row.slug,
                environment,
                moved_to,
            });
            let name = match route {
                Route::Lost => moved_to.unwrap_or_default(),
                route => route.name(),
            };
            placed.entry(name.to_owned()).or_default().push((row.slug.clone(), environment));
        }
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datastores::{Datastore, Datastores};
    use crate::testing::World;
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    #[sqlx::test(migrations = false)]
    async fn each_says_whose_documents_are_in_it_and_whether_it_answers(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let mut world = World::new(owner).await?;
        let rep = world.rep("robin").await?;
        for slug in ["lost", "moved", "stays"] {
            world.admin(slug, "delphos").await?;
        }
        let mut connection = world.owner.connect().await?;
        for (slug, to) in [("lost", "gone"), ("moved", "second")] {
            sqlx::query("update organizations set live_datastore = $2 where slug = $1")
                .bind(slug)
                .bind(to)
                .execute(&mut connection)
                .await?;
        }
        let reach = |moved| Reach {
            profile: "delphos".to_owned(),
            environment: None,
            organization: None,
            moved,
        };
        // Nobody listens there.
        let dead = world.owner.clone().host("127.0.0.1").port(1);
        let named = Datastores::new(vec![
            Datastore::new("first".to_owned(), reach(false), dead),
            Datastore::new("second".to_owned(), reach(true), world.owner.clone()),
        ]);
        if let Some(backend) = Arc::get_mut(&mut world.backend) {
            backend.datastores = named;
        }
        let listed = list(&world.backend, &rep).await?;
        let listed: Vec<_> = listed
            .iter()
            .map(|one| {
                let slugs = one.organizations.iter().map(|(slug, _)| slug.as_str());
                (one.name.as_str(), one.health, slugs.collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(
            listed,
            [
                (OWN, Health::Up, vec![]),
                ("first", Health::Down, vec!["stays"]),
                ("second", Health::Up, vec!["moved"]),
                ("gone", Health::NotNamed, vec!["lost"]),
            ]
        );
        Ok(())
    }
}
