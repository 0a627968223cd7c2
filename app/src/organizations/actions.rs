//! What the settings' forms do.

use axum::extract::Path;
use axum::response::Response;
use domain::organizations::change_security::change_security;
use domain::organizations::change_settings::change_settings;
use domain::organizations::{NewSecurity, NewSettings, SecurityForm, SettingsForm};

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    RouteTable::new()
        .post("/{organization}/settings", save)
        .post("/{organization}/settings/security", save_security)
}

async fn save(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<SettingsForm>,
) -> Response {
    let saved = async {
        let admin = act.admin(&organization).await?;
        change_settings(act.backend(), &admin, &NewSettings::parse(&form)?).await
    };
    match saved.await {
        Ok(()) => act.done(&routes::settings(&organization), "Settings saved").await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn save_security(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<SecurityForm>,
) -> Response {
    let saved = async {
        let owner = act.member(&organization).await?.owner()?;
        let new = NewSecurity::parse(&form)?;
        change_security(act.backend(), &owner, &new, &act.fresh()?).await
    };
    match saved.await {
        Ok(()) => act.done(&routes::settings(&organization), "Settings saved").await,
        Err(error) => act.refuse(error, form).await,
    }
}
