//! What is true in Latchkey: words, rules, SQL and cryptography. No HTTP, no HTML.
//!
//! A folder per noun; its `mod.rs` holds the noun's words and rules, every other file is one
//! operation. Without the feature `server` only types and rules remain, so that code in the
//! browser can use them too.

pub mod access_log;
pub mod approvals;
pub mod audit;
pub mod channels;
pub mod claims;
pub mod drafts;
pub mod error;
pub mod ids;
pub mod invitations;
pub mod keys;
pub mod members;
pub mod organizations;
pub mod reps;
pub mod tenants;
pub mod text;
pub mod usage;
pub mod users;
pub mod verification;

#[cfg(feature = "server")]
pub mod backend;
#[cfg(feature = "server")]
pub mod clock;
#[cfg(feature = "server")]
pub mod collections;
#[cfg(feature = "server")]
pub mod database;
#[cfg(feature = "server")]
pub mod datastores;
#[cfg(feature = "server")]
pub mod directory;
#[cfg(feature = "server")]
pub mod hex;
#[cfg(feature = "server")]
pub mod isolation;
#[cfg(feature = "server")]
pub mod logins;
#[cfg(feature = "server")]
pub mod nodes;
#[cfg(feature = "server")]
pub mod notices;
#[cfg(feature = "server")]
pub mod profiles;
#[cfg(feature = "server")]
mod seal;
#[cfg(feature = "server")]
pub mod webhooks;
#[cfg(feature = "server")]
pub mod whole_file;
#[cfg(feature = "server")]
pub mod work;
#[cfg(feature = "server")]
pub mod zone;

#[cfg(all(test, feature = "server"))]
mod testing;

#[cfg(feature = "server")]
pub use backend::{ApiPlace, Backend};
pub use error::{Error, FieldError, Result, Rule};
