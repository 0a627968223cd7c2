//! What the keys' forms do.

use axum::extract::Path;
use axum::response::Response;
use domain::ids::KeyId;
use domain::keys::create::{KeyForm, NewKey, create};
use domain::keys::edit::edit;
use domain::keys::edit_form::{Edit, EditForm};
use domain::keys::mint::Minted;
use domain::keys::overlap::Overlap;
use domain::keys::regenerate::regenerate;
use domain::keys::regeneration::{RegenerateForm, Regeneration};
use domain::keys::revocation::Revocation;
use domain::keys::revoke::{RevokeForm, revoke_because};
use domain::keys::{disable, get, mark_stored};
use domain::usage::totals::key_totals;
use domain::{Error, Result, Rule};
use std::time::Instant;

use super::Shown;
use crate::act::Act;
use crate::form::Form;
use crate::receipt::told;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const KEY: &str = "/{organization}/settings/api-keys/{key}";
    RouteTable::new()
        .post("/{organization}/settings/api-keys/new", create_key)
        .post(&format!("{KEY}/edit"), edit_key)
        .post(&format!("{KEY}/regenerate"), regenerate_key)
        .post(&format!("{KEY}/stored"), confirm_stored)
        .post(&format!("{KEY}/disable"), disable_key)
        .post(&format!("{KEY}/enable"), enable_key)
        .post(&format!("{KEY}/revoke"), revoke_key)
        .merge(super::first_use_events::router())
        .merge(super::drain_actions::router())
        .merge(super::scream_actions::router())
        .merge(super::secret_actions::router())
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

async fn edit_key(
    act: Act,
    Path((organization, key)): KeyPath,
    Form(form): Form<EditForm>,
) -> Response {
    let edited = async {
        let author = act.author(&organization).await?;
        let profile = act.backend().profiles.of(author.organization())?;
        let id = key.parse()?;
        edit(act.backend(), &author, id, &Edit::parse(&form, profile)?).await?;
        Ok::<KeyId, Error>(id)
    };
    match edited.await {
        Ok(id) => act.done(&routes::key(&organization, id), "Key saved").await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn regenerate_key(
    act: Act,
    Path((organization, key)): KeyPath,
    Form(form): Form<RegenerateForm>,
) -> Response {
    let began = Instant::now();
    let minted = async {
        let author = act.author(&organization).await?;
        let profile = act.backend().profiles.of(author.organization())?;
        let wanted = Regeneration::parse(&form, profile)?;
        let minted = regenerate(act.backend(), &author, key.parse()?, &wanted).await?;
        Ok((minted, wanted.overlap))
    };
    match minted.await {
        Ok((Minted::Now(id, credentials), Overlap::Now)) => {
            let told = told(act.backend(), id.0, began, "Old key ended").await;
            act.reveal(&organization, Shown::Replacement(id, credentials, told)).await
        }
        Ok((minted, _)) => act.reveal(&organization, minted).await,
        Err(error) => act.refuse(error, form).await,
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
    let began = Instant::now();
    let changed = async {
        let (author, id) = (act.author(&organization).await?, key.parse()?);
        disable::disable(act.backend(), &author, id).await?;
        Ok::<KeyId, Error>(id)
    };
    match changed.await {
        Ok(id) => {
            let to = routes::key(&organization, id);
            act.done_for_all(&to, id.0, began, "Key disabled").await
        }
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
    let began = Instant::now();
    match try_revoke(&act, &organization, &key, &form).await {
        Ok(id) => {
            let to = routes::key(&organization, id);
            act.done_for_all(&to, id.0, began, "Key revoked").await
        }
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
