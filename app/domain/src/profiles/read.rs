//! Reading a profile's file.

use super::answers::{Answers, Template};
use super::check::check;
use super::collection::{Collection, HeaderRule};
use super::fault::Fault;
use super::file::{CollectionFile, File};
use super::login::Login;
use super::place::{Place, line_at};
use super::{Document, Host, Profile, Source};

/// The profile that this text describes, or all that is wrong with it.
pub(super) fn read(file: &str, text: &str) -> Result<Profile, Vec<Fault>> {
    let parsed: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map(|span| span.start);
        vec![Fault {
            file: file.to_owned(),
            line: at.map(|at| line_at(text, at)),
            field: at.map_or_else(String::new, |at| Place::at(text, at).to_string()),
            what: error.message().replace('\n', " "),
        }]
    })?;
    let wrong = check(&parsed);
    if wrong.is_empty() {
        let source = Source { file: file.to_owned(), text: text.to_owned() };
        return Ok(profile(parsed, source));
    }
    Err(wrong.iter().map(|(place, what)| Fault::at(file, text, place, what)).collect())
}

fn profile(file: File, source: Source) -> Profile {
    let shared = file.hosts.into_iter().map(|pattern| Host { pattern, environment: None });
    let bound = file.environment_hosts.into_iter().flat_map(|(environment, hosts)| {
        let environment = Some(environment);
        hosts.into_iter().map(move |pattern| Host { pattern, environment })
    });
    Profile {
        answers: Answers::new(&file.errors),
        name: file.name,
        title: file.title,
        hosts: shared.chain(bound).collect(),
        base_paths: file.base_paths,
        https_only: file.https_only,
        key_header: file.headers.key.to_ascii_lowercase(),
        secret_header: file.headers.secret.map(|header| header.to_ascii_lowercase()),
        content_type: file.headers.content_type,
        accept: file.headers.accept,
        prefixes: file.key.prefixes,
        gates: file.gates,
        may_overlap: file.key.overlap,
        staleness_limit_ms: file.key.staleness_limit_s.map(|seconds| i64::from(seconds) * 1_000),
        tenant_id: file.tenant_id,
        tag: file.tag,
        audits_documents: file.audit_documents,
        access_log: file.access_log,
        login: file.login.map(Login::new),
        collections: file.collections.into_iter().map(collection).collect(),
        documents: file
            .documents
            .into_iter()
            .map(|document| Document {
                path: document.path,
                body: document.body,
                scope: document.scope,
            })
            .collect(),
        source,
    }
}

fn collection(file: CollectionFile) -> Collection {
    let headers = file.headers.into_iter().map(|header| HeaderRule {
        name: header.name,
        on: header.on,
        field: header.field,
        sample: header.sample,
    });
    Collection {
        name: file.name,
        path: file.path,
        scopes: file.scopes,
        operations: file.operations,
        search: file.search,
        query: file.query,
        tenant_field: file.tenant_field,
        headers: headers.collect(),
        fields: file.fields,
        sample: file.sample,
        list: Template::new(&file.list),
        item: Template::new(&file.item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../profiles/delphos.toml");

    fn faults(text: &str) -> Vec<String> {
        let read = read("own.toml", text);
        read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    /// The line of [`GOOD`] that has this text.
    fn line(text: &str) -> usize {
        line_at(GOOD, GOOD.find(text).unwrap_or(usize::MAX))
    }

    #[test]
    fn a_fault_is_named_by_file_line_and_field() {
        assert_eq!(faults(GOOD), [""; 0]);
        let of = |before: &str, after: &str| {
            assert!(GOOD.contains(before), "{before}");
            faults(&GOOD.replacen(before, after, 1))
        };
        let at = |text: &str, rest: &str| vec![format!("own.toml:{}: {rest}", line(text))];
        let path = "path = \"/v1/patients\"";
        assert_eq!(
            of(path, "path = \"v1/patients\""),
            [
                at(path, "collections[0].path: begin with a slash, and end without one"),
                at(path, "collections[0].path: it must be beneath one of base_paths"),
            ]
            .concat()
        );
        assert_eq!(
            of("forbidden =", "forbiden ="),
            at("forbidden =", "errors.messages.forbiden: there is no such error")
        );
        assert_eq!(
            of("read = \"patients:read\"", "read = \"patients\""),
            at("patients:read", "collections[0].scopes.read: write it as resource:action")
        );
        assert_eq!(
            of("body = '{\"detail\":{message}}'", "body = '{\"detail\":{mesage}}'"),
            at(
                "body = ",
                "errors.body: this is not JSON when {message}, {status} and {title} are filled in"
            )
        );
        assert_eq!(
            of("key = \"x-api-key\"", "key = 7"),
            at("key = \"x-api-key\"", "headers.key: invalid type: integer `7`, expected a string")
        );
        let unknown = of("base_paths =", "bas_paths =");
        assert!(
            unknown[0].starts_with(&format!(
                "own.toml:{}: bas_paths: unknown field `bas_paths`",
                line("base_paths")
            )),
            "{unknown:?}"
        );
        let torn = of("[key.prefixes]", "[key.prefixes");
        assert!(torn[0].starts_with(&format!("own.toml:{}:", line("[key.prefixes]"))), "{torn:?}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let without = faults(&GOOD.replacen("title =", "# title =", 1));
        assert!(without[0].contains("missing field `title`"), "{without:?}");
        let login = "[login]\npath = \"/login\"\nheader = \"Authorization\"\nlifetime_s = 5\nanswer = \"{}\"\nends_on = \"soon\"\n[errors]";
        let login = faults(&GOOD.replacen("[errors]", login, 1));
        let fields: Vec<_> = login.iter().filter_map(|fault| fault.split(": ").nth(1)).collect();
        assert_eq!(fields, ["login.lifetime_s", "login.answer", "login.ends_on"], "{login:?}");
        let gate = faults(&GOOD.replacen("[errors]", "[gates]\ntest = [\"baa\"]\n[errors]", 1));
        assert!(gate[0].contains("gates.test: there are no keys"), "{gate:?}");
    }
}
