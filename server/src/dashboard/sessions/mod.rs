//! Sessions: kept in the database, by a hash of the id that the browser holds.

mod store;

use sqlx::PgPool;
use std::time::Duration;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

pub use store::Store;

/// After this long without a request, nothing of a session is kept. Whoever has signed in is
/// signed out sooner, by the pages' own rules.
const IDLE: time::Duration = time::Duration::hours(12);
const EXPIRE_EVERY: Duration = Duration::from_secs(3600);

/// Gives every request its session. `secure`: browsers come by HTTPS only.
pub fn layer(store: Store, secure: bool) -> SessionManagerLayer<Store> {
    // With the prefix, browsers take the cookie from this very host by HTTPS and nobody else.
    let name = if secure { "__Host-latchkey_session" } else { "latchkey_session" };
    SessionManagerLayer::new(store)
        .with_name(name)
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE))
        // Every request counts as activity.
        .with_always_save(true)
}

/// Deletes sessions that have expired, each hour, until the task is dropped.
pub async fn expire(pool: PgPool) {
    let store = Store::new(pool);
    loop {
        match store.delete_expired().await {
            Ok(0) => {}
            Ok(sessions) => tracing::debug!(sessions, "expired sessions deleted"),
            Err(error) => tracing::warn!(%error, "expired sessions stay for now"),
        }
        tokio::time::sleep(EXPIRE_EVERY).await;
    }
}
