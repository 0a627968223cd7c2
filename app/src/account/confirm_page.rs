//! The question whether it still is the one who signed in, before something dangerous.

use leptos::prelude::*;

use super::actions::ConfirmForm;
use crate::pages::{Content, Request, rejected, signed_in_page};
use crate::routes;
use crate::ui::{
    Button, ButtonKind, ErrorSummary, FormActions, PageHeader, PasswordField, SubmitOnce,
};

#[component]
pub fn ConfirmPage() -> impl IntoView {
    let (form, messages) = rejected::<ConfirmForm>();
    let asked = Request::routed().map(|request| request.query("next")).unwrap_or_default();
    signed_in_page(None, move |request: Request| async move {
        let next = if form.next.is_empty() { asked } else { form.next };
        let email = request.user()?.email;
        let body = view! {
            <PageHeader
                title="Confirm that it is you"
                subtitle="What comes next needs your password, because you gave it more than 10 minutes ago."
            />
            <ErrorSummary messages=messages.all() />
            <form method="post" action=routes::CONFIRM class="form stack">
                <SubmitOnce />
                <input type="hidden" name="next" value=next />
                <input type="hidden" name="username" value=email autocomplete="username" />
                <PasswordField
                    label="Password"
                    name="password"
                    error=messages.of("password")
                    required=true
                    autofocus=true
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary>"Continue"</Button>
                </FormActions>
            </form>
        };
        Ok((Content::new("Confirm that it is you", body), None))
    })
}
