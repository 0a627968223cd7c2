//! A program in JavaScript that needs nothing but Node.js.

use leptos::serde_json::{self, Value};
use std::fmt::Write;

use super::Call;

/// The program. Refusals end it with what the answer says.
pub fn program(call: &Call) -> String {
    let mut text = format!(
        "const response = await fetch({}, {{\n  method: {},\n  headers: {{\n",
        quoted(&call.address),
        quoted(call.method),
    );
    // Writing into a string cannot fail.
    for (name, variable) in &call.credentials {
        let _ = writeln!(text, "    {}: process.env.{variable},", quoted(name));
    }
    for (name, value) in &call.headers {
        let _ = writeln!(text, "    {}: {},", quoted(name), quoted(value));
    }
    text += "  },\n";
    let body = call.body.as_deref().map(serde_json::from_str::<Value>).and_then(Result::ok);
    if let Some(body) = body {
        let lines = format!("{body:#}").replace('\n', "\n  ");
        let _ = writeln!(text, "  body: JSON.stringify({lines}),");
    }
    text + "});\nconst text = await response.text();\nif (response.ok) {\n  console.log(text);\n} \
            else {\n  console.error(response.status, text);\n  process.exitCode = 1;\n}\n"
}

/// JavaScript takes JSON's way of writing text.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quick_start::call::hard;

    #[test]
    fn values_are_javascripts_own() {
        assert_eq!(
            program(&hard()),
            r##"const response = await fetch("http://a.localhost:1/v1/it's", {
  method: "POST",
  headers: {
    "x-key": process.env.API_KEY,
    "x-secret": process.env.API_SECRET,
    "X-Project": "it's \"1\"",
  },
  body: JSON.stringify({
    "a": "it's \"#\\n",
    "b": [
      true,
      null,
      1.5
    ],
    "c": {}
  }),
});
const text = await response.text();
if (response.ok) {
  console.log(text);
} else {
  console.error(response.status, text);
  process.exitCode = 1;
}
"##
        );
    }
}
