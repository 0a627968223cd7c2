//! The question before a key is refused for good.

use domain::Error;
use domain::keys::get::get;
use domain::keys::{Key, KeyStatus};
use domain::usage::totals::{KeyTotals, key_totals};
use leptos::prelude::*;
use time::OffsetDateTime;

use super::actions::RevokeForm;
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::ui::{
    Banner, Button, ButtonKind, Card, ErrorSummary, FormActions, IconName, LinkButton, PageHeader,
    Stat, StatRow, SubmitOnce, TextField, Tone, grouped_number,
};
use crate::{routes, when};

#[component]
pub fn RevokePage() -> impl IntoView {
    let (form, messages) = rejected::<RevokeForm>();
    organization_page(Section::Keys, move |request, member| async move {
        let admin = member.admin()?;
        let backend = request.backend();
        let key = get(backend, &admin, request.param("key")?).await?;
        if key.status == KeyStatus::Revoked {
            return Err(Error::Conflict("The key is revoked already."));
        }
        let totals = key_totals(backend, &admin, key.id).await?;
        let slug = &admin.organization().slug;
        let title = format!("Revoke {}", key.name);
        let body = view! {
            <PageHeader
                title=title.clone()
                subtitle=key.hint.clone()
                back=(routes::key(slug, key.id), key.name.clone())
            />
            <ErrorSummary messages=messages.all() />
            <Banner tone=Tone::Danger title="This cannot be undone">
                "The key is refused at once and for good. To stop it for a while, disable it instead."
            </Banner>
            {effect(&key, totals, backend.clock.now())}
            {question(slug, &key, totals, form, &messages)}
        };
        Ok(Content::new(title, body))
    })
}

fn effect(key: &Key, totals: KeyTotals, now: OffsetDateTime) -> impl IntoView + use<> {
    let last = key.last_used_at.map_or_else(|| "Never".to_owned(), |at| when::ago(at, now));
    let number = |count: i64| grouped_number(count.unsigned_abs());
    let (day, week) = (number(totals.requests_24h), number(totals.requests_7d));
    view! {
        <Card title="Who would notice">
            <StatRow>
                <Stat label="Requests in 24 h" value=day />
                <Stat label="Requests in 7 d" value=week />
                <Stat label="Last used" value=last />
            </StatRow>
        </Card>
    }
}

fn question(
    slug: &str,
    key: &Key,
    totals: KeyTotals,
    form: RevokeForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let typed = (totals.requests_7d > 0).then(|| {
        view! {
            <TextField
                label=format!("Type {} to confirm", key.name)
                name="confirmation"
                value=form.confirmation
                hint="The key was used in the last 7 days."
                error=messages.of("confirmation")
                autocomplete="off"
                required=true
            />
        }
    });
    let keep = routes::key(slug, key.id);
    view! {
        <form method="post" action=routes::key_action(slug, key.id, "revoke") class="form stack">
            <SubmitOnce />
            {typed}
            <FormActions>
                <LinkButton href=keep kind=ButtonKind::Secondary>
                    "Keep the key"
                </LinkButton>
                <Button kind=ButtonKind::Danger icon=IconName::Ban>
                    "Revoke key"
                </Button>
            </FormActions>
        </form>
    }
}
