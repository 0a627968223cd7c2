//! A directory for one test.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use uuid::Uuid;

use super::Result;

/// Empty at first, gone in the end.
pub struct TestDirectory(PathBuf);

impl TestDirectory {
    pub fn make() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("latchkey-test-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&path)?;
        // Root's PostgreSQL runs as somebody else, who has to pass.
        std::fs::set_permissions(&path, Permissions::from_mode(0o711))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A built site, as far as the program looks.
    pub fn site(&self) -> Result<PathBuf> {
        let site = self.join("site");
        std::fs::create_dir_all(site.join("pkg"))?;
        std::fs::write(site.join("hash.txt"), "js: a\nwasm: b\ncss: c\n")?;
        std::fs::write(site.join("pkg/latchkey.a.js"), "export {}")?;
        std::fs::write(site.join("favicon.svg"), "<svg/>")?;
        Ok(site)
    }
}

impl Drop for TestDirectory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}
