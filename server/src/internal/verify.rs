//! `POST /verify`: judges a key that somebody presented elsewhere.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Backend;
use domain::ids::{ChannelId, KeyId, OrganizationId};
use domain::keys::Environment;
use domain::verification::{Demand, Presented, Reason, Verdict};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use super::error;
use crate::api::json;

/// What was presented, and what it is wanted for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question<'a> {
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    secret: Option<Text<'a>>,
    /// The API profile that the key must belong to.
    #[serde(borrow)]
    profile: Option<Text<'a>>,
    /// The organization that the key must belong to.
    #[serde(borrow)]
    slug: Option<Text<'a>>,
    /// The HTTP method: reading or writing is asked of the key accordingly.
    #[serde(borrow)]
    method: Option<Text<'a>>,
    /// What exactly is asked for, as `resource:action`.
    #[serde(borrow)]
    scope: Option<Text<'a>>,
    /// Which of the organization's two worlds the key must be of.
    environment: Option<Environment>,
    /// Who presented it. Without it, keys that are bound to networks are refused.
    ip: Option<IpAddr>,
}

/// Text that is copied only where JSON has escaped something in it.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the answer has a field of this name")]
struct Valid<'a> {
    valid: bool,
    key_id: KeyId,
    organization: &'a str,
    organization_id: OrganizationId,
    profile: &'a str,
    channel_id: Option<ChannelId>,
    environment: Environment,
    scopes: Vec<&'a str>,
    /// Whether it is a former text, which ends soon.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    draining: bool,
}

#[derive(Serialize)]
struct Invalid {
    valid: bool,
    reason: Reason,
}

/// Judges and counts like a request of the API would be.
pub async fn verify(State(backend): State<Arc<Backend>>, body: Bytes) -> Response {
    let question: Question<'_> = match serde_json::from_slice(&body) {
        Ok(question) => question,
        Err(reason) => return not_understood(&reason),
    };
    let profile = match question.profile.as_deref().map(|name| backend.profiles.get(name)) {
        Some(None) => return error(StatusCode::BAD_REQUEST, "there is no such profile"),
        profile => profile.flatten(),
    };
    let (read, write) = match question.method.as_deref() {
        None => (false, false),
        Some("GET" | "HEAD") => (true, false),
        Some("POST" | "PUT" | "PATCH" | "DELETE") => (false, true),
        Some(_) => {
            return error(
                StatusCode::BAD_REQUEST,
                "method should be GET, HEAD, POST, PUT, PATCH or DELETE",
            );
        }
    };
    let demand = Demand {
        profile,
        slug: question.slug.as_deref(),
        read,
        write,
        scope: question.scope.as_deref(),
        environment: question.environment,
        ip: question.ip,
    };
    let presented = Presented {
        key: question.key.as_deref().map(str::as_bytes),
        secret: question.secret.as_deref().map(str::as_bytes),
    };
    match domain::verification::verify(&backend, presented, demand) {
        Verdict::Accepted(record) => answer(&Valid {
            valid: true,
            key_id: record.id,
            organization: &record.organization.slug,
            organization_id: record.organization.id,
            profile: &record.organization.profile,
            channel_id: record.channel.as_ref().map(|channel| channel.id),
            environment: record.environment,
            scopes: record.scopes().collect(),
            draining: record.draining_since_ms().is_some(),
        }),
        Verdict::Refused(reason, _) => answer(&Invalid { valid: false, reason }),
    }
}

/// The place, without the text there: it may be a secret.
fn not_understood(reason: &serde_json::Error) -> Response {
    let kind = match reason.classify() {
        serde_json::error::Category::Data => {
            "the body should be a JSON object with key, and where wanted secret, profile, slug, method, scope, environment (live or test) and ip, all texts"
        }
        _ => "the body is not valid JSON",
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
