//! Whether a profile's file makes sense: what its shape alone does not say.

use serde_json::Value;
use std::collections::BTreeSet;

use super::answers::{Answers, Template, render};
use super::collection::Kind;
use super::file::{CollectionFile, DocumentFile, Errors, File};
use super::login;
use super::place::Place;
use crate::keys::is_listed;

/// All that is wrong, each with its place.
pub(super) fn check(file: &File) -> Vec<(Place, String)> {
    let mut wrong = Wrong::default();
    names(file, &mut wrong);
    hosts(file, &mut wrong);
    headers(file, &mut wrong);
    key(file, &mut wrong);
    errors(&file.errors, &mut wrong);
    paths(file, &mut wrong);
    if let Some(login) = &file.login {
        login::check(file, login, &mut wrong);
    }
    for (number, collection) in file.collections.iter().enumerate() {
        let place = Place::of("collections").item(number);
        self::collection(file, collection, &place, &mut wrong);
    }
    for (number, document) in file.documents.iter().enumerate() {
        self::document(document, &Place::of("documents").item(number), &mut wrong);
    }
    wrong.0
}

#[derive(Default)]
pub(super) struct Wrong(Vec<(Place, String)>);

impl Wrong {
    /// Notes what is wrong there, unless it is as it should be.
    pub(super) fn unless(&mut self, good: bool, place: Place, what: impl Into<String>) {
        if !good {
            self.0.push((place, what.into()));
        }
    }
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 40 && text.bytes().all(plain)
}

fn names(file: &File, wrong: &mut Wrong) {
    let what = "use lower-case letters, digits and hyphens";
    wrong.unless(is_name(&file.name), Place::of("name"), what);
    wrong.unless(!file.title.trim().is_empty(), Place::of("title"), "say what people call it");
    if let Some(tag) = &file.tag {
        let tells = tag.code.contains("{id}") || tag.code.contains("{slug}");
        let place = Place::of("tag").field("code");
        wrong.unless(tells, place, "it must hold {id} or {slug}: all tenants would share it");
    }
    for environment in file.gates.keys() {
        let place = Place::of("gates").field(environment.as_str());
        let known = file.key.prefixes.contains_key(environment);
        wrong.unless(known, place, "there are no keys for this environment");
    }
}

fn hosts(file: &File, wrong: &mut Wrong) {
    let any = !file.hosts.is_empty() || !file.environment_hosts.is_empty();
    wrong.unless(any, Place::of("hosts"), "name at least one");
    let shared = file.hosts.iter().enumerate();
    let shared = shared.map(|(number, host)| (Place::of("hosts").item(number), host));
    let bound = file.environment_hosts.iter().flat_map(|(environment, hosts)| {
        let place = Place::of("environment_hosts").field(environment.as_str());
        hosts.iter().enumerate().map(move |(number, host)| (place.item(number), host))
    });
    let mut seen = BTreeSet::new();
    for (place, host) in shared.chain(bound) {
        let plain = |byte: u8| is_name(&char::from(byte).to_string()) || byte == b'.';
        let rest = host.strip_prefix("{slug}.").unwrap_or(host);
        let good = !rest.is_empty() && rest.bytes().all(plain);
        wrong.unless(good, place.clone(), "write a host as api.example.com or {slug}.example.com");
        wrong.unless(seen.insert(host), place, "it stands here twice");
    }
    for environment in file.environment_hosts.keys() {
        let place = Place::of("environment_hosts").field(environment.as_str());
        let known = file.key.prefixes.contains_key(environment);
        wrong.unless(known, place, "there are no keys for this environment");
    }
}

pub(super) fn is_header(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn headers(file: &File, wrong: &mut Wrong) {
    let place = |name| Place::of("headers").field(name);
    let what = "this cannot be a header field's name";
    wrong.unless(is_header(&file.headers.key), place("key"), what);
    if let Some(secret) = &file.headers.secret {
        wrong.unless(is_header(secret), place("secret"), what);
        let other = !secret.eq_ignore_ascii_case(&file.headers.key);
        wrong.unless(other, place("secret"), "the key has this header field");
    }
}

fn key(file: &File, wrong: &mut Wrong) {
    let place = Place::of("key").field("prefixes");
    wrong.unless(!file.key.prefixes.is_empty(), place.clone(), "give live, test or both");
    let mut seen = BTreeSet::new();
    for (environment, prefix) in &file.key.prefixes {
        let place = place.field(environment.as_str());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let good = prefix.ends_with('_') && prefix.len() <= 24 && prefix.bytes().all(plain);
        wrong.unless(good, place.clone(), "use letters, digits and _, and end with _");
        wrong.unless(seen.insert(prefix), place, "the other environment has this prefix");
    }
    let limit = file.key.staleness_limit_s;
    let place = Place::of("key").field("staleness_limit_s");
    let good = limit.is_none_or(|limit| (1..=3600).contains(&limit));
    wrong.unless(good, place, "use 1 to 3600");
}

fn errors(errors: &Errors, wrong: &mut Wrong) {
    let place = |field| Place::of("errors").field(field);
    let is_body = |body: &str| is_json(&render(&Template::new(body), 400, "message"));
    let what = "this is not JSON when {message}, {status} and {title} are filled in";
    wrong.unless(is_body(&errors.body), place("body"), what);
    let mut named: Vec<(Place, &str)> = Vec::new();
    named.extend(errors.messages.keys().map(|name| (place("messages").field(name), name.as_str())));
    named.extend(errors.statuses.keys().map(|name| (place("statuses").field(name), name.as_str())));
    named.extend(errors.bodies.keys().map(|name| (place("bodies").field(name), name.as_str())));
    for (place, name) in named {
        wrong.unless(Answers::names().any(|known| known == name), place, "there is no such error");
    }
    for (name, status) in &errors.statuses {
        let place = place("statuses").field(name);
        wrong.unless((400..600).contains(status), place, "use 400 to 599");
    }
    for (name, body) in &errors.bodies {
        wrong.unless(is_body(body), place("bodies").field(name), what);
    }
}

fn paths(file: &File, wrong: &mut Wrong) {
    let base = Place::of("base_paths");
    wrong.unless(!file.base_paths.is_empty(), base.clone(), "name at least one");
    for (number, path) in file.base_paths.iter().enumerate() {
        let place = base.item(number);
        wrong.unless(is_path(path), place, "begin with a slash, and end without one");
    }
    let collections = file.collections.iter().enumerate();
    let collections = collections.map(|(number, it)| ("collections", number, &it.path));
    let documents = file.documents.iter().enumerate();
    let documents = documents.map(|(number, it)| ("documents", number, &it.path));
    let mut seen = BTreeSet::new();
    for (list, number, path) in collections.chain(documents) {
        let place = Place::of(list).item(number).field("path");
        wrong.unless(is_path(path), place.clone(), "begin with a slash, and end without one");
        let within = |base: &String| {
            path.strip_prefix(base.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let beneath = file.base_paths.iter().any(within);
        wrong.unless(beneath, place.clone(), "it must be beneath one of base_paths");
        wrong.unless(seen.insert(path), place, "another endpoint has this path");
    }
}

pub(super) fn is_path(path: &str) -> bool {
    path.len() > 1
        && path.starts_with('/')
        && !path.ends_with('/')
        && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#{}\"".contains(&byte))
}

pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

fn collection(file: &File, collection: &CollectionFile, place: &Place, wrong: &mut Wrong) {
    let name = collection.name.replace('_', "-");
    let what = "use lower-case letters, digits, hyphens and _";
    wrong.unless(is_name(&name), place.field("name"), what);
    let same = file.collections.iter().filter(|other| other.name == collection.name).count();
    wrong.unless(same == 1, place.field("name"), "another collection has this name");
    if let Some(pair) = &collection.scopes {
        for (field, scope) in [("read", &pair.read), ("write", &pair.write)] {
            let place = place.field("scopes").field(field);
            wrong.unless(is_listed(scope), place, "write it as resource:action");
        }
    }
    templates(collection, place, wrong);
    let known = file.tenant_id.is_some() || collection.tenant_field.is_none();
    let what = "tenants have no number: say at the top how it is called (tenant_id)";
    wrong.unless(known, place.field("tenant_field"), what);
    for (number, header) in collection.headers.iter().enumerate() {
        let place = place.field("headers").item(number);
        let what = "this cannot be a header field's name";
        wrong.unless(is_header(&header.name), place.field("name"), what);
        wrong.unless(!header.on.is_empty(), place.field("on"), "say for what it is needed");
    }
    fields(collection, place, wrong);
}

fn templates(collection: &CollectionFile, place: &Place, wrong: &mut Wrong) {
    let filled =
        Template::new(&collection.list).render(&[("items", "[]"), ("next_cursor", "null")]);
    let good = is_json(&filled) && collection.list.contains("{items}");
    let what = "this is not JSON when {items} and {next_cursor} are filled in, or lacks {items}";
    wrong.unless(good, place.field("list"), what);
    let filled = Template::new(&collection.item).render(&[("item", "{}")]);
    let good = is_json(&filled) && collection.item.contains("{item}");
    let what = "this is not JSON when {item} is filled in, or lacks {item}";
    wrong.unless(good, place.field("item"), what);
    let sample = collection.sample.as_deref().map(serde_json::from_str::<Value>);
    let good = sample.is_none_or(|sample| sample.is_ok_and(|sample| sample.is_object()));
    wrong.unless(good, place.field("sample"), "this is not a JSON object");
}

fn fields(collection: &CollectionFile, place: &Place, wrong: &mut Wrong) {
    for (name, rule) in &collection.fields {
        let place = place.field("fields").field(name);
        let named = name.split('.').all(|part| !part.is_empty());
        wrong.unless(named, place.clone(), "a name between dots is missing");
        let text = rule.kind == Kind::Text;
        let what = "only texts have a longest length or choices";
        wrong.unless(text || (rule.max.is_none() && rule.choices.is_empty()), place, what);
    }
    for (number, name) in collection.search.iter().enumerate() {
        let known = collection.fields.get(name);
        let plain = known.is_some_and(|rule| !matches!(rule.kind, Kind::Object | Kind::List));
        let place = place.field("search").item(number);
        wrong.unless(plain, place, "there is no such field, or it cannot be searched by");
    }
    let lists = [("required", &collection.query.required), ("one_of", &collection.query.one_of)];
    for (list, names) in lists {
        for (number, name) in names.iter().enumerate() {
            let known = collection.search.contains(name);
            let place = place.field("query").field(list).item(number);
            wrong.unless(known, place, "lists are not searched by this (search)");
        }
    }
}

fn document(document: &DocumentFile, place: &Place, wrong: &mut Wrong) {
    wrong.unless(is_json(&document.body), place.field("body"), "this is not JSON");
    let good = document.scope.as_deref().is_none_or(is_listed);
    wrong.unless(good, place.field("scope"), "write it as resource:action");
}
