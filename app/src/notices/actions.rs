//! What the notices' forms do.

use axum::extract::Path;
use axum::response::Response;
use domain::Result;
use domain::ids::WebhookId;
use domain::members::Admin;
use domain::notices::mails::change_mails;
use domain::notices::send_again::send_again;
use domain::webhooks::add::{Added, NewWebhook, WebhookForm, add};
use domain::webhooks::remove::remove;
use domain::webhooks::rotate_secret::rotate_secret;
use domain::webhooks::send_test::send_test;
use domain::webhooks::switch::{disable, enable};
use domain::{Error, Rule};

use super::secret::ShownSecret;
use crate::act::Act;
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    let webhook = "/{organization}/settings/notices/{webhook}";
    let at = |action: &str| format!("{webhook}/{action}");
    RouteTable::new()
        .post("/{organization}/settings/notices", save_mails)
        .post("/{organization}/settings/notices/new", add_webhook)
        .post(&at("test"), test)
        .post(&at("rotate"), rotate)
        .post(&at("disable"), switch_off)
        .post(&at("enable"), switch_on)
        .post(&at("remove"), remove_webhook)
        .post(&at("deliveries/{delivery}/again"), again)
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct MailsForm {
    expiry_mails: Option<String>,
}

async fn save_mails(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<MailsForm>,
) -> Response {
    let saved = async {
        let admin = act.admin(&organization).await?;
        change_mails(act.backend(), &admin, form.expiry_mails.is_some()).await
    };
    match saved.await {
        Ok(()) => act.done(&routes::notices(&organization), "Notices saved").await,
        Err(error) => act.fail(error).await,
    }
}

async fn add_webhook(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<WebhookForm>,
) -> Response {
    let added = async {
        let admin = act.admin(&organization).await?;
        let new = NewWebhook::parse(&form, &act.backend().webhook_reach)?;
        add(act.backend(), &admin, &new).await
    };
    match added.await {
        Ok(Added::Now(id, secret)) => act.show(ShownSecret::New(id, secret)).await,
        Ok(Added::Before) => act.show(ShownSecret::Before).await,
        Err(error) => act.refuse(error, form).await,
    }
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct RotateForm {
    seen: String,
}

async fn rotate(
    act: Act,
    Path((organization, webhook)): Path<(String, String)>,
    Form(form): Form<RotateForm>,
) -> Response {
    let rotated = async {
        let admin = act.admin(&organization).await?;
        let id: WebhookId = webhook.parse()?;
        let seen = form.seen.parse().map_err(|_| Error::invalid("seen", Rule::NotAChoice))?;
        let secret = rotate_secret(act.backend(), &admin, id, seen).await?;
        Ok::<_, Error>(ShownSecret::Rotated(id, secret))
    };
    match rotated.await {
        Ok(shown) => act.show(shown).await,
        Err(error) => act.fail(error).await,
    }
}

/// The admin and the webhook that the address names.
async fn named(act: &Act, organization: &str, webhook: &str) -> Result<(Admin, WebhookId)> {
    Ok((act.admin(organization).await?, webhook.parse()?))
}

/// Back to the webhook's page, or to the page for what went wrong.
async fn answer(act: Act, organization: &str, done: Result<WebhookId>, notice: &str) -> Response {
    match done {
        Ok(id) => act.done(&routes::webhook(organization, id), notice).await,
        Err(error) => act.fail(error).await,
    }
}

async fn test(act: Act, Path((organization, webhook)): Path<(String, String)>) -> Response {
    let sent = async {
        let (admin, id) = named(&act, &organization, &webhook).await?;
        send_test(act.backend(), &admin, id).await.map(|()| id)
    };
    let sent = sent.await;
    answer(act, &organization, sent, "A test event is on its way").await
}

async fn switch_off(act: Act, Path((organization, webhook)): Path<(String, String)>) -> Response {
    let switched = async {
        let (admin, id) = named(&act, &organization, &webhook).await?;
        disable(act.backend(), &admin, id).await.map(|()| id)
    };
    let switched = switched.await;
    answer(act, &organization, switched, "Webhook disabled").await
}

async fn switch_on(act: Act, Path((organization, webhook)): Path<(String, String)>) -> Response {
    let switched = async {
        let (admin, id) = named(&act, &organization, &webhook).await?;
        enable(act.backend(), &admin, id).await.map(|()| id)
    };
    let switched = switched.await;
    answer(act, &organization, switched, "Webhook enabled").await
}

async fn again(
    act: Act,
    Path((organization, webhook, delivery)): Path<(String, String, String)>,
) -> Response {
    let sent = async {
        let (admin, id) = named(&act, &organization, &webhook).await?;
        send_again(act.backend(), &admin, id, delivery.parse()?).await.map(|()| id)
    };
    let sent = sent.await;
    answer(act, &organization, sent, "It is sent again").await
}

async fn remove_webhook(
    act: Act,
    Path((organization, webhook)): Path<(String, String)>,
) -> Response {
    let removed = async {
        let (admin, id) = named(&act, &organization, &webhook).await?;
        remove(act.backend(), &admin, id).await
    };
    match removed.await {
        Ok(()) => act.done(&routes::notices(&organization), "Webhook removed").await,
        Err(error) => act.fail(error).await,
    }
}
