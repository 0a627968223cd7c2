//! Notes of what programs do to documents, where the vendor wants them in the audit log.

use serde_json::json;
use uuid::Uuid;

use super::Shelf;
use crate::audit::{self, Action, Actor, ActorKind, Origin};
use crate::ids::{OrganizationId, UserId};
use crate::{Result, database};

/// What is done to a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Created,
    Changed,
    Deleted,
}

/// The person that the key's channel acts as; without one, the key acts for itself.
struct Acting {
    user_id: UserId,
    kind: ActorKind,
    organization_id: OrganizationId,
    origin: Origin,
}

impl Actor for Acting {
    fn user_id(&self) -> UserId {
        self.user_id
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    fn kind(&self) -> ActorKind {
        self.kind
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Writes the event before the document's own transaction is committed: should that still fail, the
/// log tells of an attempt; never is something done that it does not tell of.
pub(super) async fn note(shelf: &Shelf<'_>, deed: Deed, id: Uuid) -> Result<()> {
    if !shelf.profile.audits_documents {
        return Ok(());
    }
    let grant = shelf.grant;
    let organization_id = grant.organization.id;
    let mut transaction =
        database::tenant::begin(&shelf.backend.pools.app, organization_id).await?;
    let acting_user = match &grant.channel {
        Some(channel) => {
            sqlx::query_scalar!("select acting_user_id from channels where id = $1", channel.id.0)
                .fetch_optional(&mut *transaction)
                .await?
                .flatten()
        }
        None => None,
    };
    let (user_id, kind) = match acting_user {
        Some(user) => (UserId(user), ActorKind::Member),
        None => (UserId(grant.id.0), ActorKind::Holder),
    };
    let actor = Acting { user_id, kind, organization_id, origin: Origin::default() };
    let action = match deed {
        Deed::Created => Action::DocumentCreated,
        Deed::Changed => Action::DocumentChanged,
        Deed::Deleted => Action::DocumentDeleted,
    };
    let details = json!({ "collection": shelf.collection.name, "key": grant.id.to_string() });
    audit::record(&mut transaction, &actor, action, id, details).await?;
    transaction.commit().await?;
    Ok(())
}
