//! `latchkey audit verify` as people run it.

use domain::audit::Origin;
use domain::channels::add::{NewChannel, add};
use domain::clock::Clock;
use domain::database::{Pools, SignIn, migrate};
use domain::keys::digest::Pepper;
use domain::members::{Role, enter};
use domain::organizations::provision::{NewOrganization, provision};
use domain::profiles::Profiles;
use domain::users::create::{NewUser, create};
use domain::{Backend, Error, Result};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::path::PathBuf;
use std::process::{Command, Output};

/// Two organizations with three events each.
async fn prepare(owner: &PgConnectOptions) -> Result<()> {
    migrate::migrate(owner).await?;
    let pools = Pools::new(owner, SignIn::AsOwner);
    let backend =
        Backend::new(pools, Pepper::new(1, &[7; 32])?, Profiles::built_in()?, Clock::system());
    for slug in ["one", "two"] {
        let user = NewUser {
            email: format!("admin@{slug}.example"),
            name: "Admin".to_owned(),
            password_hash: "unused".to_owned(),
            is_rep: false,
        };
        let user = create(&backend.pools, user).await?;
        let organization = NewOrganization {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            profile: "delphos".to_owned(),
            external_id: None,
            members: vec![(user.id, Role::Admin)],
        };
        provision(&backend, organization).await?;
        let admin = enter(&backend, user.id, slug, Origin::default()).await?.admin()?;
        for name in ["A", "B", "C"] {
            add(&backend, &admin, &NewChannel::parse(name, "")?).await?;
        }
    }
    backend.pools.close().await;
    Ok(())
}

/// What the command printed and whether it is content.
fn verify(database: Option<&PgConnectOptions>, arguments: &[&str]) -> (String, bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.args(["audit", "verify"]).args(arguments).env_remove("DATABASE_URL");
    command.env("LATCHKEY_DATA_DIR", "/nonexistent");
    if let Some(options) = database {
        command.env("DATABASE_URL", options.to_url_lossy().to_string());
    }
    let Ok(Output { status, stdout, stderr }) = command.output() else { panic!("it does not run") };
    let text = [stdout, stderr].concat();
    (String::from_utf8_lossy(&text).into_owned(), status.success())
}

/// A file that is removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("latchkey-audit-{}", uuid::Uuid::new_v4().simple())))
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

#[sqlx::test(migrations = false)]
async fn tells_a_whole_log_from_a_damaged_one(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    prepare(&owner).await?;
    let export = Scratch::new();
    let file = export.name();

    let (text, content) = verify(Some(&owner), &["--export", file]);
    assert!(content && text.matches("verified").count() == 2, "{text}");
    let (text, content) = verify(None, &["--file", file]);
    assert!(content && text.contains("one ") && text.contains("two "), "{text}");
    let (text, content) = verify(Some(&owner), &["--organization", "two"]);
    assert!(content && !text.contains("one "), "{text}");
    let (text, content) = verify(Some(&owner), &["--organization", "three"]);
    assert!(!content && text.contains("there is no organization"), "{text}");
    let (text, content) = verify(None, &[]);
    assert!(!content && text.contains("there is no database"), "{text}");

    // The export, edited and cut.
    let whole = std::fs::read_to_string(&export.0).map_err(failed)?;
    assert_eq!(whole.lines().count(), 8);
    std::fs::write(&export.0, whole.replacen(r#"\"B\""#, r#"\"X\""#, 1)).map_err(failed)?;
    let (text, content) = verify(None, &["--file", file]);
    assert!(!content && text.contains("DAMAGED: #2 was edited"), "{text}");
    let cut: String = whole.split_inclusive('\n').take(7).collect();
    std::fs::write(&export.0, cut).map_err(failed)?;
    let (text, content) = verify(None, &["--file", file]);
    assert!(!content && text.contains("DAMAGED: where the log ends is not on record"), "{text}");
    std::fs::write(&export.0, "{}\n").map_err(failed)?;
    let (text, content) = verify(None, &["--file", file]);
    assert!(!content && text.contains("line 1 of"), "{text}");

    // The database.
    let mut connection = owner.connect().await?;
    sqlx::raw_sql(
        "alter table audit_events disable trigger all;
         delete from audit_events where seq = 3 and organization_id = (select id from organizations where slug = 'two')",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    let (text, content) = verify(Some(&owner), &[]);
    assert!(!content && text.contains("DAMAGED: #3 is missing"), "{text}");
    assert_eq!(text.matches("verified").count(), 1, "{text}");
    Ok(())
}

fn failed(error: std::io::Error) -> Error {
    Error::Internal(error.to_string())
}
