//! The question before a webhook gets a new secret, and the answer to it.

use domain::webhooks::get::get;
use leptos::prelude::*;

use super::secret::{ShownSecret, secret_page};
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{FormEnd, IconName, PageHeader, SubmitOnce};

#[component]
pub fn RotatePage() -> impl IntoView {
    let shown = use_context::<ShownSecret>();
    organization_page(Section::Settings, move |request, member| async move {
        let admin = member.admin()?;
        let slug = &admin.organization().slug;
        if let Some(shown) = shown {
            return Ok(secret_page(slug, shown));
        }
        let webhook = get(request.backend(), &admin, request.param("webhook")?).await?;
        let (back, action) =
            (routes::webhook(slug, webhook.id), routes::webhook_action(slug, webhook.id, "rotate"));
        let body = view! {
            <PageHeader
                title="New signing secret"
                subtitle=webhook.shown_url
                back=(back.clone(), "Webhook".to_owned())
            />
            <p>
                "The new secret is shown once, on the next page. For 24 hours, deliveries carry two signatures, by the old secret and by the new one: change your program over meanwhile."
            </p>
            <form method="post" action=action class="form stack">
                <SubmitOnce />
                <input type="hidden" name="seen" value=webhook.secret_version />
                <FormEnd
                    submit="Make a new secret"
                    icon=IconName::Refresh
                    back=back
                    leave="Keep the secret"
                />
            </form>
        };
        Ok(Content::new("New signing secret", body))
    })
}
