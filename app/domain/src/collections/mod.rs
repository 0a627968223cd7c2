//! Collections: the sample endpoints. They keep JSON objects under row-level security, and show
//! that a key reaches its own organization's data and no other.

pub mod change;
mod check;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
mod log;
mod marks;
mod search;

use serde_json::{Map, Value};

use crate::Backend;
use crate::profiles::{Collection, Profile};
use crate::verification::Grant;

pub use search::{Search, search};

/// A JSON object that a program sent or gets.
pub type Document = Map<String, Value>;

/// A collection, as one key reaches it: the documents of its organization and its environment.
#[derive(Clone, Debug)]
pub struct Shelf<'a> {
    pub backend: &'a Backend,
    pub profile: &'a Profile,
    pub collection: &'a Collection,
    pub grant: &'a Grant,
    /// What every document here holds beside its own fields; others are as good as not there.
    marks: Document,
}

/// Why a document is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It breaks this rule.
    Invalid(String),
    /// It names no tenant, or another than the key's.
    TenantNotFound,
}

impl<'a> Shelf<'a> {
    /// With the values that header fields put into documents.
    pub fn new(
        backend: &'a Backend,
        profile: &'a Profile,
        collection: &'a Collection,
        grant: &'a Grant,
        headers: Document,
    ) -> Self {
        let mut marks = headers;
        marks::add_tag(&mut marks, profile, grant);
        Self { backend, profile, collection, grant, marks }
    }

    fn environment(&self) -> &'static str {
        self.grant.environment.as_str()
    }

    /// What documents must hold to be found here.
    fn marks(&self) -> Value {
        Value::Object(self.marks.clone())
    }

    /// Puts into the document what all here have, and checks what is its own.
    fn finish(&self, document: &mut Document) -> Result<(), Refusal> {
        marks::put(document, &self.marks, self.profile.tag.as_ref())?;
        check::check(self.collection, &self.grant.organization, document)
    }
}
