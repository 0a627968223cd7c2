//! One more of the vendor's staff.

use super::User;
use super::create::{NewUser, create};
use super::password::Passwords;
use crate::Result;
use crate::database::Pools;
use crate::invitations::Token;

/// Makes the account. Nobody knows its password: a link of [`super::password_reset`] leads to one.
pub async fn add_rep(pools: &Pools, email: &str, name: &str) -> Result<User> {
    let unknown = Token::mint()?.expose().to_owned();
    let password_hash = Passwords::default().hash(unknown.into()).await?;
    let new =
        NewUser { email: email.to_owned(), name: name.to_owned(), password_hash, is_rep: true };
    create(pools, new).await
}
