//! The question before a member is removed.

use domain::Error;
use domain::channels::acting_as::acting_as;
use domain::members::{Role, colleague};
use leptos::prelude::*;

use super::stopped_channels;
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{Banner, DangerEnd, IconName, PageHeader, SubmitOnce, Tone};

#[component]
pub fn RemovePage() -> impl IntoView {
    organization_page(Section::Team, |request, member| async move {
        let admin = member.admin()?;
        let person = colleague(request.backend(), &admin, request.param("user")?).await?;
        if person.role == Role::Owner && admin.role() != Role::Owner {
            return Err(Error::Forbidden { needs: Role::Owner });
        }
        if person.user_id == admin.user_id() {
            return Err(Error::Conflict("To go yourself, leave the organization."));
        }
        // Asked for before the question rather than after.
        request.fresh()?;
        let slug = &admin.organization().slug;
        let (keep, action) =
            (routes::member(slug, person.user_id), routes::remove_member(slug, person.user_id));
        let title = format!("Remove {}", person.name);
        let effect = format!(
            "{} cannot open this organization any more. The keys that they made stay.",
            person.email
        );
        let stopped = acting_as(request.backend(), &admin, person.user_id).await?;
        let stopped = stopped_channels(slug, &stopped);
        let body = view! {
            <PageHeader title=title.clone() back=(keep.clone(), person.name) />
            <Banner tone=Tone::Warning title="They lose access at once">{effect}</Banner>
            {stopped}
            <form method="post" action=action class="form stack">
                <SubmitOnce />
                <DangerEnd
                    submit="Remove member"
                    icon=IconName::Trash
                    back=keep
                    leave="Keep the member"
                />
            </form>
        };
        Ok(Content::new(title, body))
    })
}
