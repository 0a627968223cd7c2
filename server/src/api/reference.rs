//! A profile's `OpenAPI` document as a page to read, without scripts.

use serde_json::Value;
use std::fmt::Write;

const STYLE: &str = "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;\
color:#1a1a1a;background:#fff}code,pre{font:14px/1.5 ui-monospace,monospace}pre{padding:.75rem;\
background:#f3f3f3;overflow-x:auto}section{border-top:1px solid #ccc}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}pre{background:#262626}\
section{border-color:#444}a{color:#8ab4f8}}";

/// The whole page.
pub fn page(document: &Value) -> String {
    let title = text(&document["info"]["title"]);
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body><main>\
         <h1>{title} API</h1><p>For programs: <a href=\"/openapi.json\">openapi.json</a>.</p><h2>Addresses</h2><ul>"
    );
    for server in items(&document["servers"]) {
        let _ = write!(page, "<li><code>{}</code></li>", text(&server["url"]));
    }
    page += "</ul><h2>Header fields of every request</h2><ul>";
    for (_, scheme) in fields(&document["components"]["securitySchemes"]) {
        let _ = write!(page, "<li><code>{}</code></li>", text(&scheme["name"]));
    }
    page += "</ul>";
    for (path, methods) in fields(&document["paths"]) {
        for (method, operation) in fields(methods).filter(|(name, _)| *name != "parameters") {
            add_operation(&mut page, path, method, operation);
        }
    }
    page + "</main></body></html>\n"
}

fn add_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    let (method, path) = (method.to_uppercase(), escape(path));
    let summary = text(&operation["summary"]);
    let _ = write!(page, "<section><h2><code>{method} {path}</code></h2><p>{summary}</p>");
    if let Some(scope) = operation["x-scope"].as_str() {
        let _ = write!(page, "<p>Scope: <code>{}</code></p>", escape(scope));
    }
    let mut parameters = items(&operation["parameters"]).peekable();
    if parameters.peek().is_some() {
        *page += "<ul>";
        for parameter in parameters {
            let needed = if parameter["required"] == true { ", required" } else { "" };
            let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
            let _ = write!(page, "<li><code>{name}</code> ({place}{needed})</li>");
        }
        *page += "</ul>";
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_object() {
        let _ = write!(
            page,
            "<p>Body:</p><pre tabindex=\"0\">{}</pre>",
            escape(&format!("{schema:#}"))
        );
    }
    for (status, answer) in fields(&operation["responses"]) {
        let description = text(&answer["description"]);
        let _ = write!(page, "<p>{}: {description}</p>", escape(status));
        let example = &answer["content"]["application/json"]["example"];
        if !example.is_null() {
            let _ = write!(page, "<pre tabindex=\"0\">{}</pre>", escape(&example.to_string()));
        }
    }
    *page += "</section>";
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter()
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_of_a_profile_becomes_markup() {
        let document = json!({ "info": { "title": "<b>\"&" }, "paths": { "/<i>": { "get": {} } } });
        let page = page(&document);
        assert!(page.contains("<h1>&lt;b&gt;&quot;&amp; API</h1>"), "{page}");
        assert!(page.contains("<code>GET /&lt;i&gt;</code>"), "{page}");
    }
}
