//! No other site changes anything: every route that takes a form, sent as other sites' pages and
//! programs without an origin send it, by somebody who may do it.

use super::stage::{OWNER, Stage};
use super::table::{Row, rows};
use super::{address, routes};
use crate::support::Result;
use crate::support::http::{Request, post, request};

const FORM: &str = "application/x-www-form-urlencoded";

/// What is foreign about each, and the headers that tell.
const FOREIGN: [(&str, &[(&str, &str)]); 9] = [
    ("nothing is said", &[("content-type", FORM)]),
    ("another site", &[("content-type", FORM), ("sec-fetch-site", "cross-site")]),
    ("a sister site", &[("content-type", FORM), ("sec-fetch-site", "same-site")]),
    ("an address that was typed", &[("content-type", FORM), ("sec-fetch-site", "none")]),
    ("another origin", &[("content-type", FORM), ("origin", "http://evil.example")]),
    ("no origin", &[("content-type", FORM), ("origin", "null")]),
    ("text", &[("content-type", "text/plain"), ("sec-fetch-site", "cross-site")]),
    ("JSON", &[("content-type", "application/json"), ("origin", "https://evil.example")]),
    ("an upload", &[("content-type", "multipart/form-data; boundary=x"), ("origin", "null")]),
];

#[tokio::test]
async fn no_other_site_sends_any_form() -> Result {
    let mut stage = Stage::set().await?;
    let (routes, table) = (routes(&stage)?, rows()?);
    let changing: Vec<_> = routes.iter().filter(|route| !route.method.is_safe()).collect();
    assert!(changing.len() > 20, "{changing:?}");
    let mut wrong = Vec::new();
    for route in changing {
        let row = table.iter().find(|row| row.is_of(route)).cloned();
        let row = row.unwrap_or_else(|| Row::unknown(route));
        let path = stage.fill(&address(&routes, &row), OWNER).await?;
        let form = stage.fill(&row.form, OWNER).await?;
        let before = stage.camera.everything(&mut stage.owner).await?;
        for (what, headers) in FOREIGN {
            let with = |request: Request| {
                headers.iter().fold(request, |request, (name, value)| request.header(name, value))
            };
            let answer = stage.send(OWNER, with(post(&path, &form))).await?;
            if answer.status != 403 || !answer.body.contains("not sent from Latchkey's own pages") {
                wrong.push(format!("{path}: {what}: {}", answer.status));
            }
        }
        for method in ["PUT", "PATCH", "DELETE"] {
            let answer = stage.send(OWNER, request(method, &path)).await?;
            if answer.status != 403 {
                wrong.push(format!("{method} {path}: {}", answer.status));
            }
        }
        let after = stage.camera.everything(&mut stage.owner).await?;
        if before != after {
            wrong.push(format!("{path}: {:?} changed", before.differences(&after)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}
