//! Keys by the thousand, written into the program's own database by hand: forms would take hours.

use domain::keys::digest::Pepper;
use domain::keys::text::PlainKey;
use server::postgres::running;
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use uuid::Uuid;

use crate::Result;

pub const PROFILE: &str = "delivr";
/// The same, of which accepted calls are not logged.
pub const UNLOGGED: &str = "unlogged";
pub const PREFIX: &str = "dlvr_";
pub const UNLOGGED_PREFIX: &str = "dlvu_";
/// Keys of one statement.
const PORTION: usize = 20_000;

const INSERT: &str = "
    insert into api_keys (id, organization_id, name, environment, scopes, prefix, last_four, digest,
                          pepper_version, expires_at, created_by)
        select gen_random_uuid(), $1, 'Key', 'live', '{*}', $2, 'abcd', digest, 1,
               now() + interval '90 days', (select min(id::text)::uuid from users)
        from unnest($3::bytea[]) digest";

/// Whoever writes them.
pub struct Seed {
    connection: PgConnection,
    pepper: Pepper,
}

impl Seed {
    /// Into the private database of the program that runs on these data.
    pub async fn of(data_dir: &Path) -> Result<Self> {
        let options = running::find(&data_dir.join("postgres")).ok_or("no PostgreSQL runs")?;
        let mut connection = options.connect().await?;
        // Without foreign keys to be looked up for each.
        sqlx::raw_sql("set session_replication_role = replica").execute(&mut connection).await?;
        Ok(Self { connection, pepper: pepper(data_dir)? })
    }

    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    pub async fn organization(&mut self, slug: &str, profile: &str) -> Result<Uuid> {
        let insert = "insert into organizations (id, slug, name, profile)
                      values (gen_random_uuid(), $1, $1, $2) returning id";
        let insert = sqlx::query_scalar(insert).bind(slug).bind(profile);
        Ok(insert.fetch_one(&mut self.connection).await?)
    }

    /// So many keys of the organization, which running programs are told of. Their texts.
    pub async fn keys(&mut self, organization: Uuid, number: usize) -> Result<Vec<String>> {
        self.keys_of(PREFIX, organization, number).await
    }

    /// The same, of another profile.
    pub async fn keys_of(
        &mut self,
        prefix: &str,
        organization: Uuid,
        number: usize,
    ) -> Result<Vec<String>> {
        let mut texts = Vec::with_capacity(number);
        while texts.len() < number {
            let portion: Vec<_> = (texts.len()..number.min(texts.len() + PORTION))
                .map(|_| Ok(PlainKey::mint(prefix)?.expose().to_owned()))
                .collect::<Result<_>>()?;
            let digests: Vec<_> = portion.iter().map(|text| self.digest(text)).collect();
            sqlx::query(INSERT)
                .bind(organization)
                .bind(prefix)
                .bind(digests)
                .execute(&mut self.connection)
                .await?;
            texts.extend(portion);
        }
        Ok(texts)
    }

    /// The same without a note for each: a program that runs learns nothing of them.
    pub async fn keys_untold(&mut self, organization: Uuid, number: usize) -> Result<Vec<String>> {
        self.trigger("disable").await?;
        let texts = self.keys(organization, number).await?;
        self.trigger("enable always").await?;
        sqlx::raw_sql("analyze api_keys").execute(&mut self.connection).await?;
        Ok(texts)
    }

    async fn trigger(&mut self, what: &str) -> Result<()> {
        let statement = format!("alter table api_keys {what} trigger note_key_change");
        sqlx::raw_sql(&statement).execute(&mut self.connection).await?;
        Ok(())
    }

    /// A key of which this is set, in SQL.
    pub async fn key_with(&mut self, organization: Uuid, set: &str) -> Result<String> {
        let mut texts = self.keys(organization, 1).await?;
        let text = texts.pop().ok_or("no key")?;
        self.set(&text, set).await?;
        Ok(text)
    }

    /// Sets this of the key, in SQL; returns when it is committed.
    pub async fn set(&mut self, text: &str, set: &str) -> Result<()> {
        let update = format!("update api_keys set {set} where digest = $1");
        let digest = self.digest(text);
        sqlx::query(&update).bind(digest).execute(&mut self.connection).await?;
        Ok(())
    }

    pub fn digest(&self, text: &str) -> Vec<u8> {
        self.pepper.digest(text.as_bytes()).0.to_vec()
    }

    /// Requests with keys of the organization that are counted, in all.
    pub async fn counted(&mut self, organization: Uuid) -> Result<i64> {
        let sum =
            "select coalesce(sum(requests), 0)::bigint from usage_hours where organization_id = $1";
        Ok(sqlx::query_scalar(sum).bind(organization).fetch_one(&mut self.connection).await?)
    }

    /// Calls of the organization that are in the access log.
    pub async fn logged(&mut self, organization: Uuid) -> Result<i64> {
        let count = "select count(*) from access_log where organization_id = $1";
        Ok(sqlx::query_scalar(count).bind(organization).fetch_one(&mut self.connection).await?)
    }

    /// How many transactions the database has done, by its own count, which comes a second late.
    pub async fn transactions(&mut self) -> Result<i64> {
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        let count = "select xact_commit + xact_rollback from pg_stat_database
                     where datname = current_database()";
        Ok(sqlx::query_scalar(count).fetch_one(&mut self.connection).await?)
    }

    pub async fn end(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

/// As `1:` and 64 hexadecimal digits.
fn pepper(data_dir: &Path) -> Result<Pepper> {
    let text = std::fs::read_to_string(data_dir.join("pepper"))?;
    let digits = text.trim().strip_prefix("1:").ok_or("not a pepper")?;
    let mut secret = [0; 32];
    for (place, byte) in secret.iter_mut().enumerate() {
        let pair = digits.get(2 * place..2 * place + 2).ok_or("not a pepper")?;
        *byte = u8::from_str_radix(pair, 16)?;
    }
    Ok(Pepper::new(1, &secret)?)
}
