//! The question before a pair gets a new secret.

use domain::Error;
use domain::keys::KeyStatus;
use leptos::prelude::*;
use uuid::Uuid;

use super::asked_key::asked_key;
use crate::pages::{Content, Section, organization_page};
use crate::ui::{Banner, FormEnd, IconName, PageHeader, SubmitOnce, Tone};
use crate::{routes, when};

#[component]
pub fn RotatePage() -> impl IntoView {
    organization_page(Section::Keys, |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        if key.status == KeyStatus::Revoked {
            return Err(Error::Conflict("A revoked key gets no new secret: create a new key."));
        }
        if !request.backend().profiles.of(author.organization())?.has_secrets() {
            return Err(Error::Conflict("Keys of this API come without a secret."));
        }
        if let Some(why) = key.keeps_its_text() {
            return Err(Error::Conflict(why));
        }
        let slug = &author.organization().slug;
        let (title, back) = (format!("New secret for {}", key.name), routes::key(slug, key.id));
        let used = key.last_used_at.map(|at| when::ago(at, request.backend().clock.now()));
        let used =
            used.map_or("It was never used.".to_owned(), |ago| format!("It was last used {ago}."));
        let body = view! {
            <PageHeader
                title=title.clone()
                subtitle=key.hint.clone()
                back=(back.clone(), key.name.clone())
            />
            <Banner tone=Tone::Warning title="The old secret stops working at once">
                {format!("Every program that sends it with {} is refused until it has the new one. {used}", key.hint)}
            </Banner>
            <p>"The key itself stays as it is. The new secret is shown once, on the next page."</p>
            <form
                method="post"
                action=routes::key_action(slug, key.id, "rotate-secret")
                class="form stack"
            >
                <SubmitOnce />
                <input type="hidden" name="form_token" value=Uuid::now_v7().to_string() />
                <FormEnd
                    submit="Make a new secret"
                    icon=IconName::Refresh
                    back=back
                    leave="Keep the secret"
                />
            </form>
        };
        Ok(Content::new(title, body))
    })
}
