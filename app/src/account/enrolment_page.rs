//! The secret of a second factor on the one page that shows it, and the code that proves that an
//! app has it.

use domain::users::second_factor::Enrolment;
use leptos::prelude::*;

use super::second_factor_page::back;
use crate::pages::{Content, Messages, rejected, signed_in_page};
use crate::routes;
use crate::ui::{
    Card, ErrorSummary, FormEnd, PageHeader, QrCode, SecretField, SubmitOnce, TextField,
};

/// The answer to the form that began.
#[component]
pub fn EnrolmentPage(enrolment: Enrolment) -> impl IntoView {
    signed_in_page(None, move |_| async move {
        let (secret, uri) = (enrolment.secret().to_owned(), enrolment.uri().to_owned());
        let picture = uri.clone();
        let body = view! {
            <PageHeader
                title="Set up your app"
                subtitle="What stands here is shown only this once."
                back=back()
            />
            <Card title="1. Add Latchkey to your app">
                <p>"Scan this picture with the app, or type the secret in."</p>
                <QrCode text=picture label="The secret, for your app's camera" />
                <SecretField
                    label="Secret"
                    value=secret
                    test_id="totp-secret"
                    copy_label="Copy secret"
                />
                <SecretField
                    label="The same as an address, for password programs"
                    value=uri
                    test_id="totp-uri"
                    copy_label="Copy address"
                />
            </Card>
            <Card title="2. Enter the code that it shows">{code_form(&Messages::default())}</Card>
        };
        Ok((Content::new("Set up your app", body).fleeting(), None))
    })
}

/// The form alone, after a wrong code. The secret is not shown again.
#[component]
pub fn ConfirmCodePage() -> impl IntoView {
    let ((), messages) = rejected::<()>();
    signed_in_page(None, move |request| async move {
        request.fresh()?;
        let body = view! {
            <PageHeader title="Enter the code that your app shows" back=back() />
            <ErrorSummary messages=messages.all() />
            {code_form(&messages)}
            <p class="muted">
                "A code works for half a minute. If your app's codes are never right, check that the phone's clock is, or begin again with a new secret."
            </p>
        };
        Ok((Content::new("Enter the code that your app shows", body), None))
    })
}

fn code_form(messages: &Messages) -> impl IntoView + use<> {
    let error = messages.of("code");
    view! {
        <form method="post" action=routes::SECOND_FACTOR_CONFIRM class="form stack">
            <SubmitOnce />
            <TextField
                label="Code"
                name="code"
                hint="Six digits."
                error
                autocomplete="one-time-code"
                required=true
            />
            <FormEnd submit="Confirm" back=routes::SECOND_FACTOR leave="Begin again" />
        </form>
    }
}
