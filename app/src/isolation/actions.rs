//! Running the proof. It changes nothing, but costs hundreds of queries: a form starts it, not a
//! link.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::Result;
use domain::isolation::Report;
use domain::isolation::prove::{PartiesForm, prove_between, prove_for};

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const PAGE: &str = "/{organization}/settings/isolation";
    RouteTable::new()
        .post(PAGE, show)
        .post(&format!("{PAGE}.json"), download)
        .post(routes::REP_ISOLATION, show_between)
}

async fn show(act: Act, Path(organization): Path<String>) -> Response {
    match report(&act, &organization).await {
        Ok(report) => act.show(report).await,
        Err(error) => act.fail(error).await,
    }
}

async fn show_between(act: Act, Form(form): Form<PartiesForm>) -> Response {
    let report = async {
        let rep = act.rep().await?;
        prove_between(act.backend(), &rep, &form).await
    };
    match report.await {
        Ok(report) => act.show(report).await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn download(act: Act, Path(organization): Path<String>) -> Response {
    let text = async { report(&act, &organization).await?.to_json() };
    match text.await {
        Ok(text) => {
            // A slug is letters, digits and hyphens.
            let name = format!("attachment; filename=\"isolation-{organization}.json\"");
            let headers = [
                (CONTENT_TYPE, "application/json".to_owned()),
                (CONTENT_DISPOSITION, name),
                (CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, text).into_response()
        }
        Err(error) => act.fail(error).await,
    }
}

async fn report(act: &Act, organization: &str) -> Result<Report> {
    let owner = act.member(organization).await?.owner()?;
    prove_for(act.backend(), &owner).await
}
