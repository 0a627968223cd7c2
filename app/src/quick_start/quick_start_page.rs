//! The page: values, programs in the language of one's choice, and refusals.

use domain::approvals::permits;
use domain::keys::Environment;
use domain::members::Member;
use leptos::prelude::*;

use super::call::{Call, KEY, Place, SECRET};
use super::{Language, refusals};
use crate::keys::role_note::may_create;
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{
    ButtonKind, Card, CodeBlock, Description, DescriptionList, IconName, LinkButton, LinkTabs,
    PageHeader, TabLink,
};

/// In the page's address.
const LANGUAGE: &str = "language";
const ENVIRONMENT: &str = "environment";

#[component]
pub fn QuickStartPage() -> impl IntoView {
    organization_page(Section::QuickStart, |request, member| async move {
        let organization = member.organization();
        let profile = request.backend().profiles.of(organization)?;
        let environments = permits(request.backend(), &member).await?.environments(profile);
        let asked = Environment::named(&request.query(ENVIRONMENT));
        let asked = asked.filter(|asked| environments.contains(asked));
        let place = Place {
            profile,
            organization,
            environment: asked.or(environments.first().copied()).unwrap_or(Environment::Live),
            api: request.backend().api,
        };
        let language = Language::named(&request.query(LANGUAGE)).unwrap_or(Language::Curl);
        let subtitle = format!("How programs of {} call {}.", organization.name, profile.title);
        let tabs = environment_tabs(&place, language, &environments);
        let (values, key) = (values(&place), key_card(&place, &member));
        let (programs, refusals) = (programs(&place, language), refusals::card(profile));
        let body = view! {
            <PageHeader title="Quick start" subtitle />
            {tabs}
            {values}
            {key}
            {programs}
            {refusals}
        };
        Ok(Content::new("Quick start", body))
    })
}

fn address(place: &Place<'_>, language: Language, environment: Environment) -> String {
    let choices = [(LANGUAGE, language.as_str()), (ENVIRONMENT, environment.as_str())];
    routes::quick_start_with(&place.organization.slug, &choices)
}

/// Where there is more than one to choose from.
fn environment_tabs(
    place: &Place<'_>,
    language: Language,
    environments: &[Environment],
) -> Option<impl IntoView + use<>> {
    let tab = |environment: &Environment| TabLink {
        href: address(place, language, *environment),
        label: match environment {
            Environment::Live => "Live keys".to_owned(),
            Environment::Test => "Test keys".to_owned(),
        },
        current: *environment == place.environment,
    };
    let links: Vec<_> = environments.iter().map(tab).collect();
    (links.len() > 1).then(|| view! { <LinkTabs label="Environment" links /> })
}

fn values(place: &Place<'_>) -> impl IntoView + use<> {
    let list = place.list();
    let (origin, base) = (place.origin(), place.profile.base_path().to_owned());
    let (docs, described) = (format!("{origin}/docs"), format!("{origin}/openapi.json"));
    let credentials = place.credentials().into_iter().map(|(name, variable)| {
        let term = if variable == SECRET { "Header of the secret" } else { "Header of the key" };
        view! {
            <Description term=term>
                <code>{name}</code>
            </Description>
        }
    });
    let others = list.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let others: Vec<_> = others.collect();
    let others = (!others.is_empty()).then(|| {
        let lines = others.into_iter().map(|line| view! { <code>{line}</code> " " });
        view! { <Description term="Other headers">{lines.collect_view()}</Description> }
    });
    let tenant = place.profile.tenant_id.clone().map(|name| {
        let number = place.organization.external_id.clone();
        let number = number.unwrap_or_else(|| "Not given yet".to_owned());
        view! {
            <Description term=format!("Your {name}")>
                <code>{number}</code>
            </Description>
        }
    });
    let note = resolver_note(place);
    view! {
        <Card title="Your values">
            <DescriptionList>
                <Description term="Base address">
                    <code>{format!("{origin}{base}")}</code>
                </Description>
                {credentials.collect_view()}
                {others}
                {tenant}
                <Description term="All endpoints">
                    <a href=docs>"Reference"</a>
                    ", "
                    <a href=described>"OpenAPI"</a>
                </Description>
            </DescriptionList>
            {note}
        </Card>
    }
}

/// Names that stand in for the vendor's own are not found by every program.
fn resolver_note(place: &Place<'_>) -> Option<impl IntoView + use<>> {
    let host = place.host();
    let line = format!("127.0.0.1 {host}");
    host.ends_with(".localhost").then(|| {
        view! {
            <p class="muted">
                "This name stands for this machine. curl and browsers know that; where other programs do not find it, put "
                <code>{line}</code> " into the file /etc/hosts."
            </p>
        }
    })
}

fn key_card(place: &Place<'_>, member: &Member) -> impl IntoView + use<> {
    let prefix = place.profile.key_prefix(place.environment).unwrap_or_default();
    let mut lines = format!("export {KEY}='{prefix}…'");
    if place.profile.has_secrets() {
        lines.push_str("\nexport ");
        lines.push_str(SECRET);
        lines.push_str("='…'");
    }
    let slug = &place.organization.slug;
    let (keys, new) = (routes::keys(slug), routes::new_key(slug));
    let create = may_create(member, place.profile).then(|| {
        view! {
            <p>
                <LinkButton href=new kind=ButtonKind::Secondary icon=IconName::Plus>
                    "Create key"
                </LinkButton>
            </p>
        }
    });
    view! {
        <Card title="Give programs a key">
            <p>
                "The programs below read it from their environment, so that it stands in none of them. A key is shown only when it is made or regenerated: "
                <a href=keys>"API keys"</a>
            </p>
            <CodeBlock code=lines label="Shell" />
            {create}
        </Card>
    }
}

fn programs(place: &Place<'_>, language: Language) -> impl IntoView + use<> {
    let tab = |one: Language| TabLink {
        href: address(place, one, place.environment),
        label: one.label().to_owned(),
        current: one == language,
    };
    let links = Language::ALL.map(tab).to_vec();
    let block = |call: &Call, label: &'static str, id: &'static str| {
        let code = language.program(call);
        view! {
            <div data-testid=id>
                <CodeBlock code label />
            </div>
        }
    };
    let list = block(&place.list(), "Read", "program-read");
    let create = place.create().map(|call| block(&call, "Write", "program-write"));
    view! {
        <Card title="Call the API">
            <LinkTabs label="Language" links />
            <p class="muted">{language.needs()}</p>
            {list}
            {create}
        </Card>
    }
}
