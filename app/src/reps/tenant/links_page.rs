//! The form for new links, where the first owner has never come.

use domain::organizations::list::tenant;
use domain::tenants::new_links::{LinksForm, awaited};
use leptos::prelude::*;

use crate::pages::{Content, Messages, RepSection, rejected, rep_page};
use crate::routes;
use crate::ui::{Banner, ErrorSummary, FormEnd, PageHeader, SubmitOnce, TextField, Tone};

#[component]
pub fn LinksPage() -> impl IntoView {
    let (form, messages) = rejected::<LinksForm>();
    rep_page(RepSection::Tenants, move |request, rep| async move {
        let backend = request.backend();
        let tenant = tenant(backend, &rep, &request.text_param("slug")).await?;
        let awaited = awaited(backend, &rep, &tenant).await?;
        let form = match awaited {
            // What was typed stays; what was seen is what is there now.
            Some(open) if messages.is_empty() => {
                LinksForm { email: open.email, seen: open.invitation_id.to_string() }
            }
            Some(open) => LinksForm { seen: open.invitation_id.to_string(), ..form },
            None => LinksForm { seen: String::new(), ..form },
        };
        let back = (routes::tenant(&tenant.slug), tenant.name.clone());
        let body = view! {
            <PageHeader title="New links" subtitle=tenant.name.clone() back />
            <ErrorSummary messages=messages.all() />
            <Banner tone=Tone::Warning title="The links made before stop working">
                "Nobody has joined this organization yet. The new ones are shown once, on the next page."
            </Banner>
            {question(&tenant.slug, form, &messages)}
        };
        Ok(Content::new("New links", body))
    })
}

fn question(slug: &str, form: LinksForm, messages: &Messages) -> impl IntoView + use<> {
    let (action, keep) = (routes::tenant_links(slug), routes::tenant(slug));
    view! {
        <form method="post" action=action class="form stack">
            <SubmitOnce />
            <input type="hidden" name="seen" value=form.seen />
            <TextField
                label="E-mail of the first owner"
                name="email"
                value=form.email
                hint="The invitation is for this address only."
                error=messages.of("email")
                autocomplete="off"
                required=true
            />
            <FormEnd submit="Make new links" back=keep />
        </form>
    }
}
