//! Joining an organization by its invitation.

use secrecy::SecretString;
use serde_json::json;

use crate::audit::{self, Action, Oneself, Origin};
use crate::error::FieldErrors;
use crate::ids::{OrganizationId, UserId};
use crate::invitations::InvitationState;
use crate::invitations::Token;
use crate::invitations::find::{find, present};
use crate::text::Name;
use crate::users::password::NewPassword;
use crate::users::{SignedIn, User};
use crate::{Backend, Result};

/// Somebody without an account, as typed.
#[derive(Clone, Debug, Default)]
pub struct AccountForm {
    pub name: String,
    pub password: SecretString,
}

/// Who joined what.
#[derive(Clone, Debug)]
pub struct Joined {
    pub signed_in: SignedIn,
    pub organization: String,
    pub slug: String,
}

/// Who takes the invitation.
enum Invitee<'a> {
    User(&'a User),
    New { id: UserId, name: Name, password_hash: String },
}

/// Joins as somebody who is signed in. `None`: the invitation is not open, or bears another
/// address.
pub async fn accept(
    backend: &Backend,
    token: &Token,
    user: &User,
    origin: Origin,
) -> Result<Option<Joined>> {
    join(backend, token, Invitee::User(user), origin).await
}

/// Joins as somebody new, with the invitation's address. `None`: the invitation is not open, or
/// its address has an account already.
pub async fn accept_as_new(
    backend: &Backend,
    token: &Token,
    form: AccountForm,
    origin: Origin,
) -> Result<Option<Joined>> {
    // Hashing is work, which only the holder of an open invitation may ask for.
    let Some(invitation) = find(backend, token).await? else { return Ok(None) };
    if invitation.state != InvitationState::Open || invitation.has_account {
        return Ok(None);
    }
    let mut errors = FieldErrors::default();
    let name = errors.check("name", Name::parse(&form.name));
    let password = NewPassword::parse(form.password, &invitation.email);
    let password = errors.check("password", password);
    let (Some(name), Some(password)) = (name, password) else {
        return Err(errors.into_error());
    };
    let password_hash = backend.passwords.hash(password.into_secret()).await?;
    let new = Invitee::New { id: UserId::generate(), name, password_hash };
    join(backend, token, new, origin).await
}

/// Copies of the request wait for the invitation's row, and find it closed.
async fn join(
    backend: &Backend,
    token: &Token,
    who: Invitee<'_>,
    origin: Origin,
) -> Result<Option<Joined>> {
    let mut transaction = present(backend, token).await?;
    let now = backend.clock.now();
    let invitation = sqlx::query!(
        r#"select invitations.id, organization_id, email, role, slug, organizations.name
           from invitations join organizations on organizations.id = organization_id
           where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2
           for update of invitations"#,
        &token.hash(),
        now,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(invitation) = invitation else { return Ok(None) };
    let user_id = match who {
        Invitee::User(user) if user.email == invitation.email => user.id,
        Invitee::User(_) => return Ok(None),
        Invitee::New { id, name, password_hash } => {
            let inserted = sqlx::query!(
                "insert into users (id, email, name, password_hash) values ($1, $2, $3, $4)
                 on conflict on constraint users_email_key do nothing",
                id.0,
                invitation.email,
                name.as_str(),
                password_hash,
            )
            .execute(&mut *transaction)
            .await?;
            if inserted.rows_affected() == 0 {
                return Ok(None);
            }
            id
        }
    };
    sqlx::query!(
        "update invitations set accepted_at = $2, accepted_by = $3 where token_hash = $1",
        &token.hash(),
        now,
        user_id.0,
    )
    .execute(&mut *transaction)
    .await?;
    // Somebody who has become a member by other means keeps the role they have.
    sqlx::query!(
        "insert into members (organization_id, user_id, role) values ($1, $2, $3) on conflict do nothing",
        invitation.organization_id,
        user_id.0,
        invitation.role,
    )
    .execute(&mut *transaction)
    .await?;
    let epoch = sqlx::query_scalar!("select session_epoch from users where id = $1", user_id.0)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query!(
        "select set_config('app.organization_id', $1, true)",
        invitation.organization_id.to_string()
    )
    .fetch_one(&mut *transaction)
    .await?;
    let organization_id = OrganizationId(invitation.organization_id);
    // A member from this transaction on.
    let newcomer = Oneself { user_id, organization_id, origin };
    let details =
        json!({ "invitation": invitation.id, "email": invitation.email, "role": invitation.role });
    audit::record(&mut transaction, &newcomer, Action::MemberJoined, user_id.0, details).await?;
    transaction.commit().await?;
    Ok(Some(Joined {
        signed_in: SignedIn { user_id, epoch },
        organization: invitation.name,
        slug: invitation.slug,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::invitations::LIFETIME;
    use crate::members::{self, Role, enter};
    use crate::testing::World;
    use crate::users::authenticate::{Passed, authenticate};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    fn form(name: &str, password: &str) -> AccountForm {
        AccountForm { name: name.to_owned(), password: password.to_owned().into() }
    }

    #[sqlx::test(migrations = false)]
    async fn somebody_new_chooses_a_name_and_a_password(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let backend = &world.backend;
        let letter = world.letter(&admin, "new@one.example", Role::Developer).await?;
        let refused =
            accept_as_new(backend, &letter.token, form(" ", "New@one.example"), Origin::default())
                .await;
        let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(
            errors.iter().map(|error| error.field).collect::<Vec<_>>(),
            ["name", "password"]
        );
        let joined = accept_as_new(
            backend,
            &letter.token,
            form("New One", "a long password"),
            Origin::default(),
        )
        .await?
        .ok_or(Error::NotFound)?;
        let password = "a long password".to_owned().into();
        assert_eq!(
            authenticate(backend, "new@one.example", password, &Origin::default()).await?,
            Some(Passed::In(joined.signed_in))
        );
        let member = enter(backend, joined.signed_in.user_id, "one", Origin::default()).await?;
        assert_eq!(member.role(), Role::Developer);
        // Used up, for everybody.
        let again = accept_as_new(
            backend,
            &letter.token,
            form("Other", "a long password"),
            Origin::default(),
        )
        .await?;
        assert!(again.is_none());
        assert_eq!(world.actions(&admin).await?, ["member.invited", "member.joined"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn raced_a_hundred_times_it_is_used_once(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let other = world.member("two", "delphos", Role::Viewer).await?;
        let letter = world.letter(&admin, "viewer@two.example", Role::Developer).await?;
        let user = User {
            id: other.user_id(),
            email: "viewer@two.example".to_owned(),
            name: "Viewer".to_owned(),
        };
        let (token, user) = (Arc::new(letter.token), Arc::new(user));
        let tries: Vec<_> = (0..100)
            .map(|_| {
                let (backend, token, user) =
                    (Arc::clone(&world.backend), Arc::clone(&token), Arc::clone(&user));
                tokio::spawn(
                    async move { accept(&backend, &token, &user, Origin::default()).await },
                )
            })
            .collect();
        let mut joined = 0;
        for attempt in tries {
            let outcome = attempt.await.map_err(|error| Error::Internal(error.to_string()))??;
            joined += usize::from(outcome.is_some());
        }
        assert_eq!(joined, 1);
        assert_eq!(members::list(&world.backend, &admin).await?.len(), 2);
        assert_eq!(world.actions(&admin).await?, ["member.invited", "member.joined"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn somebody_new_raced_is_one_user(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let token = Arc::new(world.letter(&admin, "new@one.example", Role::Viewer).await?.token);
        let tries: Vec<_> = (0..100)
            .map(|number| {
                let (backend, token) = (Arc::clone(&world.backend), Arc::clone(&token));
                let name = Name::parse(&format!("Number {number}"));
                tokio::spawn(async move {
                    let name = name.map_err(|rule| Error::invalid("name", rule))?;
                    let new = Invitee::New {
                        id: UserId::generate(),
                        name,
                        password_hash: "unused".to_owned(),
                    };
                    join(&backend, &token, new, Origin::default()).await
                })
            })
            .collect();
        let mut joined = 0;
        for attempt in tries {
            let outcome = attempt.await.map_err(|error| Error::Internal(error.to_string()))??;
            joined += usize::from(outcome.is_some());
        }
        assert_eq!(joined, 1);
        assert_eq!(members::list(&world.backend, &admin).await?.len(), 2);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn only_the_invited_address_and_only_in_time(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let backend = &world.backend;
        let letter = world.letter(&admin, "new@one.example", Role::Viewer).await?;
        let other = world.member("two", "delphos", Role::Viewer).await?;
        let stranger =
            User { id: other.user_id(), email: "viewer@two.example".into(), name: "Other".into() };
        assert!(
            accept(backend, &letter.token, &stranger, Origin::default()).await?.is_none(),
            "another address"
        );
        world.clock.set(backend.clock.now() + LIFETIME);
        let late = accept_as_new(
            backend,
            &letter.token,
            form("New", "a long password"),
            Origin::default(),
        )
        .await?;
        assert!(late.is_none(), "too late");
        let found = find(backend, &letter.token).await?.map(|found| found.state);
        assert_eq!(found, Some(InvitationState::Expired));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn the_role_behind_it_can_do_no_more_than_that(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let backend = &world.backend;
        let letter = world.letter(&admin, "new@one.example", Role::Viewer).await?;
        let auth = &backend.pools.auth;
        let organization = admin.organization().id.0;
        // No token, no invitation; and nobody joins or is made without one.
        let seen = sqlx::query!("select id from invitations").fetch_all(auth).await?;
        assert!(seen.is_empty());
        let join = "insert into members (organization_id, user_id, role) values ($1, $2, $3)";
        let make = "insert into users (id, email, name, password_hash) values ($1, $2, 'X', 'x')";
        let stranger = world.member("two", "delphos", Role::Viewer).await?;
        for role in ["owner", "viewer"] {
            let mut transaction = present(backend, &letter.token).await?;
            let joined = sqlx::query(join)
                .bind(organization)
                .bind(stranger.user_id().0)
                .bind(role)
                .execute(&mut *transaction)
                .await;
            assert!(joined.is_err(), "{role}");
        }
        let mut transaction = present(backend, &letter.token).await?;
        let other = UserId::generate().0;
        let made =
            sqlx::query(make).bind(other).bind("other@x.example").execute(&mut *transaction).await;
        assert!(made.is_err());
        let mut transaction = present(backend, &letter.token).await?;
        let taken = sqlx::query("update invitations set accepted_at = now(), accepted_by = $1")
            .bind(stranger.user_id().0)
            .execute(&mut *transaction)
            .await;
        assert!(taken.is_err(), "for another address");
        Ok(())
    }
}
