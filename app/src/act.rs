//! What every form action does around its own work: who sends it, what it answers.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::audit::Origin;
use domain::members::{self, Admin, Author, Member};
use domain::reps::{self, Rep};
use domain::users::{self, Fresh, SignedIn, User};
use domain::{Backend, Error, FieldError, Result};
use leptos::prelude::provide_context;
use std::time::Instant;
use tower_sessions::Session;
use uuid::Uuid;

use crate::invitations::sent_page::Posted;
use crate::keys::Shown;
use crate::pages::Instead;
use crate::reps::hand_over_page::HandedOver;
use crate::router::render;
use crate::state::{State, Viewer, fresh, origin};
use crate::{receipt, routes, session};

/// Under which the session keeps a sentence for the next page.
pub const NOTICE: &str = "notice";
/// Under which it keeps a [`Told`] for the next page.
pub const TOLD: &str = "told";

/// A form that somebody who is signed in has sent.
#[derive(Debug)]
pub struct Act {
    pub state: State,
    parts: Parts,
    session: Session,
    user: User,
}

impl FromRequestParts<State> for Act {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        let session =
            Session::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        // The router lets nobody through to an action who is not signed in.
        let Some(Viewer(user)) = parts.extensions.get().cloned() else {
            return Err(StatusCode::UNAUTHORIZED.into_response());
        };
        Ok(Self { state: state.clone(), parts: parts.clone(), session, user })
    }
}

impl Act {
    pub fn backend(&self) -> &Backend {
        &self.state.backend
    }

    pub fn user(&self) -> &User {
        &self.user
    }

    pub fn origin(&self) -> Origin {
        origin(&self.parts)
    }

    /// Proof that they have lately given their password.
    pub fn fresh(&self) -> Result<Fresh> {
        fresh(&self.parts, self.backend())
    }

    /// Whether they are still signed in, for an answer that takes its time. Nobody stays because of it.
    pub async fn is_still_here(&self) -> Result<bool> {
        let kept = session::presence_by_now(&*self.state.sessions, &self.session).await?;
        let Some(presence) = kept else { return Ok(false) };
        let user = users::get::get(self.backend(), presence.signed_in).await?;
        let idle_minutes = users::get::idle_minutes(self.backend(), self.user.id).await?;
        let has_ended = presence.has_ended(self.backend().clock.now_ms(), idle_minutes);
        Ok(!has_ended && user.is_some_and(|user| user.id == self.user.id))
    }

    /// Notes that they gave their password once more.
    pub async fn note_proof(&self) -> Result<()> {
        session::note_proof(&self.session, self.backend().clock.now_ms()).await
    }

    pub async fn member(&self, organization: &str) -> Result<Member> {
        members::enter(self.backend(), self.user.id, organization, self.origin()).await
    }

    pub async fn author(&self, organization: &str) -> Result<Author> {
        self.member(organization).await?.author()
    }

    pub async fn admin(&self, organization: &str) -> Result<Admin> {
        self.member(organization).await?.admin()
    }

    pub async fn rep(&self) -> Result<Rep> {
        reps::enter(self.backend(), self.user.id, self.origin()).await
    }

    /// Goes on to `to`, where `notice` is shown once.
    pub async fn done(self, to: &str, notice: &str) -> Response {
        match self.session.insert(NOTICE, notice).await {
            Ok(()) => Redirect::to(to).into_response(),
            Err(error) => {
                tracing::warn!(%error, "a notice could not be kept");
                Redirect::to(to).into_response()
            }
        }
    }

    /// Goes on to `to`, where the receipt of a change is shown once; see [`receipt::told`].
    pub async fn done_for_all(
        self,
        to: &str,
        changed: Uuid,
        began: Instant,
        done: &str,
    ) -> Response {
        let told = receipt::told(self.backend(), changed, began, done).await;
        if let Err(error) = self.session.insert(TOLD, told).await {
            tracing::warn!(%error, "a receipt could not be kept");
        }
        Redirect::to(to).into_response()
    }

    /// Shows new credentials, as the answer to this form and nowhere else.
    pub async fn reveal(self, organization: &str, shown: impl Into<Shown>) -> Response {
        let (organization, shown) = (organization.to_owned(), shown.into());
        let instead = Instead::Minted { organization, shown };
        render(&self.state, self.get(), move || provide_context(instead.clone())).await
    }

    /// Shows an invitation's link, as the answer to this form and nowhere else.
    pub async fn show_letter(self, organization: &str, posted: Posted) -> Response {
        let instead = Instead::Invited { organization: organization.to_owned(), posted };
        render(&self.state, self.get(), move || provide_context(instead.clone())).await
    }

    /// The page at the form's address, with what the form asked for.
    pub async fn show<T: Clone + Send + Sync + 'static>(self, answer: T) -> Response {
        render(&self.state, self.get(), move || provide_context(answer.clone())).await
    }

    /// Shows what to hand over for a new organization, as the answer to this form and nowhere else.
    pub async fn hand_over(self, handed_over: HandedOver) -> Response {
        let instead = Instead::HandedOver(Box::new(handed_over));
        render(&self.state, self.get(), move || provide_context(instead.clone())).await
    }

    /// Goes on under a new session id, after the old sessions were ended.
    pub async fn sign_in_again(&self, signed_in: SignedIn) -> Result<()> {
        session::begin(&self.session, signed_in, self.backend().clock.now_ms()).await
    }

    /// Shows the form again with what was typed and what is wrong with it; any other error gets
    /// its own page.
    pub async fn refuse<F: Clone + Send + Sync + 'static>(self, error: Error, form: F) -> Response {
        match error {
            Error::Invalid(errors) => refuse(&self.state, self.parts, errors, form).await,
            error => self.fail(error).await,
        }
    }

    /// The page for an error that no field caused.
    pub async fn fail(self, error: Error) -> Response {
        fail(&self.state, self.parts, error).await
    }

    /// The request for the page at the form's address.
    fn get(&self) -> Request {
        Request::from_parts(self.parts.clone(), Body::empty())
    }
}

/// The page at the form's address, with what was typed and what is wrong with it.
pub async fn refuse<F: Clone + Send + Sync + 'static>(
    state: &State,
    parts: Parts,
    errors: Vec<FieldError>,
    form: F,
) -> Response {
    let rejected = Rejected { form, errors };
    let page = move || provide_context(rejected.clone());
    let mut response = render(state, Request::from_parts(parts, Body::empty()), page).await;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// The page for an error that no field caused. Where the password is needed again, the page that
/// asks for it, which leads back to the form.
pub async fn fail(state: &State, parts: Parts, error: Error) -> Response {
    if error == Error::ProofNeeded {
        return Redirect::to(&routes::confirm_then(parts.uri.path())).into_response();
    }
    let instead = Instead::Error(error);
    let page = move || provide_context(instead.clone());
    render(state, Request::from_parts(parts, Body::empty()), page).await
}

/// In the context of a page whose form was sent and refused.
#[derive(Clone, Debug)]
pub struct Rejected<F> {
    pub form: F,
    pub errors: Vec<FieldError>,
}
