//! `GET /refusal?profile=…&reason=…`: what a profile tells those who are refused for this reason.
//! For proxies that cannot pass on the answer of `/forward-auth` itself.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::verification::Reason;
use serde::Deserialize;
use std::sync::Arc;

use super::{Shared, error};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    profile: String,
    reason: Reason,
}

/// The profile's own status and bytes. Nothing is judged or counted.
pub async fn refusal(
    State(shared): State<Arc<Shared>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Ok(Query(wanted)) = wanted else {
        return error(
            StatusCode::BAD_REQUEST,
            "give profile and reason, as /forward-auth?tell=reason has told them",
        );
    };
    match shared.backend.profiles.iter().position(|profile| profile.name == wanted.profile) {
        Some(place) => shared.surfaces[place].refusal(wanted.reason),
        None => error(StatusCode::BAD_REQUEST, "there is no such profile"),
    }
}
