//! Endpoints that keep JSON objects: what they are called, and what they ask for.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::answers::Template;

/// A sample endpoint that keeps JSON objects.
#[derive(Debug)]
pub struct Collection {
    pub name: String,
    pub path: String,
    /// What a key needs to read and to write it, where keys can be given that alone.
    pub scopes: Option<ScopePair>,
    pub(super) operations: Vec<Operation>,
    /// By which fields a list can be searched.
    pub search: Vec<String>,
    pub query: QueryRule,
    /// The field that must hold the vendor's number for the key's tenant.
    pub tenant_field: Option<String>,
    pub headers: Vec<HeaderRule>,
    pub fields: BTreeMap<String, FieldRule>,
    /// A document that may be sent as it stands; JSON.
    pub sample: Option<String>,
    pub(super) list: Template,
    pub(super) item: Template,
}

/// What can be done with a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// GET of the collection.
    List,
    /// POST to it.
    Create,
    /// GET of one document.
    Read,
    /// PATCH: what is sent is put in, null takes out (RFC 7396).
    Update,
    /// PUT: what is sent takes the place of all.
    Replace,
    Delete,
}

impl Operation {
    pub(super) fn usual() -> Vec<Self> {
        vec![Self::List, Self::Create, Self::Read, Self::Update, Self::Delete]
    }
}

/// Two scopes of the form `resource:action`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScopePair {
    pub read: String,
    pub write: String,
}

/// What a list's address must have after the question mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct QueryRule {
    /// All of these.
    pub required: Vec<String>,
    /// At the least one of these.
    pub one_of: Vec<String>,
}

/// A header field that some requests must have.
#[derive(Debug)]
pub struct HeaderRule {
    /// As documents write it.
    pub name: String,
    pub on: Vec<Operation>,
    /// The field that documents keep it in, and by which lists are narrowed.
    pub field: Option<String>,
    pub sample: Option<String>,
}

/// What a field of a document may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct FieldRule {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub required: bool,
    /// The longest text, in characters.
    pub max: Option<usize>,
    /// The only texts that will do.
    pub choices: Vec<String>,
}

/// What kind of value a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Text,
    Uuid,
    Email,
    /// A day, such as 2026-03-01.
    Date,
    Number,
    Boolean,
    Object,
    List,
}

impl Collection {
    /// What a key needs for a request that writes, or for one that only reads.
    pub fn scope(&self, write: bool) -> Option<&str> {
        let pair = self.scopes.as_ref()?;
        Some(if write { &pair.write } else { &pair.read })
    }

    pub fn allows(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// The answer that lists these documents, each of which is JSON already.
    pub fn render_list(&self, documents: &[String], next_cursor: Option<&str>) -> String {
        let items = format!("[{}]", documents.join(","));
        let cursor = serde_json::Value::from(next_cursor).to_string();
        self.list.render(&[("items", &items), ("next_cursor", &cursor)])
    }

    /// The answer with one document, which is JSON already.
    pub fn render_item(&self, document: &str) -> String {
        self.item.render(&[("item", document)])
    }
}
