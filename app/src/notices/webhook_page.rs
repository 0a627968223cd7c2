//! One webhook: what it is, what can be done with it, and what was sent.

use domain::ids::WebhookId;
use domain::notices::list::{PAGE_SIZE, list};
use domain::webhooks::get::get;
use domain::webhooks::{Webhook, WebhookStatus};
use leptos::prelude::*;

use super::{delivery_rows, names, status_tag};
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    ActionRow, Banner, ButtonKind, Card, Description, DescriptionList, EmptyState, IconName,
    LinkButton, PageHeader, Pagination, PostButton, Tone, page_count,
};
use crate::{routes, when};

#[component]
pub fn WebhookPage() -> impl IntoView {
    organization_page(Section::Settings, |request, member| async move {
        let admin = member.admin()?;
        let (backend, slug) = (request.backend(), admin.organization().slug.clone());
        let id: WebhookId = request.param("webhook")?;
        let webhook = get(backend, &admin, id).await?;
        let page = request.query("page").parse().unwrap_or(1).max(1);
        let (lines, total) = list(backend, &admin, id, page).await?;
        let pages = page_count(total, PAGE_SIZE);
        let on = webhook.status == WebhookStatus::Active;
        let deliveries = if lines.is_empty() {
            view! {
                <EmptyState title="Nothing sent yet" icon=IconName::Clock>
                    "Send a test event to see whether it arrives."
                </EmptyState>
            }
            .into_any()
        } else {
            delivery_rows::of_webhook(&slug, id, on, lines, backend.clock.now()).into_any()
        };
        let of = slug.clone();
        let body = view! {
            <PageHeader title="Webhook" back=(routes::notices(&slug), "Notices".to_owned()) />
            {given_up(webhook.status)}
            {facts(&webhook)}
            <Card title="Deliveries">
                {deliveries}
                <Pagination page pages href=move |page| routes::webhook_page(&of, id, page) />
                <p class="muted">
                    "A delivery that fails is tried again, after 10 seconds first and then ever later, for 3 days. It may come twice, with the same webhook-id. The list goes back 30 days."
                </p>
            </Card>
            <Card title="Change">{actions(&slug, &webhook)}</Card>
        };
        let title = if page > 1 {
            format!("Webhook (page {page} of {pages})")
        } else {
            "Webhook".to_owned()
        };
        Ok(Content::new(title, body))
    })
}

fn given_up(status: WebhookStatus) -> impl IntoView {
    (status == WebhookStatus::Failed).then(|| {
        view! {
            <Banner tone=Tone::Danger title="This webhook was switched off">
                "Nothing came through for 5 days, or the answer was 410 Gone. Mend the program behind it, enable it, and send again what was given up."
            </Banner>
        }
    })
}

fn facts(webhook: &Webhook) -> impl IntoView + use<> {
    let (status, events, url) = (webhook.status, names(&webhook.events), webhook.shown_url.clone());
    let (created, old) = (webhook.created_at, webhook.old_secret_until);
    let old = old.map(|until| {
        view! { <Description term="Old secret signs until">{when::time_view(until)}</Description> }
    });
    view! {
        <Card>
            <DescriptionList>
                <Description term="Address">
                    <code>{url}</code>
                </Description>
                <Description term="Events">{events}</Description>
                <Description term="Status">{status_tag(status)}</Description>
                <Description term="Added">{when::time_view(created)}</Description>
                {old}
            </DescriptionList>
        </Card>
    }
}

fn actions(slug: &str, webhook: &Webhook) -> impl IntoView + use<> {
    let to = |action| routes::webhook_action(slug, webhook.id, action);
    let on = webhook.status == WebhookStatus::Active;
    let test = on.then(|| {
        row(
            "Send a test event",
            "webhook.test is sent at once, whichever events it wants.",
            send(to("test"), "Send test", IconName::Activity).into_any(),
        )
    });
    let switch = if on {
        row(
            "Disable",
            "It is told nothing until it is enabled again. What waits is given up.",
            send(to("disable"), "Disable", IconName::CirclePause).into_any(),
        )
    } else {
        row(
            "Enable",
            "It is told what happens from now on.",
            send(to("enable"), "Enable", IconName::Power).into_any(),
        )
    };
    let (rotate, remove) = (to("rotate"), to("remove"));
    view! {
        {test}
        {row(
            "New signing secret",
            "The old one signs beside it for 24 hours.",
            view! {
                <LinkButton href=rotate icon=IconName::Refresh>
                    "New secret"
                </LinkButton>
            }
                .into_any(),
        )}
        {switch}
        {row(
            "Remove",
            "Final, with its list of deliveries.",
            view! {
                <LinkButton href=remove kind=ButtonKind::Danger icon=IconName::Trash>
                    "Remove"
                </LinkButton>
            }
                .into_any(),
        )}
    }
}

fn row(title: &'static str, detail: &'static str, action: AnyView) -> impl IntoView {
    view! {
        <ActionRow title detail>
            {action}
        </ActionRow>
    }
}

fn send(action: String, label: &'static str, icon: IconName) -> impl IntoView {
    view! {
        <PostButton action label icon />
    }
}
