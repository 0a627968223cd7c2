//! What redeeming a claim does.

use axum::extract::Path;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Result;
use domain::claims::{Redeemed, find, redeem};
use domain::keys::Access;
use domain::keys::create::{KeyForm, NewKey};
use domain::keys::mint::Minted;
use uuid::Uuid;

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    RouteTable::new().post("/claims/{token}", redeem_claim)
}

/// The form's fields.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ClaimForm {
    pub name: String,
    pub environment: String,
}

impl ClaimForm {
    /// Days until the key expires.
    pub const LIFETIME_DAYS: &'static str = "90";

    /// A key that may do everything; others can be more particular.
    fn key(&self) -> Result<NewKey> {
        NewKey::parse(&KeyForm {
            name: self.name.clone(),
            environment: self.environment.clone(),
            access: Access::ReadWrite.as_str().to_owned(),
            expires_in_days: Self::LIFETIME_DAYS.to_owned(),
            secret_required: Some("true".to_owned()),
            form_token: Uuid::now_v7().to_string(),
            ..KeyForm::default()
        })
    }
}

/// Shows the key. Whatever stands in the way, the claim's own page tells.
async fn redeem_claim(
    act: Result<Act, Response>,
    uri: Uri,
    Path(token): Path<String>,
    Form(form): Form<ClaimForm>,
) -> Response {
    let page = || Redirect::to(uri.path()).into_response();
    let Ok(act) = act else { return page() };
    match try_redeem(&act, &token, &form).await {
        Ok(Some((slug, minted))) => act.reveal(&slug, minted).await,
        Ok(None) => page(),
        Err(error) => act.refuse(error, form).await,
    }
}

async fn try_redeem(act: &Act, token: &str, form: &ClaimForm) -> Result<Option<(String, Minted)>> {
    let Ok(token) = token.parse() else { return Ok(None) };
    let Some(claim) = find(act.backend(), &token).await? else { return Ok(None) };
    if claim.accepted_by != Some(act.user().id) {
        return Ok(None);
    }
    let admin = act.admin(&claim.slug).await?;
    match redeem(act.backend(), &admin, &claim, &form.key()?).await? {
        Redeemed::Now(minted) => Ok(Some((claim.slug, minted))),
        Redeemed::Not => Ok(None),
    }
}
