//! An event's details as people read them: what was before, and what after.

use domain::keys::{Access, is_listed};
use leptos::serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::keys::key_rows::access_text;
use crate::when;

/// Longer texts are cut: the whole is in the export.
const LONGEST: usize = 200;

/// `ACTIVE → DISABLED`, or `name: Export; environment: live`. Ids of other things are left out. Times
/// are told as on the rest of the page, and scopes as on a key's.
pub fn in_short(details: &Value) -> String {
    let Some(details) = details.as_object() else { return String::new() };
    let mut parts = Vec::new();
    if let Some((before, after)) = pair(details) {
        match (before.as_object(), after.as_object()) {
            (None, None) => parts.extend(change(None, before, after)),
            (before, after) => parts.extend(fields(before, after)),
        }
    }
    for (field, value) in details {
        // A webhook's host is what it is called.
        let is_name = field == "host";
        if field == "before" || field == "after" || is_name || field.ends_with("_id") {
            continue;
        }
        parts.extend(match value.as_object().and_then(pair) {
            Some((before, after)) => change(Some(field), before, after),
            None => change(Some(field), &Value::Null, value),
        });
    }
    cut(parts.join("; "))
}

fn pair(object: &Map<String, Value>) -> Option<(&Value, &Value)> {
    let value = |name| object.get(name).unwrap_or(&Value::Null);
    let has = object.contains_key("before") || object.contains_key("after");
    has.then(|| (value("before"), value("after")))
}

/// The fields that differ between two objects, of which one may be missing.
fn fields(before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) -> Vec<String> {
    let names = before.into_iter().chain(after).flat_map(Map::keys);
    let mut names: Vec<&String> = names.filter(|name| !name.ends_with("_id")).collect();
    names.sort_unstable();
    names.dedup();
    let value = |object: Option<&Map<String, Value>>, name: &String| {
        object.and_then(|object| object.get(name)).cloned().unwrap_or(Value::Null)
    };
    names
        .into_iter()
        .filter_map(|name| change(Some(name), &value(before, name), &value(after, name)))
        .collect()
}

fn change(field: Option<&str>, before: &Value, after: &Value) -> Option<String> {
    let (before, after) = (text(field, before), text(field, after));
    let field = field.map_or_else(String::new, |field| format!("{}: ", field.replace('_', " ")));
    match (before, after) {
        (None, None) => None,
        (Some(before), Some(after)) if before == after => None,
        (None, Some(after)) => Some(format!("{field}{after}")),
        (Some(before), None) => Some(format!("{field}{before} → none")),
        (Some(before), Some(after)) => Some(format!("{field}{before} → {after}")),
    }
}

fn text(field: Option<&str>, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(_) | Value::Number(_) if is_time(field) => {
            moment(value).map(when::minute).or_else(|| plain(value))
        }
        Value::Array(values) if values.is_empty() => None,
        Value::Array(scopes) if field == Some("scopes") => Some(scopes_text(scopes)),
        Value::Array(values) => {
            Some(values.iter().filter_map(plain).collect::<Vec<_>>().join(", "))
        }
        other => plain(other),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        other => Some(other.to_string()),
    }
}

/// Whether the field may hold a time: what people type in stands as they typed it. Without a name, it is
/// what an event is all about.
fn is_time(field: Option<&str>) -> bool {
    field.is_none_or(|field| {
        field == "not_before" || field.ends_with("_at") || field.ends_with("until")
    })
}

fn moment(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::String(text) => OffsetDateTime::parse(text, &Rfc3339).ok(),
        // As a new key's first moment is on record.
        other => OffsetDateTime::from_unix_timestamp(other.as_i64()?).ok(),
    }
}

/// What they add up to, and then those that stand for themselves.
fn scopes_text(scopes: &[Value]) -> String {
    let scopes: Vec<String> = scopes.iter().filter_map(plain).collect();
    let Some(access) = Access::of_scopes(&scopes) else { return scopes.join(", ") };
    let access = (access != Access::Listed).then(|| access_text(access).to_owned());
    let listed = scopes.into_iter().filter(|scope| is_listed(scope));
    access.into_iter().chain(listed).collect::<Vec<_>>().join(", ")
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::zone::Zone;
    use leptos::prelude::{Owner, provide_context};
    use leptos::serde_json::json;

    #[test]
    fn before_and_after() {
        for (details, short) in [
            (json!({}), ""),
            (json!(null), ""),
            (json!({ "before": "ACTIVE", "after": "DISABLED" }), "ACTIVE → DISABLED"),
            (json!({ "before": "ACTIVE" }), "ACTIVE → none"),
            (json!({ "host": "hooks.example", "events": ["key.revoked"] }), "events: key.revoked"),
            (
                json!({ "last_four": { "before": "ab12", "after": "cd34" } }),
                "last four: ab12 → cd34",
            ),
            (
                json!({ "before": { "role": "viewer", "x": 1 }, "after": { "role": "admin", "x": 1 } }),
                "role: viewer → admin",
            ),
            (json!({ "after": { "role": "admin", "user_id": "0190" } }), "role: admin"),
            (
                json!({ "name": "Export", "channel_id": "0190", "expires_in_days": null,
                        "scopes": ["read", "write"], "networks": [], "required": true }),
                "name: Export; required: yes; scopes: Read and write",
            ),
        ] {
            assert_eq!(in_short(&details), short, "{details}");
        }
        let long = in_short(&json!({ "name": "é".repeat(1_000) }));
        assert_eq!(long.chars().count(), LONGEST + 1);
    }

    #[test]
    fn times_are_told_in_the_pages_zone() {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(Zone::named("Europe/Berlin"));
            for (details, short) in [
                (
                    json!({ "before": "2026-03-01T10:30:00Z", "after": "2026-07-01T22:15:59Z" }),
                    "2026-03-01 11:30 CET → 2026-07-02 00:15 CEST",
                ),
                (
                    json!({ "before": { "expires_at": null, "name": "A" },
                            "after": { "expires_at": "2026-03-01T10:30:00Z", "name": "A" } }),
                    "expires at: 2026-03-01 11:30 CET",
                ),
                (
                    json!({ "old_key_works_until": "2026-03-01T10:30:00Z", "minutes": 5 }),
                    "minutes: 5; old key works until: 2026-03-01 11:30 CET",
                ),
                (json!({ "not_before": 1_772_361_000 }), "not before: 2026-03-01 11:30 CET"),
                // Somebody has called a key so.
                (json!({ "name": "2026-03-01T10:30:00Z" }), "name: 2026-03-01T10:30:00Z"),
                (json!({ "until": "soon" }), "until: soon"),
            ] {
                assert_eq!(in_short(&details), short, "{details}");
            }
        });
    }

    #[test]
    fn scopes_are_said_in_words() {
        for (scopes, words) in [
            (json!(["*"]), "Read and write"),
            (json!(["read"]), "Read only"),
            (json!(["write", "patients:read"]), "Write only, patients:read"),
            (json!(["patients:read", "patients:write"]), "patients:read, patients:write"),
            (json!(["unknown"]), "unknown"),
        ] {
            assert_eq!(in_short(&json!({ "scopes": scopes })), format!("scopes: {words}"));
        }
        let change = json!({ "before": { "scopes": ["read"] }, "after": { "scopes": ["*"] } });
        assert_eq!(in_short(&change), "scopes: Read only → Read and write");
    }
}
