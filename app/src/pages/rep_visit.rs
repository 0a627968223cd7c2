//! A rep looks at a page: the frame around the vendor's own pages.

use domain::reps::Rep;
use domain::{Error, Result};
use leptos::prelude::*;
use leptos_meta::Title;
use std::future::Future;

use super::visit::{account, notice_banner, shown};
use super::{Content, Request};
use crate::routes;
use crate::ui::{AppFrame, IconName, NavItem};

/// The parts of the reps' dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepSection {
    Tenants,
    Isolation,
}

impl RepSection {
    fn navigation(self) -> Vec<NavItem> {
        [
            (Self::Tenants, "Tenants", routes::TENANTS, IconName::Building),
            (Self::Isolation, "Isolation", routes::REP_ISOLATION, IconName::ShieldCheck),
        ]
        .into_iter()
        .map(|(section, label, href, icon)| NavItem {
            href: href.to_owned(),
            label: label.to_owned(),
            icon,
            current: section == self,
        })
        .collect()
    }
}

/// A page for reps.
pub fn rep_page<F, L>(section: RepSection, load: L) -> impl IntoView
where
    F: Future<Output = Result<Content>> + Send + 'static,
    L: FnOnce(Request, Rep) -> F + Send + 'static,
{
    page(Request::routed(), section, load)
}

/// What a rep's form answers in place of the page at its address.
pub fn rep_answer<F, L>(section: RepSection, load: L) -> impl IntoView
where
    F: Future<Output = Result<Content>> + Send + 'static,
    L: FnOnce(Request, Rep) -> F + Send + 'static,
{
    page(Request::current(), section, load)
}

fn page<F, L>(request: Option<Request>, section: RepSection, load: L) -> impl IntoView
where
    F: Future<Output = Result<Content>> + Send + 'static,
    L: FnOnce(Request, Rep) -> F + Send + 'static,
{
    shown(async move {
        let request = request.ok_or_else(|| Error::Internal("a page without a request".into()))?;
        let rep = request.rep().await?;
        let content = load(request.clone(), rep).await?;
        frame(&request, section, content)
    })
}

fn frame(request: &Request, section: RepSection, content: Content) -> Result<AnyView> {
    let account = account(request.user()?);
    let notice = request.notice();
    let view = view! {
        <Title text=format!("{} · Latchkey", content.title) />
        <AppFrame
            organization=None
            nav=section.navigation()
            account
            theme=request.theme()
            theme_action=routes::THEME
            return_to=request.address()
            fleeting=content.fleeting
        >
            {notice.map(notice_banner)}
            {content.body}
        </AppFrame>
    };
    Ok(view.into_any())
}
