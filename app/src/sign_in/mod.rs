//! Signing in and out.

pub mod actions;
mod code_page;

pub use code_page::CodePage;

use domain::FieldError;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::act::Rejected;
use crate::pages::{Request, notice_banner};
use crate::routes;
use crate::ui::{
    Button, ButtonKind, ErrorSummary, FieldMessage, PasswordField, PlainFrame, SubmitOnce,
    TextField,
};

use actions::SignInForm;

/// The form; after a wrong password it keeps the address but not the password.
#[component]
pub fn SignInPage() -> impl IntoView {
    let refused = use_context::<Rejected<SignInForm>>();
    let request = Request::routed();
    let next = request.as_ref().map(|request| request.query("next")).unwrap_or_default();
    let notice = request.as_ref().and_then(Request::notice);
    let (theme, return_to) =
        request.map(|request| (request.theme(), request.address())).unwrap_or_default();
    let form = refused.as_ref().map(|refused| refused.form.clone()).unwrap_or_default();
    let next = if form.next.is_empty() { next } else { form.next };
    view! {
        <Title text="Sign in · Latchkey" />
        <PlainFrame theme theme_action=routes::THEME return_to>
            <h1>"Sign in"</h1>
            {notice.map(notice_banner)}
            <ErrorSummary messages=refused.map(|refused| messages(&refused.errors)).unwrap_or_default() />
            <form method="post" action=routes::SIGN_IN class="stack">
                <SubmitOnce />
                <input type="hidden" name="next" value=next />
                <TextField
                    label="E-mail"
                    name="email"
                    value=form.email
                    kind="email"
                    autocomplete="username"
                    required=true
                />
                <PasswordField label="Password" name="password" required=true />
                <Button kind=ButtonKind::Primary>"Sign in"</Button>
            </form>
            <p>
                <a href=routes::RESET>"Forgotten your password?"</a>
            </p>
        </PlainFrame>
    }
}

/// One message, which does not say which of the two was wrong.
fn messages(errors: &[FieldError]) -> Vec<FieldMessage> {
    errors
        .first()
        .map(|error| FieldMessage::new(error.field, "E-mail or password is wrong"))
        .into_iter()
        .collect()
}
