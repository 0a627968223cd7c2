//! A new channel.

use serde_json::json;
use sqlx::{Postgres, Transaction};

use crate::audit::{self, Action};
use crate::error::FieldErrors;
use crate::ids::{ChannelId, UserId};
use crate::members::Admin;
use crate::text::Name;
use crate::{Backend, Error, Result, Rule, database};

/// A channel that has been asked for and breaks no rule.
#[derive(Clone, Debug)]
pub struct NewChannel {
    name: Name,
    acting_user_id: Option<UserId>,
}

impl NewChannel {
    /// Reads the form's fields; an empty acting user means none.
    pub fn parse(name: &str, acting_user: &str) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", Name::parse(name));
        let acting_user = errors.check("acting_user", acting_user_named(acting_user));
        match (name, acting_user) {
            (Some(name), Some(acting_user_id)) => Ok(Self { name, acting_user_id }),
            _ => Err(errors.into_error()),
        }
    }

    pub fn name(&self) -> &Name {
        &self.name
    }
}

/// Reads the field with the acting user; empty means none.
pub fn acting_user_named(id: &str) -> Result<Option<UserId>, Rule> {
    match id {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Rule::NotAChoice),
    }
}

/// Adds the channel, ACTIVE.
pub async fn add(backend: &Backend, admin: &Admin, new: &NewChannel) -> Result<ChannelId> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let id = insert(&mut transaction, admin, new).await?;
    note(&mut transaction, admin, new, id).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Adds the channel within the caller's transaction, which has to [`note`] it when all else is
/// done.
pub(crate) async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    admin: &Admin,
    new: &NewChannel,
) -> Result<ChannelId> {
    let id = ChannelId::generate();
    sqlx::query!(
        "insert into channels (id, organization_id, name, acting_user_id, created_by) values ($1, $2, $3, $4, $5)",
        id.0,
        admin.organization().id.0,
        new.name.as_str(),
        new.acting_user_id.map(|user| user.0),
        admin.user_id().0,
    )
    .execute(&mut **transaction)
    .await
    .map_err(|error| match database::violated_constraint(&error) {
        Some("channels_organization_id_name_key") => Error::invalid("name", Rule::Taken),
        _ => no_member(error),
    })?;
    Ok(id)
}

/// What it means when the database refuses an acting user: nobody acts who is no member.
pub(super) fn no_member(error: sqlx::Error) -> Error {
    match database::violated_constraint(&error) {
        Some("channels_organization_id_acting_user_id_fkey") => {
            Error::invalid("acting_user", Rule::NotAChoice)
        }
        _ => error.into(),
    }
}

/// Puts the new channel on record.
pub(crate) async fn note(
    transaction: &mut Transaction<'static, Postgres>,
    admin: &Admin,
    new: &NewChannel,
    id: ChannelId,
) -> Result<()> {
    let details = json!({ "name": new.name.as_str(), "acting_user_id": new.acting_user_id });
    audit::record(transaction, admin, Action::ChannelAdded, id.0, details).await
}
