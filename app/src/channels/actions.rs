//! What the channels' forms do.

use axum::extract::Path;
use axum::response::Response;
use domain::channels::ChannelStatus;
use domain::channels::add::{NewChannel, acting_user_named, add};
use domain::channels::change_acting_user::change_acting_user;
use domain::channels::change_status::change_status;
use domain::ids::ChannelId;
use domain::keys::create::{KeyForm, NewKey, create_with_channel};
use domain::keys::mint::Minted;
use domain::organizations::get_settings::policy_of;
use domain::{Error, Result, Rule};
use std::time::Instant;

use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    RouteTable::new()
        .post("/{organization}/channels/new", add_channel)
        .post("/{organization}/channels/{channel}/status", set_status)
        .post("/{organization}/channels/{channel}/acting-user", set_acting_user)
}

/// The form's fields.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ChannelForm {
    pub name: String,
    pub acting_user: String,
    pub first_key: Option<String>,
    pub form_token: String,
}

enum Added {
    Alone(ChannelId),
    WithKey(Minted),
}

async fn add_channel(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<ChannelForm>,
) -> Response {
    match try_add(&act, &organization, &form).await {
        Ok(Added::Alone(id)) => {
            act.done(&routes::channel(&organization, id), "Channel added").await
        }
        Ok(Added::WithKey(minted)) => act.reveal(&organization, minted).await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn try_add(act: &Act, organization: &str, form: &ChannelForm) -> Result<Added> {
    let admin = act.admin(organization).await?;
    let new = NewChannel::parse(&form.name, &form.acting_user)?;
    if form.first_key.is_none() {
        return add(act.backend(), &admin, &new).await.map(Added::Alone);
    }
    let policy = policy_of(act.backend(), &admin).await?;
    if policy.networks_required {
        return Err(Error::invalid("first_key", Rule::FirstKeyUnbound));
    }
    // The key takes the channel's name, and what the profile offers first.
    let profile = act.backend().profiles.of(admin.organization())?;
    let environment =
        profile.environments().next().ok_or_else(|| Error::invalid("name", Rule::NotAChoice))?;
    let key = NewKey::parse(&KeyForm {
        name: form.name.clone(),
        environment: environment.as_str().to_owned(),
        access: "*".to_owned(),
        expires_in_days: policy.default_days().to_string(),
        secret_required: profile.has_secrets().then(|| "true".to_owned()),
        form_token: form.form_token.clone(),
        ..KeyForm::default()
    })?;
    create_with_channel(act.backend(), &admin, &new, key).await.map(Added::WithKey)
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct StatusForm {
    status: String,
}

async fn set_status(
    act: Act,
    Path((organization, channel)): Path<(String, String)>,
    Form(form): Form<StatusForm>,
) -> Response {
    let began = Instant::now();
    let changed = async {
        let admin = act.admin(&organization).await?;
        let id: ChannelId = channel.parse()?;
        let status = ChannelStatus::named(&form.status)
            .ok_or_else(|| Error::invalid("status", Rule::NotAChoice))?;
        change_status(act.backend(), &admin, id, status).await?;
        Ok::<_, Error>((id, status))
    };
    match changed.await {
        Ok((id, status)) => {
            let notice = format!("Channel is {} now", status.as_str());
            let to = routes::channel(&organization, id);
            if status == ChannelStatus::Active {
                return act.done(&to, &notice).await;
            }
            act.done_for_all(&to, id.0, began, &format!("{notice}. Its keys")).await
        }
        Err(error) => act.fail(error).await,
    }
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ActingUserForm {
    acting_user: String,
}

async fn set_acting_user(
    act: Act,
    Path((organization, channel)): Path<(String, String)>,
    Form(form): Form<ActingUserForm>,
) -> Response {
    let changed = async {
        let admin = act.admin(&organization).await?;
        let id = channel.parse()?;
        let acting = acting_user_named(&form.acting_user)
            .map_err(|rule| Error::invalid("acting_user", rule))?;
        change_acting_user(act.backend(), &admin, id, acting).await?;
        Ok::<_, Error>(id)
    };
    match changed.await {
        Ok(id) => act.done(&routes::channel(&organization, id), "Acting user changed").await,
        Err(error) => act.fail(error).await,
    }
}
