//! Who is told what: mail, and webhooks.

use domain::notices::list::list_mails;
use domain::notices::mails::wants_mails;
use domain::webhooks::Webhook;
use domain::webhooks::get::list;
use leptos::prelude::*;
use time::OffsetDateTime;

use super::{delivery_rows, names, status_tag};
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, Button, ButtonKind, Card, Cell, Checkbox, Column, DataTable, EmptyState, FormActions,
    IconName, LinkButton, PageHeader, SubmitOnce, Tone,
};
use crate::{routes, when};

#[component]
pub fn ListPage() -> impl IntoView {
    organization_page(Section::Settings, |request, member| async move {
        let admin = member.admin()?;
        let (backend, slug) = (request.backend(), admin.organization().slug.clone());
        let webhooks = list(backend, &admin).await?;
        let (wanted, mails) =
            (wants_mails(backend, &admin).await?, list_mails(backend, &admin).await?);
        let (has_mail, now) = (request.state().mail.is_some(), backend.clock.now());
        let sent = (!mails.is_empty()).then(|| {
            view! { <Card title="Mails">{delivery_rows::mails(mails, now)}</Card> }
        });
        let add = routes::new_webhook(&slug);
        let (table, form) = (table(&slug, webhooks, now), mail_form(&slug, wanted, has_mail));
        let body = view! {
            <PageHeader
                title="Notices"
                subtitle="What your people and programs are told of your API keys."
                back=(routes::settings(&slug), "Settings".to_owned())
            >
                <LinkButton
                    href=add
                    kind=ButtonKind::Primary
                    icon=IconName::Plus
                >
                    "Add webhook"
                </LinkButton>
            </PageHeader>
            <Card title="Webhooks">{table}</Card>
            <Card title="Mail">{form}</Card>
            {sent}
        };
        Ok(Content::new("Notices", body))
    })
}

fn mail_form(slug: &str, wanted: bool, has_mail: bool) -> impl IntoView + use<> {
    let action = routes::notices(slug);
    let silent = (!has_mail).then(|| {
        view! {
            <Banner tone=Tone::Info title="This server sends no mail">
                "Whoever runs it has to name a mail server first."
            </Banner>
        }
    });
    view! {
        {silent}
        <form method="post" action=action class="form stack">
            <SubmitOnce />
            <Checkbox
                label="Write to owners and admins before a key expires"
                name="expiry_mails"
                checked=wanted
                hint="14 days, 3 days and 1 day before, and when it has expired."
            />
            <FormActions>
                <Button kind=ButtonKind::Secondary>"Save"</Button>
            </FormActions>
        </form>
    }
}

fn table(slug: &str, webhooks: Vec<Webhook>, now: OffsetDateTime) -> AnyView {
    if webhooks.is_empty() {
        return view! {
            <EmptyState title="No webhooks yet" icon=IconName::Activity>
                "Add one to have a program of yours told when keys expire, are revoked or get a new text."
            </EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::new("Address"),
        Column::new("Status"),
        Column::new("Events").secondary(),
        Column::new("Waiting").numeric().secondary(),
        Column::new("Last delivered"),
    ];
    let row = |webhook: Webhook| {
        let href = routes::webhook(slug, webhook.id);
        let delivered = webhook
            .delivered_at
            .map_or_else(|| "Never".into_any(), |at| when::ago_view(at, now).into_any());
        view! {
            <tr>
                <Cell header=true>
                    <a href=href>{webhook.shown_url}</a>
                </Cell>
                <Cell>{status_tag(webhook.status)}</Cell>
                <Cell secondary=true>{names(&webhook.events)}</Cell>
                <Cell numeric=true secondary=true>
                    {webhook.waiting}
                </Cell>
                <Cell>{delivered}</Cell>
            </tr>
        }
    };
    let rows = webhooks.into_iter().map(row).collect_view();
    view! {
        <DataTable caption="Webhooks" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}
