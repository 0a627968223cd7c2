//! Showing again that it is oneself.

use secrecy::SecretString;

use crate::audit::Origin;
use crate::users::User;
use crate::users::confirm_password::confirm_password;
use crate::{Backend, Error, Result, Rule};

/// Checks the password of somebody who is signed in. The caller notes the moment, from which
/// [`crate::users::Fresh`] is made.
pub async fn prove(
    backend: &Backend,
    user: &User,
    password: SecretString,
    origin: &Origin,
) -> Result<()> {
    match confirm_password(backend, user, password, origin).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid("password", Rule::WrongPassword)),
    }
}
