//! `latchkey keys` as people run it.

use domain::clock::Clock;
use domain::database::{Pools, SignIn, migrate};
use domain::directory::follow::follow;
use domain::members::Role;
use domain::organizations::provision::{NewOrganization, provision};
use domain::profiles::Profiles;
use domain::users::create::{NewUser, create};
use domain::verification::{Demand, Presented, verify};
use domain::{Backend, Error, Result};
use server::data_dir::DataDir;
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

const REP: &str = "robin@vendor.example";
const TEXT: &str = "acme_0123456789abcdefXYZ";
const OTHER: &str = "acme_fedcba9876543210XYZ";

/// A data directory and files in it, removed in the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("latchkey-keys-{}", uuid::Uuid::new_v4().simple())))
    }

    fn file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.0.join(name);
        std::fs::write(&path, text).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(path.to_string_lossy().into_owned())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A node that judges keys, in a database with one organization and a rep.
async fn node(owner: &PgConnectOptions, place: &Place) -> Result<Arc<Backend>> {
    migrate::migrate(owner).await?;
    let pools = Pools::new(owner, SignIn::AsOwner);
    let data_dir = DataDir::open(&place.0).map_err(|error| Error::Internal(error.to_string()))?;
    let pepper = server::pepper::load(&data_dir, &pools)
        .await
        .map_err(|error| Error::Internal(error.to_string()))?;
    let backend = Arc::new(Backend::new(pools, pepper, Profiles::built_in()?, Clock::system()));
    let mut members = Vec::new();
    for (email, is_rep) in [(REP, true), ("ann@harbor.example", false)] {
        let user = NewUser {
            email: email.to_owned(),
            name: "Robin".to_owned(),
            password_hash: "unused".to_owned(),
            is_rep,
        };
        let user = create(&backend.pools, user).await?;
        if !is_rep {
            members.push((user.id, Role::Owner));
        }
    }
    let organization = NewOrganization {
        slug: "harbor".to_owned(),
        name: "Harbor".to_owned(),
        profile: "delphos".to_owned(),
        external_id: None,
        members,
    };
    provision(&backend, organization).await?;
    tokio::spawn(follow(Arc::clone(&backend)));
    eventually(|| backend.directory.is_loaded()).await;
    backend.directory.catch_up().await;
    Ok(backend)
}

async fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within ten seconds");
}

/// What the command says and whether it is content.
struct Said {
    out: String,
    errors: String,
    content: bool,
    code: Option<i32>,
}

/// The runtime must go on meanwhile: it is the node.
async fn keys(database: &PgConnectOptions, place: &Place, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command
        .arg("keys")
        .args(arguments)
        .args(["--as", REP, "--organization", "harbor"])
        .env("LATCHKEY_DATA_DIR", &place.0)
        .env("DATABASE_URL", database.to_url_lossy().to_string());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let Ok(Ok(Output { status, stdout, stderr })) = output else { panic!("it does not run") };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (content, code) = (status.success(), status.code());
    Said { out: text(stdout), errors: text(stderr), content, code }
}

fn outcome(backend: &Backend, text: &str) -> &'static str {
    let presented = Presented { key: Some(text.as_bytes()), secret: None };
    verify(backend, presented, Demand::default()).outcome().as_str()
}

#[sqlx::test(migrations = false)]
async fn keys_are_imported_listed_and_revoked(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let place = Place::new();
    let backend = node(&owner, &place).await?;
    let digest = domain::hex::hex(&Sha256::digest(TEXT));
    let csv = place.file(
        "keys.csv",
        &format!(
            "\u{FEFF}name,format,key,prefix,scopes\n\"Old, first\",sha256,{digest},acme_,read\n"
        ),
    )?;
    let dry = keys(&owner, &place, &["import", &csv, "--dry-run"]).await;
    assert!(dry.content && dry.errors.contains("1 key can be imported"), "{}", dry.errors);
    assert_eq!(outcome(&backend, TEXT), "malformed", "a dry run writes nothing");
    let made = keys(&owner, &place, &["import", &csv]).await;
    assert!(made.content && made.errors.contains("1 key imported."), "{}", made.errors);
    eventually(|| outcome(&backend, TEXT) == "accepted").await;
    let json = place.file(
        "keys.jsonl",
        &format!("{{\"name\": \"Second\", \"format\": \"plain\", \"key\": \"{OTHER}\", \"prefix\": \"acme_\"}}\n"),
    )?;
    let made = keys(&owner, &place, &["import", &json]).await;
    assert!(made.content, "{}", made.errors);
    eventually(|| outcome(&backend, OTHER) == "accepted").await;

    let listed = keys(&owner, &place, &["list"]).await;
    assert!(listed.content && listed.out.contains("acme_…0XYZ"), "{}", listed.out);
    assert!(listed.out.contains("Old, first") && listed.out.contains("ACTIVE"), "{}", listed.out);
    assert!(!listed.out.contains(OTHER) && !listed.out.contains(&digest), "{}", listed.out);
    let listed = keys(&owner, &place, &["list", "--json", "--text", "Old"]).await;
    let listed: serde_json::Value =
        serde_json::from_str(&listed.out).map_err(|error| Error::Internal(error.to_string()))?;
    assert_eq!((&listed["access"], &listed["hint"]), (&"read".into(), &"acme_…".into()));
    let id = listed["id"].as_str().unwrap_or_default().to_owned();

    let revoke = ["revoke", &id, "--because", "rotated"];
    let dry = keys(&owner, &place, &[&revoke[..], &["--dry-run"]].concat()).await;
    assert!(dry.content && dry.errors.contains("1 key can be revoked"), "{}", dry.errors);
    let nobody = uuid::Uuid::now_v7().to_string();
    let mixed = keys(&owner, &place, &[&revoke[..], &[&nobody]].concat()).await;
    assert!(!mixed.content && mixed.errors.contains("Nothing was revoked."), "{}", mixed.errors);
    assert_eq!(outcome(&backend, TEXT), "accepted");
    let revoked = keys(&owner, &place, &revoke).await;
    assert!(revoked.content, "{}", revoked.errors);
    assert!(
        revoked.errors.contains("1 key revoked: refused on 1/1 node after "),
        "{}",
        revoked.errors
    );
    // What is receipted needs no waiting for.
    assert_eq!([outcome(&backend, TEXT), outcome(&backend, OTHER)], ["revoked", "accepted"]);
    let again = keys(&owner, &place, &revoke).await;
    assert!(again.content && again.errors.contains("it was revoked before"), "{}", again.errors);

    let mut connection = owner.connect().await?;
    let events: Vec<(String, String)> = sqlx::query_as(
        "select action, actor_kind from audit_events where action like 'key.%' order by seq",
    )
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    let by_command = |action: &str| (action.to_owned(), "operator".to_owned());
    assert_eq!(
        events,
        [by_command("key.imported"), by_command("key.imported"), by_command("key.revoked")]
    );
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn bad_lines_are_named_and_no_key_is_repeated(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let place = Place::new();
    let backend = node(&owner, &place).await?;
    let bad = place.file(
        "bad.csv",
        &format!(
            "name,format,key,prefix,channel,scopes\n\
             Good,plain,{OTHER},acme_,,\n\
             ,plain,{TEXT},acme_,,\n\
             Digest,sha256,{TEXT},acme_,,\n\
             Prefix,plain,{TEXT},other_,,\n\
             Channel,plain,{TEXT}1,acme_,Nowhere,\n\
             Scope,plain,{TEXT}2,acme_,,everything\n\
             Twice,plain,{OTHER},acme_,,\n"
        ),
    )?;
    let said = keys(&owner, &place, &["import", &bad]).await;
    assert!(said.code == Some(1) && said.out.is_empty(), "{}", said.out);
    for line in [
        "line 3, name: Enter a value",
        "line 4, key: Enter 64 hexadecimal digits",
        "line 5, prefix: The key does not begin with this",
        "line 6, channel: There is no channel with this name",
        "line 7, scopes: Use one of *, read, write, patients:read, patients:write",
        "line 8, key: There is a key with this text already",
        "6 of 7 lines cannot be used. Nothing was written.",
    ] {
        assert!(said.errors.contains(line), "{line} is missing in {}", said.errors);
    }
    assert!(!said.errors.contains(TEXT) && !said.errors.contains(OTHER), "{}", said.errors);
    assert_eq!(outcome(&backend, OTHER), "malformed");
    // Without headings the first line is no heading to complain of.
    let headless = place.file("headless.csv", &format!("Good,plain,{OTHER}\n"))?;
    let said = keys(&owner, &place, &["import", &headless]).await;
    assert!(!said.content && said.errors.contains("the heading of column 1"), "{}", said.errors);
    assert!(!said.errors.contains(OTHER), "{}", said.errors);
    let said = keys(&owner, &place, &["revoke", OTHER, "--because", "other"]).await;
    assert!(said.code == Some(2) && said.errors.contains("id 1 is no UUID"), "{}", said.errors);
    assert!(!said.errors.contains(OTHER), "{}", said.errors);
    Ok(())
}
