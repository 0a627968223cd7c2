//! What a key that stands for logins by password is, on its page.

use domain::clock::from_milliseconds;
use domain::keys::{Key, KeyStatus};
use domain::profiles::{Login, Profile};
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::ui::{ActionRow, Banner, ButtonKind, Card, IconName, LinkButton, Tone};
use crate::{routes, when};

/// Who logs in, for how long, and what to do instead; nothing of other keys.
pub fn card(
    slug: &str,
    key: &Key,
    profile: &Profile,
    may_create: bool,
    now: OffsetDateTime,
) -> Option<impl IntoView + use<>> {
    if !key.is_login {
        return None;
    }
    let login = profile.login(domain::clock::milliseconds(now));
    let create = (may_create && key.status != KeyStatus::Revoked).then(|| create(slug));
    let (what, end) = (what(key, login), end(profile, login));
    Some(view! {
        {banner(key)}
        <Card title="A legacy login">
            <p>{what}</p>
            <p>{end}</p>
            {create}
        </Card>
    })
}

/// What it means that it is off.
fn banner(key: &Key) -> Option<impl IntoView + use<>> {
    let who = &key.created_by;
    let (title, then) = match key.status {
        KeyStatus::Active => return None,
        KeyStatus::Disabled => (
            format!("Logins of {who} are refused"),
            "No token is given or accepted until the login is enabled again.",
        ),
        KeyStatus::Revoked => (
            format!("Logins of {who} are refused for good"),
            "No token is given or accepted any more. Programs that still log in need a key.",
        ),
    };
    Some(view! { <Banner tone=Tone::Warning title>{then}</Banner> })
}

fn what(key: &Key, login: Option<&Login>) -> String {
    let who = &key.created_by;
    let how = login.map(|login| {
        let long = when::wait(login.lifetime_s.into());
        format!(
            " Programs send them to POST {}, and call with the token that they get, which is good for {long}.",
            login.path
        )
    });
    format!(
        "It stands for calls with the e-mail address and password of {who} in the place of a key.{} \
         Nobody has a text of it, so that there is nothing to regenerate.",
        how.unwrap_or_default()
    )
}

fn end(profile: &Profile, login: Option<&Login>) -> String {
    let title = &profile.title;
    let Some(login) = login else {
        return format!("{title} does not take such logins any more.");
    };
    let day = |at_ms: i64| from_milliseconds(at_ms).date().to_string();
    let since = login.deprecated.since_ms.map(|since| format!(" since {}", day(since)));
    let ends = login.deprecated.ends_at_ms.map_or_else(
        || "On which day they end is not set yet.".to_owned(),
        |ends| format!("They end on {}.", day(ends)),
    );
    format!(
        "{title} has deprecated them{}: a password opens more than a program needs. {ends}",
        since.unwrap_or_default()
    )
}

fn create(slug: &str) -> impl IntoView + use<> {
    let new = routes::new_key(slug);
    view! {
        <ActionRow
            title="Replace it"
            detail="Give the programs a key of their own, and revoke the login when nobody uses it any more."
        >
            <LinkButton href=new kind=ButtonKind::Secondary icon=IconName::Plus>
                "Create key"
            </LinkButton>
        </ActionRow>
    }
}
