//! All tenants.

use domain::organizations::list::{PAGE_SIZE, TenantFilter, list};
use domain::profiles::Profiles;
use leptos::prelude::*;

use super::{draft_rows, tenant_rows};
use crate::pages::{Content, RepSection, Request, rep_page};
use crate::routes;
use crate::ui::{
    Button, ButtonKind, Choice, DataTable, EmptyState, FilterBar, IconName, LinkTabs, PageHeader,
    Pagination, PostButton, Select, TabLink, TextField, grouped_number, page_count,
};

#[component]
pub fn ListPage() -> impl IntoView {
    rep_page(RepSection::Tenants, |request, rep| async move {
        let query = TenantQuery::read(&request);
        let backend = request.backend();
        let (tenants, total) = list(backend, &rep, &query.filter(&backend.profiles)).await?;
        let now = backend.clock.now();
        let drafts = draft_rows::drafts(domain::drafts::list(backend, &rep).await?, now);
        let table = if tenants.is_empty() {
            empty(&query)
        } else {
            let rows = tenant_rows::rows(&backend.profiles, tenants, now);
            view! {
                <DataTable caption="Tenants" columns=tenant_rows::columns()>
                    {rows}
                </DataTable>
            }
            .into_any()
        };
        let (page, pages) = (query.page, page_count(total, PAGE_SIZE));
        let of = query.clone();
        let body = view! {
            <PageHeader title="Tenants" subtitle=counted(total)>
                <PostButton
                    action=routes::NEW_TENANT
                    label="New tenant"
                    kind=ButtonKind::Primary
                    icon=IconName::Plus
                />
            </PageHeader>
            {drafts}
            {views(&query)}
            {filters(&query, &backend.profiles)}
            {table}
            <Pagination page pages href=move |page| of.address(page, of.stuck) />
        };
        let title = if page > 1 {
            format!("Tenants (page {page} of {pages})")
        } else {
            "Tenants".to_owned()
        };
        Ok(Content::new(title, body))
    })
}

/// What the list's address asks for.
#[derive(Clone, Debug, Default)]
struct TenantQuery {
    text: String,
    profile: String,
    status: String,
    stuck: bool,
    page: u32,
}

impl TenantQuery {
    fn read(request: &Request) -> Self {
        Self {
            // PostgreSQL knows no text with a NUL in it.
            text: request.query("q").replace('\0', ""),
            profile: request.query("profile"),
            status: request.query("status"),
            stuck: request.query("view") == "stuck",
            page: request.query("page").parse().unwrap_or(1).max(1),
        }
    }

    /// Profiles and states that do not exist are left out.
    fn filter(&self, profiles: &Profiles) -> TenantFilter {
        TenantFilter {
            text: self.text.clone(),
            profile: profiles.get(&self.profile).map(|profile| profile.name.clone()),
            suspended: match self.status.as_str() {
                "active" => Some(false),
                "suspended" => Some(true),
                _ => None,
            },
            stuck: self.stuck,
            page: self.page,
            ..TenantFilter::default()
        }
    }

    fn is_narrow(&self) -> bool {
        [&self.text, &self.profile, &self.status].iter().any(|value| !value.trim().is_empty())
    }

    fn address(&self, page: u32, stuck: bool) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        routes::tenants_with(&[
            ("view", if stuck { "stuck" } else { "" }),
            ("q", &self.text),
            ("profile", &self.profile),
            ("status", &self.status),
            ("page", &page),
        ])
    }
}

fn counted(total: i64) -> String {
    match total {
        1 => "1 organization".to_owned(),
        total => format!("{} organizations", grouped_number(total.unsigned_abs())),
    }
}

fn views(query: &TenantQuery) -> impl IntoView + use<> {
    let view = |label: &str, stuck: bool| TabLink {
        href: query.address(1, stuck),
        label: label.to_owned(),
        current: query.stuck == stuck,
    };
    let links = vec![view("All", false), view("Stuck > 7 d", true)];
    view! { <LinkTabs label="Views" links /> }
}

fn filters(query: &TenantQuery, profiles: &Profiles) -> impl IntoView + use<> {
    let any = || Choice::new("", "Any");
    let named = profiles.iter().map(|profile| Choice::new(&profile.name, &profile.title));
    let apis: Vec<_> = std::iter::once(any()).chain(named).collect();
    let states =
        vec![any(), Choice::new("active", "Active"), Choice::new("suspended", "Suspended")];
    let TenantQuery { text, profile, status, stuck, .. } = query.clone();
    let view = stuck.then(|| view! { <input type="hidden" name="view" value="stuck" /> });
    view! {
        <FilterBar action=routes::TENANTS>
            {view}
            <TextField label="Name or id" name="q" value=text kind="search" autocomplete="off" />
            <Select label="API" name="profile" choices=apis value=profile />
            <Select label="Status" name="status" choices=states value=status />
            <Button kind=ButtonKind::Secondary icon=IconName::Filter>
                "Filter"
            </Button>
        </FilterBar>
    }
}

fn empty(query: &TenantQuery) -> AnyView {
    let all = routes::TENANTS;
    if query.is_narrow() {
        return view! {
            <EmptyState title="No tenant matches" icon=IconName::Search>
                <a href=all>"Show all tenants"</a>
            </EmptyState>
        }
        .into_any();
    }
    if query.stuck {
        return view! {
            <EmptyState title="Nobody is stuck" icon=IconName::CircleCheck>
                "Every organization that was provisioned more than 7 days ago has made an accepted call."
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState title="No tenants yet" icon=IconName::Building>
            "Organizations that you provision are listed here."
        </EmptyState>
    }
    .into_any()
}
