//! New links for an organization whose first owner has never come: lost ones, or sent to an address
//! with a slip in it.

use serde_json::json;
use sqlx::{Postgres, Transaction};

use super::provision::invite_owner;
use crate::audit::{self, Action};
use crate::error::FieldErrors;
use crate::ids::InvitationId;
use crate::members::Role;
use crate::organizations::Organization;
use crate::organizations::list::{Tenant, tenant};
use crate::reps::Rep;
use crate::tenants::HandOver;
use crate::users::Email;
use crate::{Backend, Error, Result, Rule, database};

/// The form's fields, as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct LinksForm {
    pub email: String,
    /// The open invitation when the form was made; empty if there was none.
    pub seen: String,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewLinks {
    email: Email,
    seen: Option<InvitationId>,
}

impl NewLinks {
    pub fn parse(form: &LinksForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let email = errors.check("email", Email::parse(&form.email));
        let seen = match form.seen.as_str() {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| Rule::NotAChoice),
        };
        match (email, errors.check("seen", seen)) {
            (Some(email), Some(seen)) => Ok(Self { email, seen }),
            _ => Err(errors.into_error()),
        }
    }
}

/// The invitation of a first owner that nobody has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    pub invitation_id: InvitationId,
    pub email: String,
}

/// Whom the organization waits for, if it has nobody yet; [`Error::Conflict`] once it has.
pub async fn awaited(backend: &Backend, _: &Rep, tenant: &Tenant) -> Result<Option<Awaited>> {
    let mut transaction = database::tenant::begin(&backend.pools.rep, tenant.id).await?;
    let awaited = look(&mut transaction).await?;
    transaction.commit().await?;
    Ok(awaited)
}

/// Makes the links again, for this address; those before are worthless from now on. A form that has
/// seen another invitation than the open one is refused as stale: sent twice, it makes links once.
pub async fn new_links(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    wanted: &NewLinks,
) -> Result<HandOver> {
    let tenant = tenant(backend, rep, slug).await?;
    let mut transaction = database::tenant::begin(&backend.pools.rep, tenant.id).await?;
    let open = look(&mut transaction).await?;
    if open.as_ref().map(|open| open.invitation_id) != wanted.seen {
        return Err(Error::Conflict(
            "New links have just been made. Open the tenant's page again.",
        ));
    }
    let is_rep = sqlx::query_scalar!(
        r#"select exists (select from users where email = $1 and is_rep) as "is!""#,
        wanted.email.as_str(),
    )
    .fetch_one(&mut *transaction)
    .await?;
    if is_rep {
        return Err(Error::invalid("email", Rule::IsARep));
    }
    if let Some(open) = open {
        revoke(backend, &mut transaction, rep, &tenant, &open).await?;
    }
    let organization = Organization {
        id: tenant.id,
        slug: tenant.slug,
        name: tenant.name,
        profile: tenant.profile,
        suspended: tenant.suspended,
        suspended_reason: None,
        external_id: tenant.external_id,
        time_zone: "UTC".to_owned(),
    };
    let made = invite_owner(backend, &mut transaction, rep, organization, &wanted.email).await?;
    transaction.commit().await?;
    Ok(made)
}

/// The open invitation, held still. Its row is what copies of the form wait for.
async fn look(transaction: &mut Transaction<'static, Postgres>) -> Result<Option<Awaited>> {
    let open = sqlx::query!(
        "select id, email from invitations
         where role = 'owner' and accepted_at is null and revoked_at is null
         order by id desc limit 1 for update",
    )
    .fetch_optional(&mut **transaction)
    .await?;
    // After the lock: whoever has just joined is seen.
    let has_people = sqlx::query_scalar!(
        r#"select exists (select from members
                          where organization_id = (select app.organization_id())) as "has!""#,
    )
    .fetch_one(&mut **transaction)
    .await?;
    if has_people {
        return Err(Error::Conflict(
            "The organization has people of its own: they invite others, and make its keys.",
        ));
    }
    Ok(open.map(|row| Awaited { invitation_id: InvitationId(row.id), email: row.email }))
}

async fn revoke(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    tenant: &Tenant,
    open: &Awaited,
) -> Result<()> {
    sqlx::query!(
        "update invitations set revoked_at = $2 where id = $1",
        open.invitation_id.0,
        backend.clock.now(),
    )
    .execute(&mut **transaction)
    .await?;
    let details = json!({ "email": open.email, "role": Role::Owner });
    let action = Action::InvitationRevoked;
    audit::record(transaction, &rep.on(tenant.id), action, open.invitation_id.0, details).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{self, ClaimState};
    use crate::invitations::{InvitationState, find::find};
    use crate::tenants::NewTenant;
    use crate::tenants::import::import;
    use crate::testing::{World, tenant_form};
    use crate::users::create::{NewUser, create};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn links(email: &str, seen: Option<InvitationId>) -> Result<NewLinks> {
        let seen = seen.map(|id| id.to_string()).unwrap_or_default();
        NewLinks::parse(&LinksForm { email: email.to_owned(), seen })
    }

    #[sqlx::test(migrations = false)]
    async fn the_old_ones_are_worthless_and_it_ends_when_somebody_comes(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, rep) = (&world.backend, world.rep("robin").await?);
        let form = tenant_form("one", "novamed");
        let today = backend.clock.now().date();
        let new = NewTenant::parse(&form, &backend.profiles, today)?;
        let made = import(backend, &rep, &[new]).await?;
        let old = made.first().ok_or(Error::NotFound)?;
        let at = tenant(backend, &rep, "one").await?;
        let open = awaited(backend, &rep, &at).await?.ok_or(Error::NotFound)?;
        assert_eq!(open.email, form.email);

        let seen = Some(open.invitation_id);
        let staff = links("robin@vendor.example", seen)?;
        let staff = new_links(backend, &rep, "one", &staff).await.map(|_| ());
        assert_eq!(staff, Err(Error::invalid("email", Rule::IsARep)));
        let wanted = links("right@one.example", seen)?;
        let fresh = new_links(backend, &rep, "one", &wanted).await?;
        let again = new_links(backend, &rep, "one", &wanted).await.map(|_| ());
        assert!(matches!(again, Err(Error::Conflict(_))), "sent twice: {again:?}");
        let state = async |token| Ok::<_, Error>(find(backend, token).await?.map(|it| it.state));
        assert_eq!(state(&old.letter.token).await?, Some(InvitationState::Revoked));
        assert_eq!(state(&fresh.letter.token).await?, Some(InvitationState::Open));
        let state =
            async |token| Ok::<_, Error>(claims::find(backend, token).await?.map(|it| it.state));
        assert_eq!(state(&old.claim).await?, Some(ClaimState::TakenBack));
        assert_eq!(state(&fresh.claim).await?, Some(ClaimState::Open));

        let user = NewUser {
            email: "right@one.example".to_owned(),
            name: "Right".to_owned(),
            password_hash: "unused".to_owned(),
            is_rep: false,
        };
        world.take(&fresh.letter, &create(&backend.pools, user).await?).await?;
        let late = awaited(backend, &rep, &at).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
        Ok(())
    }
}
