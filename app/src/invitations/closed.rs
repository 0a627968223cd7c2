//! Links that let nobody in any more, each with what to do about it.

use axum::http::StatusCode;
use domain::invitations::InvitationState;
use domain::invitations::find::Invitation;
use domain::users::User;
use leptos::prelude::*;

use crate::ui::{Icon, IconName, LinkButton};
use crate::{routes, when};

/// Why the link does not let anybody in.
pub struct Closed {
    pub status: StatusCode,
    pub heading: &'static str,
    pub happened: String,
    pub advice: &'static str,
    pub next: (String, &'static str),
}

/// No invitation has this token.
pub fn unknown() -> Closed {
    Closed {
        status: StatusCode::NOT_FOUND,
        heading: "This link is not valid",
        happened: "No invitation belongs to it. A part of it may be missing, or a newer letter has replaced it."
            .to_owned(),
        advice: "Open the link of the latest letter, in full. If that is this one, ask for a new invitation.",
        next: (routes::ORGANIZATIONS.to_owned(), "Your organizations"),
    }
}

/// What has become of the invitation; `None` while it is open.
pub fn closed(invitation: &Invitation, viewer: Option<&User>) -> Option<Closed> {
    let organization = &invitation.organization;
    let mine = viewer.map(|user| user.id).filter(|id| Some(*id) == invitation.accepted_by);
    let sign_in = || (routes::SIGN_IN.to_owned(), "Sign in");
    let start = || (routes::ORGANIZATIONS.to_owned(), "Your organizations");
    Some(match invitation.state {
        InvitationState::Open => return None,
        InvitationState::Accepted if mine.is_some() => Closed {
            status: StatusCode::GONE,
            heading: "You have accepted this invitation",
            happened: format!("It let you join {organization}, and works only once."),
            advice: "You do not need the link any more.",
            next: (routes::overview(&invitation.slug), "Go on"),
        },
        InvitationState::Accepted => Closed {
            status: StatusCode::GONE,
            heading: "This invitation has been used",
            happened: format!("Somebody has joined {organization} by it. It works only once."),
            advice: "If that was you, sign in. If not, tell an owner or admin of the organization.",
            next: if viewer.is_none() { sign_in() } else { start() },
        },
        InvitationState::Expired => Closed {
            status: StatusCode::GONE,
            heading: "This invitation has expired",
            happened: format!(
                "It let {} join {organization} until {}.",
                invitation.email,
                when::minute(invitation.expires_at)
            ),
            advice: "Ask an owner or admin of the organization to send it again.",
            next: start(),
        },
        InvitationState::Revoked => Closed {
            status: StatusCode::GONE,
            heading: "This invitation has been revoked",
            happened: format!("{organization} has taken it back."),
            advice: "If you think that is a mistake, ask an owner or admin of the organization.",
            next: start(),
        },
    })
}

impl Closed {
    pub fn view(self) -> impl IntoView {
        let (href, label) = self.next;
        view! {
            <p class="error-code muted">
                <Icon name=IconName::TriangleAlert />
                {self.status.as_u16()}
            </p>
            <h1>{self.heading}</h1>
            <p>{self.happened}</p>
            <p>{self.advice}</p>
            <p>
                <LinkButton href=href>{label}</LinkButton>
            </p>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::UserId;
    use domain::members::Role;
    use time::macros::datetime;

    #[test]
    fn each_state_has_its_own_words() {
        let me = User {
            id: UserId(uuid::Uuid::from_u128(1)),
            email: "a@b.example".into(),
            name: "A".into(),
        };
        let invitation = |state| Invitation {
            email: "a@b.example".into(),
            role: Role::Viewer,
            organization: "One".into(),
            slug: "one".into(),
            inviter: "Ann".into(),
            expires_at: datetime!(2026-03-01 10:30 UTC),
            state,
            accepted_by: (state == InvitationState::Accepted).then_some(me.id),
            has_account: false,
        };
        let heading = |state, viewer: Option<&User>| {
            closed(&invitation(state), viewer)
                .map(|closed| (closed.status.as_u16(), closed.heading))
        };
        assert_eq!(heading(InvitationState::Open, None), None);
        assert_eq!(
            heading(InvitationState::Expired, None),
            Some((410, "This invitation has expired"))
        );
        assert_eq!(
            heading(InvitationState::Revoked, None),
            Some((410, "This invitation has been revoked"))
        );
        assert_eq!(
            heading(InvitationState::Accepted, None),
            Some((410, "This invitation has been used"))
        );
        assert_eq!(
            heading(InvitationState::Accepted, Some(&me)),
            Some((410, "You have accepted this invitation"))
        );
        assert_eq!(unknown().status, StatusCode::NOT_FOUND);
        let expired = closed(&invitation(InvitationState::Expired), None);
        assert!(expired.is_some_and(|closed| closed.happened.contains("2026-03-01 10:30 UTC")));
    }
}
