//! Making an organization with all that belongs to it.

use serde_json::json;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::approvals::record as approval;
use crate::audit::{self, Action};
use crate::claims;
use crate::error::FieldErrors;
use crate::ids::{InvitationId, OrganizationId};
use crate::invitations::{LIFETIME, Letter, Token};
use crate::members::Role;
use crate::organizations::Organization;
use crate::reps::Rep;
use crate::tenants::{HandOver, NewTenant};
use crate::users::Email;
use crate::{Backend, Error, Result, Rule, database};

/// Refuses what only the database can tell: names in use, and reps who invite themselves.
pub(crate) async fn check_free(connection: &mut PgConnection, new: &NewTenant) -> Result<()> {
    let row = sqlx::query!(
        r#"select exists (select from organizations where slug = $1) as "slug!",
                  exists (select from organizations where profile = $2 and external_id = $3) as "number!",
                  exists (select from users where email = $4 and is_rep) as "is_rep!""#,
        new.slug.as_str(),
        new.profile,
        new.external_id,
        new.email.as_str(),
    )
    .fetch_one(connection)
    .await?;
    let mut errors = FieldErrors::default();
    let free = |taken: bool, rule: Rule| if taken { Err(rule) } else { Ok(()) };
    let slug = errors.check("slug", free(row.slug, Rule::Taken));
    let number = errors.check("external_id", free(row.number, Rule::IdTaken));
    let person = errors.check("email", free(row.is_rep, Rule::IsARep));
    match (slug, number, person) {
        (Some(()), Some(()), Some(())) => Ok(()),
        _ => Err(errors.into_error()),
    }
}

/// Makes everything in the caller's transaction, which then works for the new organization. Nothing
/// of it can be told again: the hand-over is the only place where its links are.
pub(crate) async fn insert(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    new: &NewTenant,
) -> Result<HandOver> {
    let organization = insert_organization(transaction, new).await?;
    let id = organization.id;
    database::tenant::enter(transaction, id).await?;
    for signed in &new.approvals {
        approval::write(transaction, rep, id, signed).await?;
    }
    note(transaction, rep, new, id).await?;
    invite_owner(backend, transaction, rep, organization, &new.email).await
}

/// Invites the first owner and makes the claim for the first key, in a transaction that works for
/// the organization.
pub(super) async fn invite_owner(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    organization: Organization,
    email: &Email,
) -> Result<HandOver> {
    let actor = rep.on(organization.id);
    let (invitation, letter) =
        insert_invitation(backend, transaction, rep, &organization, email).await?;
    let claim = claims::insert(backend, transaction, rep, organization.id, invitation).await?;
    let details = json!({ "email": email.as_str(), "role": Role::Owner });
    audit::record(transaction, &actor, Action::MemberInvited, invitation.0, details).await?;
    let details = json!({ "invitation_id": invitation, "email": email.as_str() });
    audit::record(transaction, &actor, Action::ClaimMade, claim.id.0, details).await?;
    Ok(HandOver { organization, letter, claim: claim.token, claim_expires_at: claim.expires_at })
}

async fn insert_organization(
    transaction: &mut Transaction<'static, Postgres>,
    new: &NewTenant,
) -> Result<Organization> {
    let id = OrganizationId::generate();
    let environments: Vec<_> =
        new.environments.iter().map(|environment| environment.as_str().to_owned()).collect();
    sqlx::query!(
        "insert into organizations (id, slug, name, profile, external_id, plan, environments)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        new.slug.as_str(),
        new.name.as_str(),
        new.profile,
        new.external_id,
        new.plan.as_str(),
        &environments,
    )
    .execute(&mut **transaction)
    .await
    .map_err(|error| match database::violated_constraint(&error) {
        Some("organizations_slug_key") => Error::invalid("slug", Rule::Taken),
        Some("organizations_external_id_key") => Error::invalid("external_id", Rule::IdTaken),
        _ => error.into(),
    })?;
    Ok(Organization {
        id,
        slug: new.slug.as_str().to_owned(),
        name: new.name.as_str().to_owned(),
        profile: new.profile.clone(),
        suspended: false,
        suspended_reason: None,
        time_zone: "UTC".to_owned(),
        external_id: new.external_id.clone(),
    })
}

async fn insert_invitation(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    organization: &Organization,
    email: &Email,
) -> Result<(InvitationId, Letter)> {
    let (id, token) = (InvitationId::generate(), Token::mint()?);
    let expires_at = backend.clock.now() + LIFETIME;
    sqlx::query!(
        "insert into invitations (id, organization_id, email, role, token_hash, form_token, invited_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        organization.id.0,
        email.as_str(),
        Role::Owner.as_str(),
        &token.hash(),
        Uuid::now_v7(),
        rep.user_id().0,
        expires_at,
    )
    .execute(&mut **transaction)
    .await?;
    let inviter = sqlx::query_scalar!("select name from users where id = $1", rep.user_id().0)
        .fetch_one(&mut **transaction)
        .await?;
    let letter = Letter {
        email: email.as_str().to_owned(),
        role: Role::Owner,
        organization: organization.name.clone(),
        inviter,
        token,
        expires_at,
    };
    Ok((id, letter))
}

/// The first events of the organization's log.
async fn note(
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    new: &NewTenant,
    id: OrganizationId,
) -> Result<()> {
    let actor = rep.on(id);
    let details = json!({
        "name": new.name.as_str(), "slug": new.slug.as_str(), "profile": new.profile,
        "plan": new.plan, "environments": new.environments, "external_id": new.external_id,
    });
    audit::record(transaction, &actor, Action::OrganizationProvisioned, id.0, details).await?;
    for signed in &new.approvals {
        let details = json!({ "gate": signed.gate, "after": approval::details(signed) });
        audit::record(transaction, &actor, Action::ApprovalRecorded, id.0, details).await?;
    }
    Ok(())
}
