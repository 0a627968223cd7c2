//! The HTML document around every page, and which page that is.
#![expect(clippy::too_many_lines, reason = "one function lists every page")]

use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, request};
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{ParamSegment, SsrMode, StaticSegment as At};

use crate::pages::{Instead, InsteadPage, NotFoundPage};
use crate::theme;
use crate::{
    access_log, account, audit, channels, claims, invitations, isolation, keys, notices,
    organizations, overview, password_reset, quick_start, reps, sign_in, team, usage,
};

/// The document; its content security policy names this response's nonce.
pub fn document(options: LeptosOptions) -> impl IntoView {
    provide_meta_context();
    let theme = use_context::<request::Parts>().map(|parts| theme::of(&parts)).unwrap_or_default();
    set_content_security_policy();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.attribute()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="latchkey" />
                <HydrationScripts options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// `strict-dynamic` lets the one script that carries the nonce load the wasm module's loader.
fn set_content_security_policy() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// The page of the address, or what an action has to say in its place.
#[component]
pub fn App() -> impl IntoView {
    if let Some(instead) = use_context::<Instead>() {
        return view! { <InsteadPage instead /> }.into_any();
    }
    let keys = (ParamSegment("organization"), At("settings"), At("api-keys"));
    let key = (ParamSegment("organization"), At("settings"), At("api-keys"), ParamSegment("key"));
    let team = (ParamSegment("organization"), At("settings"), At("team"));
    let member = (team, At("members"), ParamSegment("user"));
    let log = (ParamSegment("organization"), At("settings"), At("audit-log"));
    let factor = (At("account"), At("second-factor"));
    let settings = (ParamSegment("organization"), At("settings"));
    let hooks = (settings, At("notices"));
    let hook = (hooks, ParamSegment("webhook"));
    let tenants = (At("rep"), At("tenants"));
    let tenant = (tenants, ParamSegment("slug"));
    let draft = (tenants, At("new"), ParamSegment("draft"), ParamSegment("step"));
    let (o, wait) = (ParamSegment("organization"), SsrMode::Async);
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=At("") view=organizations::SwitchPage ssr=wait.clone() />
                <Route path=At("login") view=sign_in::SignInPage ssr=wait.clone() />
                <Route
                    path=(At("login"), At("code"))
                    view=sign_in::CodePage
                    ssr=wait.clone()
                />
                <Route path=At("reset") view=password_reset::AskPage ssr=wait.clone() />
                <Route
                    path=(At("reset"), ParamSegment("token"))
                    view=password_reset::ChoosePage
                    ssr=wait.clone()
                />
                <Route path=factor view=account::SecondFactorPage ssr=wait.clone() />
                <Route
                    path=(factor, At("confirm"))
                    view=account::ConfirmCodePage
                    ssr=wait.clone()
                />
                <Route path=At("account") view=account::AccountPage ssr=wait.clone() />
                <Route
                    path=(At("invitations"), ParamSegment("token"))
                    view=invitations::InvitationPage
                    ssr=wait.clone()
                />
                <Route
                    path=(At("account"), At("confirm"))
                    view=account::ConfirmPage
                    ssr=wait.clone()
                />
                <Route path=settings view=organizations::SettingsPage ssr=wait.clone() />
                <Route
                    path=(settings, At("security"))
                    view=organizations::SecurityPage
                    ssr=wait.clone()
                />
                <Route path=hooks view=notices::ListPage ssr=wait.clone() />
                <Route path=(hooks, At("new")) view=notices::AddPage ssr=wait.clone() />
                <Route path=hook view=notices::WebhookPage ssr=wait.clone() />
                <Route path=(hook, At("rotate")) view=notices::RotatePage ssr=wait.clone() />
                <Route path=(hook, At("remove")) view=notices::RemovePage ssr=wait.clone() />
                <Route path=tenants view=reps::ListPage ssr=wait.clone() />
                <Route
                    path=(At("rep"), At("isolation"))
                    view=isolation::RepProofPage
                    ssr=wait.clone()
                />
                <Route path=tenant view=reps::tenant::TenantPage ssr=wait.clone() />
                <Route
                    path=(tenant, At("suspend"))
                    view=|| view! { <reps::tenant::SuspendPage /> }
                    ssr=wait.clone()
                />
                <Route
                    path=(tenant, At("restore"))
                    view=|| view! { <reps::tenant::SuspendPage restores=true /> }
                    ssr=wait.clone()
                />
                <Route path=(tenant, At("links")) view=reps::tenant::LinksPage ssr=wait.clone() />
                <Route path=(tenant, At("visit")) view=reps::tenant::VisitPage ssr=wait.clone() />
                <Route path=draft view=reps::StepPage ssr=wait.clone() />
                <Route path=(tenant, At("approvals")) view=reps::ApprovalsPage ssr=wait.clone() />
                <Route
                    path=(tenant, At("approvals"), ParamSegment("gate"))
                    view=reps::ApprovalPage
                    ssr=wait.clone()
                />
                <Route path=(tenant, At("terms")) view=reps::TermsPage ssr=wait.clone() />
                <Route
                    path=(At("claims"), ParamSegment("token"))
                    view=claims::ClaimPage
                    ssr=wait.clone()
                />
                <Route path=team view=team::ListPage ssr=wait.clone() />
                <Route path=(team, At("invite")) view=team::InvitePage ssr=wait.clone() />
                <Route path=(team, At("leave")) view=team::LeavePage ssr=wait.clone() />
                <Route path=member view=team::MemberPage ssr=wait.clone() />
                <Route path=(member, At("remove")) view=team::RemovePage ssr=wait.clone() />
                <Route path=o view=overview::OverviewPage ssr=wait.clone() />
                <Route path=(o, At("channels")) view=channels::ListPage ssr=wait.clone() />
                <Route path=(o, At("channels"), At("new")) view=channels::AddPage ssr=wait.clone() />
                <Route
                    path=(o, At("channels"), ParamSegment("channel"))
                    view=channels::ChannelPage
                    ssr=wait.clone()
                />
                <Route path=keys view=keys::ListPage ssr=wait.clone() />
                <Route path=(keys, At("new")) view=keys::CreatePage ssr=wait.clone() />
                <Route path=key view=keys::KeyPage ssr=wait.clone() />
                <Route path=(key, At("edit")) view=keys::EditPage ssr=wait.clone() />
                <Route path=(key, At("regenerate")) view=keys::RegeneratePage ssr=wait.clone() />
                <Route path=(key, At("disable")) view=keys::DisablePage ssr=wait.clone() />
                <Route path=(key, At("scream-test")) view=keys::ScreamPage ssr=wait.clone() />
                <Route path=(key, At("revoke")) view=keys::RevokePage ssr=wait.clone() />
                <Route path=(key, At("rotate-secret")) view=keys::RotatePage ssr=wait.clone() />
                <Route path=(key, At("waive-secret")) view=keys::WaivePage ssr=wait.clone() />
                <Route path=(key, At("stored")) view=keys::StoredPage ssr=wait.clone() />
                <Route
                    path=(o, At("quick-start"))
                    view=quick_start::QuickStartPage
                    ssr=wait.clone()
                />
                <Route path=(o, At("usage")) view=usage::UsagePage ssr=SsrMode::InOrder />
                <Route path=(o, At("access-log")) view=access_log::LogPage ssr=wait.clone() />
                <Route
                    path=(o, At("access-log"), ParamSegment("request"))
                    view=access_log::CallPage
                    ssr=wait.clone()
                />
                <Route path=log view=audit::LogPage ssr=wait.clone() />
                <Route
                    path=(o, At("settings"), At("isolation"))
                    view=isolation::ProofPage
                    ssr=wait
                />
            </Routes>
        </Router>
    }
    .into_any()
}
