//! How forms end: with the button that sends them, and the way back without.

use leptos::prelude::*;

use super::{Button, ButtonKind, FormActions, IconName, LinkButton};

/// The main button first, then the way back.
#[component]
pub fn FormEnd(
    #[prop(into)] submit: String,
    #[prop(optional)] icon: Option<IconName>,
    #[prop(into)] back: String,
    #[prop(into, default = "Cancel".to_owned())] leave: String,
) -> impl IntoView {
    view! {
        <FormActions>
            <Button kind=ButtonKind::Primary nostrip:icon=icon>
                {submit}
            </Button>
            <LinkButton href=back kind=ButtonKind::Quiet>
                {leave}
            </LinkButton>
        </FormActions>
    }
    .into_any()
}

/// For what cannot be undone, or hurts: the way back stands first. Nothing has the focus, which would
/// scroll past the warning and what breaks.
#[component]
pub fn DangerEnd(
    #[prop(into)] submit: String,
    #[prop(optional)] icon: Option<IconName>,
    #[prop(into)] back: String,
    #[prop(into)] leave: String,
) -> impl IntoView {
    view! {
        <FormActions>
            <LinkButton href=back kind=ButtonKind::Secondary>
                {leave}
            </LinkButton>
            <Button kind=ButtonKind::Danger nostrip:icon=icon>
                {submit}
            </Button>
        </FormActions>
    }
    .into_any()
}
