//! Everything an operation needs, built once by the program's start and handed to all listeners.

use std::sync::Arc;
use uuid::Uuid;

use crate::access_log;
use crate::clock::Clock;
use crate::database::Pools;
use crate::datastores::Datastores;
use crate::directory::Directory;
use crate::keys::digest::Pepper;
use crate::profiles::Profiles;
use crate::usage::Recorder;
use crate::users::password::Passwords;
use crate::users::throttle::Throttle;
use crate::verification::Tally;
use crate::webhooks::address::Reach;
use crate::work::Watch;

/// The one set of parts that all listeners share.
#[derive(Debug)]
pub struct Backend {
    pub pools: Pools,
    /// Where documents are, beside the program's own database.
    pub datastores: Datastores,
    pub directory: Directory,
    pub recorder: Recorder,
    pub tally: Tally,
    pub access_log: access_log::Queue,
    pub clock: Clock,
    pub pepper: Pepper,
    pub profiles: Arc<Profiles>,
    pub passwords: Passwords,
    pub throttle: Throttle,
    /// Where webhooks may lead beside the networks that are everybody's.
    pub webhook_reach: Reach,
    /// Who is told of work in the background.
    pub watch: Watch,
    /// This run of the program; a new one at each start.
    pub node_id: Uuid,
    /// By which people tell nodes apart.
    pub node_name: String,
    /// By which browsers find this node's dashboard, where it has one.
    pub dashboard_url: Option<String>,
    /// Where this node's API listens.
    pub api: ApiPlace,
}

/// How the API is reached on this machine, beside the vendor's host.
#[derive(Clone, Copy, Debug)]
pub struct ApiPlace {
    pub port: u16,
    pub https: bool,
}

impl ApiPlace {
    /// Its address by this host.
    pub fn origin(self, host: &str) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{host}:{}", self.port)
    }
}

impl Backend {
    /// Puts the parts together. Nothing runs yet: see [`crate::directory::follow`],
    /// [`crate::usage::flush`] and [`crate::access_log::write`].
    pub fn new(pools: Pools, pepper: Pepper, profiles: Profiles, clock: Clock) -> Self {
        Self {
            pools,
            datastores: Datastores::default(),
            directory: Directory::default(),
            recorder: Recorder::default(),
            tally: Tally::default(),
            access_log: access_log::Queue::default(),
            clock,
            pepper,
            profiles: Arc::new(profiles),
            passwords: Passwords::default(),
            throttle: Throttle::default(),
            webhook_reach: Reach::default(),
            watch: Watch::default(),
            node_id: Uuid::now_v7(),
            node_name: "node".to_owned(),
            dashboard_url: None,
            api: ApiPlace { port: 3001, https: false },
        }
    }
}
