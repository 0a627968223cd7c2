//! What a session knows of whoever signed in, and when it ends by itself.

use domain::users::{Fresh, SignedIn};
use domain::{Error, Result};
use leptos::serde_json;
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, SessionStore};

/// Under which the session keeps it.
const KEY: &str = "presence";
/// The longest session, however busy.
const ABSOLUTE_MS: i64 = 12 * 60 * 60 * 1000;
/// After this long without a page, where no organization asks for less.
const IDLE_MS: i64 = 2 * 60 * 60 * 1000;

/// Under which it keeps who has given a password and no code yet.
const HALF_KEY: &str = "half_signed_in";
/// How long the code may take.
const HALF_MS: i64 = 10 * 60 * 1000;

/// Somebody who has given their password.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Half {
    signed_in: SignedIn,
    at: i64,
}

/// Somebody's being here. Times are in milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Presence {
    pub signed_in: SignedIn,
    began_at: i64,
    /// When they last asked for a page or sent a form.
    seen_at: i64,
    /// When they last gave their password.
    proved_at: i64,
}

impl Presence {
    /// Whether it has ended by itself. `idle_minutes` is the strictest wish of their organizations.
    pub fn has_ended(&self, now_ms: i64, idle_minutes: Option<i32>) -> bool {
        let idle = idle_minutes.map_or(IDLE_MS, |minutes| i64::from(minutes) * 60_000);
        now_ms - self.began_at >= ABSOLUTE_MS || now_ms - self.seen_at >= idle.min(IDLE_MS)
    }

    /// Proof that they have lately given their password.
    pub fn fresh(&self, now_ms: i64) -> Result<Fresh> {
        Fresh::since(self.proved_at, now_ms)
    }
}

/// Whoever the session belongs to, if anybody.
pub(crate) async fn presence(session: &Session) -> Result<Option<Presence>> {
    session.get(KEY).await.map_err(unreachable)
}

/// The same as the table has it by now. The session would read it only once; to read it again when it has
/// ended meanwhile, it takes for an attack and says so in the log.
pub(crate) async fn presence_by_now(
    sessions: &dyn SessionStore,
    session: &Session,
) -> Result<Option<Presence>> {
    let Some(id) = session.id() else { return Ok(None) };
    let record = sessions.load(&id).await.map_err(|error| unreachable(error.into()))?;
    let presence = record.and_then(|mut record| record.data.remove(KEY));
    presence.map(serde_json::from_value).transpose().map_err(|error| unreachable(error.into()))
}

/// Signs in under a new session id: one that somebody planted before is worth nothing now.
pub(crate) async fn begin(session: &Session, signed_in: SignedIn, now_ms: i64) -> Result<()> {
    session.cycle_id().await.map_err(unreachable)?;
    session.remove_value(HALF_KEY).await.map_err(unreachable)?;
    let presence = Presence { signed_in, began_at: now_ms, seen_at: now_ms, proved_at: now_ms };
    session.insert(KEY, presence).await.map_err(unreachable)
}

/// Keeps, under a new session id, that somebody has given their password. Nobody is signed in.
pub(crate) async fn begin_half(session: &Session, signed_in: SignedIn, now_ms: i64) -> Result<()> {
    session.cycle_id().await.map_err(unreachable)?;
    session.remove_value(KEY).await.map_err(unreachable)?;
    session.insert(HALF_KEY, Half { signed_in, at: now_ms }).await.map_err(unreachable)
}

/// Who has lately given their password and has still to give a code.
pub(crate) async fn half(session: &Session, now_ms: i64) -> Result<Option<SignedIn>> {
    let half: Option<Half> = session.get(HALF_KEY).await.map_err(unreachable)?;
    Ok(half.filter(|half| now_ms - half.at < HALF_MS).map(|half| half.signed_in))
}

/// Notes that they gave their password once more. They may do more from now on, so under a new
/// session id.
pub(crate) async fn note_proof(session: &Session, now_ms: i64) -> Result<()> {
    let presence = presence(session).await?.ok_or(Error::Unauthenticated)?;
    session.cycle_id().await.map_err(unreachable)?;
    session.insert(KEY, Presence { proved_at: now_ms, ..presence }).await.map_err(unreachable)
}

/// Notes that they are still here.
pub(crate) async fn note_seen(session: &Session, presence: Presence, now_ms: i64) -> Result<()> {
    session.insert(KEY, Presence { seen_at: now_ms, ..presence }).await.map_err(unreachable)
}

/// Ends it; whoever comes with it is nobody.
pub(crate) async fn end(session: &Session) -> Result<()> {
    session.flush().await.map_err(unreachable)
}

pub(crate) fn unreachable(error: tower_sessions::session::Error) -> Error {
    tracing::warn!(%error, "a session cannot be read or written");
    Error::Unavailable
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::UserId;

    #[test]
    fn ends_after_a_pause_and_after_half_a_day() {
        const MINUTE: i64 = 60_000;
        let signed_in = SignedIn { user_id: UserId::generate(), epoch: 0 };
        let begun = Presence { signed_in, began_at: 0, seen_at: 0, proved_at: 0 };
        assert!(!begun.has_ended(120 * MINUTE - 1, None));
        assert!(begun.has_ended(120 * MINUTE, None));
        assert!(!begun.has_ended(15 * MINUTE - 1, Some(15)));
        assert!(begun.has_ended(15 * MINUTE, Some(15)));
        assert!(begun.has_ended(120 * MINUTE, Some(600)), "nobody may ask for more");
        let busy = Presence { seen_at: 12 * 60 * MINUTE - 1, ..begun };
        assert!(!busy.has_ended(12 * 60 * MINUTE - 1, None));
        assert!(busy.has_ended(12 * 60 * MINUTE, None));
    }
}
