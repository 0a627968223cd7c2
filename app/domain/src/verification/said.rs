//! What the tests of the checks ask with.

use super::{Demand, Presented, verify};
use crate::keys::create::{NewKey, create};
use crate::keys::mint::{Credentials, Minted};
use crate::members::Admin;
use crate::testing::World;
use crate::{Backend, Result};

/// What is said of this key, by name.
pub(super) fn reason(
    backend: &Backend,
    key: &str,
    secret: Option<&str>,
    demand: Demand<'_>,
) -> &'static str {
    let presented = Presented { key: Some(key.as_bytes()), secret: secret.map(str::as_bytes) };
    verify(backend, presented, demand).outcome().as_str()
}

/// A new key with all that was shown.
pub(super) async fn minted(world: &World, admin: &Admin, new: NewKey) -> Result<Credentials> {
    match create(&world.backend, admin, &new).await? {
        Minted::Now(_, credentials) => Ok(credentials),
        Minted::Before(_) => panic!("shown before it was made"),
    }
}
