//! What is done with the second half of a pair.

use axum::extract::Path;
use axum::response::Response;
use domain::Error;
use domain::ids::KeyId;
use domain::keys::require_secret::{require_secret, waive_secret};
use domain::keys::rotate_secret::rotate_secret;

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const KEY: &str = "/{organization}/settings/api-keys/{key}";
    RouteTable::new()
        .post(&format!("{KEY}/rotate-secret"), rotate_key_secret)
        .post(&format!("{KEY}/require-secret"), require_key_secret)
        .post(&format!("{KEY}/waive-secret"), waive_key_secret)
}

/// The organization's slug and the key's id, as the address has them.
type KeyPath = Path<(String, String)>;

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

async fn require_key_secret(act: Act, Path((organization, key)): KeyPath) -> Response {
    let required = async {
        let (author, id) = (act.author(&organization).await?, key.parse()?);
        require_secret(act.backend(), &author, id).await?;
        Ok::<KeyId, Error>(id)
    };
    match required.await {
        Ok(id) => act.done(&routes::key(&organization, id), "The secret is required").await,
        Err(error) => act.fail(error).await,
    }
}

async fn waive_key_secret(act: Act, Path((organization, key)): KeyPath) -> Response {
    let waived = async {
        let (author, id) = (act.author(&organization).await?, key.parse()?);
        waive_secret(act.backend(), &author, id, &act.fresh()?).await?;
        Ok::<KeyId, Error>(id)
    };
    match waived.await {
        Ok(id) => act.done(&routes::key(&organization, id), "The secret is not required").await,
        Err(error) => act.fail(error).await,
    }
}
