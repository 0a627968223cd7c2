//! The shape of a profile's file. `schema.json` beside the built-in ones is made from it.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::collection::{FieldRule, Operation, QueryRule, ScopePair};
use crate::access_log;
use crate::approvals::Gate;
use crate::keys::Environment;

/// One vendor's API, as it looks from outside.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// By which organizations name it: lower-case letters, digits and hyphens.
    pub name: String,
    /// For people.
    pub title: String,
    /// Where keys of any environment are taken. {slug}, at the beginning, stands for the
    /// organization's slug. The first host makes the address that pages show.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Hosts where keys of one environment alone are taken.
    #[serde(default)]
    pub environment_hosts: BTreeMap<Environment, Vec<String>>,
    /// Beneath which everything is served; the first one is shown.
    pub base_paths: Vec<String>,
    /// Whether calls that come by plain HTTP are refused. On this machine itself they are taken,
    /// unless the program is told to be strict.
    #[serde(default)]
    pub https_only: bool,
    pub headers: Headers,
    pub key: Key,
    /// What must be on record as signed before there are keys for an environment.
    #[serde(default)]
    pub gates: BTreeMap<Environment, Vec<Gate>>,
    /// What the vendor calls its number for a tenant, a UUID, where every tenant has one.
    pub tenant_id: Option<String>,
    /// A mark that every document carries, and by which documents are found.
    pub tag: Option<Tag>,
    /// Whether what programs do to documents stands in the audit log, in the name of the person
    /// that the key's channel acts as.
    #[serde(default)]
    pub audit_documents: bool,
    /// Which calls of programs are logged, and what happens when they come too fast for that.
    #[serde(default)]
    pub access_log: access_log::Settings,
    pub errors: Errors,
    /// How programs may log in for a token, where the vendor still has that beside keys.
    pub login: Option<LoginFile>,
    /// Endpoints that keep JSON objects.
    #[serde(default)]
    pub collections: Vec<CollectionFile>,
    /// Endpoints that answer the same to everybody with a key.
    #[serde(default)]
    pub documents: Vec<DocumentFile>,
}

/// Which header fields a request has.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Headers {
    /// Carries the key.
    pub key: String,
    /// Carries the second half, where keys are pairs.
    pub secret: Option<String>,
    /// Which requests must say Content-Type: application/json. Without it, none.
    pub content_type: Option<ContentType>,
    /// Whether every request must have an Accept that allows application/json.
    #[serde(default)]
    pub accept: bool,
}

/// Which requests must say Content-Type: application/json.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    /// All.
    Always,
    /// POST, PUT and PATCH.
    Bodies,
}

/// What keys look like, and how they live.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// What keys begin with, by environment. 32 characters follow.
    pub prefixes: BTreeMap<Environment, String>,
    /// Whether the old text of a key that is regenerated may stay good for a while.
    #[serde(default = "yes")]
    pub overlap: bool,
    /// The longest that keys are accepted without word from the database, in seconds, whatever
    /// longer time an organization has chosen.
    pub staleness_limit_s: Option<u32>,
}

/// A mark in `meta.tag` of every document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tag {
    pub system: String,
    /// {id} stands for the organization's number, {slug} for its slug.
    pub code: String,
}

/// What refusals and errors look like.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Errors {
    /// JSON in which {message}, {status} and {title} are filled in as JSON values.
    pub body: String,
    /// Wordings, by reason or by group of reasons.
    #[serde(default)]
    pub messages: BTreeMap<String, String>,
    /// Statuses, likewise.
    #[serde(default)]
    pub statuses: BTreeMap<String, u16>,
    /// Bodies that differ from the usual one, likewise.
    #[serde(default)]
    pub bodies: BTreeMap<String, String>,
}

/// An endpoint where a person's address and password give a token: POST, with a JSON object that has
/// email and password.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct LoginFile {
    pub path: String,
    /// Which header field carries the token, after the word Bearer.
    pub header: String,
    /// For how many seconds a token is good.
    pub lifetime_s: u32,
    /// JSON in which `{token}` and `{lifetime_s}` are filled in as JSON values.
    pub answer: String,
    /// The body's field in which people who belong to several organizations name one, by its slug.
    pub organization_field: Option<String>,
    /// Since which day it should not be used any more, such as 2026-12-31; answers say so
    /// (Deprecation, RFC 9745).
    pub deprecated_since: Option<String>,
    /// From which day on it is gone; answers say so (Sunset, RFC 8594).
    pub ends_on: Option<String>,
}

/// An endpoint that keeps JSON objects.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct CollectionFile {
    /// In the database: documents are kept under it.
    pub name: String,
    pub path: String,
    /// What a key needs to read and to write it, where keys can be given that alone.
    pub scopes: Option<ScopePair>,
    /// What can be done. Without it, all but replace.
    #[serde(default = "Operation::usual")]
    pub operations: Vec<Operation>,
    /// JSON in which `{items}` and `{next_cursor}` are filled in.
    pub list: String,
    /// JSON in which {item} is filled in, for an answer with one document.
    #[serde(default = "bare")]
    pub item: String,
    /// Fields by which a list can be searched.
    #[serde(default)]
    pub search: Vec<String>,
    /// What a list's address must have after the question mark.
    #[serde(default)]
    pub query: QueryRule,
    /// The field that must hold the vendor's number for the key's tenant (see `tenant_id`).
    pub tenant_field: Option<String>,
    /// Header fields that some requests must have.
    #[serde(default)]
    pub headers: Vec<HeaderFile>,
    /// What documents hold; other fields are kept as they come. Dots lead into objects.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldRule>,
    /// A document that may be sent as it stands, for pages that explain the API; JSON.
    pub sample: Option<String>,
}

/// A header field that some requests must have.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderFile {
    pub name: String,
    /// For what it is needed.
    pub on: Vec<Operation>,
    /// The field that documents keep it in, and by which lists are narrowed.
    pub field: Option<String>,
    /// A value that may be sent as it stands.
    pub sample: Option<String>,
}

/// An endpoint that answers the same to everybody with a key.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentFile {
    pub path: String,
    /// JSON, sent as it stands here.
    pub body: String,
    /// What a key needs to read it, where keys can be given that alone.
    pub scope: Option<String>,
}

fn yes() -> bool {
    true
}

fn bare() -> String {
    "{item}".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written anew with `LATCHKEY_TEST_WRITE=1`.
    #[test]
    fn the_schema_is_that_of_the_program() -> std::io::Result<()> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/schema.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(File))? + "\n";
        if std::env::var_os("LATCHKEY_TEST_WRITE").is_some() {
            std::fs::write(path, &schema)?;
        }
        assert!(std::fs::read_to_string(path)? == schema, "{path} is not what file.rs says");
        Ok(())
    }
}
