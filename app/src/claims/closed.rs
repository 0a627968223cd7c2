//! Links that reveal no key, each with what to do about it.

use axum::http::StatusCode;
use domain::claims::{Claim, ClaimState};
use domain::users::User;

use crate::invitations::closed::Closed;
use crate::{routes, when};

/// No claim has this token.
pub fn unknown() -> Closed {
    Closed {
        status: StatusCode::NOT_FOUND,
        heading: "This link is not valid",
        happened: "No claim belongs to it. A part of it may be missing.".to_owned(),
        advice: "Open the link in full, as your account rep gave it to you.",
        next: (routes::ORGANIZATIONS.to_owned(), "Your organizations"),
    }
}

/// What has become of the claim; `None` while it is open.
pub fn closed(claim: &Claim, viewer: Option<&User>) -> Option<Closed> {
    let member = viewer.is_some_and(|user| Some(user.id) == claim.accepted_by);
    let next = if member {
        (routes::keys(&claim.slug), "API keys")
    } else {
        (routes::ORGANIZATIONS.to_owned(), "Your organizations")
    };
    Some(match claim.state {
        ClaimState::Open => return None,
        ClaimState::Used => Closed {
            status: StatusCode::GONE,
            heading: "This link has been used",
            happened: format!(
                "It has revealed the first key of {}, and works only once.",
                claim.organization
            ),
            advice: "If the key was lost, regenerate it. If nobody of your organization used the link, revoke the key and tell your account rep.",
            next,
        },
        ClaimState::TakenBack => Closed {
            status: StatusCode::GONE,
            heading: "This link has been taken back",
            happened: format!(
                "It worked until {}. Since then, there may be a newer link.",
                when::minute(claim.expires_at)
            ),
            advice: "Open the newest link that your account rep gave you, or ask them for one.",
            next,
        },
        ClaimState::Expired => Closed {
            status: StatusCode::GONE,
            heading: "This link has expired",
            happened: format!("It worked until {}.", when::minute(claim.expires_at)),
            advice: "You do not need it: an owner or admin of the organization can create a key at any time.",
            next,
        },
    })
}
