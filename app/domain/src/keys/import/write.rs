//! Importing a file of keys into one organization: all or none.

use serde_json::json;
use sqlx::{Postgres, Transaction};
use std::collections::BTreeMap;

use super::line::Judge;
use super::{ImportLine, NewImport};
use crate::approvals;
use crate::audit::{self, Action};
use crate::error::BrokenLine;
use crate::ids::{ChannelId, KeyId};
use crate::organizations::get_settings::key_policy;
use crate::organizations::list::{Tenant, tenant};
use crate::reps::Rep;
use crate::{Backend, Error, Result, Rule, database};

/// Whether a file is written, or only checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Write,
    Check,
}

/// Imports every line of a file, by its number, or names all lines that cannot be. Checking does
/// all that writing does, and takes it back. Gives the number of keys.
pub async fn import(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    lines: &[(u64, ImportLine)],
    mode: Mode,
) -> Result<Result<usize, Vec<BrokenLine>>> {
    let tenant = tenant(backend, rep, slug).await?;
    let mut transaction = database::tenant::begin(&backend.pools.app, tenant.id).await?;
    let mut broken = Vec::new();
    let new = parse(backend, &mut transaction, &tenant, lines, &mut broken).await?;
    let made = insert_all(&mut transaction, rep, &tenant, new, &mut broken).await?;
    if !broken.is_empty() {
        broken.sort_by_key(|broken| broken.line);
        return Ok(Err(broken));
    }
    if mode == Mode::Write {
        for (id, new) in &made {
            note(&mut transaction, rep, &tenant, *id, new).await?;
        }
        transaction.commit().await?;
        backend.directory.catch_up().await;
    }
    Ok(Ok(made.len()))
}

/// The lines that break no rule of their own; notes what is wrong with the others.
async fn parse(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    tenant: &Tenant,
    lines: &[(u64, ImportLine)],
    broken: &mut Vec<BrokenLine>,
) -> Result<Vec<(u64, NewImport)>> {
    let profile = backend.profiles.get(&tenant.profile).ok_or(Error::NotFound)?;
    let judge = Judge {
        profiles: &backend.profiles,
        profile,
        policy: key_policy(transaction).await?,
        pepper: &backend.pepper,
        now: backend.clock.now(),
    };
    let mut parsed = Vec::new();
    for (line, said) in lines {
        let new = match NewImport::parse(said, judge) {
            Ok(new) => {
                approvals::require(transaction, profile, new.environment).await.map(|()| new)
            }
            Err(error) => Err(error),
        };
        match new {
            Ok(new) => parsed.push((*line, new)),
            Err(Error::Invalid(errors)) => {
                broken.extend(errors.into_iter().map(|error| BrokenLine { line: *line, error }));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(parsed)
}

async fn insert_all(
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    tenant: &Tenant,
    new: Vec<(u64, NewImport)>,
    broken: &mut Vec<BrokenLine>,
) -> Result<Vec<(KeyId, NewImport)>> {
    let channels = channels(transaction).await?;
    let mut made = Vec::new();
    for (line, new) in new {
        let channel = new.channel.as_ref().map(|name| channels.get(name).copied());
        let wrong = match channel {
            Some(None) => Some(Error::invalid("channel", Rule::NoChannel)),
            channel => {
                let id = KeyId::generate();
                let known = insert(transaction, rep, tenant, id, channel.flatten(), &new).await?;
                if known {
                    made.push((id, new));
                    None
                } else {
                    Some(Error::invalid("key", Rule::KeyTaken))
                }
            }
        };
        if let Some(Error::Invalid(errors)) = wrong {
            broken.extend(errors.into_iter().map(|error| BrokenLine { line, error }));
        }
    }
    Ok(made)
}

/// The organization's channels by name.
async fn channels(
    transaction: &mut Transaction<'static, Postgres>,
) -> Result<BTreeMap<String, ChannelId>> {
    let rows = sqlx::query!("select id, name from channels").fetch_all(&mut **transaction).await?;
    Ok(rows.into_iter().map(|row| (row.name, ChannelId(row.id))).collect())
}

/// False where there is a key with this text, in whatever organization.
async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    tenant: &Tenant,
    id: KeyId,
    channel: Option<ChannelId>,
    new: &NewImport,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into api_keys (id, organization_id, channel_id, name, environment, scopes, prefix, last_four,
                               digest, pepper_version, expires_at, created_by, allowed_networks, rate_limit,
                               imported, secret_required)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[]::cidr[], $14, $15, false)
         on conflict on constraint api_keys_digest_key do nothing",
        id.0,
        tenant.id.0,
        channel.map(|channel| channel.0),
        new.name.as_str(),
        new.environment.as_str(),
        &new.scopes,
        new.prefix,
        new.last_four,
        &new.digest.0,
        new.pepper_version,
        new.expires_at,
        rep.user_id().0,
        &new.terms.network_texts(),
        new.terms.rate_limit,
        new.imported,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

async fn note(
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    tenant: &Tenant,
    id: KeyId,
    new: &NewImport,
) -> Result<()> {
    let details = json!({
        "name": new.name.as_str(),
        "prefix": new.prefix,
        "last_four": new.last_four,
        "environment": new.environment,
        "scopes": new.scopes,
        "expires_at": new.expires_at.map(audit::time_text),
        "networks": new.terms.network_texts(),
        "rate_limit": new.terms.rate_limit,
    });
    audit::record(transaction, &rep.on(tenant.id), Action::KeyImported, id.0, details).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Pools, SignIn};
    use crate::directory::follow::follow;
    use crate::hex::hex;
    use crate::keys::list::{KeyFilter, list};
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::keys::revoke::revoke;
    use crate::keys::text::PlainKey;
    use crate::profiles::Profiles;
    use crate::testing::{World, eventually, regeneration};
    use crate::verification::{Demand, Presented, verify};
    use sha2::{Digest, Sha256};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    /// The text as a file has it in this format.
    fn line(world: &World, format: &str, text: &str, prefix: &str) -> ImportLine {
        let key = match format {
            "sha256" => hex(&Sha256::digest(text)),
            "hmac" => hex(&world.backend.pepper.digest(text.as_bytes()).0),
            _ => text.to_owned(),
        };
        ImportLine {
            name: format!("Old {format}"),
            format: format.to_owned(),
            key,
            prefix: prefix.to_owned(),
            ..ImportLine::default()
        }
    }

    fn said(world: &World, text: &[u8]) -> &'static str {
        said_by(&world.backend, text)
    }

    fn said_by(backend: &Backend, text: &[u8]) -> &'static str {
        let presented = Presented { key: Some(text), secret: None };
        verify(backend, presented, Demand::default()).outcome().as_str()
    }

    #[sqlx::test(migrations = false)]
    async fn imported_keys_of_every_format_are_found_and_nothing_like_them_is(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "delphos").await?);
        world.follow().await;
        let (_, own) = world.key(&admin, "Ours").await?;
        // With a prefix of their own, with one of ours, and with none.
        let texts = [
            ("plain", "acme-0123456789abcdefXYZ", "acme-"),
            ("sha256", "acme-fedcba9876543210XYZ", "acme-"),
            ("hmac", "acme-1111111111111111XYZ", "acme-"),
            ("sha256", "dph_live_0123456789abcdefghij", "dph_live_"),
            ("sha256", "550e8400-e29b-41d4-a716-446655440000", ""),
        ];
        assert_eq!(said(&world, texts[0].1.as_bytes()), "malformed");
        let lines: Vec<_> = (2..)
            .zip(texts.map(|(format, text, prefix)| line(&world, format, text, prefix)))
            .take(4)
            .collect();
        let checked = import(&world.backend, &rep, "one", &lines, Mode::Check).await?;
        assert_eq!((checked, said(&world, texts[0].1.as_bytes())), (Ok(4), "malformed"));
        let made = import(&world.backend, &rep, "one", &lines, Mode::Write).await?;
        assert_eq!(made, Ok(4));
        for (format, text, _) in &texts[..4] {
            assert_eq!(said(&world, text.as_bytes()), "accepted", "{format}");
        }
        assert_eq!(said(&world, texts[4].1.as_bytes()), "malformed", "no prefix fits");
        // Each change of one character is no key, whatever the character.
        for (_, text, _) in &texts[..4] {
            for place in 0..text.len() {
                for byte in 0..=u8::MAX {
                    let mut other = text.as_bytes().to_vec();
                    other[place] = byte;
                    if other != text.as_bytes() {
                        let said = said(&world, &other);
                        assert!(["unknown", "malformed"].contains(&said), "{text} {place} {byte}");
                    }
                }
            }
        }
        // What a leaked list of digests holds is no key either.
        for (format, text, _) in &texts[..4] {
            let digest = Sha256::digest(text);
            let shown = line(&world, format, text, "").key;
            for forged in [digest.to_vec(), [b"acme-".as_slice(), &digest[..]].concat()] {
                assert_ne!(said(&world, &forged), "accepted", "{format}");
            }
            assert!(*format == "plain" || said(&world, shown.as_bytes()) != "accepted", "{format}");
        }
        // Ours are refused by their checksum still, although old keys begin the same.
        let mut typo = own.key.expose().to_owned().into_bytes();
        typo[12] = if typo[12] == b'0' { b'1' } else { b'0' };
        assert_eq!(
            (said(&world, own.key.expose().as_bytes()), said(&world, &typo)),
            ("accepted", "malformed")
        );
        let unknown = PlainKey::mint("dph_live_")?;
        assert_eq!(said(&world, unknown.expose().as_bytes()), "unknown");

        let lines = [(2, line(&world, "sha256", texts[4].1, ""))];
        assert_eq!(import(&world.backend, &rep, "one", &lines, Mode::Write).await?, Ok(1));
        assert_eq!(said(&world, texts[4].1.as_bytes()), "accepted");
        // The same when all is loaded anew.
        let pools = Pools::new(&world.owner, SignIn::AsOwner);
        let (pepper, profiles) = (world.backend.pepper.clone(), Profiles::built_in()?);
        let again = Arc::new(Backend::new(pools, pepper, profiles, world.clock.clone()));
        tokio::spawn(follow(Arc::clone(&again)));
        eventually(|| again.directory.is_loaded()).await;
        for (format, text, _) in texts {
            assert_eq!(said_by(&again, text.as_bytes()), "accepted", "{format}");
        }
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_key_goes_on_as_one_of_ours(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "delphos").await?);
        world.follow().await;
        let text = "acme-0123456789abcdefXYZ";
        let lines = [(1, line(&world, "sha256", text, "acme-"))];
        assert_eq!(import(&world.backend, &rep, "one", &lines, Mode::Write).await?, Ok(1));
        let (keys, _) = list(&world.backend, &admin, &KeyFilter::default()).await?;
        let [key] = keys.as_slice() else { panic!("{keys:?}") };
        assert_eq!((key.hint.as_str(), key.last_four()), ("acme-…", ""));
        let wanted = regeneration(&world.backend, &admin, key.id, Overlap::Day).await?;
        regenerate(&world.backend, &admin, key.id, &wanted).await?;
        assert_eq!(said(&world, text.as_bytes()), "accepted", "the old text drains");
        revoke(&world.backend, &admin, key.id).await?;
        assert_eq!(said(&world, text.as_bytes()), "revoked");
        assert_eq!(
            world.actions(&admin).await?,
            ["key.imported", "key.regenerated", "key.revoked"]
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn one_bad_line_leaves_nothing_and_all_bad_lines_are_named(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let rep = world.rep("robin").await?;
        let (admin, other) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        world.follow().await;
        let taken = line(&world, "plain", "acme-0123456789abcdefXYZ", "acme-");
        let lines = [(1, taken.clone())];
        assert_eq!(import(&world.backend, &rep, "two", &lines, Mode::Write).await?, Ok(1));
        let good = line(&world, "hmac", "acme-fedcba9876543210XYZ", "acme-");
        let lines = [
            (2, good.clone()),
            (
                3,
                ImportLine {
                    channel: "Nowhere".to_owned(),
                    ..line(&world, "plain", "acme-3333333333333333", "acme-")
                },
            ),
            (4, taken),
            (5, good.clone()),
            (6, ImportLine { format: "rot13".to_owned(), ..good.clone() }),
        ];
        for mode in [Mode::Check, Mode::Write] {
            let Err(broken) = import(&world.backend, &rep, "one", &lines, mode).await? else {
                panic!("it was taken")
            };
            let broken: Vec<_> = broken
                .into_iter()
                .map(|broken| (broken.line, broken.error.field, broken.error.rule))
                .collect();
            assert_eq!(
                broken,
                [
                    (3, "channel", Rule::NoChannel),
                    (4, "key", Rule::KeyTaken),
                    (5, "key", Rule::KeyTaken),
                    (6, "format", Rule::NotAFormat),
                ]
            );
        }
        assert_eq!(said(&world, b"acme-fedcba9876543210XYZ"), "unknown");
        assert_eq!(world.actions(&admin).await?, Vec::<String>::new());
        assert_eq!(world.actions(&other).await?, ["key.imported"]);
        let nowhere = import(&world.backend, &rep, "nowhere", &lines, Mode::Check).await;
        assert_eq!(nowhere.map(|_| ()), Err(Error::NotFound));
        Ok(())
    }
}
