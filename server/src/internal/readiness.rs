//! Whether keys can be judged just now, and if not, why.

use domain::Backend;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells whether requests should be sent here.
#[derive(Debug)]
pub struct Readiness {
    backend: Arc<Backend>,
    stopping: AtomicBool,
}

/// What there is to say. Nobody is named: who asks may be anybody.
#[derive(Debug, Serialize)]
pub struct State {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    keys: usize,
    organizations: usize,
    /// Of these, how many allow less silence of the database than there is: their keys are refused.
    stale_organizations: usize,
    /// For how long the database has not been heard from, in seconds. Up to one is usual. None
    /// before the first load.
    database_silent_s: Option<i64>,
}

impl State {
    pub fn is_ready(&self) -> bool {
        self.reason.is_none()
    }
}

impl Readiness {
    pub fn new(backend: Arc<Backend>) -> Self {
        Self { backend, stopping: AtomicBool::new(false) }
    }

    /// From here on, requests should go elsewhere.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn check(&self) -> State {
        let directory = &self.backend.directory;
        let elapsed_ms = self.backend.clock.elapsed_ms();
        let (organizations, stale_organizations) = directory.organizations(elapsed_ms);
        let reason = if self.stopping.load(Ordering::Relaxed) {
            Some("stopping")
        } else if !directory.is_loaded() {
            Some("the key directory is not loaded yet")
        } else if directory.is_stale(elapsed_ms)
            || (organizations > 0 && stale_organizations == organizations)
        {
            Some("the database has not been heard from for too long")
        } else {
            None
        };
        let silent_for_ms = directory.is_loaded().then(|| directory.silent_for_ms(elapsed_ms));
        State {
            status: if reason.is_none() { "ready" } else { "not ready" },
            reason,
            keys: directory.len(),
            organizations,
            stale_organizations,
            database_silent_s: silent_for_ms.map(|ms| ms / 1_000),
        }
    }
}
