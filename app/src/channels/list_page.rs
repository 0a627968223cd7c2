//! All channels of an organization.

use domain::channels::list::{ChannelLine, list};
use leptos::prelude::*;

use super::status_tag;
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{
    ButtonKind, Cell, Column, DataTable, EmptyState, IconName, LinkButton, PageHeader,
    grouped_number,
};

#[component]
pub fn ListPage() -> impl IntoView {
    organization_page(Section::Channels, |request, member| async move {
        let channels = list(request.backend(), &member).await?;
        let slug = member.organization().slug.clone();
        let add = member.is_admin().then(|| {
            view! {
                <LinkButton
                    href=routes::new_channel(&slug)
                    kind=ButtonKind::Primary
                    icon=IconName::Plus
                >
                    "Add channel"
                </LinkButton>
            }
        });
        let body = view! {
            <PageHeader
                title="Channels"
                subtitle="A channel groups the keys of one integration; they stop and go together."
            >
                {add}
            </PageHeader>
            {table(&slug, channels)}
        };
        Ok(Content::new("Channels", body))
    })
}

fn table(slug: &str, channels: Vec<ChannelLine>) -> AnyView {
    if channels.is_empty() {
        return view! {
            <EmptyState title="No channels yet" icon=IconName::Channel>
                "Add one for each integration that calls the API. Its first key comes with it."
            </EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::new("Name"),
        Column::new("Status"),
        Column::new("Keys").numeric().secondary(),
        Column::new("Requests in 24 h").numeric(),
    ];
    let row = |channel: ChannelLine| {
        let href = routes::channel(slug, channel.id);
        view! {
            <tr>
                <Cell header=true>
                    <a href=href>{channel.name}</a>
                </Cell>
                <Cell>{status_tag(channel.status)}</Cell>
                <Cell numeric=true secondary=true>
                    {channel.keys}
                </Cell>
                <Cell numeric=true>{grouped_number(channel.requests_24h.unsigned_abs())}</Cell>
            </tr>
        }
    };
    let rows = channels.into_iter().map(row).collect_view();
    view! {
        <DataTable caption="Channels" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}
