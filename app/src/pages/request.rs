//! The request that a page answers: who looks, and at what.

use axum::http::request::Parts;
use domain::members::{self, Member};
use domain::reps::{self, Rep};
use domain::users::{Fresh, User};
use domain::zone::Zone;
use domain::{Backend, Error, Result};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::params::ParamsMap;
use std::str::FromStr;
use std::sync::Arc;

use crate::receipt::Told;
use crate::state::{Notice, RequestId, State, Viewer, fresh, origin};
use crate::theme;
use crate::ui::Theme;

/// The request that a page answers.
#[derive(Clone, Debug)]
pub struct Request {
    state: State,
    parts: Arc<Parts>,
    params: ParamsMap,
    query: ParamsMap,
}

impl Request {
    /// The request being answered; none while the list of routes is made.
    pub fn current() -> Option<Self> {
        Some(Self {
            state: use_context()?,
            parts: Arc::new(use_context()?),
            params: ParamsMap::new(),
            query: ParamsMap::new(),
        })
    }

    /// The same, with what the route found in the address.
    pub fn routed() -> Option<Self> {
        let request = Self::current()?;
        let (params, query) = (use_params_map().get_untracked(), use_query_map().get_untracked());
        Some(Self { params, query, ..request })
    }

    pub fn backend(&self) -> &Backend {
        &self.state.backend
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn id(&self) -> String {
        self.parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
    }

    pub fn theme(&self) -> Theme {
        theme::of(&self.parts)
    }

    /// Path and query, to come back to.
    pub fn address(&self) -> String {
        self.parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default()
    }

    /// What the address says under this name, or nothing.
    pub fn query(&self, name: &str) -> String {
        self.query.get(name).unwrap_or_default()
    }

    /// What the address has in this place.
    pub fn text_param(&self, name: &str) -> String {
        self.params.get(name).unwrap_or_default()
    }

    /// The id in the address; text that is none names nothing.
    pub fn param<T: FromStr<Err = Error>>(&self, name: &str) -> Result<T> {
        self.params.get(name).ok_or(Error::NotFound)?.parse()
    }

    pub fn user(&self) -> Result<User> {
        self.parts.extensions.get().map(|Viewer(user)| user.clone()).ok_or(Error::Unauthenticated)
    }

    /// Proof that they have lately given their password.
    pub fn fresh(&self) -> Result<Fresh> {
        fresh(&self.parts, self.backend())
    }

    pub fn notice(&self) -> Option<Told> {
        self.parts.extensions.get().map(|Notice(told)| told.clone())
    }

    /// The proof that whoever looks is a member of the organization in the address.
    pub(super) async fn member(&self) -> Result<Member> {
        let organization = self.params.get("organization").ok_or(Error::NotFound)?;
        self.member_of(&organization).await
    }

    /// The proof that whoever looks is a rep.
    pub async fn rep(&self) -> Result<Rep> {
        reps::enter(self.backend(), self.user()?.id, origin(&self.parts)).await
    }

    /// The proof that whoever looks is a member; the page tells times in the organization's zone
    /// from here on.
    pub async fn member_of(&self, organization: &str) -> Result<Member> {
        let user = self.user()?;
        let member =
            members::enter(self.backend(), user.id, organization, origin(&self.parts)).await?;
        provide_context(Zone::named(&member.organization().time_zone));
        Ok(member)
    }
}
