//! `POST /verify` and `POST /verify/batch`: judge keys that somebody presented elsewhere.

use axum::body::{Bytes, HttpBody};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::Response;
use domain::profiles::DOORS;
use domain::verification::Verdict;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

use super::question::{Checked, FIELDS, Question, Told};
use super::{Shared, error};
use crate::api::json;
use crate::calls::{Arrival, Story, subject};

/// Of a batch, at most.
pub const ITEMS_MAX: usize = 1000;

type Body = Result<Bytes, BytesRejection>;

/// One key.
pub async fn one(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    let arrival = Arrival::now(&shared.backend);
    let body = match received(body) {
        Ok(body) => body,
        Err((status, message)) => return error(status, message),
    };
    let question: Question<'_> = match serde_json::from_slice(&body) {
        Ok(question) => question,
        Err(reason) => {
            return not_understood(&reason, &format!("a JSON object with, where wanted, {FIELDS}"));
        }
    };
    match question.check(&shared.backend) {
        Ok(checked) => {
            let verdict = checked.judge(&shared.backend);
            let answer = arrival.mark(answer(&Told::from(&verdict)));
            let bytes = answer.body().size_hint().exact().unwrap_or(0);
            count(&shared, Door::One, arrival, checked, &verdict, bytes);
            answer
        }
        Err(message) => error(StatusCode::BAD_REQUEST, message),
    }
}

/// Many keys, each judged and counted as if it came alone; verdicts in the order of questions.
pub async fn batch(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    let body = match received(body) {
        Ok(body) => body,
        Err((status, message)) => return error(status, message),
    };
    let Batch { items } = match serde_json::from_slice(&body) {
        Ok(batch) => batch,
        Err(reason) => {
            return not_understood(
                &reason,
                &format!(r#"{{"items": […]}}, each an object with, where wanted, {FIELDS}"#),
            );
        }
    };
    if items.too_many {
        let message = format!("a batch may have {ITEMS_MAX} items at most");
        return error(StatusCode::PAYLOAD_TOO_LARGE, &message);
    }
    // Either all can be asked, or nothing is judged and counted.
    let checked = items.questions.iter().enumerate().map(|(place, question)| {
        question.check(&shared.backend).map_err(|message| format!("items[{place}]: {message}"))
    });
    let checked: Vec<Checked<'_>> = match checked.collect::<Result<_, String>>() {
        Ok(checked) => checked,
        Err(message) => return error(StatusCode::BAD_REQUEST, &message),
    };
    let judge = |checked: &Checked<'_>| {
        // Each has an id and a time of its own; the answer as a whole is nobody's call.
        let arrival = Arrival::now(&shared.backend);
        let verdict = checked.judge(&shared.backend);
        count(&shared, Door::Batch, arrival, *checked, &verdict, 0);
        verdict
    };
    let verdicts: Vec<_> = checked.iter().map(judge).collect();
    answer(&Answers { items: verdicts.iter().map(Told::from).collect() })
}

/// Where the question came in, by its place among [`DOORS`].
#[derive(Clone, Copy, Debug)]
enum Door {
    One,
    Batch,
}

/// Counts and logs the question as a call of the API: nobody waits for room in the log.
fn count(
    shared: &Shared,
    door: Door,
    arrival: Arrival,
    checked: Checked<'_>,
    verdict: &Verdict,
    bytes: u64,
) {
    let (key, reason) = subject(verdict);
    let name = key.map(|key| &*key.organization.profile);
    let name = name.or_else(|| checked.profile().map(|profile| profile.name.as_str()));
    let mut profiles = shared.backend.profiles.iter().enumerate();
    let found = profiles.find(|(_, profile)| name.is_some_and(|name| profile.name == name));
    let place = found.map_or(usize::MAX, |(place, _)| place);
    shared.traffic.count(place, verdict.outcome(), arrival.age());
    if let (Some((place, profile)), Some(key)) = (found, key) {
        let story = Story {
            profile,
            place,
            key,
            reason,
            method: "POST",
            path: DOORS[door as usize],
            ip: checked.ip(),
            user_agent: None,
            datastore: None,
            door: Some(door as usize),
        };
        let _ = arrival.log_as(&shared.backend, story, StatusCode::OK, bytes);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch<'a> {
    #[serde(borrow)]
    items: Items<'a>,
}

#[derive(Serialize)]
struct Answers<'a> {
    items: Vec<Told<'a>>,
}

/// As many questions as may be asked; further ones are not kept.
struct Items<'a> {
    questions: Vec<Question<'a>>,
    too_many: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut questions = Vec::new();
        while questions.len() < ITEMS_MAX {
            let Some(question) = list.next_element()? else { break };
            questions.push(question);
        }
        let mut too_many = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            too_many = true;
        }
        Ok(Items { questions, too_many })
    }
}

fn received(body: Body) -> Result<Bytes, (StatusCode, &'static str)> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => (rejection.status(), "the body is too large"),
        status => (status, "the body did not arrive completely"),
    })
}

/// The place, without the text there: it may be a secret.
fn not_understood(reason: &serde_json::Error, wanted: &str) -> Response {
    let kind = match reason.classify() {
        serde_json::error::Category::Data => format!("the body should be {wanted}"),
        _ => "the body is not valid JSON".to_owned(),
    };
    let place = format!("{kind} (line {}, column {})", reason.line(), reason.column());
    error(StatusCode::BAD_REQUEST, &place)
}

fn answer(answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => json(StatusCode::OK, body.into()),
        Err(reason) => {
            tracing::error!(%reason, "an answer cannot be written");
            error(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
        }
    }
}
