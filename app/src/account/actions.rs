//! What the account's form does.

use axum::response::{IntoResponse, Redirect, Response};
use domain::users::change_password::change_password;
use domain::users::prove::prove;
use domain::{Error, FieldError, Rule};

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::router::is_page;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    RouteTable::new().post(routes::ACCOUNT, change).post(routes::CONFIRM, confirm)
}

/// Where somebody was going when they were asked for their password.
#[derive(Clone, Debug, Default)]
pub struct ConfirmForm {
    pub next: String,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct SentProof {
    password: String,
    next: String,
}

async fn confirm(act: Act, Form(sent): Form<SentProof>) -> Response {
    let form = ConfirmForm { next: sent.next };
    let proved = async {
        prove(act.backend(), act.user(), sent.password.into(), &act.origin()).await?;
        act.note_proof().await
    };
    match proved.await {
        Ok(()) if is_page(&form.next) => Redirect::to(&form.next).into_response(),
        Ok(()) => Redirect::to(routes::ACCOUNT).into_response(),
        Err(error) => act.refuse(error, form).await,
    }
}

/// Passwords are not shown again, so that nothing of the form is kept.
#[derive(Clone, Debug, Default)]
pub struct PasswordForm;

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sent {
    current_password: String,
    new_password: String,
}

async fn change(act: Act, Form(sent): Form<Sent>) -> Response {
    if sent.current_password.is_empty() {
        let errors = vec![FieldError { field: "current_password", rule: Rule::Empty }];
        return act.refuse(Error::Invalid(errors), PasswordForm).await;
    }
    let changed = async {
        let (current, new) = (sent.current_password.into(), sent.new_password.into());
        let signed_in =
            change_password(act.backend(), act.user(), current, new, &act.origin()).await?;
        act.sign_in_again(signed_in).await
    };
    match changed.await {
        Ok(()) => {
            act.done(routes::ACCOUNT, "Password changed. You are signed out everywhere else").await
        }
        Err(error) => act.refuse(error, PasswordForm).await,
    }
}
