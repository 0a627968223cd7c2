//! One call, by the id that its answer carried.

use uuid::Uuid;

use super::list::{LoggedCall, calls_of, named, time_of};
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// The organization's call with this id.
pub async fn find(backend: &Backend, admin: &Admin, request_id: Uuid) -> Result<LoggedCall> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let mut query = calls_of(admin.organization().id.0);
    query.push(" and at = ").push_bind(time_of(request_id));
    query.push(" and request_id = ").push_bind(request_id);
    let mut query = named(query, "desc");
    let call = query.build_query_as().fetch_optional(&mut *transaction).await?;
    transaction.commit().await?;
    call.ok_or(Error::NotFound)
}
