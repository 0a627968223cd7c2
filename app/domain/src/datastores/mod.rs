//! Datastores: the databases in which the collections' documents are. Without any that are named,
//! all documents are in the program's own database.

pub mod keep;
pub mod list;
pub mod relocate;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::database::{SignIn, document_pool};
use crate::directory::KeyRecord;
use crate::keys::Environment;
use crate::{Backend, Error, Result};

/// What the program's own database is called where it holds documents.
pub const OWN: &str = "own";

/// Whose documents a datastore holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The API profile's name.
    pub profile: String,
    /// Without it, both.
    pub environment: Option<Environment>,
    /// The slug of the one organization that it is for.
    pub organization: Option<String>,
    /// Only those that were moved there.
    pub moved: bool,
}

impl Reach {
    fn includes(&self, whose: Whose<'_>) -> bool {
        self.profile == whose.profile
            && self.environment.is_none_or(|environment| environment == whose.environment)
            && self.organization.as_deref().is_none_or(|slug| slug == whose.organization)
    }

    /// More where it is for fewer: an organization's own goes before its environment's.
    fn narrowness(&self) -> u8 {
        2 * u8::from(self.organization.is_some()) + u8::from(self.environment.is_some())
    }
}

/// Whose documents are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// The API profile's name.
    pub profile: &'a str,
    /// The organization's slug.
    pub organization: &'a str,
    pub environment: Environment,
    /// The datastore that a rep has moved them to.
    pub moved_to: Option<&'a str>,
}

/// Where they are.
#[derive(Clone, Copy, Debug)]
pub enum Route<'a> {
    /// In the program's own database.
    Own,
    To(&'a Datastore),
    /// They were moved to one that the file does not name any more.
    Lost,
}

impl<'a> Route<'a> {
    pub fn name(self) -> &'a str {
        match self {
            Self::Own => OWN,
            Self::To(datastore) => &datastore.name,
            Self::Lost => "not named",
        }
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

    /// Where these documents are: where they were moved to, or where the file says.
    pub fn route(&self, whose: Whose<'_>) -> Route<'_> {
        let named = |name: &str| self.0.iter().find(|one| one.name == name);
        match whose.moved_to {
            Some(OWN) => Route::Own,
            Some(name) => named(name).map_or(Route::Lost, Route::To),
            None => {
                let fits = |one: &&Datastore| !one.reach.moved && one.reach.includes(whose);
                let found = self.0.iter().find(fits);
                found.map_or(Route::Own, Route::To)
            }
        }
    }

    /// Hangs up all connections, after those in use are given back.
    pub async fn close(&self) {
        for datastore in &self.0 {
            datastore.pool.close().await;
        }
    }
}

impl Backend {
    /// Where this key's documents are.
    pub fn route(&self, key: &KeyRecord) -> Route<'_> {
        let organization = &key.organization;
        let moved_to = organization.moved_to(key.environment);
        self.datastores.route(Whose {
            profile: &organization.profile,
            organization: &organization.slug,
            environment: key.environment,
            moved_to: moved_to.as_deref().map(String::as_str),
        })
    }

    /// The way to this key's documents.
    pub(crate) fn documents(&self, key: &KeyRecord) -> Result<&PgPool> {
        self.pool(self.route(key)).ok_or(Error::Unavailable)
    }

    fn pool<'a>(&'a self, route: Route<'a>) -> Option<&'a PgPool> {
        match route {
            Route::Own => Some(&self.pools.datastore),
            Route::To(datastore) => Some(&datastore.pool),
            Route::Lost => None,
        }
    }
}
