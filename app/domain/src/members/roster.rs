//! Who has which role, held still while it is changed.

use sqlx::{Postgres, Transaction};
use std::collections::HashMap;

use crate::Backend;
use crate::ids::UserId;
use crate::members::{Admin, Member, Role};
use crate::{Error, Result, database};

/// The roles of whom a change is about and of all owners. Nobody else changes them until the
/// transaction ends, so two owners cannot both take the other for the one who stays.
pub(super) struct Roster(HashMap<UserId, Role>);

impl Roster {
    /// Begins a change of `target`'s membership by `actor`, who must still be what the proof says.
    pub(super) async fn hold(
        backend: &Backend,
        actor: &Member,
        target: UserId,
    ) -> Result<(Transaction<'static, Postgres>, Self)> {
        let mut transaction =
            database::tenant::begin(&backend.pools.app, actor.organization().id).await?;
        // In one order: nobody waits for somebody who waits for them.
        let rows = sqlx::query!(
            "select user_id, role from members where user_id = any($1) or role = 'owner'
             order by user_id for update",
            &[actor.user_id().0, target.0],
        )
        .fetch_all(&mut *transaction)
        .await?;
        let roles =
            rows.into_iter().filter_map(|row| Some((UserId(row.user_id), Role::named(&row.role)?)));
        let roster = Self(roles.collect());
        if roster.role(actor.user_id())? != actor.role() {
            return Err(Error::Conflict("Your own role has just been changed."));
        }
        Ok((transaction, roster))
    }

    /// The role of somebody it is about.
    pub(super) fn role(&self, user_id: UserId) -> Result<Role> {
        self.0.get(&user_id).copied().ok_or(Error::NotFound)
    }

    /// Refuses to let the last owner go.
    pub(super) fn let_go(&self, user_id: UserId) -> Result<()> {
        let owners = self.0.values().filter(|role| **role == Role::Owner).count();
        if self.role(user_id)? == Role::Owner && owners == 1 {
            return Err(Error::Conflict(
                "An organization always has an owner, and this is the only one. Make somebody else an owner first.",
            ));
        }
        Ok(())
    }
}

impl Admin {
    /// Only owners make owners, or unmake them.
    pub(crate) fn may_give(&self, role: Role) -> Result<()> {
        if role == Role::Owner && self.role() != Role::Owner {
            return Err(Error::Forbidden { needs: Role::Owner });
        }
        Ok(())
    }
}
