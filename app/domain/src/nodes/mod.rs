//! Nodes: running programs that judge keys. Each says which changes it has applied, so that
//! whoever revokes a key learns when it is refused everywhere.

pub mod acknowledge;
pub mod dashboard;
pub mod list;
pub mod receipt;

use time::Duration;

/// A node that has not been heard from for so long counts as gone: nobody waits for it.
pub const SILENT_AFTER: Duration = Duration::seconds(5);
/// A node that is gone for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::days(1);

/// How long a name may be, in characters: as long as a host's.
const NAME_MAX: usize = 253;
