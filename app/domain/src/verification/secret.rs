//! The second half of a pair.

use subtle::ConstantTimeEq;

use super::Reason;
use crate::Backend;
use crate::directory::KeyRecord;

pub(super) fn secret_refusal(
    backend: &Backend,
    record: &KeyRecord,
    secret: Option<&[u8]>,
) -> Option<Reason> {
    let kept = record.secret_digest?;
    match secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => {
            let same: bool = backend.pepper.digest(secret).fingerprint().0.ct_eq(&kept.0).into();
            (!same).then_some(Reason::WrongSecret)
        }
        None => record.secret_required.then_some(Reason::SecretRequired),
    }
}

#[cfg(test)]
mod tests {
    use crate::Result;
    use crate::keys::create::NewKey;
    use crate::keys::mint::Credentials;
    use crate::testing::{World, new_key};
    use crate::verification::Demand;
    use crate::verification::said::{minted, reason};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn pairs_need_both_halves(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delivr").await?;
        let strict =
            minted(&world, &admin, NewKey { secret_required: true, ..new_key("strict")? }).await?;
        let lenient = minted(&world, &admin, new_key("lenient")?).await?;
        world.follow().await;
        let said = |pair: &Credentials, secret: Option<&str>| {
            reason(&world.backend, pair.key.expose(), secret, Demand::default())
        };
        for pair in [&strict, &lenient] {
            let secret = pair.secret.as_ref().map(crate::keys::text::PlainKey::expose);
            assert_eq!(said(pair, secret), "accepted");
            assert_eq!(said(pair, Some("0")), "wrong_secret");
        }
        assert_eq!(said(&strict, None), "secret_required");
        assert_eq!(said(&strict, Some("")), "secret_required");
        assert_eq!(said(&lenient, None), "accepted");
        Ok(())
    }
}
