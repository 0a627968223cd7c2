//! One channel: its status, keys and requests.

use domain::audit::list::history;
use domain::channels::{Channel, ChannelStatus, get::get};
use domain::ids::ChannelId;
use domain::keys::Key;
use domain::keys::list::{KeyFilter, list};
use domain::members::{self, Colleague};
use domain::usage::Range;
use domain::usage::series::{Subject, series};
use leptos::prelude::*;

use super::{acting_users, status_tag};
use crate::keys::key_rows;
use crate::keys::role_note::{may_create, role_note};
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, Button, ButtonKind, Card, Choice, Column, DataTable, Description, DescriptionList,
    EmptyState, FormActions, IconName, LinkButton, PageHeader, RadioGroup, Select, Tone,
};
use crate::{audit, routes, usage, when};

#[component]
pub fn ChannelPage() -> impl IntoView {
    organization_page(Section::Channels, |request, member| async move {
        let backend = request.backend();
        let id: ChannelId = request.param("channel")?;
        let channel = get(backend, &member, id).await?;
        let filter = KeyFilter { channel_id: Some(id), ..KeyFilter::default() };
        let (keys, _) = list(backend, &member, &filter).await?;
        let bars = series(backend, &member, Subject::Channel(id), Range::Day).await?;
        let events = history(backend, &member, id.0).await?;
        let now = backend.clock.now();
        let people = match member.admin() {
            Ok(admin) => members::list(backend, &admin).await?,
            Err(_) => Vec::new(),
        };
        let slug = member.organization().slug.clone();
        let may_create = may_create(&member, backend.profiles.of(member.organization())?);
        let keys = keys_table(&slug, keys, now, member.is_admin());
        let graph = usage::graph("Requests", Range::Day, &bars, now);
        let body = view! {
            {header(&slug, &channel, may_create)}
            {role_note(&member, may_create)}
            {facts(&channel)}
            {member.is_admin().then(|| unbound(&channel)).flatten()}
            <Card title="API keys">{keys}</Card>
            <Card>{graph}</Card>
            {member.is_admin().then(|| status_form(&slug, &channel))}
            {member.is_admin().then(|| acting_user_form(&slug, &channel, &people))}
            {audit::history_card(&member, id.0, events)}
        };
        Ok(Content::new(channel.name, body))
    })
}

fn header(slug: &str, channel: &Channel, may_create: bool) -> impl IntoView + use<> {
    let create = may_create.then(|| {
        view! {
            <LinkButton
                href=routes::new_key_for(slug, channel.id)
                kind=ButtonKind::Primary
                icon=IconName::Plus
            >
                "Create key"
            </LinkButton>
        }
    });
    view! {
        <PageHeader
            title=channel.name.clone()
            back=(routes::channels(slug), "Channels".to_owned())
        >
            {create}
        </PageHeader>
    }
}

/// Before somebody switches on what nobody's role bounds, as after its acting user has gone.
fn unbound(channel: &Channel) -> Option<impl IntoView + use<>> {
    let is_off = channel.status != ChannelStatus::Active;
    (is_off && channel.acting_user_id.is_none()).then(|| {
        view! {
            <Banner tone=Tone::Warning title="This channel acts as nobody in particular">
                "Switched on, its keys may do all that their scopes allow. Choose an acting user first if a member's role should bound them."
            </Banner>
        }
    })
}

fn facts(channel: &Channel) -> impl IntoView + use<> {
    let acting =
        channel.acting_user_name.clone().unwrap_or_else(|| "Nobody in particular".to_owned());
    let (status, added) = (channel.status, channel.created_at);
    view! {
        <Card>
            <DescriptionList>
                <Description term="Status">{status_tag(status)}</Description>
                <Description term="Acting user">{acting}</Description>
                <Description term="Added">{when::time_view(added)}</Description>
            </DescriptionList>
        </Card>
    }
}

fn keys_table(slug: &str, keys: Vec<Key>, now: time::OffsetDateTime, admin: bool) -> AnyView {
    if keys.is_empty() {
        return view! {
            <EmptyState title="No keys yet" icon=IconName::Key>
                "Programs need a key to call the API through this channel."
            </EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::new("Name"),
        Column::new("Key").secondary(),
        Column::new("Status"),
        Column::new("Requests in 24 h").numeric().secondary(),
        Column::new("Last used").secondary(),
        Column::new("Action").name_hidden(),
    ];
    let rows = key_rows::for_channel(slug, keys, now, admin);
    view! {
        <DataTable caption="Keys of this channel" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

fn status_form(slug: &str, channel: &Channel) -> impl IntoView + use<> {
    let choices = ChannelStatus::ALL.into_iter().map(|status| Choice {
        value: status.as_str().to_owned(),
        label: status.as_str().to_owned(),
        hint: Some(explain(status).to_owned()),
    });
    let (action, choices) = (routes::channel_status(slug, channel.id), choices.collect());
    let value = channel.status.as_str();
    view! {
        <Card title="Change status">
            <form
                method="post"
                action=action
                class="form stack"
            >
                <RadioGroup
                    legend="Status"
                    name="status"
                    choices
                    value
                    hint="Takes effect at once for all keys of the channel, and can be changed back."
                />
                <FormActions>
                    <Button kind=ButtonKind::Secondary>"Change status"</Button>
                </FormActions>
            </form>
        </Card>
    }
}

fn acting_user_form(slug: &str, channel: &Channel, people: &[Colleague]) -> impl IntoView + use<> {
    let action = routes::channel_acting_user(slug, channel.id);
    let value = channel.acting_user_id.map(|user| user.to_string()).unwrap_or_default();
    let choices = acting_users(people);
    view! {
        <Card title="Change acting user">
            <form method="post" action=action class="form stack">
                <Select
                    label="Acting user"
                    name="acting_user"
                    choices
                    value
                    hint="The channel's keys may do what this member may. When the member goes, the channel is switched off."
                />
                <FormActions>
                    <Button kind=ButtonKind::Secondary>"Change acting user"</Button>
                </FormActions>
            </form>
        </Card>
    }
}

fn explain(status: ChannelStatus) -> &'static str {
    match status {
        ChannelStatus::Active => "Its keys are accepted.",
        ChannelStatus::Inactive => "Switched off for now: its keys are refused with 403.",
        ChannelStatus::Suspended => "Stopped for cause: its keys are refused with 403.",
    }
}
