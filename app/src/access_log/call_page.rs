//! One call: all that is known of it, and why it was refused.

use axum::http::StatusCode;
use domain::Error;
use domain::access_log::find::find;
use domain::access_log::list::LoggedCall;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use uuid::Uuid;

use super::call_rows::{ended, milliseconds, request_text};
use super::reasons::{explanation, reason_text};
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, Card, Description, DescriptionList, EmptyState, IconName, PageHeader, Tone,
};
use crate::{routes, when};

#[component]
pub fn CallPage() -> impl IntoView {
    organization_page(Section::AccessLog, |request, member| async move {
        let admin = member.admin()?;
        let slug = admin.organization().slug.clone();
        let id: Uuid = request.text_param("request").parse().map_err(|_| Error::NotFound)?;
        let back = (routes::access_log(&slug), "Access log".to_owned());
        let body = match find(request.backend(), &admin, id).await {
            Ok(call) => view! {
                <PageHeader title="Call" subtitle=request_text(&call) back />
                {why(&call)}
                <Card>{facts(&slug, call)}</Card>
            }
            .into_any(),
            Err(Error::NotFound) => not_there(id, back),
            Err(error) => return Err(error),
        };
        Ok(Content::new("Call", body))
    })
}

/// An id that is not in the log is no reason to say that there is no such page.
fn not_there(id: Uuid, back: (String, String)) -> AnyView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
    view! {
        <PageHeader title="Call" subtitle=id.to_string() back />
        <EmptyState title="This call is not in the log" icon=IconName::Search>
            "It may be older than the log, or have been made a moment ago: then look again. Calls without a key that \
             is known, such as one with a typing error, stand in nobody's log."
        </EmptyState>
    }
    .into_any()
}

fn why(call: &LoggedCall) -> impl IntoView + use<> {
    call.reason.map(|reason| {
        view! {
            <Banner tone=Tone::Danger title=format!("Refused: {}", reason_text(reason))>
                {explanation(reason)}
            </Banner>
        }
    })
}

fn facts(slug: &str, call: LoggedCall) -> impl IntoView + use<> {
    let ended = ended(&call);
    let key = match call.key_name {
        Some(name) => view! { <a href=routes::key(slug, call.key_id)>{name}</a> }.into_any(),
        None => "A deleted key".into_any(),
    };
    let channel = call.channel_id.zip(call.channel_name).map(|(id, name)| {
        let href = routes::channel(slug, id);
        view! {
            <Description term="Channel">
                <a href=href>{name}</a>
            </Description>
        }
    });
    let datastore = call.datastore.map(|name| {
        view! {
            <Description term="Answered by">
                <code>{name}</code>
            </Description>
        }
    });
    let unknown = || "Not known".to_owned();
    view! {
        <DescriptionList short=true>
            <Description term="Result">{ended}</Description>
            <Description term="Status">{call.status}</Description>
            <Description term="Time">{when::time_view(call.at)}</Description>
            <Description term="Took">{milliseconds(call.duration_us)}</Description>
            <Description term="Key">{key}</Description>
            {channel}
            <Description term="Endpoint">
                <code>{format!("{} {}", call.method, call.endpoint)}</code>
            </Description>
            <Description term="Path">
                <code>{call.path}</code>
            </Description>
            <Description term="IP address">
                <code>{call.ip.unwrap_or_else(unknown)}</code>
            </Description>
            <Description term="User agent">{call.user_agent.unwrap_or_else(unknown)}</Description>
            {datastore}
            <Description term="Node">{call.node}</Description>
            <Description term="Request id">
                <code>{call.request_id.to_string()}</code>
            </Description>
        </DescriptionList>
    }
}
