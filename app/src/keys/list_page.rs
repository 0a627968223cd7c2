//! All keys of an organization.

use domain::keys::list::{KeyFilter, KeyState, PAGE_SIZE, list};
use leptos::prelude::*;

use super::key_rows;
use super::role_note::{may_create, role_note};
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{
    Button, ButtonKind, Choice, Column, DataTable, EmptyState, FilterBar, IconName, LinkButton,
    PageHeader, Pagination, Select, TextField,
};

#[component]
pub fn ListPage() -> impl IntoView {
    organization_page(Section::Keys, |request, member| async move {
        let (text, status) = (request.query("q"), request.query("status"));
        let page = request.query("page").parse().unwrap_or(1).max(1);
        let state = KeyState::named(&status);
        let filter = KeyFilter { state, text: text.clone(), page, ..KeyFilter::default() };
        let (backend, now) = (request.backend(), request.backend().clock.now());
        let (keys, total) = list(backend, &member, &filter).await?;
        let slug = member.organization().slug.clone();
        let may_create = may_create(&member, backend.profiles.of(member.organization())?);
        let filtered = state.is_some() || !text.trim().is_empty();
        let pages = u32::try_from(total.max(1).unsigned_abs().div_ceil(PAGE_SIZE.unsigned_abs()))
            .unwrap_or(u32::MAX);
        let table = if keys.is_empty() {
            empty(&slug, filtered)
        } else {
            let rows = key_rows::for_organization(&slug, keys, now);
            view! {
                <DataTable caption="API keys" columns=columns()>
                    {rows}
                </DataTable>
            }
            .into_any()
        };
        let (pages_of, of_text, of_status) = (slug.clone(), text.clone(), status.clone());
        let body = view! {
            {header(&slug, may_create)}
            {role_note(&member, may_create)}
            {filters(&slug, text, status)}
            {table}
            <Pagination
                page
                pages
                href=move |page| routes::keys_page(&pages_of, &of_text, &of_status, page)
            />
        };
        let title = if page > 1 {
            format!("API keys (page {page} of {pages})")
        } else {
            "API keys".to_owned()
        };
        Ok(Content::new(title, body))
    })
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Name"),
        Column::new("Key"),
        Column::new("Channel").secondary(),
        Column::new("Status"),
        Column::new("Requests in 24 h").numeric().secondary(),
        Column::new("Last used").secondary(),
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

fn filters(slug: &str, text: String, status: String) -> impl IntoView + use<> {
    let anything = Choice { value: String::new(), label: "Any".to_owned(), hint: None };
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
            <TextField label="Name or last four" name="q" value=text kind="search" autocomplete="off" />
            <Select label="Status" name="status" choices value=status />
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
