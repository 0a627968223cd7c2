//! What can be done with a key, on its page.

use domain::keys::{Key, KeyStatus};
use leptos::prelude::*;

use crate::routes;
use crate::ui::{ActionRow, ButtonKind, Card, IconName, LinkButton, PostButton};

/// For those who may.
pub fn change_card(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = |name| routes::key_action(slug, key.id, name);
    let (revoke, last) = (action("revoke"), last_words(key));
    let secret = key.has_secret.then(|| secret(slug, key));
    let power = if key.status == KeyStatus::Disabled {
        enable(action("enable")).into_any()
    } else {
        disable(slug, key).into_any()
    };
    view! {
        <Card title="Change this key">
            {secret}
            {power}
            <ActionRow title="Revoke" detail=last>
                <LinkButton href=revoke kind=ButtonKind::Danger icon=IconName::Ban>
                    "Revoke"
                </LinkButton>
            </ActionRow>
        </Card>
    }
}

fn last_words(key: &Key) -> &'static str {
    if key.is_login {
        "Logins and their tokens are refused at once and for good. This cannot be undone."
    } else {
        "The key is refused at once and for good. This cannot be undone."
    }
}

/// The second half of a pair.
fn secret(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = |name| routes::key_action(slug, key.id, name);
    let (rotate, waive, require) =
        (action("rotate-secret"), action("waive-secret"), action("require-secret"));
    let requirement = if key.secret_required {
        view! {
            <ActionRow title="Secret required" detail="Calls without the secret are refused.">
                <LinkButton href=waive>"Stop requiring it"</LinkButton>
            </ActionRow>
        }
        .into_any()
    } else {
        view! {
            <ActionRow
                title="Secret not required"
                detail="Calls are accepted without the secret. Require it once every program sends it."
            >
                <PostButton action=require label="Require it" />
            </ActionRow>
        }
        .into_any()
    };
    view! {
        <ActionRow
            title="New secret"
            detail="The key stays as it is; its old secret is refused at once."
        >
            <LinkButton href=rotate icon=IconName::Refresh>
                "New secret"
            </LinkButton>
        </ActionRow>
        {requirement}
    }
}

fn enable(action: String) -> impl IntoView {
    view! {
        <ActionRow title="Enable" detail="The key is accepted again, at once.">
            <PostButton action label="Enable" icon=IconName::Power />
        </ActionRow>
    }
}

/// For a while, or until somebody enables it.
fn disable(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = |name| routes::key_action(slug, key.id, name);
    let (disable, test) = (action("disable"), action("scream-test"));
    let test = key.screams_until.is_none().then(|| {
        view! {
            <ActionRow
                title="Scream test"
                detail="The key is refused for some minutes, to see who notices, and works again by itself."
            >
                <LinkButton href=test icon=IconName::Clock>
                    "Begin a test"
                </LinkButton>
            </ActionRow>
        }
    });
    view! {
        {test}
        <ActionRow
            title="Disable"
            detail="The key is refused at once. You can enable it again at any time."
        >
            <LinkButton href=disable icon=IconName::Power>
                "Disable"
            </LinkButton>
        </ActionRow>
    }
}
