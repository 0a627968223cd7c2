//! The question before a webhook is removed.

use domain::webhooks::get::get;
use leptos::prelude::*;

use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{Banner, DangerEnd, IconName, PageHeader, SubmitOnce, Tone};

#[component]
pub fn RemovePage() -> impl IntoView {
    organization_page(Section::Settings, |request, member| async move {
        let admin = member.admin()?;
        let webhook = get(request.backend(), &admin, request.param("webhook")?).await?;
        let slug = &admin.organization().slug;
        let (keep, action) =
            (routes::webhook(slug, webhook.id), routes::webhook_action(slug, webhook.id, "remove"));
        let body = view! {
            <PageHeader
                title="Remove webhook"
                subtitle=webhook.shown_url
                back=(keep.clone(), "Webhook".to_owned())
            />
            <Banner tone=Tone::Warning title="This cannot be undone">
                "What waits is not sent any more, and the list of deliveries goes, too. To stop it for a while, disable it instead."
            </Banner>
            <form method="post" action=action class="form stack">
                <SubmitOnce />
                <DangerEnd
                    submit="Remove webhook"
                    icon=IconName::Trash
                    back=keep
                    leave="Keep the webhook"
                />
            </form>
        };
        Ok(Content::new("Remove webhook", body))
    })
}
