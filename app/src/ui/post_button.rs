//! A button that is a form of its own.

use leptos::prelude::*;

use super::{Button, ButtonKind, IconName, SubmitOnce};

/// Does one thing that needs no more to be said: a form without fields, which is sent once.
#[component]
pub fn PostButton(
    #[prop(into)] action: String,
    #[prop(into)] label: String,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] icon: Option<IconName>,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <SubmitOnce />
            <Button kind nostrip:icon=icon>
                {label}
            </Button>
        </form>
    }
    .into_any()
}
