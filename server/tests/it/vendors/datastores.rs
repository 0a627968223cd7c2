//! Documents in databases of their own: where they go, and what one that is down does to others.

use serde_json::json;
use server::datastores::NamedDatastores;
use server::postgres::{Cluster, Durability, Postgres};
use server::startup::{Database, Server};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::time::Duration;

use super::stage::{Caller, tenant};
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{get, post};
use crate::support::server::{TestServer, config};
use crate::support::tenant::Tenant;
use crate::support::{Result, until};

fn entry(name: &str, url: &str, rest: &str) -> String {
    format!("[[datastore]]\nname = \"{name}\"\nurl = \"{url}\"\nprofile = \"clinikapi\"\n{rest}\n")
}

pub async fn is_up(server: &TestServer, name: &str) -> Result<bool> {
    let all = server.internal(&get("/datastores")).await?.json()?;
    let all = all["datastores"].as_array().ok_or("no list")?;
    Ok(all.iter().any(|one| one["name"] == name && one["up"] == true))
}

async fn documents(database: &PgConnectOptions) -> Result<i64> {
    let mut owner = database.connect().await?;
    let count = sqlx::query_scalar("select count(*) from datastore.documents")
        .fetch_one(&mut owner)
        .await?;
    owner.close().await?;
    Ok(count)
}

#[tokio::test]
async fn documents_are_where_the_key_and_the_organization_say() -> Result {
    let (test, dedicated) = (TestDatabase::make().await?, TestDatabase::make().await?);
    let organization = "environment = \"live\"\norganization = \"northwind-health\"";
    let file = entry("test", test.url(), "environment = \"test\"")
        + &entry("dedicated", dedicated.url(), organization);
    let named = NamedDatastores::parse(&file)?;
    let server = TestServer::start_as(|config| config.datastores = named).await?;
    for name in ["test", "dedicated"] {
        until("it is up", Duration::from_secs(10), async || is_up(&server, name).await).await?;
    }
    let shared = tenant(&server, "clinikapi", None).await?;
    let live = Caller::new(&server, &shared, "good").await?;
    let sandbox = Caller::new(&server, &shared, "test").await?;
    let mut own = tenant(&server, "clinikapi", None).await?;
    let enterprise = Caller::new(&server, &own, "good").await?;
    let mut owner = server.database.owner().await?;
    sqlx::query("update organizations set slug = 'northwind-health' where slug = $1")
        .bind(&own.slug)
        .execute(&mut owner)
        .await?;
    "northwind-health".clone_into(&mut own.slug);
    server.backend().directory.catch_up().await;
    let databases = [server.database.options(), test.options(), dedicated.options()];
    for (caller, counts) in [(&live, [1, 0, 0]), (&sandbox, [1, 1, 0]), (&enterprise, [1, 1, 1])] {
        let created = caller.call(&server, post("/v1/patients", "{}")).await?;
        assert_eq!(created.status, 201, "{}", created.body);
        for (database, count) in databases.iter().zip(counts) {
            assert_eq!(documents(database).await?, count);
        }
        let listed = caller.call(&server, get("/v1/patients")).await?.json()?;
        assert_eq!(listed["data"], json!([created.json()?]));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_down_hurts_its_own_tenants_alone() -> Result {
    const AWAY: &str = r#"{"error":{"status":503,"message":"Service temporarily unavailable"}}"#;
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let home = directory.join("postgres");
    let start = async || {
        let cluster = Cluster::prepare(&home, Durability::ThrowAway).await?;
        Result::Ok(Postgres::start(cluster).await?)
    };
    let postgres = start().await?;
    let url = postgres.url().to_owned();
    let mut config = config(&directory.join("data"));
    config.datastores = NamedDatastores::parse(&entry("test", &url, "environment = \"test\""))?;
    let server = Server::start(&config, &Database::named(database.options()).await?).await?;
    let ours = Tenant::make(server.backend(), "clinikapi").await?;
    let (live, test) = {
        use domain::keys::create::NewKey;
        use domain::keys::{Access, Environment};
        let new = Tenant::new_key(Access::ReadWrite)?;
        let live = ours.key(Access::ReadWrite).await?;
        (live, ours.key_of(&NewKey { environment: Environment::Test, ..new }).await?)
    };
    let call = async |key: &str| {
        get("/v1/patients").host("api.clinikapi.com").key(key).send(&server.addresses().api).await
    };
    let answers = async |key: &str, status: u16| {
        until("it answers so", Duration::from_secs(20), async || {
            Ok(call(key).await?.status == status)
        })
        .await
    };
    answers(&test.text, 200).await?;
    postgres.stop().await;
    answers(&test.text, 503).await?;
    let away = call(&test.text).await?;
    assert_eq!((away.body.as_str(), away.header("retry-after")), (AWAY, Some("5")));
    assert_eq!(call(&live.text).await?.status, 200);
    let postgres = start().await?;
    answers(&test.text, 200).await?;
    server.stop().await;
    postgres.stop().await;
    Ok(())
}
