//! Somebody looks at a page: who, where, and the frame around what they see.

use axum::http::request::Parts;
use domain::members::{self, Member};
use domain::organizations::Organization;
use domain::reps::{self, Rep};
use domain::users::{Fresh, User};
use domain::zone::Zone;
use domain::{Backend, Error, Result};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::params::ParamsMap;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use super::ErrorPage;
use super::later::first;
use crate::act::Rejected;
use crate::receipt::Told;
use crate::state::{Notice, RequestId, State, Viewer, fresh, origin};
use crate::ui::{
    AppFrame, Banner, Button, FieldMessage, FrameAccount, FrameOrganization, IconName, NavItem,
    Theme, Tone, capitalized,
};
use crate::{routes, theme};

/// The request that a page answers.
#[derive(Clone, Debug)]
pub struct Request {
    state: State,
    parts: Arc<Parts>,
    params: ParamsMap,
    query: ParamsMap,
}

impl Request {
    /// The request being answered; none while the list of routes is made.
    pub fn current() -> Option<Self> {
        Some(Self {
            state: use_context()?,
            parts: Arc::new(use_context()?),
            params: ParamsMap::new(),
            query: ParamsMap::new(),
        })
    }

    /// The same, with what the route found in the address.
    pub fn routed() -> Option<Self> {
        let request = Self::current()?;
        let (params, query) = (use_params_map().get_untracked(), use_query_map().get_untracked());
        Some(Self { params, query, ..request })
    }

    pub fn backend(&self) -> &Backend {
        &self.state.backend
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn id(&self) -> String {
        self.parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
    }

    pub fn theme(&self) -> Theme {
        theme::of(&self.parts)
    }

    /// Path and query, to come back to.
    pub fn address(&self) -> String {
        self.parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default()
    }

    /// What the address says under this name, or nothing.
    pub fn query(&self, name: &str) -> String {
        self.query.get(name).unwrap_or_default()
    }

    /// What the address has in this place.
    pub fn text_param(&self, name: &str) -> String {
        self.params.get(name).unwrap_or_default()
    }

    /// The id in the address; text that is none names nothing.
    pub fn param<T: FromStr<Err = Error>>(&self, name: &str) -> Result<T> {
        self.params.get(name).ok_or(Error::NotFound)?.parse()
    }

    pub fn user(&self) -> Result<User> {
        self.parts.extensions.get().map(|Viewer(user)| user.clone()).ok_or(Error::Unauthenticated)
    }

    /// Proof that they have lately given their password.
    pub fn fresh(&self) -> Result<Fresh> {
        fresh(&self.parts, self.backend())
    }

    pub fn notice(&self) -> Option<Told> {
        self.parts.extensions.get().map(|Notice(told)| told.clone())
    }

    async fn member(&self) -> Result<Member> {
        let organization = self.params.get("organization").ok_or(Error::NotFound)?;
        self.member_of(&organization).await
    }

    /// The proof that whoever looks is a rep.
    pub async fn rep(&self) -> Result<Rep> {
        reps::enter(self.backend(), self.user()?.id, origin(&self.parts)).await
    }

    /// The proof that whoever looks is a member; the page tells times in the organization's zone
    /// from here on.
    pub async fn member_of(&self, organization: &str) -> Result<Member> {
        let user = self.user()?;
        let member =
            members::enter(self.backend(), user.id, organization, origin(&self.parts)).await?;
        provide_context(Zone::named(&member.organization().time_zone));
        Ok(member)
    }
}

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

/// The parts of an organization's dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Overview,
    Channels,
    Keys,
    QuickStart,
    Usage,
    AccessLog,
    Team,
    AuditLog,
    Settings,
}

impl Section {
    /// Links to the parts that the member may look at.
    fn navigation(self, member: &Member) -> Vec<NavItem> {
        let slug = member.organization().slug.as_str();
        [
            (Self::Overview, "Overview", routes::overview(slug), IconName::Dashboard),
            (Self::Channels, "Channels", routes::channels(slug), IconName::Channel),
            (Self::Keys, "API keys", routes::keys(slug), IconName::Key),
            (Self::QuickStart, "Quick start", routes::quick_start(slug), IconName::Terminal),
            (Self::Usage, "Usage", routes::usage(slug), IconName::Chart),
            (Self::AccessLog, "Access log", routes::access_log(slug), IconName::Activity),
            (Self::Team, "Team", routes::team(slug), IconName::Users),
            (Self::AuditLog, "Audit log", routes::audit_log(slug), IconName::Scroll),
            (Self::Settings, "Settings", routes::settings(slug), IconName::Settings),
        ]
        .into_iter()
        .filter(|(section, ..)| {
            !matches!(section, Self::AccessLog | Self::AuditLog | Self::Settings)
                || member.is_admin()
        })
        .map(|(section, label, href, icon)| NavItem {
            href,
            label: label.to_owned(),
            icon,
            current: section == self,
        })
        .collect()
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

/// What was typed into the page's form and what is wrong with it, if it was just refused.
pub fn rejected<F: Clone + Default + Send + Sync + 'static>() -> (F, Messages) {
    use_context::<Rejected<F>>().map_or_else(Default::default, |rejected| {
        let messages = rejected.errors.iter();
        let messages = messages.map(|error| FieldMessage::new(error.field, error.rule.to_string()));
        (rejected.form, Messages(messages.collect()))
    })
}

/// Fields that forms send without showing them.
const HIDDEN: [&str; 2] = ["seen", "form_token"];

/// What is wrong with a form's fields.
#[derive(Clone, Debug, Default)]
pub struct Messages(Vec<FieldMessage>);

impl Messages {
    /// What stands beside the field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|message| message.field == field).map(|message| message.message.clone())
    }

    /// All of them, for the summary. Where several fields break the same rule, the sentence alone
    /// would not say which of them is meant.
    pub fn all(&self) -> Vec<FieldMessage> {
        let alike = |message: &str| self.0.iter().filter(|other| other.message == message).count();
        let all = self.0.iter().map(|FieldMessage { field, message }| match alike(message) {
            // There is nothing to see where these stand, so there is nowhere to lead to.
            _ if HIDDEN.contains(&field.as_str()) => FieldMessage::new("", message),
            0 | 1 => FieldMessage::new(field, message),
            _ => FieldMessage::new(field, format!("{}: {message}", in_words(field))),
        });
        all.collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `baa_decided_on` as its label says it: `BAA signed on`.
fn in_words(field: &str) -> String {
    let words = field.replace('_', " ").replace("baa", "BAA").replace("decided on", "signed on");
    capitalized(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_to_a_field_that_is_not_shown() {
        let said = |field: &str| FieldMessage::new(field, "Wrong");
        let messages = Messages(vec![said("seen"), said("baa_decided_on"), said("name")]);
        let all = messages.all();
        let fields: Vec<_> = all.iter().map(|message| message.field.as_str()).collect();
        assert_eq!(fields, ["", "baa_decided_on", "name"]);
        assert_eq!(all[1].message, "BAA signed on: Wrong");
    }
}
