//! The question before somebody leaves.

use domain::channels::acting_as::acting_as;
use leptos::prelude::*;

use super::stopped_channels;
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{Banner, DangerEnd, IconName, PageHeader, SubmitOnce, Tone};

#[component]
pub fn LeavePage() -> impl IntoView {
    organization_page(Section::Team, |request, member| async move {
        let organization = member.organization();
        let (keep, action) = (routes::team(&organization.slug), routes::leave(&organization.slug));
        let title = format!("Leave {}", organization.name);
        let stopped = acting_as(request.backend(), &member, member.user_id()).await?;
        let stopped = stopped_channels(&organization.slug, &stopped);
        let body = view! {
            <PageHeader title=title.clone() back=(keep.clone(), "Team".to_owned()) />
            <Banner tone=Tone::Warning title="You lose access at once">
                "To come back, an owner or admin has to invite you. The keys that you made stay."
            </Banner>
            {stopped}
            <form method="post" action=action class="form stack">
                <SubmitOnce />
                <DangerEnd
                    submit="Leave organization"
                    icon=IconName::LogOut
                    back=keep
                    leave="Stay"
                />
            </form>
        };
        Ok(Content::new(title, body))
    })
}
