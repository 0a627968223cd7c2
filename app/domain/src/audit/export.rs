//! The log as lines of JSON: all that somebody needs to check it without us.

use std::io::Write;

use super::chain::{Line, Verdict};
use super::verify::{Log, verify};
use crate::database::Pools;
use crate::{Error, Result};

/// Writes the log's events, oldest first, and its head, and checks them on the way.
pub async fn export(pools: &Pools, log: &Log, mut to: impl Write) -> Result<Verdict> {
    verify(pools, log, |line| {
        let mut text =
            serde_json::to_string(line).map_err(|error| Error::Internal(error.to_string()))?;
        text.push('\n');
        to.write_all(text.as_bytes())
            .map_err(|error| Error::Internal(format!("writing the export: {error}")))
    })
    .await
}

/// Reads a line of an export.
pub fn parse(text: &str) -> Option<Line> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::chain::{Damage, verify_chain};
    use crate::audit::verify::logs;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn check(text: &str) -> Option<Damage> {
        let lines: Option<Vec<Line>> = text.lines().map(parse).collect();
        let lines = lines.unwrap_or_default();
        assert!(!lines.is_empty(), "{text}");
        verify_chain(&lines).into_iter().find_map(|verdict| verdict.damage)
    }

    #[sqlx::test(migrations = false)]
    async fn an_export_is_checked_without_the_database(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        for slug in ["one", "two"] {
            let admin = world.admin(slug, "delphos").await?;
            for name in ["Ärger \"quoted\" \\", "🔑", "Export"] {
                world.key(&admin, name).await?;
            }
        }
        let mut file = Vec::new();
        let logs = logs(&world.backend.pools, None).await?;
        for log in &logs {
            let verdict = export(&world.backend.pools, log, &mut file).await?;
            assert_eq!((verdict.verified, verdict.damage), (3, None));
        }
        let text = String::from_utf8(file).map_err(|error| Error::Internal(error.to_string()))?;
        assert_eq!((logs.len(), text.lines().count()), (2, 8));
        assert_eq!(check(&text), None);
        assert_eq!(check(&text.replacen("🔑", "key", 1)), Some(Damage::Edited(2)));
        let cut: Vec<_> = text.lines().filter(|line| !line.contains("\"seq\":3,\"id\"")).collect();
        assert_eq!(check(&cut.join("\n")), Some(Damage::Missing(3)));
        assert_eq!(parse("{\"type\":\"event\"}"), None);
        Ok(())
    }
}
