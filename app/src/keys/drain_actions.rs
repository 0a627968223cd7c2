//! What is done with a key's former texts.

use axum::extract::Path;
use axum::response::Response;
use domain::ids::KeyId;
use domain::keys::draining::end::end;
use domain::keys::draining::extend::extend;
use domain::keys::overlap::Overlap;
use domain::{Error, Result};
use std::time::Instant;
use time::OffsetDateTime;

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const OLD: &str = "/{organization}/settings/api-keys/{key}/old/{old}";
    RouteTable::new()
        .post(&format!("{OLD}/extend"), extend_old)
        .post(&format!("{OLD}/end"), end_old)
}

/// The organization's slug, the key's id and the former text's, as the address has them.
type OldPath = Path<(String, String, String)>;

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
struct ExtendForm {
    /// By how much.
    by: String,
    /// The end that the page showed, in microseconds since 1970.
    seen: String,
}

impl ExtendForm {
    /// Its values are buttons': whatever else comes was not sent by the page.
    fn parse(&self) -> Result<(Overlap, OffsetDateTime)> {
        let by = Overlap::named(&self.by).filter(|by| *by != Overlap::Now);
        let seen = self.seen.parse::<i64>().ok().and_then(|microseconds| {
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1_000).ok()
        });
        by.zip(seen).ok_or(Error::Conflict("Go back to the key and choose again."))
    }
}

async fn extend_old(
    act: Act,
    Path((organization, key, old)): OldPath,
    Form(form): Form<ExtendForm>,
) -> Response {
    let extended = async {
        let author = act.author(&organization).await?;
        let (key, old): (KeyId, KeyId) = (key.parse()?, old.parse()?);
        let (by, seen) = form.parse()?;
        extend(act.backend(), &author, key, old, by, seen).await?;
        Ok::<KeyId, Error>(key)
    };
    match extended.await {
        Ok(key) => act.done(&routes::key(&organization, key), "The old key ends later").await,
        Err(error) => act.fail(error).await,
    }
}

async fn end_old(act: Act, Path((organization, key, old)): OldPath) -> Response {
    let began = Instant::now();
    let ended = async {
        let author = act.author(&organization).await?;
        let (key, old): (KeyId, KeyId) = (key.parse()?, old.parse()?);
        end(act.backend(), &author, key, old).await?;
        Ok::<_, Error>((key, old))
    };
    match ended.await {
        Ok((key, old)) => {
            let to = routes::key(&organization, key);
            act.done_for_all(&to, old.0, began, "Old key ended").await
        }
        Err(error) => act.fail(error).await,
    }
}
