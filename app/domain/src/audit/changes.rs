//! An event's details as people read them: what was before, and what after.

use serde_json::{Map, Value};

/// Longer texts are cut: the whole is in the export.
const LONGEST: usize = 200;

/// `ACTIVE → DISABLED`, or `name: Export; environment: live`. Ids of other things are left out.
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
    let field = field.map_or_else(String::new, |field| format!("{}: ", field.replace('_', " ")));
    match (text(before), text(after)) {
        (None, None) => None,
        (Some(before), Some(after)) if before == after => None,
        (None, Some(after)) => Some(format!("{field}{after}")),
        (Some(before), None) => Some(format!("{field}{before} → none")),
        (Some(before), Some(after)) => Some(format!("{field}{before} → {after}")),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) => Some(values.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        other => Some(other.to_string()),
    }
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
    use serde_json::json;

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
                "name: Export; required: yes; scopes: read, write",
            ),
        ] {
            assert_eq!(in_short(&details), short, "{details}");
        }
        let long = in_short(&json!({ "name": "é".repeat(1_000) }));
        assert_eq!(long.chars().count(), LONGEST + 1);
    }
}
