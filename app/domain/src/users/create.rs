//! A new user.

use crate::database::Pools;
use crate::error::FieldErrors;
use crate::ids::UserId;
use crate::text::Name;
use crate::users::{Email, User};
use crate::{Error, Result, Rule, database};

/// What a new user starts with.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    /// A PHC string of [`crate::users::password::Passwords::hash`].
    pub password_hash: String,
    /// Vendor staff.
    pub is_rep: bool,
}

/// Makes the user. The address must be new.
pub async fn create(pools: &Pools, new: NewUser) -> Result<User> {
    let mut errors = FieldErrors::default();
    let email = errors.check("email", Email::parse(&new.email));
    let name = errors.check("name", Name::parse(&new.name));
    let (Some(email), Some(name)) = (email, name) else {
        return Err(errors.into_error());
    };
    let user = User {
        id: UserId::generate(),
        email: email.as_str().to_owned(),
        name: name.as_str().to_owned(),
    };
    sqlx::query!(
        "insert into users (id, email, name, password_hash, is_rep) values ($1, $2, $3, $4, $5)",
        user.id.0,
        user.email,
        user.name,
        new.password_hash,
        new.is_rep,
    )
    .execute(&pools.rep)
    .await
    .map_err(|error| match database::violated_constraint(&error) {
        Some("users_email_key") => Error::invalid("email", Rule::Taken),
        _ => error.into(),
    })?;
    Ok(user)
}
