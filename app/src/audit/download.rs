//! The log as a file for spreadsheets.

use axum::extract::{Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::audit::list::{LoggedEvent, Place, list_most};

use super::query::LogQuery;
use crate::act::Act;
use crate::no_file::NoFile;
use crate::route_table::RouteTable;
use crate::state::State;

/// Events in one file; a longer log is had whole by `latchkey audit verify --export`.
pub const MOST: usize = 20_000;
/// Events read at a time.
const STEP: i64 = 1_000;

const HEADINGS: &str =
    "number,time,actor,actor e-mail,actor kind,action,target id,target,details,ip,request id\r\n";

pub fn router() -> RouteTable<State> {
    RouteTable::new().get("/{organization}/settings/audit-log.csv", download)
}

async fn download(
    act: Act,
    Path(organization): Path<String>,
    Query(query): Query<LogQuery>,
) -> Response {
    match file(&act, &organization, &query).await {
        Ok(text) => {
            // A slug is letters, digits and hyphens.
            let name = format!("attachment; filename=\"audit-log-{organization}.csv\"");
            let headers = [
                (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (CONTENT_DISPOSITION, name),
                (CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, text).into_response()
        }
        Err(none) => none.answer(act).await,
    }
}

async fn file(act: &Act, organization: &str, query: &LogQuery) -> Result<String, NoFile> {
    let admin = act.admin(organization).await?;
    let (mut filter, messages) = query.filter();
    NoFile::unless_understood(messages)?;
    filter.place = Place::Newest;
    let (mut text, mut events) = (HEADINGS.to_owned(), 0);
    loop {
        let page = list_most(act.backend(), &admin, &filter, STEP).await?;
        for event in &page.events {
            line(&mut text, event);
        }
        events += page.events.len();
        match page.events.last() {
            Some(last) if page.has_older && events < MOST => filter.place = Place::Before(last.seq),
            _ => return Ok(text),
        }
    }
}

fn line(text: &mut String, event: &LoggedEvent) {
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let (seq, at) = (event.seq.to_string(), event.at.format(rfc3339).unwrap_or_default());
    let (target_id, details) = (event.target_id.to_string(), event.details.to_string());
    let fields = [
        seq.as_str(),
        &at,
        event.actor_name.as_deref().unwrap_or_default(),
        event.actor_email.as_deref().unwrap_or_default(),
        event.actor_kind.as_str(),
        &event.action,
        &target_id,
        event.target_name.as_deref().unwrap_or_default(),
        &details,
        event.ip.as_deref().unwrap_or_default(),
        event.request_id.as_deref().unwrap_or_default(),
    ];
    for (place, field) in fields.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_field(text, field);
    }
    text.push_str("\r\n");
}

/// RFC 4180. A spreadsheet takes what begins with one of these for a formula, and names are
/// anybody's to choose: an apostrophe makes it text.
fn push_field(text: &mut String, field: &str) {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let needs_quotes = is_formula || field.contains(['"', ',', '\n', '\r']);
    if !needs_quotes {
        text.push_str(field);
        return;
    }
    text.push('"');
    if is_formula {
        text.push('\'');
    }
    text.push_str(&field.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::push_field;

    #[test]
    fn no_field_breaks_out_or_computes() {
        let field = |text| {
            let mut out = String::new();
            push_field(&mut out, text);
            out
        };
        assert_eq!(field("plain é"), "plain é");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(field("=1+1"), "\"'=1+1\"");
        assert_eq!(field("@SUM(A1)"), "\"'@SUM(A1)\"");
        assert_eq!(field("two\nlines"), "\"two\nlines\"");
    }
}
