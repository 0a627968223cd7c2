//! Somebody looks at a page: the frame around what they see.

use domain::members::Member;
use domain::organizations::Organization;
use domain::users::User;
use domain::{Error, Result};
use leptos::prelude::*;
use leptos_meta::Title;
use std::future::Future;
use std::pin::Pin;

use super::later::first;
use super::{ErrorPage, Request, Section};
use crate::receipt::Told;
use crate::routes;
use crate::ui::{AppFrame, Banner, Button, FrameAccount, FrameOrganization, Tone};

/// What a page shows inside its frame.
#[derive(Debug)]
pub struct Content {
    /// For the window's title.
    pub title: String,
    pub body: AnyView,
    /// Whether it is gone once it is left: nothing may lead away by accident.
    pub(super) fleeting: bool,
}

impl Content {
    pub fn new(title: impl Into<String>, body: impl IntoView + 'static) -> Self {
        Self { title: title.into(), body: body.into_any(), fleeting: false }
    }

    /// What cannot be shown again.
    pub fn fleeting(self) -> Self {
        Self { fleeting: true, ..self }
    }
}

/// A page for members of the organization in the address.
pub fn organization_page<F, L>(section: Section, load: L) -> impl IntoView
where
    F: Future<Output = Result<Content>> + Send + 'static,
    L: FnOnce(Request, Member) -> F + Send + 'static,
{
    shown(framed(Request::routed(), Some(section), of_organization(load)))
}

/// The same for a page some of whose parts come [`later`](super::later); its route streams in order.
pub fn growing_organization_page<F, L>(section: Section, load: L) -> impl IntoView
where
    F: Future<Output = Result<Content>> + Send + 'static,
    L: FnOnce(Request, Member) -> F + Send + 'static,
{
    shown(first(framed(Request::routed(), Some(section), of_organization(load))))
}

/// A page for anybody who is signed in, outside organizations or, with a member, inside theirs.
pub fn signed_in_page<F, L>(section: Option<Section>, load: L) -> impl IntoView
where
    F: Future<Output = Result<(Content, Option<Member>)>> + Send + 'static,
    L: FnOnce(Request) -> F + Send + 'static,
{
    shown(framed(Request::current(), section, load))
}

type Found = Pin<Box<dyn Future<Output = Result<(Content, Option<Member>)>> + Send>>;

/// Enters the organization in the address first.
fn of_organization<F, L>(load: L) -> impl FnOnce(Request) -> Found + Send + 'static
where
    F: Future<Output = Result<Content>> + Send + 'static,
    L: FnOnce(Request, Member) -> F + Send + 'static,
{
    move |request| {
        Box::pin(async move {
            let member = request.member().await?;
            let content = load(request, member.clone()).await?;
            Ok((content, Some(member)))
        })
    }
}

async fn framed<F, L>(
    request: Option<Request>,
    section: Option<Section>,
    load: L,
) -> Result<AnyView>
where
    F: Future<Output = Result<(Content, Option<Member>)>> + Send + 'static,
    L: FnOnce(Request) -> F + Send + 'static,
{
    let request = request.ok_or_else(|| Error::Internal("a page without a request".into()))?;
    let user = request.user()?;
    let (content, member) = load(request.clone()).await?;
    Ok(frame(&request, user, member.as_ref(), section, content).into_any())
}

/// The page once it is there, or the one for what went wrong.
pub fn shown<F>(framed: F) -> impl IntoView
where
    F: Future<Output = Result<AnyView>> + Send + 'static,
{
    view! {
        <Suspense>
            {Suspend::new(async move {
                framed.await.unwrap_or_else(|error| view! { <ErrorPage error /> }.into_any())
            })}
        </Suspense>
    }
}

fn frame(
    request: &Request,
    user: User,
    member: Option<&Member>,
    section: Option<Section>,
    content: Content,
) -> impl IntoView {
    let organization = member.map(Member::organization);
    let title = match organization {
        Some(organization) => format!("{} · {} · Latchkey", content.title, organization.name),
        None => format!("{} · Latchkey", content.title),
    };
    let nav = member.zip(section).map(|(member, section)| section.navigation(member));
    let suspended = organization.filter(|organization| organization.suspended).map(suspension);
    let visit = member.and_then(|member| visit_banner(request, member));
    let organization = organization.map(|organization| FrameOrganization {
        name: organization.name.clone(),
        slug_href: routes::overview(&organization.slug),
        switch_href: routes::ORGANIZATIONS.to_owned(),
    });
    let account = account(user);
    let notice = request.notice();
    view! {
        <Title text=title />
        <AppFrame
            organization
            nav=nav.unwrap_or_default()
            account
            theme=request.theme()
            theme_action=routes::THEME
            return_to=request.address()
            fleeting=content.fleeting
        >
            {visit}
            {suspended}
            {notice.map(notice_banner)}
            {content.body}
        </AppFrame>
    }
}

/// What has just been done.
pub fn notice_banner(told: Told) -> impl IntoView {
    let (tone, detail) = (told.tone(), told.detail);
    match detail {
        Some(detail) => view! {
            <Banner tone title=told.title>
                {detail}
            </Banner>
        }
        .into_any(),
        None => view! { <Banner tone title=told.title /> }.into_any(),
    }
}

/// Why nothing works, for the organization's own people.
fn suspension(organization: &Organization) -> impl IntoView + use<> {
    let reason = organization.suspended_reason.clone().map(|reason| format!("Reason: {reason}. "));
    view! {
        <Banner tone=Tone::Danger title="This organization is suspended">
            {reason}
            "All of its API keys are refused until it is restored."
        </Banner>
    }
}

/// What one of the vendor's staff never loses sight of.
fn visit_banner(request: &Request, member: &Member) -> Option<impl IntoView + use<>> {
    let left = member.visit_ends_at()? - request.backend().clock.now();
    let minutes = left.whole_minutes() + 1;
    let title = format!("You are visiting {} as vendor staff", member.organization().name);
    let leave = routes::leave_tenant(&member.organization().slug);
    Some(view! {
        <Banner tone=Tone::Warning title=title>
            <p>{format!("You can look and change nothing. {minutes} min left; this stands in their audit log.")}</p>
            <form method="post" action=leave>
                <Button>"Leave"</Button>
            </form>
        </Banner>
    })
}

/// Who is signed in, for the frame.
pub(super) fn account(user: User) -> FrameAccount {
    FrameAccount {
        email: user.email,
        href: routes::ACCOUNT.to_owned(),
        sign_out_action: routes::SIGN_OUT.to_owned(),
    }
}
