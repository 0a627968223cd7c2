//! Inviting somebody.

use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, Action};
use crate::error::FieldErrors;
use crate::ids::InvitationId;
use crate::invitations::{LIFETIME, Letter, Token, Written};
use crate::members::{Admin, Role};
use crate::users::{Email, Fresh};
use crate::{Backend, Error, Result, Rule, database};

/// What the form's fields hold, as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct InviteForm {
    pub email: String,
    pub role: String,
    pub form_token: String,
}

/// An invitation that has been asked for and breaks no rule of the form.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    pub email: Email,
    pub role: Role,
    /// Random, made with the form: sending a form twice invites once.
    pub form_token: Uuid,
}

impl NewInvitation {
    pub fn parse(form: &InviteForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let email = errors.check("email", Email::parse(&form.email));
        let role = errors.check("role", Role::named(&form.role).ok_or(Rule::NotAChoice));
        let token =
            errors.check("form_token", form.form_token.parse().map_err(|_| Rule::NotAChoice));
        match (email, role, token) {
            (Some(email), Some(role), Some(form_token)) => Ok(Self { email, role, form_token }),
            _ => Err(errors.into_error()),
        }
    }
}

/// Opens the invitation and writes its letter. An address has one open invitation at most. Inviting
/// an owner takes somebody who surely is the one signed in, as making one does.
pub async fn invite(
    backend: &Backend,
    admin: &Admin,
    new: &NewInvitation,
    fresh: Result<Fresh>,
) -> Result<Written> {
    admin.may_give(new.role)?;
    if new.role == Role::Owner {
        fresh?;
    }
    if is_rep(backend, &new.email).await? {
        return Err(Error::invalid("email", Rule::IsARep));
    }
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let member = sqlx::query_scalar!(
        r#"select exists (select from members join users on users.id = user_id where email = $1) as "is!""#,
        new.email.as_str(),
    )
    .fetch_one(&mut *transaction)
    .await?;
    if member {
        return Err(Error::invalid("email", Rule::MemberAlready));
    }
    let (id, token) = (InvitationId::generate(), Token::mint()?);
    let expires_at = backend.clock.now() + LIFETIME;
    let inserted = sqlx::query!(
        "insert into invitations (id, organization_id, email, role, token_hash, form_token, invited_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        id.0,
        admin.organization().id.0,
        new.email.as_str(),
        new.role.as_str(),
        &token.hash(),
        new.form_token,
        admin.user_id().0,
        expires_at,
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        let before = sqlx::query_scalar!(
            r#"select exists (select from invitations where form_token = $1) as "is!""#,
            new.form_token,
        )
        .fetch_one(&mut *transaction)
        .await?;
        let invited = || Error::invalid("email", Rule::InvitedAlready);
        return before.then_some(Written::Before).ok_or_else(invited);
    }
    let inviter = sqlx::query_scalar!("select name from users where id = $1", admin.user_id().0)
        .fetch_one(&mut *transaction)
        .await?;
    let details = json!({ "email": new.email.as_str(), "role": new.role });
    audit::record(&mut transaction, admin, Action::MemberInvited, id.0, details).await?;
    transaction.commit().await?;
    Ok(Written::Now(Letter {
        email: new.email.as_str().to_owned(),
        role: new.role,
        organization: admin.organization().name.clone(),
        inviter,
        token,
        expires_at,
    }))
}

/// Whether the address is one of the vendor's staff, who look at tenants as staff and hold no keys of
/// theirs.
async fn is_rep(backend: &Backend, email: &Email) -> Result<bool> {
    let is_rep = sqlx::query_scalar!(
        r#"select exists (select from users where email = $1 and is_rep) as "is!""#,
        email.as_str(),
    );
    Ok(is_rep.fetch_one(&backend.pools.auth).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invitations::list::list;
    use crate::testing::{World, fresh, new_invitation};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    #[sqlx::test(migrations = false)]
    async fn staff_are_nobodys_members(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        world.rep("robin").await?;
        let new = new_invitation("Robin@Vendor.example", Role::Viewer)?;
        let refused = invite(&world.backend, &admin, &new, fresh()).await;
        assert_eq!(refused.map(|_| ()), Err(Error::invalid("email", Rule::IsARep)));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_form_sent_twenty_times_at_once_invites_once(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = Arc::new(world.admin("one", "delphos").await?);
        let new = Arc::new(new_invitation("new@one.example", Role::Viewer)?);
        let sent: Vec<_> = (0..20)
            .map(|_| {
                let (backend, admin, new) =
                    (Arc::clone(&world.backend), Arc::clone(&admin), Arc::clone(&new));
                tokio::spawn(async move { invite(&backend, &admin, &new, fresh()).await })
            })
            .collect();
        let mut letters = 0;
        for answer in sent {
            match answer.await.map_err(|error| Error::Internal(error.to_string()))?? {
                Written::Now(_) => letters += 1,
                Written::Before => {}
            }
        }
        assert_eq!(letters, 1);
        assert_eq!(list(&world.backend, &admin).await?.len(), 1);
        assert_eq!(world.actions(&admin).await?, ["member.invited"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn nobody_is_invited_twice_or_beyond_the_inviters_reach(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let ask = async |email: &str, role: Role| {
            invite(&world.backend, &admin, &new_invitation(email, role)?, fresh()).await.map(|_| ())
        };
        let invalid = |rule| Err(Error::invalid("email", rule));
        assert_eq!(ask("admin@one.example", Role::Viewer).await, invalid(Rule::MemberAlready));
        assert_eq!(ask("new@one.example", Role::Admin).await, Ok(()));
        assert_eq!(ask("New@One.example", Role::Viewer).await, invalid(Rule::InvitedAlready));
        assert_eq!(
            ask("boss@one.example", Role::Owner).await,
            Err(Error::Forbidden { needs: Role::Owner })
        );
        // Who makes an owner has given the password lately; others need not.
        let owner = world.owner_of("three").await?;
        let stale = async |role: Role| {
            let new = new_invitation(&format!("{role}@three.example"), role)?;
            invite(&world.backend, &owner, &new, Err(Error::ProofNeeded)).await.map(|_| ())
        };
        assert_eq!(stale(Role::Owner).await, Err(Error::ProofNeeded));
        assert_eq!(stale(Role::Admin).await, Ok(()));
        // Another organization is another matter.
        let other = world.admin("two", "delphos").await?;
        let new = new_invitation("new@one.example", Role::Viewer)?;
        assert!(matches!(invite(&world.backend, &other, &new, fresh()).await?, Written::Now(_)));
        assert_eq!(list(&world.backend, &other).await?.len(), 1);
        Ok(())
    }

    #[test]
    fn every_broken_field_is_named() {
        let form = InviteForm { email: "nobody".into(), role: "rep".into(), ..Default::default() };
        let Err(Error::Invalid(errors)) = NewInvitation::parse(&form) else { panic!("parsed") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["email", "role", "form_token"]);
    }
}
