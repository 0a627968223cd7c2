//! Asking for the letter.

use leptos::prelude::*;
use leptos_meta::Title;

use super::actions::AskForm;
use crate::pages::{Messages, Request, rejected};
use crate::routes;
use crate::ui::{Button, ButtonKind, CodeBlock, ErrorSummary, PlainFrame, SubmitOnce, TextField};

#[component]
pub fn AskPage() -> impl IntoView {
    let (form, messages) = rejected::<AskForm>();
    let request = Request::routed();
    let by_mail = request.as_ref().is_some_and(|request| request.state().mail.is_some());
    let (theme, return_to) =
        request.map(|request| (request.theme(), request.address())).unwrap_or_default();
    let body = if by_mail { by_letter(form, &messages).into_any() } else { by_hand().into_any() };
    view! {
        <Title text="New password · Latchkey" />
        <PlainFrame theme theme_action=routes::THEME return_to>
            <h1>"Forgotten your password?"</h1>
            {body}
            <p>
                <a href=routes::SIGN_IN>"Back to signing in"</a>
            </p>
        </PlainFrame>
    }
}

fn by_letter(form: AskForm, messages: &Messages) -> impl IntoView + use<> {
    view! {
        <ErrorSummary messages=messages.all() />
        <form method="post" action=routes::RESET class="stack">
            <SubmitOnce />
            <TextField
                label="E-mail"
                name="email"
                value=form.email
                hint="If it has an account, a letter with a link goes there."
                error=messages.of("email")
                kind="email"
                autocomplete="username"
                required=true
            />
            <Button kind=ButtonKind::Primary>"Send the letter"</Button>
        </form>
    }
}

/// Without a mail server.
fn by_hand() -> impl IntoView {
    view! {
        <p>
            "This Latchkey sends no mail. Ask the people who run it for a link: this command prints one, which works once and for 1 hour."
        </p>
        <CodeBlock code="latchkey users reset-password YOUR-E-MAIL" label="On the server" />
    }
}
