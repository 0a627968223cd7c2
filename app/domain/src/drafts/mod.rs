//! Drafts: organizations that a rep is still filling in. Each belongs to the rep who began it; other
//! reps do not see it.

#[cfg(feature = "server")]
mod discard;
#[cfg(feature = "server")]
mod get;
#[cfg(feature = "server")]
mod provision;
#[cfg(feature = "server")]
mod save;
#[cfg(feature = "server")]
mod start;

#[cfg(feature = "server")]
pub use discard::discard;
#[cfg(feature = "server")]
pub use get::{get, list};
#[cfg(feature = "server")]
pub use provision::{Provisioned, provision};
#[cfg(feature = "server")]
pub use save::save;
#[cfg(feature = "server")]
pub use start::start;

use time::OffsetDateTime;

use crate::ids::DraftId;
use crate::tenants::{Step, TenantForm};

/// An organization to be.
#[derive(Clone, Debug)]
pub struct Draft {
    pub id: DraftId,
    pub answers: TenantForm,
    /// Where to go on.
    pub step: Step,
    /// The slug of the organization that it has become.
    pub provisioned_as: Option<String>,
    pub updated_at: OffsetDateTime,
}

/// Drafts that a rep may have at a time.
pub const MOST: i64 = 100;

/// Begins a transaction in which row-level security lets through this rep's drafts only.
#[cfg(feature = "server")]
async fn begin(
    backend: &crate::Backend,
    rep: &crate::reps::Rep,
) -> crate::Result<sqlx::Transaction<'static, sqlx::Postgres>> {
    let mut transaction = backend.pools.rep.begin().await?;
    sqlx::query!("select set_config('app.rep_id', $1, true)", rep.user_id().to_string())
        .fetch_one(&mut *transaction)
        .await?;
    Ok(transaction)
}
