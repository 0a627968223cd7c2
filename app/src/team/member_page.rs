//! One member: their role, and whether they stay.

use domain::members::{Colleague, Member, Role, colleague};
use leptos::prelude::*;

use super::actions::RoleForm;
use super::{roles, title};
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::ui::{
    ActionRow, Button, ButtonKind, Card, Description, DescriptionList, ErrorSummary, FormActions,
    IconName, LinkButton, PageHeader, RadioGroup, SubmitOnce,
};
use crate::{routes, when};

#[component]
pub fn MemberPage() -> impl IntoView {
    let (form, messages) = rejected::<RoleForm>();
    organization_page(Section::Team, move |request, viewer| async move {
        let person = colleague(request.backend(), &viewer, request.param("user")?).await?;
        // Only owners have a say about owners.
        let may = viewer.is_admin() && (person.role != Role::Owner || viewer.role() == Role::Owner);
        let slug = &viewer.organization().slug;
        let body = view! {
            <PageHeader title=person.name.clone() back=(routes::team(slug), "Team".to_owned()) />
            <ErrorSummary messages=messages.all() />
            {facts(&person)}
            {may.then(|| role_form(&viewer, &person, form, &messages))}
            {going(&viewer, &person, may)}
        };
        Ok(Content::new(person.name, body))
    })
}

fn facts(person: &Colleague) -> impl IntoView + use<> {
    let (email, role, since) = (person.email.clone(), title(person.role), person.since);
    view! {
        <Card>
            <DescriptionList>
                <Description term="E-mail">{email}</Description>
                <Description term="Role">{role}</Description>
                <Description term="Member since">{when::time_view(since)}</Description>
            </DescriptionList>
        </Card>
    }
}

fn role_form(
    viewer: &Member,
    person: &Colleague,
    form: RoleForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let action = routes::member(&viewer.organization().slug, person.user_id);
    let (choices, seen) = (roles(viewer.role()), person.role.as_str());
    let value = Some(form.role).filter(|role| !role.is_empty());
    let (value, error) = (value.unwrap_or_else(|| seen.to_owned()), messages.of("role"));
    view! {
        <Card title="Change role">
            <form method="post" action=action class="form stack">
                <SubmitOnce />
                <input type="hidden" name="seen" value=seen />
                <RadioGroup
                    legend="Role"
                    name="role"
                    choices
                    value
                    error
                    hint="Takes effect at once, and can be changed back."
                />
                <FormActions>
                    <Button kind=ButtonKind::Secondary>"Change role"</Button>
                </FormActions>
            </form>
        </Card>
    }
}

/// Leaving oneself, or removing the other one.
fn going(viewer: &Member, person: &Colleague, may: bool) -> Option<AnyView> {
    let slug = &viewer.organization().slug;
    if person.user_id == viewer.user_id() {
        let href = routes::leave(slug);
        return Some(
            view! {
                <Card>
                    <ActionRow
                        title="Leave"
                        detail="You lose access at once. To come back, somebody has to invite you."
                    >
                        <LinkButton href=href icon=IconName::LogOut>
                            "Leave"
                        </LinkButton>
                    </ActionRow>
                </Card>
            }
            .into_any(),
        );
    }
    may.then(|| {
        let href = routes::remove_member(slug, person.user_id);
        view! {
            <Card>
                <ActionRow
                    title="Remove"
                    detail="They lose access at once. Keys and channels that they made stay."
                >
                    <LinkButton href=href kind=ButtonKind::Danger icon=IconName::Trash>
                        "Remove"
                    </LinkButton>
                </ActionRow>
            </Card>
        }
        .into_any()
    })
}
