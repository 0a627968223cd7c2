//! The demo data, and the file that says how to use it.

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::Result;
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{get, post};
use crate::support::program::{Program, serve};

const PROFILES: [&str; 5] = ["delphos", "clinikapi", "deliverty", "delivr", "novamed"];

async fn start(
    data_dir: &Path,
    directory: &TestDirectory,
    database: &TestDatabase,
) -> Result<Program> {
    let mut command = serve(data_dir, &directory.site()?);
    command.env("DATABASE_URL", database.url()).arg("--demo");
    Program::start(command, &directory.join("log")).await
}

fn read(data_dir: &Path) -> Result<Value> {
    Ok(serde_json::from_str(&std::fs::read_to_string(data_dir.join("demo.json"))?)?)
}

/// Calls the organization's base address with its key, whatever the name resolves to.
async fn call(program: &Program, organization: &Value, path: &str) -> Result<u16> {
    let text = |name: &str| organization[name].as_str().unwrap_or_default();
    let rest = text("base_url").strip_prefix("http://").ok_or("no address")?;
    let (host, base) = rest.split_once('/').ok_or("no path")?;
    let call = get(&format!("/{base}{path}")).host(host).key(text("api_key"));
    // What one or another vendor asks for.
    let call = call.header("content-type", "application/json").header("accept", "application/json");
    let call = call.header("x-project-id", "proj_1");
    let call = match organization["api_secret"].as_str() {
        Some(secret) => call.header("x-api-secret", secret),
        None => call,
    };
    Ok(call.send(&program.api).await?.status)
}

#[tokio::test]
async fn every_key_and_every_person_of_the_file_is_let_in() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let data_dir = directory.join("data");
    let mut program = start(&data_dir, &directory, &database).await?;
    let file = data_dir.join("demo.json");
    assert_eq!(file.metadata()?.permissions().mode() & 0o777, 0o600);
    let demo = read(&data_dir)?;
    for (name, address) in
        [("dashboard", &program.dashboard), ("api", &program.api), ("internal", &program.internal)]
    {
        assert_eq!(demo[name].as_str(), Some(address.as_str()));
    }

    let organizations = demo["organizations"].as_array().ok_or("no organizations")?;
    let profiles: Vec<_> = organizations.iter().filter_map(|one| one["profile"].as_str()).collect();
    assert_eq!(profiles, PROFILES);
    let paths = ["/patients", "/patients", "/tasks", "/audiences", "/practitioner"];
    for (organization, path) in organizations.iter().zip(paths) {
        assert_eq!(call(&program, organization, path).await?, 200, "{}", organization["slug"]);
        let is_pair = organization["api_secret"].is_string();
        assert_eq!(is_pair, organization["profile"] == "delivr");
    }
    assert!(organizations[4]["clinic_id"].is_string());

    for organization in organizations {
        for role in ["owner", "admin", "developer", "viewer"] {
            let users = demo["users"].as_array().ok_or("no users")?;
            let fits = |user: &&Value| {
                user["role"] == role && user["organization"] == organization["slug"]
            };
            let user = users.iter().find(fits).ok_or("no such user")?;
            if role == "viewer" {
                sign_in(&program, user).await?;
            }
        }
    }

    let output = {
        program.stop().await?;
        program.rest_of_output().await?
    };
    let key = organizations[0]["api_key"].as_str().ok_or("no key")?;
    let curl = format!("curl -H 'x-api-key: {key}' http://st-mary.delphos.localhost:");
    assert!(output.contains(&curl) && output.contains("/v1/patients"), "{output}");
    assert!(output.contains("admin@latchkey.example"), "{output}");
    Ok(())
}

async fn sign_in(program: &Program, user: &Value) -> Result {
    let text = |name: &str| user[name].as_str().unwrap_or_default();
    let form = format!("email={}&password={}", text("email").replace('@', "%40"), text("password"));
    let answer = post("/login", &form)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .send(&program.dashboard)
        .await?;
    assert_eq!(answer.status, 303, "{}: {}", text("email"), answer.body);
    Ok(())
}

#[tokio::test]
async fn a_second_start_keeps_everything_but_the_addresses() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let data_dir = directory.join("data");
    start(&data_dir, &directory, &database).await?.stop().await?;
    let first = read(&data_dir)?;
    let mut program = start(&data_dir, &directory, &database).await?;
    let second = read(&data_dir)?;
    assert_eq!(first["users"], second["users"]);
    assert_ne!(first["api"], second["api"]);
    assert_eq!(first["organizations"][0]["api_key"], second["organizations"][0]["api_key"]);
    assert_eq!(call(&program, &second["organizations"][0], "/patients").await?, 200);
    program.stop().await?;

    // Without the file, the database is left as it is.
    std::fs::remove_file(data_dir.join("demo.json"))?;
    let mut program = start(&data_dir, &directory, &database).await?;
    program.stop().await?;
    assert!(
        program.log()?.contains("no demo data: the database is not empty"),
        "{}",
        program.log()?
    );
    assert!(!data_dir.join("demo.json").exists());
    Ok(())
}

#[tokio::test]
async fn a_month_of_usage_adds_up() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    start(&directory.join("data"), &directory, &database).await?.stop().await?;
    let mut owner = database.owner().await?;
    let (keys, days, outcomes): (i64, i64, i64) = sqlx::query_as(
        "select count(distinct key_id), count(distinct date_trunc('day', hour)), count(distinct outcome)
         from usage_hours",
    )
    .fetch_one(&mut owner)
    .await?;
    assert!(keys == 25 && (30..=31).contains(&days) && outcomes >= 4, "{keys} {days} {outcomes}");
    let differing: i64 = sqlx::query_scalar(
        "select count(*) from
           (select key_id, date_trunc('hour', minute) as hour, outcome, sum(requests) as requests
            from usage_minutes group by 1, 2, 3) as minutes
         full join usage_hours using (key_id, hour, outcome)
         where hour >= date_trunc('day', now(), 'UTC') - interval '1 day'
           and minutes.requests is distinct from usage_hours.requests",
    )
    .fetch_one(&mut owner)
    .await?;
    assert_eq!(differing, 0);
    let by_endpoint: Vec<i64> = sqlx::query_scalar(
        "select sum(requests)::bigint from usage_hours where hour < date_trunc('hour', now(), 'UTC')
         union all
         select sum(requests)::bigint from usage_endpoints where hour < date_trunc('hour', now(), 'UTC')
         union all
         select sum(requests)::bigint from usage_organization_endpoints where hour < date_trunc('hour', now(), 'UTC')
         union all
         select (sum(refused) + sum((select sum(of) from unnest(latency) as of)))::bigint
         from usage_endpoints where hour < date_trunc('hour', now(), 'UTC')",
    )
    .fetch_all(&mut owner)
    .await?;
    assert!(by_endpoint.iter().all(|sum| *sum == by_endpoint[0]), "{by_endpoint:?}");
    Ok(())
}

#[tokio::test]
async fn histories_say_what_was_dated_back() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    start(&directory.join("data"), &directory, &database).await?.stop().await?;
    let mut owner = database.owner().await?;
    let (made, unsaid): (i64, i64) = sqlx::query_as(
        "select count(*), count(*) filter (where not exists (
             select from audit_events
             where target_id = made.id and at - made.created_at > interval '1 day'
               and details ->> 'created_at' = to_char(made.created_at at time zone 'UTC', 'YYYY-MM-DD')))
         from (select id, created_at from api_keys union all select id, created_at from channels) as made",
    )
    .fetch_one(&mut owner)
    .await?;
    assert_eq!((made, unsaid), (37, 0));
    let (broken, ahead): (i64, i64) = sqlx::query_as(
        "select (select count(*) from audit_events where hash <> app.audit_hash(audit_events)),
                (select sum(seq)::bigint from audit_heads) - (select count(*) from audit_events)",
    )
    .fetch_one(&mut owner)
    .await?;
    assert_eq!((broken, ahead), (0, 0), "the chains are whole");
    Ok(())
}
