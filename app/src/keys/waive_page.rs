//! The question before a key is accepted without its secret.

use domain::Error;
use domain::keys::KeyStatus;
use leptos::prelude::*;

use super::asked_key::asked_key;
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{Banner, DangerEnd, PageHeader, SubmitOnce, Tone};

#[component]
pub fn WaivePage() -> impl IntoView {
    organization_page(Section::Keys, |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        if !key.has_secret {
            return Err(Error::Conflict("This key comes without a secret."));
        }
        if key.status == KeyStatus::Revoked || !key.secret_required {
            return Err(Error::Conflict("The secret is not asked for."));
        }
        request.fresh()?;
        let slug = &author.organization().slug;
        let back = routes::key(slug, key.id);
        let title = format!("Stop requiring the secret of {}", key.name);
        let body = view! {
            <PageHeader
                title=title.clone()
                subtitle=key.hint.clone()
                back=(back.clone(), key.name.clone())
            />
            <Banner tone=Tone::Danger title="Whoever has the key alone is let in">
                "Keys end up in logs and addresses more often than secrets do. Do this only for a program that cannot send a secret, and until it can."
            </Banner>
            <p>"Calls that do send a secret are still refused if it is a wrong one. You can require the secret again at any time."</p>
            <form
                method="post"
                action=routes::key_action(slug, key.id, "waive-secret")
                class="form stack"
            >
                <SubmitOnce />
                <DangerEnd
                    submit="Accept calls without the secret"
                    back=back
                    leave="Keep requiring it"
                />
            </form>
        };
        Ok(Content::new(title, body))
    })
}
