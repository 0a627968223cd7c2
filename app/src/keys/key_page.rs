//! One key: what it is, how it is used, what can be done with it.

use domain::audit::list::history;
use domain::keys::get::get;
use domain::keys::{Environment, Key, KeyStatus};
use domain::usage::Range;
use domain::usage::endpoints::{Span, endpoints};
use domain::usage::series::{Subject, series};
use leptos::prelude::*;
use time::OffsetDateTime;

use super::change_card::change_card;
use super::drain_view;
use super::key_rows::{access_text, channel_words, status_tag};
use super::{login_card, scream_card};
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, Card, Description, DescriptionList, IconName, LinkButton, LinkTabs, PageHeader, Tone,
    grouped_number,
};
use crate::{audit, routes, usage, when};

#[component]
pub fn KeyPage() -> impl IntoView {
    organization_page(Section::Keys, |request, member| async move {
        let backend = request.backend();
        let key = get(backend, &member, request.param("key")?).await?;
        let range = Range::named(&request.query("range")).unwrap_or(Range::Day);
        let bars = series(backend, &member, Subject::Key(key.id), range).await?;
        let called =
            endpoints(backend, &member, &Span::last(range, backend.clock.now(), key.id)).await?;
        let events = history(backend, &member, key.id.0).await?;
        let now = backend.clock.now();
        let slug = member.organization().slug.clone();
        let tabs = usage::range_tabs(range, |name| routes::key_range(&slug, key.id, name));
        let can_change = member.may_author(key.environment) && key.status != KeyStatus::Revoked;
        let drain = drain_view::card(&request, &member, &key, can_change).await?;
        let scream = scream_card::card(&request, &member, &key, can_change).await?;
        let profile = backend.profiles.of(member.organization())?;
        let login = login_card::card(&slug, &key, profile, can_change, now);
        let links = can_change.then(|| links(&slug, &key));
        let facts = facts(&slug, &key, now);
        let graph = usage::graph("Requests with this key", range, &bars, now);
        let body = view! {
            <PageHeader
                title=key.name.clone()
                back=(routes::keys(&slug), "API keys".to_owned())
            >
                {links}
            </PageHeader>
            {stopped_banner(&slug, &key)}
            {scream}
            {login}
            <Card>{facts}</Card>
            {drain}
            <Card>
                <LinkTabs label="Range" links=tabs />
                {graph}
            </Card>
            {usage::endpoints_card(called)}
            {can_change.then(|| change_card(&slug, &key))}
            {audit::history_card(&member, key.id.0, events)}
        };
        Ok(Content::new(key.name, body))
    })
}

/// Says so when the channel keeps the key from being accepted, and where to change it.
pub fn stopped_banner(slug: &str, key: &Key) -> impl IntoView + use<> {
    let channel = key.channel.as_ref().filter(|_| key.stopped_by_channel().is_some())?;
    let (href, title) = (routes::channel(slug, channel.id), channel_words(channel.status));
    let name = channel.name.clone();
    Some(view! {
        <Banner tone=Tone::Warning title>
            "Calls with this key are refused with 403 until its channel is active: "
            <a href=href>{name}</a>
        </Banner>
    })
}

fn links(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = |name| routes::key_action(slug, key.id, name);
    let (edit, regenerate) = (action("edit"), action("regenerate"));
    let start = routes::quick_start_with(slug, &[("environment", key.environment.as_str())]);
    // The quick start is about keys.
    let start = (!key.is_login).then(|| {
        view! {
            <LinkButton href=start icon=IconName::Terminal>
                "Quick start"
            </LinkButton>
        }
    });
    let regenerate = key.keeps_its_text().is_none().then(|| {
        view! {
            <LinkButton href=regenerate icon=IconName::Refresh>
                "Regenerate"
            </LinkButton>
        }
    });
    view! {
        {start}
        <LinkButton href=edit icon=IconName::Pencil>
            "Edit"
        </LinkButton>
        {regenerate}
    }
}

fn facts(slug: &str, key: &Key, now: OffsetDateTime) -> impl IntoView + use<> {
    let channel = match &key.channel {
        Some(channel) => {
            view! { <a href=routes::channel(slug, channel.id)>{channel.name.clone()}</a> }
                .into_any()
        }
        None => "No channel".into_any(),
    };
    let environment = match key.environment {
        Environment::Live => "Live",
        Environment::Test => "Test",
    };
    let used = match key.last_used_at {
        Some(at) => when::ago_view(at, now).into_any(),
        None => "Never".into_any(),
    };
    let expires = match key.expires_at {
        Some(at) => when::time_view(at).into_any(),
        None => "Never".into_any(),
    };
    let secret =
        key.has_secret.then_some(if key.secret_required { "Required" } else { "Optional" });
    let (status, access) = (status_tag(key), access_text(key.access));
    let bounds = bounds(key);
    let hint = (!key.is_login).then(|| {
        let hint = key.hint.clone();
        view! {
            <Description term="Key">
                <code>{hint}</code>
            </Description>
        }
    });
    let first = if key.is_login { "First login" } else { "Created" };
    let created = (when::time_view(key.created_at), format!(" by {}", key.created_by));
    let regenerated = (key.issued_at != key.created_at).then_some(key.issued_at);
    let revoked_at = key.revoked_at;
    let reason = key.revoked_reason.clone();
    view! {
        <DescriptionList short=true>
            {hint}
            <Description term="Status">{status}</Description>
            <Description term="Channel">{channel}</Description>
            <Description term="Environment">{environment}</Description>
            <Description term="Access">{access}</Description>
            {bounds}
            {secret.map(|secret| view! { <Description term="Secret">{secret}</Description> })}
            <Description term=first>{created.0} {created.1}</Description>
            {regenerated
                .map(|at| view! { <Description term="Regenerated">{when::time_view(at)}</Description> })}
            <Description term="Expires">{expires}</Description>
            <Description term="Last used">{used}</Description>
            {revoked_at
                .map(|at| view! { <Description term="Revoked">{when::time_view(at)}</Description> })}
            {reason.map(|reason| view! { <Description term="Reason">{reason}</Description> })}
        </DescriptionList>
    }
}

/// What it is bound to beyond its access.
fn bounds(key: &Key) -> impl IntoView + use<> {
    let codes = |texts: &[String]| {
        let codes = texts.iter().map(|text| view! { <code>{text.clone()}</code> " " });
        codes.collect_view()
    };
    let scopes = (!key.listed.is_empty()).then(|| codes(&key.listed));
    let networks = (!key.networks.is_empty()).then(|| codes(&key.networks));
    view! {
        {scopes.map(|scopes| view! { <Description term="Scopes">{scopes}</Description> })}
        {networks
            .map(|networks| view! { <Description term="Allowed networks">{networks}</Description> })}
        {key
            .rate_limit
            .map(|limit| {
                let limit = format!("{} a minute", grouped_number(limit.unsigned_abs().into()));
                view! { <Description term="Requests">{limit}</Description> }
            })}
        {key
            .not_before
            .map(|at| view! { <Description term="Not before">{when::time_view(at)}</Description> })}
    }
}
