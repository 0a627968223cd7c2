//! Revoking a key by showing it: whoever comes upon one can end it at once, without an account.

use serde_json::json;
use sqlx::{Postgres, Transaction};

use crate::audit::{self, Action, Actor, ActorKind, Origin};
use crate::ids::{KeyId, OrganizationId, UserId};
use crate::keys::revoke;
use crate::text::Note;
use crate::verification::{Reason, Verdict};
use crate::{Backend, Result, database};

/// Somebody who showed a key, and its secret where it has one; we know nothing else of them.
#[derive(Clone, Debug)]
pub struct Holder {
    key: KeyId,
    organization_id: OrganizationId,
    origin: Origin,
}

impl Holder {
    /// Whoever showed a key that is what it says, also where it would not be let in just now: it may
    /// be enabled again. A text that is not a whole key gets the reason to be refused for.
    pub fn of(verdict: &Verdict, origin: Origin) -> Result<Self, Reason> {
        let grant = match verdict {
            Verdict::Refused(
                reason @ (Reason::WrongTenant
                | Reason::SecretRequired
                | Reason::WrongSecret
                | Reason::Revoked),
                _,
            )
            | Verdict::Refused(reason, None) => return Err(*reason),
            Verdict::Accepted(grant) | Verdict::Refused(_, Some(grant)) => grant,
        };
        // A token is not the key: it is good for minutes, and must not end for good what it stands for.
        if grant.login.is_some() {
            return Err(Reason::Unknown);
        }
        Ok(Self { key: grant.id, organization_id: grant.organization.id, origin })
    }
}

/// The key acts for itself: its id stands where a person's would.
impl Actor for Holder {
    fn user_id(&self) -> UserId {
        UserId(self.key.0)
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    fn kind(&self) -> ActorKind {
        ActorKind::Holder
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Refuses the key that was shown, for good. Of a key that was regenerated, the former text ends
/// alone: the key itself was not shown.
pub async fn revoke_by_possession(
    backend: &Backend,
    holder: &Holder,
    note: Option<&Note>,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, holder.organization_id).await?;
    let why = match note {
        Some(note) => format!("Revoked by possession: {}", note.as_str()),
        None => "Revoked by possession".to_owned(),
    };
    let draining_of =
        sqlx::query_scalar!("select draining_of from api_keys where id = $1", holder.key.0)
            .fetch_one(&mut *transaction)
            .await?;
    match draining_of {
        Some(key) => end_old_text(backend, &mut transaction, holder, KeyId(key), &why).await?,
        None => {
            revoke::apply(backend, &mut transaction, holder, holder.key, Some(&why)).await?;
        }
    }
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

async fn end_old_text(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    holder: &Holder,
    key: KeyId,
    why: &str,
) -> Result<()> {
    // The lock under which former texts are changed.
    sqlx::query!("select id from api_keys where id = $1 for update", key.0)
        .fetch_one(&mut **transaction)
        .await?;
    let ended = sqlx::query_scalar!(
        "update api_keys set status = 'REVOKED', revoked_at = $2, revoked_reason = $3
         where id = $1 and status <> 'REVOKED' returning last_four",
        holder.key.0,
        backend.clock.now(),
        why,
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(last_four) = ended else { return Ok(()) };
    let details = json!({ "old_key": last_four, "reason": why });
    audit::record(transaction, holder, Action::KeyDrainEnded, key.0, details).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::disable::disable;
    use crate::keys::get::get;
    use crate::keys::mint::Credentials;
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::testing::{World, regeneration};
    use crate::verification::{Demand, Outcome, Presented, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn shown(world: &World, credentials: &Credentials, with_secret: bool) -> Verdict {
        let secret = credentials.secret.as_ref().filter(|_| with_secret);
        let secret = secret.map(|secret| secret.expose().as_bytes());
        let key = Some(credentials.key.expose().as_bytes());
        verify(&world.backend, Presented { key, secret }, Demand::default())
    }

    #[sqlx::test(migrations = false)]
    async fn whoever_has_the_whole_key_ends_it(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delivr").await?;
        world.follow().await;
        let mut new = crate::testing::new_key("Pair")?;
        new.secret_required = true;
        let minted = crate::keys::create::create(&world.backend, &admin, &new).await?;
        let crate::keys::mint::Minted::Now(id, pair) = minted else { panic!("{minted:?}") };
        let half = Holder::of(&shown(&world, &pair, false), Origin::default());
        assert_eq!(half.map(|_| ()), Err(Reason::SecretRequired));
        // It may be enabled again, so it is worth ending.
        disable(&world.backend, &admin, id).await?;
        let verdict = shown(&world, &pair, true);
        assert_eq!(verdict.outcome(), Outcome::Refused(Reason::Disabled));
        let Ok(holder) = Holder::of(&verdict, Origin::default()) else { panic!("{verdict:?}") };
        let note =
            Note::parse("on a pastebin").map_err(|rule| crate::Error::invalid("note", rule))?;
        revoke_by_possession(&world.backend, &holder, note.as_ref()).await?;
        // Twice at once is once.
        revoke_by_possession(&world.backend, &holder, None).await?;
        let verdict = shown(&world, &pair, true);
        assert_eq!(Holder::of(&verdict, Origin::default()).map(|_| ()), Err(Reason::Revoked));
        let key = get(&world.backend, &admin, id).await?;
        let reason = "Revoked by possession: on a pastebin";
        assert_eq!(key.revoked_reason.as_deref(), Some(reason));
        let events = audit::list::history(&world.backend, &admin, id.0).await?;
        assert_eq!(
            (events[0].action.as_str(), events[0].actor_kind),
            ("key.revoked", ActorKind::Holder)
        );
        assert_eq!(events.iter().filter(|event| event.action == "key.revoked").count(), 1);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn of_a_regenerated_key_the_former_text_ends_alone(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        world.follow().await;
        let (id, old) = world.key(&admin, "Export").await?;
        let wanted = regeneration(&world.backend, &admin, id, Overlap::Day).await?;
        let minted = regenerate(&world.backend, &admin, id, &wanted).await?;
        let crate::keys::mint::Minted::Now(_, new) = minted else { panic!("{minted:?}") };
        let Ok(holder) = Holder::of(&shown(&world, &old, false), Origin::default()) else {
            panic!("refused")
        };
        revoke_by_possession(&world.backend, &holder, None).await?;
        revoke_by_possession(&world.backend, &holder, None).await?;
        assert_eq!(shown(&world, &old, false).outcome(), Outcome::Refused(Reason::Revoked));
        assert_eq!(shown(&world, &new, false).outcome(), Outcome::Accepted);
        assert_eq!(
            world.actions(&admin).await?,
            ["key.created", "key.regenerated", "key.drain_ended"]
        );
        Ok(())
    }
}
