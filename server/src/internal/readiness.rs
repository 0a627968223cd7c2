//! Whether keys can be judged just now.

use domain::Backend;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells whether requests should be sent here.
#[derive(Debug)]
pub struct Readiness {
    backend: Arc<Backend>,
    stopping: AtomicBool,
}

impl Readiness {
    pub fn new(backend: Arc<Backend>) -> Self {
        Self { backend, stopping: AtomicBool::new(false) }
    }

    /// From here on, requests should go elsewhere.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// How many keys there are, or why they cannot be judged.
    pub fn check(&self) -> Result<usize, &'static str> {
        let directory = &self.backend.directory;
        if self.stopping.load(Ordering::Relaxed) {
            return Err("stopping");
        }
        if !directory.is_loaded() {
            return Err("the key directory is not loaded yet");
        }
        if directory.is_stale(self.backend.clock.elapsed_ms()) {
            return Err("the database has not been heard from for too long");
        }
        Ok(directory.len())
    }
}
