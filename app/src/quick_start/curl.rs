//! A command for a shell.

use std::fmt::Write;

use super::Call;

/// The command. It fails when the call is refused, and prints what the answer says in any case.
pub fn program(call: &Call) -> String {
    let mut lines = format!("curl --fail-with-body {}", quoted(&call.address));
    // Writing into a string cannot fail.
    for (name, variable) in &call.credentials {
        let _ = write!(lines, " \\\n  -H \"{name}: ${variable}\"");
    }
    for (name, value) in &call.headers {
        let _ = write!(lines, " \\\n  -H {}", quoted(&format!("{name}: {value}")));
    }
    if let Some(body) = &call.body {
        let _ = write!(lines, " \\\n  -d {}", quoted(body));
    }
    lines
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quick_start::call::hard;

    #[test]
    fn quotes_are_the_shells() {
        assert_eq!(
            program(&hard()),
            r##"curl --fail-with-body 'http://a.localhost:1/v1/it'\''s' \
  -H "x-key: $API_KEY" \
  -H "x-secret: $API_SECRET" \
  -H 'X-Project: it'\''s "1"' \
  -d '{"a":"it'\''s \"#\\n","b":[true,null,1.5],"c":{}}'"##
        );
    }
}
