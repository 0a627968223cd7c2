//! Keys that were made elsewhere: their programs go on as they are, with the texts that they have.
//!
//! **How such texts are found.** A text of ours has a checksum, by which a typo is refused before
//! anything is looked up. An imported text has none; what it may begin with is known to the
//! directory, which gathers the prefixes of imported keys. Verification asks in this order:
//!
//! 1. A text with the checksum of ours: one digest, one look into memory, as ever. Only where that
//!    finds nothing, and imported keys begin like it, as in 3 that of its SHA-256.
//! 2. A text with our prefix and our length, but not the checksum: malformed. Nothing is looked up.
//! 3. A text that begins as imported keys do: its digest, then that of its SHA-256, each with one
//!    look into memory. Never the database.
//! 4. Any other: malformed. Nothing is looked up.
//!
//! So our own keys pay nothing for it, and a vendor whose old keys begin as ours do, but are of
//! another length, can go on with both. Of a digest nobody can tell which shape its text has: one of
//! ours is found all the same, one with the shape of another profile's keys is malformed for ever.
//!
//! The second look of an unknown text takes less time than what is done for a key that is known and
//! refused, which is counted and logged: it makes the two more alike.
//!
//! **What is kept** is an HMAC under the pepper in every case. Of a key that came as its SHA-256 it
//! is the HMAC of that, with a key of its own: a list of such SHA-256 that has leaked opens nothing,
//! neither by itself nor when it is sent as if it were a key.

mod line;
pub mod write;

pub use line::{Format, ImportLine, NewImport};
