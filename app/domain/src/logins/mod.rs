//! Logins of programs by a person's address and password, as some vendors' older APIs have them.
//!
//! What a login gives is a token that is good for minutes. It names a key that nobody has the text
//! of: the key stands in the organization's list, is used up in its counts and its log, and when it
//! is disabled or revoked, its tokens are refused at once. So they are when the person has a new
//! password.

pub mod log_in;
pub mod token;
