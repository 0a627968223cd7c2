//! Reading a profile's file. Unknown or missing fields, and values that cannot work, are errors
//! that name the place.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::answers::{Answers, Template};
use super::{Collection, Document, Profile, ScopePair};
use crate::approvals::Gate;
use crate::keys::{Environment, is_listed};
use crate::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    hosts: Vec<String>,
    base_path: String,
    headers: Headers,
    key: Key,
    #[serde(default)]
    gates: BTreeMap<Environment, Vec<Gate>>,
    tenant_id: Option<String>,
    errors: Errors,
    #[serde(default)]
    collections: Vec<CollectionFile>,
    #[serde(default)]
    documents: Vec<DocumentFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Headers {
    key: String,
    secret: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    prefixes: BTreeMap<Environment, String>,
    #[serde(default = "yes")]
    overlap: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Errors {
    body: String,
    #[serde(default)]
    messages: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectionFile {
    name: String,
    path: String,
    scopes: Option<ScopePair>,
    list: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentFile {
    path: String,
    body: String,
}

fn yes() -> bool {
    true
}

/// The profile that this text describes.
pub(super) fn parse(text: &str) -> Result<Profile> {
    let file: File = toml::from_str(text).map_err(|error| invalid("?", &error.to_string()))?;
    check(&file)?;
    Ok(Profile {
        answers: Answers::new(&file.errors.body, &file.errors.messages),
        name: file.name,
        title: file.title,
        hosts: file.hosts,
        base_path: file.base_path,
        key_header: file.headers.key.to_ascii_lowercase(),
        secret_header: file.headers.secret.map(|header| header.to_ascii_lowercase()),
        prefixes: file.key.prefixes,
        gates: file.gates,
        may_overlap: file.key.overlap,
        tenant_id: file.tenant_id,
        collections: file
            .collections
            .into_iter()
            .map(|collection| Collection {
                name: collection.name,
                path: collection.path,
                scopes: collection.scopes,
                list: Template::new(&collection.list),
            })
            .collect(),
        documents: file
            .documents
            .into_iter()
            .map(|document| Document { path: document.path, body: document.body })
            .collect(),
    })
}

fn check(file: &File) -> Result<()> {
    let wrong = |what: &str| Err(invalid(&file.name, what));
    if file.hosts.is_empty() {
        return wrong("hosts: name at least one");
    }
    if file.key.prefixes.is_empty() {
        return wrong("key.prefixes: give live, test or both");
    }
    if file.gates.keys().any(|environment| !file.key.prefixes.contains_key(environment)) {
        return wrong("gates: there are no keys for this environment");
    }
    if let Some(name) = file
        .errors
        .messages
        .keys()
        .find(|name| !Answers::message_names().any(|known| known == **name))
    {
        return wrong(&format!("errors.messages.{name}: there is no such error"));
    }
    let scopes = file.collections.iter().filter_map(|collection| collection.scopes.as_ref());
    let mut scopes = scopes.flat_map(|pair| [&pair.read, &pair.write]);
    if let Some(scope) = scopes.find(|scope| !is_listed(scope)) {
        return wrong(&format!("scope {scope:?}: write it as resource:action"));
    }
    let collections = file.collections.iter().map(|collection| &collection.path);
    let mut paths = collections.chain(file.documents.iter().map(|document| &document.path));
    if let Some(path) = paths.find(|path| !path.starts_with('/')) {
        return wrong(&format!("path {path:?}: begin with a slash"));
    }
    Ok(())
}

fn invalid(profile: &str, what: &str) -> Error {
    Error::Internal(format!("API profile {profile}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../profiles/delphos.toml");

    #[test]
    fn says_what_is_wrong() {
        let error =
            |text: &str| parse(text).map(|profile| profile.name).map_err(|error| error.to_string());
        assert_eq!(error(GOOD), Ok("delphos".to_owned()));
        let unknown = error(&GOOD.replace("base_path", "bas_path"));
        assert!(unknown.as_ref().is_err_and(|text| text.contains("bas_path")), "{unknown:?}");
        let message = error(&GOOD.replace("forbidden =", "forbiden ="));
        assert!(
            message.as_ref().is_err_and(|text| text.contains("errors.messages.forbiden")),
            "{message:?}"
        );
        let gate = error(&GOOD.replace("[errors]", "[gates]\ntest = [\"baa\"]\n[errors]"));
        assert!(gate.as_ref().is_err_and(|text| text.contains("gates")), "{gate:?}");
        let scope = error(&GOOD.replace(
            "path = \"/v1/patients\"",
            "path = \"/v1/patients\"\nscopes = { read = \"patients\", write = \"patients:write\" }",
        ));
        assert!(scope.as_ref().is_err_and(|text| text.contains("resource:action")), "{scope:?}");
        let path = error(&GOOD.replace("path = \"/v1/patients\"", "path = \"v1/patients\""));
        assert!(path.as_ref().is_err_and(|text| text.contains("begin with a slash")), "{path:?}");
    }
}
