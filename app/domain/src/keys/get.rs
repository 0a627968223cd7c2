//! One key.

use crate::ids::KeyId;
use crate::keys::Key;
use crate::keys::list::{KeyFilter, list};
use crate::members::Member;
use crate::{Backend, Error, Result};

/// The organization's key with this id.
pub async fn get(backend: &Backend, member: &Member, id: KeyId) -> Result<Key> {
    let filter = KeyFilter { id: Some(id), ..KeyFilter::default() };
    let (keys, _) = list(backend, member, &filter).await?;
    keys.into_iter().next().ok_or(Error::NotFound)
}
