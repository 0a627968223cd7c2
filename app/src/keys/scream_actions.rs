//! Beginning and ending a key's scream test.

use axum::extract::Path;
use axum::response::Response;
use domain::ids::KeyId;
use domain::keys::scream::begin::begin;
use domain::keys::scream::end::end;
use domain::keys::scream::{Length, ScreamForm};
use domain::{Error, Result};
use std::time::Instant;

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const TEST: &str = "/{organization}/settings/api-keys/{key}/scream-test";
    RouteTable::new().post(TEST, begin_test).post(&format!("{TEST}/end"), end_test)
}

/// The organization's slug and the key's id, as the address has them.
type KeyPath = Path<(String, String)>;

async fn begin_test(
    act: Act,
    Path((organization, key)): KeyPath,
    Form(form): Form<ScreamForm>,
) -> Response {
    let began = Instant::now();
    match try_begin(&act, &organization, &key, &form).await {
        Ok(id) => {
            let to = routes::key(&organization, id);
            act.done_for_all(&to, id.0, began, "Test begun").await
        }
        Err(error) => act.refuse(error, form).await,
    }
}

async fn try_begin(act: &Act, organization: &str, key: &str, form: &ScreamForm) -> Result<KeyId> {
    let (author, id) = (act.author(organization).await?, key.parse()?);
    begin(act.backend(), &author, id, Length::parse(form)?).await?;
    Ok(id)
}

async fn end_test(act: Act, Path((organization, key)): KeyPath) -> Response {
    let ended = async {
        let (author, id) = (act.author(&organization).await?, key.parse()?);
        end(act.backend(), &author, id).await?;
        Ok::<KeyId, Error>(id)
    };
    match ended.await {
        Ok(id) => act.done(&routes::key(&organization, id), "The test is over").await,
        Err(error) => act.fail(error).await,
    }
}
