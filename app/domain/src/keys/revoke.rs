//! Revoking a key: final.

use serde_json::json;
use sqlx::{Postgres, Transaction};

use crate::audit::{self, Action, Actor};
use crate::error::FieldErrors;
use crate::ids::KeyId;
use crate::keys::permit::permit;
use crate::keys::revocation::{Because, Revocation};
use crate::members::Author;
use crate::notices::{self, Event};
use crate::text::Note;
use crate::{Backend, Error, Result, Rule, database};

/// What the form's fields hold, as sent.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct RevokeForm {
    /// The key's name, where the page asked for it.
    pub confirmation: String,
    pub because: String,
    pub note: String,
}

impl Revocation {
    pub fn parse(form: &RevokeForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let because =
            errors.check("because", Because::named(&form.because).ok_or(Rule::NotAChoice));
        let note = errors.check("note", Note::parse(&form.note));
        match (because, note) {
            (Some(because), Some(note)) => Ok(Self { because, note }),
            _ => Err(errors.into_error()),
        }
    }
}

/// Refuses the key for good, without a word on why. Revoking it again changes nothing.
pub async fn revoke(backend: &Backend, author: &Author, id: KeyId) -> Result<()> {
    revoke_because(backend, author, id, None).await
}

/// Refuses the key for good, and keeps the reason.
pub async fn revoke_because(
    backend: &Backend,
    author: &Author,
    id: KeyId,
    why: Option<&Revocation>,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    let why = why.map(ToString::to_string);
    if apply(backend, &mut transaction, author, id, why.as_deref()).await? {
        transaction.commit().await?;
        backend.directory.catch_up().await;
    }
    Ok(())
}

/// Revokes the key and its former texts and puts it on record; false when it was revoked before.
pub(super) async fn apply(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    actor: &impl Actor,
    id: KeyId,
    why: Option<&str>,
) -> Result<bool> {
    let before = sqlx::query_scalar!(
        "select status from api_keys where id = $1 and draining_of is null for update",
        id.0
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if before == "REVOKED" {
        return Ok(false);
    }
    sqlx::query!(
        "update api_keys set status = 'REVOKED', revoked_at = $2, revoked_reason = $3
         where (id = $1 or draining_of = $1) and status <> 'REVOKED'",
        id.0,
        backend.clock.now(),
        why,
    )
    .execute(&mut **transaction)
    .await?;
    notices::note::note(backend, transaction, Event::KeyRevoked, id, json!({})).await?;
    let details = json!({ "before": before, "after": "REVOKED", "reason": why });
    audit::record(transaction, actor, Action::KeyRevoked, id.0, details).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::disable::{disable, enable};
    use crate::keys::list::{KeyFilter, KeyState, list};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn disabling_comes_back_and_revoking_does_not(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, _) = world.key(&admin, "Export").await?;
        let state = async || {
            for state in KeyState::ALL {
                let filter = KeyFilter { state: Some(state), ..KeyFilter::default() };
                if list(&world.backend, &admin, &filter).await?.1 == 1 {
                    return Ok(state.as_str());
                }
            }
            Err(Error::NotFound)
        };
        assert_eq!(state().await?, "active");
        disable(&world.backend, &admin, id).await?;
        assert_eq!(state().await?, "disabled");
        enable(&world.backend, &admin, id).await?;
        assert_eq!(state().await?, "active");
        revoke(&world.backend, &admin, id).await?;
        revoke(&world.backend, &admin, id).await?;
        assert_eq!(state().await?, "revoked");
        assert!(matches!(enable(&world.backend, &admin, id).await, Err(Error::Conflict(_))));
        assert!(matches!(disable(&world.backend, &admin, id).await, Err(Error::Conflict(_))));

        // Each change left its event, and the second revocation, which changed nothing, none.
        let mut transaction =
            database::tenant::begin(&world.backend.pools.app, admin.organization().id).await?;
        let actions = sqlx::query_scalar::<_, String>(
            "select action from audit_events where target_id = $1 order by at, id",
        )
        .bind(id.0)
        .fetch_all(&mut *transaction)
        .await?;
        assert_eq!(actions, ["key.created", "key.disabled", "key.enabled", "key.revoked"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn the_reason_stays_with_the_key_and_its_event(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, _) = world.key(&admin, "Export").await?;
        let form = RevokeForm {
            because: "leaked".to_owned(),
            note: " in a public repository ".to_owned(),
            ..RevokeForm::default()
        };
        revoke_because(&world.backend, &admin, id, Some(&Revocation::parse(&form)?)).await?;
        let reason = "Leaked: in a public repository";
        let key = crate::keys::get::get(&world.backend, &admin, id).await?;
        assert_eq!(key.revoked_reason.as_deref(), Some(reason));
        let events = audit::list::history(&world.backend, &admin, id.0).await?;
        assert_eq!(events[0].details["reason"], reason);
        Ok(())
    }

    #[test]
    fn every_broken_field_is_named() {
        let form = RevokeForm { note: "x".repeat(201), ..RevokeForm::default() };
        let Err(Error::Invalid(errors)) = Revocation::parse(&form) else { panic!("taken") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["because", "note"]);
    }

    #[sqlx::test(migrations = false)]
    async fn another_organizations_key_is_not_found(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (ours, theirs) =
            (world.admin("a", "delphos").await?, world.admin("b", "delphos").await?);
        let (id, _) = world.key(&ours, "Export").await?;
        assert_eq!(revoke(&world.backend, &theirs, id).await, Err(Error::NotFound));
        assert_eq!(disable(&world.backend, &theirs, id).await, Err(Error::NotFound));
        assert_eq!(list(&world.backend, &theirs, &KeyFilter::default()).await?.1, 0);
        Ok(())
    }
}
