//! A program in Python that needs nothing but its standard library.

use leptos::serde_json::{self, Value};
use std::fmt::Write;

use super::Call;

/// The program. Refusals end it with what the answer says.
pub fn program(call: &Call) -> String {
    let body = call.body.as_deref().map(serde_json::from_str).and_then(Result::ok);
    let import = if body.is_some() { "import json\n" } else { "" };
    let mut text = format!(
        "{import}import os\nimport urllib.error\nimport urllib.request\n\n\
         request = urllib.request.Request(\n    {},\n    method={},\n    headers={{\n",
        quoted(&call.address),
        quoted(call.method),
    );
    // Writing into a string cannot fail.
    for (name, variable) in &call.credentials {
        let _ = writeln!(text, "        {}: os.environ[{}],", quoted(name), quoted(variable));
    }
    for (name, value) in &call.headers {
        let _ = writeln!(text, "        {}: {},", quoted(name), quoted(value));
    }
    text += "    },\n";
    if let Some(body) = body {
        let _ = writeln!(text, "    data=json.dumps({}).encode(),", literal(&body, 1));
    }
    text + ")\ntry:\n    with urllib.request.urlopen(request) as response:\n        \
            print(response.read().decode())\nexcept urllib.error.HTTPError as error:\n    \
            raise SystemExit(f\"{error.code} {error.read().decode()}\")\n"
}

/// Python takes JSON's way of writing text.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The value as Python writes it, `depth` steps in.
fn literal(value: &Value, depth: usize) -> String {
    let (inner, outer) = ("    ".repeat(depth + 1), "    ".repeat(depth));
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| literal(item, depth)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) if !fields.is_empty() => {
            let lines = fields.iter().map(|(name, value)| {
                format!("{inner}{}: {},\n", quoted(name), literal(value, depth + 1))
            });
            format!("{{\n{}{outer}}}", lines.collect::<Vec<_>>().concat())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quick_start::call::hard;

    #[test]
    fn values_are_pythons_own() {
        assert_eq!(
            program(&hard()),
            r##"import json
import os
import urllib.error
import urllib.request

request = urllib.request.Request(
    "http://a.localhost:1/v1/it's",
    method="POST",
    headers={
        "x-key": os.environ["API_KEY"],
        "x-secret": os.environ["API_SECRET"],
        "X-Project": "it's \"1\"",
    },
    data=json.dumps({
        "a": "it's \"#\\n",
        "b": [True, None, 1.5],
        "c": {},
    }).encode(),
)
try:
    with urllib.request.urlopen(request) as response:
        print(response.read().decode())
except urllib.error.HTTPError as error:
    raise SystemExit(f"{error.code} {error.read().decode()}")
"##
        );
    }
}
