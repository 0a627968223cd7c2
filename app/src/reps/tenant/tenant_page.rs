//! One tenant: what it has, what is signed, what happened, and what can be done.

use domain::Error;
use domain::approvals::Gate;
use domain::datastores::{Datastores, Route};
use domain::keys::Environment;
use domain::organizations::list::{Tenant, tenant};
use domain::organizations::story::{series, story, traffic};
use domain::profiles::Profile;
use domain::tenants::new_links::awaited;
use domain::usage::Range;
use leptos::prelude::*;

use super::timeline::timeline;
use crate::pages::{Content, RepSection, rep_page};
use crate::ui::{
    Banner, ButtonKind, Card, Description, DescriptionList, IconName, LinkButton, LinkTabs,
    PageHeader, Stat, StatRow, StatusTag, Tone, grouped_number,
};
use crate::{routes, usage, when};

#[component]
pub fn TenantPage() -> impl IntoView {
    rep_page(RepSection::Tenants, |request, rep| async move {
        let backend = request.backend();
        let tenant = tenant(backend, &rep, &request.text_param("slug")).await?;
        let range = Range::named(&request.query("range")).filter(|range| *range != Range::Hour);
        let range = range.unwrap_or(Range::Week);
        let events = story(backend, &rep, &tenant).await?;
        let traffic = traffic(backend, &rep, &tenant).await?;
        let nobody = match awaited(backend, &rep, &tenant).await {
            Ok(_) => true,
            Err(Error::Conflict(_)) => false,
            Err(error) => return Err(error),
        };
        let bars = series(backend, &rep, &tenant, range).await?;
        let now = backend.clock.now();
        let number = |count: i64| grouped_number(count.unsigned_abs());
        let (keys, requests) = (number(traffic.active_keys), number(traffic.requests_24h));
        let first_call =
            tenant.first_call_at.map_or_else(|| "None yet".to_owned(), |at| when::ago(at, now));
        let slug = tenant.slug.clone();
        let tabs: Vec<_> = usage::range_tabs(range, |range| routes::tenant_range(&slug, range))
            .into_iter()
            .filter(|tab| !tab.href.ends_with("1h"))
            .collect();
        let graph = usage::graph("Requests", range, &bars, now);
        let facts = facts(&tenant, backend.profiles.get(&tenant.profile), &backend.datastores);
        let body = view! {
            {header(&tenant)}
            {nobody.then(|| nobody_yet(&tenant))}
            <StatRow>
                <Stat label="Active keys" value=keys />
                <Stat label="Requests in 24 h" value=requests />
                <Stat label="First call" value=first_call />
            </StatRow>
            {facts}
            <Card>
                <LinkTabs label="Range" links=tabs />
                {graph}
            </Card>
            {timeline(&tenant, events)}
        };
        Ok(Content::new(tenant.name, body))
    })
}

fn header(tenant: &Tenant) -> impl IntoView + use<> {
    let slug = tenant.slug.as_str();
    let (href, label, kind, icon) = if tenant.suspended {
        (routes::restore_tenant(slug), "Restore", ButtonKind::Primary, IconName::Check)
    } else {
        (routes::suspend_tenant(slug), "Suspend", ButtonKind::Danger, IconName::Ban)
    };
    let (visit, approvals) = (routes::visit_tenant(slug), routes::tenant_approvals(slug));
    view! {
        <PageHeader
            title=tenant.name.clone()
            subtitle=tenant.slug.clone()
            back=(routes::TENANTS.to_owned(), "Tenants".to_owned())
        >
            <LinkButton href=approvals icon=IconName::Pencil>
                "Approvals and plan"
            </LinkButton>
            <LinkButton href=visit icon=IconName::Eye>
                "Enter"
            </LinkButton>
            <LinkButton href=href kind=kind icon=icon>
                {label}
            </LinkButton>
        </PageHeader>
    }
}

/// What can be done while nobody has come.
fn nobody_yet(tenant: &Tenant) -> impl IntoView + use<> {
    let links = routes::tenant_links(&tenant.slug);
    view! {
        <Banner tone=Tone::Info title="Nobody has joined yet">
            <p>
                "If the links are lost, or went to a wrong address, " <a href=links>"make new ones"</a>
                "."
            </p>
        </Banner>
    }
}

fn facts(
    tenant: &Tenant,
    profile: Option<&Profile>,
    datastores: &Datastores,
) -> impl IntoView + use<> {
    let (tone, status) =
        if tenant.suspended { (Tone::Danger, "Suspended") } else { (Tone::Success, "Active") };
    let api = profile.map_or_else(|| tenant.profile.clone(), |profile| profile.title.clone());
    let environments = tenant.environments.iter().map(|environment| match environment {
        Environment::Live => "live",
        Environment::Test => "test",
    });
    let environments = environments.collect::<Vec<_>>().join(", ");
    let id = tenant.external_id.clone().unwrap_or_else(|| tenant.id.to_string());
    let (gates, plan) = (gates(tenant, profile), tenant.plan.title());
    let documents = documents(tenant, profile, datastores);
    let provisioned = when::time_view(tenant.created_at);
    view! {
        <Card title="About">
            <DescriptionList short=true>
                <Description term="Status">
                    <StatusTag tone text=status />
                </Description>
                <Description term="Tenant id">
                    <code>{id}</code>
                </Description>
                <Description term="API">{api}</Description>
                <Description term="Plan">{plan}</Description>
                <Description term="Environments">{environments}</Description>
                {documents}
                <Description term="Provisioned">{provisioned}</Description>
                {gates}
            </DescriptionList>
        </Card>
    }
}

/// Where its documents are, by environment.
fn documents(tenant: &Tenant, profile: Option<&Profile>, datastores: &Datastores) -> AnyView {
    let has = |environment: &&Environment| {
        profile.is_none_or(|profile| profile.key_prefix(**environment).is_some())
    };
    let places = tenant.environments.iter().filter(has).map(|environment| {
        let term = match environment {
            Environment::Live => "Live documents",
            Environment::Test => "Test documents",
        };
        let route = datastores.route(tenant.documents(*environment));
        let (tone, text) = match route {
            Route::Own => (Tone::Success, "In the program's own database"),
            Route::To(datastore) if datastore.is_up() => (Tone::Success, "Up"),
            Route::To(_) => (Tone::Danger, "Down: calls are answered with 503"),
            Route::Lost => (Tone::Danger, "In a datastore that the configuration does not name"),
        };
        let name = route.name().to_owned();
        view! {
            <Description term=term>
                <code>{name}</code>
                " "
                <StatusTag tone text />
            </Description>
        }
    });
    places.collect_view().into_any()
}

fn gates(tenant: &Tenant, profile: Option<&Profile>) -> AnyView {
    [(Gate::PartnerApproval, "Partner approval"), (Gate::Baa, "BAA")]
        .into_iter()
        .map(|(gate, term)| {
            let needed = profile.is_some_and(|profile| {
                let mut environments = tenant.environments.iter();
                environments.any(|environment| profile.gates(*environment).contains(&gate))
            });
            let (tone, text) = match (tenant.approvals.contains(&gate), needed) {
                (true, _) => (Tone::Success, "On record"),
                (false, true) => (Tone::Warning, "Missing: keys that need it are refused"),
                (false, false) => (Tone::Neutral, "Not needed"),
            };
            view! {
                <Description term=term>
                    <StatusTag tone text />
                </Description>
            }
        })
        .collect_view()
        .into_any()
}
