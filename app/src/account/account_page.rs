//! Who somebody is, and their password.

use domain::users::password::PASSWORD_MIN;
use domain::users::{User, second_factor};
use leptos::prelude::*;

use super::actions::PasswordForm;
use crate::pages::{Content, Messages, Request, rejected, signed_in_page};
use crate::routes;
use crate::ui::{
    ActionRow, Button, ButtonKind, Card, Description, DescriptionList, ErrorSummary, FormActions,
    IconName, LinkButton, PageHeader, PasswordField, SubmitOnce,
};

#[component]
pub fn AccountPage() -> impl IntoView {
    let (PasswordForm, messages) = rejected::<PasswordForm>();
    signed_in_page(None, |request: Request| async move {
        let user = request.user()?;
        let factor = second_factor::get::get(request.backend(), user.id).await?;
        let body = body(user, factor.is_some(), &messages);
        Ok((Content::new("Your account", body), None))
    })
}

fn body(user: User, has_factor: bool, messages: &Messages) -> impl IntoView + use<> {
    let back = (routes::ORGANIZATIONS.to_owned(), "Organizations".to_owned());
    let (name, email) = (user.name, user.email);
    let (form, all) = (password_form(email.clone(), messages), messages.all());
    let (factor, what) = if has_factor {
        ("Signing in takes your password and a code from your app.", "Change")
    } else {
        ("A code from an app on your phone, beside your password.", "Set up")
    };
    view! {
        <PageHeader title="Your account" back />
        <ErrorSummary messages=all />
        <Card>
            <DescriptionList>
                <Description term="Name">{name}</Description>
                <Description term="E-mail">{email}</Description>
            </DescriptionList>
        </Card>
        <Card title="Change password">{form}</Card>
        <Card>
            <ActionRow title="Second factor" detail=factor>
                <LinkButton href=routes::SECOND_FACTOR icon=IconName::ShieldCheck>
                    {what}
                </LinkButton>
            </ActionRow>
        </Card>
    }
}

fn password_form(email: String, messages: &Messages) -> impl IntoView + use<> {
    let hint = format!(
        "At least {PASSWORD_MIN} characters. Changing it signs you out everywhere but here."
    );
    let (of_current, of_new) = (messages.of("current_password"), messages.of("new_password"));
    view! {
        <form method="post" action=routes::ACCOUNT class="form stack">
            <SubmitOnce />
            // Password managers keep it with the address.
            <input type="hidden" name="username" value=email autocomplete="username" />
            <PasswordField
                label="Current password"
                name="current_password"
                error=of_current
                required=true
            />
            <PasswordField
                label="New password"
                name="new_password"
                hint
                error=of_new
                autocomplete="new-password"
                required=true
            />
            <FormActions>
                <Button kind=ButtonKind::Primary>"Change password"</Button>
            </FormActions>
        </form>
    }
}
