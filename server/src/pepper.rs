//! The pepper file: without it no key can be recognized, so it is never replaced silently.

use domain::database::Pools;
use domain::hex::hex;
use domain::keys::digest::Pepper;
use std::path::Path;

use crate::data_dir::{DataDir, read_private, write_private};
use crate::{Failure, Result};

const FILE: &str = "pepper";
const VERSION: i16 = 1;
/// Whose digest the database keeps, to know its pepper by. No key reads like this.
const FINGERPRINT: &str = "latchkey pepper fingerprint 1";

/// The pepper of the data directory, made at the first start. A database whose keys were made
/// with a pepper that is gone is refused.
pub async fn load(data_dir: &DataDir, pools: &Pools) -> Result<Pepper> {
    let path = data_dir.path().join(FILE);
    if let Some(text) = read_private(&path)? {
        let pepper = parse(&text).ok_or_else(|| damaged(&path))??;
        let right = is_the_databases(pools, &pepper).await?;
        return if right { Ok(pepper) } else { Err(another(&path)) };
    }
    if has_keys(pools).await? {
        return Err(Failure::new(format!(
            "{} is missing, but the database has API keys, which cannot be recognized without it: put back the \
             file from a backup, or start on an empty database",
            path.display()
        )));
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Failure::because("randomness", error))?;
    write_private(&path, &render(&secret))?;
    let pepper = Pepper::new(VERSION, &secret)?;
    // Another instance may have been first, with a pepper of its own.
    if is_the_databases(pools, &pepper).await? { Ok(pepper) } else { Err(another(&path)) }
}

/// Whether the database was made with this pepper. The first one that it sees is taken for its own.
async fn is_the_databases(pools: &Pools, pepper: &Pepper) -> Result<bool> {
    let ours = pepper.digest(FINGERPRINT.as_bytes());
    let known = async {
        sqlx::query!(
            "insert into pepper_fingerprints (version, fingerprint) values ($1, $2) on conflict do nothing",
            pepper.version,
            &ours.0,
        )
        .execute(&pools.validator)
        .await?;
        sqlx::query_scalar!(
            "select fingerprint from pepper_fingerprints where version = $1",
            pepper.version
        )
        .fetch_one(&pools.validator)
        .await
    };
    Ok(known.await.map_err(domain::Error::from)? == ours.0)
}

fn another(path: &Path) -> Failure {
    Failure::new(format!(
        "{} is not the pepper that this database's API keys were made with: put back the right file from a \
         backup, or use the database that belongs to this one",
        path.display()
    ))
}

fn damaged(path: &Path) -> Failure {
    Failure::new(format!(
        "{} is damaged: it should read 1:, then 64 hexadecimal digits. Put it back from a backup: without it no \
         API key can be recognized",
        path.display()
    ))
}

async fn has_keys(pools: &Pools) -> Result<bool> {
    sqlx::query_scalar!(r#"select exists (select id from api_keys) as "exists!""#)
        .fetch_one(&pools.validator)
        .await
        .map_err(|error| domain::Error::from(error).into())
}

fn render(secret: &[u8; 32]) -> String {
    format!("{VERSION}:{}\n", hex(secret))
}

fn parse(text: &str) -> Option<Result<Pepper>> {
    let (version, digits) = text.trim_end().split_once(':')?;
    let version = version.parse().ok().filter(|version| *version == VERSION)?;
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut secret = [0; 32];
    for (byte, at) in secret.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(Pepper::new(version, &secret).map_err(Failure::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let secret = std::array::from_fn(|at| u8::try_from(at * 7).unwrap_or(0));
        let text = render(&secret);
        assert_eq!(text.len(), 2 + 64 + 1);
        let digest = |pepper: Pepper| pepper.digest(b"key");
        let read = parse(&text).and_then(Result::ok).map(digest);
        assert_eq!(read, Pepper::new(1, &secret).ok().map(digest));
        assert!(read.is_some());
    }

    #[test]
    fn damage_is_noticed() {
        let good = render(&[7; 32]);
        for text in
            ["", "1:", "2:00", &good[..40], &good.replace('7', "x"), &good.replace("1:", "2:")]
        {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
