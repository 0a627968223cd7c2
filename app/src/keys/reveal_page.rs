//! New credentials, shown once: the answer to the form that minted them.

use domain::Result;
use domain::ids::KeyId;
use domain::keys::Key;
use domain::keys::get::get;
use domain::keys::mint::{Credentials, Minted};
use domain::keys::rotate_secret::Rotated;
use domain::keys::text::PlainKey;
use leptos::prelude::*;

use super::first_use::FirstUse;
use super::key_page::stopped_banner;
use super::snippet;
use crate::pages::{Content, Request, Section, notice_banner, signed_in_page};
use crate::receipt::Told;
use crate::routes;
use crate::ui::{
    Banner, Button, ButtonKind, Card, Checkbox, CodeBlock, FormActions, LeaveGuard, LinkButton,
    PageHeader, SecretField, Tone,
};

/// What a form has minted, now or before.
#[derive(Clone, Debug)]
pub enum Shown {
    Key(Minted),
    /// A new text for a key, whose former one has ended: with the receipt of that.
    Replacement(KeyId, Credentials, Told),
    Secret(Rotated),
}

impl From<Minted> for Shown {
    fn from(minted: Minted) -> Self {
        Self::Key(minted)
    }
}

impl From<Rotated> for Shown {
    fn from(rotated: Rotated) -> Self {
        Self::Secret(rotated)
    }
}

#[component]
pub fn RevealPage(organization: String, shown: Shown) -> impl IntoView {
    signed_in_page(Some(Section::Keys), move |request| async move {
        let member = request.member_of(&organization).await?;
        let content = match shown {
            Shown::Key(Minted::Now(id, credentials)) => {
                let key = get(request.backend(), &member, id).await?;
                shown_now(&request, member.organization(), &key, &credentials, None)?
            }
            Shown::Replacement(id, credentials, told) => {
                let key = get(request.backend(), &member, id).await?;
                shown_now(&request, member.organization(), &key, &credentials, Some(told))?
            }
            Shown::Secret(Rotated::Now(id, secret)) => {
                let key = get(request.backend(), &member, id).await?;
                shown_secret(&organization, &key, &secret)
            }
            Shown::Key(Minted::Before(id)) | Shown::Secret(Rotated::Before(id)) => {
                let key = get(request.backend(), &member, id).await?;
                shown_before(&organization, id, &key.name)
            }
        };
        Ok((content, Some(member)))
    })
}

fn shown_now(
    request: &Request,
    organization: &domain::organizations::Organization,
    key: &Key,
    credentials: &Credentials,
    ended: Option<Told>,
) -> Result<Content> {
    let profile = request.backend().profiles.of(organization)?;
    let api = request.backend().api;
    let curl = snippet::curl(profile, organization, key, credentials, api);
    let both = credentials.secret.is_some();
    let warning = if both { "They are shown only this once" } else { "It is shown only this once" };
    let secret = credentials.secret.as_ref().map(|secret| {
        view! {
            <SecretField
                label="API secret"
                value=secret.expose()
                test_id="revealed-secret"
                copy_label="Copy secret"
            />
        }
    });
    let (plain, base) = (
        credentials.key.expose().to_owned(),
        format!("Base address: {}", snippet::base_address(profile, organization, api)),
    );
    let (slug, id) = (organization.slug.clone(), key.id.to_string());
    let events = routes::key_action(&slug, key.id, "first-use");
    let start = routes::quick_start_with(&slug, &[("environment", key.environment.as_str())]);
    let title = if both { "Copy your API key and secret" } else { "Copy your API key" };
    let body = view! {
        <PageHeader title="Copy your API key" subtitle=key.name.clone() />
        {ended.map(notice_banner)}
        <Banner tone=Tone::Warning title=warning>
            "Latchkey keeps a fingerprint, not the text. Store it where your programs find their secrets before you leave this page."
        </Banner>
        <Card>
            <SecretField
                label="API key"
                value=plain
                test_id="revealed-key"
                copy_label="Copy key"
            />
            {secret}
        </Card>
        {stopped_banner(&organization.slug, key)}
        <Card title="Try it">
            <p class="muted">{base}</p>
            <div data-testid="curl">
                <CodeBlock code=curl label="curl" />
            </div>
            <p>
                <a href=start target="_blank" rel="noopener">
                    "Python, JavaScript and Rust: quick start (opens a new tab)"
                </a>
            </p>
            <FirstUse events organization=slug key=id />
            <noscript>
                <p class="muted">
                    "Without JavaScript this line stays as it is: the key's page says when it was last used."
                </p>
            </noscript>
        </Card>
        {stored_form(&organization.slug, key.id)}
    };
    Ok(Content::new(title, body).fleeting())
}

fn shown_secret(slug: &str, key: &Key, secret: &PlainKey) -> Content {
    let title = "Copy your API secret";
    let value = secret.expose().to_owned();
    let words = format!(
        "Latchkey keeps a fingerprint, not the text. Programs send it with {}, which stays as it is.",
        key.hint
    );
    let body = view! {
        <PageHeader title subtitle=key.name.clone() />
        <Banner tone=Tone::Warning title="It is shown only this once">
            {words}
        </Banner>
        <Card>
            <SecretField
                label="API secret"
                value
                test_id="revealed-secret"
                copy_label="Copy secret"
            />
        </Card>
        {stopped_banner(slug, key)}
        {stored_form(slug, key.id)}
    };
    Content::new(title, body).fleeting()
}

/// The question that leads on from a page that is shown once.
fn stored_form(slug: &str, id: KeyId) -> impl IntoView + use<> {
    view! {
        <form method="post" action=routes::key_action(slug, id, "stored") class="form stack">
            <LeaveGuard />
            <Checkbox label="I have stored it" name="stored" required=true />
            <FormActions>
                <Button kind=ButtonKind::Primary>"Done"</Button>
            </FormActions>
        </form>
    }
}

fn shown_before(slug: &str, id: KeyId, name: &str) -> Content {
    let (key, regenerate) = (routes::key(slug, id), routes::key_action(slug, id, "regenerate"));
    let body = view! {
        <PageHeader title="This key was already shown" subtitle=name.to_owned() />
        <Banner tone=Tone::Info title="Nothing was created this time">
            "The form was sent twice, or the page was reloaded. The key was shown with the first answer and cannot be shown again."
        </Banner>
        <p>"If you did not get to copy it, regenerate it: that makes a new text and stops the old one."</p>
        <FormActions>
            <LinkButton href=key kind=ButtonKind::Primary>
                "Go to the key"
            </LinkButton>
            <LinkButton href=regenerate>"Regenerate"</LinkButton>
        </FormActions>
    };
    Content::new("This key was already shown", body)
}
