//! Whose key it is: by its text, by that of an imported one, or by a token that names it.

use sha2::{Digest, Sha256};

use super::Reason;
use crate::Backend;
use crate::clock::Moment;
use crate::directory::{KeyRecord, STALENESS_LIMIT_MS};
use crate::keys::text::{IMPORTED_TEXT_MAX, has_own_shape, is_well_formed};
use crate::logins::token;
use crate::profiles::{Deprecated, Profile};

/// The key that was presented, or that a token names.
pub(super) fn recognize(
    backend: &Backend,
    moment: Moment,
    key: Option<&[u8]>,
    profile: Option<&Profile>,
) -> Result<(KeyRecord, Option<Deprecated>), Reason> {
    if !backend.directory.is_loaded() {
        return Err(Reason::Stale);
    }
    let key = key.filter(|key| !key.is_empty()).ok_or(Reason::Missing)?;
    let takes_tokens = || profile.is_none_or(|profile| profile.login(moment.ms).is_some());
    if token::looks_like_one(key) && takes_tokens() {
        return by_token(backend, moment, key);
    }
    let well_formed = match profile {
        Some(profile) => profile.key_prefixes().any(|prefix| is_well_formed(key, prefix)),
        None => backend.profiles.key_prefixes().any(|prefix| is_well_formed(key, prefix)),
    };
    if !well_formed && !may_be_imported(backend, key) {
        return Err(Reason::Malformed);
    }
    Ok((find_in_time(backend, moment, || find(backend, key))?, None))
}

/// What is found, if the directory is fresh enough to be believed.
fn find_in_time(
    backend: &Backend,
    moment: Moment,
    find: impl FnOnce() -> Option<KeyRecord>,
) -> Result<KeyRecord, Reason> {
    // Before the lookup: news that comes in between must not make what was found look fresh.
    let silent_for_ms = backend.directory.silent_for_ms(moment.elapsed_ms);
    let found = find();
    let limit_ms = found
        .as_ref()
        .map_or(STALENESS_LIMIT_MS, |record| record.organization.staleness_limit_ms());
    if silent_for_ms > limit_ms {
        return Err(Reason::Stale);
    }
    found.ok_or(Reason::Unknown)
}

/// The key that a token names. It ends with the token at the latest, or with the password by which the
/// token was given.
fn by_token(
    backend: &Backend,
    moment: Moment,
    text: &[u8],
) -> Result<(KeyRecord, Option<Deprecated>), Reason> {
    let token = token::read(&backend.pepper, text).ok_or(Reason::Malformed)?;
    let digest = backend.pepper.digest_of_login(token.key);
    let mut record = find_in_time(backend, moment, || backend.directory.find(&digest))?;
    let profile = backend.profiles.get(&record.organization.profile);
    let login = profile.and_then(|profile| profile.login(moment.ms)).ok_or(Reason::Unknown)?;
    // Whoever has a new password has closed what the old one opened.
    let is_current = record.channel.as_ref().is_some_and(|it| it.is_of_epoch(token.epoch));
    let ends_at_ms = if is_current { token.ends_at_ms } else { 0 };
    record.expires_at_ms = record.expires_at_ms.min(ends_at_ms);
    Ok((record, Some(login.deprecated)))
}

/// Whether a text without our checksum is worth a look; see [`crate::keys::import`].
fn may_be_imported(backend: &Backend, text: &[u8]) -> bool {
    text.len() <= IMPORTED_TEXT_MAX
        && backend.directory.may_be_imported(text)
        && !backend.profiles.key_prefixes().any(|prefix| has_own_shape(text, prefix))
}

/// Where imported keys begin like this, it may have come with the SHA-256 of its text.
fn find(backend: &Backend, text: &[u8]) -> Option<KeyRecord> {
    let (directory, pepper) = (&backend.directory, &backend.pepper);
    let found = directory.find(&pepper.digest(text));
    if found.is_some() || !directory.may_be_imported(text) {
        return found;
    }
    directory.find(&pepper.digest_of_sha256(&Sha256::digest(text).into()))
}
