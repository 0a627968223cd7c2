//! A file of keys: comma-separated values, or JSON lines. It holds secrets: no error repeats it.

use domain::keys::import::ImportLine;
use domain::whole_file;
use serde_json::Value;
use std::path::Path;

use crate::cli::csv_file::{FILE_MAX, Table};
use crate::{Failure, Result};

const TABLE: Table = Table {
    columns: &[
        "name",
        "format",
        "key",
        "prefix",
        "last_four",
        "environment",
        "scopes",
        "channel",
        "expires_at",
        "networks",
        "rate_limit",
    ],
    needed: 3,
    most: 100_000,
    secret: true,
};

/// The lines with their numbers.
pub fn read(path: &Path) -> Result<Vec<(u64, ImportLine)>> {
    let is_json = path.extension().is_some_and(|end| end == "jsonl" || end == "ndjson");
    if is_json {
        let text = whole_file::read_text(path, FILE_MAX)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        return json_lines(&text)
            .map_err(|problem| Failure::new(format!("{}{problem}", path.display())));
    }
    TABLE.read(path, |line| made_of(|name| line.value(name)))
}

fn made_of(value: impl Fn(&str) -> String) -> ImportLine {
    ImportLine {
        name: value("name"),
        format: value("format"),
        key: value("key"),
        prefix: value("prefix"),
        last_four: value("last_four"),
        environment: value("environment"),
        scopes: value("scopes"),
        channel: value("channel"),
        expires_at: value("expires_at"),
        networks: value("networks"),
        rate_limit: value("rate_limit"),
    }
}

fn json_lines(text: &str) -> Result<Vec<(u64, ImportLine)>, String> {
    let text = text.trim_start_matches('\u{FEFF}');
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let lines = lines.map(|(number, line)| {
        let line = json_line(line).map_err(|problem| format!(", line {number}: {problem}"))?;
        Ok((number, line))
    });
    let lines = lines.collect::<Result<Vec<(u64, ImportLine)>, String>>()?;
    match lines.len() {
        0 => Err(": there are no lines".to_owned()),
        count if count > TABLE.most => {
            Err(format!(": more than {} lines; use several files", TABLE.most))
        }
        _ => Ok(lines),
    }
}

fn json_line(line: &str) -> Result<ImportLine, String> {
    let Ok(Value::Object(object)) = serde_json::from_str(line) else {
        return Err("it is no JSON object".to_owned());
    };
    if object.keys().any(|name| !TABLE.columns.contains(&name.as_str())) {
        return Err(format!("it has a name that is none of {}", TABLE.columns.join(", ")));
    }
    let texts = TABLE.columns.iter().map(|name| {
        let text = object.get(*name).map_or(Some(String::new()), text);
        text.map(|text| (*name, text))
            .ok_or_else(|| format!("{name} is no text, number or list of texts"))
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let value = |name: &str| texts.iter().find(|(known, _)| *known == name).map(|(_, text)| text);
    Ok(made_of(|name| value(name).cloned().unwrap_or_default()))
}

/// As a column would have it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => {
            let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(" "))
        }
        Value::Bool(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_say_what_columns_say() {
        let text = "\u{FEFF}{\"name\": \"A\", \"format\": \"plain\", \"key\": \"k\", \"scopes\": [\"read\", \"write\"], \"rate_limit\": 60, \"channel\": null}\n\n{\"name\": \"B\"}\n";
        let lines = json_lines(text).unwrap_or_default();
        let [(1, one), (3, two)] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((one.scopes.as_str(), one.rate_limit.as_str()), ("read write", "60"));
        assert_eq!((one.key.as_str(), one.channel.as_str(), two.name.as_str()), ("k", "", "B"));
    }

    #[test]
    fn complaints_name_the_line_and_no_key() {
        for (text, complaint) in [
            ("", ": there are no lines"),
            ("acme_secret", ", line 1: it is no JSON object"),
            ("{\"acme_secret\": 1}", ", line 1: it has a name that is none of name"),
            ("{}\n{\"key\": {\"acme_secret\": 1}}", ", line 2: key is no text, number"),
        ] {
            let problem = json_lines(text).err().unwrap_or_default();
            assert!(problem.starts_with(complaint) && !problem.contains("secret"), "{problem}");
        }
    }
}
