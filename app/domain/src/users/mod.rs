//! Users: the people who sign in to the dashboard.

#[cfg(feature = "server")]
pub mod add_rep;
#[cfg(feature = "server")]
pub mod authenticate;
#[cfg(feature = "server")]
pub mod change_password;
#[cfg(feature = "server")]
mod confirm_password;
#[cfg(feature = "server")]
pub mod create;
mod email;
#[cfg(feature = "server")]
mod first_guesses;
mod fresh;
#[cfg(feature = "server")]
pub mod get;
#[cfg(feature = "server")]
pub mod password;
#[cfg(feature = "server")]
pub mod password_reset;
#[cfg(feature = "server")]
pub mod prove;
#[cfg(feature = "server")]
pub mod second_factor;
#[cfg(feature = "server")]
pub mod throttle;

pub use email::Email;
pub use fresh::{FRESH_MINUTES, Fresh};

use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// A person, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

/// That somebody has signed in. It counts until the epoch of their sessions changes, as it does
/// with their password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub user_id: UserId,
    pub epoch: i32,
}
