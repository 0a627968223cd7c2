//! What a role lets people do with keys, and what they read where it does not.

use domain::members::{Member, Role};
use domain::profiles::Profile;
use leptos::prelude::*;

/// Whether they may create a key of any of the API's environments.
pub fn may_create(member: &Member, profile: &Profile) -> bool {
    profile.environments().any(|environment| member.may_author(environment))
}

/// Why there is no button here, for somebody who may not.
pub fn role_note(member: &Member, may: bool) -> impl IntoView + use<> {
    let words = match member.role() {
        Role::Viewer => {
            "You have the role viewer. Admins and owners create and change keys, developers those for tests."
        }
        Role::Developer => {
            "You have the role developer, which is for test keys. Admins and owners create and change live keys."
        }
        Role::Owner | Role::Admin => return None,
    };
    (!may).then(|| view! { <p class="muted">{words}</p> })
}
