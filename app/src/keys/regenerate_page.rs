//! The question before a key gets a new text.

use domain::Error;
use domain::keys::KeyStatus;
use domain::keys::get::get;
use leptos::prelude::*;
use uuid::Uuid;

use super::key_page::stopped_banner;
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, Button, ButtonKind, FormActions, IconName, LinkButton, PageHeader, SubmitOnce, Tone,
};
use crate::{routes, when};

#[component]
pub fn RegeneratePage() -> impl IntoView {
    organization_page(Section::Keys, |request, member| async move {
        let admin = member.admin()?;
        let key = get(request.backend(), &admin, request.param("key")?).await?;
        if key.status == KeyStatus::Revoked {
            return Err(Error::Conflict("A revoked key cannot be regenerated: create a new one."));
        }
        let slug = &admin.organization().slug;
        let (title, back) = (format!("Regenerate {}", key.name), routes::key(slug, key.id));
        let used = key.last_used_at.map(|at| when::ago(at, request.backend().clock.now()));
        let used =
            used.map_or("It was never used.".to_owned(), |ago| format!("It was last used {ago}."));
        let body = view! {
            <PageHeader title=title.clone() back=(back.clone(), key.name.clone()) />
            <Banner tone=Tone::Warning title="The old key stops working at once">
                {format!("Every program that sends {} is refused until it has the new one. {used}", key.hint)}
            </Banner>
            {stopped_banner(slug, &key)}
            <p>"Name, channel, access, expiry and usage stay as they are. The new key is shown once, on the next page."</p>
            <form
                method="post"
                action=routes::key_action(slug, key.id, "regenerate")
                class="form stack"
            >
                <SubmitOnce />
                <input type="hidden" name="form_token" value=Uuid::now_v7().to_string() />
                <FormActions>
                    <Button kind=ButtonKind::Primary icon=IconName::Refresh>"Regenerate key"</Button>
                    <LinkButton href=back kind=ButtonKind::Quiet>
                        "Keep the key as it is"
                    </LinkButton>
                </FormActions>
            </form>
        };
        Ok(Content::new(title, body))
    })
}
