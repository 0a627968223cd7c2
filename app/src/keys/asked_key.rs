//! The key of a page that changes it.

use domain::Result;
use domain::keys::Key;
use domain::keys::get::get;
use domain::members::{Author, Member};

use crate::pages::Request;

/// The key that the address names, for somebody who may change it.
pub async fn asked_key(request: &Request, member: &Member) -> Result<(Author, Key)> {
    let author = member.author()?;
    let key = get(request.backend(), &author, request.param("key")?).await?;
    author.allows(key.environment)?;
    Ok((author, key))
}
