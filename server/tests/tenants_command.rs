//! `latchkey tenants` as people run it.

use domain::clock::Clock;
use domain::database::{Pools, SignIn, migrate};
use domain::keys::digest::Pepper;
use domain::profiles::Profiles;
use domain::users::create::{NewUser, create};
use domain::{Backend, Error, Result};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::path::PathBuf;
use std::process::{Command, Output};

const REP: &str = "robin@vendor.example";

async fn prepare(owner: &PgConnectOptions) -> Result<()> {
    migrate::migrate(owner).await?;
    let pools = Pools::new(owner, SignIn::AsOwner);
    let backend =
        Backend::new(pools, Pepper::new(1, &[7; 32])?, Profiles::built_in()?, Clock::system());
    for (email, is_rep) in [(REP, true), ("member@one.example", false)] {
        let user = NewUser {
            email: email.to_owned(),
            name: "Robin".to_owned(),
            password_hash: "unused".to_owned(),
            is_rep,
        };
        create(&backend.pools, user).await?;
    }
    backend.pools.close().await;
    Ok(())
}

/// What the command says and whether it is content.
struct Said {
    out: String,
    errors: String,
    content: bool,
}

fn tenants(database: &PgConnectOptions, rep: &str, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command
        .arg("tenants")
        .args(arguments)
        .args(["--as", rep])
        .env("LATCHKEY_DATA_DIR", "/nonexistent")
        .env("LATCHKEY_DASHBOARD_URL", "https://keys.example/")
        .env("DATABASE_URL", database.to_url_lossy().to_string());
    let Ok(Output { status, stdout, stderr }) = command.output() else { panic!("it does not run") };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { out: text(stdout), errors: text(stderr), content: status.success() }
}

/// A file that is removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(text: &[u8]) -> Result<Self> {
        let name = format!("latchkey-tenants-{}.csv", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self(path))
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn count(owner: &PgConnectOptions, table: &str) -> Result<i64> {
    let mut connection = owner.connect().await?;
    let rows = sqlx::query_scalar(&format!("select count(*) from {table}"))
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(rows)
}

const GOOD: &str = "\u{FEFF}name,slug,profile,email,plan,environments,partner_decided_on,partner_reference,partner_signer\n\
    \"Harbor, Dental\",harbor,delphos,ann@harbor.example,pro,live,,,\n\
    Lake View 🩺,lake-view,novamed,bob@lake.example,,live test,2026-01-31,PA-7,Dr. Sign\n";

#[sqlx::test(migrations = false)]
async fn a_file_is_imported_whole_and_once(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    prepare(&owner).await?;
    let file = Scratch::new(GOOD.as_bytes())?;
    let dry = tenants(&owner, REP, &["import", file.name(), "--dry-run"]);
    assert!(
        dry.content && dry.errors.contains("2 organizations can be provisioned"),
        "{}",
        dry.errors
    );
    assert_eq!(count(&owner, "organizations").await?, 0, "a dry run writes nothing");

    let made = tenants(&owner, REP, &["import", file.name()]);
    assert!(made.content && made.errors.contains("2 organizations provisioned"), "{}", made.errors);
    assert_eq!(made.out.matches("https://keys.example/claims/").count(), 2, "{}", made.out);
    assert_eq!(made.out.matches("https://keys.example/invitations/").count(), 2, "{}", made.out);
    for (table, rows) in
        [("organizations", 2), ("invitations", 2), ("key_claims", 2), ("approvals", 1)]
    {
        assert_eq!(count(&owner, table).await?, rows, "{table}");
    }
    let by_command = "audit_events where actor_kind = 'operator'";
    assert_eq!(count(&owner, by_command).await?, count(&owner, "audit_events").await?);

    let again = tenants(&owner, REP, &["import", file.name()]);
    assert!(!again.content, "{}", again.out);
    assert!(again.errors.contains("line 2, slug: This name is in use"), "{}", again.errors);
    assert!(again.errors.contains("2 of 2 lines cannot be used"), "{}", again.errors);

    let listed = tenants(&owner, REP, &["list"]);
    assert!(listed.content && listed.out.contains("lake-view"), "{}", listed.out);
    assert!(listed.out.contains("partner_approval"), "{}", listed.out);
    let json = tenants(&owner, REP, &["list", "--json", "--profile", "novamed"]);
    let json: serde_json::Value =
        serde_json::from_str(&json.out).map_err(|error| Error::Internal(error.to_string()))?;
    assert_eq!(json["slug"], "lake-view");
    assert_eq!(json["environments"], serde_json::json!(["live", "test"]));
    assert!(json["external_id"].as_str().is_some_and(|id| id.len() == 36), "a clinic_id");
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn every_bad_line_is_named_and_nothing_is_written(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    prepare(&owner).await?;
    let long = "x".repeat(10_000);
    let bad = format!(
        "name,slug,profile,email,environments,baa_decided_on\n\
         Fine,fine,delphos,a@b.example,live,\n\
         {long},long,delphos,a@b.example,live,\n\
         ,empty,delphos,a@b.example,live,\n\
         '; drop table users; --,sql,delphos,a@b.example,live,\n\
         <b>Bold</b>,markup,delphos,a@b.example,live,\n\
         a\u{202E}b,rtl,delphos,a@b.example,live,\n\
         Twice,fine,delphos,a@b.example,live,\n\
         Stage,stage,delphos,a@b.example,staging,\n\
         Test,test-only,delphos,a@b.example,test,\n\
         Half,half,delphos,a@b.example,live,2026-01-31\n\
         Rep,rep-1,delphos,{REP},live,\n"
    );
    let file = Scratch::new(bad.as_bytes())?;
    let said = tenants(&owner, REP, &["import", file.name()]);
    assert!(!said.content && said.out.is_empty(), "{}", said.out);
    for line in [
        "line 3, name: Use at most 100 characters; this has 10000",
        "line 4, name: Enter a value",
        "line 6, name: Leave out < and >",
        "line 7, name: Leave out line breaks and other invisible characters",
        "line 8, slug: This name is in use; choose another",
        "line 9, environments: Choose live, test or both",
        "line 10, environments: This API has no keys for one of these environments",
        "line 11, baa_reference: Enter a value",
        "line 11, baa_signer: Enter a value",
        "line 12, email: This is the address of an account rep",
        "9 of 11 lines cannot be used. Nothing was written.",
    ] {
        assert!(said.errors.contains(line), "{line} is missing in {}", said.errors);
    }
    assert_eq!(count(&owner, "organizations").await?, 0);

    for (text, complaint) in [
        (&b"name,profile\nA,delphos\n"[..], "line 1: the column email is missing"),
        (b"name,profile,email,colour\n", "line 1: there is no column \"colour\""),
        (b"name,name,profile,email\n", "line 1: the column name is there twice"),
        (b"name,profile,email\nA,delphos\n", "line 2: it has 2 columns, and the headings have 3"),
        (b"name,profile,email\n\xff,delphos,a@b.example\n", "line 2: it is not UTF-8"),
        (b"name,profile,email\n", "there are no lines beneath the headings"),
        (b"", "the column name is missing"),
    ] {
        let file = Scratch::new(text)?;
        let said = tenants(&owner, REP, &["import", file.name()]);
        assert!(!said.content && said.errors.contains(complaint), "{complaint}: {}", said.errors);
    }
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn one_is_created_for_a_rep_only(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
    prepare(&owner).await?;
    let new = ["create", "--name", "One", "--profile", "novamed", "--email", "a@one.example"];
    let signed = ["--partner-approval", "2026-01-31", "PA-1", "Dr. Sign"];
    for nobody in ["member@one.example", "nobody@one.example", "not an address"] {
        let said = tenants(&owner, nobody, &new);
        assert!(
            !said.content && said.errors.contains("there is no account rep"),
            "{}",
            said.errors
        );
    }
    let dry = tenants(&owner, REP, &[&new[..], &["--dry-run"]].concat());
    assert!(dry.content && dry.errors.contains("Nothing was written"), "{}", dry.errors);
    let early = ["--baa", "2999-01-01", "BAA-1", "Dr. Sign"];
    let early = tenants(&owner, REP, &[&new[..], &early].concat());
    let complaint = "--baa: Enter a day that is not in the future";
    assert!(!early.content && early.errors.contains(complaint), "{}", early.errors);
    let names = "--profile: Use one of delphos, clinikapi, deliverty, delivr, novamed";
    let other = ["create", "--name", "One", "--profile", "gold", "--email", "a@one.example"];
    let other = tenants(&owner, REP, &other);
    assert!(!other.content && other.errors.contains(names), "{}", other.errors);
    assert_eq!(count(&owner, "organizations").await?, 0);
    let made = tenants(&owner, REP, &[&new[..], &signed].concat());
    assert!(made.content && made.out.starts_with("one\n"), "{} {}", made.out, made.errors);
    assert_eq!(count(&owner, "approvals where gate = 'partner_approval'").await?, 1);
    let again = tenants(&owner, REP, &new);
    assert!(
        !again.content && again.errors.contains("slug: This name is in use"),
        "{}",
        again.errors
    );
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn one_is_suspended_and_restored(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
    prepare(&owner).await?;
    let new = ["create", "--name", "One", "--profile", "delphos", "--email", "a@one.example"];
    assert!(tenants(&owner, REP, &new).content);
    let suspended = "organizations where status = 'SUSPENDED' and suspended_reason = 'Unpaid'";
    let because = ["--reason", "Unpaid"];
    for (command, slug, more, complaint) in [
        ("suspend", "nobody", &because[..], "there is no organization \"nobody\""),
        ("suspend", "one", &["--reason", " "], "--reason: "),
        ("restore", "one", &because, "It is not suspended"),
        ("restore", "one", &["--reason", "Paid", "--dry-run"], "nothing would change"),
    ] {
        let named = [command, "--organization", slug];
        let said = tenants(&owner, REP, &[&named[..], more].concat());
        assert!(!said.content && said.errors.contains(complaint), "{complaint}: {}", said.errors);
    }
    let dry = tenants(
        &owner,
        REP,
        &["suspend", "--organization", "one", "--reason", "Unpaid", "--dry-run"],
    );
    assert!(dry.content && dry.out.contains("Nothing was written"), "{}", dry.errors);
    assert_eq!(count(&owner, suspended).await?, 0);
    let done = tenants(&owner, REP, &["suspend", "--organization", "one", "--reason", "Unpaid"]);
    assert!(done.content && done.out.contains("One is suspended"), "{}", done.errors);
    assert_eq!(count(&owner, suspended).await?, 1);
    let event = "audit_events where action = 'organization.suspended' and actor_kind = 'operator'";
    assert_eq!(count(&owner, event).await?, 1);
    let done = tenants(&owner, REP, &["restore", "--organization", "one", "--reason", "Paid"]);
    assert!(done.content && done.out.contains("One is restored"), "{}", done.errors);
    assert_eq!(count(&owner, "organizations where status = 'ACTIVE'").await?, 1);
    Ok(())
}
