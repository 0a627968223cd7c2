//! What the build has made for browsers: scripts, styles, pictures.

use leptos::config::{Env, LeptosOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::{Failure, Result};

/// The name under which the build files scripts and styles.
const OUTPUT: &str = "latchkey";
/// The directory of hashed files within the site.
pub const PACKAGE: &str = "pkg";
/// Names the hashes; the build puts it beside the program.
const HASHES: &str = "hash.txt";

/// Where the built files are.
#[derive(Clone, Debug)]
pub enum Site {
    /// In this directory, with hashes in their names as this file says.
    Built { directory: PathBuf, hashes: PathBuf },
    /// Nowhere: pages come without scripts and styles, as tests of the server need them.
    Missing,
}

impl Site {
    /// The site in `directory`, or else where the build puts it, relative to the program.
    pub fn find(directory: Option<PathBuf>) -> Result<Self> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::because("looking up the program's own place", error))?;
        let beside = program.parent().unwrap_or(Path::new("/"));
        let directory = match directory {
            Some(directory) => directory,
            None => beside.parent().unwrap_or(beside).join("site"),
        };
        let hashes = [directory.join(HASHES), beside.join(HASHES)];
        let hashes = hashes.into_iter().find(|hashes| hashes.is_file());
        match hashes {
            Some(hashes) if directory.join(PACKAGE).is_dir() => {
                let directory = std::path::absolute(&directory)
                    .map_err(|error| Failure::because(&directory.display().to_string(), error))?;
                Ok(Self::Built { directory, hashes })
            }
            _ => Err(Failure::new(format!(
                "the dashboard's files are missing in {}: build them with make start, or name their place with \
                 --site-dir or LATCHKEY_SITE_DIR",
                directory.display()
            ))),
        }
    }

    /// The same for the page renderer.
    pub fn leptos_options(&self, dashboard: SocketAddr) -> LeptosOptions {
        let (directory, hashes, hashed) = match self {
            Self::Built { directory, hashes } => (directory.as_path(), hashes.as_path(), true),
            Self::Missing => (Path::new("."), Path::new(HASHES), false),
        };
        LeptosOptions::builder()
            .output_name(OUTPUT)
            .site_root(directory.to_string_lossy())
            .site_pkg_dir(PACKAGE)
            .site_addr(dashboard)
            .env(Env::PROD)
            .hash_files(hashed)
            .hash_file(hashes.to_string_lossy().into())
            .build()
    }
}
