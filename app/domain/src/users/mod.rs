//! Users: the people who sign in to the dashboard.

#[cfg(feature = "server")]
pub mod authenticate;
#[cfg(feature = "server")]
pub mod create;
#[cfg(feature = "server")]
pub mod get;
#[cfg(feature = "server")]
pub mod password;

use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// A person, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
}
