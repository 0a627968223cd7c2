//! All keys of an organization.

use domain::keys::attention::Attention;
use domain::keys::list::{KeyFilter, KeyState, PAGE_SIZE, list};
use leptos::prelude::*;

use super::key_rows;
use super::role_note::{may_create, role_note};
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{
    Button, ButtonKind, Choice, Column, DataTable, EmptyState, FilterBar, IconName, LinkButton,
    PageHeader, Pagination, Select, TextField, page_count,
};

#[component]
pub fn ListPage() -> impl IntoView {
    organization_page(Section::Keys, |request, member| async move {
        let query = ListQuery::read(|name| request.query(name));
        let page = request.query("page").parse().unwrap_or(1).max(1);
        let filter = query.filter(page);
        let (backend, now) = (request.backend(), request.backend().clock.now());
        let (keys, total) = list(backend, &member, &filter).await?;
        let slug = member.organization().slug.clone();
        let profile = backend.profiles.of(member.organization())?;
        let may_create = may_create(&member, profile);
        let pages = page_count(total, PAGE_SIZE);
        let table = if keys.is_empty() {
            empty(&slug, query.is_filtered())
        } else {
            let columns = columns(filter.attention);
            let rows = key_rows::for_organization(&slug, keys, filter.attention, now);
            view! {
                <DataTable caption="API keys" columns>
                    {rows}
                </DataTable>
            }
            .into_any()
        };
        let (pages_of, of) = (slug.clone(), query.clone());
        let body = view! {
            {header(&slug, may_create)}
            {role_note(&member, may_create)}
            {filters(&slug, query, profile.has_secrets())}
            {table}
            <Pagination page pages href=move |page| of.address(&pages_of, page) />
        };
        let title = if page > 1 {
            format!("API keys (page {page} of {pages})")
        } else {
            "API keys".to_owned()
        };
        Ok(Content::new(title, body))
    })
}

/// What the address asks for, as typed.
#[derive(Clone, Debug)]
struct ListQuery {
    text: String,
    status: String,
    attention: String,
}

impl ListQuery {
    fn read(value: impl Fn(&str) -> String) -> Self {
        // PostgreSQL knows no text with a NUL in it.
        let text = value("q").replace('\0', "");
        Self { text, status: value("status"), attention: value("attention") }
    }

    fn filter(&self, page: u32) -> KeyFilter {
        KeyFilter {
            state: KeyState::named(&self.status),
            attention: Attention::named(&self.attention),
            text: self.text.clone(),
            page,
            ..KeyFilter::default()
        }
    }

    fn is_filtered(&self) -> bool {
        let filter = self.filter(1);
        filter.state.is_some() || filter.attention.is_some() || !filter.text.trim().is_empty()
    }

    fn address(&self, slug: &str, page: u32) -> String {
        let page = page.to_string();
        let filters = [
            ("q", self.text.as_str()),
            ("status", &self.status),
            ("attention", &self.attention),
            ("page", &page),
        ];
        routes::keys_with(slug, &filters)
    }
}

/// What needs attention, as a choice.
pub fn attention_text(attention: Attention) -> &'static str {
    match attention {
        Attention::Unused => "Unused for 90 days",
        Attention::Expiring => "Expires in 14 days",
        Attention::Secretless => "Without a secret",
    }
}

fn columns(attention: Option<Attention>) -> Vec<Column> {
    vec![
        Column::new("Name"),
        Column::new("Key"),
        Column::new("Channel").secondary(),
        Column::new("Status"),
        Column::new("Requests in 24 h").numeric().secondary(),
        match attention {
            // It is what the list is about.
            Some(Attention::Expiring) => Column::new("Expires"),
            Some(Attention::Unused) => Column::new("Last used"),
            Some(Attention::Secretless) | None => Column::new("Last used").secondary(),
        },
    ]
}

fn header(slug: &str, may_create: bool) -> impl IntoView + use<> {
    let create = may_create.then(|| {
        view! {
            <LinkButton href=routes::new_key(slug) kind=ButtonKind::Primary icon=IconName::Plus>
                "Create key"
            </LinkButton>
        }
    });
    view! { <PageHeader title="API keys">{create}</PageHeader> }
}

fn filters(slug: &str, query: ListQuery, pairs: bool) -> impl IntoView + use<> {
    let anything = Choice::new("", "Any");
    let kinds = Attention::ALL.into_iter().filter(|kind| pairs || *kind != Attention::Secretless);
    let kinds = kinds.map(|kind| Choice::new(kind.as_str(), attention_text(kind)));
    let kinds = std::iter::once(anything.clone()).chain(kinds).collect();
    let states = KeyState::ALL.into_iter().map(|state| {
        let label = match state {
            KeyState::Active => "Active",
            KeyState::Disabled => "Disabled",
            KeyState::Revoked => "Revoked",
            KeyState::Expired => "Expired",
            KeyState::ChannelOff => "Channel off",
            KeyState::LegacyLogin => "Legacy login",
        };
        Choice { value: state.as_str().to_owned(), label: label.to_owned(), hint: None }
    });
    let choices = std::iter::once(anything).chain(states).collect();
    view! {
        <FilterBar action=routes::keys(slug)>
            <TextField label="Name or last four" name="q" value=query.text kind="search" autocomplete="off" />
            <Select label="Status" name="status" choices value=query.status />
            <Select label="Attention" name="attention" choices=kinds value=query.attention />
            <Button kind=ButtonKind::Secondary icon=IconName::Filter>
                "Filter"
            </Button>
        </FilterBar>
    }
}

fn empty(slug: &str, filtered: bool) -> AnyView {
    if filtered {
        let all = routes::keys(slug);
        return view! {
            <EmptyState title="No key matches" icon=IconName::Search>
                <a href=all>"Show all keys"</a>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState title="No API keys yet" icon=IconName::Key>
            "A program needs a key to call the API. It is shown once, when it is created."
        </EmptyState>
    }
    .into_any()
}
