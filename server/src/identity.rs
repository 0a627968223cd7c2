//! Who was let in, as header fields for the service behind. All of them are always there, empty
//! where there is nothing to say: a proxy that copies them replaces whatever the client has sent.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::directory::KeyRecord;
use std::fmt::Display;

/// What the names of all these fields begin with.
const OURS: &str = "x-latchkey-";

pub const KEY_ID: HeaderName = HeaderName::from_static("x-latchkey-key-id");
pub const ORGANIZATION: HeaderName = HeaderName::from_static("x-latchkey-organization");
pub const CHANNEL: HeaderName = HeaderName::from_static("x-latchkey-channel");
pub const ENVIRONMENT: HeaderName = HeaderName::from_static("x-latchkey-environment");
pub const SCOPES: HeaderName = HeaderName::from_static("x-latchkey-scopes");
pub const PROFILE: HeaderName = HeaderName::from_static("x-latchkey-profile");
pub const USER: HeaderName = HeaderName::from_static("x-latchkey-user");

/// Only in answers to proxies that ask for it.
pub const REASON: HeaderName = HeaderName::from_static("x-latchkey-reason");

/// Writes who the key stands for.
pub fn write(key: &KeyRecord, headers: &mut HeaderMap) {
    let organization = &key.organization;
    headers.insert(KEY_ID, value(&key.id));
    headers.insert(ORGANIZATION, value(&organization.slug));
    headers.insert(CHANNEL, key.channel.as_ref().map_or(NOTHING, |channel| value(&channel.id)));
    headers.insert(ENVIRONMENT, HeaderValue::from_static(key.environment.as_str()));
    headers.insert(SCOPES, value(&key.scopes().collect::<Vec<_>>().join(" ")));
    headers.insert(PROFILE, value(&organization.profile));
    headers.insert(USER, NOTHING);
}

const NOTHING: HeaderValue = HeaderValue::from_static("");

/// Ids and slugs are plain; what could not stand in a header is left out.
fn value(text: &impl Display) -> HeaderValue {
    HeaderValue::try_from(text.to_string()).unwrap_or(NOTHING)
}

/// Whether only we may send a field of this name. Some servers take `_` for `-`.
pub fn is_ours(name: &HeaderName) -> bool {
    let name = name.as_str().as_bytes();
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte };
    name.len() >= OURS.len() && name.iter().zip(OURS.bytes()).all(|(a, b)| plain(*a) == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_ours_however_they_are_spelled() {
        let ours = |name: &str| HeaderName::try_from(name).is_ok_and(|name| is_ours(&name));
        for name in ["X-Latchkey-Key-Id", "x_latchkey_key_id", "X-Latchkey_anything"] {
            assert!(ours(name), "{name}");
        }
        for name in ["x-latchkey", "x-latch", "x-api-key"] {
            assert!(!ours(name), "{name}");
        }
    }
}
