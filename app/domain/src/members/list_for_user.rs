//! The organizations that a user belongs to.

use crate::ids::UserId;
use crate::members::Role;
use crate::{Backend, Result};

/// One line of the organization switcher.
#[derive(Clone, Debug)]
pub struct Membership {
    pub slug: String,
    pub name: String,
    pub profile: String,
    pub role: Role,
    pub suspended: bool,
}

/// All memberships of the user, by the organization's name.
pub async fn list_for_user(backend: &Backend, user_id: UserId) -> Result<Vec<Membership>> {
    let rows = sqlx::query!(
        "select slug, name, profile, status, role
         from members join organizations on organizations.id = organization_id
         where user_id = $1 order by name",
        user_id.0,
    )
    .fetch_all(&backend.pools.auth)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Membership {
                slug: row.slug,
                name: row.name,
                profile: row.profile,
                role: Role::named(&row.role)?,
                suspended: row.status != "ACTIVE",
            })
        })
        .collect())
}
