//! Whatever is typed into a form, or sent in its place, gets an answer that says so: never an error
//! of ours, never a page that it has become a part of, and what was typed is kept.

use super::stage::{OWNER, Stage};
use super::table::{Row, rows};
use super::{address, routes};
use crate::support::Result;
use crate::support::http::{Answer, post};
use crate::support::visitor::own_form;

/// What people and programs put into fields, percent-encoded, and how a page would have to show it.
const TYPED: [(&str, &str, &str); 9] = [
    ("nothing", "", ""),
    ("blanks", "+++", "   "),
    ("emoji", "%F0%9F%94%91+key", "\u{1f511} key"),
    ("text that runs backwards", "%E2%80%AEkey", "\u{202e}key"),
    ("markup", "%3Cscript%3Ealert(1)%3C/script%3E", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("the end of an attribute", "%22%3E%3Cimg+src=x%3E", "&quot;&gt;&lt;img src=x&gt;"),
    ("SQL", "'%3B+drop+table+users%3B+--", "'; drop table users; --"),
    ("a NUL", "a%00b", ""),
    ("no text", "%FF%FE", ""),
];
/// What no page may hold as it is.
const ALIVE: [&str; 2] = ["<script>alert(1)", "<img src=x"];

/// Answers that are fine for something that nobody should send.
const FINE: [u16; 11] = [200, 302, 303, 400, 403, 404, 409, 413, 415, 422, 429];

struct Trial {
    stage: Stage,
    path: String,
    wrong: Vec<String>,
}

impl Trial {
    fn note(&mut self, what: &str, wrong: &str) {
        self.wrong.push(format!("{}: {what}: {wrong}", self.path));
    }

    /// Judges what holds for any answer.
    fn judge(&mut self, what: &str, answer: &Answer) {
        if !FINE.contains(&answer.status) {
            self.note(what, &format!("{} {}", answer.status, start(&answer.body)));
        }
        let is_page =
            answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        let refused = (400..500).contains(&answer.status);
        // Islands are answered, not people.
        if refused && !is_page && !self.path.starts_with("/api/") {
            self.note(what, &format!("{} without a page: {}", answer.status, start(&answer.body)));
        }
        if ALIVE.iter().any(|alive| answer.body.contains(alive)) {
            self.note(what, "the page holds what was typed as it is");
        }
    }
}

fn start(text: &str) -> String {
    text.chars().take(120).collect()
}

/// The forms of the table, those with passwords last: their failures make later ones wait.
fn forms() -> Result<Vec<Row>> {
    let forms = rows()?.into_iter().filter(|row| !row.looks() && !row.form.is_empty());
    let mut forms: Vec<Row> = forms.collect();
    forms.sort_by_key(|row| (row.form.contains("{password}"), row.path == "/login"));
    Ok(forms)
}

#[tokio::test]
async fn every_field_takes_anything() -> Result {
    let mut trial = Trial { stage: Stage::set().await?, path: String::new(), wrong: Vec::new() };
    let routes = routes(&trial.stage)?;
    for row in forms()? {
        for place in 0..row.form.split('&').count() {
            for (what, encoded, shown) in TYPED {
                let (path, form) = filled(&mut trial.stage, &address(&routes, &row), &row).await?;
                let (field, form) = with_value(&form, place, encoded);
                trial.path = path;
                let answer = send(&mut trial, &form).await?;
                let what = format!("{field} with {what}");
                trial.judge(&what, &answer);
                if answer.status == 422 && !shown.is_empty() {
                    is_kept(&mut trial, &what, &answer, &field, shown);
                }
            }
            let (path, form) = filled(&mut trial.stage, &address(&routes, &row), &row).await?;
            let (field, form) = with_value(&form, place, &"x".repeat(10_000));
            trial.path = path;
            let answer = send(&mut trial, &form).await?;
            trial.judge(&format!("{field} with 10,000 characters"), &answer);
        }
    }
    assert!(trial.wrong.is_empty(), "{:#?}", trial.wrong);
    Ok(())
}

#[tokio::test]
async fn what_is_no_form_of_ours_gets_a_page_that_says_so() -> Result {
    let mut trial = Trial { stage: Stage::set().await?, path: String::new(), wrong: Vec::new() };
    let routes = routes(&trial.stage)?;
    for row in forms()? {
        let (path, form) = filled(&mut trial.stage, &address(&routes, &row), &row).await?;
        trial.path = path;
        let path = trial.path.clone();
        let answer = send(&mut trial, "").await?;
        trial.judge("no fields", &answer);
        let answer = send(&mut trial, &format!("{form}&{form}")).await?;
        trial.judge("every field twice", &answer);
        let answer = send(&mut trial, &format!("{form}&more={}", "x".repeat(70_000))).await?;
        trial.judge("a body that is too long", &answer);
        // Who signs out does so whatever the form says; a server function sends back.
        if answer.status != 413 && path != "/logout" && !path.starts_with("/api/") {
            trial.note("a body that is too long", &format!("{}", answer.status));
        }
        for kind in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
            let request = post(&path, &form)
                .header("content-type", kind)
                .header("sec-fetch-site", "same-origin")
                .header("accept", "text/html");
            let answer = trial.stage.send(OWNER, request).await?;
            trial.judge(kind, &answer);
            if path == "/logout" {
                trial.stage.sign_in(OWNER).await?;
            }
        }
    }
    assert!(trial.wrong.is_empty(), "{:#?}", trial.wrong);
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_sent_again_does_nothing_more() -> Result {
    let mut stage = Stage::set().await?;
    let (routes, mut wrong, mut tried) = (routes(&stage)?, Vec::new(), 0);
    for row in forms()?.into_iter().filter(|row| row.form.contains("{form_token}")) {
        let (path, form) = filled(&mut stage, &address(&routes, &row), &row).await?;
        let first = stage.send(OWNER, Stage::request("POST", &path, &form)).await?;
        let before = stage.camera.everything(&mut stage.owner).await?;
        let second = stage.send(OWNER, Stage::request("POST", &path, &form)).await?;
        let after = stage.camera.everything(&mut stage.owner).await?;
        // What the home's API does not offer is nothing to repeat.
        if first.status == 409 {
            continue;
        }
        if before != after || second.status >= 500 || first.status != 200 {
            wrong.push(format!(
                "{path}: {} and {}, {:?} changed",
                first.status,
                second.status,
                before.differences(&after)
            ));
        }
        if second.body.contains("data-testid=\"revealed-key\"") {
            wrong.push(format!("{path}: the key is shown again"));
        }
        tried += 1;
    }
    assert!(wrong.is_empty() && tried >= 4, "{tried} tried: {wrong:#?}");
    Ok(())
}

#[tokio::test]
async fn a_list_may_be_searched_for_anything() -> Result {
    let mut stage = Stage::set().await?;
    let lists = [
        "settings/api-keys?q={}&status={}&attention={}&page={}",
        "settings/audit-log?target={}&action={}&actor={}&from={}&before={}",
        "access-log?key={}&ended={}&ip={}&request={}",
    ];
    for text in ["%00", "a%00b", "%FF", "%25", "%5C", "%27", "%F0%9F%94%91"] {
        for list in lists {
            let slug = stage.fill("{organization}", OWNER).await?;
            let path = format!("/{slug}/{}", list.replace("{}", text));
            let answer = stage.send(OWNER, Stage::request("GET", &path, "")).await?;
            assert_eq!(answer.status, 200, "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_address_may_hold_anything() -> Result {
    let mut stage = Stage::set().await?;
    let (routes, mut wrong) = (routes(&stage)?, Vec::new());
    let long = "x".repeat(3_000);
    let texts = [
        "x",
        "0",
        "%00",
        "%FF",
        "..",
        "%2e%2e%2f",
        "'%20or%201=1--",
        "%3Cscript%3Ealert(1)",
        &long,
    ];
    for row in rows()?.iter().filter(|row| row.path.contains('{') && !row.path.contains("{*")) {
        for text in texts {
            for name in names(&row.path) {
                let mut path = address(&routes, row).replace(&name, text);
                path = stage.fill(&path, OWNER).await?;
                let answer = stage.send(OWNER, Stage::request(&row.method, &path, "")).await?;
                let status = answer.status;
                let harmless = [303, 400, 404, 405, 422].contains(&status)
                    || (status == 403 && row.path.starts_with("/rep/"))
                    // The home's API has no pairs.
                    || (status == 409 && row.path.ends_with("/rotate-secret"))
                    || (status == 302 && text == "..")
                    // What is left may be another page's address.
                    || (status == 200 && text == "..");
                if !harmless || answer.body.contains("<script>alert(1)") {
                    wrong.push(format!("{} {}: {}", row.method, start(&path), answer.status));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

/// The names in braces, braces and all.
fn names(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| part.starts_with('{'));
    parts.filter_map(|part| Some(format!("{}}}", part.split_once('}')?.0))).collect()
}

async fn filled(stage: &mut Stage, address: &str, row: &Row) -> Result<(String, String)> {
    stage.reset().await?;
    let path = stage.fill(address, OWNER).await?;
    Ok((path, stage.fill(&row.form, OWNER).await?))
}

async fn send(trial: &mut Trial, form: &str) -> Result<Answer> {
    let request = own_form(&trial.path, form).header("accept", "text/html");
    let answer = trial.stage.send(OWNER, request).await?;
    match trial.path.as_str() {
        "/logout" => trial.stage.sign_in(OWNER).await?,
        // What was typed may be a good password.
        "/account" => trial.stage.restore_password().await?,
        _ => {}
    }
    Ok(answer)
}

/// The form with another value in this place, and the field's name.
fn with_value(form: &str, place: usize, value: &str) -> (String, String) {
    let mut fields: Vec<_> = form.split('&').map(str::to_owned).collect();
    let name = fields[place].split('=').next().unwrap_or_default().to_owned();
    fields[place] = format!("{name}={value}");
    (name, fields.join("&"))
}

/// What was typed into a line of text stands there again.
fn is_kept(trial: &mut Trial, what: &str, answer: &Answer, field: &str, shown: &str) {
    let named = format!(" name=\"{field}\"");
    let inputs = answer.body.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    for input in inputs.filter(|input| input.contains(&named)) {
        let secret_or_choice = ["password", "hidden", "radio", "checkbox"];
        if secret_or_choice.iter().any(|kind| input.contains(&format!("type=\"{kind}\""))) {
            continue;
        }
        let value = input.split_once(" value=\"").and_then(|(_, rest)| rest.split('"').next());
        if value.unwrap_or_default().trim() != shown.trim() {
            trial.note(what, &format!("{shown:?} became {value:?}"));
        }
    }
}
