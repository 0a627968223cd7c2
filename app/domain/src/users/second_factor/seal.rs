//! How secrets are kept: the server must know them to make the same codes.

use crate::Result;
use crate::ids::UserId;
use crate::keys::digest::Pepper;
use crate::seal::{self, Purpose};

/// Encrypts a user's secret.
pub(super) fn seal(pepper: &Pepper, user_id: UserId, secret: &[u8]) -> Result<Vec<u8>> {
    seal::seal(pepper, Purpose::SecondFactor, user_id.0, secret)
}

/// Decrypts it again.
pub(super) fn open(pepper: &Pepper, user_id: UserId, sealed: &[u8]) -> Result<Vec<u8>> {
    seal::open(pepper, Purpose::SecondFactor, user_id.0, sealed)
}
