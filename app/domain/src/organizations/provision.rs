//! A new organization with its first people.

use crate::error::FieldErrors;
use crate::ids::{OrganizationId, UserId};
use crate::members::Role;
use crate::organizations::{Organization, Slug};
use crate::text::Name;
use crate::{Backend, Result, Rule};

/// What a new organization starts with.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    pub slug: String,
    pub name: String,
    pub profile: String,
    pub external_id: Option<String>,
    pub members: Vec<(UserId, Role)>,
}

/// Makes the organization and its memberships, all or nothing.
pub async fn provision(backend: &Backend, new: NewOrganization) -> Result<Organization> {
    let mut errors = FieldErrors::default();
    let slug = errors.check("slug", Slug::parse(&new.slug));
    let name = errors.check("name", Name::parse(&new.name));
    let profile = backend.profiles.get(&new.profile).ok_or(Rule::NotAChoice);
    let profile = errors.check("profile", profile);
    let (Some(slug), Some(name), Some(profile)) = (slug, name, profile) else {
        return Err(errors.into_error());
    };
    let organization = Organization {
        id: OrganizationId::generate(),
        slug: slug.as_str().to_owned(),
        name: name.as_str().to_owned(),
        profile: profile.name.clone(),
        suspended: false,
        suspended_reason: None,
        time_zone: "UTC".to_owned(),
        external_id: new.external_id,
    };
    insert(backend, &organization, &new.members).await?;
    Ok(organization)
}

async fn insert(
    backend: &Backend,
    organization: &Organization,
    members: &[(UserId, Role)],
) -> Result<()> {
    let mut transaction = backend.pools.rep.begin().await?;
    sqlx::query!(
        "insert into organizations (id, slug, name, profile, external_id) values ($1, $2, $3, $4, $5)",
        organization.id.0,
        organization.slug,
        organization.name,
        organization.profile,
        organization.external_id,
    )
    .execute(&mut *transaction)
    .await
    .map_err(|error| match crate::database::violated_constraint(&error) {
        Some("organizations_slug_key") => crate::Error::invalid("slug", Rule::Taken),
        _ => error.into(),
    })?;
    for (user_id, role) in members {
        sqlx::query!(
            "insert into members (organization_id, user_id, role) values ($1, $2, $3)",
            organization.id.0,
            user_id.0,
            role.as_str(),
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}
