//! What the second factor's forms do.

use axum::response::{IntoResponse, Redirect, Response};
use domain::Error;
use domain::users::second_factor::confirm::confirm;
use domain::users::second_factor::remove::remove;
use domain::users::second_factor::set_up::set_up;

use crate::act::Act;
use crate::form::Form;
use crate::pages::Instead;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    RouteTable::new()
        .post(routes::SECOND_FACTOR, begin)
        .post(routes::SECOND_FACTOR_CONFIRM, finish)
        .post(routes::SECOND_FACTOR_REMOVE, turn_off)
}

async fn begin(act: Act) -> Response {
    let begun = async { set_up(act.backend(), act.user(), &act.fresh()?).await };
    match begun.await {
        Ok(enrolment) => act.show(Instead::Enrolment(enrolment)).await,
        Err(error) => act.fail(error).await,
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sent {
    code: String,
}

async fn finish(act: Act, Form(sent): Form<Sent>) -> Response {
    let finished = async {
        let done = confirm(act.backend(), act.user(), &sent.code, &act.origin()).await;
        let (signed_in, codes) = done?;
        act.sign_in_again(signed_in).await?;
        Ok::<_, Error>(codes)
    };
    match finished.await {
        Ok(codes) => act.show(Instead::RecoveryCodes(codes)).await,
        Err(error) => act.refuse(error, ()).await,
    }
}

async fn turn_off(act: Act) -> Response {
    let removed = async { remove(act.backend(), act.user(), &act.origin(), &act.fresh()?).await };
    match removed.await {
        Ok(()) => act.done(routes::ACCOUNT, "The second factor is turned off").await,
        // There is no page at the form's own address.
        Err(Error::ProofNeeded) => {
            Redirect::to(&routes::confirm_then(routes::SECOND_FACTOR)).into_response()
        }
        Err(error) => act.fail(error).await,
    }
}
