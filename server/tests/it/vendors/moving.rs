//! An organization's documents go to another database while its programs write: no write that was
//! acknowledged is lost, and a move that was interrupted is finished or abandoned.

use serde_json::{Value, json};
use server::datastores::NamedDatastores;
use sqlx::Connection;
use std::collections::BTreeMap;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::process::Command;

use super::datastores::is_up;
use super::stage::{Caller, tenant};
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{Answer, get, post, request};
use crate::support::program::program;
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;
use crate::support::visitor::Visitor;
use crate::support::{Result, until};

/// What writers are told while documents are switched.
const AWAY: &str = r#"{"detail":"Service temporarily unavailable"}"#;
const SEEDED: i64 = 2_500;

/// A server with a second database to which documents can be moved, and somebody who may do so.
struct Stage {
    server: TestServer,
    target: TestDatabase,
    tenant: Tenant,
    caller: Caller,
    rep: String,
    directory: TestDirectory,
}

impl Stage {
    async fn new() -> Result<Self> {
        let (target, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
        let file = format!(
            "[[datastore]]\nname = \"dedicated\"\nurl = \"{}\"\nprofile = \"delphos\"\nmoved = true\n\
             [[datastore]]\nname = \"dead\"\nurl = \"postgres://u@127.0.0.1:1/d\"\nprofile = \"delphos\"\nmoved = true\n\
             [[datastore]]\nname = \"foreign\"\nurl = \"{}\"\nprofile = \"clinikapi\"\n",
            target.url(),
            target.url(),
        );
        std::fs::write(directory.join("datastores.toml"), &file)?;
        let named = NamedDatastores::parse(&file)?;
        let server = TestServer::start_as(|config| config.datastores = named).await?;
        until("it is up", Duration::from_secs(10), async || is_up(&server, "dedicated").await)
            .await?;
        let tenant = tenant(&server, "delphos", None).await?;
        let caller = Caller::new(&server, &tenant, "good").await?;
        let (_, rep) = Visitor::user(&server, "robin", true).await?;
        let stage = Self { server, target, tenant, caller, rep, directory };
        stage.seed().await?;
        Ok(stage)
    }

    /// More documents than fit a page of the copying.
    async fn seed(&self) -> Result {
        sqlx::query(
            "insert into datastore.documents (organization_id, collection, id, body, created_at)
             select $1, 'patients', id, jsonb_build_object('id', id, 'last_name', 'N' || n, 'weight', 1.50),
                    now() - n * interval '1 minute'
             from (select n, gen_random_uuid() as id from generate_series(1, $2) as n) as rows",
        )
        .bind(self.tenant.admin.organization().id.0)
        .bind(i32::try_from(SEEDED)?)
        .execute(&mut self.server.database.owner().await?)
        .await?;
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.datastores("move");
        command.args(["--organization", &self.tenant.slug]).args(arguments);
        command
    }

    fn datastores(&self, what: &str) -> Command {
        let mut command = program("datastores");
        command
            .args([what, "--as", &self.rep])
            .env("DATABASE_URL", self.server.database.url())
            .env("LATCHKEY_DATA_DIR", "/nonexistent")
            .env("LATCHKEY_DATASTORES", self.directory.join("datastores.toml"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// What `datastores list` says of each: name, health, and the slugs of organizations.
    async fn listed(&self) -> Result<Vec<(String, String, Vec<String>)>> {
        let output = self.datastores("list").arg("--json").output().await?;
        // One of them is down.
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let line = |line: &str| {
            let one: Value = serde_json::from_str(line)?;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let organizations = one["organizations"].as_array().map_or(&[][..], Vec::as_slice);
            let slugs = organizations.iter().map(|it| text(&it["slug"])).collect();
            Result::Ok((text(&one["name"]), text(&one["health"]), slugs))
        };
        std::str::from_utf8(&output.stdout)?.lines().map(line).collect()
    }

    /// What the command says, and whether it is content.
    async fn run(&self, arguments: &[&str]) -> Result<(bool, String)> {
        let Output { status, stdout, stderr } = self.command(arguments).output().await?;
        let text = [stdout, stderr].concat();
        Ok((status.success(), String::from_utf8_lossy(&text).into_owned()))
    }

    async fn refused(&self, arguments: &[&str], why: &str) -> Result {
        let (content, said) = self.run(arguments).await?;
        assert!(!content && said.contains(why), "{said}");
        Ok(())
    }

    async fn done(&self, arguments: &[&str], what: &str) -> Result {
        let (content, said) = self.run(arguments).await?;
        assert!(content && said.contains(what), "{said}");
        Ok(())
    }

    async fn post(&self) -> Result<Answer> {
        self.caller.call(&self.server, post("/v1/patients", r#"{"last_name":"New"}"#)).await
    }

    /// All documents in one of the databases.
    async fn documents(&self, database: &TestDatabase) -> Result<BTreeMap<String, Value>> {
        let mut owner = database.owner().await?;
        let rows: Vec<(String, Value)> =
            sqlx::query_as("select id::text, body from datastore.documents")
                .fetch_all(&mut owner)
                .await?;
        owner.close().await?;
        Ok(rows.into_iter().collect())
    }

    async fn sql(&self, database: &TestDatabase, statement: &str) -> Result {
        sqlx::query(statement)
            .bind(self.tenant.admin.organization().id.0)
            .execute(&mut database.owner().await?)
            .await?;
        Ok(())
    }
}

/// What was acknowledged: documents by id, without those that were deleted.
type Known = BTreeMap<String, Value>;

/// Creates, changes and deletes documents until told to stop.
async fn write(stage: &Stage, stop: &AtomicBool, done: &AtomicU64) -> Result<(Known, u64)> {
    let (mut known, mut away) = (Known::new(), 0);
    for round in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let body = format!(r#"{{"last_name":"R{round}"}}"#);
        let one = known.keys().next().map(|id| format!("/v1/patients/{id}"));
        let sent = match (round % 4, &one) {
            (2, Some(path)) => post(path, &body).method("PATCH"),
            (3, Some(path)) => request("DELETE", path),
            _ => post("/v1/patients", &body),
        };
        let answer = stage.caller.call(&stage.server, sent).await?;
        match answer.status {
            200 | 201 => {
                let document = answer.json()?;
                let id = document["id"].as_str().ok_or("no id")?.to_owned();
                known.insert(id, document);
            }
            204 => {
                known.pop_first();
            }
            _ => {
                let told = (answer.status, answer.header("retry-after"), answer.body.as_str());
                assert_eq!(told, (503, Some("5"), AWAY));
                away += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok((known, away))
}

/// Reads until told to stop; every read is answered.
async fn read(stage: &Stage, stop: &AtomicBool) -> Result<(Known, u64)> {
    while !stop.load(Ordering::Relaxed) {
        let listed = stage.caller.call(&stage.server, get("/v1/patients?limit=2")).await?;
        let documents = listed.json()?["data"].as_array().map(Vec::len);
        assert_eq!((listed.status, documents), (200, Some(2)), "{}", listed.body);
    }
    Ok((Known::new(), 0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_acknowledged_write_is_lost_when_documents_move() -> Result {
    let stage = Arc::new(Stage::new().await?);
    let before = stage.documents(&stage.server.database).await?;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut tasks: Vec<_> = (0..4)
        .map(|_| {
            let (stage, stop, done) = (Arc::clone(&stage), Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move { write(&stage, &stop, &done).await })
        })
        .collect();
    let (reading, stopping) = (Arc::clone(&stage), Arc::clone(&stop));
    tasks.push(tokio::spawn(async move { read(&reading, &stopping).await }));
    let go_on = async || {
        let from = done.load(Ordering::Relaxed);
        until("writers go on", Duration::from_secs(30), async || {
            Ok(done.load(Ordering::Relaxed) > from + 40)
        })
        .await
    };
    go_on().await?;
    stage.done(&["--to", "dedicated"], "moved from \"own\" to \"dedicated\"").await?;
    go_on().await?;
    stop.store(true, Ordering::Relaxed);
    let mut expected = before;
    for task in tasks {
        let (known, _) = task.await??;
        expected.extend(known);
    }
    assert!(stage.documents(&stage.target).await? == expected, "other documents than acknowledged");
    assert_eq!(stage.documents(&stage.server.database).await?, Known::new());
    // The log says where each call was served, and the audit log who moved the documents.
    until("calls are logged", Duration::from_secs(10), async || {
        let found: Vec<Option<String>> =
            sqlx::query_scalar("select distinct datastore from access_log order by 1")
                .fetch_all(&mut stage.server.database.owner().await?)
                .await?;
        Ok(found == [Some("dedicated".to_owned()), Some("own".to_owned())])
    })
    .await?;
    let details: Value = sqlx::query_scalar(
        "select details from audit_events where action = 'documents.moved' and actor_kind = 'operator'",
    )
    .fetch_one(&mut stage.server.database.owner().await?)
    .await?;
    assert_eq!((&details["before"], &details["after"]), (&json!("own"), &json!("dedicated")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_cannot_be_made_says_why_and_does_nothing() -> Result {
    let stage = Stage::new().await?;
    let before = stage.documents(&stage.server.database).await?;
    stage.refused(&["--to", "nowhere"], "names no \"nowhere\"").await?;
    stage.refused(&["--to", "own"], "in \"own\" already").await?;
    stage.refused(&["--to", "dead"], "\"dead\" does not answer").await?;
    stage.refused(&["--to", "foreign"], "is for the documents of others").await?;
    let test = ["--to", "dedicated", "--environment", "test"];
    stage.refused(&test, "no such environment").await?;
    let dry = format!("{SEEDED} documents can be moved");
    stage.done(&["--to", "dedicated", "--dry-run"], &dry).await?;
    // Documents that belong there are not overwritten.
    let stray = "insert into datastore.documents (organization_id, collection, id, body)
                 values ($1, 'patients', gen_random_uuid(), '{}')";
    stage.sql(&stage.target, stray).await?;
    stage.refused(&["--to", "dedicated"], "which no move has brought there").await?;
    assert_eq!(stage.documents(&stage.target).await?.len(), 1);
    assert!(stage.documents(&stage.server.database).await? == before);
    assert_eq!(stage.post().await?.status, 201);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_was_interrupted_is_finished_or_abandoned() -> Result {
    let stage = Stage::new().await?;
    let database = &stage.server.database;
    // Killed while it waits for a write that is under way: nobody notices.
    let mut writer = database.owner().await?;
    let mut writing = writer.begin().await?;
    sqlx::query("select pg_advisory_xact_lock_shared(datastore.move_lock($1, 'live'))")
        .bind(stage.tenant.admin.organization().id.0)
        .execute(&mut *writing)
        .await?;
    let mut command = stage.command(&["--to", "dedicated"]).spawn()?;
    let waits = "select exists (select from pg_locks join pg_database on database = pg_database.oid
                                where datname = current_database() and locktype = 'advisory'
                                  and not granted)";
    until("it waits", Duration::from_secs(30), async || {
        Ok(sqlx::query_scalar(waits).fetch_one(&mut database.owner().await?).await?)
    })
    .await?;
    command.kill().await?;
    writing.rollback().await?;
    writer.close().await?;
    assert_eq!(stage.documents(&stage.target).await?.len(), usize::try_from(SEEDED)?);
    assert_eq!(stage.post().await?.status, 201);
    // As if it had been killed a little later: writes are refused, reads are not.
    let mark = "insert into datastore.departures (organization_id, environment, datastore)
                values ($1, 'live', 'dedicated') on conflict do nothing";
    stage.sql(database, mark).await?;
    let away = stage.post().await?;
    let told = (away.status, away.header("retry-after"), away.body.as_str());
    assert_eq!(told, (503, Some("5"), AWAY));
    let read = stage.caller.call(&stage.server, get("/v1/patients?limit=1")).await?;
    assert_eq!(read.status, 200);
    stage.done(&["--to", "dedicated", "--abandon"], "stay in \"own\"").await?;
    assert_eq!(stage.post().await?.status, 201);
    assert_eq!(stage.documents(&stage.target).await?, Known::new());
    // Run again, it comes to its end.
    stage.sql(database, mark).await?;
    let before = stage.documents(database).await?;
    let slug = stage.tenant.slug.clone();
    let listed = |own: &[String], dedicated: &[String]| {
        let one = |name: &str, health: &str, slugs: &[String]| {
            (name.to_owned(), health.to_owned(), slugs.to_vec())
        };
        vec![
            one("own", "up", own),
            one("dedicated", "up", dedicated),
            one("dead", "down", &[]),
            one("foreign", "up", &[]),
        ]
    };
    assert_eq!(stage.listed().await?, listed(std::slice::from_ref(&slug), &[]));
    stage.done(&["--to", "dedicated"], "writes waited for").await?;
    assert_eq!(stage.listed().await?, listed(&[], &[slug]));
    assert!(stage.documents(&stage.target).await? == before);
    assert_eq!(stage.post().await?.status, 201);
    // What was left behind after the switch goes away.
    let left = "insert into datastore.documents (organization_id, collection, id, body)
                select $1, 'patients', gen_random_uuid(), '{}'
                from set_config('datastore.moves', 'on', false)";
    stage.sql(database, left).await?;
    stage.done(&["--to", "dedicated"], "1 document left behind").await?;
    assert_eq!(stage.documents(database).await?, Known::new());
    stage.refused(&["--to", "dedicated"], "already").await?;
    // And back.
    stage.done(&["--to", "own"], "moved from \"dedicated\" to \"own\"").await?;
    assert_eq!(stage.documents(database).await?.len(), before.len() + 1);
    assert_eq!(
        (stage.documents(&stage.target).await?, stage.post().await?.status),
        (Known::new(), 201)
    );
    Ok(())
}
