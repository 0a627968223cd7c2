//! Datastores: the databases in which the collections' documents are. Without any that are named,
//! all documents are in the program's own database.

pub mod keep;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Backend;
use crate::database::{SignIn, document_pool};
use crate::directory::KeyRecord;
use crate::keys::Environment;

/// Whose documents a datastore holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The API profile's name.
    pub profile: String,
    /// Without it, both.
    pub environment: Option<Environment>,
    /// The slug of the one organization that it is for.
    pub organization: Option<String>,
}

impl Reach {
    fn includes(&self, key: &KeyRecord) -> bool {
        let organization = &key.organization;
        *self.profile == *organization.profile
            && self.environment.is_none_or(|environment| environment == key.environment)
            && self.organization.as_deref().is_none_or(|slug| *slug == *organization.slug)
    }

    /// More where it is for fewer: an organization's own goes before its environment's.
    fn narrowness(&self) -> u8 {
        2 * u8::from(self.organization.is_some()) + u8::from(self.environment.is_some())
    }
}

/// A database with documents.
pub struct Datastore {
    pub name: String,
    pub reach: Reach,
    /// How its owner reaches it; may hold a password.
    owner: PgConnectOptions,
    pool: PgPool,
    up: AtomicBool,
}

impl fmt::Debug for Datastore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Datastore({:?}, …)", self.name)
    }
}

impl Datastore {
    /// Opens no connection yet.
    pub fn new(name: String, reach: Reach, owner: PgConnectOptions) -> Self {
        let pool = document_pool(&owner, SignIn::AsOwner);
        Self { name, reach, owner, pool, up: AtomicBool::new(false) }
    }

    /// Whether it answered when it was last asked.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }
}

/// All that are named.
#[derive(Debug, Default)]
pub struct Datastores(Vec<Datastore>);

impl Datastores {
    /// In any order.
    pub fn new(mut all: Vec<Datastore>) -> Self {
        // What is for fewer comes first, so that the first that fits is the right one.
        all.sort_by_key(|datastore| std::cmp::Reverse(datastore.reach.narrowness()));
        Self(all)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Datastore> {
        self.0.iter()
    }

    /// Whether the one with this name has just answered.
    fn note(&self, name: &str, up: bool) {
        if let Some(datastore) = self.0.iter().find(|one| one.name == name) {
            datastore.up.store(up, Ordering::Relaxed);
        }
    }

    /// The one that holds this key's documents; `None` for the program's own database.
    pub fn find(&self, key: &KeyRecord) -> Option<&Datastore> {
        self.0.iter().find(|datastore| datastore.reach.includes(key))
    }

    /// Hangs up all connections, after those in use are given back.
    pub async fn close(&self) {
        for datastore in &self.0 {
            datastore.pool.close().await;
        }
    }
}

impl Backend {
    /// The way to this key's documents.
    pub(crate) fn documents(&self, key: &KeyRecord) -> &PgPool {
        self.datastores.find(key).map_or(&self.pools.datastore, |datastore| &datastore.pool)
    }
}
