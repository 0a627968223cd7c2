//! Logins for a token, where a vendor's API still has them beside keys.

use super::answers::Template;
use super::check::{Wrong, is_header, is_json, is_path};
use super::file::{File, LoginFile};
use super::place::Place;
use crate::clock::milliseconds;
use time::Date;
use time::macros::format_description;

/// How programs log in, and what they get.
#[derive(Clone, Debug)]
pub struct Login {
    pub path: String,
    /// The header that carries a token, after the word Bearer; in lower case.
    pub header: String,
    /// For how long a token is good.
    pub lifetime_s: u32,
    /// The field in which people who belong to several organizations name one.
    pub organization_field: Option<String>,
    pub deprecated: Deprecated,
    answer: Template,
}

/// Since when something should not be used any more, and when it ends, in milliseconds since
/// 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deprecated {
    pub since_ms: Option<i64>,
    pub ends_at_ms: Option<i64>,
}

impl Login {
    pub(super) fn new(file: LoginFile) -> Self {
        Self {
            path: file.path,
            header: file.header.to_ascii_lowercase(),
            lifetime_s: file.lifetime_s,
            organization_field: file.organization_field,
            deprecated: Deprecated {
                since_ms: file.deprecated_since.as_deref().and_then(midnight_ms),
                ends_at_ms: file.ends_on.as_deref().and_then(midnight_ms),
            },
            answer: Template::new(&file.answer),
        }
    }

    /// The answer to a login that is let in.
    pub fn answer(&self, token: &str) -> String {
        render(&self.answer, token, self.lifetime_s)
    }
}

fn render(answer: &Template, token: &str, lifetime_s: u32) -> String {
    let token = serde_json::Value::from(token).to_string();
    answer.render(&[("token", &token), ("lifetime_s", &lifetime_s.to_string())])
}

/// When the day of this date begins.
fn midnight_ms(date: &str) -> Option<i64> {
    let date = Date::parse(date, format_description!("[year]-[month]-[day]")).ok()?;
    Some(milliseconds(date.midnight().assume_utc()))
}

pub(super) fn check(file: &File, login: &LoginFile, wrong: &mut Wrong) {
    let place = |field| Place::of("login").field(field);
    wrong.unless(is_path(&login.path), place("path"), "begin with a slash, and end without one");
    let mut paths = file.collections.iter().map(|it| &it.path);
    let beneath = |path: &String| {
        login
            .path
            .strip_prefix(path.as_str())
            .is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    let taken = paths.any(beneath) || file.documents.iter().any(|it| it.path == login.path);
    wrong.unless(!taken, place("path"), "another endpoint has this path");
    wrong.unless(is_header(&login.header), place("header"), "this cannot be a header field's name");
    let other = !login.header.eq_ignore_ascii_case(&file.headers.key);
    wrong.unless(other, place("header"), "the key has this header field");
    let good = (60..=3600).contains(&login.lifetime_s);
    wrong.unless(good, place("lifetime_s"), "use 60 to 3600");
    let filled = render(&Template::new(&login.answer), "token", login.lifetime_s);
    let good = is_json(&filled) && login.answer.contains("{token}");
    let what = "this is not JSON when {token} and {lifetime_s} are filled in, or lacks {token}";
    wrong.unless(good, place("answer"), what);
    if let Some(field) = &login.organization_field {
        let good = !field.is_empty() && field != "email" && field != "password";
        wrong.unless(good, place("organization_field"), "use another name");
    }
    for (field, date) in
        [("deprecated_since", &login.deprecated_since), ("ends_on", &login.ends_on)]
    {
        let good = date.as_deref().is_none_or(|date| midnight_ms(date).is_some());
        wrong.unless(good, place(field), "write a date as 2026-12-31");
    }
}
