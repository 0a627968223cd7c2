//! A form that mints carries a random token. The transaction that mints takes it: a copy of the form
//! finds it taken, and learns what was made.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use crate::Result;
use crate::ids::KeyId;
use crate::members::Author;

/// Takes the form's token for this key. A copy of the form that is under way is waited for.
pub(in crate::keys) async fn take_token(
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    token: Uuid,
    key_id: KeyId,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into form_tokens (organization_id, token, key_id) values ($1, $2, $3)
         on conflict on constraint form_tokens_pkey do nothing",
        author.organization().id.0,
        token,
        key_id.0,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The key that an earlier copy of the form made.
pub(in crate::keys) async fn made_before(
    transaction: &mut Transaction<'static, Postgres>,
    token: Uuid,
) -> Result<Option<KeyId>> {
    let key_id = sqlx::query_scalar!("select key_id from form_tokens where token = $1", token)
        .fetch_optional(&mut **transaction)
        .await?;
    Ok(key_id.map(KeyId))
}
