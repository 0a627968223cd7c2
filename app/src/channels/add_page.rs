//! The form for a new channel.

use domain::members::{self, Colleague};
use domain::organizations::KeyPolicy;
use domain::organizations::get_settings::policy_of;
use leptos::prelude::*;

use super::acting_users;
use super::actions::ChannelForm;
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::ui::{Checkbox, ErrorSummary, FormEnd, PageHeader, Select, SubmitOnce, TextField};
use crate::{form, routes};

#[component]
pub fn AddPage() -> impl IntoView {
    let (form, messages) = rejected::<ChannelForm>();
    organization_page(Section::Channels, move |request, member| async move {
        let admin = member.admin()?;
        let people = members::list(request.backend(), &admin).await?;
        let slug = admin.organization().slug.clone();
        let policy = policy_of(request.backend(), &admin).await?;
        Ok(Content::new("Add channel", body(&slug, &people, policy, form, messages)))
    })
}

fn body(
    slug: &str,
    people: &[Colleague],
    policy: KeyPolicy,
    form: ChannelForm,
    messages: Messages,
) -> impl IntoView + use<> {
    // The box is ticked at first, where such a key may be, and afterwards as the visitor left it.
    let first_key = form.first_key.is_some() || (messages.is_empty() && !policy.networks_required);
    let token = form::token(&form.form_token);
    let first_key_hint = format!(
        "It may read and write and expires in {} days. It is shown once, on the next page.",
        policy.default_days(),
    );
    let cancel = routes::channels(slug);
    view! {
        <PageHeader title="Add channel" back=(routes::channels(slug), "Channels".to_owned()) />
        <ErrorSummary messages=messages.all() />
        <form method="post" action=routes::new_channel(slug) class="form stack">
            <SubmitOnce />
            <input type="hidden" name="form_token" value=token />
            <TextField
                label="Name"
                name="name"
                value=form.name
                hint="What calls the API through it, such as \"Warehouse dispatch\"."
                error=messages.of("name")
                autocomplete="off"
                required=true
            />
            <Select
                label="Acting user"
                name="acting_user"
                choices=acting_users(people)
                value=form.acting_user
                hint="As whom the channel's calls are recorded."
                error=messages.of("acting_user")
            />
            <Checkbox
                label="Create its first API key now"
                name="first_key"
                checked=first_key
                hint=first_key_hint
                error=messages.of("first_key")
            />
            <FormEnd submit="Add channel" back=cancel />
        </form>
    }
}
