//! What the link opens.

use axum::http::StatusCode;
use domain::users::password::PASSWORD_MIN;
use domain::users::password_reset::find::find;
use domain::{Error, Result};
use leptos::either::Either;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;

use crate::pages::{ErrorPage, Messages, Request, rejected};
use crate::routes;
use crate::ui::{
    Button, ButtonKind, ErrorSummary, LinkButton, PasswordField, PlainFrame, SubmitOnce,
};

#[component]
pub fn ChoosePage() -> impl IntoView {
    let ((), messages) = rejected::<()>();
    let request = Request::routed();
    let response = use_context::<ResponseOptions>();
    let page = async move {
        let request = request.ok_or_else(|| Error::Internal("a page without a request".into()))?;
        let body = if let Some(email) = owner(&request).await? {
            form(&request, email, &messages).into_any()
        } else {
            if let Some(response) = response {
                response.set_status(StatusCode::NOT_FOUND);
            }
            closed().into_any()
        };
        Ok::<_, Error>(frame(&request, body).into_any())
    };
    view! {
        <Suspense>
            {Suspend::new(async move {
                match page.await {
                    Ok(page) => Either::Left(page),
                    Err(error) => Either::Right(view! { <ErrorPage error /> }),
                }
            })}
        </Suspense>
    }
}

/// Whose link it is; malformed ones are nobody's.
async fn owner(request: &Request) -> Result<Option<String>> {
    match request.text_param("token").parse() {
        Ok(token) => find(request.backend(), &token).await,
        Err(_) => Ok(None),
    }
}

fn frame(request: &Request, body: AnyView) -> impl IntoView + use<> {
    view! {
        <Title text="New password · Latchkey" />
        <PlainFrame theme=request.theme() theme_action=routes::THEME return_to=request.address()>
            {body}
        </PlainFrame>
    }
}

fn form(request: &Request, email: String, messages: &Messages) -> impl IntoView + use<> {
    let action = routes::reset_password(&request.text_param("token"));
    let hint = format!("At least {PASSWORD_MIN} characters. You are signed out everywhere.");
    let for_whom = email.clone();
    view! {
        <h1>"Choose a new password"</h1>
        <p>{format!("For {for_whom}.")}</p>
        <ErrorSummary messages=messages.all() />
        <form method="post" action=action class="stack">
            <SubmitOnce />
            <input type="hidden" name="username" value=email autocomplete="username" />
            <PasswordField
                label="New password"
                name="new_password"
                hint
                error=messages.of("new_password")
                autocomplete="new-password"
                required=true
            />
            <Button kind=ButtonKind::Primary>"Save the password"</Button>
        </form>
    }
}

fn closed() -> impl IntoView {
    view! {
        <h1>"This link is not valid"</h1>
        <p>
            "It has been used, more than 1 hour has passed, or a part of it is missing. Your password is as it was."
        </p>
        <p>
            <LinkButton href=routes::RESET>"Ask for a new link"</LinkButton>
        </p>
    }
}
