//! The question before a key is refused until somebody enables it again.

use domain::Error;
use domain::keys::KeyStatus;
use leptos::prelude::*;

use super::asked_key::asked_key;
use super::what_breaks::what_breaks;
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{Banner, DangerEnd, IconName, PageHeader, SubmitOnce, Tone};

#[component]
pub fn DisablePage() -> impl IntoView {
    organization_page(Section::Keys, |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        match key.status {
            KeyStatus::Active => {}
            KeyStatus::Disabled => return Err(Error::Conflict("The key is disabled already.")),
            KeyStatus::Revoked => return Err(Error::Conflict("The key is revoked already.")),
        }
        let (_, breaks) = what_breaks(&request, &author, &key).await?;
        let slug = &author.organization().slug;
        let (title, back) = (format!("Disable {}", key.name), routes::key(slug, key.id));
        let action = |name| routes::key_action(slug, key.id, name);
        let (disable, test) = (action("disable"), action("scream-test"));
        let body = view! {
            <PageHeader
                title=title.clone()
                subtitle=key.hint.clone()
                back=(back.clone(), key.name.clone())
            />
            <Banner tone=Tone::Warning title="The key is refused at once">
                "It stays disabled until somebody enables it again. To find out who would notice, "
                <a href=test>"disable it for some minutes"</a>
                ": then it works again by itself."
            </Banner>
            {breaks}
            <form method="post" action=disable class="form stack">
                <SubmitOnce />
                <DangerEnd
                    submit="Disable key"
                    icon=IconName::Power
                    back=back
                    leave="Keep the key"
                />
            </form>
        };
        Ok(Content::new(title, body))
    })
}
