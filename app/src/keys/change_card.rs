//! What can be done with a key, on its page.

use domain::keys::{Key, KeyStatus};
use leptos::prelude::*;

use crate::routes;
use crate::ui::{ActionRow, Button, ButtonKind, Card, IconName, LinkButton};

/// For those who may.
pub fn change_card(slug: &str, key: &Key) -> impl IntoView + use<> {
    let revoke = routes::key_action(slug, key.id, "revoke");
    let secret = key.has_secret.then(|| secret(slug, key));
    let power = power(slug, key);
    view! {
        <Card title="Change this key">
            {secret}
            {power}
            <ActionRow title="Revoke" detail=last_words(key)>
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
    let rotate = routes::key_action(slug, key.id, "rotate-secret");
    let requirement = requirement(slug, key);
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

fn requirement(slug: &str, key: &Key) -> AnyView {
    if key.secret_required {
        let waive = routes::key_action(slug, key.id, "waive-secret");
        return view! {
            <ActionRow title="Secret required" detail="Calls without the secret are refused.">
                <LinkButton href=waive>"Stop requiring it"</LinkButton>
            </ActionRow>
        }
        .into_any();
    }
    let require = routes::key_action(slug, key.id, "require-secret");
    view! {
        <ActionRow
            title="Secret not required"
            detail="Calls are accepted without the secret. Require it once every program sends it."
        >
            <form method="post" action=require>
                <Button kind=ButtonKind::Secondary>"Require it"</Button>
            </form>
        </ActionRow>
    }
    .into_any()
}

fn power(slug: &str, key: &Key) -> AnyView {
    let action = |name| routes::key_action(slug, key.id, name);
    let (enable, disable, test) = (action("enable"), action("disable"), action("scream-test"));
    if key.status == KeyStatus::Disabled {
        return view! {
            <ActionRow title="Enable" detail="The key is accepted again, at once.">
                <form method="post" action=enable>
                    <Button kind=ButtonKind::Secondary icon=IconName::Power>
                        "Enable"
                    </Button>
                </form>
            </ActionRow>
        }
        .into_any();
    }
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
    .into_any()
}
