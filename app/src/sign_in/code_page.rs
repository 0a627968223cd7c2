//! The second step of signing in, for those who use a second factor.

use leptos::prelude::*;
use leptos_meta::Title;

use super::actions::CodeForm;
use crate::pages::{Request, rejected};
use crate::routes;
use crate::ui::{Button, ButtonKind, ErrorSummary, PlainFrame, SubmitOnce, TextField};

/// Asks for the code. Whoever has not given a password is sent to do so when they send the form.
#[component]
pub fn CodePage() -> impl IntoView {
    let (form, messages) = rejected::<CodeForm>();
    let request = Request::routed();
    let asked = request.as_ref().map(|request| request.query("next")).unwrap_or_default();
    let (theme, return_to) =
        request.map(|request| (request.theme(), request.address())).unwrap_or_default();
    let next = if form.next.is_empty() { asked } else { form.next };
    view! {
        <Title text="Enter your code · Latchkey" />
        <PlainFrame theme theme_action=routes::THEME return_to>
            <h1>"Enter your code"</h1>
            <ErrorSummary messages=messages.all() />
            <form method="post" action=routes::SIGN_IN_CODE class="stack">
                <SubmitOnce />
                <input type="hidden" name="next" value=next />
                <TextField
                    label="Code"
                    name="code"
                    hint="The six digits that your app shows now, or one of your recovery codes."
                    error=messages.of("code")
                    autocomplete="one-time-code"
                    required=true
                    autofocus=true
                />
                <Button kind=ButtonKind::Primary>"Sign in"</Button>
            </form>
            <p>
                <a href=routes::SIGN_IN>"Start again"</a>
            </p>
        </PlainFrame>
    }
}
