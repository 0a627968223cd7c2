//! What can be done with a key, on its page.

use domain::keys::{Key, KeyStatus};
use leptos::prelude::*;

use crate::routes;
use crate::ui::{ActionRow, ButtonKind, Card, IconName, LinkButton, PostButton};

/// For those who may.
pub fn change_card(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = |name| routes::key_action(slug, key.id, name);
    let revoke = action("revoke");
    let title = if key.is_login { "Change this login" } else { "Change this key" };
    let last = format!("{} is refused at once and for good. This cannot be undone.", subject(key));
    let secret = key.has_secret.then(|| secret(slug, key));
    let power = if key.status == KeyStatus::Disabled {
        enable(slug, key).into_any()
    } else {
        disable(slug, key).into_any()
    };
    view! {
        <Card title>
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

/// What is refused, or accepted again.
fn subject(key: &Key) -> &'static str {
    if key.is_login { "The login" } else { "The key" }
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

fn enable(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = routes::key_action(slug, key.id, "enable");
    let then = format!("{} is accepted again, at once.", subject(key));
    view! {
        <ActionRow title="Enable" detail=then>
            <PostButton action label="Enable" icon=IconName::Power />
        </ActionRow>
    }
}

/// For a while, or until somebody enables it.
fn disable(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = |name| routes::key_action(slug, key.id, name);
    let (disable, test) = (action("disable"), action("scream-test"));
    let it = subject(key);
    let then = format!("{it} is refused at once. You can enable it again at any time.");
    let test = key.screams_until.is_none().then(|| {
        let then = format!(
            "{it} is refused for some minutes, to see who notices, and works again by itself."
        );
        view! {
            <ActionRow title="Scream test" detail=then>
                <LinkButton href=test icon=IconName::Clock>
                    "Begin a test"
                </LinkButton>
            </ActionRow>
        }
    });
    view! {
        {test}
        <ActionRow title="Disable" detail=then>
            <LinkButton href=disable icon=IconName::Power>
                "Disable"
            </LinkButton>
        </ActionRow>
    }
}
