//! The question whether a new key was stored, for who said neither yes nor no. It cannot show the
//! key again.

use leptos::prelude::*;

use super::actions::StoredForm;
use super::asked_key::asked_key;
use crate::pages::{Content, Section, organization_page, rejected};
use crate::routes;
use crate::ui::{
    Banner, Button, ButtonKind, Checkbox, ErrorSummary, FormActions, LinkButton, PageHeader, Tone,
};

#[component]
pub fn StoredPage() -> impl IntoView {
    let (_, messages) = rejected::<StoredForm>();
    organization_page(Section::Keys, move |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        let slug = &author.organization().slug;
        let regenerate = routes::key_action(slug, key.id, "regenerate");
        let back = (routes::key(slug, key.id), key.name.clone());
        let error = messages.of("stored");
        let body = view! {
            <PageHeader title="Have you stored the key?" back />
            <ErrorSummary messages=messages.all() />
            <Banner tone=Tone::Warning title="It cannot be shown again">
                "If you did not get to copy it, regenerate it: that makes a new text and stops the old one."
            </Banner>
            <form
                method="post"
                action=routes::key_action(slug, key.id, "stored")
                class="form stack"
            >
                <Checkbox label="I have stored it" name="stored" required=true error />
                <FormActions>
                    <Button kind=ButtonKind::Primary>"Done"</Button>
                    <LinkButton href=regenerate>"Regenerate"</LinkButton>
                </FormActions>
            </form>
        };
        Ok(Content::new("Have you stored the key?", body))
    })
}
