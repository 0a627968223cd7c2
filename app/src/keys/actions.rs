//! What the keys' forms do.

use axum::extract::Path;
use axum::response::Response;
use domain::ids::KeyId;
use domain::keys::create::{KeyForm, NewKey, create};
use domain::keys::regenerate::{RegenerateForm, Regeneration, regenerate};
use domain::keys::revocation::Revocation;
use domain::keys::revoke::{RevokeForm, revoke_because};
use domain::keys::rotate_secret::rotate_secret;
use domain::keys::{disable, get, mark_stored};
use domain::usage::totals::key_totals;
use domain::{Error, Result, Rule};

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const KEY: &str = "/{organization}/settings/api-keys/{key}";
    RouteTable::new()
        .post("/{organization}/settings/api-keys/new", create_key)
        .post(&format!("{KEY}/regenerate"), regenerate_key)
        .post(&format!("{KEY}/rotate-secret"), rotate_key_secret)
        .post(&format!("{KEY}/stored"), confirm_stored)
        .post(&format!("{KEY}/disable"), disable_key)
        .post(&format!("{KEY}/enable"), enable_key)
        .post(&format!("{KEY}/revoke"), revoke_key)
        .merge(super::drain_actions::router())
}

/// The organization's slug and the key's id, as the address has them.
type KeyPath = Path<(String, String)>;

async fn create_key(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<KeyForm>,
) -> Response {
    let minted = async {
        let author = act.author(&organization).await?;
        create(act.backend(), &author, &NewKey::parse(&form)?).await
    };
    match minted.await {
        Ok(minted) => act.reveal(&organization, minted).await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn regenerate_key(
    act: Act,
    Path((organization, key)): KeyPath,
    Form(form): Form<RegenerateForm>,
) -> Response {
    let minted = async {
        let author = act.author(&organization).await?;
        let profile = act.backend().profiles.of(author.organization())?;
        let wanted = Regeneration::parse(&form, profile)?;
        regenerate(act.backend(), &author, key.parse()?, &wanted).await
    };
    match minted.await {
        Ok(minted) => act.reveal(&organization, minted).await,
        Err(error) => act.refuse(error, form).await,
    }
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
struct RotateForm {
    form_token: String,
}

async fn rotate_key_secret(
    act: Act,
    Path((organization, key)): KeyPath,
    Form(form): Form<RotateForm>,
) -> Response {
    let minted = async {
        let author = act.author(&organization).await?;
        let token = form.form_token.parse();
        let token = token.map_err(|_| Error::Conflict("Go back to the key and try again."))?;
        rotate_secret(act.backend(), &author, key.parse()?, token).await
    };
    match minted.await {
        Ok(minted) => act.reveal(&organization, minted).await,
        Err(error) => act.fail(error).await,
    }
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct StoredForm {
    stored: Option<String>,
}

async fn confirm_stored(
    act: Act,
    Path((organization, key)): KeyPath,
    Form(form): Form<StoredForm>,
) -> Response {
    let stored = async {
        let author = act.author(&organization).await?;
        let id = key.parse()?;
        mark_stored::mark_stored(act.backend(), &author, id, form.stored.is_some()).await?;
        Ok::<KeyId, Error>(id)
    };
    match stored.await {
        Ok(id) => act.done(&routes::key(&organization, id), "The key is ready to use").await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn disable_key(act: Act, Path((organization, key)): KeyPath) -> Response {
    let changed = async {
        let (author, id) = (act.author(&organization).await?, key.parse()?);
        disable::disable(act.backend(), &author, id).await?;
        Ok::<KeyId, Error>(id)
    };
    match changed.await {
        Ok(id) => act.done(&routes::key(&organization, id), "Key disabled").await,
        Err(error) => act.fail(error).await,
    }
}

async fn enable_key(act: Act, Path((organization, key)): KeyPath) -> Response {
    let changed = async {
        let (author, id) = (act.author(&organization).await?, key.parse()?);
        disable::enable(act.backend(), &author, id).await?;
        Ok::<KeyId, Error>(id)
    };
    match changed.await {
        Ok(id) => act.done(&routes::key(&organization, id), "Key enabled").await,
        Err(error) => act.fail(error).await,
    }
}

async fn revoke_key(
    act: Act,
    Path((organization, key)): KeyPath,
    Form(form): Form<RevokeForm>,
) -> Response {
    match try_revoke(&act, &organization, &key, &form).await {
        Ok(id) => act.done(&routes::key(&organization, id), "Key revoked").await,
        Err(error) => act.refuse(error, form).await,
    }
}

/// A key that was used in the last 7 days is revoked only when its name is typed.
async fn try_revoke(act: &Act, organization: &str, key: &str, form: &RevokeForm) -> Result<KeyId> {
    let author = act.author(organization).await?;
    let key = get::get(act.backend(), &author, key.parse()?).await?;
    let used = key_totals(act.backend(), &author, key.id).await?.requests_7d > 0;
    if used && form.confirmation.trim() != key.name {
        return Err(Error::invalid("confirmation", Rule::NotTheName));
    }
    let why = Revocation::parse(form)?;
    revoke_because(act.backend(), &author, key.id, Some(&why)).await?;
    Ok(key.id)
}
